"""Export and import of sheets: the exported rows, the outcome of each row of a file, the written rows."""

import csv
import io
import re
from decimal import Decimal
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from targets import review
from targets.models import (
    AccessEntry,
    Area,
    Baseline,
    Indicator,
    Period,
    Plan,
    ReportingDuty,
    SheetUpload,
    Target,
)
from targets.review.roles import Role
from tests.make import bring_to, decide, enter, open_desk, period, person, reports
from tests.memory import traced
from tests.shipped import shipped

pytestmark = pytest.mark.django_db

COUNTY, OTHER = "131127", "131121"


@pytest.fixture
def desk(plan):
    desk = open_desk()
    desk.editor = person("规划戊", Role.PLAN_EDITOR)
    desk.auditor = person("审计丁", Role.AUDITOR)
    desk.own = person("景县辛", Role.REPORTER, areas=[COUNTY])
    desk.stranger = person("外县己", Role.REPORTER, areas=[OTHER])
    desk.nobody = person("无职庚")
    User.objects.update(is_staff=True)
    return desk


def export(client, kind: str, file="csv", **chosen):
    return client.get(f"/admin/sti-13/sheets/{kind}/export/", chosen | {"format": file})


def rows_of(answer) -> list[dict]:
    """Return the rows of an exported CSV; a refused export fails here."""
    assert answer.status_code == 200, answer.content.decode()
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def as_file(rows: list[dict], name="表.csv") -> io.BytesIO:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return named(out.getvalue().encode("utf-8-sig"), name)


