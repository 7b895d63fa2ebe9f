"""The ledger of targets: who decides, the rules of a decision, and that a decision is never changed."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from targets.models import Indicator, Plan, Target
from targets.review.roles import Role
from targets.standing.standings import Standings
from tests.database import database
from tests.make import decide, person
from tests.outcomes import faults, lines, refusal
from tests.shipped import shipped, shipped_plan

pytestmark = pytest.mark.usefixtures("plan")


@pytest.fixture
def planner(plan):
    return person("规划甲", Role.PLAN_EDITOR)


def test_a_decision_is_recorded_in_the_ledger_and_in_the_history(planner):
    first = decide(planner)
    second = decide(planner, value="8", decided_on=date(2018, 11, 20), reason="中期评估")
    assert (first.source, first.entered_by) == ("分解方案", planner)
    in_force = shipped(Target).in_force(date(2018, 12, 31))
    assert (first.value, list(in_force)) == (9, [second])
    assert lines(Target, indicator__plan="sti-13") == [("+", "规划甲", ""), ("+", "规划甲", "中期评估")]


def test_only_the_plan_editor_decides_targets(planner):
    for user in (
        AnonymousUser(),
        person("路人"),
        person("其余", *set(Role) - {Role.PLAN_EDITOR}, areas=["131127"]),
        person("停用", *Role, is_active=False),
    ):
        assert refusal(decide, user).sentence == "只有规划管理员可以这样做；如需权限请与管理员联系。"
    assert decide(person("超管", is_superuser=True)).pk


FAULTS = {
    "before the plan": ({"year": 2015}, "year", "年份应在 2016 至 2020 之间。"),
    "after the plan": ({"year": 2021}, "year", "年份应在 2016 至 2020 之间。"),
    "no year": ({"year": None}, "year", "这个值不能为 null。"),
    "less than nothing": ({"value": "-5"}, "value", "请填 0 或正数。"),
    "a part of a firm": ({"value": "9.5"}, "value", "“省级科技企业孵化器”以“家”计，请填整数。"),
    "nothing": ({"value": ""}, "value", "这个值不能为 null。"),
    "the text": (
        {"grade": "text"},
        "grade",
        "“原文”等级只用于规划原文中的目标，由系统载入，请另选来源等级。",
    ),
    "made up": ({"grade": "demo"}, "grade", "“演示”等级只用于演示库，请另选来源等级。"),
    "no source": ({"source": "\u200b"}, "source", "请注明出处。"),
    "a control character": ({"source": "a\x00"}, "source", "含有看不见的控制字符，请删去后重新填写。"),
}


@pytest.mark.parametrize(("values", "field", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_decision_is_refused_at_its_field(planner, values, field, sentence):
    assert faults(decide, planner, **values) == {field: [sentence]}


def test_a_future_date_of_decision_is_refused(planner):
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert faults(decide, planner, decided_on=tomorrow) == {"decided_on": ["决定日期不能晚于今天。"]}


def test_a_target_above_100_percent_is_refused(planner):
    of_ratio = {"indicator": shipped(Indicator).get(code="I16"), "value": "100.5"}
    assert faults(decide, planner, **of_ratio) == {"value": ["百分比应在 0 到 100 之间。"]}


def test_a_revision_needs_a_reason(planner):
    decide(planner)
    again = {"decided_on": date(2018, 11, 20)}
    assert faults(decide, planner, **again) == {"reason": ["这一年已有目标值；调整请写明理由。"]}
    assert decide(planner, year=2019).year == 2019


def test_a_second_decision_of_the_same_day_is_refused(planner):
    decide(planner)
    said = "这一天对这一年已有一个决定，不能再记。请核对文件上的决定日期；原来填错的，请与管理员联系。"
    assert faults(decide, planner, value="8", reason="更正") == {"__all__": [said]}


def test_a_demonstration_accepts_targets_of_grade_demo(planner):
    shipped(Plan).update(is_demo=True)
    assert decide(planner, grade="demo").grade == "demo"


CHANGES = {
    "save": lambda row: row.save(),
    "delete": lambda row: row.delete(),
    "update": lambda row: shipped(Target).update(value=1),
    "rewriting": lambda row: shipped(Target).rewrite([row]),
    "bulk update": lambda row: shipped(Target).bulk_update([row], ["value"]),
    "delete all": lambda row: shipped(Target).all().delete(),
    "update of an indicator's": lambda row: row.indicator.targets.update(value=1),
}


@pytest.mark.parametrize("act", CHANGES.values(), ids=CHANGES)
def test_a_decision_is_neither_changed_nor_deleted(planner, act):
    row = decide(planner)
    row.value = 1
    before = database()
    with pytest.raises(NotImplementedError, match=r"^rows of targets\.Target are only added, never"):
        act(row)
    assert database() == before


def test_a_target_of_a_year_outside_the_plan_does_not_count(planner):
    kept = decide(planner)
    stray = {"indicator": kept.indicator, "area": kept.area, "decided_on": kept.decided_on}
    for year in (2015, 2030):
        Target.objects.create(year=year, value=1, grade="official", source="某处", **stray)
    standings = Standings(shipped_plan(), "2018")
    assert list(standings.case(kept.indicator, kept.area).targets) == [2020]
