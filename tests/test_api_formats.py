"""Whole lists as files: what the API answers in JSON, in forms that other programs read."""

import csv
import io
import json
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from targets import tables
from targets.api import formats
from targets.models import Grade
from tests.test_api import ask, fault
from tests.test_api_progress import CITY, HIDDEN, JINGXIAN, ZAOQIANG, aim, figures, observe, support

__all__ = ["figures"]

pytestmark = pytest.mark.django_db

FLAT_SETS = ["indicators", "baselines", "targets", "observations", "progress"]
OTHERS = ["plans", "areas", "goals", "periods", "duties", "assessments", "measures", "sections"]
MEDIA_TYPES = {"csv": "text/csv"}
# An area for each status that hides a row.
HIDDEN_IN = ["131100", "131102", "131103", "131121", "131122", "131123"]
# As entered, and as every form has to give it.
VALUES = ["0", "0.1", "0.2", "0.30", "1.48", "98", "100", "0.0001", "12345678901.2345", "12345678901234"]


def download(client, path, **kwargs) -> bytes:
    response = client.get(f"/api/v1/{path}", **kwargs)
    assert response.status_code == 200, path
    return response.getvalue()


def table(client, path) -> tuple[list[str], list[dict[str, str]]]:
    """The header and the rows of a CSV."""
    content = download(client, path)
    assert content.startswith(b"\xef\xbb\xbf")
    text = content.decode("utf-8-sig")
    assert text.partition("\n")[0].endswith("\r")
    assert text.endswith("\r\n")
    lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return list(lines.fieldnames), list(lines)


def everything(client, path) -> list[dict]:
    """All rows of a list in JSON, page by page."""
    answer = ask(client, path)
    found = answer["results"]
    while answer["next"]:
        answer = ask(client, answer["next"].partition("/api/v1/")[2])
        found += answer["results"]
    return found


def at(row, name: str):
    for part in name.split("."):
        row = None if row is None else row[part]
    return row


def names_of(row: dict) -> list[str]:
    """The columns that a row of JSON takes."""
    return [
        ".".join([name, *rest])
        for name, value in row.items()
        for rest in ([[inner] for inner in names_of(value)] if isinstance(value, dict) else [[]])
    ]


def as_text(value) -> str:
    if value in (None, []):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and isinstance(value[0], str):
        return ";".join(value)
    return json.dumps(value, ensure_ascii=False)


def as_texts(header: list[str], rows: list[dict]) -> list[dict[str, str]]:
    return [{name: as_text(at(row, name)) for name in header} for row in rows]


def must_hold_every_field(header: list[str], rows: list[dict]):
    for row in rows:
        # An object that is not there takes the columns that it would have taken.
        absent = {name for name, value in row.items() if value is None}
        assert [name for name in names_of(row) if name not in absent] == [
            name for name in header if name.partition(".")[0] not in absent
        ]


# CSV equals JSON


@pytest.mark.parametrize("name", FLAT_SETS)
def test_a_csv_holds_what_the_json_holds(client, figures, name):
    support(observe("I09", CITY, "2017", 120), "统计公报")
    header, lines = table(client, f"{name}/?format=csv")
    rows = everything(client, f"{name}/")
    must_hold_every_field(header, rows)
    assert len(rows) >= 2
    assert lines == as_texts(header, rows)


@pytest.mark.parametrize("name", [*FLAT_SETS, "progress/?area=all&period=2018"])
def test_a_csv_of_the_demonstration_holds_what_its_json_holds(client, demo, name):
    path = name if "?" in name else f"{name}/?"
    header, lines = table(client, f"{path}&format=csv")
    rows = everything(client, path if name.startswith("progress") else f"{path}page_size=1000")
    must_hold_every_field(header, rows)
    assert lines == as_texts(header, rows)


@pytest.mark.parametrize("name", FLAT_SETS)
def test_before_a_plan_is_loaded_a_csv_is_its_header(client, name):
    header, lines = table(client, f"{name}/?format=csv")
    assert lines == []
    assert header[0] in ("code", "indicator")


def test_a_csv_obeys_filter_and_order(client, figures):
    observe("I09", JINGXIAN, "2017", 18)
    observe("I09", ZAOQIANG, "2017", 30)
    _, lines = table(client, "observations/?format=csv&indicator=I09&ordering=-value")
    assert [line["value"] for line in lines] == ["142", "30", "19", "18"]


def test_a_csv_may_be_asked_for_by_its_media_type(client, figures):
    by_header = download(client, "targets/", headers={"accept": "text/csv"})
    assert by_header == download(client, "targets/?format=csv")


def test_a_csv_is_named_in_chinese_and_says_what_it_is(client, plan):
    response = client.get("/api/v1/observations/?format=csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E5%AE%8C%E6%88%90%E5%80%BC.csv"  # 完成值
    )
    assert "Accept" in response["Vary"]
    assert "X-Data-Origin" not in response


def test_a_file_of_the_demonstration_says_so_in_its_name(client, demo):
    response = client.get("/api/v1/targets/?format=csv")
    assert response["X-Data-Origin"] == "demo"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E7%9B%AE%E6%A0%87%E5%80%BC-%E6%BC%94%E7%A4%BA.csv"  # 目标值-演示
    )


# Numbers and texts as they were entered


@pytest.fixture
def decimals(plan):
    """A target of each value, in the years of one indicator and those of another."""
    for number, value in enumerate(VALUES):
        aim(f"I{number // 5 + 1:02}", JINGXIAN, 2016 + number % 5, Decimal(value))


