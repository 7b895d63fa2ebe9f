"""The counties and districts, and the sheet of one."""

from django.shortcuts import get_object_or_404, render

from targets.models import Area, Indicator, ReportingDuty
from targets.views.standpoint import counts, standing_page


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
