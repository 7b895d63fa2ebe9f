"""What every page knows of the site."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from targets.forms import kept
from targets.models import Plan


def site(request):
    """The plan (one lazy query, None before it is loaded) and whoever runs the site."""
    return {
        "site_plan": SimpleLazyObject(lambda: Plan.objects.first()),
        # The period and the area that a reader chose stay from page to page.
        "keep": kept(period=request.GET.get("period"), area=request.GET.get("area")),
        "sponsor": settings.SITE_SPONSOR,
        "icp_number": settings.SITE_ICP_NUMBER,
        "contact": settings.SITE_CONTACT,
    }