def named(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def bring(client, kind: str, file) -> str:
    """Upload a file and return the address of its preview."""
    answer = client.post(f"/admin/sti-13/sheets/{kind}/", {"file": file})
    assert answer.status_code == 302, words(answer.content.decode())
    return answer.url


def seen(client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def tally(html: str) -> dict[str, int]:
    return {
        name: int(number) for name, number in re.findall(r"(新增|修改|未变|未填|有误) (\d+) 行", words(html))
    }


def table(html: str, caption: str) -> list[list[str]]:
    found = re.search(rf"<caption>\s*{caption}.*?<tbody>(.*?)</tbody>", html, re.S)
    lines = re.findall(r"<tr>(.*?)</tr>", found[1], re.S) if found else []
    return [[words(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.S)] for line in lines]


def faults(html: str) -> list[tuple]:
    """Return row, column, label and message of each fault."""
    return [(int(row), letter, label, told) for row, letter, label, _, told in table(html, "有误")]


def confirm(client, url: str):
    return client.post(url, {"confirm": ""}, follow=True)


def told(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


# Export


def test_a_reporter_exports_the_reports_expected_of_their_area(desk, logged_in):
    enter(desk, "5", note="年报数")
    bring_to(desk, "published", enter(desk, "4", period=period("2017")))
    rows = rows_of(export(logged_in(desk.own), "reports", periods=["2017", "2018"], areas=[COUNTY]))
    common = {
        "县市区代码": COUNTY,
        "县市区": "景县",
        "比较词": "等于",
        "分子": "",
        "分母": "",
        "无法取得的原因": "",
        "数据时点": "",
        "来源等级": "填报",
        "出处": "",
        "目标": "",
        "基期": "",
        "规划": "sti-13",
    }
    count = {"指标代码": "I13", "指标名称": desk.incubators.name, "单位": desk.incubators.unit}
    ratio = {"指标代码": "I16", "指标名称": desk.coverage.name, "单位": "%"}
    blank = {"完成值": "", "比较词": "", "来源等级": "", "说明": "", "上期": "", "状态": "未报", "版本": ""}
    draft = {"完成值": "5", "说明": "年报数", "上期": "4家", "状态": "草稿", "版本": "1"}
    out = {"完成值": "4", "说明": "", "上期": "", "状态": "已发布", "版本": "4"}
    assert rows == [
        common | count | draft | {"报告期": "2018"},
        common | ratio | blank | {"报告期": "2018"},
        common | count | out | {"报告期": "2017"},
        common | ratio | blank | {"报告期": "2017"},
    ]


def test_a_workbook_has_the_same_rows_and_explains_how_to_fill_it_in(desk, logged_in):
    enter(desk, "5")
    client = logged_in(desk.own)
    book = load_workbook(io.BytesIO(export(client, "reports", "xlsx", periods="2018", areas=COUNTY).content))
    sheet, hints = book.worksheets
    in_book = [["" if cell is None else str(cell) for cell in row] for row in sheet.values]
    in_text = [list(row.values()) for row in rows_of(export(client, "reports", periods="2018", areas=COUNTY))]
    assert in_book[1:] == in_text
    assert (sheet.title, hints.title) == ("完成值", "填写说明")


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("own", {COUNTY: 200, OTHER: 400}),
        ("stranger", {COUNTY: 400, OTHER: 200}),
        ("reviewer", {COUNTY: 200, OTHER: 200}),
        ("publisher", {COUNTY: 200, OTHER: 200}),
        ("auditor", {COUNTY: 200, OTHER: 200}),
        ("editor", {COUNTY: 403, OTHER: 403}),
        ("nobody", {COUNTY: 403, OTHER: 403}),
    ],
)
def test_users_export_only_values_that_they_may_see(desk, logged_in, who, sees):
    client = logged_in(getattr(desk, who))
    assert {code: export(client, "reports", periods="2018", areas=code).status_code for code in sees} == sees


@pytest.mark.parametrize("kind", ["targets", "baselines", "definitions"])
def test_any_role_exports_planning_sheets_and_only_the_plan_editor_imports_them(desk, logged_in, kind):
    chosen = {"years": "2018", "areas": COUNTY}
    doors = {}
    for who in ("own", "reviewer", "publisher", "auditor", "editor", "nobody"):
        client = logged_in(getattr(desk, who))
        out = export(client, kind, **chosen).status_code
        doors[who] = out, client.post(f"/admin/sti-13/sheets/{kind}/").status_code
    assert doors == dict.fromkeys(("own", "reviewer", "publisher", "auditor"), (200, 403)) | {
        "editor": (200, 200),
        "nobody": (403, 403),
    }


@pytest.mark.parametrize("path", ["", "reports/", "reports/export/", "reports/1/", "reports/1/faults/"])
def test_a_visitor_is_sent_to_the_login_page(desk, client, path):
    for answer in (client.get(f"/admin/sti-13/sheets/{path}"), client.post(f"/admin/sti-13/sheets/{path}")):
        assert answer.status_code == 302
        assert answer.url.startswith("/admin/login/")


def test_an_unknown_kind_of_sheet_is_not_found(desk, logged_in):
    assert logged_in(desk.reviewer).get("/admin/sti-13/sheets/users/").status_code == 404


@pytest.mark.parametrize(
    ("who", "kinds"),
    [
        ("own", ["完成值", "目标值", "县市区基期值", "指标口径"]),
        ("editor", ["目标值", "县市区基期值", "指标口径"]),
    ],
)
def test_each_user_is_offered_the_kinds_of_sheet_that_they_may_use(desk, logged_in, who, kinds):
    answer = logged_in(getattr(desk, who)).get("/admin/sti-13/sheets/")
    assert [kind.title for kind in answer.context["kinds"]] == kinds


def test_each_export_is_recorded_in_the_access_log(desk, logged_in):
    export(logged_in(desk.own), "reports", "xlsx", periods=["2018"], areas=[COUNTY])
    entry = AccessEntry.objects.get(kind="export")
    assert (entry.user, entry.by, entry.detail) == (
        desk.own,
        desk.own,
        "sti-13 完成值 2 行 xlsx；2018年；景县",
    )


def test_a_missing_choice_is_reported_at_its_field(desk, logged_in):
    answer = export(logged_in(desk.own), "reports")
    assert answer.status_code == 400
    assert answer.context["choice"].errors == {"periods": ["请选报告期。"], "areas": ["请选县市区。"]}


def test_a_value_that_a_workbook_cannot_hold_is_refused_and_exported_as_text(desk, logged_in):
    shipped(Indicator).filter(code="I13").update(definition="长" * 40_000, definition_source="办法")
    client = logged_in(desk.editor)
    answer = export(client, "definitions", "xlsx")
    assert answer.context["choice"].errors == {
        "format": [
            "“长长长长长长长长长长长长长长长长长长长长…”一格有 40,000 字，Excel 放不下，请改选 CSV 格式。"
        ]
    }
    html = seen(client, bring(client, "definitions", named(export(client, "definitions").content, "表.csv")))
    assert tally(html)["未变"] == 26


# Import


def everything(desk):
    """Store a row of each kind of sheet, with texts that are difficult for spreadsheets."""
    bring_to(desk, "published", enter(desk, "4", period=period("2017"), note="+1 家，=“新”\n第二行"))
    enter(
        desk,
        "98.5",
        indicator=desk.coverage,
        numerator="197",
        denominator="200",
        comparator="ge",
        as_of_date="2018-11-30",
        grade="official",
        source="冀统〔2019〕1号",
    )
    enter(desk, None, unavailable_reason="尚未统计")
    decision = {"indicator": desk.incubators, "area": desk.county, "by": desk.editor, "grade": "official"}
    decide(year=2018, value="7.0", decided_on="2017-03-01", source="-衡政办〔2017〕1号", **decision)
    decide(
        year=2018,
        value="8",
        comparator="ge",
        decided_on="2018-03-01",
        source="@会议纪要",
        reason="上调",
        **decision,
    )
    Baseline.objects.create(
        indicator=desk.incubators,
        area=desk.county,
        value="2",
        basis="previous_end",
        grade="official",
        source="县统计公报",
        entered_by=desk.editor,
    )
    shipped(Indicator).filter(code="I13").update(definition="经认定的\r\n众创空间", definition_source="=办法")


CHOSEN = {
    "reports": {"periods": ["2017", "2018"], "areas": [COUNTY, "131100"]},
    "targets": {"years": ["2017", "2018"], "areas": [COUNTY]},
    "baselines": {"areas": [COUNTY]},
    "definitions": {},
}


@pytest.mark.parametrize("file", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("reports", {"未变": 3, "未填": 5}),
        ("targets", {"未变": 1, "未填": 47}),
        ("baselines", {"未变": 1, "未填": 23}),
        ("definitions", {"未变": 26}),
    ],
)
def test_an_exported_sheet_is_imported_as_unchanged(desk, logged_in, kind, expected, file):
    everything(desk)
    client = logged_in(desk.reporter if kind == "reports" else desk.editor)
    answer = export(client, kind, file, **CHOSEN[kind])
    html = seen(client, bring(client, kind, named(answer.content, f"表.{file}")))
    assert {name: number for name, number in tally(html).items() if number} == expected
    assert 'name="confirm"' not in html


