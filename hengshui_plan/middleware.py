"""What every request has about it: its writer on the way in, policy and dress on the way out."""

from django.conf import settings

from hengshui_plan import views
from targets.history import written_by


def content_security_policy(get_response):
    """Send the policy of SECURE_CSP, the setting that Django 6 will read itself."""
    policy = "; ".join(f"{name} {' '.join(sources)}" for name, sources in settings.SECURE_CSP.items())

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware


def name_the_writer(get_response):
    """What a request writes bears the name of whoever is logged in; who that is, only a write looks up."""

    def middleware(request):
        with written_by(request.user):
            return get_response(request)

    return middleware


def not_found_in_site_dress(get_response):
    """Under DEBUG too a missing page looks as readers will see it, not as Django's list of addresses."""

    def middleware(request):
        response = get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if settings.DEBUG and response.status_code == 404 and is_page:
            return views.not_found(request)
        return response

    return middleware
