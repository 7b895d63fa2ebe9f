"""The API with several plans: each plan alone, what they share, private and withdrawn plans."""

import json
from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengshui_plan.api.root import OF_A_PLAN, SHARED
from measures.models import Citation, Measure, Section, SourceText
from targets import review
from targets.models import (
    Area,
    Baseline,
    Goal,
    Indicator,
    IndicatorLink,
    Observation,
    Organization,
    Period,
    Plan,
    Policy,
    PublicChange,
)
from targets.review.roles import Role
from tests.api import ask, codes, fault, rows, table
from tests.database import settle
from tests.make import JINGXIAN, person
from tests.stored import OUT_AT

pytestmark = pytest.mark.django_db

# Stands in every name, title and text of the second plan, and nowhere else.
MARK = "鼬"
SECOND = "ta-14"
PATHS = [f"plans/{SECOND}/", f"plans/{SECOND}/indicators/", f"plans/{SECOND}/datapackage.json"]


def make_second(*, is_public: bool) -> Plan:
    """Create a plan with the codes of the first; one county, one unit and one document are of both."""
    province = Area.objects.create(
        code="970000", code_system="gb2260", name="鼬省", kind="province", source=MARK
    )
    own_document = Policy.objects.create(
        code="PO90", title="鼬省规划", level="provincial", issuer_basis="unknown"
    )
    row = Plan.objects.create(
        code=SECOND,
        top_area=province,
        title="鼬省规划",
        document_title="鼬省规划",
        document=own_document,
        issuer="鼬省政府",
        start_year=2018,
        end_year=2022,
        baseline_year=2017,
        completeness="complete",
        is_public=is_public,
    )
    bureau = Organization.objects.create(code="O90", name="鼬省科技厅", kind="provincial")
    row.areas.set([province, Area.objects.get(code=JINGXIAN)])
    row.organizations.set([bureau, Organization.objects.get(code="O05")])
    row.policies.set([own_document, Policy.objects.get(code="PO09")])
    period = Period.of(row, "2018")
    period.save()
    goal = Goal.objects.create(plan=row, code="G01", kind="path", statement="鼬目标")
    indicator = Indicator.objects.create(
        plan=row, code="I09", name="鼬企业", unit="家", level="provincial", category="firm", kind="stock"
    )
    indicator.goal_links.create(goal=goal, source=MARK)
    Baseline.objects.create(
        indicator=indicator, area=province, value=7, basis="previous_end", grade="official", source=MARK
    )
    Observation.objects.create(
        indicator=indicator,
        area=province,
        period=period,
        value=777,
        source=MARK,
        status="published",
        published_at=OUT_AT,
    )
    text = SourceText.objects.create(plan=row, text="鼬省科技厅", sha256="9" * 64, provenance=MARK, tally={})
    section = Section.objects.create(
        source=text, code="1.1.2", position=0, kind="document", start=0, end=5, text="鼬省科技厅"
    )
    shared_unit, shared_policy = Organization.objects.get(code="O05"), Policy.objects.get(code="PO09")
    span = {"position": 9, "source": text, "section": section, "start": 0, "end": 5, "quote": "鼬省科技厅"}
    Citation.objects.create(**span, organization=shared_unit)
    Citation.objects.create(**span, policy=shared_policy)
    Measure.objects.create(
        plan=row, code="M01", name="鼬措施", category="transfer", status="prepared", policy=shared_policy
    )
    return row


@pytest.fixture
def second(plan) -> Plan:
    return make_second(is_public=True)


@pytest.fixture
def private(plan) -> Plan:
    return make_second(is_public=False)


@pytest.fixture
def withdrawn(second) -> Plan:
    Plan.objects.filter(pk=second.pk).update(
        is_public=False, withdrawn_on=date(2026, 1, 31), withdrawal_reason="重复"
    )
    return second


@pytest.fixture
def staff(logged_in):
    return logged_in(person("审计丁", Role.AUDITOR))


# Each plan alone


@pytest.mark.parametrize("name", OF_A_PLAN)
def test_a_list_has_rows_of_its_plan_only(client, second, name):
    own = rows(client, f"plans/{SECOND}/{name}/?{'' if name == 'progress' else 'page_size=1000'}")
    others = rows(client, f"plans/sti-13/{name}/?{'' if name == 'progress' else 'page_size=1000'}")
    assert {row["plan"] for row in own} <= {SECOND}
    assert {row["plan"] for row in others} <= {"sti-13"}
    assert MARK not in json.dumps(others, ensure_ascii=False)


