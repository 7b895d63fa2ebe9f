"""Whole lists as files: the API's data in formats that other programs read."""

import io
import json
import re
from decimal import Decimal
from itertools import product
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from jsonstat_validator import validate_jsonstat
from openpyxl import load_workbook
from rest_framework.renderers import JSONRenderer

from targets import spreadsheets
from targets.api import pagination
from targets.api.exchange import columns
from targets.api.observations import Observations
from targets.api.targets import Targets
from targets.models import Area, Goal, GoalLink, Grade, Indicator, Observation, Period, ReportStatus
from tests.api import FLAT_SETS, HIDDEN_IN, address, ask, download, fault, table
from tests.make import CITY, JINGXIAN, ZAOQIANG
from tests.memory import traced
from tests.shipped import shipped, shipped_plan
from tests.stored import HIDDEN, aim, observe, set_thresholds, support, way

pytestmark = pytest.mark.django_db

OTHERS = ["plans", "areas", "goals", "periods", "duties", "assessments", "measures", "sections"]
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonstat": "application/vnd.json-stat+json",
}
# The number as entered, and as every format must give it.
VALUES = ["0", "0.1", "0.2", "0.30", "1.48", "98", "100", "0.0001", "12345678901.2345", "12345678901234"]


def link(indicator: str, goal: str):
    """Link one more goal to an indicator."""
    GoalLink.objects.create(
        indicator=shipped(Indicator).get(code=indicator), goal=shipped(Goal).get(code=goal), source="来函"
    )


def sheets(client, path) -> dict[str, list[list]]:
    """Return the rows of each sheet of a workbook."""
    book = load_workbook(io.BytesIO(download(client, path)))
    return {
        sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets
    }


def cube(client, path) -> dict:
    found = json.loads(download(client, path))
    assert validate_jsonstat(found)
    return found


def places(found: dict) -> dict[tuple[str, ...], int]:
    """Return the position in the cube of each combination of categories."""
    indexes = [found["dimension"][name]["category"]["index"] for name in found["id"]]
    return {at: place for place, at in enumerate(product(*indexes))}


def told(found: dict, what: str) -> dict[tuple[str, ...], object]:
    """Return the values or statuses present in a cube, by the codes of their categories."""
    known = {int(place): one for place, one in found[what].items()}
    return {at: known[place] for at, place in places(found).items() if place in known}


def contents(client, path):
    """Return the content of a file, without the creation time of a workbook."""
    return sheets(client, path) if "xlsx" in path else download(client, path)


def everything(client, path) -> list[dict]:
    """Return all rows of a list in JSON, read page by page."""
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
    """Return the columns for a row of JSON."""
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
        # A missing object has the same columns, empty.
        absent = {name for name, value in row.items() if value is None}
        assert [name for name in names_of(row) if name not in absent] == [
            name for name in header if name.partition(".")[0] not in absent
        ]


# CSV equals JSON


@pytest.mark.parametrize("name", FLAT_SETS)
def test_a_csv_has_the_same_data_as_the_json(client, figures, name):
    support(observe("I09", CITY, "2017", 120), "统计公报")
    link("I09", "G01")
    set_thresholds()
    set_thresholds("1.25", decided_on="2019-06-30")
    header, lines = table(client, f"{name}/?format=csv")
    rows = everything(client, f"{name}/")
    must_hold_every_field(header, rows)
    assert len(rows) >= 2
    assert lines == as_texts(header, rows)


@pytest.mark.parametrize("name", [*FLAT_SETS, "progress/?area=all&period=2018"])
def test_a_csv_of_the_demonstration_has_the_same_data_as_its_json(client, demo, name):
    path = name if "?" in name else f"{name}/?"
    header, lines = table(client, f"{path}&format=csv")
    rows = everything(client, path if name.startswith("progress") else f"{path}page_size=1000")
    must_hold_every_field(header, rows)
    assert lines == as_texts(header, rows)


