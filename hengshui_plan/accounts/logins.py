"""Login at the desk; django-axes calls the handler."""

import ipaddress
import time

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from hengshui_plan.accounts import passwords
from targets.desk.access_log import record
from targets.models import AccessKind

SEEN_AT = "seen_at"
SECONDS_BETWEEN_MARKS = 60


def client_address(request: HttpRequest) -> str | None:
    """Return None where there is no IP address (a socket, a test)."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        # A visitor can forge all but the last part, which is the proxy's.
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def mark_as_seen(session) -> None:
    now = int(time.time())
    if now - session.get(SEEN_AT, 0) >= SECONDS_BETWEEN_MARKS:
        session[SEEN_AT] = now


def is_idle(session) -> bool:
    return time.time() - session.get(SEEN_AT, 0) > settings.IDLE_MINUTES * 60


class LoginHandler(AxesDatabaseHandler):
    def get_failures(self, request, credentials=None) -> int:
        """Failures of the account; the limit itself where the address reached its own."""
        of_account, of_address = (
            attempts.aggregate(failures=Sum("failures_since_start"))["failures"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        if of_address >= settings.LOGIN_FAILURES_OF_ADDRESS:
            return settings.AXES_FAILURE_LIMIT
        return of_account

    def reset_user_attempts(self, request, credentials=None) -> int:
        # Of this account only: else its owner could guess others' passwords without limit.
        of_account, _ = self.filter_user_attempts(request, credentials)
        return of_account.delete()[0]

    def user_login_failed(self, sender, credentials, request=None, **kwargs):
        was_locked_out = request.axes_locked_out
        super().user_login_failed(sender, credentials, request, **kwargs)
        username = credentials["username"]
        user = get_user_model().objects.filter(username=username).first()
        if not was_locked_out:
            record(AccessKind.FAILED, user, username=username)
        if request.axes_locked_out:
            detail = "锁定期间再试" if was_locked_out else f"锁定 {settings.LOGIN_LOCK_MINUTES} 分钟"
            record(AccessKind.LOCKED, user, username=username, detail=detail)

    def user_logged_in(self, sender, request, user, **kwargs):
        super().user_logged_in(sender, request, user, **kwargs)
        record(AccessKind.LOGIN, user, by=user)
        mark_as_seen(request.session)
        if passwords.is_old(user):
            notice = format_html(
                '您的密码已超过 {} 天没有更换，请尽快<a href="{}">修改密码</a>。',
                settings.PASSWORD_NOTICE_DAYS,
                reverse("admin:password_change"),
            )
            messages.warning(request, notice, fail_silently=True)

    def user_logged_out(self, sender, request, user, **kwargs):
        super().user_logged_out(sender, request, user, **kwargs)
        if user:
            record(AccessKind.LOGOUT, user, by=user, detail="闲置超时" if is_idle(request.session) else "")
