"""Period reports: frozen at publication, with a checksum, and beside them what changed later."""

import gzip
import hashlib
import json
import re
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from targets import review
from targets.engine import periods, verdict
from targets.models import (
    Baseline,
    Goal,
    GoalLink,
    Indicator,
    Observation,
    Period,
    PeriodReport,
    Plan,
    ReviewEvent,
)
from targets.standing import period_report_content, standings
from tests import make, pages
from tests.make import assess, bring_to, duty, enter, full_desk
from tests.make import period as period_of
from tests.pages import told, words
from tests.shipped import shipped, shipped_plan
from tests.stored import set_thresholds

pytestmark = pytest.mark.django_db

DESK = "/admin/sti-13/period-reports/"
PREVIEW = f"{DESK}?period=2018&kind=annual"


@pytest.fixture
def desk(plan):
    """景县's incubators are behind: baseline 2, target 12 for 2020, 5 published for 2018."""
    desk = full_desk()
    Baseline.objects.create(
        indicator=desk.incubators,
        area=desk.county,
        value=2,
        basis="previous_end",
        grade="official",
        source="景县统计公报",
    )
    decide(desk, 12, date(2017, 3, 1))
    desk.value = bring_to(desk, "published", enter(desk, "5"))
    return desk


def decide(desk, value, decided_on, **values):
    what = {"indicator": desk.incubators, "area": desk.county, "year": 2020, "value": value}
    origin = {"decided_on": decided_on, "grade": "official", "source": "景政字〔2017〕3号"}
    return make.decide(desk.editor, **what | origin | values)


def decide_for_the_city(desk):
    decide(desk, 14, date(2016, 5, 1), area=desk.city, source="衡政字〔2016〕9号")


def correct(desk, value="9"):
    row = review.correct(desk.value, by=desk.reporter, value=value, reason="重新核定")
    return bring_to(desk, "published", row)


def publish(desk, code="2018", kind="annual", *, by=None, reason="", shown=None) -> PeriodReport:
    period = period_of(code)
    shown = shown or review.draw_up_period_report(period, kind=kind).sha256
    return review.publish_period_report(
        period, by=by or desk.publisher, kind=kind, shown=shown, reason=reason
    )


def refusal(act, *args, **kwargs) -> str:
    with pytest.raises(review.Refused) as refused:
        act(*args, **kwargs)
    return refused.value.sentence


def page(client, path="/sti-13/reports/2018/", status=200) -> str:
    return pages.page(client, path, status)


def article(html: str) -> str:
    """Return the part of the page that is the report."""
    return re.search(r"<article.*</article>", html, re.S).group(0)


def outside(html: str) -> str:
    """Return the text of the page outside the report."""
    main = re.search(r"<main.*</main>", html, re.S).group(0)
    return words(main.replace(article(html), ""))


def chapter(html: str, name: str) -> str:
    return words(re.search(rf'<section[^>]*aria-labelledby="{name}">.*?</section>', html, re.S).group(0))


# Content


def test_the_verdict_counts_the_results(desk, client):
    publish(desk)
    # The other published row of 2018 is a media figure of 景县's firms.
    assert chapter(page(client), "overall").startswith(
        "一、总体 "
        "截至2018年末，衡水市监测的 24 项指标都还不能判断进展（24 项未设目标）。 "
        "与2017年末相比，没有指标的状态好转或转差。 "
        "各地能够判断的 1 项次中，1 项次滞后、较基期倒退或未达标，最多的是景县（1 项）。 "
        "本期应报 4 项次，已发布 1 项次，缺 3 项次。 "
        "规划的 12 条目标没有数值，本期也没有发布评价。"
    )


def test_an_indicator_that_is_behind_is_listed_with_the_note_of_its_report(desk, client):
    publish(desk)
    behind = "景县 1 项 I13 省级科技企业孵化器（家） 5 12 8 30% ■ 滞后"
    assert f"{behind} 填报中未说明原因" in chapter(page(client), "behind")


def test_each_indicator_has_a_light_in_each_area(desk, client):
    publish(desk)
    city_and_eight, four = "○ 未设目标 " * 9, "○ 未设目标 " * 4
    row = f"I13 省级科技企业孵化器 {city_and_eight}■ 滞后 {four}I14 "
    assert row in chapter(page(client), "by-area")


