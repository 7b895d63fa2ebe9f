"""What a public answer depends on besides its request."""

import re
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.utils.http import parse_etags
from django.utils.timezone import localdate

from targets.records import revision
from targets.review.plan_codes import reserved_codes

SOURCES = [
    "requirements.txt",
    "hengshui_plan/**/*.py",
    "measures/**/*.py",
    "targets/**/*.py",
    "hengshui_plan/static/**/*.*",
    "templates/**/*.*",
]
PLAN_ADDRESS = re.compile(r"/(?:api/v1/plans/)?([a-z][a-z0-9-]+)/")
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


def state(plan: str | None = None) -> tuple:
    """What the answers of a plan depend on, or those that plans share; the day decides the default period."""
    return revision.mark(plan), localdate()


def plan_in(path: str) -> str | None:
    """The code of the plan that an address is about; None for an address that plans share."""
    found = PLAN_ADDRESS.match(path)
    return found[1] if found and found[1] not in _shared_segments() else None


@cache
def _shared_segments() -> set[str]:
    return reserved_codes()


def weak_tags(header: str) -> set[str]:
    return {f"W/{tag.removeprefix('W/')}" for tag in parse_etags(header)}
