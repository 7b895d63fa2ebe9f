"""The pages on progress: the chosen standpoint, owed reports, and no unpublished rows."""

import re
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from targets import review
from targets.models import (
    Goal,
    Indicator,
    Organization,
    ReportingDuty,
    Responsibility,
    RollUp,
)
from tests.make import CITY, JINGXIAN, ZAOQIANG, aim, assess, bring_to, duty, enter, open_desk, period
from tests.pages import cells, page, part
from tests.shipped import shipped

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

PAGES = [
    "/sti-13/",
    "/sti-13/?period=2018",
    f"/sti-13/?period=2018&area={JINGXIAN}",
    "/sti-13/goals/?period=2018",
    "/sti-13/goals/G01/?period=2018",
    f"/sti-13/goals/G09/?period=2018&area={JINGXIAN}",
    "/sti-13/indicators/?period=2018",
    f"/sti-13/indicators/?status=no_data&area={JINGXIAN}",
    "/sti-13/indicators/I13/?period=2018",
    f"/sti-13/indicators/I13/?period=2018&area={JINGXIAN}",
    "/sti-13/areas/?period=2018",
    f"/sti-13/areas/{JINGXIAN}/?period=2018",
]


@pytest.fixture
def desk(plan):
    return open_desk()


def table(html: str) -> list[list[str]]:
    """Return the cells of the body of the first table."""
    return [cells(row) for row in html.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:-1]]


def test_the_default_year_has_ended_in_china_time(client, plan, monkeypatch):
    # In China it is one o'clock in the morning of 1 January.
    monkeypatch.setattr(timezone, "now", lambda: datetime(2018, 12, 31, 17, tzinfo=UTC))
    assert "截至2018年末" in page(client, "/sti-13/")


# The standpoint


def test_links_keep_the_area_and_the_period(client, desk):
    html = page(client, f"/sti-13/?period=2018&area={JINGXIAN}")
    for path in [
        "/sti-13/indicators/",
        "/sti-13/goals/G08/",
        "/sti-13/areas/",
        "/sti-13/measures/",
        f"/sti-13/areas/{JINGXIAN}/",
    ]:
        assert f'href="{path}?period=2018&amp;area={JINGXIAN}"' in html


def test_links_on_the_page_of_an_area_keep_that_area(client, desk):
    html = page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018")
    assert f'href="/sti-13/indicators/I13/?period=2018&amp;area={JINGXIAN}"' in html
    assert 'href="/sti-13/indicators/I13/?period=2018"' in page(client, f"/sti-13/areas/{CITY}/?period=2018")


def test_a_filter_keeps_the_standpoint_and_a_new_standpoint_keeps_the_filter(client, desk):
    html = page(client, f"/sti-13/indicators/?category=创新载体&period=2018&area={JINGXIAN}")
    chooser, narrowing = html.split("<form")[2:4]
    assert '<input type="hidden" name="category" value="创新载体">' in chooser
    assert '<input type="hidden" name="period" value="2018">' in narrowing
    assert f'<input type="hidden" name="area" value="{JINGXIAN}">' in narrowing


@pytest.mark.parametrize(
    "path",
    ["/sti-13/", "/sti-13/goals/", "/sti-13/goals/G08/", "/sti-13/indicators/", "/sti-13/indicators/I09/"],
)
@pytest.mark.parametrize("value", ["131181", "景县", "x", "all"])
def test_an_area_outside_the_plan_is_answered_400_and_shown_as_the_city(client, desk, path, value):
    html = page(client, f"{path}?area={value}", 400)
    assert "<strong>县市区（area）无法识别。</strong>请在上面改选，现按衡水市显示。" in html


def test_the_overview_of_an_area_counts_its_own_indicators(client, desk):
    aim(JINGXIAN, 2020, 10)
    bring_to(desk, "published", enter(desk, "10"))
    html = page(client, f"/sti-13/?period=2018&area={JINGXIAN}")
    assert part(html, "h-status").startswith(
        "监测状态：景县 截至2018年末，景县监测的 24 项指标中能判断的有 1 项：1 项不慢于预期或已达标；"
        "其余 23 项不能判断（23 项未设目标）。 ● 已实现 1 ○ 未设目标 23"
    )
    assert "○ 未设目标 24 目标值、完成值各自注明来源" in part(
        page(client, "/sti-13/?period=2018"), "h-status"
    )


def test_the_newest_publications_of_an_area_are_its_own(client, desk):
    html = page(client, "/sti-13/")
    assert re.findall(r"景县|衡水市", part(html, "h-news")) == ["衡水市", "景县"]
    html = page(client, f"/sti-13/?area={JINGXIAN}")
    assert "景县 2018年： 19家 媒体" in part(html, "h-news")
    assert "13家" not in part(html, "h-news")