def test_slightly_behind_is_not_counted_as_red(desk, client):
    move_a_threshold(desk)
    publish(desk)
    told = chapter(page(client), "overall")
    assert "各地能够判断的 1 项次中，没有滞后、较基期倒退或未达标的。" in told


def test_the_note_of_a_report_is_shown_as_the_reason(desk, client):
    row = review.correct(desk.value, by=desk.reporter, value="5", note="两家未通过认定", reason="补说明")
    bring_to(desk, "published", row)
    publish(desk)
    assert "30% ■ 滞后 两家未通过认定" in chapter(page(client), "behind")
    assert standings.NO_NOTE not in page(client)


def test_unreported_and_unavailable_values_are_listed_separately(desk, client):
    no_value = {"value": None, "unavailable_reason": "统计口径调整"}
    bring_to(desk, "published", enter(desk, indicator=desk.coverage, **no_value))
    publish(desk)
    assert chapter(page(client), "missing") == (
        "六、缺报 应报而没有发布的 县市区 应报 缺 缺报的指标和报告期 "
        "衡水市 2 2 I13 省级科技企业孵化器（2018年）；I16 主要农作物良种覆盖率（2018年） "
        "无法取得 景县 I16 主要农作物良种覆盖率（2018年）：统计口径调整"
    )


def test_missing_reports_are_counted_out_of_all_due_reports(desk, client):
    bring_to(desk, "published", enter(desk, "4", area=desk.city))
    shipped(Period).update(is_open=True)
    year_before = {"value": None, "unavailable_reason": "上一年取不到", "period": period_of("2017")}
    bring_to(desk, "published", enter(desk, indicator=desk.coverage, **year_before))
    publish(desk)
    assert chapter(page(client), "missing") == (
        "六、缺报 应报而没有发布的 县市区 应报 缺 缺报的指标和报告期 "
        "衡水市 2 1 I16 主要农作物良种覆盖率（2018年） 景县 2 1 I16 主要农作物良种覆盖率（2018年）"
    )


def test_a_goal_has_its_counts_and_its_published_assessment(desk, client):
    shipped(Period).update(is_open=True)
    year_before = {"goal": shipped(Goal).get(code="G02"), "period": period_of("2017")}
    bring_to(desk, "published", assess(desk, "上一年的评价。", **year_before))
    row = assess(desk, "演练：平稳。", goal=shipped(Goal).get(code="G08"))
    review.attach(row, title="评估材料", source="市科技局", by=desk.reporter)
    bring_to(desk, "published", row)
    publish(desk)
    goals = chapter(page(client), "by-goal")
    assert "对应指标 7 项： ○ 未设目标 7 评价：演练：平稳。 非原文 证明材料：评估材料（市科技局）" in goals
    assert goals.count("本期没有发布评价。") == 11
    assert "评估材料（市科技局）" in chapter(page(client), "sources")


def test_the_sources_are_counted_by_grade_and_named(desk, client):
    decide(desk, 14, date(2019, 6, 1), reason="期末以后的调整")
    publish(desk)
    sources = chapter(page(client), "sources")
    assert "来源等级 基期值 目标值 完成值 原文 24 0 0 官方发布 1 1 0 媒体 0 0 1 填报 0 0 1" in sources
    assert "官方发布：景县统计公报（1 个数） 官方发布：景政字〔2017〕3号（1 个数）" in sources
    assert "填报：未注明出处（1 个数）" in sources


def test_a_value_of_an_earlier_period_names_that_period(desk, client):
    shipped(Period).update(is_open=True)
    bring_to(desk, "published", enter(desk, "7", area=desk.city))
    bring_to(desk, "published", enter(desk, "98", indicator=desk.coverage, period=period_of("2019")))
    publish(desk, "2019")
    html = page(client, "/sti-13/reports/2019/")
    row = "I13 省级科技企业孵化器 （家） 4家 未设 7 2018 — — — ○ 未设目标 填报 I14 "
    assert row in chapter(html, "by-indicator")
    assert chapter(html, "behind").endswith("没有略有滞后、滞后、较基期倒退或未达标的指标。")
    content = client.get("/sti-13/reports/2019/report.json").json()
    [indicator] = [row for row in content["indicators"] if row["code"] == "I13"]
    place = [area["name"] for area in content["areas"]].index("景县")
    assert indicator["standings"][place]["last"] == "按2018年：滞后"


