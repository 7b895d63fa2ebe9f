"""The data package: an independent tool accepts the descriptor with its files."""

import hashlib
import warnings

import pytest

from targets.models import Grade, Indicator, PublicChange
from tests.api import FLAT_SETS, HIDDEN_IN, address, ask, download, fault, table
from tests.database import settle
from tests.make import CITY, JINGXIAN
from tests.shipped import shipped
from tests.stored import HIDDEN, aim, observe, support

with warnings.catch_warnings():
    # Ignore warnings that frictionless and its dependencies give while they are imported.
    warnings.simplefilter("ignore")
    import frictionless

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]


def fetch(client, folder) -> frictionless.Package:
    """Save descriptor and files as served, in one folder."""
    (folder / "csv").mkdir(exist_ok=True)
    (folder / "datapackage.json").write_bytes(download(client, "datapackage.json"))
    for resource in ask(client, "datapackage.json")["resources"]:
        (folder / resource["path"]).write_bytes(download(client, resource["path"]))
    return frictionless.Package(str(folder / "datapackage.json"))


def faults(package: frictionless.Package) -> list:
    return package.validate().flatten(["type", "note"])


def test_the_package_is_accepted_with_its_files(client, figures, tmp_path):
    support(observe("I09", CITY, "2017", 120), "统计公报")
    observe("I16", CITY, "2018", None, unavailable_reason="停统")
    observe("I09", JINGXIAN, "2017", 5, note="=1+1", source="公报", grade=Grade.OFFICIAL)
    aim("I16", CITY, 2020, 99, comparator="ge")
    package = fetch(client, tmp_path)
    assert faults(package) == []
    assert [resource.name for resource in package.resources] == FLAT_SETS


def test_the_package_of_the_demonstration_is_accepted_and_marked_as_such(client, demo, tmp_path):
    package = fetch(client, tmp_path)
    assert faults(package) == []
    assert "演示数据" in package.title
    assert ask(client, "datapackage.json")["demo"] is True


def test_a_changed_file_is_detected(client, figures, tmp_path):
    fetch(client, tmp_path)
    file = tmp_path / "csv" / "targets.csv"
    file.write_bytes(file.read_bytes().replace(b",192,", b",193,"))
    package = frictionless.Package(str(tmp_path / "datapackage.json"))
    assert [kind for kind, _ in faults(package)] == ["hash-count"]


@pytest.mark.parametrize("name", FLAT_SETS)
def test_a_file_of_the_package_is_the_list_as_csv(client, figures, name):
    content = download(client, f"csv/{name}.csv")
    assert content == download(client, f"{name}/?format=csv")
    described = next(one for one in ask(client, "datapackage.json")["resources"] if one["name"] == name)
    assert (described["bytes"], described["hash"]) == (
        len(content),
        f"sha256:{hashlib.sha256(content).hexdigest()}",
    )
    header, _ = table(client, f"{name}/?format=csv")
    assert [field["name"] for field in described["schema"]["fields"]] == header


def test_a_column_is_described_by_its_type_its_name_and_its_codes(client, plan):
    targets = next(one for one in ask(client, "datapackage.json")["resources"] if one["name"] == "targets")
    fields = {field["name"]: field for field in targets["schema"]["fields"]}
    assert fields["value"] == {"name": "value", "type": "number", "title": "目标值"}
    assert fields["decided_on"]["type"] == "date"
    assert fields["in_force"]["type"] == "boolean"
    assert fields["grade"] == {
        "name": "grade",
        "type": "string",
        "title": "来源等级",
        "description": "text 原文；official 官方发布；media 媒体；derived 推算；reported 填报；demo 演示",
        "constraints": {"enum": ["text", "official", "media", "derived", "reported", "demo"]},
    }


def test_the_package_names_its_source_and_invents_no_licence(client, plan):
    answer = ask(client, "datapackage.json")
    assert answer["sources"] == [
        {"title": "衡水市人民政府《衡水市科技创新“十三五”规划》（衡政字〔2016〕21号）"}
    ]
    assert "licenses" not in answer


def test_the_date_of_the_package_is_that_of_the_newest_change(client, plan):
    shipped(Indicator).filter(code="I09").update(note="x")
    settle()
    answer, newest = ask(client, "datapackage.json"), ask(client, "changes/?since=1000")["results"][-1]
    assert (answer["created"], answer["version"]) == (newest["at"], str(newest["revision"]))


def test_the_package_has_no_date_before_the_first_change(client, plan):
    PublicChange.objects.all().delete()
    assert "created" not in ask(client, "datapackage.json")


def test_unpublished_rows_leave_no_trace_in_the_package(client, figures):
    before = download(client, "datapackage.json")
    for status, area in zip(HIDDEN, HIDDEN_IN, strict=True):
        support(observe("I10", area, "2017", 77, status, note="未公开"), "未公开")
    assert download(client, "datapackage.json") == before


def test_an_unknown_file_is_not_found_and_the_answer_names_the_known_ones(client, plan):
    assert fault(client, "csv/goals.csv", 404) == (
        "not_found",
        None,
        f"没有 goals.csv，可用：{'、'.join(f'{name}.csv' for name in FLAT_SETS)}。",
    )


@pytest.mark.parametrize("path", ["datapackage.json", "csv/targets.csv"])
def test_the_package_takes_no_parameter(client, plan, path):
    assert fault(client, f"{path}?area=131100") == (
        "unknown_parameter",
        "area",
        "不认识的参数“area”，这里不用参数。",
    )


@pytest.mark.parametrize("path", ["datapackage.json", "csv/targets.csv"])
def test_head_answers_without_a_body(client, plan, path):
    got, asked = client.get(address(path)), client.head(address(path))
    assert (asked.status_code, asked.getvalue()) == (200, b"")
    assert asked["Content-Type"] == got["Content-Type"]