def test_the_same_code_is_another_record_in_another_plan(client, second):
    names = {plan: ask(client, f"plans/{plan}/indicators/I09/")["name"] for plan in ("sti-13", SECOND)}
    assert names == {"sti-13": "有效期内高新技术企业", SECOND: "鼬企业"}
    [row] = rows(client, f"plans/{SECOND}/progress/?period=2018")
    assert (row["plan"], row["indicator"], row["area"], row["actual"]) == (SECOND, "I09", "970000", 777)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("indicators/?goal=G08", "goal"),
        ("observations/?indicator=I10", "indicator"),
        ("observations/?area=131100", "area"),
        ("observations/?period=2016", "period"),
        ("duties/?organization=O01", "organization"),
        ("measures/?policy=PO90", "policy"),
        ("citations/?section=2.3", "section"),
    ],
)
def test_a_filter_knows_only_the_codes_of_its_plan(client, second, path, parameter):
    problem, named, _ = fault(client, f"plans/{SECOND}/{path}")
    assert (problem, named) == ("invalid_parameter", parameter)


def test_a_cursor_continues_within_its_plan(client, second):
    page = ask(client, f"plans/{SECOND}/observations/?cursor=*&page_size=1")
    assert ([row["value"] for row in page["results"]], page["next"]) == ([777], None)
    first = ask(client, "observations/?cursor=*&page_size=1")
    others = client.get(first["next"]).json()
    assert MARK not in json.dumps([first, others], ensure_ascii=False)


def test_files_name_their_plan(client, second):
    header, lines = table(client, f"plans/{SECOND}/observations/?format=csv")
    assert (header[0], [line["plan"] for line in lines]) == ("plan", [SECOND])
    package = ask(client, f"plans/{SECOND}/datapackage.json")
    assert (package["name"], package["sources"]) == (SECOND, [{"title": "鼬省政府《鼬省规划》"}])
    [named] = [row for row in package["resources"] if row["name"] == "observations"]
    assert named["path"] == "csv/observations.csv"
    xml = client.get(f"/api/v1/plans/{SECOND}/stratml.xml").content.decode()
    assert ("鼬企业" in xml, "衡水" in xml) == (True, False)


def test_only_the_answers_of_a_demonstration_plan_are_marked(client, second):
    Plan.objects.filter(code="sti-13").update(is_demo=True)
    marked = {
        path: ask(client, path).get("demo", False)
        for path in ("indicators/", f"plans/{SECOND}/indicators/", "plans/", "areas/", "", "plans/sti-13/")
    }
    assert marked == {
        "indicators/": True,
        f"plans/{SECOND}/indicators/": False,
        "plans/": True,
        "areas/": True,
        "": True,
        "plans/sti-13/": True,
    }


def test_current_plans_can_be_listed_alone(client, second):
    listed = {query: codes(client, f"plans/?current={query}") for query in ("", "true", "false")}
    current = ["sti-13", "yunli-sti-14"]
    assert listed == {"": sorted([*current, SECOND]), "true": current, "false": [SECOND]}


def test_an_indicator_names_the_one_that_it_continues(client, second):
    link = {"earlier": Indicator.objects.get(plan="sti-13", code="I09"), "source": "鼬函", "difference": ""}
    IndicatorLink.objects.create(indicator=second.indicators.get(), **link)
    assert ask(client, f"plans/{SECOND}/indicators/I09/")["continues"] == [
        {"plan": "sti-13", "indicator": "I09", "difference": None, "source": "鼬函"}
    ]
    assert ask(client, "indicators/I09/")["continues"] == []
    Plan.objects.filter(code="sti-13").update(is_public=False)
    assert ask(client, f"plans/{SECOND}/indicators/I09/")["continues"] == []


# What plans share


def test_a_shared_row_names_the_plans_that_use_it(client, second):
    assert ask(client, f"areas/{JINGXIAN}/")["plans"] == ["sti-13", SECOND, "yunli-sti-14"]
    assert ask(client, "organizations/O90/")["plans"] == [SECOND]
    policy, plans = ask(client, "policies/PO09/"), ["sti-13", SECOND, "yunli-sti-14"]
    assert policy["plans"] == plans
    assert policy["pages"] == [
        {"plan": code, "url": f"http://testserver/{code}/policies/PO09/"} for code in plans
    ]
    assert policy["measures"] == [{"plan": SECOND, "code": "M01"}]
    assert [mention["plan"] for mention in policy["mentions"]] == ["sti-13", *plans]


