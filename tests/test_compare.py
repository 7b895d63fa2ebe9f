"""The comparison of areas and indicators: its cells, their order, and its files."""

import csv
import gzip
import io
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from targets.models import Area, Indicator, RollUp
from tests.make import CITY, JINGXIAN, ZAOQIANG, aim, bring_to, duty, enter, open_desk, period
from tests.pages import page, words
from tests.shipped import shipped
from tests.stored import observe

pytestmark = pytest.mark.django_db

AREAS = "衡水市 桃城区 冀州区 枣强县 武邑县 武强县 饶阳县 安平县 故城县 景县 阜城县 工业新区 滨湖新区 深州市"


@pytest.fixture
def desk(plan):
    return open_desk()


def rows_of(html: str) -> list[list[str]]:
    """Return the texts of all cells, heads first, without the arrow of a sorted column."""
    table = html[html.index("<table") : html.index("</table>")]
    table = re.sub(r'<span aria-hidden="true"> [↑↓]</span>', "", table)
    return [
        [words(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)]
        for row in re.findall(r"<tr.*?</tr>", table, re.S)
    ]


def heads(html: str) -> list[str]:
    return rows_of(html)[0]


def firsts(html: str) -> list[str]:
    return [row[0] for row in rows_of(html)[1:]]


def row_of(html: str, name: str) -> list[str]:
    return next(row for row in rows_of(html) if row[0] == name)


def link_of(html: str, label: str) -> str:
    """Return the link in the head of a column."""
    found = re.search(rf'<th[^>]*><a href="([^"]+)">{re.escape(label)}<', html)
    return unescape(found[1])


def publish(desk, value, **values):
    return bring_to(desk, "published", enter(desk, value, **values))


# One indicator


def test_an_indicator_is_shown_for_the_city_and_all_areas_by_year(client, desk):
    aim(JINGXIAN, 2020, 10)
    aim(CITY, 2020, 14)
    publish(desk, "4", period=period("2017"))
    publish(desk, "5")
    publish(desk, "7", area=desk.city)
    html = page(client, "/sti-13/compare/?indicator=I13&period=2018")
    assert " ".join(heads(html)) == "县市区 2016 2017 2018 2020年目标 完成率（%） 进度（%） 状态"
    assert heads(page(client, "/sti-13/compare/?indicator=I13&period=2019"))[1:5] == [
        "2016",
        "2017",
        "2018",
        "2019",
    ]
    assert firsts(html) == AREAS.split()
    assert [" ".join(row_of(html, name)) for name in ("衡水市", "景县", "枣强县")] == [
        "衡水市 未填报 未填报 7 14 50 30 ■ 滞后",
        "景县 未填报 4 5 10 50 — ○ 缺基期",
        "枣强县 未填报 未填报 未填报 未设目标 — — ○ 未设目标",
    ]


def test_values_after_the_chosen_period_are_not_shown(client, desk):
    publish(desk, "977")
    assert "977" not in page(client, "/sti-13/compare/?indicator=I13&period=2017")
    assert "977" in page(client, "/sti-13/compare/?indicator=I13&period=2018")


@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "accepted"])
@pytest.mark.parametrize("query", ["period=2018", "indicator=I13&period=2018", "period=2018&format=csv"])
def test_an_unpublished_row_changes_nothing(client, desk, status, query):
    aim(JINGXIAN, 2020, 10)
    before = client.get(f"/sti-13/compare/?{query}").content
    bring_to(desk, status, enter(desk, "977"))
    assert client.get(f"/sti-13/compare/?{query}").content == before


@pytest.mark.parametrize("query", ["period=2018", "indicator=I13&period=2018", "period=2018&format=csv"])
def test_a_row_changes_the_table_once_it_is_published(client, desk, query):
    """Without this, the test above might compare tables that no row can change."""
    aim(JINGXIAN, 2020, 10)
    before = client.get(f"/sti-13/compare/?{query}").content
    publish(desk, "977")
    assert client.get(f"/sti-13/compare/?{query}").content != before


def test_half_years_and_quarters_are_shown_if_they_have_reports(client, desk):
    duty("I13", ZAOQIANG, 6)
    publish(desk, "5")
    assert heads(page(client, "/sti-13/compare/?indicator=I13&period=2018"))[1:4] == ["2016", "2017", "2018"]
    zaoqiang = Area.objects.get(code=ZAOQIANG)
    desk.reporter.area_assignments.create(area=zaoqiang)
    publish(desk, "3", area=zaoqiang, period=period("2017-H1"))
    publish(desk, "4", area=zaoqiang, period=period("2018-H2"))
    html = page(client, "/sti-13/compare/?indicator=I13&period=2018")
    assert heads(html)[1:6] == ["2016", "2017-H1", "2017", "2018-H2", "2018"]
    assert row_of(html, "枣强县")[1:6] == ["未填报", "3", "未填报", "4", "4"]
    assert row_of(html, "景县")[1:6] == ["未填报", "—", "未填报", "5", "5"]
    assert heads(page(client, "/sti-13/compare/?indicator=I13&period=2017-H1"))[1:4] == [
        "2016",
        "2017-H1",
        "目标",
    ]


