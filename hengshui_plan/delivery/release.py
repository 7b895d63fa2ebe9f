"""What the answer to a question depends on besides the question: this release, the data, and the day."""

from datetime import date, datetime
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.utils import timezone
from django.utils.http import parse_etags

from targets.records import revision

SOURCES = [
    "requirements.txt",
    "hengshui_plan/**/*.py",
    "measures/**/*.py",
    "targets/**/*.py",
    "hengshui_plan/static/**/*.*",
    "templates/**/*.*",
]


@cache
def fingerprint() -> str:
    """Of the program and of the settings that readers see, read once in a process."""
    digest = sha256(repr((settings.SITE_SPONSOR, settings.SITE_ICP_NUMBER, settings.SITE_CONTACT)).encode())
    for pattern in SOURCES:
        for path in sorted(settings.BASE_DIR.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def state() -> tuple:
    """Of the data and of the calendar, which moves the default period; the same as long as no answer changes.

    A database that was restored from a copy may count to the same revision again, at another time.
    """
    return revision.mark(), today()


def today() -> date:
    """As `timezone.localdate`, which would be a fifth of what a kept answer takes."""
    return datetime.now(timezone.get_default_timezone()).date()


def tags_in(header: str) -> set[str]:
    """The tags of an If-None-Match, as weak ones all of them: this is how it compares."""
    return {f"W/{tag.removeprefix('W/')}" for tag in parse_etags(header)}
