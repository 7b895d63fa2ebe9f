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
from targets.models import Plan
from targets.records.history import written_by
from targets.review import roles


def revalidate(get_response):
    """Give public answers an ETag, and answer 304 to who has it."""

    def middleware(request):
        if not _is_cacheable(request):
            return get_response(request)
        # Before the answer is made: so a tag may be too old, never too new.
        tag = _tag(request)
        if tag in release.weak_tags(request.headers.get("If-None-Match", "")):
            response = HttpResponseNotModified()
        else:
            response = get_response(request)
            if response.status_code != 200 or response.cookies or response.has_header("Cache-Control"):
                return response
        response["ETag"] = tag
        response["Cache-Control"] = "public, no-cache"
        # GZipMiddleware skips a 304.
        patch_vary_headers(response, ["Accept", "Accept-Encoding", "Cookie"])
        return response

    return middleware


def _is_cacheable(request) -> bool:
    is_anonymous = settings.SESSION_COOKIE_NAME not in request.COOKIES
    is_desk = request.path.startswith(reverse("admin:index"))
    return request.method in ("GET", "HEAD") and is_anonymous and not is_desk and _is_our_host(request)


def _is_our_host(request) -> bool:
    """Other hosts are refused later, with all headers."""
    try:
        return bool(request.get_host())
    except DisallowedHost:
        return False


def _tag(request) -> str:
    state = request.META.get(release.STATE_KEY) or release.state(release.plan_in(request.path_info))
    parts = (release.fingerprint(), *state, request.build_absolute_uri(), request.headers.get("Accept", ""))
    return f'W/"{sha256(repr(parts).encode()).hexdigest()[:32]}"'


def plan_of_address(get_response):
    """Resolve the plan's code in an address to `request.plan`, and drop it from the view's arguments.

    A private plan answers visitors like an unknown code; a withdrawn one answers them 410. What staff see of
    a plan that is not public is never kept.
    """

    def middleware(request):
        response = get_response(request)
        plan = getattr(request, "plan", None)
        if plan and not plan.is_public:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(request, view, args, kwargs):
        code = kwargs.pop("plan", None)
        if code is None:
            return None
        plan = Plan.objects.select_related("top_area").filter(code=code).first()
        is_staff = plan and roles.has(request.user, *roles.Role)
        if plan is None or not (plan.is_public or is_staff):
            return pages.gone(request, plan) if plan and plan.withdrawn_on else pages.not_found(request)
        plan.hides_internal = not is_staff
        request.plan = plan
        return None

    middleware.process_view = process_view
    return middleware


def content_security_policy(get_response):
    """Send SECURE_CSP; views with `xframe_options_exempt` may be framed."""
    default, framable = _policy({}), _policy({"frame-ancestors": ["*"]})

    def middleware(request):
        response = get_response(request)
        is_framable = getattr(response, "xframe_options_exempt", False)
        response.headers.setdefault("Content-Security-Policy", framable if is_framable else default)
        return response

    return middleware


def _policy(changes: dict[str, list[str]]) -> str:
    policy = settings.SECURE_CSP | changes
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in policy.items())


def record_writer(get_response):
    def middleware(request):
        with written_by(request.user), coming_from(logins.client_address(request)):
            return get_response(request)

    return middleware


def end_idle_sessions(get_response):
    """Log out after IDLE_MINUTES. Public pages never read a session."""

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


def site_404_page(get_response):
    """Show the site's 404 page under DEBUG too. A view's own HttpResponse stays."""

    def middleware(request):
        response = get_response(request)
        if settings.DEBUG and isinstance(response, HttpResponseNotFound):
            return pages.not_found(request)
        return response

    return middleware
