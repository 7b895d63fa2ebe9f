"""What a public answer depends on besides its request."""

from functools import cache
from hashlib import sha256

from django.conf import settings
from django.utils.http import parse_etags
from django.utils.timezone import localdate

from targets.records import revision

SOURCES = [
    "requirements.txt",
    "hengshui_plan/**/*.py",
    "measures/**/*.py",
    "targets/**/*.py",
    "hengshui_plan/static/**/*.*",
    "templates/**/*.*",
]
# Name in a WSGI environ.
STATE_KEY = "hengshui_plan.state"


@cache
def fingerprint() -> str:
    words = (settings.SITE_NAME, settings.SITE_SPONSOR, settings.SITE_ICP_NUMBER, settings.SITE_CONTACT)
    digest = sha256(repr(words).encode())
    for pattern in SOURCES:
        for path in sorted(settings.BASE_DIR.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def state() -> tuple:
    """The day decides the default period."""
    return revision.mark(), localdate()


def weak_tags(header: str) -> set[str]:
    return {f"W/{tag.removeprefix('W/')}" for tag in parse_etags(header)}