def test_a_sheet_writes_a_new_value_a_changed_one_and_a_cleared_one(desk, logged_in):
    enter(desk, "5", note="年报数")
    client = logged_in(desk.own)
    rows = rows_of(export(client, "reports", periods="2018", areas=COUNTY))
    rows[0]["完成值"], rows[0]["说明"] = " ６，０００ 家 ", ""
    rows[1]["完成值"], rows[1]["分子"], rows[1]["分母"] = "98.5%", "197", "200"
    url = bring(client, "reports", as_file(rows))
    html = seen(client, url)
    assert tally(html) == {"新增": 1, "修改": 1, "未变": 0, "未填": 0, "有误": 0}
    new = "完成值：（空） → 98.5 分子：（空） → 197 分母：（空） → 200"
    assert table(html, "要写入") == [
        ["2", f"{desk.incubators} 景县 2018年", "修改", "完成值：5 → 6000 说明：年报数 → （空）"],
        ["3", f"{desk.coverage} 景县 2018年", "新增", new],
    ]
    assert reports().count() == 1
    answer = confirm(client, url)
    assert told(answer) == ["已导入 2 行。新填和改动的存为草稿，请在“填报完成值”页核对、报送。"]
    assert shipped(SheetUpload).count() == 0
    written = {row.indicator.code: row for row in reports().select_related("indicator")}
    fields = ("value", "numerator", "denominator", "note", "status", "version", "entered_by", "changed_by")
    assert {code: [getattr(row, name) for name in fields] for code, row in written.items()} == {
        "I13": [Decimal(6000), None, None, "", "draft", 2, desk.reporter, desk.own],
        "I16": [Decimal("98.5"), 197, 200, "", "draft", 1, desk.own, desk.own],
    }
    lines = [row.history.first() for row in written.values()]
    assert [(line.history_user, line.history_type) for line in lines] == [(desk.own, "~"), (desk.own, "+")]


def test_a_missing_column_leaves_its_values_unchanged(desk, logged_in):
    enter(desk, "5", note="年报数", grade="official", source="公报")
    client = logged_in(desk.own)
    [row, _] = rows_of(export(client, "reports", periods="2018", areas=COUNTY))
    short = {name: row[name] for name in ("指标代码", "县市区代码", "报告期", "版本")} | {
        "完成值": "6",
        "备注": "x",
    }
    url = bring(client, "reports", as_file([short]))
    assert "表中“备注”不是这种表的栏目，没有读取。" in words(seen(client, url))
    confirm(client, url)
    after = reports().get()
    assert (after.value, after.note, after.grade, after.source) == (6, "年报数", "official", "公报")


# Many faults at once


QUARTERS = [f"{year}-Q{quarter}" for year in range(2016, 2021) for quarter in (1, 2, 3, 4)]


@pytest.fixture
def big(desk):
    """Create 3,120 reports: 12 indicators of the city and of 12 areas in 20 quarters."""
    shipped(ReportingDuty).all().delete()
    desk.areas = list(Area.objects.of_plan(shipped(Plan).get(code="sti-13"))[:13])
    desk.indicators = list(shipped(Indicator).tracked()[:12])
    ReportingDuty.objects.bulk_create(
        ReportingDuty(indicator=indicator, area=place, frequency=3)
        for indicator in desk.indicators
        for place in desk.areas
    )
    for code in QUARTERS:
        period(code)
    desk.all = person("全市壬", Role.REPORTER, areas=[place.code for place in desk.areas], is_staff=True)
    return desk