def test_a_partial_sum_says_how_many_counties_reported(client, desk):
    shipped(Indicator).filter(code="I13").update(roll_up=RollUp.SUM)
    duty("I13", ZAOQIANG)
    publish(desk, "3")
    assert row_of(page(client, "/sti-13/compare/?indicator=I13&period=2018"), "衡水市")[3] == "3 1/2"


def test_a_year_reported_by_halves_says_how_many_counties_reported(client, demo):
    html = page(client, "/sti-13/compare/?indicator=I20&period=2019")
    city = dict(zip(heads(html), row_of(html, "衡水市"), strict=True))
    halves = [city[code].removesuffix(" 7/13") for code in ("2019-H1", "2019-H2")]
    assert city["2019"] == f"{sum(map(int, halves))} 7/13"


def test_the_sum_of_a_flow_is_shown_beside_its_periods_as_in_the_small_charts(client, demo):
    html = page(client, "/sti-13/compare/?indicator=I14&period=2018")
    county = dict(zip(heads(html), row_of(html, "景县"), strict=True))
    amounts = [int(county[year]) for year in ("2016", "2017", "2018")]
    assert county["自2016年累计"] == str(sum(amounts))
    assert f"景县 {sum(amounts)}" in words(html)
    assert "完成值（自 2016 年起累计）" in words(html)
    assert "自2016年累计" not in heads(page(client, "/sti-13/compare/?indicator=I09&period=2018"))


def test_an_unavailable_value_is_not_called_unreported(client, desk):
    bring_to(desk, "published", enter(desk, None, unavailable_reason="统计制度取消"))
    assert row_of(page(client, "/sti-13/compare/?indicator=I13&period=2018"), "景县")[3] == "无法取得"


def test_a_target_of_another_year_names_the_year(client, desk):
    aim(CITY, 2020, 14)
    aim(JINGXIAN, 2018, 9)
    html = page(client, "/sti-13/compare/?indicator=I13&period=2018")
    assert [row_of(html, name)[4] for name in ("衡水市", "景县")] == ["14", "9 2018年"]


def test_the_small_charts_show_areas_without_values(client, desk):
    publish(desk, "5")
    html = page(client, "/sti-13/compare/?indicator=I13&period=2018")
    assert html.count('<svg class="panel"') == 13
    assert 'aria-label="景县：2018 5家"' in html
    assert 'aria-label="桃城区：未填报"' in html
    assert words(html[html.index('<ul class="panels">') :]).startswith("桃城区 未填报 冀州区 未填报")
    assert '<svg class="panel"' not in page(client, "/sti-13/compare/?indicator=I13&period=2017")


# All indicators


def test_all_indicators_are_shown_as_lights_with_their_words_and_counts(client, desk):
    aim(JINGXIAN, 2020, 10)
    publish(desk, "10")
    html = page(client, "/sti-13/compare/?period=2018")
    counted = ["● 不滞后", "▲ 略有滞后", "■ 滞后", "○ 未判断"]
    assert heads(html) == ["指标", *AREAS.split(), *counted]
    assert len(firsts(html)) == 24 + 4
    incubators = row_of(html, "I13 省级科技企业孵化器")
    assert incubators[10] == "● 已实现"
    assert set(incubators[1:10] + incubators[11:15]) == {"○ 未设目标"}
    assert incubators[15:] == ["1", "0", "0", "12"]
    place = 1 + AREAS.split().index("景县")
    assert [row_of(html, f"{word}项数")[place] for word in counted] == ["1", "0", "0", "23"]
    assert f'href="/sti-13/indicators/I13/?period=2018&amp;area={JINGXIAN}"' in html
    assert 'href="/sti-13/indicators/I13/?period=2018"' in html


def test_the_legend_lists_every_status_under_its_light(client, plan):
    shown = words(page(client, "/sti-13/compare/"))
    assert "● 已实现、快于预期、符合预期、达标 ▲ 略有滞后 ■ 滞后、较基期倒退、未达标" in shown


# Sorting


