"""What the database holds of a plan, and what the history tells of it: for the comparison with the files."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db import models

from measures.loading.annotations import OBSERVATIONS, FixtureTable
from measures.loading.cell_words import ChangedCell
from measures.loading.fixture_reader import WantedRow
from targets.models import Observation, Plan
from targets.records.history import HistoryKind


def deletion_of(table: FixtureTable, wanted: WantedRow):
    """The line of the history that tells of it, or None."""
    model: Any = table.model
    lines = model.history.filter(history_type=HistoryKind.DELETED, **wanted.key)
    return lines.select_related("history_user").first()


def members_of(table: FixtureTable, name: str, plan: Plan) -> dict[int, set[int]]:
    members: dict[int, set[int]] = defaultdict(set)
    rows = table.rows_of(plan).exclude(**{name: None}).order_by()
    for pk, member in rows.values_list("pk", name):
        members[pk].add(member)
    return members


def loaded_figures(plan: Plan) -> list[tuple[Observation | None, Observation]]:
    """Rows without an author, now or when they were first written: as they were then, and as they are."""
    first = Observation.history.filter(history_type=HistoryKind.CREATED, entered_by=None).order_by()
    rows = Observation.objects.of_plan(plan).filter(
        models.Q(entered_by=None) | models.Q(pk__in=first.values("id"))
    )
    originals = {line.id: line.instance for line in first.filter(id__in=rows.order_by().values("pk"))}
    figures = rows.select_related(*OBSERVATIONS.key).order_by("revision")
    return [(originals.get(row.pk), row) for row in figures]


def reported_figures(
    plan: Plan, keys: Collection[tuple], loaded: Collection[int]
) -> dict[tuple, list[Observation]]:
    """What staff have reported in these series."""
    reported: dict[tuple, list[Observation]] = defaultdict(list)
    indicators = {indicator for indicator, _, _ in keys}
    rows = (
        Observation.objects.of_plan(plan).kept().filter(indicator_id__in=indicators).exclude(entered_by=None)
    )
    for row in rows.select_related(*OBSERVATIONS.key).order_by("revision"):
        if row.pk not in loaded and tuple(row.key.values()) in keys:
            reported[tuple(row.key.values())].append(row)
    return reported


def histories_of(model: Any, rows: list) -> dict[int, list]:
    """The history of each row, oldest first."""
    histories: dict[int, list] = defaultdict(list)
    lines = model.history.filter(id__in=[row.pk for row in rows]).select_related("history_user")
    for line in lines.order_by("history_id"):
        histories[line.id].append(line)
    return histories


def last_write(versions: list, cell: ChangedCell):
    """Return the write that gave the cell its value, or None if the history has another value."""
    name = cell.column.attname
    write = None
    for version in reversed(versions):
        if getattr(version, name) != getattr(cell.row, name):
            break
        write = version
    return write
