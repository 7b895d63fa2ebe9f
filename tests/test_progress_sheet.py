"""县区进展单: verdict, indicators behind, missing data, and all indicators."""

import re
from datetime import date

import pytest

from targets.models import Baseline, Indicator, Organization, ReportingDuty, Target
from tests.make import CITY, JINGXIAN, ZAOQIANG, aim, area, bring_to, duty, enter, open_desk, period
from tests.pages import cells, page, part
from tests.shipped import shipped

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]


@pytest.fixture
def desk(plan):
    return open_desk()


def rows(html: str, heading: str) -> dict[str, list[str]]:
    """Return the cells after each indicator's name in the table below a heading."""
    inside = html[html.index(f'id="{heading}"') :].split("</section>")[0]
    found = [cells(row) for row in inside.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:-1]]
    return {row[0].split()[0]: row[1:] for row in found}


def heads(html: str, heading: str) -> str:
    """Return the column heads of the table below a heading."""
    return " ".join(cells(html[html.index(f'id="{heading}"') :].split("<thead>")[1].split("</thead>")[0]))


def report(desk, year: str, value, **values):
    return bring_to(desk, "published", enter(desk, value, period=period(year), **values))


def test_the_verdict_comes_first_and_is_the_meta_description(client, desk):
    aim(JINGXIAN, 2020, 10)
    report(desk, "2018", "10")
    html = page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018")
    verdict = (
        "截至2018年末，景县监测的 24 项指标中能判断的有 1 项：1 项不慢于预期或已达标；"
        "其余 23 项不能判断（23 项未设目标）。"
    )
    assert part(html, "h-verdict") == (
        f"结论 {verdict} 与2017年末相比，没有指标的状态好转或转差。"
        "2018年应报 2 项次， 1 项次尚未发布 。 ● 已实现 1 ○ 未设目标 23"
    )
    assert f'<meta name="description" content="景县进展单。{verdict}">' in html
    headings = re.findall(r"<h2[^>]*>([^<]+)", html)
    assert headings == ["结论", "不及预期的指标", "缺的数", "全部监测指标", "区划"]


def test_the_verdict_uses_the_common_name_of_an_area(client, plan):
    html = page(client, "/sti-13/areas/131171/?period=2018")
    assert "<h1>河北衡水高新技术产业开发区进展单 " in html
    assert part(html, "h-verdict").startswith("结论 截至2018年末，工业新区监测的 24 项指标都还不能判断")


def test_an_indicator_that_is_behind_is_listed_with_its_shortfall_and_note(client, desk):
    aim(CITY, 2020, 14)
    report(desk, "2017", "9", area=desk.city)
    report(desk, "2018", "5", area=desk.city, note="一家到期未复审")
    html = page(client, f"/sti-13/areas/{CITY}/?period=2018")
    assert rows(html, "h-behind") == {"I13": ["家", "■ 滞后 转差", "5", "10", "5", "14", "一家到期未复审"]}
    assert part(html, "h-verdict").split("。")[1].strip() == "与2017年末相比，1 项转差"
    later = page(client, f"/sti-13/areas/{CITY}/?period=2019")
    assert "没有能判断的指标。" in part(later, "h-behind")
    assert rows(later, "h-all")["I13"][8] == "○ 未更新 按2018年：滞后"


def test_a_target_of_a_year_before_the_last_names_its_year(client, desk):
    aim(CITY, 2018, 20)
    report(desk, "2018", "6", area=desk.city)
    html = page(client, f"/sti-13/areas/{CITY}/?period=2018")
    assert rows(html, "h-behind") == {
        "I13": ["家", "■ 滞后", "6", "20", "14", "2018: 20", "填报中未说明原因"]
    }
    assert rows(html, "h-all")["I13"] == ["家", "4", "—", "6", "—", "2018: 20", "30%", "12.5%", "■ 滞后"]


