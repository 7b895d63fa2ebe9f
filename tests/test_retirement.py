"""A retired indicator: judged before its day, not tracked after, owed by nobody, never gone."""

import json
import re
from datetime import date
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import QuerySet

from measures.loading import loader
from targets import review
from targets.models import Indicator, Observation, PeriodReport, Plan, PublicChange, ReportingDuty
from tests.api import ask, rows, table
from tests.database import FIXTURES, settle
from tests.make import (
    CITY,
    JINGXIAN,
    ZAOQIANG,
    accept,
    another_plan,
    area,
    enter,
    full_desk,
    period,
    publish,
    reopened,
    submit,
)
from tests.pages import page, part, raw, told, words
from tests.stored import aim, observe

DAY, REASON = date(2019, 1, 1), "统计制度调整，衡科字〔2018〕9号"
PAGE = "/sti-13/indicators/I13/"
TOLD = "自2019年1月1日起不再监测，由 I12 接替"
FORM = "/admin/sti-13/indicators/I13/retirement/"


@pytest.fixture
def desk(plan):
    """景县 and the city owe I13 and I16 yearly; I13 has a target, and values of 2017 and 2018."""
    desk = full_desk()
    # Those of the folder.
    QuerySet(Observation).delete()
    aim("I13", CITY, 2020, 18)
    for year, value in (("2017", 9), ("2018", 12)):
        observe("I13", CITY, year, value)
    return desk


def indicator(code: str) -> Indicator:
    return Indicator.objects.of_plan("sti-13").get(code=code)


def retire(desk, on=DAY, reason=REASON, successor="I12", code="I13", by=None) -> Indicator:
    follower = indicator(successor) if successor else None
    return review.retire_indicator(
        indicator(code), on=on, reason=reason, successor=follower, by=by or desk.editor
    )


def refusal(act, *args, **kwargs) -> str:
    with pytest.raises(review.Refused) as caught:
        act(*args, **kwargs)
    return caught.value.sentence


def undo(desk, code="I13", reason="通知已撤销") -> Indicator:
    return review.undo_retirement(indicator(code), reason=reason, by=desk.editor)


def progress(client, period: str, code="I13") -> dict:
    [row] = [row for row in rows(client, f"progress/?period={period}") if row["indicator"] == code]
    return row


def state() -> tuple:
    row = indicator("I13")
    return row.retired_on, row.retired_reason, row.successor and row.successor.code


# The act


def test_retiring_is_an_act_of_the_plan_editor_with_a_line_in_the_history(desk):
    retire(desk, reason=f"  {REASON} ")
    assert state() == (DAY, REASON, "I12")
    line = Indicator.history.filter(id=indicator("I13").pk).first()
    assert (line.history_user, line.history_change_reason) == (desk.editor, f"{TOLD}：{REASON}")


def test_nobody_else_retires_an_indicator(desk):
    for user in (desk.reporter, desk.reviewer, desk.publisher, desk.auditor, desk.nobody):
        said = refusal(retire, desk, by=user)
        assert said == "只有规划管理员可以这样做；如需权限请与管理员联系。"
    assert state() == (None, "", None)


def test_what_cannot_be_retired_is_refused_with_the_way_out(desk):
    observe("I13", JINGXIAN, "2018", 4, status="draft")
    assert {
        "no reason": refusal(retire, desk, reason=" "),
        "a day outside": refusal(retire, desk, on=date(2021, 1, 1)),
        "reported": refusal(retire, desk, on=date(2018, 12, 31)),
        "not tracked": refusal(retire, desk, code="I22", successor=None),
        "itself": refusal(retire, desk, successor="I13"),
        "a coefficient": refusal(retire, desk, successor="I22"),
    } == {
        "no reason": "停止监测请写明理由和所依据的文件，理由会公开。",
        "a day outside": "日期应在规划期（2016—2020年）之内。",
        "reported": "2018年已有填报或公布的数，停止监测的日期应晚于 2018-12-31；误填的请先由填报员撤回。",
        "not tracked": f"“{indicator('I22')}”本来就不监测，不必停止。",
        "itself": "接替的应是同一规划的另一项指标；接续以前规划的，请填“指标沿革”。",
        "a coefficient": f"“{indicator('I22')}”到那时也不监测，不能接替；请另选一项。",
    }
    assert state() == (None, "", None)


