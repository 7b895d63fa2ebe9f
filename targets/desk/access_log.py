"""The one writer of the access log: who came in, was kept out, got which rights, took what away.

It lies here and not with the site, because what is exported is exported from here too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from targets.models import AccessEntry, AccessKind
from targets.records.history import current_user

_address: ContextVar[str | None] = ContextVar("address", default=None)


@contextmanager
def coming_from(address: str | None) -> Iterator[None]:
    """What is recorded inside bears this address; outside of all it is the server's own command line."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def record(kind: AccessKind, user=None, *, username: str = "", by=None, detail: str = "") -> AccessEntry:
    """Write a line: about whom (an account, or a name as typed) and by whom, if not whoever is writing."""
    return AccessEntry.objects.create(
        kind=kind,
        user=user,
        username=_cut("username", username or user.get_username()),
        by=by or current_user(),
        address=_address.get(),
        detail=_cut("detail", detail),
    )


def _cut(name: str, text: str) -> str:
    """As much as the column holds: whatever somebody typed, the line is written."""
    return text[: AccessEntry._meta.get_field(name).max_length]
