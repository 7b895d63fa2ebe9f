from django.shortcuts import get_object_or_404, render

from targets.engine import verdict
from targets.engine.progress import Result, status_counts
from targets.engine.status import Status
from targets.lists.filters import GoalFilter
from targets.models import Goal, Indicator
from targets.views.decorators import standing_page


@standing_page
def goals(request, standpoint, standings):
    rows = Goal.objects.of_plan(request.plan).clauses().with_links(request.plan).prefetch_related("citations")
    filterset = GoalFilter(request.GET, rows, request=request)
    results = standings.results(standpoint.here)
    context = {
        "standpoint": standpoint,
        "filter": filterset,
        "goals": [(goal, counts_of_goal(goal, results)) for goal in filterset.rows],
    }
    status = max(filterset.http_status, standpoint.http_status)
    return render(request, "targets/goals.html", context, status=status)


def counts_of_goal(goal: Goal, results: dict[Indicator, Result]) -> list[tuple[Status, int]]:
    links = goal.indicator_links.all()
    return status_counts(results[link.indicator] for link in links if link.indicator in results)


@standing_page
def goal(request, standpoint, standings, code):
    goals = (
        Goal.objects.of_plan(request.plan)
        .clauses()
        .with_links(request.plan)
        .prefetch_related(
            "citations__section__parent",
            "citations__source",
            "transformations__citations__section",
            "transformations__citations__source",
            "transformations__weaknesses",
            "weaknesses",
        )
    )
    goal = get_object_or_404(goals, code=code)
    results = standings.results(standpoint.here)
    links = [(link, results.get(link.indicator)) for link in goal.indicator_links.all()]
    judged = [result for _, result in links if result]
    context = {
        "standpoint": standpoint,
        "goal": goal,
        "verdict": judged and verdict.sentence(f"目标 {goal.code} 对应的", standpoint.span.label, judged),
        "without_current_value": sum(result.status.lacks_current_value for result in judged),
        "behind": [link.indicator for link, result in links if result and result.status.is_behind],
        "goals": Goal.objects.of_plan(request.plan).clauses(),
        "counts": counts_of_goal(goal, results),
        "links": links,
        "responsible": goal.responsibilities.select_related("organization"),
        "assessments": goal.assessments.published()
        .filter(period__end__lte=standpoint.span.end)
        .select_related("period")
        .prefetch_related("evidence"),
    }
    return render(request, "targets/goal.html", context, status=standpoint.http_status)
