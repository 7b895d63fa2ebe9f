"""Pages that all plans share, grouped by plan: the current ones first."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from hengshui_plan.search import SearchForm, search_plans
from measures.models import Measure
from targets.engine import verdict
from targets.models import Area, Organization, Plan, PlanQuerySet, ReportingDuty, Responsibility
from targets.review import roles
from targets.standing.across_plans import standings_today


class PlaceInPlan(NamedTuple):
    """An area in a plan, and how it stands there today."""

    plan: Plan
    area: Area
    verdict: str

    @property
    def address(self) -> str:
        return self.area.address_in(self.plan.code)


class DutyOfUnit(NamedTuple):
    """What a unit has to report of an indicator: equal duties of several areas in one line."""

    duty: ReportingDuty
    areas: list[Area]


class UnitInPlan(NamedTuple):
    plan: Plan
    responsibilities: list[Responsibility]
    duties: list[DutyOfUnit]
    measures: list[Measure]


def front_door(request):
    """The only plan, or a list of the plans with a line on the state of each."""
    plans = list(roles.plans_seen_by(request.user).current_first().select_related("top_area"))
    if len(plans) == 1:
        query = request.META["QUERY_STRING"]
        return redirect(plans[0].get_absolute_url() + (f"?{query}" if query else ""))
    context = {"places": _places({plan: plan.top_area for plan in plans})}
    return _answer(request, "site/front_door.html", context, plans)


def area_in_plans(request, code):
    rows = Area.objects.select_related("parent", "predecessor", "successor")
    area = get_object_or_404(rows, code=code)
    plans = _plans_seen_by(request, Q(areas=area) | Q(areas__predecessor=area))
    context = {"area": area, "places": _places(dict.fromkeys(plans, area))}
    return _answer(request, "site/area_in_plans.html", context, plans)


def organization(request, code):
    """What a unit leads, supports and has to report, and which measures name it."""
    unit = get_object_or_404(Organization.objects.select_related("top_area"), code=code)
    plans = _plans_seen_by(request, Q(organizations=unit))
    responsibilities = unit.responsibilities.filter(Q(goal__plan__in=plans) | Q(indicator__plan__in=plans))
    duties = unit.reporting_duties.tracked().filter(indicator__plan__in=plans)
    measures = unit.measures.filter(plan__in=plans)
    by_plan: defaultdict[str, tuple[list, list, list]] = defaultdict(lambda: ([], [], []))
    for row in responsibilities.select_related("goal", "indicator"):
        by_plan[(row.goal or row.indicator).plan_id][0].append(row)
    for row in duties.by_area():
        by_plan[row.indicator.plan_id][1].append(row)
    for row in measures:
        by_plan[row.plan_id][2].append(row)
    rows = [(plan, *by_plan[plan.code]) for plan in plans]
    context = {
        "unit": unit,
        "plans": [UnitInPlan(plan, led, _grouped(owed), named) for plan, led, owed, named in rows],
    }
    return _answer(request, "site/organization.html", context, plans)


def search(request):
    form = SearchForm(request.GET)
    plans = Plan.objects.public().current_first()
    results = search_plans(form.query, plans) if form.is_valid() and form.query else None
    context = {
        "form": form,
        "query": form.query,
        "results": results,
        "found": results.shown(form.cleaned_data["kind"]) if results else [],
    }
    return render(request, "site/search.html", context, status=form.http_status)


def data(request):
    plans = Plan.objects.public().current_first().select_related("source_text", "top_area")
    return render(request, "site/data.html", {"plans": plans})


def _plans_seen_by(request: HttpRequest, condition: Q) -> list[Plan]:
    """Raise Http404 where there is none: what only private plans use is unknown to a visitor."""
    seen: PlanQuerySet = roles.plans_seen_by(request.user)
    rows = seen.filter(pk__in=Plan.objects.filter(condition).values("pk"))
    plans = list(rows.current_first().select_related("top_area"))
    if not plans:
        raise Http404
    return plans


def _places(areas: dict[Plan, Area]) -> list[PlaceInPlan]:
    return [
        PlaceInPlan(
            plan,
            areas[plan],
            verdict.sentence(
                f"{areas[plan].short_name}监测的",
                standings.moment.label,
                standings.results(areas[plan]).values(),
            ),
        )
        for plan, standings in standings_today(areas).items()
    ]


def _grouped(duties: Iterable[ReportingDuty]) -> list[DutyOfUnit]:
    groups: dict[tuple, DutyOfUnit] = {}
    for duty in duties:
        key = (duty.indicator_id, duty.frequency, duty.valid_from, duty.valid_to)
        groups.setdefault(key, DutyOfUnit(duty, [])).areas.append(duty.area)
    return sorted(groups.values(), key=lambda group: group.duty.indicator.code)


def _answer(request: HttpRequest, template: str, context: dict, plans: Iterable[Plan]) -> HttpResponse:
    """Never kept where staff see a plan that is not public."""
    response = render(request, template, context)
    if not all(plan.is_public for plan in plans):
        response["Cache-Control"] = "no-store"
    return response
