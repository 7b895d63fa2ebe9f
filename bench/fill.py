"""Fills a copy of the demonstration up to ROWS published observations: python bench/inside.py fill ROWS

The new rows belong to abolished areas, so that pages show the same among any number of rows.
"""

from datetime import date

from django.core.management import call_command
from django.db import connection
from django.db.models import Count, Max

from targets.engine import periods
from targets.models import (
    Area,
    AreaKind,
    CodeSystem,
    Frequency,
    Indicator,
    Observation,
    Period,
    Plan,
    PublicChange,
)

# By area, as reports come in. Values depend on n.
FILL = """
    INSERT INTO targets_observation (
        indicator_id, area_id, period_id, value, comparator, numerator, denominator,
        unavailable_reason, grade, source, note, status, revision, version,
        entered_at, updated_at, published_at
    )
    SELECT
        indicator_id, area_id, period_id,
        CASE WHEN n % 50 = 0 THEN NULL ELSE n * 7919 % 9973 / 4.0 END,
        CASE WHEN n % 40 = 7 THEN 'ge' ELSE 'eq' END,
        CASE WHEN n % 10 = 3 THEN n * 7919 % 9973 END,
        CASE WHEN n % 10 = 3 THEN 400 END,
        CASE WHEN n % 50 = 0 THEN '统计口径调整' ELSE '' END,
        'demo', '演示数据，虚构',
        CASE WHEN n % 20 = 5 THEN '虚构的说明' ELSE '' END,
        'published', 1, 4, {entered}, {updated}, {published}
    FROM (
        SELECT
            i.id AS indicator_id, a.id AS area_id, p.id AS period_id,
            ROW_NUMBER() OVER (ORDER BY a.code, i.code, p.code) AS n
        FROM targets_area a CROSS JOIN targets_indicator i CROSS JOIN targets_period p
        WHERE a.code LIKE '9%' AND i.is_tracked
        ORDER BY n LIMIT {rows}
    ) AS series
"""
# n seconds into 2021. Never without microseconds: SQLite compares times as text.
SECONDS, MICROSECONDS = "1609459200 + n + {after}", "n * 7919 % 999983 + 1"
MOMENT = {
    "sqlite": f"strftime('%Y-%m-%d %H:%M:%S.', {SECONDS}, 'unixepoch') || printf('%06d', {MICROSECONDS})",
    "postgresql": f"to_timestamp({SECONDS}) + ({MICROSECONDS}) * INTERVAL '1 microsecond'",
}
ABOLISHED = date(2000, 12, 31)
# All sizes have the areas that this many rows need.
MAX_ROWS = 1_000_000


def main(arguments: list[str]):
    size = int(arguments[0])
    plan = Plan.objects.get()
    for months in Frequency.values:
        _make_periods(plan, months)
    missing = size - Observation.objects.published().count()
    in_each = Indicator.objects.tracked().count() * Period.objects.count()
    _make_areas(-(-MAX_ROWS // in_each))
    offsets = {"entered": -86400, "published": 0, "updated": 1}
    moments = {name: MOMENT[connection.vendor].format(after=after) for name, after in offsets.items()}
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(rows=missing, **moments))
    _check(size)


def _make_periods(plan, months: int):
    known = set(Period.objects.values_list("code", flat=True))
    for code in periods.within(plan.start_year, plan.end_year, months):
        if code not in known:
            Period.of(plan, code).save()


def _make_areas(number: int):
    """Make a chain of predecessors of an area in force."""
    plan = Plan.objects.get()
    city = plan.top_area
    successor = plan.areas.filter(predecessor=None).exclude(pk=city.pk).order_by("code").last()
    area = None
    for index in range(number):
        area = Area.objects.create(
            code=f"9{index:05}",
            code_system=CodeSystem.STATS,
            name=f"虚构{index}县",
            kind=AreaKind.COUNTY,
            parent=city,
            predecessor=area,
            valid_to=ABOLISHED,
        )
    successor.predecessor = area
    successor.save()


def _check(size: int):
    """Also that revisions have no gap."""
    call_command("check", "--database", "default", "--fail-level", "WARNING")
    log = PublicChange.objects.aggregate(rows=Count("pk"), numbered=Count("revision"), last=Max("revision"))
    if len(set(log.values())) != 1 or Observation.objects.published().count() != size:
        raise SystemExit(f"not as it should be: {log}, {Observation.objects.published().count()} published")
