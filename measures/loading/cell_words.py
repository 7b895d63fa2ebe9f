"""The sentences about loaded rows that differ from the files."""

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import models
from django.utils import timezone

from measures.loading.annotations import FixtureLine
from measures.models import Citation, SourceText
from targets.engine import quantities
from targets.models import Baseline, GoalLink, Observation, Target

EMPTY = "（空）"
LONGEST_SHOWN = 60
# The columns that name a row without a code.
NAMED_BY: dict[type[models.Model], tuple[str, ...]] = {
    Baseline: ("indicator", "area"),
    GoalLink: ("goal", "indicator"),
    Observation: ("indicator", "area", "period"),
    Target: ("indicator", "area", "year"),
    SourceText: ("plan",),
}


class ChangedCell(NamedTuple):
    line: FixtureLine
    wanted: models.Model
    row: models.Model
    column: models.Field


def who_and_when(write) -> str:
    """The person, the reason if there is one, and the minute."""
    user = write.history_user
    who = (user.get_full_name() or user.get_username()) if user else "系统"
    reason = f"：{write.history_change_reason}" if write.history_change_reason else ""
    return f"{who}{reason}，{timezone.localtime(write.history_date):%Y-%m-%d %H:%M}"


def codes_of(row: models.Model, names: Iterable[str]) -> tuple[str, ...]:
    """As a line of the file has them."""
    values = (getattr(row, name) for name in names)
    return tuple(str(getattr(value, "code", value) or "") for value in values)


def label_of(row: models.Model) -> str:
    if isinstance(row, Citation):
        return f"{label_of(row.cited)} 第 {row.position} 处"
    if names := NAMED_BY.get(type(row)):
        return " ".join(codes_of(row, names))
    return str(getattr(row, "code", row))


def name_of(row: models.Model) -> str:
    return f"{row._meta.verbose_name} {label_of(row)}"


def labels_of(records: Iterable[models.Model]) -> str:
    return "、".join(sorted(map(label_of, records)))


def difference(cell: ChangedCell) -> str:
    wanted, found = (value_of(record, cell.column) for record in (cell.wanted, cell.row))
    if max(len(wanted), len(found)) > LONGEST_SHOWN:
        wanted, found = _where_they_differ(wanted, found)
    return f"{name_of(cell.wanted)} 的“{cell.column.verbose_name}”应为{wanted}，库中为{found}"


def value_of(record: models.Model, column: models.Field) -> str:
    value = getattr(record, column.attname)
    if value is None or value == "":
        return EMPTY
    if column.is_relation:
        return f" {label_of(getattr(record, column.name))}"
    if isinstance(value, bool):
        return "“是”" if value else "“否”"
    if isinstance(value, Decimal):
        return f" {quantities.plain(value)}"
    if isinstance(value, int | date):
        return f" {value}"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    words = str(dict(column.flatchoices).get(value, value)).replace("\n", "\\n")
    return f"“{words}”"


def _where_they_differ(wanted: str, found: str) -> tuple[str, str]:
    """Cut two long texts to the words around their first difference."""
    pairs = zip(wanted, found, strict=False)
    place = next((place for place, (one, other) in enumerate(pairs) if one != other), 0)
    start = max(0, place - 10)
    return f"“…{wanted[start : start + 40]}…”", f"“…{found[start : start + 40]}…”"
