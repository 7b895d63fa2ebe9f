"""Pages of the numbers: goals, indicators, areas."""

from functools import wraps

from django.shortcuts import get_object_or_404, render

from targets import charts, progress
from targets.filters import GoalFilter, IndicatorFilter
from targets.forms import AsOfForm
from targets.models import Area, AreaKind, Assessment, BaselineFact, Goal, Indicator, Observation, Plan
from targets.standing import Standings


def standing_page(view):
    """A page that looks back from a period: the view gets the form that chose it, and the standings then."""

    @wraps(view)
    def page(request, **kwargs):
        plan = Plan.objects.first()
        if plan is None:
            return render(request, "site/empty.html")
        as_of = AsOfForm(request.GET, plan=plan)
        return view(request, as_of, Standings(plan, as_of.as_of), **kwargs)

    return page


@standing_page
def goals(request, as_of, standings):
    found = GoalFilter(request.GET, Goal.objects.clauses().with_links().prefetch_related("citations"))
    context = {
        "as_of": as_of,
        "filter": found,
        "goals": [(goal, counts(goal, standings)) for goal in found.rows],
    }
    return render(request, "targets/goals.html", context, status=max(found.http_status, as_of.http_status))


def counts(goal: Goal, standings: Standings) -> list[tuple[progress.Status, int]]:
    """How many of a goal's tracked indicators stand in each status, those with none left out."""
    results = standings.results(standings.city)
    own = [results[link.indicator] for link in goal.indicator_links.all() if link.indicator in results]
    return [(status, number) for status, number in progress.count_by_status(own).items() if number]


@standing_page
def goal(request, as_of, standings, code):
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
    results = standings.results(standings.city)
    context = {
        "as_of": as_of,
        "goal": goal,
        "counts": counts(goal, standings),
        "links": [(link, results.get(link.indicator)) for link in goal.indicator_links.all()],
        "assessments": Assessment.objects.published().filter(goal=goal).select_related("period"),
    }
    return render(request, "targets/goal.html", context, status=as_of.http_status)


@standing_page
def indicators(request, as_of, standings):
    found = IndicatorFilter(
        request.GET, Indicator.objects.with_baselines().prefetch_related("baselines__citations")
    )
    context = {
        "as_of": as_of,
        "filter": found,
        "indicators": [(row, standings.result(row, standings.city)) for row in found.rows],
        "facts": BaselineFact.objects.prefetch_related("citations__section"),
    }
    return render(
        request, "targets/indicators.html", context, status=max(found.http_status, as_of.http_status)
    )


@standing_page
def indicator(request, as_of, standings, code):
    rows = (
        Indicator.objects.with_baselines()
        .with_goals()
        .select_related("part_of")
        .prefetch_related(
            "baselines__citations__section__parent", "baselines__citations__source", "parts", "measures"
        )
    )
    indicator = get_object_or_404(rows, code=code)
    city = standings.city
    case, result = standings.case(indicator, city), standings.result(indicator, city)
    context = {
        "as_of": as_of,
        "indicator": indicator,
        "result": result,
        "chart": charts.series(case, result),
        "series": Observation.objects.published()
        .filter(indicator=indicator, area=city)
        .select_related("period", "indicator"),
        "targets": sorted(case.targets.items()),
        "rolled": sorted(standings.roll_up(indicator).items()),
        "difference": standings.difference(indicator, as_of.as_of),
        "family": Indicator.objects.relatives(indicator).with_baselines(),
        "areas": [
            (area, standings.result(indicator, area))
            for area in Area.objects.parts().with_baselines(indicator)
        ],
    }
    return render(request, "targets/indicator.html", context, status=as_of.http_status)


def areas(request):
    rows = Area.objects.select_related("parent", "predecessor", "successor")
    return render(request, "targets/areas.html", {"areas": rows})


@standing_page
def area(request, as_of, standings, code):
    area = get_object_or_404(Area.objects.select_related("parent", "predecessor", "successor"), code=code)
    rows = Indicator.objects.tracked().with_baselines_for(area)
    context = {
        "as_of": as_of,
        "area": area,
        "is_city": area.kind == AreaKind.CITY,
        "indicators": [
            (row, standings.result(row, area), standings.result(row, standings.city)) for row in rows
        ],
    }
    return render(request, "targets/area.html", context, status=as_of.http_status)
