from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.utils.functional import SimpleLazyObject

from targets.lists.standpoint import query_string
from targets.models import Plan


def site(request):
    """Context processor for all pages.

    `site_plan` is the plan of the address; on shared pages the only public plan, or None.
    """
    plan = getattr(request, "plan", None) or SimpleLazyObject(only_plan)
    return {
        "site_name": settings.SITE_NAME,
        "site_plan": plan,
        # Links carry the chosen period and area from page to page of a plan. Lazy: the page of a server
        # error must not query.
        "keep": SimpleLazyObject(lambda: _standpoint(request) if plan else ""),
        "address": address(request),
        "sponsor": settings.SITE_SPONSOR,
        "icp_number": settings.SITE_ICP_NUMBER,
        "contact": settings.SITE_CONTACT,
    }


def only_plan() -> Plan | None:
    """The public plan if there is exactly one."""
    plans = Plan.objects.public()[:2]
    return plans[0] if len(plans) == 1 else None


def _standpoint(request) -> str:
    return query_string(period=request.GET.get("period"), area=request.GET.get("area"))


def address(request) -> str:
    """Empty if the host is not allowed: the refusal is rendered as a page too."""
    try:
        return request.build_absolute_uri()
    except DisallowedHost:
        return ""
