"""Writes a plan as the folder from which `load_plan` loads the same plan.

A line has its fields in the order of its table, those with the model's default left out. Lines stand in the
order of their keys; a row that refers to another of its table comes after it. No accounts, no corrections of
staff, and no reports but the figures that the plan's folder brought.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import models

from measures.loading.annotations import (
    AREAS,
    BUREAU_TABLES,
    NUMBER_TOKENS,
    OBSERVATIONS,
    PERIODS,
    PLAN,
    TABLES,
    TEXT_FILE,
    FixtureTable,
)
from measures.loading.fixture_reader import is_loaded, name_of_figure
from measures.loading.verification import tally
from measures.models import Correction
from targets.engine import quantities
from targets.models import Baseline, Observation, Period, Plan, Target
from targets.review import OUTSIDE


def export(plan: Plan, folder: Path):
    """The folder must be empty or missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files_of(plan):
        (folder / name).write_bytes(content)


def files_of(plan: Plan) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file; an empty table has none."""
    source = plan.source_text
    yield TEXT_FILE, source.text.encode()
    yield PLAN.file, _jsonl([_line_of_plan(plan)])
    cited = _citations(plan)
    for table in (AREAS, PERIODS, *TABLES, *BUREAU_TABLES, OBSERVATIONS, NUMBER_TOKENS):
        rows = _in_order(table, _rows(table, plan))
        if rows:
            yield table.file, _jsonl([_line(table, row, rows, cited[table.cited_as]) for row in rows])


def _rows(table: FixtureTable, plan: Plan) -> list[Any]:
    rows: Any = table.rows_of(plan)
    if table.model is Observation:
        return list(rows.published().filter(entered_by=None, grade__in=OUTSIDE))
    if table.model is Period:
        # The plan's years come of themselves.
        years = {str(year) for year in plan.years}
        return [row for row in rows if row.due_on or row.code not in years]
    return [row for row in rows if not isinstance(row, Correction) or is_loaded(row)]


def _in_order(table: FixtureTable, rows: list[Any]) -> list[Any]:
    by_key = {row.pk: row for row in sorted(rows, key=lambda row: _key(table, row))}
    above = [name for name in table.references if _model_of(table, name) is table.model]
    placed: dict[int, Any] = {}

    def place(row):
        for name in above:
            other = by_key.get(getattr(row, f"{name}_id"))
            if other and other.pk not in placed:
                place(other)
        placed[row.pk] = row

    for row in by_key.values():
        if row.pk not in placed:
            place(row)
    return list(placed.values())


def _key(table: FixtureTable, row) -> list[str]:
    return [str(_plain(getattr(row, name)) or "") for name in table.key]


def _model_of(table: FixtureTable, name: str) -> Any:
    return table.model._meta.get_field(name).related_model


def _line(table: FixtureTable, row, rows: list[Any], cited: dict[int, list]) -> dict:
    default, present = table.model(), {other.pk for other in rows}
    values = {}
    for name in table.order:
        if name == "cite":
            value: Any = cited.get(row.pk)
        elif name in table.lists:
            value = sorted(_plain(member) for member in getattr(row, name).all())
        elif name in table.references and _model_of(table, name) is table.model:
            # Another plan may know more rows of a shared table.
            other = getattr(row, name)
            value = _plain(other) if other and other.pk in present else None
        else:
            value = _plain(getattr(row, name))
            if name not in table.key and name in table.columns and value == _plain(getattr(default, name)):
                continue
        if value not in (None, "", []):
            values[name] = value
    return values


def _plain(value) -> Any:
    """As a line writes it: a record by its code, a decimal or a day as text."""
    if isinstance(value, Baseline | Target):
        return name_of_figure(value, value.indicator.plan)
    if isinstance(value, models.Model):
        return value.code  # type: ignore[attr-defined]  # all others have one
    if isinstance(value, Decimal):
        return quantities.plain(value)
    return value.isoformat() if isinstance(value, date) else value


def _line_of_plan(plan: Plan) -> dict:
    source, found = plan.source_text, tally(plan.source_text)
    truncated = source.sections.filter(is_truncated=True).first()
    of_source = {
        "document": plan.document and plan.document.code,
        "sha256": source.sha256,
        "provenance": source.provenance,
        "truncated_section": truncated and truncated.code,
        # A database may store the names in any order.
        "tally": {name: source.tally[name] for name in found if name in source.tally},
    }
    return _line(PLAN, plan, [plan], {}) | {name: value for name, value in of_source.items() if value}


def _citations(plan: Plan) -> dict[str, dict[int, list]]:
    """By kind and row, as lines quote them."""
    found: dict[str, dict[int, list]] = defaultdict(lambda: defaultdict(list))
    for citation in plan.source_text.citations.order_by("position"):
        row = getattr(citation, f"{citation.supports}_id")
        found[citation.supports][row].append([citation.start, citation.end, citation.quote])
    return found


def _jsonl(lines: list[dict]) -> bytes:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