@pytest.mark.parametrize("name", FLAT_SETS)
def test_each_row_of_a_file_begins_with_its_plan(client, demo, name):
    header, lines = table(client, f"{name}/?format=csv")
    assert (header[0], {line["plan"] for line in lines}) == ("plan", {"sti-13"} if lines else set())


def test_a_csv_without_rows_has_its_header(client, plan):
    header, lines = table(client, "targets/?format=csv")
    assert (header[:3], lines) == (["plan", "indicator", "area"], [])


def test_a_csv_obeys_filter_and_order(client, figures):
    observe("I09", JINGXIAN, "2017", 18)
    observe("I09", ZAOQIANG, "2017", 30)
    _, lines = table(client, "observations/?format=csv&indicator=I09&ordering=-value")
    assert [line["value"] for line in lines] == ["142", "30", "19", "18"]


def test_a_csv_can_be_requested_by_its_media_type(client, figures):
    by_header = download(client, "targets/", headers={"accept": "text/csv"})
    assert by_header == download(client, "targets/?format=csv")


def test_the_format_parameter_overrides_the_accept_header(client, figures):
    asked = download(client, "targets/?format=csv", headers={"accept": "application/json"})
    assert asked == download(client, "targets/?format=csv")


def test_a_browser_gets_json(client, figures):
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert ask(client, "targets/", headers={"accept": accept}) == ask(client, "targets/")


def test_a_csv_has_a_chinese_file_name_and_its_media_type(client, plan):
    response = client.get("/api/v1/plans/sti-13/observations/?format=csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''sti-13-%E5%AE%8C%E6%88%90%E5%80%BC.csv"  # sti-13-完成值
    )
    assert "Accept" in response["Vary"]
    assert "X-Data-Origin" not in response


def test_the_name_of_a_demonstration_file_marks_it_as_such(client, demo):
    response = client.get("/api/v1/plans/sti-13/targets/?format=csv")
    assert response["X-Data-Origin"] == "demo"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''sti-13-%E7%9B%AE%E6%A0%87%E5%80%BC-%E6%BC%94%E7%A4%BA.csv"
    )


def test_the_page_of_open_data_links_to_every_file(client, plan):
    found = re.findall(
        r'href="/api/v1/([^"]*(?:format=|\.json|\.xml)[^"]*)"', client.get("/data/").content.decode()
    )
    files = [f"{name}/?format={form}" for name in FLAT_SETS for form in MEDIA_TYPES]
    files += ["datapackage.json", "stratml.xml"]
    assert found == [f"plans/{code}/{name}" for code in ("yunli-sti-14", "sti-13") for name in files]
    assert all(download(client, path) for path in found)


# Numbers and texts as they were entered


@pytest.fixture
def decimals(plan):
    """Store a target with each value, over the years of two indicators."""
    for number, value in enumerate(VALUES):
        aim(f"I{number // 5 + 1:02}", JINGXIAN, 2016 + number % 5, Decimal(value))


def test_a_csv_has_numbers_as_they_were_entered(client, decimals):
    _, lines = table(client, "targets/?format=csv")
    entered = [value if value != "0.30" else "0.3" for value in VALUES]
    assert [line["value"] for line in lines] == entered
    assert [json.dumps(row["value"]) for row in ask(client, "targets/")["results"]] == entered


@pytest.mark.postgres
def test_a_csv_keeps_digits_that_a_float_would_lose(client, plan):
    aim("I09", CITY, 2020, Decimal("99999999999999.9999"))
    _, lines = table(client, "targets/?format=csv")
    assert lines[0]["value"] == "99999999999999.9999"


def test_a_negative_number_stays_a_number(client, figures):
    observe("I09", CITY, "2019", 42)
    _, lines = table(client, "progress/?format=csv&period=2019")
    assert {line["indicator"]: line["progress"] for line in lines}["I09"] == "-0.5"