def test_the_page_of_an_indicator_shows_the_chosen_area(client, desk):
    aim(JINGXIAN, 2020, 10)
    bring_to(desk, "published", enter(desk, "4"))
    shown = part(page(client, f"/sti-13/indicators/I13/?period=2018&area={JINGXIAN}"), "h-progress")
    assert shown.startswith("进展：景县 非原文")
    assert "完成值 4家（2018，填报）" in shown
    assert "基期值 未填报" in shown
    assert "完成值 4家" not in part(page(client, "/sti-13/indicators/I13/?period=2018"), "h-progress")


def test_indicators_are_filtered_by_their_status_in_the_area(client, desk):
    aim(JINGXIAN, 2020, 10)
    bring_to(desk, "published", enter(desk, "10"))
    address = "/sti-13/indicators/?period=2018&status=achieved"
    assert [row[0] for row in table(page(client, f"{address}&area={JINGXIAN}"))] == ["I13"]
    assert "没有符合条件的指标" in page(client, address)
    assert "（status）：" in page(client, "/sti-13/indicators/?status=good", 400)


def test_the_list_of_areas_shows_the_counts_of_each_area(client, desk):
    aim(JINGXIAN, 2020, 10)
    bring_to(desk, "published", enter(desk, "10"))
    shown = {row[0]: row[2] for row in table(page(client, "/sti-13/areas/?period=2018"))}
    assert shown[JINGXIAN] == "● 已实现 1 ○ 未设目标 23"
    assert shown[CITY] == "○ 未设目标 24"
    assert shown["131181"] == "见冀州区"


def test_a_goal_says_which_of_its_indicators_are_behind(client, demo):
    shown = part(page(client, f"/sti-13/goals/G10/?period=2018&area={CITY}"), "h-indicators")
    assert shown.startswith(
        "对应指标 非原文 截至2018年末，目标 G10 对应的 5 项指标都能判断：2 项不慢于预期或已达标，"
        "2 项略有滞后，1 项滞后。 不及预期的： I06 获省科学技术奖励成果 、 I08 专利授权量 、"
        " I11 省知识产权优势培育单位 。"
    )
    assert "I11 省知识产权优势培育单位 52家 2020年 42家 ▲ 略有滞后 推断，待确认" in shown


def test_a_goal_without_judged_indicators_says_so(client, desk):
    shown = part(page(client, f"/sti-13/goals/G10/?period=2018&area={JINGXIAN}"), "h-indicators")
    assert shown.startswith(
        "对应指标 非原文 景县：截至2018年末，目标 G10 对应的 5 项指标都还不能判断进展（5 项未设目标）。 哪些"
    )
    assert "截至" not in part(page(client, "/sti-13/goals/G01/"), "h-indicators")


# Explanations


def test_a_status_can_be_opened_to_show_its_inputs(client, desk):
    aim(JINGXIAN, 2020, 10)
    bring_to(desk, "published", enter(desk, "4"))
    shown = part(page(client, f"/sti-13/indicators/I13/?period=2018&area={JINGXIAN}"), "h-progress")
    assert (
        "怎么算的 规则：无基期，只看完成率；截至 2018，按 2018 期末判断。 完成值： 2018 的数 4"
        " 完成率： 4 / 10 = 0.4 判定： 缺基期"
        " 所用的数 用作 记录 县市区 时期 数值 来源"
        f" 目标值 target/I13/{JINGXIAN}/2020/2016-12-20 {JINGXIAN} 2020 10 官方发布"
        f" 完成值 observation/I13/{JINGXIAN}/2018/r1 {JINGXIAN} 2018 4 填报"
    ) in shown


def test_an_indicator_without_a_calculation_gives_the_reason(client, desk):
    shown = part(page(client, f"/sti-13/indicators/I13/?period=2018&area={JINGXIAN}"), "h-progress")
    assert "怎么算的 规则：无基期，只看完成率；截至 2018。 判定： 未设目标，没有已发布的数，不作判断" in shown
    aim(JINGXIAN, 2020, 10)
    shown = part(page(client, f"/sti-13/indicators/I13/?period=2018&area={JINGXIAN}"), "h-progress")
    assert "判定： 没有已发布的数 所用的数" in shown


