import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone

from targets.desk.access_log import record
from targets.models import AccessEntry, AccessKind

LEAST_CHARACTERS = 10
LEAST_KINDS = 3


def kinds(password: str) -> int:
    """How many of four kinds occur: lower case, upper case, digits, others."""
    tests = (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())
    return sum(any(map(test, password)) for test in tests)


class LengthAndKindsValidator:
    too_short = f"密码至少 {LEAST_CHARACTERS} 个字符。"
    few_kinds = f"密码须含小写字母、大写字母、数字、符号中的至少 {LEAST_KINDS} 种。"

    def validate(self, password, user=None):
        broken = {
            self.too_short: len(password) < LEAST_CHARACTERS,
            self.few_kinds: kinds(password) < LEAST_KINDS,
        }
        if any(broken.values()):
            raise ValidationError([rule for rule, is_broken in broken.items() if is_broken])

    def get_help_text(self):
        return self.too_short + self.few_kinds

    def password_changed(self, password, user=None):
        """Django calls this for each new password, from a form or a command."""
        record(AccessKind.PASSWORD, user)


def make() -> str:
    while kinds(password := secrets.token_urlsafe(12)) < LEAST_KINDS:
        pass
    return password


def set_at(user) -> datetime:
    """When the password was set, by the log, else with the account."""
    entries = AccessEntry.objects.filter(user=user, kind=AccessKind.PASSWORD)
    return entries.aggregate(newest=Max("at"))["newest"] or user.date_joined


def is_old(user) -> bool:
    return timezone.now() - set_at(user) > timedelta(days=settings.PASSWORD_NOTICE_DAYS)