@pytest.mark.parametrize("text", ["=1+1", "+86 318", "-5 家", "@SUM(A1)", "\tTAB", "\rCR", "'=1"])
def test_a_text_never_becomes_a_formula(client, plan, text):
    observe("I09", CITY, "2018", 5, note=text, source="公报，第“1”页\n续", grade=Grade.OFFICIAL)
    _, lines = table(client, "observations/?format=csv&indicator=I09&area=131100")
    assert (lines[0]["note"], lines[0]["source"]) == (f"'{text}", "公报，第“1”页\n续")


# Workbooks


@pytest.mark.parametrize("name", FLAT_SETS)
def test_a_workbook_has_the_same_data_as_the_json(client, figures, name):
    header, *lines = next(iter(sheets(client, f"{name}/?format=xlsx").values()))
    rows = everything(client, f"{name}/")
    must_hold_every_field(header, rows)
    expected = [[at(row, column) for column in header] for row in rows]
    assert lines == [
        [as_text(one) or None if isinstance(one, list) else one for one in row] for row in expected
    ]


def test_a_workbook_has_numbers_as_they_were_entered(client, decimals):
    header, *lines = sheets(client, "targets/?format=xlsx")["目标值"]
    assert [str(line[header.index("value")]) for line in lines] == [
        value if value != "0.30" else "0.3" for value in VALUES
    ]


def test_a_workbook_explains_its_columns(client, figures):
    book = load_workbook(io.BytesIO(download(client, "observations/?format=xlsx")))
    assert (book.sheetnames, book.worksheets[0].freeze_panes) == (["完成值", "说明"], "A2")
    source, heads, *fields = sheets(client, "observations/?format=xlsx")["说明"]
    assert source[:2] == [
        "来源",
        "衡水市人民政府《衡水市科技创新“十三五”规划》（衡政字〔2016〕21号），以及各行所注明的出处",
    ]
    assert heads == ["字段", "名称", "说明"]
    assert [name for name, *_ in fields] == [cell.value for cell in book.worksheets[0][1]]
    assert ["unavailable_reason", "无法取得的原因", None] in fields
    assert [words for name, _, words in fields if name == "grade"] == [
        "text 原文；official 官方发布；media 媒体；derived 推算；reported 填报；demo 演示"
    ]


def test_a_workbook_of_the_demonstration_is_marked_inside(client, demo):
    assert sheets(client, "targets/?format=xlsx")["说明"][0][:2] == ["演示数据", "随机生成，不得引用"]


def test_a_text_too_long_for_a_cell_is_refused_with_advice(client, plan):
    shipped(Indicator).filter(code="I09").update(definition="长" * 32_768, definition_source="来函")
    assert fault(client, "indicators/?format=xlsx") == (
        "invalid_parameter",
        "format",
        f"“{'长' * 20}…”一格有 32,768 字，Excel 放不下，请改选 CSV 格式。",
    )


# JSON-stat


def test_observations_make_a_cube_of_indicator_area_and_period(client, figures):
    found = cube(client, "observations/?format=jsonstat")
    assert found["id"] == ["indicator", "area", "period"]
    assert found["role"] == {"metric": ["indicator"], "geo": ["area"], "time": ["period"]}
    rows = everything(client, "observations/")
    assert told(found, "value") == {
        (row["indicator"], row["area"], row["period"]): row["value"] for row in rows
    }
    assert told(found, "status") == {
        (row["indicator"], row["area"], row["period"]): row["grade"] for row in rows
    }
    assert found["dimension"]["indicator"]["category"]["unit"]["I09"] == {"decimals": 0, "label": "家"}
    assert found["updated"] == max(row["published_at"] for row in rows)


def test_a_figure_that_is_no_report_has_its_grade_and_day_beside_it(client, plan):
    found = cube(client, "progress/?format=jsonstat&period=2020")
    [(index, note)] = found["extension"]["note"].items()
    assert (found["value"][index], note) == (13, "媒体 2020-10-16")


