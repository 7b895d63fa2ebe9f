"""The one door to the ledger of targets: a decision is a new row, and none is changed or taken away."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from targets import roles
from targets.checks import fault_of_grade, fault_of_number, fill
from targets.history import written_by
from targets.models import Area, Comparator, Grade, Indicator, Target
from targets.review import must_have


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
    by,
) -> Target:
    """Enter what was decided on a target: the first of its year, or a revision that says why.

    Raises Refused for whoever may not, and ValidationError by field.
    """
    must_have(by, roles.Role.PLAN_EDITOR)
    # Whoever decides holds the indicator, so that of two first decisions the later one is a revision.
    indicator = Indicator.objects.select_for_update(of=("self",)).select_related("plan").get(pk=indicator.pk)
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
    check(target)
    target.validate_constraints()
    with written_by(by, target.reason):
        target.save()
    return target


def check(target: Target):
    """What a field alone does not say. Raises ValidationError by field."""
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
    if not target.reason and _decided(target).exists():
        faults["reason"] = "这一年已有目标值；调整请写明理由。"
    if found := {name: sentence for name, sentence in faults.items() if sentence}:
        raise ValidationError(found)


def _decided(target: Target):
    return Target.objects.filter(indicator=target.indicator, area=target.area, year=target.year)
