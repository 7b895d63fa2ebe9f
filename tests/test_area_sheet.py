"""县区进展单: the verdict first, then what is behind, what is missing, and all."""

import re
from datetime import date

import pytest

from targets.models import Indicator, Organization, ReportingDuty, Target
from tests.staff import area, bring_to, duty, enter, open_desk, period
from tests.test_pages import page
from tests.test_pages_progress import CITY, JINGXIAN, ZAOQIANG, aim, cells, part

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(plan):
    return open_desk()


def rows(html: str, heading: str) -> dict[str, list[str]]:
    """The cells behind each indicator's name in the table below a heading."""
    inside = html[html.index(f'id="{heading}"') :].split("</section>")[0]
    found = [cells(row) for row in inside.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:-1]]
    return {row[0].split()[0]: row[1:] for row in found}


def report(desk, year: str, value, **values):
    return bring_to(desk, "published", enter(desk, value, period=period(year), **values))


def test_the_verdict_comes_first_and_is_told_to_search_engines(client, desk):
    aim(JINGXIAN, 2020, 10)
    report(desk, "2018", "10")
    html = page(client, f"/areas/{JINGXIAN}/?period=2018")
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


def test_what_is_behind_stands_with_what_lacks_and_why(client, desk):
    aim(CITY, 2020, 14)
    report(desk, "2017", "9", area=desk.city)
    report(desk, "2018", "5", area=desk.city, note="一家到期未复审")
    html = page(client, f"/areas/{CITY}/?period=2018")
    assert rows(html, "h-behind") == {"I13": ["家", "■ 滞后 转差", "5", "10", "5", "14", "一家到期未复审"]}
    assert part(html, "h-verdict").split("。")[1].strip() == "与2017年末相比，1 项转差"


def test_the_worst_is_named_first(client, demo):
    html = page(client, f"/areas/{CITY}/?period=2018")
    statuses = [" ".join(row[1].split()[:2]) for row in rows(html, "h-behind").values()]
    assert statuses == sorted(statuses, key=["■ 逆向变化", "■ 滞后", "■ 未达标", "▲ 略有滞后"].index)
    assert len(set(statuses)) > 1


def test_why_is_told_only_where_somebody_could_have_said_it(client, demo):
    notes = {
        code: row[-1] for code, row in rows(page(client, f"/areas/{CITY}/?period=2018"), "h-behind").items()
    }
    assert notes["I08"] == "由县市区汇总，没有全市的填报"
    assert rows(page(client, f"/areas/{JINGXIAN}/?period=2018"), "h-behind")["I14"][-1] == "填报中未说明原因"


def test_a_quotient_without_an_end_takes_four_decimals(client, demo):
    row = rows(page(client, f"/areas/{CITY}/?period=2018"), "h-all")["I16"]
    assert [cell for cell in row if len(cell.rpartition(".")[2]) > 4 and "." in cell] == []
    assert re.fullmatch(r"[+−]0\.\d{4}", row[4])


def test_a_limit_that_is_not_kept_lacks_what_it_is_away_from_its_target(client, demo):
    html = page(client, "/areas/131128/?period=2018")
    status, actual, due, lacks, target = rows(html, "h-behind")["I16"][1:6]
    assert (status, due, target) == ("■ 未达标", "≥98", "≥98")
    assert float(lacks) == pytest.approx(98 - float(actual))


def test_a_value_that_went_the_wrong_way_shows_its_loss(client, demo):
    html = page(client, "/areas/131126/?period=2018")
    assert rows(html, "h-behind")["I09"][1].startswith("■ 逆向变化")
    base, before, now, growth = rows(html, "h-all")["I09"][1:5]
    assert int(now) < int(base)
    assert growth == f"{int(now) - int(before):+d}".replace("-", "−").replace("+0", "0")


def test_where_nothing_can_be_judged_nothing_is_called_good(client, desk):
    aim(JINGXIAN, 2020, 10)
    report(desk, "2018", "10")
    said = [part(page(client, f"/areas/{code}/?period=2018"), "h-behind") for code in (ZAOQIANG, JINGXIAN)]
    assert said == ["不及预期的指标 没有能判断的指标。", "不及预期的指标 没有不及预期的指标。"]