def test_an_unavailable_value_has_a_status_and_no_value(client, figures):
    observe("I16", CITY, "2018", None, unavailable_reason="停统")
    observe("I16", CITY, "2019", "98", comparator="ge")
    found = cube(client, "observations/?format=jsonstat&indicator=I16")
    assert told(found, "value") == {("I16", CITY, "2019"): 98}
    assert told(found, "status") == {
        ("I16", CITY, "2018"): "unavailable",
        ("I16", CITY, "2019"): "reported:ge",
    }
    assert found["extension"] == {
        "plan": "sti-13",
        "status": {"label": {"unavailable": "无法取得", "reported:ge": "填报，以上(含)"}},
    }


@pytest.mark.parametrize("name", ["indicators", "baselines"])
def test_a_cube_of_baselines_keeps_the_time_stated_in_the_text(client, plan, name):
    found = cube(client, f"{name}/?format=jsonstat")
    assert (found["id"], found["size"]) == (["indicator", "area", "basis"], [26, 1, 4])
    assert told(found, "value") == {
        (row["indicator"], row["area"], row["basis_code"]): row["value"]
        for row in everything(client, "baselines/")
    }
    assert {status for at, status in told(found, "status").items() if at[0] == "I16"} == {"text:ge"}


def test_a_cube_of_targets_keeps_every_decision(client, figures):
    aim("I09", CITY, 2020, 180, decided_on="2018-06-01")
    found = cube(client, "targets/?format=jsonstat")
    assert told(found, "value") == {
        (row["indicator"], row["area"], str(row["year"]), row["decided_on"]): row["value"]
        for row in everything(client, "targets/")
    }
    today = cube(client, "targets/?format=jsonstat&in_force=true&indicator=I09")
    assert told(today, "value") == {("I09", CITY, "2020", "2018-06-01"): 180}


def test_a_cube_of_targets_tells_the_form_of_a_stated_one_and_that_its_day_is_unwritten(client, plan):
    aim("I09", CITY, 2020, 8, None, form="yearly_rate", grade=Grade.TEXT, source="", printed="年均增长8%")
    found = cube(client, "targets/?format=jsonstat&indicator=I09")
    at = ("I09", CITY, "2020", "未写")
    assert (told(found, "value"), told(found, "status")) == ({at: 8}, {at: "text:yearly_rate"})
    labels = found["extension"]["status"]["label"]
    assert labels == {"text:yearly_rate": "原文，年均增减百分之几"}


def test_thresholds_make_a_cube_of_their_three_numbers(client, plan):
    set_thresholds()
    set_thresholds("1.25", decided_on="2019-06-30")
    found = cube(client, "thresholds/?format=jsonstat")
    assert found["id"] == ["decided_on", "threshold"]
    assert found["role"] == {"time": ["decided_on"], "metric": ["threshold"]}
    assert told(found, "value") == {
        (row["decided_on"], name): row[name]
        for row in everything(client, "thresholds/")
        for name in ("ahead_from", "on_schedule_from", "slightly_behind_from")
    }


def test_progress_makes_a_cube_of_its_measures(client, figures):
    found = cube(client, "progress/?format=jsonstat&period=2018")
    measures = ["baseline", "target", "actual", "expected", "completion", "progress", "index"]
    rows = everything(client, "progress/?period=2018")
    assert told(found, "value") == {
        (row["indicator"], row["area"], row["as_of"], measure): row[measure]
        for row in rows
        for measure in measures
        if row[measure] is not None
    }
    assert {at[0]: status for at, status in told(found, "status").items()} == {
        row["indicator"]: row["status"] for row in rows
    }


@pytest.mark.parametrize("name", FLAT_SETS)
def test_the_cubes_of_the_demonstration_are_valid_and_marked_as_such(client, demo, name):
    found = cube(client, f"{name}/?format=jsonstat")
    assert (found["extension"]["demo"], found["note"]) == (True, ["演示数据：随机生成，不得引用。"])


@pytest.mark.parametrize("name", FLAT_SETS)
def test_a_cube_names_its_plan(client, plan, name):
    found = cube(client, f"{name}/?format=jsonstat")
    assert found["extension"]["plan"] == "sti-13"
    assert found["label"].startswith("sti-13 ")


