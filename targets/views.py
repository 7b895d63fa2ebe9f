"""Pages of the numbers: goals, indicators, areas."""

from django.shortcuts import get_object_or_404, render

from targets.filters import GoalFilter, IndicatorFilter
from targets.models import Area, AreaKind, BaselineFact, Goal, Indicator


def goals(request):
    clauses = Goal.objects.clauses().with_links().prefetch_related("citations")
    found = GoalFilter(request.GET, clauses)
    return render(
        request, "targets/goals.html", {"filter": found, "goals": found.rows}, status=found.http_status
    )


def goal(request, code):
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
    return render(request, "targets/goal.html", {"goal": get_object_or_404(goals, code=code)})


def indicators(request):
    rows = Indicator.objects.with_baselines().prefetch_related("baselines__citations")
    found = IndicatorFilter(request.GET, rows)
    context = {
        "filter": found,
        "indicators": found.rows,
        "facts": BaselineFact.objects.prefetch_related("citations__section"),
    }
    return render(request, "targets/indicators.html", context, status=found.http_status)


def indicator(request, code):
    rows = (
        Indicator.objects.with_baselines()
        .with_goals()
        .select_related("part_of")
        .prefetch_related(
            "baselines__citations__section__parent", "baselines__citations__source", "parts", "measures"
        )
    )
    indicator = get_object_or_404(rows, code=code)
    context = {
        "indicator": indicator,
        "family": Indicator.objects.relatives(indicator).with_baselines(),
        "areas": Area.objects.parts().with_baselines(indicator),
    }
    return render(request, "targets/indicator.html", context)


def areas(request):
    rows = Area.objects.select_related("parent", "predecessor", "successor")
    return render(request, "targets/areas.html", {"areas": rows})


def area(request, code):
    area = get_object_or_404(Area.objects.select_related("parent", "predecessor", "successor"), code=code)
    context = {
        "area": area,
        "is_city": area.kind == AreaKind.CITY,
        "indicators": Indicator.objects.tracked().with_baselines_for(area),
    }
    return render(request, "targets/area.html", context)
