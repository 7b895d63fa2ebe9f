"""The indicators, and the one indicator with all that is known of it."""

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, render

from targets.engine import charts
from targets.lists.filters import StandingFilter
from targets.lists.standpoint import query_string
from targets.models import Act, BaselineFact, Indicator, Observation, Responsibility, ReviewEvent, Target
from targets.standing.standings import Standings
from targets.views.embed import embed_code
from targets.views.frame import standing_page, standpoint_page, strip


@standing_page
def indicators(request, standpoint, standings):
    rows = Indicator.objects.with_baselines_for(standpoint.city).prefetch_related("baselines__citations")
    results = {row: standings.result(row, standpoint.here) for row in standings.indicators}
    found = StandingFilter(request.GET, rows, results=results)
    context = {
        "standpoint": standpoint,
        "filter": found,
        "indicators": [(row, results[row]) for row in found.rows],
        "facts": BaselineFact.objects.prefetch_related("citations__section", "citations__source"),
    }
    status = max(found.http_status, standpoint.http_status)
    return render(request, "targets/indicators.html", context, status=status)


@standpoint_page
def indicator(request, standpoint, code):
    rows = (
        Indicator.objects.with_baselines().with_goals().select_related("part_of").prefetch_related("measures")
    )
    indicator = get_object_or_404(rows, code=code)
    baseline, areas = indicator.city_baseline, standpoint.areas.values()
    standings = Standings(standpoint.plan, standpoint.as_of, areas, [indicator])
    indicators = list(Indicator.objects.filter(plan=standpoint.plan))
    here, until = standpoint.here, standpoint.span.end
    case, result = standings.case(indicator, here), standings.result(indicator, here)
    corrections = ReviewEvent.objects.filter(act=Act.CORRECT)
    series = Observation.objects.published().filter(indicator=indicator, area=here, period__end__lte=until)
    targets = Target.objects.filter(indicator=indicator, area=here, decided_on__lte=until)
    context = {
        "standpoint": standpoint,
        "indicator": indicator,
        "indicators": indicators,
        "baseline": baseline,
        "citations": baseline.citations.with_places() if baseline else [],
        "parts": [row for row in indicators if row.part_of_id == indicator.pk],
        "result": result,
        "city_result": standings.result(indicator, standpoint.city),
        "chart": charts.series(case, result, indicator.unit),
        "strip": strip(standings, indicator, here),
        "embed_code": embed_code(request, indicator, standpoint),
        "beside": query_string(
            indicator=code, period=request.GET.get("period"), area=request.GET.get("area")
        ),
        "series": series.select_related("period", "indicator").prefetch_related(
            "evidence", Prefetch("events", corrections, to_attr="corrections")
        ),
        "targets": targets.with_in_force(until).select_related("indicator"),
        "rolled": sorted(standings.roll_up(indicator).items()),
        "difference": standings.difference(indicator),
        "shared_out": standings.shared_out(indicator),
        "responsible": Responsibility.objects.filter(indicator=indicator).select_related("organization"),
        "family": Indicator.objects.relatives(indicator).with_baselines_for(standpoint.city),
        "areas": [
            (area, standings.result(indicator, area), indicator.baseline_in(area))
            for area in areas
            if not area.is_city
        ],
    }
    return render(request, "targets/indicator.html", context, status=standpoint.http_status)