def test_the_worst_indicator_comes_first_and_equal_ones_are_ordered_by_code(client, demo):
    order = ["■ 较基期倒退", "■ 滞后", "■ 未达标", "▲ 略有滞后"]
    seen = set()
    for area_code in ("131126", "131128"):
        behind = rows(page(client, f"/sti-13/areas/{area_code}/?period=2018"), "h-behind")
        found = [(order.index(" ".join(row[1].split()[:2])), code) for code, row in behind.items()]
        assert found == sorted(found)
        seen |= {place for place, _ in found}
    assert seen == {0, 1, 2, 3}


def test_a_note_is_shown_only_where_a_report_could_have_one(client, demo):
    city = rows(page(client, f"/sti-13/areas/{CITY}/?period=2018"), "h-behind")
    assert city["I08"][-1] == "由县市区汇总，没有衡水市的填报"
    county = rows(page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018"), "h-behind")
    assert county["I14"][-1] == "填报中未说明原因"


def test_a_cumulative_value_is_marked_as_such(client, demo):
    html = page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018")
    assert [rows(html, table)["I14"][0] for table in ("h-behind", "h-all")] == ["家，累计", "家，累计"]
    baseline = rows(html, "h-all")["I14"][1]
    assert int(baseline) > 0
    assert f'<td class="num"><span class="quiet-text">{baseline}</span></td>' in html


def keep_above(indicator: Indicator, value):
    """Set a limit for the city until 2020."""
    decided = {"decided_on": date(2016, 12, 20), "grade": "official", "source": "文件"}
    values = {"area": area(CITY), "year": 2020, "value": value, "comparator": "ge"}
    Target.objects.create(indicator=indicator, **values, **decided)


def test_an_infinite_decimal_is_shown_with_four_digits(client, desk):
    keep_above(desk.coverage, 98)
    shipped(Indicator).filter(code="I16").update(roll_up="ratio")
    for year, numerator, value in (("2017", "299", "99.67"), ("2018", "293", "97.67")):
        fraction = {"numerator": numerator, "denominator": "300"}
        report(desk, year, value, **fraction, indicator=desk.coverage)
    html = page(client, f"/sti-13/areas/{CITY}/?period=2018")
    assert rows(html, "h-behind") == {
        "I16": ["%", "■ 未达标 转差", "97.6667", "≥98", "0.3333", "≥98", "由县市区汇总，没有衡水市的填报"]
    }
    assert rows(html, "h-all")["I16"][1:5] == ["≥98", "99.6667", "97.6667", "−2"]


def test_the_shortfall_of_a_broken_limit_is_its_distance(client, desk):
    keep_above(desk.coverage, 98)
    report(desk, "2018", "97.19", indicator=desk.coverage, area=desk.city)
    assert rows(page(client, f"/sti-13/areas/{CITY}/?period=2018"), "h-behind") == {
        "I16": ["%", "■ 未达标", "97.19", "≥98", "0.81", "≥98", "填报中未说明原因"]
    }


def test_a_value_that_moved_the_wrong_way_shows_its_loss(client, desk):
    aim(CITY, 2020, 14)
    report(desk, "2017", "6", area=desk.city)
    report(desk, "2018", "3", area=desk.city)
    html = page(client, f"/sti-13/areas/{CITY}/?period=2018")
    assert html.count('<svg class="bullet"') == 1
    assert heads(html, "h-behind") == "指标 单位 状态 完成 应达 相差 目标 填报说明"
    assert heads(html, "h-all") == "指标 单位 基期 2017 2018 增减 目标 完成率 进度 状态"
    assert rows(html, "h-behind") == {"I13": ["家", "■ 较基期倒退", "3", "10", "7", "14", "填报中未说明原因"]}
    assert rows(html, "h-all")["I13"] == [
        "家",
        "4",
        "6",
        "3",
        "−3",
        "14",
        "21.4%",
        "−10%",
        "■ 较基期倒退",
    ]


def test_without_judged_results_nothing_is_called_good_or_unchanged(client, desk):
    def said() -> tuple[str, bool]:
        html = page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018")
        return part(html, "h-behind"), "相比" in part(html, "h-verdict")

    report(desk, "2018", "10")
    assert said() == ("不及预期的指标 没有能判断的指标。", False)
    aim(JINGXIAN, 2020, 10)
    assert said() == ("不及预期的指标 能判断的 1 项中，没有不及预期的。", True)


def test_all_indicators_are_shown_beside_the_previous_year_and_the_city(client, desk):
    aim(JINGXIAN, 2020, 10)
    report(desk, "2017", "4")
    report(desk, "2018", "6")
    html = page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018")
    shown = rows(html, "h-all")
    assert len(shown) == 24
    assert heads(html, "h-all") == "指标 单位 基期 2017 2018 增减 目标 完成率 进度 状态 衡水市"
    assert shown["I13"] == ["家", "未填报", "4", "6", "+2", "10", "60%", "—", "○ 缺基期", "○ 未设目标"]
    assert shown["I24"] == ["家", "未填报", "—", "—", "—", "未设", "—", "—", "○ 未设目标", "○ 未设目标"]
    later = rows(page(client, f"/sti-13/areas/{JINGXIAN}/?period=2019"), "h-all")
    assert later["I13"][2:5] == ["6", "6 2018", "—"]
    last = rows(page(client, f"/sti-13/areas/{JINGXIAN}/?period=2020"), "h-all")
    assert last["I13"][2:5] == ["6 2018", "6 2018", "—"]


def begin_at(value, indicator: Indicator, code: str):
    """Store a baseline of a county."""
    basis = {"basis": "previous_end", "grade": "official", "source": "统计公报"}
    Baseline.objects.create(indicator=indicator, area=area(code), value=value, **basis)


@pytest.mark.parametrize(
    ("of", "page_of", "told"),
    [
        (JINGXIAN, JINGXIAN, "官方发布：统计公报。"),
        ("131181", "131103", "官方发布：统计公报（冀州市）。"),
        ("131181", JINGXIAN, ""),
    ],
)
def test_each_source_of_baselines_is_listed_once(client, desk, of, page_of, told):
    for indicator in (desk.incubators, desk.coverage):
        begin_at(2, indicator, of)
    shown = part(page(client, f"/sti-13/areas/{page_of}/?period=2018"), "h-all")
    begin, end = "没有的写“未填报”。", "标“累计”的"
    assert shown.split(begin)[1].split(end)[0] == (f"基期值出处：{told}" if told else "")


def test_the_first_year_of_the_plan_has_no_previous_year(client, desk):
    aim(JINGXIAN, 2020, 10)
    report(desk, "2016", "10")
    html = page(client, f"/sti-13/areas/{JINGXIAN}/?period=2016")
    assert "能判断的有 1 项" in html
    assert "相比" not in html
    assert heads(html, "h-all") == "指标 单位 基期 2016 目标 完成率 进度 状态 衡水市"
    assert rows(html, "h-all")["I13"] == [
        "家",
        "未填报",
        "10",
        "10",
        "100%",
        "—",
        "● 已实现",
        "○ 未设目标",
    ]
    second = page(client, f"/sti-13/areas/{JINGXIAN}/?period=2017")
    assert rows(second, "h-all")["I13"][2:4] == ["10", "10 2016"]


def test_a_half_year_is_compared_with_the_previous_half(client, desk):
    shipped(ReportingDuty).filter(indicator__code="I13", area=desk.county).update(frequency=6)
    for code, value in (("2017-H2", "4"), ("2018-H1", "5")):
        report(desk, code, value)
    html = page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018-H1")
    shown = rows(html, "h-all")
    assert heads(html, "h-all") == "指标 单位 基期 2017-H2 2018-H1 增减 目标 完成率 进度 状态 衡水市"
    assert shown["I13"][2:5] == ["4", "5", "+1"]


def test_missing_data_are_listed_by_kind(client, desk):
    bureau = Organization.objects.get(code="O01")
    duty("I08", JINGXIAN, 6, organization=bureau)
    period("2018-H1")
    year = period("2018")
    year.due_on = date(2019, 1, 31)
    year.save()
    report(desk, "2017", "4")
    reason = {"unavailable_reason": "统计制度取消"}
    report(desk, "2018", None, **reason, indicator=shipped(Indicator).get(code="I16"))
    shown = part(page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018"), "h-missing")
    assert shown == (
        f"缺的数 2018年上半年未报 未规定截止日， {bureau} 填报 I08 专利授权量"
        " 2018年未报 2019-01-31 截止，未指定填报单位 I13 省级科技企业孵化器"
        " 无法取得 I16 主要农作物良种覆盖率 （统计制度取消）"
        " 未设目标 全部 24 项指标"
        " 缺基期值 I07 专利申请量 I08 专利授权量 I09 有效期内高新技术企业 I10 省级创新型企业"
        " I11 省知识产权优势培育单位 I12 省知识产权管理标准推行工作贯标企业 I13 省级科技企业孵化器"
        " I16 主要农作物良种覆盖率 （统计制度取消） I17 省级农业科技园区 I21 争取省以上财政性资金"
        " I24 生产力促进中心 I25 国家级示范生产力促进中心 I26 省级示范生产力促进中心"
    )


def test_a_sheet_is_called_complete_only_when_nothing_is_missing(client, desk):
    shipped(Indicator).exclude(code="I15").update(is_tracked=False)
    decided = {"decided_on": date(2016, 12, 20), "grade": "official", "source": "文件"}
    flow = shipped(Indicator).get(code="I15")
    shipped(Indicator).filter(code="I15").update(kind="flow")
    Target.objects.create(indicator=flow, area=area(JINGXIAN), year=2020, value=9, **decided)
    duty("I15", JINGXIAN)
    said = []
    for year in ("2018", "2016", "2017"):
        report(desk, year, "2", indicator=flow)
        said.append(part(page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018"), "h-missing"))
    partial = "缺的数 数据不全 全部 1 项指标"
    assert said == [partial, partial, "缺的数 目标、基期值和应报的完成值齐全。"]


def test_a_skipped_half_year_is_missing_though_the_year_has_its_value(client, desk):
    shipped(Indicator).exclude(code="I13").update(is_tracked=False)
    begin_at(2, desk.incubators, JINGXIAN)
    aim(JINGXIAN, 2020, 10)
    shipped(ReportingDuty).filter(indicator__code="I13").update(frequency=6)
    shipped(ReportingDuty).exclude(indicator__code="I13").delete()
    period("2018-H1")
    report(desk, "2018-H2", "5")
    assert part(page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018"), "h-missing") == (
        "缺的数 2018年上半年未报 未规定截止日，未指定填报单位 I13 省级科技企业孵化器"
    )


def test_the_area_chooser_keeps_the_period(client, desk):
    answer = client.get(f"/sti-13/areas/?to={ZAOQIANG}&period=2018")
    assert (answer.status_code, answer.url) == (302, f"/sti-13/areas/{ZAOQIANG}/?period=2018")
    html = page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018")
    chooser = html.split('<form class="chooser" action="/sti-13/areas/">')[1].split("</form>")[0]
    assert '<label for="to">' in chooser
    assert '<select id="to" name="to">' in chooser
    assert f'<option value="{JINGXIAN}" selected>景县</option>' in chooser
    assert chooser.count(" selected") == 1
    assert '<input type="hidden" name="period" value="2018">' in chooser


@pytest.mark.parametrize("to", ["131181", "//example.org/", "x"])
def test_the_area_chooser_redirects_only_to_areas(client, desk, to):
    assert "县市区（to）无法识别" in page(client, f"/sti-13/areas/?to={to}", 400)


def test_a_dissolved_area_links_to_its_successor(client, desk):
    html = page(client, "/sti-13/areas/131181/?period=2018")
    assert (
        '<p class="notice">冀州市已于 2016年6月撤销，规划年份的目标和进展见'
        '<a href="/sti-13/areas/131103/?period=2018">冀州区进展单</a>。</p>'
    ) in html
