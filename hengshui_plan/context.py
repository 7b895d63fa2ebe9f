"""What every page knows of the site."""

from urllib.parse import urlencode

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from targets.models import Plan


def site(request):
    """The plan (one lazy query, None before it is loaded) and whoever runs the site."""
    return {
        "site_plan": SimpleLazyObject(lambda: Plan.objects.first()),
        # The period that a reader chose stays from page to page.
        "keep": f"?{urlencode({'period': request.GET['period']})}" if request.GET.get("period") else "",
        "sponsor": settings.SITE_SPONSOR,
        "icp_number": settings.SITE_ICP_NUMBER,
        "contact": settings.SITE_CONTACT,
    }
