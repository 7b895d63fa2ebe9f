"""What every page knows of the site."""

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.utils.functional import SimpleLazyObject

from targets.lists.standpoint import query_string
from targets.models import Plan


def site(request):
    """The plan (a lazy query if no view has read it, None before it is loaded) and whoever runs the site."""
    return {
        "site_plan": getattr(request, "plan", None) or SimpleLazyObject(lambda: Plan.objects.first()),
        # The period and the area that a reader chose stay from page to page.
        "keep": query_string(period=request.GET.get("period"), area=request.GET.get("area")),
        "address": address(request),
        "sponsor": settings.SITE_SPONSOR,
        "icp_number": settings.SITE_ICP_NUMBER,
        "contact": settings.SITE_CONTACT,
    }


def address(request) -> str:
    """Where the page stands; empty for a host that is none of ours, whose refusal is a page as well."""
    try:
        return request.build_absolute_uri()
    except DisallowedHost:
        return ""