def test_shared_rows_are_filtered_by_plan(client, second):
    assert codes(client, f"areas/?plan={SECOND}") == [JINGXIAN, "970000"]
    assert codes(client, f"organizations/?plan={SECOND}") == ["O05", "O90"]
    assert codes(client, f"policies/?plan={SECOND}") == ["PO09", "PO90"]
    assert "131181" in codes(client, "areas/?plan=sti-13")


@pytest.mark.parametrize("name", ["areas", "organizations", "policies", "changes"])
@pytest.mark.parametrize("code", ["nothing", SECOND])
def test_an_unknown_or_private_plan_is_refused_in_a_parameter(client, private, name, code):
    assert fault(client, f"{name}/?plan={code}") == (
        "invalid_parameter",
        "plan",
        f"可选的规划中没有“{code}”，请核对代码。",
    )


# Private plans


@pytest.mark.parametrize("path", PATHS)
def test_a_private_plan_answers_a_visitor_like_an_unknown_one(client, private, path):
    assert fault(client, path, 404) == (
        "not_found",
        None,
        f"没有代码为“{SECOND}”的规划，请在列表中查看全部代码。",
    )
    unknown = client.get(f"/api/v1/{path.replace(SECOND, 'ta-99')}").content.decode()
    assert unknown.replace("ta-99", SECOND) == client.get(f"/api/v1/{path}").content.decode()


@pytest.mark.parametrize("path", ["areas/970000/", "organizations/O90/", "policies/PO90/"])
def test_a_row_that_only_a_private_plan_uses_is_unknown(client, private, path):
    assert fault(client, path, 404)[0] == "not_found"


def test_a_private_plan_leaves_no_mark_in_a_shared_list(client, private):
    Area.objects.filter(code="131100").update(parent=Area.objects.get(code="970000"))
    for name in SHARED:
        text = client.get(f"/api/v1/{name}/?page_size=1000").content.decode()
        assert (MARK in text, SECOND in text, '"970000"' in text) == (False, False, False), name
    for name in ("organizations", "policies"):
        assert ask(client, f"{name}/?search={MARK}")["count"] == 0, name


def test_the_words_of_a_public_plan_are_found_in_shared_lists(client, second):
    """Without this, the test above might search where nothing is ever found."""
    assert codes(client, f"organizations/?search={MARK}") == ["O05", "O90"]
    assert codes(client, f"policies/?search={MARK}") == ["PO09", "PO90"]


@pytest.mark.parametrize("path", [*PATHS, "plans/", "areas/970000/", f"organizations/?plan={SECOND}"])
def test_staff_see_a_private_plan_and_the_answer_is_never_kept(staff, private, path):
    response = staff.get(f"/api/v1/{path}")
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert MARK in response.content.decode()
    assert "ETag" not in response


def test_staff_without_a_role_see_what_visitors_see(logged_in, private):
    client = logged_in(person("无职庚"))
    assert client.get(f"/api/v1/plans/{SECOND}/").status_code == 404
    assert codes(client, "plans/") == ["sti-13", "yunli-sti-14"]


# Withdrawn plans


@pytest.mark.parametrize("path", PATHS)
def test_a_withdrawn_plan_is_gone(client, withdrawn, path):
    problem, parameter, message = fault(client, path, 410)
    assert (problem, parameter) == ("gone", None)
    assert message.startswith(f"规划 {SECOND} 已于 2026-01-31 撤下")


def test_a_withdrawn_plan_leaves_no_mark_in_a_shared_list(client, withdrawn):
    for name in SHARED.keys() - {"changes"}:
        text = client.get(f"/api/v1/{name}/?page_size=1000").content.decode()
        assert (MARK in text, SECOND in text) == (False, False), name


# Changes


def newest(client, query: str = "") -> list[dict]:
    settle()
    return [row for row in rows(client, f"changes/?page_size=1000{query}") if row["revision"] > 0]


def test_a_change_names_its_plan(client, second):
    settle()
    since = PublicChange.objects.newest().revision
    second.indicators.update(note="鼬注")
    Area.objects.filter(code=JINGXIAN).update(note="新注")
    told = [(row["plan"], row["type"], row["code"]) for row in newest(client, f"&since={since}")]
    assert told == [(SECOND, "indicator", "I09"), (None, "area", JINGXIAN)]