@pytest.fixture
def ranked(desk):
    """景县 has 5, 枣强县 20, the city 100, the other areas nothing."""
    duty("I13", ZAOQIANG)
    zaoqiang = Area.objects.get(code=ZAOQIANG)
    desk.reporter.area_assignments.create(area=zaoqiang)
    for value, place in (("5", desk.county), ("20", zaoqiang), ("100", desk.city)):
        publish(desk, value, area=place)
    aim(JINGXIAN, 2020, 5)
    aim(ZAOQIANG, 2020, 40)


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("", ["衡水市", "桃城区", "冀州区"]),
        ("2018", ["衡水市", "景县", "枣强县", "桃城区"]),
        ("-2018", ["衡水市", "枣强县", "景县", "桃城区"]),
        ("target", ["衡水市", "景县", "枣强县", "桃城区"]),
        ("-completion", ["衡水市", "景县", "枣强县", "桃城区"]),
        ("status", ["衡水市", "景县", "桃城区"]),
        ("-area", ["衡水市", "深州市", "滨湖新区"]),
        # A column that exists only for another choice is no fault: the plan's order is used.
        ("131127", ["衡水市", "桃城区", "冀州区"]),
        ("-2020", ["衡水市", "桃城区", "冀州区"]),
    ],
)
def test_areas_are_sorted_below_the_city_with_missing_values_last(client, ranked, sort, first):
    html = page(client, f"/sti-13/compare/?indicator=I13&period=2018&sort={sort}")
    assert firsts(html)[: len(first)] == first
    assert sorted(firsts(html)) == sorted(AREAS.split())


@pytest.mark.parametrize("sort", ["131127", "-131127", "-green"])
def test_indicators_are_sorted_by_an_areas_lights_and_by_counts(client, ranked, sort):
    first = firsts(page(client, f"/sti-13/compare/?period=2018&sort={sort}"))
    assert first[0] == "I13 省级科技企业孵化器"
    assert first[-4:] == ["● 不滞后项数", "▲ 略有滞后项数", "■ 滞后项数", "○ 未判断项数"]


def test_a_sorted_column_says_so_and_its_head_reverses_the_order(client, ranked):
    html = page(client, "/sti-13/compare/?indicator=I13&period=2018")
    assert "aria-sort" not in html
    down = link_of(html, "2018")
    assert down == "/sti-13/compare/?indicator=I13&period=2018&sort=-2018"
    html = page(client, down)
    assert re.findall(r'aria-sort="(\w+)"><a[^>]*>(\w+)<span aria-hidden="true"> (.)<', html) == [
        ("descending", "2018", "↓")
    ]
    up = link_of(html, "2018")
    assert up == "/sti-13/compare/?indicator=I13&period=2018&sort=2018"
    assert 'aria-sort="ascending"' in page(client, up)
    assert link_of(html, "状态") == "/sti-13/compare/?indicator=I13&period=2018&sort=status"


def test_a_new_choice_keeps_the_order_and_the_standpoint(client, desk):
    html = page(client, f"/sti-13/compare/?indicator=I13&period=2018&area={JINGXIAN}&sort=-2018")
    chooser = html.split("<form")[2].split("</form>")[0]
    assert '<input type="hidden" name="sort" value="-2018">' in chooser
    assert f'<input type="hidden" name="area" value="{JINGXIAN}">' in chooser
    assert '<option value="I13" selected>' in chooser
    assert '<option value="2018" selected>' in chooser
    assert '<tr class="here"><th scope="row"><a href="/sti-13/indicators/I13/' in html


# Invalid queries


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("sort=size", "排序（sort）：没有“size”这一列，请点表头排序。"),
        ("sort=--2018", "排序（sort）：没有“--2018”这一列"),
        ("indicator=I99", "指标（indicator）："),
        ("indicator=I23", "指标（indicator）："),
        ("format=pdf", "格式（format）："),
        ("period=2031", "报告期（period）无法识别。"),
        ("period=2031&format=csv", "报告期（period）无法识别。"),
        ("sort=size&format=xlsx", "排序（sort）："),
        ("area=x", "县市区（area）无法识别。"),
    ],
)
def test_an_unreadable_parameter_is_answered_400_with_the_reason(client, plan, query, reason):
    assert reason in words(page(client, f"/sti-13/compare/?{query}", 400))


# Files

STATES = [
    "",
    "period=2018",
    "period=2018&sort=131127",
    "period=2019&sort=-green",
    "indicator=I09&period=2018&sort=-2018",
    "indicator=I07&sort=progress",
    "indicator=I08&period=2019-H1&sort=status",
    "indicator=I16&period=2018&sort=-completion",
    "indicator=I24",
]


def below_the_lines(rows: list[list[str]]) -> list[list[str]]:
    """Return the table of a file, without the describing lines above it."""
    start = next(place for place, row in enumerate(rows) if row[0] in ("指标", "县市区"))
    return rows[start:]


