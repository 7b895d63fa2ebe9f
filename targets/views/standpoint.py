"""What all pages of the numbers share: where they look from, and how many stand in each status."""

from collections.abc import Iterable
from functools import wraps

from django.shortcuts import render

from targets import progress
from targets.forms import StandpointForm
from targets.models import Plan
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


def counts(results: Iterable[Result]) -> list[tuple[Status, int]]:
    """How many stand in each status, those with none left out."""
    return [(status, number) for status, number in progress.count_by_status(results).items() if number]