def test_a_value_of_an_earlier_period_lights_nothing_and_keeps_its_judgement_in_words(client, desk):
    aim(JINGXIAN, 2020, 4)
    bring_to(desk, "published", enter(desk, "4"))
    shown = [
        part(page(client, f"/sti-13/indicators/I13/?period={year}&area={JINGXIAN}"), "h-progress")
        for year in ("2018", "2019")
    ]
    assert shown[0].startswith("进展：景县 非原文 ● 已实现 完成值 4家（2018，填报）")
    assert shown[1].startswith("进展：景县 非原文 ○ 未更新 按2018年：已实现 完成值 4家（2018，填报）")
    assert ["完成率 100%" in shown[0], "完成率 2018 100%" in shown[1]] == [True, True]


@pytest.mark.parametrize("with_target", [True, False])
def test_an_unavailable_value_is_not_called_unreported(client, desk, with_target):
    if with_target:
        aim(JINGXIAN, 2020, 10)
    bring_to(desk, "published", enter(desk, None, unavailable_reason="统计制度取消"))
    shown = part(page(client, f"/sti-13/indicators/I13/?period=2018&area={JINGXIAN}"), "h-progress")
    light = "○ 无法取得 统计制度取消" if with_target else "○ 未设目标 无法取得：统计制度取消"
    assert shown.startswith(f"进展：景县 非原文 {light} 完成值 无法取得 基期值 未填报")
    html = page(client, f"/sti-13/areas/{JINGXIAN}/?period=2018")
    [row] = [row for row in map(cells, html.split("</tr>")) if row[:1] == ["I13 省级科技企业孵化器"]]
    assert light in row


def test_a_newer_partial_sum_is_shown_beside_the_last_complete_value(client, desk):
    shipped(Indicator).filter(code="I13").update(roll_up=RollUp.SUM)
    duty("I13", ZAOQIANG)
    bring_to(desk, "published", enter(desk, "4", period=period("2017"), area=desk.city))
    bring_to(desk, "published", enter(desk, "3"))
    shown = part(page(client, "/sti-13/indicators/I13/?period=2018"), "h-progress")
    assert "完成值 4家（2017，填报） 已知的部分 2018 已报 3家（1/2） 缺 2018年：枣强县" in shown


# Owed reports


def test_the_overview_names_the_areas_that_owe_reports(client, desk):
    assert part(page(client, "/sti-13/?period=2018"), "h-unreported") == (
        "未报 2018年应报 4 项次，下列尚无已发布的数： 衡水市 2 / 2 项次 景县 2 / 2 项次"
    )
    bring_to(desk, "published", enter(desk))
    assert part(page(client, "/sti-13/?period=2018"), "h-unreported") == (
        "未报 2018年应报 4 项次，下列尚无已发布的数： 衡水市 2 / 2 项次 景县 1 / 2 项次"
    )
    assert part(page(client, f"/sti-13/?period=2018&area={JINGXIAN}"), "h-unreported") == (
        "未报 2018年应报 2 项次，下列尚无已发布的数： 景县 1 / 2 项次"
    )


def test_the_overview_says_when_nothing_is_owed(client, desk):
    ReportingDuty.objects.exclude(indicator=desk.incubators, area=desk.county).delete()
    bring_to(desk, "published", enter(desk))
    assert part(page(client, "/sti-13/?period=2018"), "h-unreported") == "未报 2018年应报 1 项次，均已发布。"
    shipped(ReportingDuty).all().delete()
    assert part(page(client, "/sti-13/?period=2018"), "h-unreported") == "未报 2018年没有填报任务。"


# Ledger, revisions, who leads


def test_a_revised_target_is_shown_with_its_date_source_and_reason(client, desk):
    aim(CITY, 2020, 14)
    aim(CITY, 2020, 12, date(2018, 11, 20), source="会议纪要", reason="中期评估后下调")
    table = part(page(client, "/sti-13/indicators/I13/?period=2018"), "h-progress")
    assert (
        "衡水市的目标值 年份 目标值 决定日期 是否有效 来源"
        " 2020年 14家 2016-12-20 已调整 官方发布：衡科字〔2016〕1号"
        " 2020年 12家 2018-11-20 有效 官方发布：会议纪要 调整理由：中期评估后下调"
    ) in table
    table = part(page(client, "/sti-13/indicators/I13/?period=2017"), "h-progress")
    assert "2020年 14家 2016-12-20 有效" in table
    assert "12家" not in table


def test_a_corrected_value_shows_its_reason_and_the_old_one_is_gone(client, desk):
    row = bring_to(desk, "published", enter(desk, "977"))
    new = review.correct(row, value="978", reason="漏计一家", by=desk.reporter)
    before = page(client, f"/sti-13/indicators/I13/?period=2018&area={JINGXIAN}")
    assert ("977家" in before, "漏计" in before) == (True, False)
    bring_to(desk, "published", new)
    after = page(client, f"/sti-13/indicators/I13/?period=2018&area={JINGXIAN}")
    assert ("977" in after, "978家" in after) == (False, True)
    assert re.search(r"第 2 版，\d{4}-\d\d-\d\d更正：漏计一家", after)


