"""Making a plan public, withdrawing it, and handing it over from its files to the desk.

Each act is a line of the plan's history: who, when and why.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from targets.models import (
    Assessment,
    Evidence,
    IndicatorLink,
    Keeper,
    Observation,
    PeriodReport,
    Plan,
    Report,
    ReviewEvent,
    Target,
    ThresholdDecision,
)
from targets.records.history import Record, written_by
from targets.records.ownership import leads_to, models_of_plans
from targets.review import roles
from targets.review.guards import Refused, must_be_superuser, must_have, required_note

# They have a review of their own.
REPORTED = (Report, Evidence, PeriodReport)
LONGEST_REASON: int = Plan._meta.get_field("withdrawal_reason").max_length  # type: ignore[assignment]  # not None


@transaction.atomic
def make_public(plan: Plan, *, by) -> Plan:
    """From now on visitors see the plan, and its code is fixed."""
    must_have(by, roles.Role.PUBLISHER)
    plan = _locked(plan)
    if fault := fault_of_publication(plan, by):
        raise Refused(fault)
    plan.is_public = True
    return _save(plan, by, "公开规划", "is_public")


def fault_of_publication(plan: Plan, by) -> str:
    """Why a user may not make a plan public; empty if nothing stands against it."""
    if plan.withdrawn_on:
        return f"“{plan}”已于 {plan.withdrawn_on} 撤下，不能再公开；确需公开的，请另建规划。"
    if plan.is_public:
        return f"“{plan}”已经公开，不必再办。"
    if not plan.areas.exists():
        return f"“{plan}”还没有县市区名单，不能公开；请规划管理员先列出县市区。"
    if not plan.periods.exists():
        return f"“{plan}”还没有报告期，不能公开；请规划管理员先设报告期。"
    if last_editor(plan) == by:
        return f"“{plan}”最后由您改动，不能由您公开；请由另一位发布员核对后公开。"
    return ""


def last_editor(plan: Plan):
    """Who last wrote the plan, its words or its records; None if only loading did.

    The newest line of all their histories that has a user decides. Reports do not count.
    """
    newest = [line for model in _edited_models() if (line := _last_line(model, plan))]
    return max(newest, key=lambda line: line.history_date).history_user if newest else None


def _edited_models() -> list[type[Record]]:
    return [
        model for model in models_of_plans() if issubclass(model, Record) and not issubclass(model, REPORTED)
    ]


def _last_line(model: Any, plan: Plan):
    lines = model.history.filter(leads_to(plan.code, model.plan_paths)).exclude(history_user=None)
    return lines.select_related("history_user").order_by("-history_date", "-history_id").first()


@transaction.atomic
def withdraw_plan(plan: Plan, *, by, reason: str) -> Plan:
    """From now on visitors are told that the plan was withdrawn, and why. There is no way back."""
    must_be_superuser(by)
    plan = _locked(plan)
    if not plan.is_public:
        raise Refused(f"“{plan}”{plan.state}，不必撤下。")
    reason = required_note(reason, "撤下规划请写明理由，理由会公开。", LONGEST_REASON)
    plan.is_public = plan.is_current = False
    plan.withdrawn_on, plan.withdrawal_reason = timezone.localdate(), reason
    fields = ("is_public", "is_current", "withdrawn_on", "withdrawal_reason")
    return _save(plan, by, f"撤下规划：{reason}", *fields)


@transaction.atomic
def hand_over(plan: Plan, *, by) -> Plan:
    """From now on the plan is kept at the desk, and loading its files is refused. Done once."""
    must_be_superuser(by)
    plan = _locked(plan)
    if plan.keeper == Keeper.DESK:
        raise Refused(f"“{plan}”已由后台维护，不必再移交。")
    plan.keeper = Keeper.DESK
    return _save(plan, by, "由文件移交后台维护", "keeper")


def must_be_deletable(plan: Plan, by):
    """Only a plan that never was public and about which nothing was reported may be deleted."""
    must_have(by, roles.Role.PLAN_EDITOR)
    if plan.is_public or plan.withdrawn_on:
        raise Refused(f"“{plan}”{plan.state}，不能删除；要停止公开的，请由超级管理员撤下。")
    if any(model.objects.of_plan(plan.code).exists() for model in (Observation, Assessment, ReviewEvent)):
        raise Refused(f"“{plan}”已有填报或审核记录，不能删除，以免记录落空；不再使用的，不公开即可。")
    links = IndicatorLink.objects.of_all_plans().filter(earlier__plan=plan.code)
    if link := links.select_related("indicator__plan").first():
        later = f"“{link.indicator.plan}”的指标 {link.indicator.code}"
        raise Refused(f"{later} 接续它的指标，不能删除；请先删去那条指标沿革。")


@transaction.atomic
def delete_decision(row: Target | ThresholdDecision, *, by):
    """Delete a decision of a plan that never was public; the history keeps it."""
    must_have(by, roles.Role.PLAN_EDITOR)
    plan = _locked(_plan_of(row))
    if fault := fault_of_deletion(row, plan):
        raise Refused(fault)
    with written_by(by, "公开前删除"):
        rows: Any = type(row).objects.of_plan(plan)
        rows.filter(pk=row.pk).delete_before_publication()


def fault_of_deletion(row: Target | ThresholdDecision, plan: Plan | None = None) -> str:
    """Why a decision may not be deleted; empty if nothing stands against it. `plan` as it is now."""
    plan = plan or _plan_of(row)
    if plan.is_public or plan.withdrawn_on:
        return f"“{plan}”{plan.state}，已定的不能删除；要改的请另记一次决定并写明理由。"
    if plan.keeper == Keeper.FOLDER and isinstance(row, Target) and row.is_of_text:
        return f"“{row}”来自规划文件夹 {plan.code}，请改文件后重新载入。"
    return ""


def _plan_of(row: Target | ThresholdDecision) -> Plan:
    return row.indicator.plan if isinstance(row, Target) else row.plan


def _locked(plan: Plan) -> Plan:
    return Plan.objects.of_plan(plan.code).select_for_update(of=("self",)).get()


def _save(plan: Plan, by, reason: str, *fields: str) -> Plan:
    with written_by(by, reason):
        plan.save(update_fields=fields)
    return plan