def test_changes_of_a_plan_are_its_own_and_shared_ones(client, second):
    settle()
    since = PublicChange.objects.newest().revision
    second.indicators.update(note="鼬注")
    Indicator.objects.filter(plan="sti-13", code="I10").update(note="新注")
    Area.objects.filter(code=JINGXIAN).update(note="新注")
    told = {
        plan: [row["plan"] for row in newest(client, f"&since={since}&plan={plan}")]
        for plan in ("sti-13", SECOND)
    }
    assert told == {"sti-13": ["sti-13", None], SECOND: [SECOND, None]}


def test_changes_of_a_withdrawn_plan_say_only_that_everything_is_gone(client, second):
    settle()
    since = PublicChange.objects.newest().revision
    second.indicators.update(note="鼬注")
    settle()
    Plan.objects.filter(pk=second.pk).update(
        is_public=False, withdrawn_on=date(2026, 1, 31), withdrawal_reason="重复"
    )
    told = [(row["plan"], row["type"]) for row in newest(client, f"&since={since}&plan={SECOND}")]
    assert told == [(SECOND, "all")]


def test_rows_changed_since_a_moment_are_those_of_the_plan(client, second):
    """The other plan has a record of the same kind and code."""
    PublicChange.objects.update(at="2017-01-01T00:00:00Z")
    second.indicators.update(note="鼬注")
    settle()
    asked = "indicators/?updated_since=2018-01-01&fields=code"
    assert rows(client, f"plans/{SECOND}/{asked}") == [{"code": "I09"}]
    assert rows(client, f"plans/sti-13/{asked}") == []


# Addresses from when the site had one plan


@pytest.mark.parametrize(
    "path",
    ["indicators/", "indicators/I09/", "progress/", "datapackage.json", "csv/targets.csv", "stratml.xml"],
)
def test_an_old_address_names_the_new_one(client, second, path):
    response = client.get(f"/api/v1/{path}")
    assert (response.status_code, response["Content-Type"]) == (404, "application/json")
    assert response.json()["error"] == {
        "code": "not_found",
        "message": f"这个地址已改为 /api/v1/plans/sti-13/{path}，请改用新地址。",
        "parameter": None,
    }


def test_an_old_address_names_the_list_of_plans_if_the_plan_is_private(client, second):
    Plan.objects.filter(code="sti-13").update(is_public=False)
    message = client.get("/api/v1/indicators/").json()["error"]["message"]
    assert message == "这个地址已改为 /api/v1/plans/，请改用新地址。"


# Queries


@pytest.mark.parametrize("path", ["", "plans/", "areas/", "organizations/", "policies/", "changes/"])
def test_a_shared_answer_costs_the_same_queries_with_more_plans(client, second, path):
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            ask(client, path)
        return len(asked)

    before = cost()
    for number in range(2):
        row = Plan.objects.get(code=SECOND)
        areas, units, policies = row.areas.all(), row.organizations.all(), row.policies.all()
        row.pk, row.code, row.document = None, f"ta-2{number}", None
        row._state.adding = True
        row.save()
        row.areas.set(areas), row.organizations.set(units), row.policies.set(policies)
    assert cost() == before


def mirrored(client, plan: str) -> dict[str, list] | None:
    """All lists of a plan, as a mirror keeps them; None once its address says that it is gone."""
    if client.get(f"/api/v1/plans/{plan}/").status_code == 410:
        return None
    return {name: client.get(f"/api/v1/plans/{plan}/{name}/").json()["results"] for name in OF_A_PLAN}


def test_a_mirror_built_by_the_documents_drops_a_withdrawn_plan_and_keeps_the_others(client, second):
    """docs/api.md: fetch a plan again of which everything changed, and delete it when it is gone."""
    kept = {plan: mirrored(client, plan) for plan in ("sti-13", SECOND)}
    first, _ = kept["sti-13"], settle()
    since = PublicChange.objects.newest().revision
    review.withdraw_plan(second, by=User.objects.create_superuser("boss"), reason="依据有误")
    told = newest(client, f"&since={since}")
    assert [(row["plan"], row["type"]) for row in told] == [(SECOND, "all")]
    kept |= {row["plan"]: mirrored(client, row["plan"]) for row in told}
    assert kept == {"sti-13": first, SECOND: None}
    assert mirrored(client, "sti-13") == first
