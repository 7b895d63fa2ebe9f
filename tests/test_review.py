"""The review: which user may do which act in which status; a refusal changes nothing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.utils import timezone

from targets import review
from targets.models import (
    Area,
    Assessment,
    Indicator,
    Observation,
    Period,
    Plan,
    ReportingDuty,
    ReportStatus,
    ReviewEvent,
)
from targets.review import roles
from targets.review.roles import Role
from tests.database import database
from tests.make import (
    accept,
    assess,
    bring_to,
    duty,
    enter,
    give_back,
    open_desk,
    period,
    person,
    publish,
    publish_period,
    reports,
    shown_of,
    submit,
)
from tests.outcomes import conflict, faults, let_through, refusal, state
from tests.shipped import shipped, shipped_plan

FILL = {"observation": enter, "assessment": assess}
BOTH = pytest.mark.parametrize("fill", FILL.values(), ids=FILL)


@pytest.fixture
def desk(plan):
    return open_desk()


def trail(**about) -> list[tuple]:
    events = shipped(ReviewEvent).filter(**about)
    return list(events.values_list("act", "actor__username", "from_status", "to_status", "note"))


# From draft to published


@BOTH
def test_a_report_goes_from_draft_to_published_and_leaves_its_events(desk, fill):
    row = fill(desk)
    assert state(row) == ("draft", 1, 1)
    submit(row, by=desk.reporter, note="年报数")
    assert state(row) == ("submitted", 1, 2)
    accept(row, desk.reviewer)
    assert state(row) == ("accepted", 1, 3)
    assert row.published_at is None
    publish(row, desk.publisher)
    assert state(row) == ("published", 1, 4)
    assert timezone.now() - row.published_at < timedelta(minutes=1)
    assert trail() == [
        ("submit", "填报甲", "draft", "submitted", "年报数"),
        ("accept", "审核乙", "submitted", "accepted", ""),
        ("publish", "发布丙", "accepted", "published", ""),
    ]


@BOTH
def test_a_returned_report_is_corrected_and_submitted_again(desk, fill):
    row = bring_to(desk, "returned", fill(desk))
    assert state(row) == ("returned", 1, 3)
    assert fill(desk, "7", version=3).pk == row.pk
    assert state(row) == ("returned", 1, 4)
    submit(row, by=desk.reporter)
    assert state(row) == ("submitted", 1, 5)
    assert trail() == [
        ("submit", "填报甲", "draft", "submitted", ""),
        ("return", "审核乙", "submitted", "returned", "请核对"),
        ("submit", "填报甲", "returned", "submitted", ""),
    ]


@BOTH
def test_an_accepted_report_can_still_be_returned(desk, fill):
    row = bring_to(desk, "accepted", fill(desk))
    give_back(row, desk.reviewer, " 口径有误 ")
    assert state(row) == ("returned", 1, 4)
    assert trail()[-1] == ("return", "审核乙", "accepted", "returned", "口径有误")


def test_the_published_row_stays_until_its_correction_is_published(desk):
    old = bring_to(desk, "published", enter(desk, note="年报数"))
    new = review.correct(old, by=desk.reporter, reason="重新核定", value="6")
    assert (state(old), state(new)) == (("published", 1, 4), ("draft", 2, 5))
    assert (new.value, new.note) == (6, "年报数")
    for status in ("submitted", "accepted"):
        step = {"submitted": lambda row, by: submit(row, by=by), "accepted": accept}[status]
        step(new, {"submitted": desk.reporter, "accepted": desk.reviewer}[status])
        assert list(reports().published()) == [old]
    publish(new, desk.publisher)
    assert (state(old), state(new)) == (("superseded", 1, 5), ("published", 2, 8))
    assert list(reports().published()) == [new]
    assert trail(observation=old)[3:] == [("supersede", "发布丙", "published", "superseded", "")]
    assert trail(observation=new) == [
        ("correct", "填报甲", "", "draft", "重新核定"),
        ("submit", "填报甲", "draft", "submitted", ""),
        ("accept", "审核乙", "submitted", "accepted", ""),
        ("publish", "发布丙", "accepted", "published", ""),
    ]


def test_a_published_assessment_is_corrected_in_the_same_way(desk):
    old = bring_to(desk, "superseded", assess(desk))
    assert state(old) == ("superseded", 1, 5)
    assert [(row.text, row.revision) for row in shipped(Assessment).published()] == [("好转。", 2)]


def test_a_third_revision_follows_the_second(desk):
    bring_to(desk, "superseded", enter(desk))
    again = review.correct(reports().published().get(), by=desk.reporter, reason="再核", value="7")
    bring_to(desk, "published", again)
    rows = reports().order_by("revision").values_list("revision", "status", "value")
    assert list(rows) == [(1, "superseded", 5), (2, "superseded", 6), (3, "published", 7)]


def test_an_unavailable_value_is_reported_with_its_reason(desk):
    row = enter(desk, None, unavailable_reason=" 统计制度取消 ")
    assert (row.value, row.unavailable_reason, row.shown) == (
        None,
        "统计制度取消",
        "无法取得：统计制度取消",
    )


def test_zero_is_a_value(desk):
    assert enter(desk, "0").shown == "0家"


# Every state and every act


def acts_on(desk, kind: str, row) -> dict:
    change = {"text": "好。"} if kind == "assessment" else {"value": "9"}
    # After a withdrawal the form is empty again.
    seen = None if row.status == "withdrawn" else row.version
    return {
        "fill in": lambda: FILL[kind](desk, version=seen, **change),
        "submit": lambda: submit(row, by=desk.reporter),
        "withdraw": lambda: withdraw(desk, row),
        "accept": lambda: accept(row, desk.reviewer),
        "return": lambda: give_back(row, desk.reviewer),
        "publish": lambda: publish(row, desk.publisher),
        "correct": lambda: review.correct(row, by=desk.reporter, reason="重新核定", **change),
    }


ALLOWED = {
    "draft": {"fill in", "submit", "withdraw"},
    "submitted": {"accept", "return"},
    "returned": {"fill in", "submit", "withdraw"},
    "accepted": {"return", "publish"},
    "published": {"correct"},
    "superseded": set(),
    "withdrawn": {"fill in"},
}


def test_every_status_is_tested_with_all_acts():
    assert set(ALLOWED) == set(ReportStatus.values)


@pytest.mark.parametrize("kind", FILL)
@pytest.mark.parametrize("status", ALLOWED)
def test_a_report_allows_only_the_acts_of_its_status(desk, status, kind):
    row = bring_to(desk, status, FILL[kind](desk))
    assert state(row)[0] == status
    assert let_through(acts_on(desk, kind, row)) == ALLOWED[status]


def test_a_refusal_names_the_report_its_status_and_what_to_do(desk):
    row = bring_to(desk, "submitted", enter(desk))
    assert refusal(submit, row, by=desk.reporter).sentence == (
        "“I13 省级科技企业孵化器 景县 2018年”现为“已报送”，不能报送。请刷新后查看。"
    )


def test_an_act_uses_the_stored_status_not_that_of_the_given_object(desk):
    row = enter(desk)
    row.status = ReportStatus.ACCEPTED
    refusal(publish, row, desk.publisher)


def test_a_published_row_is_not_edited_but_corrected(desk):
    row = bring_to(desk, "published", enter(desk))
    sentence = "这一期已发布。如有变化，请用“更正”，并写明理由。"
    assert refusal(enter, desk, "6").sentence == sentence
    assert refusal(enter, desk, "6", version=row.version).sentence == sentence


def test_a_second_correction_cannot_begin_while_one_is_open(desk):
    old = bring_to(desk, "published", enter(desk))
    review.correct(old, by=desk.reporter, reason="重新核定", value="6")
    again = refusal(review.correct, old, by=desk.reporter, reason="再核", value="7")
    assert again.sentence == "这一条的更正已在填报中，请在那一条上修改。"


@pytest.mark.parametrize("name", ["status", "revision", "published_at", "entered_by", "period_id"])
def test_the_status_cannot_be_set_as_a_value(desk, name):
    before = database()
    with pytest.raises(TypeError, match=name):
        enter(desk, **{name: "published"})
    assert database() == before


# Every actor and every act


@pytest.fixture
def people(desk) -> dict:
    return {
        "nobody": AnonymousUser(),
        "stranger": person("路人"),
        "inactive": person("停用", *Role, areas=["131127", "131100"], is_active=False),
        "inactive superuser": person("停用超管", is_superuser=True, is_active=False),
        "reporter without areas": person("填报丁", Role.REPORTER),
        "reporter of another area": person("填报戊", Role.REPORTER, areas=["131128"]),
        "assigned without the role": person("填报己", areas=["131127", "131100"]),
        "reporter": desk.reporter,
        "reviewer": desk.reviewer,
        "publisher": desk.publisher,
        "auditor": person("审计", Role.AUDITOR, areas=["131127", "131100"]),
        "plan editor": person("规划", Role.PLAN_EDITOR, areas=["131127", "131100"]),
        "superuser": person("超管", is_superuser=True),
    }


ACTS = {
    "fill in": ("draft", lambda desk, row, by: enter(desk, "9", by=by, version=row.version)),
    "assess": ("draft", lambda desk, row, by: assess(desk, by=by)),
    "submit": ("draft", lambda desk, row, by: submit(row, by=by)),
    "withdraw": ("draft", lambda desk, row, by: withdraw(desk, row, by=by)),
    "accept": ("submitted", lambda desk, row, by: accept(row, by)),
    "return": ("submitted", lambda desk, row, by: give_back(row, by)),
    "publish": ("accepted", lambda desk, row, by: publish(row, by)),
    "publish a period": ("accepted", lambda desk, row, by: publish_period(desk.year, by)),
    "correct": ("published", lambda desk, row, by: review.correct(row, by=by, reason="重核", value="6")),
    "close": ("draft", lambda desk, row, by: review.close_period(desk.year, by=by)),
    "reopen": ("closed", lambda desk, row, by: review.reopen_period(desk.year, by=by, reason="补报")),
}
ONLY_BY = {
    **dict.fromkeys(["fill in", "assess", "submit", "withdraw", "correct"], "reporter"),
    **dict.fromkeys(["accept", "return"], "reviewer"),
    **dict.fromkeys(["publish", "publish a period", "close", "reopen"], "publisher"),
}


@pytest.mark.parametrize("name", ACTS)
def test_each_act_is_allowed_only_to_its_role(desk, people, name):
    status, act = ACTS[name]
    row = bring_to(desk, "draft" if status == "closed" else status, enter(desk))
    if status == "closed":
        review.close_period(desk.year, by=desk.publisher)
    tries = {who: lambda by=user: act(desk, row, by) for who, user in people.items()}
    assert let_through(tries) == {ONLY_BY[name], "superuser"}


def test_the_city_s_reporter_assesses_a_goal(desk):
    of_county = person("县填报员", Role.REPORTER, areas=["131127"])
    assert refusal(assess, desk, by=of_county).sentence == (
        "您不是衡水市的填报员，不能填报；如需权限请与管理员联系。"
    )
    of_city = person("市填报员", Role.REPORTER, areas=["131100"])
    assert assess(desk, by=of_city).entered_by == of_city


def test_the_message_says_which_role_is_needed(desk):
    row = bring_to(desk, "submitted", enter(desk))
    assert refusal(accept, row, desk.reporter).sentence == ("只有审核员可以这样做；如需权限请与管理员联系。")


OWN = "不能审核自己填报或报送的内容，请由另一位审核员审核。"


@pytest.mark.parametrize("is_superuser", [False, True])
@BOTH
def test_nobody_accepts_a_report_that_they_entered(desk, fill, is_superuser):
    both = person("一人", Role.REPORTER, Role.REVIEWER, areas=["131127", "131100"], is_superuser=is_superuser)
    row = submit(fill(desk, by=both), by=desk.reporter)
    assert refusal(accept, row, both).sentence == OWN


def test_nobody_accepts_a_report_that_they_changed(desk):
    chief = person("超管", is_superuser=True)
    row = enter(desk)
    enter(desk, "6", by=chief, version=1)
    submit(row, by=desk.reporter)
    assert refusal(accept, row, chief).sentence == OWN


def test_nobody_accepts_a_report_that_they_submitted(desk):
    chief = person("超管", is_superuser=True)
    row = submit(enter(desk), by=chief)
    assert refusal(accept, row, chief).sentence == OWN
    accept(row, desk.reviewer)


def test_nobody_accepts_a_report_that_they_changed_even_if_another_saved_it_later(desk):
    """A value that the reviewer wrote stays theirs, even if others save and submit it later."""
    both = person("一人", Role.REPORTER, Role.REVIEWER, areas=["131127"])
    enter(desk)
    enter(desk, "777", by=both, version=1)
    row = enter(desk, "777", version=2, note="年报数")
    row = submit(row, by=desk.reporter)
    assert refusal(accept, row, both).sentence == OWN
    row = give_back(row, desk.reviewer)
    row = submit(enter(desk, "778", version=row.version), by=desk.reporter)
    assert refusal(accept, row, both).sentence == OWN
    # Returning a report does not count as writing.
    assert accept(row, desk.reviewer).status == "accepted"


def test_nobody_accepts_a_report_after_adding_or_removing_its_evidence(desk):
    both = person("一人", Role.REPORTER, Role.REVIEWER, areas=["131127", "131100"])
    paper = {"title": "认定文件", "source": "公报"}
    one, two = enter(desk), enter(desk, area=desk.city)
    review.detach(review.attach(one, by=desk.reporter, **paper), by=both)
    review.attach(two, by=both, **paper)
    for row, place in ((one, desk.county), (two, desk.city)):
        row.refresh_from_db()
        row = enter(desk, version=row.version, area=place, note="年报数")
        row = submit(row, by=desk.reporter)
        assert refusal(accept, row, both).sentence == OWN


def test_the_author_of_the_old_row_may_accept_its_correction(desk):
    both = person("一人", Role.REPORTER, Role.REVIEWER, areas=["131127"])
    old = bring_to(desk, "published", enter(desk, by=both))
    new = review.correct(old, by=desk.reporter, reason="重核", value="6")
    assert accept(submit(new, by=desk.reporter), both).status == "accepted"


def test_migrate_creates_the_groups_of_the_roles(db):
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)


# Periods


def test_a_closed_period_accepts_no_new_report_and_still_reviews_submitted_ones(desk):
    published = bring_to(desk, "published", enter(desk, area=desk.city))
    accepted = bring_to(desk, "accepted", enter(desk, "95", indicator=desk.coverage))
    submitted = bring_to(desk, "submitted", enter(desk, "96", indicator=desk.coverage, area=desk.city))
    draft = enter(desk)
    review.close_period(desk.year, by=desk.publisher)
    done = let_through(
        {
            "fill in": lambda: enter(desk, "6", version=1),
            "assess": lambda: assess(desk),
            "correct": lambda: review.correct(published, by=desk.reporter, reason="重核", value="6"),
            "submit": lambda: submit(draft, by=desk.reporter),
            "accept": lambda: accept(submitted, desk.reviewer),
            "return": lambda: give_back(submitted, desk.reviewer),
            "publish": lambda: publish(accepted, desk.publisher),
            "publish the period": lambda: publish_period(desk.year, desk.publisher),
        }
    )
    assert done == {"accept", "return", "publish", "publish the period"}


def test_a_report_of_a_closed_period_is_refused_at_its_field(desk):
    review.close_period(desk.year, by=desk.publisher)
    refused = refusal(enter, desk)
    assert (refused.field, refused.sentence) == (
        "period",
        "2018年已关闭，不再接受填报；确需补报请由发布员重开。",
    )


def test_closing_and_reopening_are_recorded_in_the_log(desk):
    review.close_period(desk.year, by=desk.publisher, note="年报结束")
    review.reopen_period(desk.year, by=desk.publisher, reason=" 景县补报 ")
    desk.year.refresh_from_db()
    assert desk.year.is_open
    assert trail(period=desk.year) == [
        ("close", "发布丙", "", "", "年报结束"),
        ("reopen", "发布丙", "", "", "景县补报"),
    ]


def test_reopening_needs_a_reason(desk):
    review.close_period(desk.year, by=desk.publisher)
    refused = refusal(review.reopen_period, desk.year, by=desk.publisher, reason=" ")
    assert (refused.field, refused.sentence) == ("note", "重开报告期请写明理由。")


def test_a_closed_period_cannot_be_closed_again_nor_an_open_one_reopened(desk):
    reopened = refusal(review.reopen_period, desk.year, by=desk.publisher, reason="补报")
    assert reopened.sentence == "2018年本来就开放。"
    review.close_period(desk.year, by=desk.publisher)
    assert refusal(review.close_period, desk.year, by=desk.publisher).sentence == "2018年已经关闭。"


@BOTH
def test_a_period_outside_the_plan_accepts_no_report(desk, fill):
    refused = refusal(fill, desk, period=period("2022"))
    assert (refused.field, refused.sentence) == ("period", "2022年不在规划期之内，不能填报。")


@BOTH
def test_a_period_of_another_plan_accepts_no_report(desk, fill):
    other = shipped_plan()
    other.pk, other.code, other.title, other.document, other.is_current = (
        None,
        "another",
        "另一规划",
        None,
        False,
    )
    other.save(force_insert=True)
    of_other = Period.of(other, "2018")
    of_other.save()
    refused = refusal(fill, desk, period=of_other)
    about = {enter: "I13 省级科技企业孵化器", assess: str(desk.goal)}[fill]
    assert (refused.field, refused.sentence) == (
        "period",
        f"“{about}”属于“{desk.goal.plan}”，2018年是“另一规划”的，请选同一规划的报告期。",
    )


# Withdrawing


def withdraw(desk, row, *, by=None, note="填错了"):
    return review.withdraw([row], by=by or desk.reporter, note=note)[0]


@BOTH
def test_a_draft_begun_by_mistake_is_withdrawn_and_can_be_begun_again(desk, fill):
    row = withdraw(desk, fill(desk), note=" 填错县 ")
    assert state(row) == ("withdrawn", 1, 2)
    assert trail() == [("withdraw", "填报甲", "draft", "withdrawn", "填错县")]
    new = fill(desk, "7")
    assert (state(new), new.pk != row.pk) == (("draft", 1, 3), True)
    assert state(bring_to(desk, "published", new)) == ("published", 1, 6)


def test_a_mistaken_correction_is_withdrawn_and_the_published_row_stays(desk):
    old = bring_to(desk, "published", enter(desk))
    new = review.correct(old, by=desk.reporter, reason="重核", value="6")
    new = give_back(submit(new, by=desk.reporter), desk.reviewer)
    withdraw(desk, new)
    assert (state(old), state(new)) == (("published", 1, 4), ("withdrawn", 2, 8))
    assert not reports().open().exists()
    again = review.correct(old, by=desk.reporter, reason="再核", value="7")
    bring_to(desk, "published", again)
    assert (state(old)[0], state(again)[:2]) == ("superseded", ("published", 2))


def test_a_withdrawn_report_is_owed_again(desk):
    row = give_back(bring_to(desk, "submitted", enter(desk)), desk.reviewer)
    withdraw(desk, row)
    shown = shipped(ReportingDuty).expected(desk.year).with_status(desk.year)
    assert set(shown.values_list("report_status", flat=True)) == {None}


def test_withdrawing_needs_a_reason_and_the_current_version(desk):
    row = enter(desk)
    refused = refusal(withdraw, desk, row, note=" ")
    assert (refused.field, refused.sentence) == ("note", "撤回时请写明理由。")
    row.version = 7
    conflict(withdraw, desk, row)


NO_CHANGE = "没有改动：所填的内容和证明材料与已发布的相同。请先修改；如不再更正，请撤回。"


def test_a_correction_that_changes_nothing_cannot_be_submitted(desk):
    old = bring_to(desk, "published", enter(desk))
    new = review.correct(old, by=desk.reporter, reason="重核")
    assert refusal(submit, new, by=desk.reporter).sentence == NO_CHANGE
    review.attach(new, title="认定文件", source="公报", by=desk.reporter)
    assert submit(new, by=desk.reporter).status == "submitted"


def test_a_correction_of_an_assessment_that_changes_nothing_cannot_be_submitted(desk):
    new = review.correct(bring_to(desk, "published", assess(desk)), by=desk.reporter, reason="重核")
    assert refusal(submit, new, by=desk.reporter).sentence == NO_CHANGE


def test_a_superseded_outside_figure_gets_a_new_version(desk):
    series = {"indicator": desk.incubators, "area": desk.county, "period": desk.year}
    figure = series | {"grade": "media", "source": "某报", "value": "5"}
    old = review.publish_from_outside(**figure)
    new = review.publish_from_outside(**figure | {"value": "6"})
    assert (state(old), state(new)) == (("superseded", 1, 2), ("published", 2, 3))


# Bad input


def test_a_control_character_in_a_text_is_refused(desk):
    row = bring_to(desk, "submitted", enter(desk))
    refused = refusal(give_back, row, desk.reviewer, "请核\x00对")
    assert (refused.field, refused.sentence) == ("note", CONTROL)


@pytest.mark.parametrize("name", ["note", "source", "unavailable_reason"])
def test_a_text_of_none_is_stored_as_empty(desk, name):
    assert getattr(enter(desk, **{name: None}), name) == ""


def test_empty_numbers_beside_a_reason_are_stored_as_null(desk):
    row = enter(desk, "", unavailable_reason="无统计", numerator="", denominator="", as_of_date="")
    assert (row.value, row.numerator, row.denominator, row.as_of_date) == (None, None, None, None)


def test_a_demonstration_accepts_values_of_grade_demo(desk):
    shipped(Plan).update(is_demo=True)
    assert enter(desk, grade="demo").grade == "demo"


@pytest.mark.parametrize("note", [None, "", "  ", "\u3000\n", "\u200b"])
def test_an_act_that_returns_a_report_needs_a_reason(desk, note):
    row = bring_to(desk, "submitted", enter(desk))
    returned = refusal(give_back, row, desk.reviewer, note)
    assert (returned.field, returned.sentence) == ("note", "退回时请写明要改什么。")


def test_a_correction_needs_a_reason(desk):
    row = bring_to(desk, "published", enter(desk))
    corrected = refusal(review.correct, row, by=desk.reporter, reason=" ", value="6")
    assert (corrected.field, corrected.sentence) == ("note", "请写明更正的理由。")


def test_a_note_that_is_too_long_is_refused(desk):
    refused = refusal(submit, enter(desk), by=desk.reporter, note="长" * 501)
    assert (refused.field, refused.sentence) == ("note", "最多写 500 字，现有 501 字，请删减。")


def test_a_report_of_an_area_without_a_duty_is_refused(desk):
    refused = refusal(enter, desk, indicator=shipped(Indicator).get(code="I09"))
    assert (refused.field, refused.sentence) == ("indicator", "景县不填报“有效期内高新技术企业”。")


def test_a_report_of_an_untracked_indicator_is_refused(desk):
    duty("I22", "131127")
    refused = refusal(enter, desk, indicator=shipped(Indicator).get(code="I22"))
    assert (refused.field, refused.sentence) == ("indicator", "景县不填报“引导资金放大倍数”。")


def test_a_report_of_a_period_with_another_length_is_refused(desk):
    refused = refusal(enter, desk, period=period("2018-H1"))
    assert (refused.field, refused.sentence) == (
        "period",
        "“省级科技企业孵化器”每年填报，不按2018年上半年填报。",
    )


@BOTH
def test_a_report_of_a_period_that_has_not_ended_is_refused(desk, fill):
    today = timezone.localdate()
    refused = refusal(fill, desk, period=period(str(today.year)))
    assert (refused.field, refused.sentence) == ("period", f"{today.year}年尚未结束，请在结束后填报。")


RANGE = "比率应在 0 到 100 之间。"
EITHER = "请填完成值；确实无法取得的，请不填数而写明原因。"
FRACTION = "分子、分母须一并填写，分母大于 0。"
DAYS = "数据时点应在 2018-01-01 至 2018-12-31 之间。"
CONTROL = "含有看不见的控制字符，请删去后重新填写。"
SOURCE = "引自官方发布、媒体或推算的数须注明出处。"

COUNT_FAULTS = {
    "a word": ({"value": "五家"}, "value", "“五家”的值应该是一个十进制数字。"),
    "no number": ({"value": Decimal("NaN")}, "value", "“NaN”的值应该是一个十进制数字。"),
    "no finite number": ({"value": "Infinity"}, "value", "“Infinity”的值应该是一个十进制数字。"),
    "too many digits": ({"value": "1" * 15}, "value", "确认小数点前不超过 14 位。"),
    "five decimals": ({"value": "1.23456"}, "value", "确认小数不超过 4 位."),
    "a part of a firm": ({"value": "5.5"}, "value", "请填整数。"),
    "less than nothing": ({"value": "-1"}, "value", "请填 0 或正数。"),
    "nothing": ({"value": None}, "value", EITHER),
    "a blank reason": ({"value": None, "unavailable_reason": "  "}, "value", EITHER),
    "a value and a reason": ({"value": "5", "unavailable_reason": "无统计"}, "value", EITHER),
    "media without a source": ({"value": "5", "grade": "media"}, "source", SOURCE),
    "a grade of the text": (
        {"value": "5", "grade": "text", "source": "规划"},
        "grade",
        "“原文”等级只用于规划原文中的数，填报的数请另选来源等级。",
    ),
    "a made-up value": (
        {"value": "5", "grade": "demo"},
        "grade",
        "“演示”等级只用于演示库，请另选来源等级。",
    ),
    "a fraction": (
        {"value": "5", "numerator": "5", "denominator": "1"},
        "numerator",
        "“省级科技企业孵化器”不是比率，请不要填分子、分母。",
    ),
    "a day before the period": ({"value": "5", "as_of_date": "2017-12-31"}, "as_of_date", DAYS),
    "a day after the period": ({"value": "5", "as_of_date": "2019-01-01"}, "as_of_date", DAYS),
    "an empty value": ({"value": " "}, "value", EITHER),
    "a number as programs write it": ({"value": "1_000"}, "value", "“1_000”的值应该是一个十进制数字。"),
    "a truth": ({"value": True}, "value", "请填数字。"),
    "a reason that nobody sees": ({"value": None, "unavailable_reason": "\u200b\ufeff"}, "value", EITHER),
    "an end of string": ({"value": "5", "note": "a\x00b"}, "note", CONTROL),
    "a bell": ({"value": "5", "source": "\x07"}, "source", CONTROL),
    "half a character": ({"value": None, "unavailable_reason": "无\ud800"}, "unavailable_reason", CONTROL),
    "an end of string in a number": ({"value": "1\x00"}, "value", CONTROL),
    "an unknown comparator": (
        {"value": "5", "comparator": "roughly"},
        "comparator",
        "值 'roughly' 不是有效选项。",
    ),
    "a note too long": (
        {"value": "5", "note": "长" * 301},
        "note",
        "确保该变量包含不超过 300 字符 (目前字符数 301)。",
    ),
    "no date": (
        {"value": "5", "as_of_date": "年底"},
        "as_of_date",
        "“年底”的值有一个错误的日期格式。它的格式应该是YYYY-MM-DD",
    ),
}
RATIO_FAULTS = {
    "more than all": ({"value": "100.01"}, "value", RANGE),
    "less than nothing": ({"value": "-0.01"}, "value", RANGE),
    "three decimals": ({"value": "95.125"}, "value", "最多填 2 位小数。"),
    "another fraction": (
        {"value": "50.01", "numerator": "1", "denominator": "2"},
        "value",
        "分子除以分母得 50.00%，与所填不符。",
    ),
    "half a fraction": ({"value": "50", "numerator": "1"}, "denominator", FRACTION),
    "the other half": ({"value": "50", "denominator": "2"}, "denominator", FRACTION),
    "a fraction of nothing": ({"value": "50", "numerator": "1", "denominator": "0"}, "denominator", FRACTION),
    "a negative fraction": (
        {"value": "50", "numerator": "1", "denominator": "-2"},
        "denominator",
        FRACTION,
    ),
    "less than nothing of something": (
        {"value": "0", "numerator": "-1", "denominator": "100000"},
        "numerator",
        "分子请填 0 或正数。",
    ),
    "a fraction of what cannot be had": (
        {"value": None, "unavailable_reason": "无统计", "numerator": "1", "denominator": "2"},
        "numerator",
        "无法取得的，请不要填分子、分母。",
    ),
    "an endless denominator": (
        {"value": "50", "numerator": "1", "denominator": "Infinity"},
        "denominator",
        "“Infinity”的值应该是一个十进制数字。",
    ),
}


@pytest.mark.parametrize(("values", "field", "sentence"), COUNT_FAULTS.values(), ids=COUNT_FAULTS)
def test_a_faulty_count_is_refused_at_its_field(desk, values, field, sentence):
    assert faults(enter, desk, **values) == {field: [sentence]}


@pytest.mark.parametrize(("values", "field", "sentence"), RATIO_FAULTS.values(), ids=RATIO_FAULTS)
def test_a_faulty_ratio_is_refused_at_its_field(desk, values, field, sentence):
    assert faults(enter, desk, indicator=desk.coverage, **values) == {field: [sentence]}


def test_all_faults_of_a_report_are_named_at_once(desk):
    values = {"indicator": desk.coverage, "numerator": "1", "grade": "media", "unavailable_reason": "无"}
    assert faults(enter, desk, **values) == {
        "value": [EITHER],
        "denominator": [FRACTION],
        "source": [SOURCE],
    }


@pytest.mark.parametrize("value", ["66.67", "66.66"])
def test_a_fraction_gives_its_value_rounded_or_cut_off(desk, value):
    row = enter(desk, value, indicator=desk.coverage, numerator="2", denominator="3")
    assert row.value == Decimal(value)


def test_a_faulty_change_leaves_the_draft_as_it_is(desk):
    enter(desk)
    assert faults(enter, desk, "5.5", version=1) == {"value": ["请填整数。"]}


def test_a_faulty_correction_is_refused_at_its_field(desk):
    row = bring_to(desk, "published", enter(desk))
    assert faults(review.correct, row, by=desk.reporter, reason="重核", value="-1") == {
        "value": ["请填 0 或正数。"]
    }


@pytest.mark.parametrize("text", [None, "", " \n", "\u200b"])
def test_an_assessment_without_text_is_refused_at_its_field(desk, text):
    assert faults(assess, desk, text) == {"text": ["此字段不能为空。"]}


# Several reports at once


def test_a_whole_period_is_published_at_once(desk):
    one = bring_to(desk, "accepted", enter(desk))
    two = bring_to(desk, "accepted", assess(desk))
    draft = enter(desk, area=desk.city)
    other = bring_to(desk, "accepted", enter(desk, period=period("2017")))
    published = publish_period(desk.year, desk.publisher)
    assert {(type(row), row.pk) for row in published} == {(Observation, one.pk), (Assessment, two.pk)}
    assert [state(row)[0] for row in (one, two, draft, other)] == [
        "published",
        "published",
        "draft",
        "accepted",
    ]


def test_a_period_with_nothing_to_publish_says_so(desk):
    enter(desk)
    refused = refusal(publish_period, desk.year, desk.publisher)
    assert refused.sentence == "2018年没有审核通过而待发布的内容。"


def test_a_period_is_published_only_as_it_was_shown(desk):
    """It is refused if a report was added, removed or changed since."""
    one = bring_to(desk, "accepted", enter(desk))
    shown = shown_of(desk.year)
    two = bring_to(desk, "accepted", assess(desk))
    told = "2018年待发布的内容已与所示的不同，现有 {} 条，一条也没有发布。请核对后再发布。"
    assert refusal(publish_period, desk.year, desk.publisher, shown).sentence == told.format(2)
    both = shown_of(desk.year)
    give_back(two, desk.reviewer)
    assert refusal(publish_period, desk.year, desk.publisher, both).sentence == told.format(1)
    row = give_back(one, desk.reviewer)
    bring_to(desk, "accepted", enter(desk, "999", version=row.version))
    assert refusal(publish_period, desk.year, desk.publisher, shown).sentence == told.format(1)
    assert [row.value for row in publish_period(desk.year, desk.publisher)] == [999]


def test_reports_are_published_all_or_none(desk):
    old = bring_to(desk, "published", enter(desk))
    new = review.correct(old, by=desk.reporter, reason="重核", value="6")
    rows = [bring_to(desk, "accepted", new), bring_to(desk, "submitted", enter(desk, area=desk.city))]
    assert refusal(review.publish, rows, by=desk.publisher).sentence == (
        "“I13 省级科技企业孵化器 衡水市 2018年”现为“已报送”，不能发布。请刷新后查看。"
    )


def test_a_report_named_twice_is_not_published_twice(desk):
    row = bring_to(desk, "accepted", enter(desk))
    refusal(review.publish, [row, row], by=desk.publisher)


# Two people on one report


@BOTH
def test_a_stale_save_is_refused_and_names_who_changed_what_and_when(desk, fill):
    other = person("填报丁", Role.REPORTER, areas=["131127", "131100"])
    row = fill(desk)
    fill(desk, "7", by=other, version=1)
    refused = conflict(fill, desk, "9", version=1)
    row.refresh_from_db()
    when = f"{timezone.localtime(row.updated_at):%Y-%m-%d %H:%M}"
    assert refused.sentence == (
        f"填报丁 已于 {when} 对“{row}”作了“修改”（现为“草稿”）。您填写的内容还在，请核对后重新保存。"
    )
    assert (refused.current, refused.current.version, refused.current.changed_by) == (row, 2, other)


@BOTH
def test_a_user_who_saw_no_draft_does_not_overwrite_one(desk, fill):
    fill(desk)
    assert conflict(fill, desk, "9").current.version == 1


@BOTH
def test_every_act_on_a_draft_refuses_a_stale_version(desk, fill):
    seen = fill(desk)
    row = fill(desk, "7", version=1)
    conflict(review.submit, [seen], by=desk.reporter)
    review.submit([row], by=desk.reporter)


@BOTH
def test_every_act_on_a_submitted_report_refuses_a_stale_version(desk, fill):
    seen = bring_to(desk, "submitted", fill(desk))
    row = submit(give_back(type(seen).objects.get(pk=seen.pk), desk.reviewer), desk.reporter)
    conflict(review.accept, [seen], by=desk.reviewer)
    conflict(review.return_for_revision, [seen], by=desk.reviewer, note="请核对")
    review.accept([row], by=desk.reviewer)


@BOTH
def test_a_conflict_names_the_reviewer_who_acted_in_between(desk, fill):
    row = bring_to(desk, "returned", fill(desk))
    refused = conflict(fill, desk, "9", version=1)
    when = f"{timezone.localtime(refused.current.updated_at):%Y-%m-%d %H:%M}"
    assert refused.sentence == (
        f"审核乙 已于 {when} 对“{row}”作了“退回”（现为“退回”）。您填写的内容还在，请核对后重新保存。"
    )


def test_a_user_who_typed_nothing_is_not_told_that_their_input_is_kept(desk):
    row = bring_to(desk, "accepted", enter(desk))
    when = f"{timezone.localtime(row.updated_at):%Y-%m-%d %H:%M}"
    seen = Observation.objects.get(pk=row.pk)
    seen.version = 1
    told = f"审核乙 已于 {when} 对“{row}”作了“审核通过”（现为“审核通过”）。请核对现在的内容后再办。"
    for act, values in {
        review.accept: {"by": desk.reviewer},
        review.return_for_revision: {"by": desk.reviewer, "note": "请核对"},
        review.submit: {"by": desk.reporter},
        review.withdraw: {"by": desk.reporter, "note": "填错了"},
        review.publish: {"by": desk.publisher},
    }.items():
        assert conflict(act, [seen], **values).sentence == told


def test_only_the_version_that_was_seen_is_published(desk):
    """A report that was accepted, returned, changed and accepted again is another version."""
    seen = bring_to(desk, "accepted", enter(desk))
    row = give_back(Observation.objects.get(pk=seen.pk), desk.reviewer)
    enter(desk, "999", version=row.version)
    bring_to(desk, "accepted", Observation.objects.get(pk=seen.pk))
    conflict(review.publish, [seen], by=desk.publisher)


def test_only_the_version_that_was_seen_is_corrected(desk):
    seen = bring_to(desk, "published", enter(desk))
    bring_to(desk, "published", review.correct(seen, by=desk.reporter, reason="重核", value="6"))
    conflict(review.correct, seen, by=desk.reporter, reason="再核", value="7")


def test_saving_a_withdrawn_draft_does_not_begin_a_new_one(desk):
    refused = refusal(enter, desk, version=3)
    assert refused.sentence == "这一条已不在填报中，请刷新后查看现在的状态。"


def test_two_saves_in_turn_both_stay_in_the_history(desk):
    enter(desk, note="年报数")
    row = enter(desk, "6", version=1)
    assert (row.value, row.note, row.version, row.entered_by) == (6, "年报数", 2, desk.reporter)


# Areas of a user


def test_a_reporter_has_their_own_areas_and_users_without_a_role_have_none(desk, people):
    from_roles = {
        name: set(roles.areas_of(user).values_list("code", flat=True))
        for name, user in people.items()
        if name not in {"nobody", "superuser"}
    }
    own = {"reporter": {"131127", "131100"}, "reporter of another area": {"131128"}}
    assert from_roles == {name: own.get(name, set()) for name in from_roles}
    assert roles.areas_of(people["superuser"]).count() == Area.objects.count()
