"""What all pages of the numbers share: where they look from, and how many stand in each status."""

from collections.abc import Iterable
from functools import wraps

from django.shortcuts import render

from targets.engine import charts, progress
from targets.engine.progress import Result
from targets.engine.status import Status
from targets.lists.standpoint import StandpointForm
from targets.models import Area, Indicator, Plan
from targets.standing.standings import Standings

# As the pages call themselves where they are quoted.
SITE_NAME = "衡水市科技创新“十三五”规划进展"


def standpoint_page(view):
    """A page that looks from a standpoint: the view gets the form that chose it."""

    @wraps(view)
    def page(request, **kwargs):
        plan = Plan.objects.first()
        if plan is None:
            return render(request, "site/empty.html")
        # What all pages tell of the plan then needs no second look.
        request.plan = plan
        return view(request, StandpointForm(request.GET, plan=plan), **kwargs)

    return page


def standing_page(view):
    """Such a page of the area looked at: the view gets its standings as well."""

    @standpoint_page
    @wraps(view)
    def page(request, standpoint, **kwargs):
        standings = Standings(standpoint.plan, standpoint.as_of, [standpoint.here])
        return view(request, standpoint, standings, **kwargs)

    return page


def strip(standings: Standings, indicator: Indicator, area: Area) -> list[charts.StripCell]:
    """How an indicator stood in an area at the end of each year of the plan."""
    years = {year: then.result(indicator, area) for year, then in standings.by_year().items()}
    return charts.strip(standings.plan.years, years)


def counts(results: Iterable[Result]) -> list[tuple[Status, int]]:
    """How many stand in each status, those with none left out."""
    return [(status, number) for status, number in progress.count_by_status(results).items() if number]