def test_a_successor_is_of_the_same_plan_and_rests_on_nothing_that_it_follows(desk):
    part_of_it = indicator("I14")
    Indicator.objects.filter(pk=part_of_it.pk).update(part_of=indicator("I13"))
    assert refusal(retire, desk, successor="I14").startswith(f"“{part_of_it}”是它的其中项")
    foreign = Indicator.objects.of_plan("yunli-sti-14").first() or Indicator(plan_id="other", pk=-1)
    said = refusal(
        review.retire_indicator, indicator("I13"), on=DAY, reason=REASON, successor=foreign, by=desk.editor
    )
    assert said == "接替的应是同一规划的另一项指标；接续以前规划的，请填“指标沿革”。"


def test_it_is_retired_once_and_taken_up_again_with_a_reason(desk):
    retire(desk)
    assert refusal(retire, desk) == f"“{indicator('I13')}”{TOLD}，要改的请先恢复监测。"
    assert refusal(undo, desk, reason="") == "恢复监测请写明理由。"
    undo(desk)
    assert state() == (None, "", None)
    line = Indicator.history.filter(id=indicator("I13").pk).first()
    assert line.history_change_reason == "恢复监测：通知已撤销"
    assert refusal(undo, desk) == f"“{indicator('I13')}”没有停止监测，不必恢复。"


def test_it_is_not_taken_up_again_once_something_rests_on_its_retirement(desk):
    retire(desk)
    observe("I12", CITY, "2019", 3)
    assert refusal(undo, desk) == (
        f"接替它的“{indicator('I12')}”已有填报，不能恢复监测；确需再监测的，请另立一项接续它。"
    )
    Observation.objects.filter(indicator=indicator("I12")).delete()
    year = period("2019")
    shown = review.draw_up_period_report(year, kind="annual") if observe("I16", CITY, "2019", 98) else None
    review.publish_period_report(year, by=desk.publisher, kind="annual", shown=shown.sha256)
    report = PeriodReport.objects.get()
    assert refusal(undo, desk) == (
        f"已发布的{report}不再列“{indicator('I13')}”，不能恢复监测；确需再监测的，请另立一项接续它。"
    )


# At the desk


def logged_in(client, user: User):
    client.force_login(user)
    return client


def test_the_editor_retires_and_takes_up_an_indicator_on_its_page(desk, client):
    logged_in(client, desk.editor)
    change = f"/admin/targets/indicator/{indicator('I13').pk}/change/"
    assert f'监测中（<a href="{FORM}">停止或恢复监测</a>）' in page(client, change)
    answer = client.post(FORM, {"on": "", "successor": "", "reason": ""})
    assert answer.context["form"].errors == {"on": ["请填日期。"]}
    answer = client.post(FORM, {"on": "2018-12-31", "successor": "I12", "reason": REASON})
    assert answer.context["form"].errors == {
        "on": ["2018年已有填报或公布的数，停止监测的日期应晚于 2018-12-31；误填的请先由填报员撤回。"]
    }
    answer = client.post(FORM, {"on": "2019-01-01", "successor": "I12", "reason": REASON}, follow=True)
    assert told(answer) == [f"“{indicator('I13')}”已停止监测。"]
    assert state() == (DAY, REASON, "I12")
    assert f"{TOLD}。理由：{REASON}" in words(raw(client, FORM))
    assert f"{TOLD}（" in words(raw(client, change))
    answer = client.post(FORM, {"reason": "通知已撤销"}, follow=True)
    assert told(answer) == [f"“{indicator('I13')}”已恢复监测。"]
    assert state() == (None, "", None)


def test_the_page_of_the_act_is_the_plan_editors_alone(desk, client):
    for user in (desk.reporter, desk.reviewer, desk.publisher, desk.auditor, desk.nobody):
        logged_in(client, user)
        assert [client.get(FORM).status_code, client.post(FORM).status_code] == [403, 403]
    logged_in(client, desk.editor)
    assert client.get(FORM.replace("I13", "I99")).status_code == 404
    client.logout()
    assert client.get(FORM).status_code == 302