def test_a_partial_sum_says_how_many_counties_reported(desk, client):
    shipped(Indicator).filter(code="I13").update(roll_up="sum")
    duty("I13", "131121")
    decide_for_the_city(desk)
    publish(desk)
    row = "I13 省级科技企业孵化器 （家） 4家 14 2020年 未填报 2018 已报 5 （1/2） — — — ○ 数据不全 — I14 "
    assert row in chapter(page(client), "by-indicator")


def test_what_a_partial_sum_decides_is_marked(desk, client):
    shipped(Indicator).filter(code="I13").update(roll_up="sum")
    duty("I13", "131121")
    decide(desk, 5, date(2016, 5, 1), area=desk.city, source="衡政字〔2016〕9号")
    publish(desk)
    row = "I13 省级科技企业孵化器 （家） 4家 5 2020年 未填报 2018 已报 5 （1/2） "
    row += "至少 100% 至少 100% 4.6 ● 已实现 — "
    assert row in chapter(page(client), "by-indicator")


def test_evidence_of_several_values_is_listed_once(desk, client):
    for indicator, value in ((desk.incubators, "4"), (desk.coverage, "98")):
        row = enter(desk, value, indicator=indicator, area=desk.city)
        review.attach(row, title="认定文件", source="省科技厅", by=desk.reporter)
        bring_to(desk, "published", row)
    publish(desk)
    assert chapter(page(client), "sources").endswith(" 证明材料 认定文件（省科技厅），2 份")


def test_an_assessment_keeps_its_lines_and_is_escaped(desk, client):
    bring_to(desk, "published", assess(desk, "平稳<b>。\n第二行。"))
    publish(desk)
    assert "<p>评价：平稳&lt;b&gt;。<br>第二行。 <span" in page(client)


def test_each_status_is_listed_with_its_condition_and_thresholds(desk, client):
    publish(desk)
    rules, conditions = chapter(page(client), "method").split("状态与当时的分界 ")
    assert rules.startswith("七、监测办法 只用已发布的数：时点数、比率取期末或以前最新的，")
    assert conditions.startswith(
        "状态 条件 ● 已实现 已达到目标 ● 快于预期 序时指数 ≥ 1.1 ● 符合预期 序时指数 ≥ 1 "
        "▲ 略有滞后 序时指数 ≥ 0.9 ■ 滞后 序时指数 < 0.9 ■ 较基期倒退 比基期还差，或没有守住序时应达 "
        "● 达标 保持类，达到 ■ 未达标 保持类，没有达到；累计超过上限 "
        "○ 未设目标 没有目标值；目标为 0 的增长写“目标为0，不评”，当时还没有目标的写“当时未设目标” "
        "○ 缺基期 没有基期值，只看完成率 "
        "○ 未填报 从来没有已发布的数 ○ 未更新 没有应报一期的数，只有更早的 "
        "○ 数据不全 到应报一期为止的数不全，或约数恰在分界上，还不能判断 "
        "○ 无法取得 应报一期的填报说明无法取得 "
        "○ 未到期 没有数，也还没有到应报的时候"
    )


def test_a_report_has_the_thresholds_in_force_on_the_last_day_of_its_period(desk, client):
    set_thresholds("1.3", "1.1", "0.7", decided_on="2018-12-31")
    set_thresholds("2", "1.1", "0.7", decided_on="2019-01-01")
    publish(desk)
    assert "快于预期 序时指数 ≥ 1.3 ● 符合预期 序时指数 ≥ 1.1" in chapter(page(client), "method")


def test_the_first_year_of_the_plan_has_no_comparison(desk, client):
    shipped(Period).update(is_open=True)
    bring_to(desk, "published", enter(desk, period=period_of("2016")))
    publish(desk, "2016")
    overall = chapter(page(client, "/sti-13/reports/2016/"), "overall")
    assert "规划期从本期开始，没有上一期可比。" in overall
    assert "好转" not in overall
    bring_to(desk, "published", enter(desk, period=period_of("2017")))
    publish(desk, "2017")
    assert "与2016年末相比，" in chapter(page(client, "/sti-13/reports/2017/"), "overall")