def test_a_cube_without_facts_is_valid(client, plan):
    found = cube(client, "targets/?format=jsonstat")
    assert (found["size"], told(found, "value")) == ([0, 0, 0, 0], {})


# Public rows only


@pytest.mark.parametrize("form", MEDIA_TYPES)
@pytest.mark.parametrize("name", FLAT_SETS)
def test_unpublished_rows_leave_no_trace_in_a_file(client, figures, name, form):
    before = contents(client, f"{name}/?format={form}")
    # A series has at most one open row.
    for status, area in zip(HIDDEN, HIDDEN_IN, strict=True):
        support(observe("I10", area, "2017", 77, status, note="未公开"), "未公开")
    assert contents(client, f"{name}/?format={form}") == before


# Reading and memory


def test_the_rows_are_read_while_they_are_sent(client, figures, monkeypatch):
    """The rows are never all in memory: two rows, their evidence, then the next two."""
    monkeypatch.setattr(columns, "CHUNK_ROWS", 2)
    monkeypatch.setattr(spreadsheets.writer, "ROWS_AT_ONCE", 1)
    for report in shipped(Observation).all():
        support(report, "公告")
    with CaptureQueriesContext(connection) as asked:
        response = client.get("/api/v1/plans/sti-13/observations/?format=csv")
        before = len(asked)
        sent = iter(response.streaming_content)
        next(sent), next(sent)
        begun = len(asked)
        list(sent)
        ended = len(asked)
    assert ask(client, "observations/")["count"] == 4
    assert (begun - before, ended - before) == (2, 3)


def test_a_long_file_takes_as_much_memory_as_a_short_one(client, plan, monkeypatch):
    def ask_for_all():
        return sum(map(len, client.get("/api/v1/plans/sti-13/observations/?format=csv")))

    monkeypatch.setattr(columns, "CHUNK_ROWS", 20)
    monkeypatch.setattr(spreadsheets.writer, "ROWS_AT_ONCE", 20)
    series = product(shipped(Indicator).tracked(), Area.objects.exclude(code=CITY), shipped(Period).all())
    told = {"value": 1, "note": "长" * 300} | way(ReportStatus.PUBLISHED)
    reports = [
        Observation(indicator=indicator, area=area, period=period, **told)
        for indicator, area, period in series
    ]
    peaks = []
    for part in (reports[:100], reports[100:]):
        # The figures from the media exist already.
        QuerySet(Observation).bulk_create(part, ignore_conflicts=True)
        ask_for_all()
        peaks.append(traced(ask_for_all).peak)
    assert peaks[1] < 2 * peaks[0]


@pytest.mark.parametrize("form", MEDIA_TYPES)
@pytest.mark.parametrize("name", FLAT_SETS)
def test_head_has_the_same_headers_as_get(client, figures, name, form):
    got, asked = (getattr(client, how)(address(f"{name}/?format={form}")) for how in ("get", "head"))
    assert (asked.status_code, asked.getvalue()) == (200, b"")
    assert got.getvalue() != b""
    assert asked.headers == got.headers


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_head_queries_no_rows(client, figures, form):
    with CaptureQueriesContext(connection) as asked:
        list(client.head(f"/api/v1/plans/sti-13/observations/?format={form}").streaming_content)
    assert [query["sql"] for query in asked if "targets_observation" in query["sql"]] == []


# Bad input


@pytest.mark.parametrize("name", FLAT_SETS)
def test_an_unknown_format_is_not_acceptable_and_the_answer_names_the_known_ones(client, plan, name):
    assert fault(client, f"{name}/?format=xml", 406) == (
        "not_acceptable",
        "format",
        f"这里没有“xml”格式，可用：{'、'.join(['json', *MEDIA_TYPES])}。",
    )