def test_later_values_and_assessments_are_not_shown(client, desk):
    bring_to(desk, "published", enter(desk, "977"))
    bring_to(desk, "published", assess(desk, "稳步推进。"))
    for year, is_there in (("2017", False), ("2018", True)):
        assert ("977家" in page(client, f"/sti-13/indicators/I13/?area={JINGXIAN}&period={year}")) is is_there
        assert ("稳步推进。" in page(client, f"/sti-13/goals/G01/?period={year}")) is is_there


def test_the_targets_of_counties_are_compared_with_the_citys_target(client, desk):
    shipped(Indicator).filter(code="I13").update(roll_up=RollUp.SUM)
    duty("I13", ZAOQIANG)
    aim(CITY, 2020, 14)
    aim(JINGXIAN, 2020, 9)
    foot = page(client, "/sti-13/indicators/I13/").split("<tfoot>")[1].split("</tfoot>")[0]
    assert [cells(row) for row in foot.split("</tr>")[:2]] == [
        ["", "县市区目标之和（2020年）", "9家", "1 / 2 个县市区有目标"],
        ["", "衡水市目标与县市区目标之和的差额", "分解未完", ""],
    ]
    aim(ZAOQIANG, 2020, 4)
    foot = page(client, "/sti-13/indicators/I13/").split("<tfoot>")[1].split("</tfoot>")[0]
    assert [cells(row)[2] for row in foot.split("</tr>")[:2]] == ["13家", "1家"]


def test_county_targets_are_not_compared_without_a_city_target_or_a_sum(client, desk):
    assert "<tfoot>" not in page(client, "/sti-13/indicators/I13/")
    aim(CITY, 2020, 14)
    aim(JINGXIAN, 2020, 9)
    assert "<tfoot>" not in page(client, "/sti-13/indicators/I13/")


def test_the_lead_organization_is_named_with_its_source(client, desk):
    assert "牵头单位 未写明" in " ".join(re.sub(r"<[^>]+>", " ", page(client, "/sti-13/goals/G01/")).split())
    lead = Organization.objects.get(code="O01")
    things = [{"goal": shipped(Goal).get(code="G01")}, {"indicator": shipped(Indicator).get(code="I13")}]
    for thing in things:
        Responsibility.objects.create(organization=lead, role="lead", source="衡科字〔2016〕1号", **thing)
    for path in ["/sti-13/goals/G01/", "/sti-13/indicators/I13/"]:
        words = " ".join(re.sub(r"<[^>]+>", " ", page(client, path)).split())
        assert f"牵头单位 非原文 {lead.name} 出处：衡科字〔2016〕1号" in words


def test_the_evidence_of_a_published_report_is_shown_with_its_link(client, desk):
    paper = {"title": "认定文件", "source": "冀科高〔2018〕5号", "url": "https://kjt.example.gov.cn/5.html"}
    for draft in (enter(desk), assess(desk)):
        review.attach(draft, by=desk.reporter, **paper)
        draft.refresh_from_db()
        bring_to(desk, "published", draft)
    for path in [f"/sti-13/indicators/I13/?area={JINGXIAN}", "/sti-13/goals/G01/"]:
        assert (
            '证明材料：<a href="https://kjt.example.gov.cn/5.html">认定文件</a>（冀科高〔2018〕5号）'
        ) in page(client, path)


# Unpublished rows stay hidden


@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "accepted"])
def test_an_unpublished_row_changes_no_page(client, desk, status):
    aim(CITY, 2020, 10)
    aim(JINGXIAN, 2020, 10)
    before = {path: client.get(path).content for path in PAGES}
    for row in (enter(desk, "977"), enter(desk, "977", area=desk.city), assess(desk, "未发布的评价")):
        review.attach(row, by=desk.reporter, title="未发布的材料", source="内部")
        row.refresh_from_db()
        bring_to(desk, status, row)
    assert {path: client.get(path).content for path in PAGES} == before


def test_a_published_row_changes_the_pages(client, desk):
    """Without this, the test above might compare pages that no row can change."""
    aim(CITY, 2020, 10)
    aim(JINGXIAN, 2020, 10)
    before = {path: client.get(path).content for path in PAGES}
    bring_to(desk, "published", enter(desk, "977"))
    bring_to(desk, "published", enter(desk, "977", area=desk.city))
    bring_to(desk, "published", assess(desk, "已发布的评价"))
    assert [path for path in PAGES if client.get(path).content == before[path]] == []