def test_changes_since_the_previous_period_are_listed(desk, client):
    shipped(Period).update(is_open=True)
    bring_to(desk, "published", enter(desk, "8", period=period_of("2017"), area=desk.city))
    bring_to(desk, "published", enter(desk, "4", area=desk.city, note="少"))
    decide_for_the_city(desk)
    publish(desk)
    overall = chapter(page(client), "overall")
    assert "与2017年末相比，1 项转差。" in overall
    assert "转差 1 项 I13 省级科技企业孵化器（家） ● 符合预期 8 ■ 滞后 4" in overall


def test_a_verdict_omits_what_does_not_occur():
    assert verdict.sentence_of_parts({"景县": 2, "枣强县": 2, "武邑县": 1}, 9) == (
        "各地能够判断的 9 项次中，5 项次滞后、较基期倒退或未达标，最多的是景县、枣强县（2 项）。"
    )
    assert verdict.sentence_of_parts({}, 9) == ("各地能够判断的 9 项次中，没有滞后、较基期倒退或未达标的。")
    assert verdict.sentence_of_parts({}, 0) == "各地的指标都不能判断。"
    assert verdict.sentence_of_reports(9, 0) == "本期应报 9 项次，已全部发布。"
    assert verdict.sentence_of_reports(0, 0) == "本期没有规定填报任务。"
    assert verdict.sentence_of_goals(12, 3) == "规划的 12 条目标没有数值，3 条有本期已发布的评价。"


codes = st.sampled_from([code for months in (12, 6, 3) for code in periods.within(2001, 2098, months)])


@given(codes)
def test_the_previous_period_ends_the_day_before_and_has_the_same_length(code):
    earlier, later = periods.span(periods.previous(code)), periods.span(code)
    assert (later.start - earlier.end).days == 1
    assert earlier.months == later.months


# Frozen


def rename_an_indicator(desk):
    shipped(Indicator).filter(code="I13").update(name="孵化器（改名）")


def rename_a_goal(desk):
    shipped(Goal).filter(code="G08").update(statement="改写的目标")


def rename_an_area(desk):
    desk.county.printed_name = "景州"
    desk.county.save()


def reject_a_link(desk):
    shipped(GoalLink).filter(goal__code="G08").update(standing="rejected")


def move_a_threshold(desk):
    set_thresholds("1.1", "1", "0.3", decided_on="2018-12-31")


def decide_late(desk):
    """Enter a target after the report was published, with a date of decision within the period."""
    decide(desk, 6, date(2018, 6, 1), reason="调整")


def correct_an_assessment(desk):
    bring_to(desk, "published", assess(desk, "后来的评价。", goal=shipped(Goal).get(code="G08")))


def publish_more(desk):
    bring_to(desk, "published", enter(desk, "99", indicator=desk.coverage, area=desk.city))


def track_no_more(desk):
    shipped(Indicator).filter(code="I13").update(is_tracked=False)


# Changes after publication, shown beside the report
LATER = {
    correct: "I13 省级科技企业孵化器 景县 完成：5 → 9；状态：滞后 → 快于预期",
    decide_late: "I13 省级科技企业孵化器 景县 目标：12 → 6；序时应达：8 → 4.4；状态：滞后 → 快于预期",
    move_a_threshold: "I13 省级科技企业孵化器 景县 状态：滞后 → 略有滞后",
    publish_more: "I16 主要农作物良种覆盖率 衡水市 完成：— → 99；数据时期：— → 2018",
    rename_an_indicator: None,
    rename_a_goal: None,
    rename_an_area: None,
    reject_a_link: None,
    correct_an_assessment: None,
}


@pytest.mark.parametrize("act", LATER, ids=lambda act: act.__name__)
def test_a_published_report_never_changes_and_newer_figures_are_listed(desk, client, act):
    publish(desk)
    before, file = page(client), client.get("/sti-13/reports/2018/report.json").content
    assert "现有更新的数" not in outside(before)
    act(desk)
    after = page(client)
    assert article(after) == article(before)
    assert client.get("/sti-13/reports/2018/report.json").content == file
    if newer := LATER[act]:
        assert "现有更新的数：1 项次与本报告不同。" in outside(after)
        assert newer in outside(after)
    else:
        assert "现有更新的数" not in outside(after)


def test_a_difference_links_to_its_live_page(desk, client):
    publish(desk)
    correct(desk)
    link = '<a href="/sti-13/indicators/I13/?period=2018&amp;area=131127">I13 省级科技企业孵化器</a>'
    assert link in page(client)
    assert "9家" in words(page(client, "/sti-13/indicators/I13/?period=2018&area=131127"))


