"""The page on which a plan is made public, withdrawn, handed over to the desk, or deleted."""

from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse

from measures.loading.removal import delete_plan
from measures.models import SourceText
from targets import review
from targets.desk.pages.choosing import desk_page
from targets.models import Keeper, Plan
from targets.review import roles
from targets.review.roles import Role


class Gap(NamedTuple):
    """`number` rows lack something, or the plan has no rows at all (0); `url` lists them."""

    what: str
    number: int
    url: str


def gaps_of(plan: Plan) -> list[Gap]:
    """What a reader of the plan would miss; only areas and periods must be there for publication."""
    indicators, tracked, periods = plan.indicators.all(), plan.indicators.tracked(), plan.periods.all()
    source = SourceText.objects.of_plan(plan)
    parts = {
        "没有原文": source,
        "没有目标": plan.goals.all(),
        "没有指标": indicators,
        "没有县市区名单": plan.areas.all(),
        "没有报告期": periods,
    }
    missing = [Gap(what, 0, "") for what, rows in parts.items() if not rows.exists()]
    found = [
        ("监测的指标没有目标值", tracked.filter(targets=None), _list("target", plan)),
        ("监测的指标没有填报任务", tracked.filter(reporting_duties=None), _list("reportingduty", plan)),
        ("监测的指标没有责任单位", tracked.filter(responsibilities=None), _list("responsibility", plan)),
        ("指标没有口径", indicators.filter(definition=""), _list("indicator", plan, definition__exact="")),
        ("报告期没有填报截止日", periods.filter(due_on=None), _list("period", plan, due_on__isnull=1)),
    ]
    gaps = [Gap(what, rows.count(), url) for what, rows, url in found]
    for text in source:
        listed = _list("numbertoken", plan, app="measures")
        gaps.append(Gap("原文中的数没有归类", text.unowned_numbers, listed))
    return missing + [gap for gap in gaps if gap.number]


def _list(model: str, plan: Plan, app: str = "targets", **chosen) -> str:
    address = reverse(f"admin:{app}_{model}_changelist")
    return f"{address}?{urlencode({'plan': plan.code} | chosen)}"


def publication(request):
    plan, user = request.plan, request.user
    if not roles.has(user, Role.PUBLISHER, Role.PLAN_EDITOR):
        raise PermissionDenied
    if request.method == "POST" and _act(request):
        return redirect("admin:index") if "delete" in request.POST else redirect(request.path)
    context = {
        "title": "公开与撤下",
        "plan": plan,
        "gaps": gaps_of(plan),
        "editor": review.last_editor(plan),
        "may_publish": roles.has(user, Role.PUBLISHER),
        "may_delete": roles.has(user, Role.PLAN_EDITOR),
        "fault": review.fault_of_publication(plan, user),
        "never_was_public": not (plan.is_public or plan.withdrawn_on),
        "is_kept_by_folder": plan.keeper == Keeper.FOLDER,
    }
    return desk_page(request, "admin/desk/publication.html", context)


def _act(request) -> bool:
    plan, user, reason = request.plan, request.user, request.POST.get("reason", "")
    try:
        if "publish" in request.POST:
            review.make_public(plan, by=user)
            done = "现已公开，代码不能再改。"
        elif "withdraw" in request.POST:
            review.withdraw_plan(plan, by=user, reason=reason)
            done = "已撤下，来访者会看到撤下的日期和理由。"
        elif "hand_over" in request.POST:
            review.hand_over(plan, by=user)
            done = "已移交后台维护，不再从文件载入。"
        elif "delete" in request.POST:
            delete_plan(plan, by=user, reason=reason)
            done = "已删除，历史中留有记录。"
        else:
            return False
    except review.Refused as refusal:
        messages.error(request, refusal.sentence)
        return False
    messages.success(request, f"“{plan}”{done}")
    return True