@pytest.mark.parametrize("path", [*(f"{name}/" for name in OTHERS), "indicators/I09/", "progress/I09/", ""])
@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_an_answer_that_is_not_a_flat_list_comes_only_as_json(client, plan, path, form):
    expected = ("not_acceptable", "format", f"这里没有“{form}”格式，可用：json。")
    assert fault(client, f"{path}?format={form}", 406) == expected


def test_the_answer_to_an_unacceptable_media_type_names_the_known_ones(client, plan):
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
def test_a_fault_in_the_address_of_a_file_is_answered_in_json(client, plan, query, how):
    response = getattr(client, how)(f"/api/v1/plans/sti-13/observations/?format=csv&{query}")
    assert (response.status_code, response["Content-Type"]) == (400, "application/json")


def test_an_empty_format_is_ignored(client, plan):
    assert ask(client, "targets/?format=") == ask(client, "targets/")


@pytest.mark.parametrize(("view", "name"), [(Observations, "observations"), (Targets, "targets")])
def test_rows_read_as_columns_equal_the_serialized_records(client, demo, view, name):
    """Every row of the demonstration, with evidence, fractions, reasons and times."""
    records = view(request=SimpleNamespace(plan=shipped_plan(), query_params={})).get_queryset()
    told = JSONRenderer().render(view.serializer_class(records, many=True).data)
    assert everything(client, f"{name}/?page_size=1000") == json.loads(told)


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("2018-06-30T15:59:59.999999Z", "2018-06-30T23:59:59.999999+08:00"),
        ("2018-06-30T16:00:00Z", "2018-07-01T00:00:00+08:00"),
        ("2018-12-31T16:00:00.000100Z", "2019-01-01T00:00:00.000100+08:00"),
    ],
)
def test_a_time_is_given_to_the_microsecond(client, figures, stored, told):
    shipped(Observation).filter(indicator__code="I09").update(published_at=stored)
    rows = ask(client, "observations/?indicator=I09")["results"]
    assert {row["published_at"] for row in rows} == {told}


def test_a_list_too_long_to_be_counted_says_so(client, figures, monkeypatch):
    monkeypatch.setattr(pagination, "COUNTED", 2)
    first, last = ask(client, "observations/?page_size=1"), ask(client, "observations/?page_size=3&page=2")
    assert (first["count"], first["count_is_least"]) == (2, True)
    # The last page knows the total without counting.
    assert (last["count"], last["next"]) == (4, None)
    monkeypatch.setattr(pagination, "COUNTED", 4)
    assert "count_is_least" not in ask(client, "observations/?page_size=1")


def test_the_next_page_by_cursor_starts_in_the_index_where_the_last_one_ended(client, figures):
    """The index of published rows leads there; the rows before are not read."""
    with CaptureQueriesContext(connection) as asked:
        ask(client, ask(client, "observations/?cursor=*&page_size=2")["next"].partition("/api/v1/")[2])
    [page] = [query["sql"] for query in asked if ") > (" in query["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {page}")
            way_in = "USING INDEX observation_one_published ((indicator_id,area_id,period_id)>(?,?,?))"
        else:
            # With four rows the planner rightly reads the whole table.
            for other in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{other} = off")
            cursor.execute(f"EXPLAIN {page}")
            way_in = "Index Cond: (ROW(indicator_id, area_id, period_id) > ROW("
        plan = "\n".join(str(line[-1]) for line in cursor.fetchall())
    assert way_in in plan
    assert "SORT" not in plan.upper()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads small tables without an index")
def test_the_values_of_a_period_are_counted_using_only_an_index(client, figures):
    with CaptureQueriesContext(connection) as asked:
        ask(client, "observations/?period=2018&page_size=1")
    [count] = [query["sql"] for query in asked if "COUNT(" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {count}")
        steps = [step for *_, step in cursor.fetchall() if "targets_" in step]
    index = "observation_of_period (period_id=? AND status=?)"
    assert steps == [
        f"SEARCH targets_observation USING COVERING INDEX {index}",
        "SEARCH targets_indicator USING INTEGER PRIMARY KEY (rowid=?)",
    ]