def test_an_indicator_no_longer_tracked_is_listed_for_every_area(desk, client):
    publish(desk)
    track_no_more(desk)
    beside = outside(page(client))
    assert "现有更新的数：14 项次与本报告不同。" in beside
    assert "I13 省级科技企业孵化器 景县 状态：滞后 → 未列入监测" in beside


def test_a_target_decided_after_the_period_is_not_listed_as_newer(desk, client):
    publish(desk)
    decide(desk, 6, date(2019, 6, 1), reason="调整")
    assert "现有更新的数" not in page(client)


def test_unpublished_values_leave_no_trace(desk, client):
    shipped(Period).update(is_open=True)
    before = review.draw_up_period_report(period_of("2018"), kind="annual").content
    review.correct(desk.value, by=desk.reporter, value="777", note="七七七", reason="核")
    enter(desk, "777", area=desk.city, note="七七七")
    bring_to(desk, "submitted", enter(desk, "77", indicator=desk.coverage, note="七七七"))
    bring_to(desk, "accepted", assess(desk, "七七七", goal=shipped(Goal).get(code="G02")))
    bring_to(desk, "returned", enter(desk, "77", indicator=desk.coverage, area=desk.city))
    assert review.draw_up_period_report(period_of("2018"), kind="annual").content == before
    publish(desk)
    assert "七七七" not in page(client)


def test_no_row_is_changed_or_deleted(desk):
    report = publish(desk)
    for act in (report.save, report.delete, shipped(PeriodReport).all().delete):
        with pytest.raises(NotImplementedError):
            act()
    with pytest.raises(NotImplementedError):
        shipped(PeriodReport).update(content="{}")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"edition": 1}, "period_report_edition_once"),
        ({"edition": 0}, "period_report_edition_counted"),
        ({"kind": "weekly"}, "period_report_kind_known"),
        ({"content": ""}, "period_report_has_content"),
        ({"sha256": "ABC"}, "period_report_has_sha256"),
        ({"reason": ""}, "period_report_says_why_again"),
    ],
)
def test_the_database_refuses(desk, change, rule):
    report = publish(desk)
    values = {name: getattr(report, name) for name in ("period", "kind", "content", "sha256", "published_by")}
    row = PeriodReport(**values | {"edition": 2, "reason": "更正"} | change)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        row.save()
    # SQLite names the columns of a unique rule, not the rule.
    assert rule in str(refused.value) or "edition" in str(refused.value)


# Its checksum


def test_the_download_has_the_checksum_that_is_printed(desk, client):
    report = publish(desk)
    answer = client.get("/sti-13/reports/2018/report.json")
    checksum = hashlib.sha256(answer.content).hexdigest()
    assert checksum == report.sha256
    assert f'<code class="long">{checksum}</code>' in article(page(client))
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == 'attachment; filename="report-sti-13-2018-1.json"'
    assert json.loads(answer.content)["report"] == {
        "format": 3,
        "title": "2018年度报告",
        "kind": "annual",
        "period": "2018",
        "edition": 1,
    }


def test_shares_are_stored_as_fraction_and_as_percentage(desk, client):
    publish(desk)
    content = client.get("/sti-13/reports/2018/report.json").json()
    (row,) = content["behind"]
    assert row["actual"] == {"sign": "", "value": "5"}
    assert row["completion"] == {"share": "0.4167", "percent": "41.7"}
    assert row["progress"] == {"share": "0.3", "percent": "30"}


def keep_as_edition_2(report: PeriodReport, content: str):
    values = {name: getattr(report, name) for name in ("period", "kind", "published_by")}
    PeriodReport.objects.create(
        **values, content=content, sha256=period_report_content.checksum(content), edition=2, reason="原样"
    )


def as_format_2(content: str) -> dict:
    """A partial sum stood in the place of the value, with its numbers of parts."""
    told = json.loads(content)
    told["report"]["format"] = 2
    for row in [*told["behind"], *(row for one in told["indicators"] for row in one["standings"])]:
        part = row.pop("partial")
        for name in ("last", "is_at_least", "basis", "judged_at", "caveat"):
            del row[name]
        row["reported"] = part and [part["reported"], part["expected"]]
        if part:
            row |= {"actual": part["figure"], "actual_period": part["period"]}
    return told