def test_all_indicators_stand_beside_the_year_before_and_the_city(client, desk):
    aim(JINGXIAN, 2020, 10)
    report(desk, "2017", "4")
    report(desk, "2018", "6")
    shown = rows(page(client, f"/areas/{JINGXIAN}/?period=2018"), "h-all")
    assert len(shown) == 24
    assert shown["I13"] == ["家", "未填报", "4", "6", "+2", "10", "60%", "—", "○ 缺基期", "○ 未设目标"]
    assert shown["I24"] == ["家", "未填报", "—", "—", "—", "未设", "—", "—", "○ 未设目标", "○ 未设目标"]
    later = rows(page(client, f"/areas/{JINGXIAN}/?period=2019"), "h-all")
    assert later["I13"][2:5] == ["6", "2018: 6", "—"]


def test_the_first_year_of_the_plan_has_none_before_it(client, desk):
    html = page(client, f"/areas/{JINGXIAN}/?period=2016")
    assert "相比" not in html
    assert rows(html, "h-all")["I13"] == ["家", "未填报", "—", "未设", "—", "—", "○ 未设目标", "○ 未设目标"]


def test_a_half_year_is_set_beside_the_half_before(client, desk):
    ReportingDuty.objects.filter(indicator__code="I13", area=desk.county).update(frequency=6)
    for code, value in (("2017-H2", "4"), ("2018-H1", "5")):
        report(desk, code, value)
    shown = rows(page(client, f"/areas/{JINGXIAN}/?period=2018-H1"), "h-all")
    assert shown["I13"][2:5] == ["4", "5", "+1"]


def test_what_is_missing_is_named_by_kind(client, desk):
    bureau = Organization.objects.get(code="O01")
    duty("I08", JINGXIAN, 6, organization=bureau)
    period("2018-H1")
    year = period("2018")
    year.due_on = date(2019, 1, 31)
    year.save()
    report(desk, "2017", "4")
    reason = {"unavailable_reason": "统计制度取消"}
    report(desk, "2018", None, **reason, indicator=Indicator.objects.get(code="I16"))
    shown = part(page(client, f"/areas/{JINGXIAN}/?period=2018"), "h-missing")
    assert shown.startswith(
        f"缺的数 2018年上半年未报 未规定截止日，{bureau}填报 I08 专利授权量"
        " 2018年未报 2019-01-31 截止，未指定填报单位 I13 省级科技企业孵化器"
        " 无法取得 I16 主要农作物良种覆盖率 （统计制度取消）"
        " 沿用以前的数 I13 省级科技企业孵化器 未设目标 全部 24 项指标 缺基期值"
    )


def test_a_sheet_that_lacks_nothing_says_so(client, desk):
    Indicator.objects.exclude(code="I15").update(is_tracked=False)
    decided = {"decided_on": date(2016, 12, 20), "grade": "official", "source": "文件"}
    flow = Indicator.objects.get(code="I15")
    Indicator.objects.filter(code="I15").update(kind="flow")
    Target.objects.create(indicator=flow, area=area(JINGXIAN), year=2020, value=9, **decided)
    duty("I15", JINGXIAN)
    for year in ("2016", "2017", "2018"):
        report(desk, year, "2", indicator=flow)
    assert part(page(client, f"/areas/{JINGXIAN}/?period=2018"), "h-missing") == (
        "缺的数 目标、基期值和应报的完成值齐全。"
    )


def test_the_chooser_leads_to_another_area_and_keeps_the_period(client, desk):
    answer = client.get(f"/areas/?to={ZAOQIANG}&period=2018")
    assert (answer.status_code, answer.url) == (302, f"/areas/{ZAOQIANG}/?period=2018")
    assert 'name="to"' in page(client, f"/areas/{JINGXIAN}/?period=2018")


@pytest.mark.parametrize("to", ["131181", "//example.org/", "x"])
def test_the_chooser_leads_nowhere_else(client, desk, to):
    assert "县市区（to）无法识别" in page(client, f"/areas/?to={to}", 400)


def test_a_dissolved_area_leads_to_its_successor(client, desk):
    html = page(client, "/areas/131181/?period=2018")
    assert 'href="/areas/131103/?period=2018">冀州区进展单</a>' in html
