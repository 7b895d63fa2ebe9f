"""Number and time of the newest public change: of everything, or of what the answers of a plan depend on."""

from django.db import connection

LOG = "targets_publicchange"
NEWEST = f"SELECT revision || ' ' || at FROM {LOG} WHERE revision IS NOT NULL ORDER BY revision DESC LIMIT 1"
# The plan, the plans whose indicators it continues, and what plans share; of the plans that continue its own
# indicators, which its pages name, not the figures.
NEWEST_OF_PLAN = f"""
    WITH RECURSIVE asked(code) AS (SELECT CAST({{plan}} AS text)), shown(code) AS (
        SELECT code FROM asked
        UNION
        SELECT earlier.plan_id FROM shown
        JOIN targets_indicator own ON own.plan_id = shown.code
        JOIN targets_indicatorlink link ON link.indicator_id = own.id
        JOIN targets_indicator earlier ON earlier.id = link.earlier_id
    )
    SELECT revision || ' ' || at FROM {LOG} WHERE revision = (
        SELECT MAX(newest) FROM (
            SELECT (SELECT MAX(revision) FROM {LOG} WHERE plan = shown.code) AS newest FROM shown
            UNION ALL
            SELECT MAX(revision) FROM {LOG} WHERE plan = ''
            UNION ALL
            SELECT MAX(revision) FROM {LOG}
            WHERE type IN ('indicator', 'plan', 'all') AND plan IN (
                SELECT later.plan_id FROM asked
                JOIN targets_indicator own ON own.plan_id = asked.code
                JOIN targets_indicatorlink link ON link.earlier_id = own.id
                JOIN targets_indicator later ON later.id = link.indicator_id
            )
        ) each_plan
    )"""
# In a function PostgreSQL keeps the plan of a query.
FUNCTIONS = {
    "targets_newest_change()": NEWEST,
    "targets_newest_change_of(plan_code text)": NEWEST_OF_PLAN.format(plan="plan_code"),
}


def mark(plan: str | None = None) -> tuple | None:
    """Differs for each revision of everything, or of what concerns a plan; None before the first."""
    is_postgresql = connection.vendor == "postgresql"
    if plan is None:
        query = "SELECT targets_newest_change()" if is_postgresql else NEWEST
    else:
        query = "SELECT targets_newest_change_of(%s)" if is_postgresql else NEWEST_OF_PLAN.format(plan="%s")
    with connection.cursor() as cursor:
        cursor.execute(query, None if plan is None else [plan])
        return cursor.fetchone()