def test_an_edition_of_the_second_format_is_shown_as_it_was(desk, client):
    shipped(Indicator).filter(code="I13").update(roll_up="sum")
    duty("I13", "131121")
    decide_for_the_city(desk)
    report = publish(desk)
    keep_as_edition_2(report, json.dumps(as_format_2(report.content), ensure_ascii=False))
    row = "I13 省级科技企业孵化器 （家） 4家 14 2020年 5 1/2 个县市区 — — — ○ 数据不全 — I14 "
    assert row in chapter(page(client), "by-indicator")


def test_an_edition_of_the_first_format_is_shown_as_it_was(desk, client):
    """Then shares were one unrounded number."""
    report = publish(desk)
    shares = re.compile(r'\{"percent": "[^"]*", "share": "([^"]*)"\}')
    second = json.dumps(as_format_2(report.content), ensure_ascii=False, sort_keys=True)
    content = shares.sub(r'"\1"', second).replace('"format": 2', '"format": 1')
    keep_as_edition_2(report, content)
    of_now, of_then = (
        article(page(client, f"/sti-13/reports/2018/?edition={edition}")) for edition in (1, 2)
    )
    percentages = re.compile(r"[−0-9.]+%")
    assert percentages.findall(of_then) == percentages.findall(of_now) == ["98%", "30%"]


# Editions


@pytest.fixture
def two_editions(desk):
    first = publish(desk)
    correct(desk)
    return first, publish(desk, reason="景县孵化器数更正")


def test_the_newest_edition_is_shown_and_earlier_ones_stay(two_editions, client):
    first, second = two_editions
    newest, earlier = page(client), page(client, "/sti-13/reports/2018/?edition=1")
    assert "景县 1 项" not in article(newest)
    assert "景县 1 项" in article(earlier)
    assert "2018年度报告，第 2 版" in words(newest)
    assert "再版理由：景县孵化器数更正" in words(newest)
    assert "这是第 1 版，已有更新的版本。" in outside(earlier)
    assert '<a href="/sti-13/reports/2018/">看最新一版</a>' in earlier
    assert "已有更新的版本" not in newest
    listed = r'<li><a href="([^"]+)"( aria-current="true")?>第 \d 版</a>'
    mark = ' aria-current="true"'
    assert re.findall(listed, newest) == [("?edition=2", mark), ("?edition=1", "")]
    assert re.findall(listed, earlier) == [("?edition=2", ""), ("?edition=1", mark)]
    for report, html in ((first, earlier), (second, newest)):
        path = f"/sti-13/reports/2018/report.json?edition={report.edition}"
        assert f'<a href="{path}">' in html
        assert hashlib.sha256(client.get(path).content).hexdigest() == report.sha256
        assert first.sha256 in html
        assert second.sha256 in html


def test_all_reports_of_a_period_have_the_same_kind(desk):
    publish(desk)
    with pytest.raises(review.Refused, match="2018年已有年度报告，再版只能仍为年度报告"):
        publish(desk, kind="mid_term", reason="中期评估")


def test_an_assessment_changed_later_is_listed_beside_the_report(desk, client):
    row = bring_to(desk, "published", assess(desk, "稳步推进。"))
    publish(desk)
    assert "条评价与本报告不同" not in outside(page(client))
    bring_to(desk, "published", review.correct(row, text="进展缓慢。", reason="核对", by=desk.reporter))
    html = page(client)
    assert "1 条评价与本报告不同。" in outside(html)
    assert 'href="/sti-13/goals/G01/?period=2018#h-assessments">G01 ' in html
    assert "进展缓慢" not in html


def test_the_list_shows_every_edition(two_editions, client):
    found = re.findall(r"<tr><th scope=.row.>.*?</tr>", page(client, "/sti-13/reports/"))
    first, second = two_editions
    day = f"{second.published_at.astimezone():%Y}年"
    rows = [words(row) for row in found]
    assert [row.split(day)[0] for row in rows] == ["2018年度报告 第 2 版 ", "2018年度报告 第 1 版 "]
    assert rows[0].endswith(f"景县孵化器数更正 {second.sha256}")
    assert rows[1].endswith(f"— {first.sha256}")


@pytest.mark.parametrize("edition", ["3", "0", "x", "-1", "1.0", "١"])
def test_an_unknown_edition_is_answered_400_with_the_newest(two_editions, client, edition):
    html = page(client, f"/sti-13/reports/2018/?edition={edition}", 400)
    assert "没有这一版（edition）。 现显示最新的第 2 版" in outside(html)
    assert (
        page(client, f"/sti-13/reports/2018/report.json?edition={edition}", 400) == "没有这一版（edition）。"
    )


