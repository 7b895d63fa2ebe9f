"""The one writer of the access log: logins, refused logins, rights and exports."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from targets.models import AccessEntry, AccessKind
from targets.records.history import current_user

_address: ContextVar[str | None] = ContextVar("address", default=None)


@contextmanager
def coming_from(address: str | None) -> Iterator[None]:
    """Give this address to what is recorded inside. Without one it is the command line."""
    token = _address.set(address)
    try:
        yield
    finally:
        _address.reset(token)


def record(kind: AccessKind, user=None, *, username: str = "", by=None, detail: str = "") -> AccessEntry:
    """Record an entry about an account, or about a name as typed."""
    return AccessEntry.objects.create(
        kind=kind,
        user=user,
        username=_cut("username", username or user.get_username()),
        by=by or current_user(),
        address=_address.get(),
        detail=_cut("detail", detail),
    )


def _cut(name, text):
    return text[: AccessEntry._meta.get_field(name).max_length]
