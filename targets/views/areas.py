from django.db.models import QuerySet
from django.shortcuts import get_object_or_404, redirect, render

from targets.engine.progress import status_counts
from targets.lists.standpoint import query_string
from targets.models import Area, Indicator, Plan, ReportingDuty
from targets.standing.progress_sheet import ProgressSheet
from targets.standing.shared import standings_at
from targets.views.decorators import standpoint_page


@standpoint_page
def areas(request, standpoint):
    to = request.GET.get("to")
    if to in standpoint.areas:
        return redirect(
            standpoint.areas[to].address_in(request.plan.code)
            + query_string(period=request.GET.get("period"))
        )
    standings = standings_at(standpoint.plan, standpoint.as_of)
    context = {
        "is_lost": to is not None,
        "standpoint": standpoint,
        "areas": [
            (area, status_counts(standings.results(area).values()) if area.code in standpoint.areas else None)
            for area in _areas_named(request.plan)
        ],
    }
    status = 400 if to is not None else standpoint.http_status
    return render(request, "targets/areas.html", context, status=status)


@standpoint_page
def area(request, standpoint, code):
    area = get_object_or_404(_areas_named(request.plan), code=code)
    indicators = list(Indicator.objects.of_plan(request.plan).tracked().with_baselines_for(area))
    standings = standings_at(standpoint.plan, standpoint.as_of, area)
    expected = ReportingDuty.objects.of_plan(request.plan).filter(area=area).for_periods(standpoint.periods)
    sheet = ProgressSheet(standings, area, indicators, expected)
    context = {
        "standpoint": standpoint,
        "keep": standpoint.keep(area),
        "keep_period": query_string(period=request.GET.get("period")),
        "area": area,
        "neighbours": list(standpoint.areas.values()),
        "sheet": sheet,
        "counts": status_counts(sheet.results),
        "retired": standings.retired,
    }
    return render(request, "targets/area.html", context, status=standpoint.http_status)


def _areas_named(plan: Plan) -> QuerySet:
    """With their predecessors."""
    return Area.objects.named_in(plan).select_related("parent", "predecessor", "successor")
