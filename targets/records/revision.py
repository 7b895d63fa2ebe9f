"""Number and time of the newest public change."""

from django.db import connection

LOG = "targets_publicchange"
NEWEST = f"SELECT revision || ' ' || at FROM {LOG} WHERE revision IS NOT NULL ORDER BY revision DESC LIMIT 1"
# In a function PostgreSQL keeps the plan.
NEWEST_ON_POSTGRESQL = "targets_newest_change"


def mark() -> tuple | None:
    """Differs for each revision; None before the first."""
    query = f"SELECT {NEWEST_ON_POSTGRESQL}()" if connection.vendor == "postgresql" else NEWEST
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()
