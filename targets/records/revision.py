"""The data revision: number and time of the newest public change; every public answer depends on it."""

from django.db import connection

LOG = "targets_publicchange"
NEWEST = f"SELECT revision || ' ' || at FROM {LOG} WHERE revision IS NOT NULL ORDER BY revision DESC LIMIT 1"
# PostgreSQL keeps the plan of a statement inside a function; `change_triggers` installs it.
NEWEST_ON_POSTGRESQL = "targets_newest_change"


def mark() -> tuple | None:
    """Return the newest revision with its time as one text, to be compared, never read; None before any."""
    query = f"SELECT {NEWEST_ON_POSTGRESQL}()" if connection.vendor == "postgresql" else NEWEST
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()