def test_nobody_owes_a_later_period_and_the_duties_end_the_day_before(desk, client):
    reopened("2019")
    logged_in(client, desk.reporter)
    grid = f"/admin/sti-13/entry/?area={JINGXIAN}&period=2019"
    assert "I13" in page(client, grid)
    before = owed_of(client)
    retire(desk)
    assert "I13" not in page(client, grid)
    assert "I16" in page(client, grid)
    assert owed_of(client) == before - 2
    assert "I13" in page(client, grid.replace("2019", "2018"))
    logged_in(client, desk.editor)
    listed = page(client, "/admin/targets/reportingduty/?q=I13")
    assert listed.count("2018年12月31日") == 2


def owed_of(client) -> int:
    """How many reports of 2019 the desk's home counts as owed by 景县 and the city."""
    parts = {plan.code: waiting for plan, _, waiting in client.get("/admin/").context["parts"]}
    return sum(item.number for item in parts["sti-13"] if item.what == "未报" and item.period.code == "2019")


def test_a_later_report_is_refused_and_names_the_day_and_the_successor(desk):
    later = reopened("2019")
    draft = enter(desk, period=reopened("2018"))
    retire(desk)
    said = refusal(enter, desk, period=later)
    assert said == (
        f"“{indicator('I13')}”自 2019-01-01 起不再监测，2019年不能填报；请改报接替它的“{indicator('I12')}”。"
    )
    # What was begun before goes its way.
    publish(accept(submit(draft, desk.reporter), desk.reviewer), desk.publisher)
    assert Observation.objects.published().filter(indicator__code="I13", area=desk.county).count() == 1


def test_a_figure_from_outside_of_a_later_period_is_refused(desk):
    retire(desk, successor=None)
    known = {"indicator": indicator("I13"), "area": desk.city, "grade": "media", "value": "9", "source": "报"}
    said = refusal(review.publish_from_outside, period=period("2019"), **known)
    assert said == f"“{indicator('I13')}”自 2019-01-01 起不再监测，2019年不能填报。"


def test_no_duty_is_added_to_a_retired_indicator(desk, client):
    retire(desk)
    logged_in(client, desk.editor)
    values = {"indicator": indicator("I13").pk, "area": area(ZAOQIANG).pk}
    values |= {"frequency": 12, "valid_from": "2019-01-01"}
    answer = client.post("/admin/targets/reportingduty/add/?plan=sti-13", values)
    assert answer.context["adminform"].form.errors == {
        "indicator": [f"“{indicator('I13')}”自 2019-01-01 起不再监测，不能再设填报任务。"]
    }
    assert ReportingDuty.objects.filter(indicator__code="I13").count() == 2


# What a reader sees


def test_it_is_judged_as_before_until_its_day_and_not_tracked_from_then_on(desk, client):
    before = [ask(client, f"progress/I13/?period={code}") for code in ("2017", "2018")]
    assert before[1]["status"] == "slightly_behind"
    retire(desk)
    assert [ask(client, f"progress/I13/?period={code}") for code in ("2017", "2018")] == before
    row = ask(client, "progress/I13/?period=2019")
    assert (row["status"], row["status_label"], row["light"]) == ("not_tracked", "不监测", "grey")
    assert [row[name] for name in ("actual", "target", "judged_at", "last_status")] == [None] * 4
    assert row["explain"]["steps"] == [{"what": "判定", "formula": TOLD}]
    assert progress(client, "2019")["status"] == "not_tracked"


def test_a_period_that_ends_on_its_day_is_not_judged_and_one_of_the_day_before_is(desk, client):
    Observation.objects.filter(period__code="2018").delete()
    retire(desk, on=date(2018, 6, 30))
    period("2018-H1")
    assert progress(client, "2017")["status"] != "not_tracked"
    assert progress(client, "2018-H1")["status"] == "not_tracked"
    undo(desk)
    retire(desk, on=date(2018, 7, 1))
    assert progress(client, "2018-H1")["status"] != "not_tracked"


