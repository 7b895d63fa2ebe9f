"""The one door to the ledger of targets: a decision is a new row, and none is changed or taken away."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from targets.models import Area, Comparator, Grade, Indicator, Target
from targets.records.history import written_by
from targets.review import Refused, must_have, roles
from targets.review.value_rules import fault_of_grade, fault_of_number, fill

ONCE_A_DAY = next(rule for rule in Target._meta.constraints if rule.name == "target_decided_once_a_day")


class Overtaken(Refused):
    """Another target is in force than the one that was to be revised; `current` is it, None where none is."""

    def __init__(self, current: Target | None):
        told = "页面所示的目标值已不在库中。"
        if current:
            when = timezone.localtime(current.entered_at)
            told = (
                f"{current.entered_by or '系统'} 已于 {when:%Y-%m-%d %H:%M} 记入 {current.shown}"
                f"（{current.decided_on} 决定）。"
            )
        super().__init__(f"{told}您填写的内容还在，请核对后重新保存。", "value")
        self.current = current


@transaction.atomic
def decide(
    *,
    indicator: Indicator,
    area: Area,
    year: int,
    value: Decimal | str,
    decided_on: date,
    grade: str,
    source: str,
    comparator: str = Comparator.EQ,
    reason: str = "",
    replaces: int | None = None,
    by,
) -> Target:
    """Enter what was decided on a target: the first of its year, or a revision that says why.

    `replaces` is the id of the target that its decider saw in force, 0 where there was none; None: whichever
    is, and an earlier decision may be entered late. Raises Refused for whoever may not (Overtaken where
    another target is in force by now) and ValidationError by field.
    """
    must_have(by, roles.Role.PLAN_EDITOR)
    indicator = _held(Indicator.objects.select_related("plan")).get(pk=indicator.pk)
    target = Target(indicator=indicator, area=area, entered_by=by)
    entered = {
        "year": year,
        "value": value,
        "comparator": comparator,
        "decided_on": decided_on,
        "grade": grade,
        "source": source,
        "reason": reason,
    }
    fill(target, entered)
    check(target, replaces)
    target.validate_constraints()
    with written_by(by, target.reason):
        target.save()
    return target


def check(target: Target, replaces: int | None = None, decided: list[Target] | None = None):
    """What a field alone does not say. Raises Overtaken and ValidationError by field.

    `replaces` is as in `decide`; `decided` are the decisions there are on the same, where they are at hand.
    """
    if decided is None:
        rows = Target.objects.filter(indicator=target.indicator, area=target.area, year=target.year)
        decided = list(rows.select_related("indicator", "entered_by"))
    if replaces is not None:
        _must_replace(target, replaces, decided)
    indicator, plan = target.indicator, target.indicator.plan
    faults = {
        "value": fault_of_number(indicator, target.value),
        "grade": fault_of_grade(indicator, target.grade),
    }
    if target.grade == Grade.TEXT:
        faults["grade"] = "原文没有目标值，来源等级不能填“原文”。"
    if target.year not in plan.years:
        faults["year"] = f"年份应在 {plan.start_year} 至 {plan.end_year} 之间。"
    if target.decided_on > timezone.localdate():
        faults["decided_on"] = "决定日期不能晚于今天。"
    if not target.reason and decided:
        faults["reason"] = "这一年已有目标值；调整请写明理由。"
    if found := {name: sentence for name, sentence in faults.items() if sentence}:
        raise ValidationError(found)


def in_force(decided: list[Target]) -> Target | None:
    """Of the decisions on one series that which counts today: `TargetQuerySet.in_force` for rows at hand."""
    today = timezone.localdate()
    past = [row for row in decided if row.decided_on <= today]
    return max(past, key=lambda row: (row.decided_on, row.pk), default=None)


def _must_replace(target: Target, shown: int, decided: list[Target]):
    """It takes the place of the target that was shown, or of none where none was."""
    current = in_force(decided)
    if (current.pk if current else 0) != shown:
        raise Overtaken(current)
    if current and target.decided_on < current.decided_on:
        told = f"{target.area}的现行目标值决定于 {current.decided_on}，新的决定不能早于这一天。"
        raise ValidationError({"decided_on": told})


# Many at once


class Decision(NamedTuple):
    """One of many; `replaces` and `values` as `decide` takes them."""

    indicator: Indicator
    area: Area
    replaces: int
    values: dict


class Decisions:
    """What was decided, read once, so that many decisions are judged without a query for each."""

    def __init__(self, by):
        self.by, self.may_decide = by, roles.has(by, roles.Role.PLAN_EDITOR)
        self.decided: dict[tuple, list[Target]] = defaultdict(list)
        for row in Target.objects.select_related("indicator", "entered_by"):
            self.decided[row.indicator_id, row.area_id, row.year].append(row)

    def target(self, decision: Decision) -> Target:
        """The row as it would be saved. Raises Refused and ValidationError by field, as `decide` does."""
        if not self.may_decide:
            must_have(self.by, roles.Role.PLAN_EDITOR)
        indicator, area, replaces, values = decision
        target = Target(indicator=indicator, area=area, entered_by=self.by)
        fill(target, values)
        decided = self.decided[indicator.pk, area.pk, target.year]
        check(target, replaces, decided)
        # Of the rules of the table the one that nothing above has asked.
        if any(row.decided_on == target.decided_on for row in decided):
            raise ValidationError({"decided_on": ONCE_A_DAY.violation_error_message})
        return target


@transaction.atomic
def decide_all(decisions: list[Decision], *, by) -> list[Target]:
    """Enter many decisions, all or none; each series may be named once."""
    held = Indicator.objects.filter(pk__in={decision.indicator.pk for decision in decisions})
    list(_held(held).order_by("pk"))
    ledger = Decisions(by)
    targets = [ledger.target(decision) for decision in decisions]
    for reason in {target.reason for target in targets}:
        with written_by(by, reason):
            Target.objects.bulk_create([target for target in targets if target.reason == reason])
    return targets


def _held(indicators):
    """Whoever decides holds the indicator, so that of two first decisions the later one is a revision.

    Rows that only name it are written meanwhile as ever.
    """
    return indicators.select_for_update(of=("self",), no_key=True)
