"""Pages of the numbers: goals, indicators, areas."""

from collections.abc import Iterable
from functools import wraps

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, render

from targets import charts, progress
from targets.filters import GoalFilter, StandingFilter
from targets.forms import StandpointForm
from targets.models import (
    Act,
    Area,
    Assessment,
    BaselineFact,
    Goal,
    Indicator,
    Observation,
    Plan,
    ReportingDuty,
    Responsibility,
    ReviewEvent,
    Target,
)
from targets.progress import Result, Status
from targets.standing import Standings


def standing_page(view):
    """A page that looks from a standpoint: the view gets the form that chose it, and the standings there."""

    @wraps(view)
    def page(request, **kwargs):
        plan = Plan.objects.first()
        if plan is None:
            return render(request, "site/empty.html")
        standpoint = StandpointForm(request.GET, plan=plan)
        return view(request, standpoint, Standings(plan, standpoint.as_of), **kwargs)

    return page


@standing_page
def goals(request, standpoint, standings):
    found = GoalFilter(request.GET, Goal.objects.clauses().with_links().prefetch_related("citations"))
    results = standings.results(standpoint.here)
    context = {
        "standpoint": standpoint,
        "filter": found,
        "goals": [(goal, counts_of_goal(goal, results)) for goal in found.rows],
    }
    status = max(found.http_status, standpoint.http_status)
    return render(request, "targets/goals.html", context, status=status)


def counts(results: Iterable[Result]) -> list[tuple[Status, int]]:
    """How many stand in each status, those with none left out."""
    return [(status, number) for status, number in progress.count_by_status(results).items() if number]


def counts_of_goal(goal: Goal, results: dict[Indicator, Result]) -> list[tuple[Status, int]]:
    links = goal.indicator_links.all()
    return counts(results[link.indicator] for link in links if link.indicator in results)


@standing_page
def goal(request, standpoint, standings, code):
    goals = (
        Goal.objects.clauses()
        .with_links()
        .prefetch_related(
            "citations__section__parent",
            "citations__source",
            "transformations__citations",
            "transformations__weaknesses",
            "weaknesses",
        )
    )
    goal = get_object_or_404(goals, code=code)
    results = standings.results(standpoint.here)
    context = {
        "standpoint": standpoint,
        "goal": goal,
        "counts": counts_of_goal(goal, results),
        "links": [(link, results.get(link.indicator)) for link in goal.indicator_links.all()],
        "responsible": Responsibility.objects.filter(goal=goal).select_related("organization"),
        "assessments": Assessment.objects.published()
        .filter(goal=goal, period__end__lte=standpoint.span.end)
        .select_related("period")
        .prefetch_related("evidence"),
    }
    return render(request, "targets/goal.html", context, status=standpoint.http_status)


@standing_page
def indicators(request, standpoint, standings):
    rows = Indicator.objects.with_baselines().prefetch_related("baselines__citations")
    results = {row: standings.result(row, standpoint.here) for row in standings.indicators}
    found = StandingFilter(request.GET, rows, results=results)
    context = {
        "standpoint": standpoint,
        "filter": found,
        "indicators": [(row, results[row]) for row in found.rows],
        "facts": BaselineFact.objects.prefetch_related("citations__section"),
    }
    status = max(found.http_status, standpoint.http_status)
    return render(request, "targets/indicators.html", context, status=status)


@standing_page
def indicator(request, standpoint, standings, code):
    rows = (
        Indicator.objects.with_baselines()
        .with_goals()
        .select_related("part_of")
        .prefetch_related(
            "baselines__citations__section__parent", "baselines__citations__source", "parts", "measures"
        )
    )
    indicator = get_object_or_404(rows, code=code)
    here, until = standpoint.here, standpoint.span.end
    case, result = standings.case(indicator, here), standings.result(indicator, here)
    corrections = ReviewEvent.objects.filter(act=Act.CORRECT)
    series = Observation.objects.published().filter(indicator=indicator, area=here, period__end__lte=until)
    targets = Target.objects.filter(indicator=indicator, area=here, decided_on__lte=until)
    context = {
        "standpoint": standpoint,
        "indicator": indicator,
        "result": result,
        "city_result": standings.result(indicator, standpoint.city),
        "chart": charts.series(case, result),
        "series": series.select_related("period", "indicator").prefetch_related(
            "evidence", Prefetch("events", corrections, to_attr="corrections")
        ),
        "targets": targets.with_in_force(until).select_related("indicator"),
        "rolled": sorted(standings.roll_up(indicator).items()),
        "difference": standings.difference(indicator),
        "shared_out": standings.shared_out(indicator),
        "responsible": Responsibility.objects.filter(indicator=indicator).select_related("organization"),
        "family": Indicator.objects.relatives(indicator).with_baselines(),
        "areas": [
            (area, standings.result(indicator, area))
            for area in Area.objects.parts().with_baselines(indicator)
        ],
    }
    return render(request, "targets/indicator.html", context, status=standpoint.http_status)


@standing_page
def areas(request, standpoint, standings):
    context = {
        "standpoint": standpoint,
        "areas": [
            (area, counts(standings.results(area).values()) if area.code in standpoint.areas else None)
            for area in Area.objects.select_related("parent", "predecessor", "successor")
        ],
    }
    return render(request, "targets/areas.html", context, status=standpoint.http_status)


@standing_page
def area(request, standpoint, standings, code):
    area = get_object_or_404(Area.objects.select_related("parent", "predecessor", "successor"), code=code)
    results = standings.results(area)
    rows = Indicator.objects.tracked().with_baselines_for(area)
    duties = ReportingDuty.objects.filter(area=area).for_periods(standpoint.periods)
    context = {
        "standpoint": standpoint,
        "keep": standpoint.keep(area),
        "area": area,
        "counts": counts(results.values()),
        "indicators": [(row, results[row], standings.result(row, standings.city)) for row in rows],
        "unreported": [duty for duty in duties if not duty.is_published],
    }
    return render(request, "targets/area.html", context, status=standpoint.http_status)