def test_its_page_stays_and_says_what_follows_and_the_successor_what_it_follows(desk, client):
    retire(desk)
    for query in ("?period=2018", "?period=2019"):
        shown = words(raw(client, PAGE + query))
        assert (
            f"自2019年1月1日起不再监测，由 {indicator('I12')} 接替。以前各期照旧判断。理由：{REASON}" in shown
        )
        assert "2018年 12家" in shown
    assert f'<a href="/sti-13/indicators/I12/?period=2019">{indicator("I12")}</a>' in page(
        client, PAGE + "?period=2019"
    )
    after = part(page(client, PAGE + "?period=2019"), "h-progress")
    assert f"{TOLD}，截至2019年末不作判断；以前各期的数见下。" in after
    assert "▲ 略有滞后" in part(page(client, PAGE + "?period=2018"), "h-progress")
    follower = page(client, PAGE.replace("I13", "I12"))
    assert f'自2019年1月1日起接替<a href="{PAGE}">{indicator("I13")}</a>，理由：{REASON}' in follower


@pytest.mark.parametrize(("year", "number", "is_told"), [("2018", 24, False), ("2019", 23, True)])
def test_counts_leave_it_out_from_its_day_on_and_lists_keep_it_with_a_word(
    desk, client, year, number, is_told
):
    retire(desk)
    asked = f"?period={year}"
    apart = f"I13 省级科技企业孵化器</a>（{TOLD}）。"
    for path in ("/sti-13/", f"/sti-13/areas/{CITY}/", f"/sti-13/areas/{JINGXIAN}/"):
        shown = page(client, path + asked)
        assert f"监测的 {number} 项指标" in shown, path
        assert ("已停止监测、不计在内：" in shown, apart in shown) == (is_told, is_told), path
    compared = page(client, f"/sti-13/compare/{asked}")
    assert (apart in compared, "/sti-13/indicators/I13/" in compared.split("<tbody>")[1]) == (
        is_told,
        not is_told,
    )
    listed = page(client, f"/sti-13/indicators/{asked}")
    assert "2019-01-01 起不再监测" in words(listed)
    assert ("○ 不监测 2019-01-01 起不再监测" in words(listed)) == is_told
    file = raw(client, f"/sti-13/compare/{asked}&format=csv")
    assert f"指标：全部监测指标 {number} 项" in file


def test_a_goal_shows_it_as_not_tracked_from_its_day_on(desk, client):
    retire(desk)
    code = indicator("I13").goal_links.first().goal.code
    shown = [words(raw(client, f"/sti-13/goals/{code}/?period={year}")) for year in (2018, 2019)]
    assert ["— 不监测" in one for one in shown] == [False, True]


def test_what_it_owed_before_is_still_missing_and_later_periods_are_not(desk, client):
    retire(desk)
    missing = [
        part(page(client, f"/sti-13/areas/{JINGXIAN}/?period={year}"), "h-missing") for year in (2018, 2019)
    ]
    assert ["I13 省级科技企业孵化器" in one.split("未设目标")[0] for one in missing] == [True, False]
    owed = [rows(client, f"duties/?period={year}&indicator=I13") for year in (2018, 2019)]
    assert list(map(len, owed)) == [2, 0]


def test_the_share_of_what_is_published_counts_no_place_that_has_ended(desk, client):
    for code in (CITY, JINGXIAN):
        observe("I13", code, "2016", 5)
        for year in ("2016", "2019"):
            observe("I16", code, year, 98)
    # In 2016 all four places, in 2019 half of them.
    assert client.get("/sti-13/").context["standpoint"].as_of == "2016"
    retire(desk)
    standpoint = client.get("/sti-13/").context["standpoint"]
    assert (standpoint.as_of, standpoint.covered["2019"]) == ("2016", (2, 2))
    assert standpoint.covered["2016"] == (4, 4)


def test_a_period_report_tells_of_it_only_before_its_day(desk):
    retire(desk)
    observe("I16", CITY, "2019", 98)
    told = {
        code: json.loads(review.draw_up_period_report(period(code), kind="annual").content)
        for code in ("2018", "2019")
    }
    listed = {code: [row["code"] for row in one["indicators"]] for code, one in told.items()}
    assert ["I13" in listed[code] for code in ("2018", "2019")] == [True, False]
    assert [len(listed[code]) for code in ("2018", "2019")] == [24, 23]
    assert told["2019"]["verdict"][0].startswith("截至2019年末，衡水市监测的 23 项指标")


