"""Making a plan public, withdrawing it, handing it over to the desk, and deleting one never public."""

from datetime import date
from operator import attrgetter

import pytest
from django.contrib.auth.models import User

from measures.loading import loader
from measures.loading.removal import delete_plan
from targets import review
from targets.models import Plan, Target, ThresholdDecision
from targets.records.history import written_by
from targets.review.fixed_fields import fixed_fields_changed, must_keep_fixed_fields
from targets.review.roles import Role
from tests.database import SECOND
from tests.make import another_plan, enter, full_desk, person

pytestmark = pytest.mark.django_db

PAGE = "/admin/beihe-sti-14/publication/"


@pytest.fixture
def desk(plan):
    desk = full_desk()
    desk.other, desk.boss = another_plan(), User.objects.create_superuser("boss")
    return desk


def now(plan: Plan) -> Plan:
    return Plan.objects.select_related(None).get(pk=plan.pk)


def sentence(act, *args, **kwargs) -> str:
    with pytest.raises(review.Refused) as refused:
        act(*args, **kwargs)
    return refused.value.sentence


def lines(plan: Plan) -> list[tuple]:
    history = plan.history.exclude(history_change_reason="").order_by("history_id")
    return list(history.values_list("history_user__username", "history_change_reason"))


def test_a_publisher_makes_a_plan_public(desk):
    review.make_public(desk.other, by=desk.publisher)
    assert (now(desk.other).is_public, lines(desk.other)) == (True, [("发布丙", "公开规划")])


@pytest.mark.parametrize("who", ["reporter", "reviewer", "auditor", "editor", "nobody"])
def test_nobody_else_makes_a_plan_public(desk, logged_in, who):
    said = sentence(review.make_public, desk.other, by=getattr(desk, who))
    assert said == "只有发布员可以这样做；如需权限请与管理员联系。"
    logged_in(getattr(desk, who)).post(PAGE, {"publish": ""})
    assert now(desk.other).is_public is False


def test_whoever_last_edited_a_plan_or_its_records_does_not_make_it_public(desk):
    both = person("两任子", Role.PUBLISHER, Role.PLAN_EDITOR)
    indicator = desk.other.indicators.get()
    with written_by(both):
        indicator.definition, indicator.definition_source = "口径", "办法"
        indicator.save()
    said = sentence(review.make_public, desk.other, by=both)
    assert said == "“北河县规划 beihe-sti-14”最后由您改动，不能由您公开；请由另一位发布员核对后公开。"
    assert review.last_editor(desk.other) == both
    with written_by(desk.editor):
        indicator.save()
    review.make_public(desk.other, by=both)
    assert now(desk.other).is_public


def test_a_plan_that_lacks_areas_or_periods_or_is_public_or_withdrawn_is_not_made_public(desk):
    plan, name = desk.other, "“北河县规划 beihe-sti-14”"
    plan.periods.all().delete()
    assert sentence(review.make_public, plan, by=desk.publisher).startswith(f"{name}还没有报告期，不能公开")
    plan.areas.clear()
    assert sentence(review.make_public, plan, by=desk.publisher).startswith(
        f"{name}还没有县市区名单，不能公开"
    )
    first = Plan.objects.get(code="sti-13")
    assert sentence(review.make_public, first, by=desk.publisher) == f"“{first}”已经公开，不必再办。"
    review.withdraw_plan(first, by=desk.boss, reason="文件废止")
    said = sentence(review.make_public, first, by=desk.publisher)
    assert said == f"“{first}”已于 {date.today()} 撤下，不能再公开；确需公开的，请另建规划。"


def test_only_a_superuser_withdraws_a_public_plan_and_says_why(desk):
    plan = Plan.objects.get(code="sti-13")
    assert "只有超级管理员" in sentence(review.withdraw_plan, plan, by=desk.publisher, reason="x")
    said = sentence(review.withdraw_plan, plan, by=desk.boss, reason=" ")
    assert said == "撤下规划请写明理由，理由会公开。"
    said = sentence(review.withdraw_plan, plan, by=desk.boss, reason="长" * 301)
    assert said == "最多写 300 字，现有 301 字，请删减。"
    assert sentence(review.withdraw_plan, desk.other, by=desk.boss, reason="x").endswith("未公开，不必撤下。")
    review.withdraw_plan(plan, by=desk.boss, reason="文件废止")
    stored = now(plan)
    told = (stored.is_public, stored.is_current, stored.withdrawn_on, stored.withdrawal_reason)
    assert told == (False, False, date.today(), "文件废止")
    assert lines(plan)[-1] == ("boss", "撤下规划：文件废止")