NO_INDICATOR = "没有代码为“I99”的指标，请用从这里下载的表填写。"
NO_AREA = "没有代码为“130000”的县市区，请用从这里下载的表填写。"
NO_PERIOD = "没有“2018-Q5”这一报告期，请写作 2018、2018-H1 或 2018-Q3。"
NO_COMPARATOR = "“大约”不在可选之列，请填等于、以上(含)、以下(含)、超过、不足、近、略超、约之一。"
NOT_THERE = "库中没有这一行，请核对各代码是否改动过；要新增的，请把“版本”留空。"
BOTH = "请填完成值；确实无法取得的，请不填数而写明原因。"
# Twelve kinds of faults: the rows, the cell and the typed text, the reported cell and the message.
FAULTS = [
    ([10, 500, 2990, 3001], "指标代码", "I99", "指标代码", NO_INDICATOR),
    ([11, 501, 1501], "县市区代码", "130000", "县市区代码", NO_AREA),
    ([12, 502, 1502], "报告期", "2018-Q5", "报告期", NO_PERIOD),
    ([13, 503, 1503, 2503], "完成值", "约十家", "完成值", "“约十家”不是数，请只填数字，如 1234.5。"),
    ([14, 504, 1504], "完成值", "-3", "完成值", "请填 0 或正数。"),
    ([15, 505, 1505], "比较词", "大约", "比较词", NO_COMPARATOR),
    (
        [16, 506, 1506, 2506],
        "数据时点",
        "2018-13-01",
        "数据时点",
        "“2018-13-01”不是日期，请写作 2018-12-31。",
    ),
    ([17, 507, 1507], "无法取得的原因", "尚未统计", "完成值", BOTH),
    ([18, 508, 1508], "分母", "0", "分母", "分子、分母须一并填写，分母大于 0。"),
    ([19, 509, 1509], "来源等级", "媒体", "出处", "引自官方发布、媒体或推算的数须注明出处。"),
    ([20, 510, 1510, 2510], "版本", "7", "版本", NOT_THERE),
    ([22, 512, 2512], "说明", "看不\x07见", "说明", "含有看不见的控制字符，请删去后重新填写。"),
]
LETTERS = {"指标代码": "A", "县市区代码": "B", "报告期": "C", "完成值": "K", "比较词": "L", "分母": "N"}
LETTERS |= {"数据时点": "P", "出处": "R", "说明": "S", "版本": "T"}


def test_forty_faults_of_twelve_kinds_are_named_by_cell_and_the_corrected_sheet_is_imported(big, logged_in):
    client = logged_in(big.all)
    chosen = {"periods": QUARTERS, "areas": [place.code for place in big.areas]}
    good = [
        row | {"完成值": str(number % 90)}
        for number, row in enumerate(rows_of(export(client, "reports", **chosen))[:3000])
    ]
    rows = [dict(row) for row in good]
    for numbers, label, typed, _, _ in FAULTS:
        for number in numbers:
            rows[number - 2][label] = typed
    expected = sorted(
        (number, LETTERS[label], label, said) for numbers, _, _, label, said in FAULTS for number in numbers
    )
    assert (len(FAULTS), len(expected)) == (12, 40)

    url = bring(client, "reports", as_file(rows))
    html = seen(client, url)
    assert faults(html) == expected
    assert tally(html) == {"新增": 2960, "修改": 0, "未变": 0, "未填": 0, "有误": 40}
    assert html.count("<progress") == 6
    assert 'name="confirm"' not in html
    listed = rows_of(client.get(f"{url}faults/"))
    assert [(int(row["行"]), row["列"], row["栏目"], row["问题"]) for row in listed] == expected
    assert client.post(url, {"confirm": ""}).url == url
    assert reports().count() == 0

    url = bring(client, "reports", as_file(good))
    assert tally(seen(client, url)) == {"新增": 3000, "修改": 0, "未变": 0, "未填": 0, "有误": 0}
    assert told(confirm(client, url))[0].startswith("已导入 3000 行。")
    assert reports().count() == 3000
    again = rows_of(export(client, "reports", **chosen))[:3000]
    given = ("指标代码", "县市区代码", "报告期", "完成值")
    assert [[row[name] for name in given] for row in again] == [[row[name] for name in given] for row in good]
    html = seen(client, bring(client, "reports", as_file(again)))
    assert tally(html) == {"新增": 0, "修改": 0, "未变": 3000, "未填": 0, "有误": 0}


@pytest.mark.parametrize("kind", ["reports", "targets"])
def test_importing_costs_no_extra_query_per_new_row(big, logged_in, kind):
    client = logged_in(big.all if kind == "reports" else big.editor)
    chosen = {
        "periods": QUARTERS[:2],
        "years": ["2016", "2017"],
        "areas": [place.code for place in big.areas],
    }
    filled = {"完成值": "5"} if kind == "reports" else DECISION | {"目标值": "5"}
    rows = [row | filled for row in rows_of(export(client, kind, **chosen))]
    costs = []
    for part in (rows[:2], rows[2:4], rows[4:154]):
        url = bring(client, kind, as_file(part))
        with CaptureQueriesContext(connection) as looking:
            assert tally(seen(client, url))["新增"] == len(part)
        with CaptureQueriesContext(connection) as writing:
            client.post(url, {"confirm": ""})
        costs.append((len(looking), len(writing)))
    assert costs[1][0] == costs[2][0]
    # Rows are written in batches.
    assert costs[2][1] - costs[1][1] < len(part) / 10