def test_a_search_an_embedded_page_and_the_stratml_say_so(desk, client):
    retire(desk)
    assert "2019-01-01 起不再监测" in words(raw(client, "/search/?q=孵化器"))
    assert TOLD in words(raw(client, "/sti-13/embed/indicator/I13/?period=2019"))
    assert TOLD not in words(raw(client, "/sti-13/embed/indicator/I13/?period=2018"))
    document = client.get("/api/v1/plans/sti-13/stratml.xml").content.decode()
    assert f"{TOLD}：{REASON}。" in document


def test_the_api_keeps_it_in_every_list_with_day_reason_and_successor(desk, client):
    retire(desk)
    row = ask(client, "indicators/I13/")
    told = {"retired_on": "2019-01-01", "retired_reason": REASON, "successor": "I12"}
    assert {name: row[name] for name in told} == told
    _, lines = table(client, "indicators/?format=csv")
    [line] = [line for line in lines if line["code"] == "I13"]
    assert {name: line[name] for name in told} == told
    assert [len(rows(client, f"progress/?period={year}")) for year in (2018, 2019)] == [24, 24]


def test_retiring_is_noted_as_a_change_of_the_indicator(desk, client):
    settle()
    since = PublicChange.objects.newest().revision
    retire(desk)
    settle()
    noted = [
        (row["type"], row["code"]) for row in rows(client, f"changes/?since={since}") if row["code"] == "I13"
    ]
    assert noted == [("indicator", "I13")]


def test_an_internal_successor_is_not_named_to_a_visitor(desk, client):
    Indicator.objects.filter(code="I12", plan="sti-13").update(is_internal=True, name="密标指标")
    retire(desk)
    paths = [
        PAGE,
        f"{PAGE}?period=2019",
        "/sti-13/?period=2019",
        f"/sti-13/areas/{CITY}/?period=2019",
        "/sti-13/compare/?period=2019",
        "/sti-13/embed/indicator/I13/?period=2019",
        "/api/v1/plans/sti-13/indicators/",
        "/api/v1/plans/sti-13/progress/I13/?period=2019",
        "/api/v1/plans/sti-13/stratml.xml",
    ]
    for path in paths:
        answer = client.get(path).content.decode()
        assert re.findall("密标指标|I12", answer) == [], path
    assert ask(client, "indicators/I13/")["successor"] is None
    logged_in(client, desk.editor)
    assert ask(client, "indicators/I13/")["successor"] == "I12"
    assert "密标指标" in page(client, PAGE)


# Folder


def test_loading_leaves_a_retirement_as_it_is_and_an_export_brings_it_along(desk, tmp_path):
    retire(desk, code="I14")
    loader.load(FIXTURES)
    row = indicator("I14")
    assert (row.retired_on, row.retired_reason, row.successor) == (DAY, REASON, indicator("I12"))
    call_command("export_plan", "sti-13", folder=tmp_path / "out", stdout=StringIO())
    lines = [
        json.loads(line) for line in (tmp_path / "out" / "indicators.jsonl").read_text("utf-8").splitlines()
    ]
    told = {"retired_on": "2019-01-01", "retired_reason": REASON, "successor": "I12"}
    [line] = [line for line in lines if line["code"] == "I14"]
    assert {name: line[name] for name in told} == told
    assert [line["code"] for line in lines if told.keys() & line.keys()] == ["I14"]


def test_a_plan_with_a_retired_indicator_is_deleted_as_a_whole(desk, client):
    plan = another_plan()
    earlier, later = plan.indicators.get(), plan.indicators.get()
    later.pk, later.code, later._state.adding = None, "I14", True
    later.save()
    review.retire_indicator(earlier, on=DAY, reason=REASON, successor=later, by=desk.editor)
    logged_in(client, desk.editor)
    answer = client.post(f"/admin/{plan.code}/publication/", {"delete": "", "reason": "重复"}, follow=True)
    assert told(answer) == [f"“{plan}”已删除，历史中留有记录。"]
    assert not Plan.objects.filter(code=plan.code).exists()