def test_only_a_superuser_hands_a_plan_over_and_once(desk):
    assert "只有超级管理员" in sentence(review.hand_over, desk.other, by=desk.editor)
    review.hand_over(desk.other, by=desk.boss)
    assert (now(desk.other).keeper, lines(desk.other)) == ("desk", [("boss", "由文件移交后台维护")])
    said = sentence(review.hand_over, desk.other, by=desk.boss)
    assert said == "“北河县规划 beihe-sti-14”已由后台维护，不必再移交。"


# Deleting


def test_a_plan_that_never_was_public_is_deleted_with_a_reason_and_logged(desk):
    shared = (desk.county, desk.other.top_area)
    delete_plan(desk.other, by=desk.editor, reason="建错了")
    assert list(Plan.objects.values_list("code", flat=True)) == ["sti-13", "yunli-sti-14"]
    line = Plan.history.filter(code="beihe-sti-14", history_type="-").get()
    assert (line.history_user, line.history_change_reason) == (desk.editor, "建错了")
    for row in shared:
        row.refresh_from_db()


def test_a_whole_plan_with_its_words_can_be_deleted_before_it_is_public(plan):
    editor, row = person("规划戊", Role.PLAN_EDITOR), Plan.objects.get(code="sti-13")
    Plan.objects.update(is_public=False)
    review.accepted_in([])
    for observation in row.indicators.filter(observations__isnull=False):
        observation.observations.all().delete()
    delete_plan(row, by=editor, reason="建错了")
    assert not Plan.objects.filter(code="sti-13").exists()


def test_a_public_or_reported_plan_is_not_deleted(desk):
    first, name = Plan.objects.get(code="sti-13"), "“北河县规划 beihe-sti-14”"
    assert "不能删除" in sentence(delete_plan, first, by=desk.editor, reason="x")
    assert sentence(delete_plan, desk.other, by=desk.editor, reason="") == "删除规划请写明理由。"
    assert "只有规划管理员" in sentence(delete_plan, desk.other, by=desk.publisher, reason="x")
    indicator, period = desk.other.indicators.get(), desk.other.periods.get()
    indicator.reporting_duties.create(area=desk.county, frequency=12)
    enter(desk, "5", indicator=indicator, period=period)
    said = sentence(delete_plan, desk.other, by=desk.editor, reason="x")
    assert said == f"{name}已有填报或审核记录，不能删除，以免记录落空；不再使用的，不公开即可。"


# The page


def test_the_page_lists_what_is_missing_and_offers_the_act(desk, logged_in):
    here = logged_in(desk.publisher)
    answer = here.get(PAGE)
    assert [(gap.what, gap.number, gap.url) for gap in answer.context["gaps"]] == [
        ("没有原文", 0, ""),
        ("监测的指标没有目标值", 1, "/admin/targets/target/?plan=beihe-sti-14"),
        ("监测的指标没有填报任务", 1, "/admin/targets/reportingduty/?plan=beihe-sti-14"),
        ("监测的指标没有责任单位", 1, "/admin/targets/responsibility/?plan=beihe-sti-14"),
        ("指标没有口径", 1, "/admin/targets/indicator/?plan=beihe-sti-14&definition__exact="),
        ("报告期没有填报截止日", 1, "/admin/targets/period/?plan=beihe-sti-14&due_on__isnull=1"),
    ]
    assert 'name="publish"' in answer.content.decode()
    done = here.post(PAGE, {"publish": ""}, follow=True)
    told = [str(message) for message in done.context["messages"]]
    assert (told, now(desk.other).is_public) == (["“北河县规划 beihe-sti-14”现已公开，代码不能再改。"], True)
    assert 'name="publish"' not in done.content.decode()


def test_an_empty_plan_is_told_to_lack_everything(desk, logged_in):
    Plan.objects.create(
        code="empty",
        top_area=desk.other.top_area,
        title="空规划",
        document_title="通知",
        issuer="北河县人民政府",
        start_year=2021,
        end_year=2025,
        baseline_year=2020,
        completeness="complete",
    )
    gaps = logged_in(desk.publisher).get("/admin/empty/publication/").context["gaps"]
    assert [gap.what for gap in gaps] == ["没有原文", "没有目标", "没有指标", "没有县市区名单", "没有报告期"]


def test_the_links_of_what_is_missing_open_their_lists(desk, logged_in):
    here = logged_in(desk.boss)
    for gap in filter(attrgetter("url"), here.get(PAGE).context["gaps"]):
        answer = here.get(gap.url)
        assert (answer.status_code, len(answer.context["cl"].result_list) <= gap.number) == (200, True)


