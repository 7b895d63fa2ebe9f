"""StratML: the plan, its goals and its numbers in the form of ISO 17469-2."""

import os
from xml.etree import ElementTree

import pytest
import xmlschema
from django.conf import settings

from targets.models import Goal, Indicator, Observation
from tests.api import HIDDEN_IN, codes, download, fault
from tests.make import CITY, JINGXIAN
from tests.shipped import shipped
from tests.stored import HIDDEN, aim, observe

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

SPACE = "{urn:ISO:std:iso:17469:tech:xsd:PerformancePlanOrReport}"


@pytest.fixture(scope="module")
def schema():
    """Our own schema of the elements we write, or the published one that STRATML_SCHEMA names."""
    own = settings.BASE_DIR / "tests" / "files" / "stratml-part2.xsd"
    return xmlschema.XMLSchema(os.environ.get("STRATML_SCHEMA", str(own)))


@pytest.fixture
def document(client, schema):
    """Return the served document after validating it."""

    def read() -> ElementTree.Element:
        content = download(client, "stratml.xml")
        assert [error.reason for error in schema.iter_errors(content.decode())] == []
        return ElementTree.fromstring(content)

    return read


def texts(element, path: str) -> list[str]:
    return [
        found.text or "" for found in element.iterfind("/".join(SPACE + part for part in path.split("/")))
    ]


def every(element, name: str) -> list:
    return list(element.iter(SPACE + name))


def coded(element, name: str, code: str):
    """Return the element of a kind with this code."""
    return next(found for found in every(element, name) if texts(found, "SequenceIndicator") == [code])


def results(indicator, name: str) -> list[dict[str, str]]:
    """Return the content of each target or value by element name."""
    return [
        {part.tag.removeprefix(SPACE): part.text for part in found.iter() if part.text and part.text.strip()}
        for found in every(indicator, name)
    ]


def test_the_document_of_the_plan_is_valid(plan, document):
    root = document()
    assert texts(root, "Name") == ["衡水市科技创新“十三五”规划"]
    assert texts(root, "StrategicPlanCore/Organization/Name") == ["衡水市人民政府"]
    about = {part.tag.removeprefix(SPACE): part.text for part in every(root, "AdministrativeInformation")[0]}
    assert (about["StartDate"], about["EndDate"]) == ("2016-01-01", "2020-12-31")
    assert about["Source"] == "http://testserver/sti-13/"


def test_the_document_of_the_demonstration_is_valid_and_marked_as_such(demo, document):
    assert texts(document(), "OtherInformation")[0].startswith("演示数据：随机生成，不得引用。")


def test_principles_are_values_and_goals_are_objectives_in_the_words_of_the_text(client, plan, document):
    root = document()
    assert len(texts(root, "StrategicPlanCore/Value/Name")) == 4
    named = [found for found in every(root, "Objective") if texts(found, "Name")]
    assert [texts(found, "SequenceIndicator")[0] for found in named] == list(
        shipped(Goal).order_by("code").values_list("code", flat=True)
    )
    assert texts(coded(root, "Objective", "G02"), "Name") == ["以科技创新为核心带动全面创新"]


def test_the_document_has_every_indicator_once(client, plan, document):
    found = [texts(one, "SequenceIndicator")[0] for one in every(document(), "PerformanceIndicator")]
    assert sorted(found) == codes(client, "indicators/")


def test_the_document_leaves_out_facts_that_the_text_does_not_state(plan, document):
    root = document()
    names = {found.tag.removeprefix(SPACE) for found in root.iter()}
    assert names & {"Vision", "Mission", "Submitter", "Stakeholder", "TargetResult"} == set()
    assert {stage for found in root.iter() for stage in found.attrib} == {
        "Type",
        "PerformanceIndicatorType",
        "RelationshipType",
    }


def test_a_baseline_is_a_value_with_its_time_in_words(plan, document):
    assert results(coded(document(), "PerformanceIndicator", "I16"), "ActualResult") == [
        {
            "NumberOfUnits": "98",
            "DescriptorName": "时期",
            "DescriptorValue": "十二五期间",
            "Description": "基期值，98%以上（原文）",
        }
    ]


def test_a_target_in_force_and_a_published_value_have_their_dates(figures, document):
    aim("I09", CITY, 2020, 180, decided_on="2018-06-01")
    aim("I09", JINGXIAN, 2020, 20)
    observe("I09", CITY, "2019", None, unavailable_reason="停统")
    observe("I09", CITY, "2017", "120.5", comparator="ge")
    indicator = coded(document(), "PerformanceIndicator", "I09")
    assert results(indicator, "TargetResult") == [
        {
            "EndDate": "2020-12-31",
            "NumberOfUnits": "180",
            "Description": "官方发布，衡科字〔2016〕1号，2018-06-01 决定",
        }
    ]
    assert results(indicator, "ActualResult")[1:] == [
        {
            "StartDate": "2017-01-01",
            "EndDate": "2017-12-31",
            "NumberOfUnits": "120.5",
            "DescriptorName": "比较词",
            "DescriptorValue": "以上(含)",
            "Description": "填报",
        },
        {
            "StartDate": "2018-01-01",
            "EndDate": "2018-12-31",
            "NumberOfUnits": "142",
            "Description": "填报",
        },
        {
            "StartDate": "2019-01-01",
            "EndDate": "2019-12-31",
            "Description": "无法取得：停统",
        },
    ]


def test_the_target_of_a_flow_counts_from_the_plan_s_first_day(plan, document):
    aim("I01", CITY, 2018, 4)
    assert (
        results(coded(document(), "PerformanceIndicator", "I01"), "TargetResult")[0]["StartDate"]
        == "2016-01-01"
    )


def test_a_part_names_the_identifier_of_its_whole(plan, document):
    root = document()
    part = shipped(Indicator).exclude(part_of=None).first()
    whole = texts(coded(root, "PerformanceIndicator", part.part_of.code), "Identifier")
    assert texts(coded(root, "PerformanceIndicator", part.code), "Relationship/ReferentIdentifier") == whole


def test_identifiers_never_change(client, plan):
    assert download(client, "stratml.xml") == download(client, "stratml.xml")


def test_unpublished_rows_leave_no_trace(client, figures):
    before = download(client, "stratml.xml")
    for status, year in zip(HIDDEN, ["2016", "2017", "2018", "2019", "2020", "2016"], strict=True):
        indicator = "I10" if HIDDEN.index(status) < 5 else "I11"
        observe(indicator, CITY, year, 77, status, note="未公开")
        observe("I12", HIDDEN_IN[HIDDEN.index(status)], year, 77, status)
    assert download(client, "stratml.xml") == before


def test_a_character_that_xml_forbids_is_left_out(figures, document):
    shipped(Observation).filter(indicator__code="I09").update(source="公\x0b报<&>")
    assert (
        results(coded(document(), "PerformanceIndicator", "I09"), "ActualResult")[1]["Description"]
        == "填报，公报<&>"
    )


def test_the_document_costs_the_same_queries_at_any_length(client, plan, django_assert_num_queries):
    with django_assert_num_queries(15) as asked:
        download(client, "stratml.xml")
    for year in (2018, 2019, 2020):
        aim("I09", CITY, year, 100)
    observe("I09", CITY, "2018", 5)
    with django_assert_num_queries(len(asked)):
        download(client, "stratml.xml")


def test_the_document_accepts_no_format_or_other_parameter(client, plan):
    assert fault(client, "stratml.xml?format=json", 406)[:2] == ("not_acceptable", "format")
    assert fault(client, "stratml.xml?area=131100")[:2] == ("unknown_parameter", "area")
