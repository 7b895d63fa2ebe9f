from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.utils.functional import SimpleLazyObject

from targets.lists.standpoint import query_string
from targets.models import Plan


def site(request):
    """Context processor for all pages. `site_plan` is None until a plan is loaded."""
    return {
        "site_plan": getattr(request, "plan", None) or SimpleLazyObject(Plan.objects.first),
        # Links carry the chosen period and area from page to page.
        "keep": query_string(period=request.GET.get("period"), area=request.GET.get("area")),
        "address": address(request),
        "sponsor": settings.SITE_SPONSOR,
        "icp_number": settings.SITE_ICP_NUMBER,
        "contact": settings.SITE_CONTACT,
    }


def address(request) -> str:
    """Empty if the host is not allowed: the refusal is rendered as a page too."""
    try:
        return request.build_absolute_uri()
    except DisallowedHost:
        return ""