@pytest.mark.parametrize(
    ("who", "buttons"),
    [
        ("publisher", {"publish"}),
        ("editor", {"delete"}),
        ("boss", {"publish", "hand_over", "delete"}),
        ("reporter", None),
        ("reviewer", None),
        ("auditor", None),
    ],
)
def test_the_page_offers_each_role_its_acts(desk, logged_in, who, buttons):
    answer = logged_in(getattr(desk, who)).get(PAGE)
    html = answer.content.decode()
    offered = {name for name in ("publish", "withdraw", "hand_over", "delete") if f'name="{name}"' in html}
    assert (answer.status_code, offered) == ((200, buttons) if buttons else (403, set()))


def test_the_plan_editor_deletes_a_plan_on_the_page(desk, logged_in):
    here = logged_in(desk.editor)
    assert here.post(PAGE, {"delete": "", "reason": ""}).status_code == 200
    assert here.post(PAGE, {"delete": "", "reason": "建错了"}).url == "/admin/"
    assert not Plan.objects.filter(code="beihe-sti-14").exists()


# What a report fixes


def test_kind_unit_direction_and_level_are_fixed_once_something_was_reported(desk):
    indicator, wanted = desk.other.indicators.get(), {"kind": "flow", "unit": "个", "name": "新名称"}
    assert fixed_fields_changed(indicator, wanted) == []
    indicator.reporting_duties.create(area=desk.county, frequency=12)
    enter(desk, "5", indicator=indicator, period=desk.other.periods.get())
    assert fixed_fields_changed(indicator, wanted) == ["数值类型", "单位"]
    assert fixed_fields_changed(indicator, {"unit": indicator.unit, "name": "新名称"}) == []
    assert sentence(must_keep_fixed_fields, indicator, wanted) == (
        "“I13 北河的孵化器”已有填报，数值类型、单位不能再改，以免往期的数变了意思；"
        "请停用这项指标，另立一项接续它。"
    )


# Decisions of a plan that is not public yet


@pytest.fixture
def mistyped(desk) -> Target:
    indicator = desk.other.indicators.get()
    return Target.objects.create(
        indicator=indicator,
        area=desk.other.top_area,
        year=desk.other.end_year,
        value=700,
        decided_on=date(2021, 1, 1),
        grade="official",
        source="通知",
        entered_by=desk.editor,
    )


def deletion_of(row) -> str:
    return f"/admin/targets/{row._meta.model_name}/{row.pk}/delete/"


def test_a_mistyped_target_is_deleted_before_publication_and_stays_in_the_history(desk, logged_in, mistyped):
    answer = logged_in(desk.editor).post(deletion_of(mistyped), {"post": "yes"})
    assert (answer.status_code, Target.objects.of_plan(desk.other).count()) == (302, 0)
    line = Target.history.get(id=mistyped.pk, history_type="-")
    assert (line.history_user, line.history_change_reason, line.value) == (desk.editor, "公开前删除", 700)


def test_a_target_of_a_public_plan_is_not_deleted(desk, logged_in, mistyped):
    review.make_public(desk.other, by=desk.publisher)
    assert logged_in(desk.editor).post(deletion_of(mistyped), {"post": "yes"}).status_code == 403
    assert sentence(review.delete_decision, mistyped, by=desk.editor) == (
        f"“{now(desk.other)}”已公开，已定的不能删除；要改的请另记一次决定并写明理由。"
    )
    with pytest.raises(NotImplementedError):
        mistyped.delete()


@pytest.mark.parametrize("who", ["reporter", "reviewer", "publisher", "auditor", "nobody"])
def test_nobody_else_deletes_a_target(desk, logged_in, mistyped, who):
    user = getattr(desk, who)
    assert logged_in(user).post(deletion_of(mistyped), {"post": "yes"}).status_code in (302, 403)
    assert sentence(review.delete_decision, mistyped, by=user).startswith("只有规划管理员可以这样做")
    assert Target.objects.of_plan(desk.other).count() == 1


def test_a_threshold_is_deleted_before_publication(desk, logged_in):
    row = ThresholdDecision.objects.create(
        plan=desk.other,
        decided_on=date(2021, 1, 1),
        ahead_from="1.2",
        on_schedule_from="1",
        slightly_behind_from="0.8",
        source="通知",
        entered_by=desk.boss,
    )
    assert logged_in(desk.boss).post(deletion_of(row), {"post": "yes"}).status_code == 302
    assert ThresholdDecision.objects.of_plan(desk.other).count() == 0


def test_a_target_that_a_folder_states_is_changed_in_the_folder(db):
    loader.load(SECOND)
    boss = User.objects.create_superuser("boss")
    Plan.objects.filter(code="yunli-sti-14").update(is_public=False, is_current=False)
    row = Target.objects.of_plan("yunli-sti-14").first()
    assert sentence(review.delete_decision, row, by=boss) == (
        f"“{row}”来自规划文件夹 yunli-sti-14，请改文件后重新载入。"
    )