def test_a_period_without_a_report_says_so_and_links_to_the_live_figures(desk, client):
    html = page(client, "/sti-13/reports/2017/", 404)
    assert "<h1>2017年的报告尚未发布</h1>" in html
    assert '<a href="/sti-13/?period=2017">' in html
    page(client, "/sti-13/reports/2017/report.json", 404)


@pytest.mark.parametrize("code", ["2018-Q5", "abc", "2018-H1", "2031", "%00"])
def test_an_invalid_period_has_no_page(desk, client, code):
    assert "没有这一页" in page(client, f"/sti-13/reports/{code}/", 404)
    page(client, f"/sti-13/reports/{code}/report.json", 404)


def test_an_empty_list_of_reports_says_so(plan, client):
    assert "尚未发布报告" in page(client, "/sti-13/reports/")


def test_there_is_no_list_before_a_plan_is_loaded(db, client):
    page(client, "/sti-13/reports/", 404)
    page(client, "/sti-13/reports/2018/", 404)


# Rights and refusals


@pytest.mark.parametrize("role", ["reporter", "reviewer", "auditor", "editor", "stranger", "nobody"])
def test_only_a_publisher_publishes(desk, logged_in, role):
    user = getattr(desk, role)
    assert refusal(publish, desk, by=user) == "只有发布员可以这样做；如需权限请与管理员联系。"
    client = logged_in(user)
    assert (client.get(PREVIEW).status_code, client.post(PREVIEW).status_code) == (403, 403)
    assert DESK not in client.get("/admin/").content.decode()
    assert not shipped(PeriodReport).exists()


def test_a_visitor_is_sent_to_the_login(desk, client):
    for answer in (client.get(PREVIEW), client.post(PREVIEW)):
        assert answer.status_code == 302
        assert answer.url.startswith("/admin/login/")


def test_a_period_without_published_values_is_refused(desk):
    for code in ("2017", "2019"):
        assert refusal(publish, desk, code) == (
            f"{code}年还没有发布任何完成值或评价，不能发布报告；请先发布本期的填报。"
        )


def test_one_published_assessment_is_enough_for_a_report(desk):
    shipped(Period).update(is_open=True)
    bring_to(desk, "published", assess(desk, period=period_of("2017")))
    assert publish(desk, "2017").edition == 1


def test_a_half_year_can_have_a_mid_term_report_but_no_annual_one(desk):
    duty("I20", "131127", 6)
    half = period_of("2018-H1")
    bring_to(desk, "published", enter(desk, indicator=shipped(Indicator).get(code="I20"), period=half))
    assert refusal(publish, desk, "2018-H1") == (
        "2018年上半年不是整年，没有年度报告；请选整年，或选中期评估报告。"
    )
    assert publish(desk, "2018-H1", "mid_term").title == "2018年上半年中期评估报告"


def test_a_period_that_is_not_over_is_refused(desk):
    plan = shipped_plan()
    shipped(Plan).update(end_year=date.today().year)
    period = Period.of(plan, str(date.today().year))
    period.save()
    assert refusal(publish, desk, period.code).endswith("尚未结束，请在结束后发布报告。")


def test_a_period_outside_the_plan_is_refused(desk):
    assert refusal(publish, desk, "2021") == "2021年不在规划期之内，不能发布报告。"


def test_another_edition_needs_a_reason(desk):
    publish(desk)
    assert refusal(publish, desk, reason=" ") == "这一报告期已有报告，再版请写明理由。"
    assert publish(desk, reason="更正").edition == 2


def test_publishing_is_recorded_as_an_event(desk, logged_in):
    publish(desk)
    publish(desk, reason="更正")
    events = shipped(ReviewEvent).filter(act="report").values_list("period__code", "actor", "note")
    assert list(events) == [("2018", desk.publisher.pk, ""), ("2018", desk.publisher.pk, "更正")]
    assert "发布期间报告" in words(logged_in(desk.auditor).get("/admin/").content.decode())


# At the desk


def shown_on(html: str) -> str:
    return re.search(r'name="shown" value="(\w+)"', html).group(1)