def test_importing_changed_rows_costs_one_query_per_batch_of_rows(big, logged_in):
    """Compare ten rows with all 936, of the same six periods."""
    client = logged_in(big.all)
    chosen = {"periods": QUARTERS[:6], "areas": [place.code for place in big.areas]}
    filled = [row | {"完成值": "5"} for row in rows_of(export(client, "reports", **chosen))]
    confirm(client, bring(client, "reports", as_file(filled)))
    costs = []
    for value, step in (("6", 100), ("7", 1)):
        rows = [row | {"完成值": value} for row in rows_of(export(client, "reports", **chosen))[::step]]
        url = bring(client, "reports", as_file(rows))
        with CaptureQueriesContext(connection) as looking:
            assert tally(seen(client, url))["修改"] == len(rows)
        with CaptureQueriesContext(connection) as writing:
            client.post(url, {"confirm": ""})
        assert reports().filter(value=value).count() == len(rows)
        costs.append((len(looking), len(writing)))
    assert costs[0][0] == costs[1][0]
    assert costs[1][1] - costs[0][1] < len(rows) / 30


@pytest.mark.parametrize("step", [{}, {"confirm": ""}], ids=["looked through", "brought in"])
def test_ten_thousand_rows_take_no_more_than_ninety_megabytes(big, logged_in, step):
    """An idle process takes 110 more: 200 in all."""
    client = logged_in(big.all)
    chosen = {"periods": QUARTERS[:6], "areas": [place.code for place in big.areas]}
    rows = [row | {"完成值": "5", "说明": "同上"} for row in rows_of(export(client, "reports", **chosen))]
    go = client.post if step else client.get
    peaks = []
    for part in (rows[:10], rows[10:110], rows[110:]):
        url = bring(client, "reports", as_file(part))
        # A preview is generated while it is sent.
        peaks.append(traced(lambda url=url: list(go(url, step))).peak)
    assert (peaks[2] - peaks[1]) / (len(part) - 100) < 9_000
    assert reports().count() == (len(rows) if step else 0)


def test_refused_rows_cost_no_extra_query_per_row(big, logged_in):
    """This holds for rows that another user changed, and for rows of another area."""
    client = logged_in(big.all)
    rows = rows_of(export(client, "reports", periods=QUARTERS[:1], areas=[place.code for place in big.areas]))
    rows = [row | {"完成值": "5"} for row in rows if row["县市区代码"] != OTHER]
    confirm(client, bring(client, "reports", as_file(rows)))
    stale = [row | {"完成值": "6"} for row in rows]
    for who in (big.all, big.stranger):
        costs = []
        for number in (2, 60):
            client = logged_in(who)
            url = bring(client, "reports", as_file(stale[:number]))
            with CaptureQueriesContext(connection) as queries:
                assert tally(seen(client, url))["有误"] == number
            costs.append(len(queries))
        assert costs[0] == costs[1]


def test_names_that_do_not_match_their_codes_are_refused(desk, logged_in):
    """A user who sorts only one column of a sheet would report each value for another indicator."""
    client = logged_in(desk.own)
    rows = rows_of(export(client, "reports", periods="2018", areas=COUNTY))
    rows[0]["指标名称"], rows[1]["指标名称"] = rows[1]["指标名称"], rows[0]["指标名称"]
    rows[1]["县市区"] = "枣强县"
    assert faults(seen(client, bring(client, "reports", as_file(rows)))) == [
        (2, "D", "指标名称", f"I13 是“{desk.incubators.name}”，请核对这一行是否错位。"),
        (3, "D", "指标名称", f"I16 是“{desk.coverage.name}”，请核对这一行是否错位。"),
        (3, "E", "县市区", "131127 是“景县”，请核对这一行是否错位。"),
    ]


def test_clearing_a_zero_is_a_change(desk, logged_in):
    enter(desk, "0")
    client = logged_in(desk.own)
    html = seen(client, bring(client, "reports", as_file(one_row(client, 完成值=""))))
    assert faults(html) == [(2, "K", "完成值", BOTH)]


@pytest.mark.parametrize(
    ("typed", "value"), [("0", 0), ("0.00", 0), ("１２", 12), ("1,234", 1234), ("12 家", 12)]
)
def test_numbers_are_read_as_people_type_them_and_zero_is_a_number(desk, logged_in, typed, value):
    client = logged_in(desk.own)
    confirm(client, bring(client, "reports", as_file(one_row(client, 完成值=typed))))
    assert reports().get().value == value


def test_checking_a_sheet_costs_no_extra_query_per_row(big, logged_in):
    client = logged_in(big.all)
    rows = rows_of(export(client, "reports", periods=QUARTERS[:1], areas=[place.code for place in big.areas]))
    costs = []
    for number in (2, 150):
        url = bring(client, "reports", as_file([row | {"完成值": "5"} for row in rows[:number]]))
        with CaptureQueriesContext(connection) as queries:
            seen(client, url)
        costs.append(len(queries))
    assert costs[0] == costs[1]


# Refused as by a form


def one_row(client, **changes) -> list[dict]:
    [row, _] = rows_of(export(client, "reports", periods="2018", areas=COUNTY))
    return [row | changes]