def csv_rows(answer) -> list[list[str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def xlsx_rows(answer) -> list[list]:
    [sheet] = load_workbook(io.BytesIO(answer.content)).worksheets
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def text(cell) -> str:
    """A note stands below a number on a page, in brackets behind it in a file."""
    if isinstance(cell, float):
        return f"{cell:.4f}".rstrip("0").rstrip(".")
    return "" if cell is None else re.sub(r"[（）\s]", "", str(cell)).replace("−", "-")


def test_a_file_contains_the_cells_of_the_page_in_the_same_order(client, demo):
    for state in STATES:
        # A page has a typographic minus sign, a file the ASCII one that programs read.
        shown = [list(map(text, row)) for row in rows_of(page(client, f"/sti-13/compare/?{state}"))]
        as_csv = csv_rows(client.get(f"/sti-13/compare/?{state}&format=csv"))
        as_xlsx = xlsx_rows(client.get(f"/sti-13/compare/?{state}&format=xlsx"))
        assert [list(map(text, row)) for row in below_the_lines(as_csv)] == shown, state
        assert [list(map(text, row)) for row in below_the_lines(as_xlsx)] == shown, state


def test_the_links_download_what_the_page_shows(client, demo):
    html = page(client, "/sti-13/compare/?indicator=I09&period=2018&sort=-2018")
    links = [unescape(link) for link in re.findall(r'<a href="([^"]+)" download>', html)]
    assert links == [
        f"/sti-13/compare/?indicator=I09&period=2018&sort=-2018&format={name}" for name in ("csv", "xlsx")
    ]
    answer = client.get(links[1])
    assert answer["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert "-I09-2018.xlsx" in answer["Content-Disposition"]


def test_a_workbook_stores_exact_numbers_as_numbers_and_inexact_ones_as_text(client, demo):
    rows = below_the_lines(xlsx_rows(client.get("/sti-13/compare/?indicator=I16&period=2018&format=xlsx")))
    city = rows[1]
    assert isinstance(city[3], float)
    assert city[4] == "≥98"


def test_a_file_names_its_content_and_source(client, demo):
    lines = [
        row[0] for row in csv_rows(client.get("/sti-13/compare/?indicator=I09&period=2018&format=csv"))[:7]
    ]
    assert lines == [
        "指标：I09 有效期内高新技术企业",
        "单位：家",
        "截至：2018年末",
        "县市区：衡水市及 13 个县市区",
        "来源：衡水市人民政府《衡水市科技创新“十三五”规划》（衡政字〔2016〕21号），"
        "http://testserver/sti-13/compare/?indicator=I09&period=2018",
        "来源等级：原文、演示、媒体",
        "演示数据：随机生成，不得引用",
    ]


def test_a_file_of_real_data_is_not_marked_as_demonstration(client, plan):
    lines = [row[0] for row in csv_rows(client.get("/sti-13/compare/?period=2018&format=csv"))[:7]]
    assert lines[:2] == ["指标：全部监测指标 24 项", "单位：状态，按各指标判定"]
    assert lines[5:] == ["来源等级：原文、媒体", "指标"]


def test_an_empty_site_has_nothing_to_compare(client, db):
    page(client, "/sti-13/compare/", 404)


# Queries


def test_the_matrix_of_lights_is_compressed_for_browsers_that_accept_it(client, plan):
    plain = client.get("/sti-13/compare/")
    packed = client.get("/sti-13/compare/", headers={"accept-encoding": "gzip"})
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < 10_000 < len(plain.content)


def queries(client, state: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/sti-13/compare/?{state}")
    return len(captured)


def test_every_choice_costs_the_same_number_of_queries(client, demo):
    assert {state: queries(client, state) for state in [*STATES, "sort=x"]} == dict.fromkeys(
        [*STATES, "sort=x"], 13
    )
    assert {queries(client, f"{state}&format=csv") for state in STATES if "period" in state} == {11}
    assert {queries(client, f"{state}&format=csv") for state in STATES if "period" not in state} == {13}


@pytest.mark.parametrize("query", ["", "?indicator=I09"])
def test_other_pages_link_here(client, plan, query):
    assert 'href="/sti-13/compare/"' in page(client, "/sti-13/areas/")
    assert 'href="/sti-13/compare/?indicator=I09"' in page(client, "/sti-13/indicators/I09/")
    assert 'aria-current="page">比较' in page(client, f"/sti-13/compare/{query}")


def test_a_partial_sum_names_the_grade_of_its_parts_and_the_period_that_it_reaches(client, plan):
    shipped(Indicator).filter(code="I14").update(roll_up=RollUp.SUM)
    duty("I14", ZAOQIANG)
    duty("I14", JINGXIAN)
    media = {"grade": "media", "source": "长城网", "as_of_date": "2017-05-04"}
    observe("I14", JINGXIAN, "2017", 3, **media)
    html = page(client, "/sti-13/compare/?indicator=I14&period=2018")
    city = dict(zip(heads(html), row_of(html, "衡水市"), strict=True))
    assert city["2017"] == "3 1/2 · 含媒体 2017-05-04"
    assert city["自2016年累计"] == "3 2017 · 1/6 · 含媒体 2017-05-04"
