"""What every request has about it: its writer on the way in, policy and dress on the way out."""

from hashlib import sha256

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import DisallowedHost
from django.http import HttpResponseNotFound, HttpResponseNotModified
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from hengshui_plan.accounts import logins
from hengshui_plan.delivery import release
from hengshui_plan.views import pages
from targets.desk.access_log import coming_from
from targets.records.history import written_by


def revalidate(get_response):
    """Tag what a visitor without a session gets; who has it still as it is gets a 304, after one look.

    It stands outside of what adds headers to a whole answer: those of the kept one go on holding.
    """

    def middleware(request):
        if not _may_be_kept(request):
            return get_response(request)
        # Before the answer is made: what changes meanwhile must make the tag too old, never too new.
        tag = _tag(request)
        if tag in release.tags_in(request.headers.get("If-None-Match", "")):
            response = HttpResponseNotModified()
        else:
            response = get_response(request)
            if response.status_code != 200 or response.cookies or response.has_header("Cache-Control"):
                return response
        response["ETag"] = tag
        # A proxy may keep it, and asks each time whether it still holds.
        response["Cache-Control"] = "public, no-cache"
        # The same on a 304: what packs an answer speaks up on a whole one alone.
        patch_vary_headers(response, ["Accept", "Accept-Encoding", "Cookie"])
        return response

    return middleware


def _may_be_kept(request) -> bool:
    is_anonymous = settings.SESSION_COOKIE_NAME not in request.COOKIES
    is_desk = request.path.startswith(reverse("admin:index"))
    return request.method in ("GET", "HEAD") and is_anonymous and not is_desk and _is_our_host(request)


def _is_our_host(request) -> bool:
    """Another is refused further inside, with all headers."""
    try:
        return bool(request.get_host())
    except DisallowedHost:
        return False


def _tag(request) -> str:
    """Of all that an answer depends on."""
    asked = (request.build_absolute_uri(), request.headers.get("Accept", ""))
    parts = (release.fingerprint(), *release.state(), *asked)
    return f'W/"{sha256(repr(parts).encode()).hexdigest()[:32]}"'


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
            return pages.not_found(request)
        return response

    return middleware
