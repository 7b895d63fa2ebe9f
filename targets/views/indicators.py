from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.shortcuts import get_object_or_404, render

from targets.engine import charts
from targets.engine.known import residuals
from targets.lists.filters import StandingFilter
from targets.lists.standpoint import StandpointForm, query_string
from targets.models import Act, Area, BaselineFact, Indicator, ReviewEvent
from targets.review import roles
from targets.standing.shared import standings_at
from targets.standing.standings import Standings
from targets.views.decorators import standing_page, standpoint_page
from targets.views.embed import embed_code


@standing_page
def indicators(request, standpoint, standings):
    rows = Indicator.objects.of_plan(request.plan).with_baselines_for(standpoint.city)
    rows = rows.prefetch_related("baselines__citations")
    results = {row: standings.result(row, standpoint.here) for row in standings.indicators}
    filterset = StandingFilter(request.GET, rows, results=results, request=request)
    context = {
        "standpoint": standpoint,
        "filter": filterset,
        "indicators": [(row, results[row]) for row in filterset.rows],
        "facts": BaselineFact.objects.of_plan(request.plan).prefetch_related(
            "citations__section", "citations__source"
        ),
    }
    status = max(filterset.http_status, standpoint.http_status)
    return render(request, "targets/indicators.html", context, status=status)


@standpoint_page
def indicator(request, standpoint, code):
    own = Indicator.objects.of_plan(request.plan)
    rows = own.with_baselines().with_goals().prefetch_related("measures")
    indicator = get_object_or_404(rows, code=code)
    baseline, indicators = indicator.top_baseline, list(own)
    by_key = {row.pk: row for row in indicators}
    standings = standings_at(standpoint.plan, standpoint.as_of)
    context = {
        "standpoint": standpoint,
        "indicator": indicator,
        "indicators": indicators,
        "baseline": baseline,
        "citations": baseline.citations.with_places() if baseline else [],
        # Without those that the asker does not see.
        "part_of": by_key.get(indicator.part_of_id),
        "parts": [row for row in indicators if row.part_of_id == indicator.pk],
        "successor": by_key.get(indicator.successor_id),
        "predecessors": [row for row in indicators if row.successor_id == indicator.pk],
        "retirement": standings.retirement(indicator),
        **_links(request, indicator, standpoint),
        "responsible": indicator.responsibilities.select_related("organization"),
        "family": own.relatives(indicator).with_baselines_for(standpoint.city),
        "embed_code": embed_code(request, indicator, standpoint),
        "beside": query_string(
            indicator=code, period=request.GET.get("period"), area=request.GET.get("area")
        ),
        **_progress(standpoint, standings, indicator),
        **_by_area(standpoint, standings, indicator),
    }
    return render(request, "targets/indicator.html", context, status=standpoint.http_status)


def _links(request, indicator: Indicator, standpoint: StandpointForm) -> dict:
    """指标沿革: what the indicator continues and what continues it, where the asker sees the other plan."""
    seen = roles.plans_seen_by(request.user)
    earlier = indicator.earlier_links.filter(earlier__plan__in=seen).select_related("earlier__plan")
    later = indicator.later_links.filter(indicator__plan__in=seen).select_related("indicator__plan")
    if request.plan.hides_internal:
        earlier, later = earlier.without_internal(), later.without_internal()
    return {
        "earlier": [(link, _published_before(link.earlier, standpoint.here)) for link in earlier],
        "later": later,
    }


def _published_before(indicator: Indicator, area: Area) -> QuerySet:
    """The values of an earlier plan's indicator in an area, or in the one that it succeeded."""
    rows = indicator.observations.published().filter(area__in=[area.pk, area.predecessor_id or area.pk])
    return rows.select_related("period", "indicator").order_by("period__end", "-period__start")


def _progress(standpoint: StandpointForm, standings: Standings, indicator: Indicator) -> dict:
    """How the indicator stands in the chosen area, and the rows that this rests on."""
    here, until = standpoint.here, standpoint.span.end
    case, result = standings.case(indicator, here), standings.result(indicator, here)
    by_year = {year: then.result(indicator, here) for year, then in standings.by_year().items()}
    corrections = ReviewEvent.objects.of_plan(standings.plan).filter(act=Act.CORRECT)
    series = indicator.observations.published().filter(area=here, period__end__lte=until)
    targets = indicator.targets.filter(area=here).decided_by(until).with_in_force(until)
    targets = list(targets.select_related("indicator"))
    stated = [row for row in targets if row.is_of_text]
    prefetch_related_objects(stated, "citations__section__parent", "citations__source")
    return {
        "result": result,
        "missing": standings.missing(result).items(),
        "residuals": residuals(case, standpoint.span).items(),
        "chart": charts.series(case, result, indicator.unit),
        "strip": charts.strip(standings.plan.years, by_year),
        "series": series.select_related("period", "indicator").prefetch_related(
            "evidence", Prefetch("events", corrections, to_attr="corrections")
        ),
        "targets": targets,
    }


def _by_area(standpoint: StandpointForm, standings: Standings, indicator: Indicator) -> dict:
    """How the indicator stands in every area, and how the areas add up to the city."""
    return {
        "city_result": standings.result(indicator, standpoint.city),
        "rolled": sorted(standings.roll_up(indicator).items()),
        "difference": standings.difference(indicator),
        "breakdown": standings.breakdown_of_target(indicator),
        "areas": [
            (area, standings.result(indicator, area), indicator.baseline_in(area))
            for area in standpoint.areas.values()
            if not standpoint.plan.is_top(area)
        ],
    }