def test_a_number_stands_in_a_csv_as_it_was_entered(client, decimals):
    _, lines = table(client, "targets/?format=csv")
    entered = [value if value != "0.30" else "0.3" for value in VALUES]
    assert [line["value"] for line in lines] == entered
    assert [json.dumps(row["value"]) for row in ask(client, "targets/")["results"]] == entered


@pytest.mark.postgres
def test_a_csv_keeps_the_digits_that_a_double_loses(client, plan):
    aim("I09", CITY, 2020, Decimal("99999999999999.9999"))
    _, lines = table(client, "targets/?format=csv")
    assert lines[0]["value"] == "99999999999999.9999"


def test_a_negative_number_is_a_number(client, figures):
    observe("I09", CITY, "2019", 42)
    _, lines = table(client, "progress/?format=csv&period=2019")
    assert {line["indicator"]: line["progress"] for line in lines}["I09"] == "-0.5"


@pytest.mark.parametrize("text", ["=1+1", "+86 318", "-5 家", "@SUM(A1)", "\tTAB", "\rCR", "'=1"])
def test_a_text_never_becomes_a_formula(client, plan, text):
    observe("I09", CITY, "2018", 5, note=text, source="公报，第“1”页\n续", grade=Grade.OFFICIAL)
    _, lines = table(client, "observations/?format=csv&indicator=I09&area=131100")
    assert (lines[0]["note"], lines[0]["source"]) == (f"'{text}", "公报，第“1”页\n续")


# What a stranger may see


@pytest.mark.parametrize("form", MEDIA_TYPES)
@pytest.mark.parametrize("name", FLAT_SETS)
def test_what_is_not_published_leaves_no_trace_in_a_file(client, figures, name, form):
    before = download(client, f"{name}/?format={form}")
    # A series has one open row at most.
    for status, area in zip(HIDDEN, HIDDEN_IN, strict=True):
        support(observe("I10", area, "2017", 77, status, note="未公开"), "未公开")
    assert download(client, f"{name}/?format={form}") == before


# How it is read


def test_the_rows_are_read_while_they_are_sent(client, figures, monkeypatch):
    """Never all at once: two rows, their evidence, then the next two."""
    monkeypatch.setattr(formats, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(tables.writing, "BLOCK", 1)
    with CaptureQueriesContext(connection) as asked:
        response = client.get("/api/v1/observations/?format=csv")
        before = len(asked)
        sent = iter(response.streaming_content)
        next(sent), next(sent)
        begun = len(asked)
        list(sent)
        ended = len(asked)
    assert ask(client, "observations/")["count"] == 4
    assert (begun - before, ended - before) == (2, 3)


@pytest.mark.parametrize("form", MEDIA_TYPES)
@pytest.mark.parametrize("name", FLAT_SETS)
def test_head_says_what_get_would_and_reads_no_row(client, figures, name, form):
    got, asked = (getattr(client, how)(f"/api/v1/{name}/?format={form}") for how in ("get", "head"))
    assert (asked.status_code, asked.getvalue()) == (200, b"")
    assert asked.headers == got.headers


# Bad input


@pytest.mark.parametrize("name", FLAT_SETS)
def test_an_unknown_format_is_not_acceptable_and_told_what_there_is(client, plan, name):
    assert fault(client, f"{name}/?format=xml", 406) == (
        "not_acceptable",
        "format",
        f"这里没有“xml”格式，可用：{'、'.join(['json', *MEDIA_TYPES])}。",
    )


@pytest.mark.parametrize("path", [*(f"{name}/" for name in OTHERS), "indicators/I09/", "progress/I09/", ""])
@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_what_is_no_flat_list_is_given_in_json_alone(client, plan, path, form):
    expected = ("not_acceptable", "format", f"这里没有“{form}”格式，可用：json。")
    assert fault(client, f"{path}?format={form}", 406) == expected


def test_an_unacceptable_media_type_is_told_what_there_is(client, plan):
    error = ask(client, "targets/", 406, headers={"accept": "application/xml"})["error"]
    assert error == {
        "code": "not_acceptable",
        "message": "不支持所要的格式。请去掉 Accept 请求头，或改为这里可用的："
        f"{'、'.join(['application/json', *MEDIA_TYPES.values()])}。",
        "parameter": None,
    }


@pytest.mark.parametrize("parameter", ["page", "page_size"])
@pytest.mark.parametrize("form", MEDIA_TYPES)
@pytest.mark.parametrize("name", ["indicators", "baselines", "targets", "observations"])
def test_a_file_has_no_pages(client, plan, name, form, parameter):
    assert fault(client, f"{name}/?format={form}&{parameter}=1") == (
        "invalid_parameter",
        parameter,
        f"{form} 是整个列表，不分页，请去掉 {parameter}。",
    )


@pytest.mark.parametrize("how", ["get", "head"])
@pytest.mark.parametrize(
    "query", ["indicator=X", "colour=red", "ordering=secret", "indicator=I09&indicator=I10"]
)
def test_a_fault_in_a_file_s_address_is_told_in_json(client, plan, query, how):
    response = getattr(client, how)(f"/api/v1/observations/?format=csv&{query}")
    assert (response.status_code, response["Content-Type"]) == (400, "application/json")


def test_an_empty_format_is_none(client, plan):
    assert ask(client, "targets/?format=") == ask(client, "targets/")
