import re
from collections import Counter

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.csrf import requires_csrf_token

from hengshui_plan.api import root
from hengshui_plan.search import LONGEST_QUERY
from hengshui_plan.templatetags.site import ENTRIES
from hengshui_plan.views import old_addresses
from measures.models import SourceText
from targets.engine import verdict
from targets.engine.progress import status_counts
from targets.engine.status import Status
from targets.engine.thresholds import Thresholds
from targets.models import Area, Due, Grade, Indicator, Observation, Plan, ReportingDuty, ThresholdDecision
from targets.models.plan import CODE
from targets.review import roles
from targets.views import counts_of_goal, standing_page


@standing_page
def overview(request, standpoint, standings):
    here, plan = standpoint.here, request.plan
    results = standings.results(here)
    headline = Indicator.objects.of_plan(plan).headline().with_baselines_for(standpoint.city)
    published = Observation.objects.of_plan_in_order(plan).published()
    published = published.select_related("indicator", "area", "period")
    duties = ReportingDuty.objects.of_plan(plan)
    if not standpoint.is_whole:
        published, duties = published.filter(area=here), duties.filter(area=here)
    expected = duties.for_periods(standpoint.periods)
    goals = plan.goals.clauses().with_links(plan)
    context = {
        "standpoint": standpoint,
        "plan": plan,
        "verdict": verdict.sentence(
            f"{here.short_name}监测的", standpoint.span.label, list(results.values())
        ),
        "counts": status_counts(results.values()),
        "retired": standings.retired,
        "headline": [(indicator, results.get(indicator)) for indicator in headline],
        "goals": [(goal, counts_of_goal(goal, results)) for goal in goals],
        "newest": published.order_by("-published_at", "-pk")[:10],
        "expected": len(expected),
        "unreported": unreported_by_area(expected),
    }
    return render(request, "site/overview.html", context, status=standpoint.http_status)


def unreported_by_area(expected: list[Due]) -> list[tuple[Area, int, int]]:
    """Areas whose reports are incomplete, with the number of missing and of expected reports."""
    total = Counter(due.area_id for due in expected)
    missing = Counter(due.area_id for due in expected if not due.is_published)
    return [(area, missing[area.pk], total[area.pk]) for area in Area.objects.filter(pk__in=missing)]


def method(request):
    (thresholds, decision), *earlier = _thresholds_by_now(request.plan)
    context = {
        "source": SourceText.objects.of_plan(request.plan).first(),
        "decision": decision,
        "earlier": earlier,
        "grades": Grade.choices,
        "statuses": [(status, status.criterion.format(**thresholds.shown)) for status in Status],
    }
    return render(request, "site/method.html", context)


def _thresholds_by_now(plan: Plan) -> list[tuple[Thresholds, ThresholdDecision | None]]:
    """Those in force first; the default was in force before the first decision."""
    rows = plan.threshold_decisions.decided_by(timezone.localdate()).order_by("-decided_on")
    return [*[(row.thresholds, row) for row in rows], (Thresholds(), None)]


def favicon(request):
    """For browsers that cannot read the SVG icon."""
    return redirect(static("hengshui_plan/favicon.ico"))


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict) -> HttpResponse:
    """Called by django-axes."""
    context = admin.site.each_context(request) | {
        "title": "登录已锁定",
        "failures": settings.AXES_FAILURE_LIMIT,
        "minutes": settings.LOGIN_LOCK_MINUTES,
    }
    response = render(request, "admin/locked_out.html", context, status=429)
    response.headers["Retry-After"] = settings.LOGIN_LOCK_MINUTES * 60
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if request.path.startswith("/api/"):
        return root.fault(400, "bad_request", root.UNREADABLE)
    reason = str(exception) if isinstance(exception, BadRequest) else ""
    return render(request, "400.html", {"reason": reason}, status=400)


def not_found(request, exception: Exception | None = None) -> HttpResponse:
    if request.path.startswith("/api/"):
        return root.not_found(request, old_addresses.new_address(request.path, request.user))
    parts = list(filter(None, request.path.split("/")))
    # An address that no route has may still begin with the code of a plan.
    if parts and re.match(CODE, parts[0]) and not getattr(request, "plan", None):
        request.plan = roles.plans_seen_by(request.user).filter(code=parts[0]).first()
    below_plan = parts[1:2] if getattr(request, "plan", None) else []
    context = {
        "entry": next((entry for entry in ENTRIES if entry[0] in below_plan), None),
        "sought": parts[-1][:LONGEST_QUERY] if parts[1:] else "",
        "new_address": old_addresses.new_address(request.path, request.user),
    }
    return render(request, "404.html", context, status=404)


def gone(request: HttpRequest, plan: Plan) -> HttpResponse:
    """The plan was withdrawn: no figure of it is shown any more."""
    if request.path.startswith("/api/"):
        return root.fault(410, "gone", f"规划 {plan.code} 已于 {plan.withdrawn_on} 撤下，请删去它的数据。")
    return render(request, "410.html", {"plan": plan}, status=410)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        message = "服务器出错，数据没有受影响。请稍后再试；如仍然出错，请告知管理员网址和时间。"
        return root.fault(500, "server_error", message)
    return render(request, "500.html", status=500)
