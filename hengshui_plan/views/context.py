from functools import cache

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.utils.functional import SimpleLazyObject

from targets.lists.standpoint import query_string
from targets.models import Plan


def site(request):
    """Context processor for all pages.

    `site_plan` is the plan of the address; on shared pages the only public plan, or None. All is lazy: the
    page of a server error must not query.
    """

    @cache
    def public() -> list[Plan]:
        return list(Plan.objects.public().order_by("-is_demo", "code")[:2])

    plan = getattr(request, "plan", None) or SimpleLazyObject(
        lambda: public()[0] if len(public()) == 1 else None
    )
    return {
        "site_name": settings.SITE_NAME,
        "site_plan": plan,
        "shows_demo": SimpleLazyObject(lambda: (plan or next(iter(public()), Plan())).is_demo),
        # Links carry the chosen period and area from page to page of a plan.
        "keep": SimpleLazyObject(lambda: _standpoint(request) if plan else ""),
        "address": address(request),
        "sponsor": settings.SITE_SPONSOR,
        "icp_number": settings.SITE_ICP_NUMBER,
        "contact": settings.SITE_CONTACT,
    }


def _standpoint(request) -> str:
    return query_string(period=request.GET.get("period"), area=request.GET.get("area"))


def address(request) -> str:
    """Empty if the host is not allowed: the refusal is rendered as a page too."""
    try:
        return request.build_absolute_uri()
    except DisallowedHost:
        return ""
