"""Views that look from a standpoint: a period and an area, chosen in the query string."""

from functools import wraps

from targets.lists.standpoint import StandpointForm
from targets.standing.shared import standings_at


def standpoint_page(view):
    """Call the view with the form that holds the standpoint."""

    @wraps(view)
    def page(request, **kwargs):
        return view(request, StandpointForm(request.GET, plan=request.plan), **kwargs)

    return page


def standing_page(view):
    """Call the view with the standings of the chosen area as well."""

    @standpoint_page
    @wraps(view)
    def page(request, standpoint, **kwargs):
        standings = standings_at(standpoint.plan, standpoint.as_of)
        return view(request, standpoint, standings, **kwargs)

    return page