def test_a_reporter_imports_nothing_for_another_area(desk, logged_in):
    rows = one_row(logged_in(desk.own), 完成值="6")
    html = seen(logged_in(desk.stranger), bring(logged_in(desk.stranger), "reports", as_file(rows)))
    assert faults(html) == [(2, "B", "县市区代码", "您不是景县的填报员，不能填报；如需权限请与管理员联系。")]


def test_a_refused_sheet_does_not_reveal_hidden_drafts(desk, logged_in):
    """A right guess of another area's draft gets the same answer as a wrong guess."""
    enter(desk, "5")
    rows = one_row(logged_in(desk.own))
    client = logged_in(desk.stranger)
    pages = [
        seen(client, bring(client, "reports", as_file([rows[0] | {"完成值": guess}]))) for guess in ("5", "6")
    ]
    assert faults(pages[0]) == faults(pages[1]) != []
    assert tally(pages[0]) == tally(pages[1])


@pytest.mark.parametrize(
    ("status", "label", "sentence"),
    [
        ("submitted", "完成值", "现为“已报送”，不能修改。"),
        ("accepted", "完成值", "现为“审核通过”，不能修改。"),
        ("published", "完成值", "这一期已发布。如有变化，请用“更正”，并写明理由。"),
    ],
)
def test_a_report_that_is_not_a_draft_may_stay_in_the_sheet_but_not_change(
    desk, logged_in, status, label, sentence
):
    bring_to(desk, status, enter(desk, "5"))
    client = logged_in(desk.own)
    same = one_row(client)
    assert tally(seen(client, bring(client, "reports", as_file(same))))["未变"] == 1
    html = seen(client, bring(client, "reports", as_file([same[0] | {"完成值": "6"}])))
    [(row, letter, at, said)] = faults(html)
    assert (row, letter, at) == (2, "K", label)
    assert sentence in said


@pytest.mark.parametrize(
    ("code", "changes", "fault"),
    [
        ("closed", {}, "2018年已关闭，不再接受填报；确需补报请由发布员重开。"),
        ("not due", {"指标代码": "I09", "指标名称": ""}, "景县不填报“有效期内高新技术企业”。"),
    ],
)
def test_only_due_reports_of_an_open_period_are_accepted(desk, logged_in, code, changes, fault):
    client = logged_in(desk.own)
    rows = one_row(client, 完成值="6", **changes)
    if code == "closed":
        shipped(Period).filter(code="2018").update(is_open=False)
    [(_, _, _, said)] = faults(seen(client, bring(client, "reports", as_file(rows))))
    assert said == fault


def test_two_rows_for_the_same_report_are_refused(desk, logged_in):
    client = logged_in(desk.own)
    rows = one_row(client, 完成值="6")
    html = seen(client, bring(client, "reports", as_file(rows * 2)))
    assert faults(html) == [(3, "A", "指标代码", "与第 2 行重复，请只留一行。")]


def test_a_row_changed_by_another_user_after_the_export_is_refused(desk, logged_in):
    client = logged_in(desk.own)
    enter(desk, "5")
    rows = one_row(client, 完成值="6")
    enter(desk, "7", version=1)
    [(_, letter, _, said)] = faults(seen(client, bring(client, "reports", as_file(rows))))
    assert letter == "K"
    assert re.fullmatch(
        r"填报甲 已于 \d{4}-\d\d-\d\d \d\d:\d\d 对“I13 .+ 景县 2018年”作了“修改”（现为“草稿”）。"
        r"现在库中是 7家。请重新下载、核对后再填。",
        said,
    )


def test_a_draft_begun_again_after_the_export_is_not_overwritten(desk, logged_in):
    client = logged_in(desk.own)
    draft = enter(desk, "5")
    rows = one_row(client, 完成值="6")
    bring_to(desk, "withdrawn", draft)
    enter(desk, "7")
    [(_, _, _, said)] = faults(seen(client, bring(client, "reports", as_file(rows))))
    assert "现在库中是 7家。" in said


def test_a_correction_begun_after_the_export_is_not_overwritten(desk, logged_in):
    client = logged_in(desk.own)
    row = bring_to(desk, "published", enter(desk, "5"))
    rows = one_row(client, 完成值="6")
    draft = review.correct(row, by=desk.reporter, reason="重新核定", value="7")
    for value in ("8", "9", "10"):
        draft = enter(desk, value, version=draft.version)
    [(_, _, _, said)] = faults(seen(client, bring(client, "reports", as_file(rows))))
    assert "现在库中是 10家。" in said


def test_a_change_between_preview_and_confirmation_stops_the_whole_import(desk, logged_in):
    client = logged_in(desk.own)
    rows = rows_of(export(client, "reports", periods="2018", areas=COUNTY))
    url = bring(client, "reports", as_file([row | {"完成值": "6"} for row in rows]))
    assert tally(seen(client, url))["新增"] == 2
    enter(desk, "5")
    answer = client.post(url, {"confirm": ""})
    assert (answer.status_code, answer.url) == (302, url)
    assert [row.value for row in reports()] == [5]
    assert tally(seen(client, url)) == {"新增": 1, "修改": 0, "未变": 0, "未填": 0, "有误": 1}