def test_a_publisher_previews_and_publishes_the_shown_report(desk, logged_in):
    client = logged_in(desk.publisher)
    for path in ("/admin/", "/admin/sti-13/review/"):
        assert f'<a href="{DESK}">发布期间报告</a>' in page(client, path)
    assert "还没有发布过报告" in page(client, DESK)
    preview = page(client, PREVIEW)
    answer = client.post(PREVIEW, {"shown": shown_on(preview)}, follow=True)
    assert told(answer) == ["已发布2018年度报告第 1 版。"]
    assert article(preview).split("<footer")[0] == article(page(client)).split("<footer")[0]
    assert shipped(PeriodReport).get().sha256 == shown_on(preview)


def test_a_report_that_changed_since_the_preview_is_not_published(desk, logged_in):
    client = logged_in(desk.publisher)
    shown = shown_on(page(client, PREVIEW))
    correct(desk)
    html = client.post(PREVIEW, {"shown": shown, "reason": "写了一半"}).content.decode()
    assert "预览之后数据或版次有了变动，报告没有发布。请核对现在的预览后再发布。" in html
    assert 'value="写了一半"' in html
    assert not shipped(PeriodReport).exists()
    client.post(PREVIEW, {"shown": shown_on(html)})
    assert shipped(PeriodReport).get().sha256 == shown_on(html)


def test_one_preview_is_published_once(desk, logged_in):
    client = logged_in(desk.publisher)
    shown = shown_on(page(client, PREVIEW))
    for _ in range(2):
        client.post(PREVIEW, {"shown": shown, "reason": "两次点击"})
    assert shipped(PeriodReport).count() == 1


def test_a_preview_writes_nothing(desk, logged_in):
    page(logged_in(desk.publisher), PREVIEW)
    assert not shipped(PeriodReport).exists()


def test_a_period_that_cannot_be_reported_is_refused_on_the_page(desk, logged_in):
    answer = logged_in(desk.publisher).get(f"{DESK}?period=2017&kind=annual")
    assert told(answer) == ["2017年还没有发布任何完成值或评价，不能发布报告；请先发布本期的填报。"]


@pytest.mark.parametrize(
    "query", ["?period=2031&kind=annual", "?period=2018&kind=x", "?period=%00&kind=annual"]
)
def test_an_unreadable_choice_is_named(desk, logged_in, query):
    assert 'class="errorlist"' in page(logged_in(desk.publisher), DESK + query)


# Queries


def test_the_report_page_of_the_demonstration_is_small(demo, client):
    content = client.get("/sti-13/reports/2018/").content
    assert len(gzip.compress(content, 6)) < 60_000
    assert "现有更新的数：2 项次与本报告不同。" in content.decode()
    assert "部分企业有效期满，未再认定（演示）" in content.decode()


def test_the_demonstration_has_a_report_of_each_closed_year(demo):
    found = shipped(PeriodReport).values_list("period__code", "kind", "edition")
    assert list(found) == [("2018", "mid_term", 1), ("2017", "annual", 1), ("2016", "annual", 1)]
    for report in shipped(PeriodReport).all():
        assert hashlib.sha256(report.content.encode()).hexdigest() == report.sha256


@pytest.mark.parametrize(("year", "kind"), [("2017", "annual"), ("2018", "mid_term")])
def test_a_report_costs_a_fixed_number_of_queries(demo, django_assert_num_queries, year, kind):
    period = shipped(Period).select_related("plan").get(code=year)
    with django_assert_num_queries(24):
        review.draw_up_period_report(period, kind=kind)


def test_a_report_contains_nothing_of_other_plans_or_periods(desk):
    content = review.draw_up_period_report(period_of("2018"), kind="annual").parsed_content
    later = shipped(Observation).published().filter(period__code="2020").exists()
    figures = content["sources"]["grades"]
    assert later
    assert sum(row["numbers"].get("observations", 0) for row in figures) == 2


def test_a_report_leaves_out_what_is_internal(desk):
    before = review.draw_up_period_report(period_of("2018"), kind="annual").content
    Indicator.objects.filter(pk=desk.incubators.pk).update(is_internal=True)
    content = review.draw_up_period_report(period_of("2018"), kind="annual").content
    assert [json.dumps("I13") in text for text in (before, content)] == [True, False]


def test_a_report_is_in_the_sitemap_once(two_editions, client):
    assert page(client, "/sitemap.xml").count("/sti-13/reports/2018/</loc>") == 1
