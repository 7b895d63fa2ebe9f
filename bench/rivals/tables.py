"""Datasette on the file BENCH_FILE, with a canned query of the inputs of `progress/`."""

import os

from datasette.app import Datasette

# Of the city and all areas that report, up to a day.
INPUTS = """
    WITH counted AS (
        SELECT id FROM targets_area
        WHERE parent_id IS NULL OR id IN (SELECT area_id FROM targets_reportingduty)
    )
    SELECT 'observation' AS kind, i.code AS indicator, a.code AS area, p.code AS period, o.value,
        o.comparator, o.numerator, o.denominator, o.unavailable_reason, o.grade, o.note, o.published_at
    FROM targets_observation o
    JOIN targets_indicator i ON i.id = o.indicator_id
    JOIN targets_area a ON a.id = o.area_id
    JOIN targets_period p ON p.id = o.period_id
    WHERE o.status = 'published' AND o.area_id IN counted AND p."end" <= :day
    UNION ALL
    SELECT 'baseline', i.code, a.code, b.year, b.value, b.comparator, NULL, NULL, NULL, b.grade, b.note, NULL
    FROM targets_baseline b
    JOIN targets_indicator i ON i.id = b.indicator_id JOIN targets_area a ON a.id = b.area_id
    UNION ALL
    SELECT 'target', i.code, a.code, t.year, t.value, t.comparator, NULL, NULL, NULL, t.grade, t.source,
        t.decided_on
    FROM targets_target t
    JOIN targets_indicator i ON i.id = t.indicator_id JOIN targets_area a ON a.id = t.area_id
    WHERE t.decided_on <= :day
    UNION ALL
    SELECT 'duty', i.code, a.code, d.frequency, NULL, NULL, NULL, NULL, NULL, NULL, d.valid_from, d.valid_to
    FROM targets_reportingduty d
    JOIN targets_indicator i ON i.id = d.indicator_id JOIN targets_area a ON a.id = d.area_id
"""

application = Datasette(
    [os.environ["BENCH_FILE"]],
    settings={"max_returned_rows": 100_000, "sql_time_limit_ms": 60_000},
    metadata={
        "databases": {
            os.environ["BENCH_NAME"]: {
                "tables": {"targets_period": {"label_column": "code"}},
                "queries": {"inputs": {"sql": INPUTS}},
            }
        }
    },
).app()