def test_nobody_else_sees_or_confirms_an_uploaded_sheet(desk, logged_in):
    url = bring(logged_in(desk.own), "reports", as_file(one_row(logged_in(desk.own), 完成值="6")))
    for who in (desk.reporter, desk.reviewer, desk.nobody):
        client = logged_in(who)
        answers = client.get(url), client.post(url, {"confirm": ""}), client.get(f"{url}faults/")
        led = [(answer.status_code, getattr(answer, "url", "")) for answer in answers]
        assert led == [(302, "/admin/sti-13/sheets/reports/") if who is desk.reporter else (403, "")] * 3
        client.post(url, {"discard": ""})
    assert reports().count() == 0
    assert shipped(SheetUpload).count() == 1


def test_a_sheet_confirmed_twice_is_imported_once(desk, logged_in):
    client = logged_in(desk.own)
    url = bring(client, "reports", as_file(one_row(client, 完成值="6")))
    confirm(client, url)
    answer = confirm(client, url)
    assert told(answer) == ["这份表已不在等候导入：可能已经导入过，或已放弃。需要时请重新选择文件。"]
    assert answer.redirect_chain == [("/admin/sti-13/sheets/reports/", 302)]
    assert [(row.value, row.version) for row in reports()] == [(6, 1)]


def test_an_import_without_changes_is_not_reported_as_imported(desk, logged_in):
    enter(desk, "5")
    client = logged_in(desk.own)
    url = bring(client, "reports", as_file(one_row(client)))
    assert client.post(url, {"confirm": ""}).url == url


def test_only_the_newest_five_uploads_of_a_user_are_kept(desk, logged_in):
    client = logged_in(desk.own)
    rows = one_row(client, 完成值="6")
    brought = [int(bring(client, "reports", as_file(rows)).split("/")[-2]) for _ in range(7)]
    assert sorted(shipped(SheetUpload).values_list("pk", flat=True)) == brought[2:]


def test_a_waiting_sheet_can_be_discarded(desk, logged_in):
    client = logged_in(desk.own)
    url = bring(client, "reports", as_file(one_row(client, 完成值="6")))
    assert told(client.post(url, {"discard": ""}, follow=True)) == ["已放弃导入，库中没有改动。"]
    assert (reports().count(), shipped(SheetUpload).count()) == (0, 0)


def test_a_file_that_cannot_be_read_is_refused_at_once(desk, logged_in):
    client = logged_in(desk.own)
    answer = client.post("/admin/sti-13/sheets/reports/", {"file": named(b"<html>", "表.xlsx")})
    assert answer.context["form"].errors == {
        "file": ["文件名是 Excel 的，内容却不是，请用 Excel 或 WPS 打开后另存为 .xlsx 再导入。"]
    }
    assert client.post("/admin/sti-13/sheets/reports/").context["form"].errors == {"file": ["请先选择文件。"]}
    assert shipped(SheetUpload).count() == 0


# Targets, baselines, definitions


def planned(desk, logged_in, kind: str, **changes) -> tuple:
    """Return the client and the first exported row of a kind, with some cells filled in."""
    client = logged_in(desk.editor)
    chosen = {"years": "2018", "areas": COUNTY}
    row = next(row for row in rows_of(export(client, kind, **chosen)) if row["指标代码"] == "I13")
    return client, [row | changes]


DECISION = {"目标值": "8", "决定日期": "2018/3/1", "来源等级": "官方发布", "出处": "衡政办〔2018〕3号"}


def test_a_target_in_a_sheet_becomes_a_decision_in_the_ledger(desk, logged_in):
    client, rows = planned(desk, logged_in, "targets", **DECISION)
    confirm(client, bring(client, "targets", as_file(rows)))
    client, rows = planned(desk, logged_in, "targets", 目标值="９", 决定日期="2019年3月1日")
    url = bring(client, "targets", as_file(rows))
    assert faults(seen(client, url)) == [(2, "L", "调整理由", "这一年已有目标值；调整请写明理由。")]
    rows[0]["调整理由"] = "上调"
    url = bring(client, "targets", as_file(rows))
    assert table(seen(client, url), "要写入") == [
        [
            "2",
            f"{desk.incubators} 景县 2018",
            "修改",
            "目标值：8 → 9 决定日期：2018-03-01 → 2019-03-01 调整理由：（空） → 上调",
        ]
    ]
    assert told(confirm(client, url)) == ["已导入 1 行。"]
    ledger_rows = (
        shipped(Target)
        .order_by("pk")
        .values_list("value", "decided_on__year", "reason", "entered_by__username")
    )
    assert list(ledger_rows) == [(8, 2018, "", "规划戊"), (9, 2019, "上调", "规划戊")]


