"""Retiring an indicator: from a day on nothing is owed and nothing is judged; what was reported stays.

Each act is a line of the indicator's history: who, when and why.
"""

from datetime import date

from django.db import transaction

from targets.models import Indicator, PeriodReport
from targets.records.history import written_by
from targets.review import roles
from targets.review.guards import Refused, locked_periods, must_have, required_note

LONGEST_REASON: int = Indicator._meta.get_field("retired_reason").max_length  # type: ignore[assignment]  # not None
FIELDS = ("retired_on", "retired_reason", "successor")


@transaction.atomic
def retire_indicator(
    indicator: Indicator, *, on: date, reason: str, successor: Indicator | None = None, by
) -> Indicator:
    """Periods that end before `on` are judged as before; no later one takes a report."""
    must_have(by, roles.Role.PLAN_EDITOR)
    indicator = _locked(indicator, on)
    if indicator.retired_on:
        raise Refused(f"“{indicator}”{indicator.told_retirement(indicator.successor)}，要改的请先恢复监测。")
    if not indicator.is_tracked:
        raise Refused(f"“{indicator}”本来就不监测，不必停止。")
    if on.year not in indicator.plan.years:
        plan = indicator.plan
        raise Refused(f"日期应在规划期（{plan.start_year}—{plan.end_year}年）之内。", "on")
    _must_not_be_reported_since(indicator, on)
    if successor:
        _must_be_able_to_follow(indicator, successor, on)
    reason = required_note(reason, "停止监测请写明理由和所依据的文件，理由会公开。", LONGEST_REASON)
    indicator.retired_on, indicator.retired_reason, indicator.successor = on, reason, successor
    return _save(indicator, by, f"{indicator.told_retirement(successor)}：{reason}")


@transaction.atomic
def undo_retirement(indicator: Indicator, *, reason: str, by) -> Indicator:
    """The indicator is owed and judged again, as if it had never been retired."""
    must_have(by, roles.Role.PLAN_EDITOR)
    indicator = _locked(indicator, indicator.retired_on or date.max)
    if indicator.retired_on is None:
        raise Refused(f"“{indicator}”没有停止监测，不必恢复。")
    if fault := fault_of_undoing(indicator):
        raise Refused(fault)
    reason = required_note(reason, "恢复监测请写明理由。")
    indicator.retired_on, indicator.retired_reason, indicator.successor = None, "", None
    return _save(indicator, by, f"恢复监测：{reason}")


def fault_of_undoing(indicator: Indicator) -> str:
    """What already rests on the retirement; empty if nothing does."""
    since = {"period__end__gte": indicator.retired_on}
    reports = PeriodReport.objects.of_plan(indicator.plan_id).filter(**since).select_related("period")
    if report := reports.defer("content").order_by("period__end").first():
        return f"已发布的{report}不再列“{indicator}”，不能恢复监测；确需再监测的，请另立一项接续它。"
    successor = indicator.successor
    if successor and successor.observations.kept().filter(**since).exists():
        return f"接替它的“{successor}”已有填报，不能恢复监测；确需再监测的，请另立一项接续它。"
    return ""


def _locked(indicator: Indicator, on: date) -> Indicator:
    """The later periods first: whoever reports in one of them holds its lock."""
    later = indicator.plan.periods.filter(end__gte=on)
    list(locked_periods(later.values_list("pk", flat=True)))
    rows = Indicator.objects.of_plan(indicator.plan_id).select_related("plan", "successor")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=indicator.pk)


def _must_not_be_reported_since(indicator: Indicator, on: date):
    later = indicator.observations.kept().filter(period__end__gte=on)
    if last := later.order_by("-period__end").select_related("period").first():
        raise Refused(
            f"{last.period}已有填报，停止监测的日期应晚于 {last.period.end}；误填的请先由填报员撤回。", "on"
        )


def _must_be_able_to_follow(indicator: Indicator, successor: Indicator, on: date):
    """No constraint reaches across rows: this is the place of the rule."""
    if successor.plan_id != indicator.plan_id or successor.pk == indicator.pk:
        raise Refused("接替的应是同一规划的另一项指标；接续以前规划的，请填“指标沿革”。", "successor")
    if not successor.is_tracked_on(on):
        raise Refused(f"“{successor}”到那时也不监测，不能接替；请另选一项。", "successor")
    if _rests_on(successor, indicator):
        raise Refused(f"“{successor}”是它的其中项，或者由它接替，不能接替它；请另选一项。", "successor")


def _rests_on(row: Indicator, other: Indicator) -> bool:
    """Whether `part_of` and `successor` lead from one to the other."""
    ahead = [row]
    while ahead:
        here = ahead.pop()
        if here.pk == other.pk:
            return True
        ahead += filter(None, [here.part_of, here.successor])
    return False


def _save(indicator: Indicator, by, reason: str) -> Indicator:
    with written_by(by, reason):
        indicator.save(update_fields=FIELDS)
    return indicator
