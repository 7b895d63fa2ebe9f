"""What every request has about it: its writer on the way in, policy and dress on the way out."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponseNotFound
from django.urls import reverse

from hengshui_plan import logins, views
from targets.access import coming_from
from targets.history import written_by


def content_security_policy(get_response):
    """Send the policy of SECURE_CSP, the setting that Django 6 will read itself.

    Who may frame a page is asked once: what Django's `xframe_options_exempt` opens is opened here too.
    """
    kept, framable = _policy({}), _policy({"frame-ancestors": ["*"]})

    def middleware(request):
        response = get_response(request)
        is_framable = getattr(response, "xframe_options_exempt", False)
        response.headers.setdefault("Content-Security-Policy", framable if is_framable else kept)
        return response

    return middleware


def _policy(loosened: dict[str, list[str]]) -> str:
    return "; ".join(
        f"{name} {' '.join(sources)}" for name, sources in (settings.SECURE_CSP | loosened).items()
    )


def name_the_writer(get_response):
    """What a request writes bears the name of whoever is logged in; who that is, only a write looks up."""

    def middleware(request):
        with written_by(request.user), coming_from(logins.client_address(request)):
            return get_response(request)

    return middleware


def end_idle_sessions(get_response):
    """Log out whoever has not used the desk for IDLE_MINUTES, and say so on the login page.

    Only at the desk: what is public neither reads a session nor sets a cookie.
    """

    def middleware(request):
        if request.path.startswith(reverse("admin:index")) and request.user.is_authenticated:
            if logins.is_idle(request.session):
                logout(request)
                notice = f"您已超过 {settings.IDLE_MINUTES} 分钟没有操作，已自动退出，请重新登录。"
                messages.warning(request, notice)
            else:
                logins.mark_as_seen(request.session)
        return get_response(request)

    return middleware


def not_found_in_site_dress(get_response):
    """Under DEBUG too a missing page looks as readers will see it, not as Django's list of addresses.

    A page of ours that says what is missing is a plain HttpResponse, and stays.
    """

    def middleware(request):
        response = get_response(request)
        if settings.DEBUG and isinstance(response, HttpResponseNotFound):
            return views.not_found(request)
        return response

    return middleware