def test_a_target_decided_after_the_export_is_not_replaced(desk, logged_in):
    client, rows = planned(desk, logged_in, "targets", **DECISION)
    for _ in range(2):
        url = bring(client, "targets", as_file(rows))
        confirm(client, url)
    rows[0]["目标值"], rows[0]["决定日期"], rows[0]["调整理由"] = "9", "2019-03-01", "上调"
    html = seen(client, bring(client, "targets", as_file(rows)))
    assert faults(html) == [(2, "M", "版本", "下载之后库中的内容已有变动，请重新下载、核对后再填。")]
    assert shipped(Target).count() == 1


def test_a_decision_older_than_the_one_in_force_is_refused(desk, logged_in):
    """Such a target would never be in force, and nobody would notice."""
    client, rows = planned(desk, logged_in, "targets", **DECISION)
    confirm(client, bring(client, "targets", as_file(rows)))
    client, rows = planned(desk, logged_in, "targets", 目标值="9", 决定日期="2017-03-01", 调整理由="上调")
    assert faults(seen(client, bring(client, "targets", as_file(rows)))) == [
        (2, "I", "决定日期", "景县的现行目标值决定于 2018-03-01，新的决定不能早于这一天。")
    ]


def test_a_county_s_baseline_is_entered_and_changed(desk, logged_in):
    filled = {"数值": "3", "时期": "十二五末", "来源等级": "官方发布", "出处": "县统计公报", "年份": "2015年"}
    client, rows = planned(desk, logged_in, "baselines", **filled)
    confirm(client, bring(client, "baselines", as_file(rows)))
    client, rows = planned(desk, logged_in, "baselines", 数值="4", 出处="")
    html = seen(client, bring(client, "baselines", as_file(rows)))
    assert [fault[1:3] for fault in faults(html)] == [("K", "出处")]
    rows[0]["出处"] = "县统计年鉴"
    confirm(client, bring(client, "baselines", as_file(rows)))
    baseline = shipped(Baseline).get(area__code=COUNTY)
    fields = ("value", "basis", "year", "grade", "source", "entered_by")
    assert [getattr(baseline, name) for name in fields] == [
        4,
        "previous_end",
        2015,
        "official",
        "县统计年鉴",
        desk.editor,
    ]


@pytest.mark.parametrize(
    ("kind", "first", "second", "kept"),
    [
        (
            "targets",
            {"目标值": "8", "决定日期": "2018-03-01", "来源等级": "官方发布", "出处": "冀科〔2018〕1号"},
            {"目标值": "9", "决定日期": "2019-03-01", "调整理由": "上调"},
            {"value": 9, "grade": "official", "source": "冀科〔2018〕1号"},
        ),
        (
            "baselines",
            {"数值": "3", "时期": "十二五末", "来源等级": "官方发布", "出处": "县统计公报", "说明": "年报"},
            {"数值": "4"},
            {"value": 4, "grade": "official", "source": "县统计公报", "note": "年报"},
        ),
    ],
)
def test_a_column_left_out_of_a_plan_sheet_keeps_the_stored_values(
    desk, logged_in, kind, first, second, kept
):
    client, rows = planned(desk, logged_in, kind, **first)
    confirm(client, bring(client, kind, as_file(rows)))
    client, rows = planned(desk, logged_in, kind, **second)
    only = {
        name: rows[0][name] for name in ("指标代码", "县市区代码", "年份", "版本", *second) if name in rows[0]
    }
    assert told(confirm(client, bring(client, kind, as_file([only])))) == ["已导入 1 行。"]
    model = {"targets": Target, "baselines": Baseline}[kind]
    row = model.objects.filter(area__code=COUNTY).latest("pk")
    assert {name: getattr(row, name) for name in kept} == kept


def test_a_sheet_cannot_change_baselines_of_the_text(desk, logged_in):
    client, rows = planned(desk, logged_in, "baselines")
    rows = [rows[0] | {"指标代码": "I09", "指标名称": "", "县市区代码": "131100", "县市区": "", "数值": "1"}]
    before = list(shipped(Baseline).of_text().values())
    html = seen(client, bring(client, "baselines", as_file(rows)))
    assert [said for *_, said in faults(html)] == ["这是据原文载入的基期值，不能改动。"]
    assert list(shipped(Baseline).of_text().values()) == before


def test_a_definition_needs_its_source(desk, logged_in):
    client, rows = planned(desk, logged_in, "definitions", 口径="经省级认定的\n众创空间")
    html = seen(client, bring(client, "definitions", as_file(rows)))
    assert [said for *_, said in faults(html)] == ["填写口径时须注明出处。"]
    rows[0]["口径出处"] = "冀科〔2016〕1号"
    confirm(client, bring(client, "definitions", as_file(rows)))
    indicator = shipped(Indicator).get(code="I13")
    line = indicator.history.first()
    assert (indicator.definition, indicator.definition_source) == (
        "经省级认定的\n众创空间",
        "冀科〔2016〕1号",
    )
    assert line.history_user == desk.editor
    html = seen(client, bring(client, "definitions", as_file(rows)))
    assert tally(html)["未变"] == 1
