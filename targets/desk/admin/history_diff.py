"""The history of a row, field by field, and the deleted rows."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from django.contrib.admin.utils import display_for_field
from django.core.paginator import Page
from django.db import models
from django.db.models import Exists, OuterRef
from simple_history.models import HistoricalChanges

from targets.engine import quantities
from targets.records.history import HistoryKind, Record
from targets.records.paging import CappedPaginator

HIDDEN = {"id", "version", "updated_at"}
EMPTY = "（空）"
LINES_PER_PAGE = 50


class FieldChange(NamedTuple):
    name: str
    label: str
    before: str
    after: str


class HistoryEntry(NamedTuple):
    """A line of the history; `before_is_known` is false for a change without a line before it."""

    line: HistoricalChanges
    changes: list[FieldChange]
    before_is_known: bool


def lines(model: type[Record]) -> models.QuerySet:
    """All lines of a table, newest first, with the rows that they refer to."""
    related = [field.name for field in model.history.model.tracked_fields if field.is_relation]
    return model.history.select_related("history_user", *related)


def of_row(model: type[Record], pk: int) -> models.QuerySet:
    return lines(model).filter(id=pk)


def of_deleted(model: type[Record]) -> models.QuerySet:
    """The last line of each deleted row."""
    living = model._base_manager.filter(pk=OuterRef("id"))
    return lines(model).filter(~Exists(living), history_type=HistoryKind.DELETED)


def page(model: type[Record], pk: int, number) -> Page:
    """A page of HistoryEntry, newest first. Costs two queries."""
    history = of_row(model, pk)
    found = CappedPaginator(history, LINES_PER_PAGE).get_page(number)
    first = found.start_index() - 1 if found.paginator.count else 0
    # One more than shown: the last line is compared with the first of the next page.
    rows = list(history[first : first + LINES_PER_PAGE + 1])
    found.object_list = [
        HistoryEntry(
            line, _changes(before, line), before is not None or line.history_type == HistoryKind.CREATED
        )
        for line, before in zip(rows, [*rows[1:], None], strict=False)
    ][:LINES_PER_PAGE]
    return found


def _changes(before: HistoricalChanges | None, line: HistoricalChanges) -> list[FieldChange]:
    if before is None or line.history_type != HistoryKind.CHANGED:
        return []
    return between(before, line)


def between(before: HistoricalChanges, after: HistoricalChanges) -> list[FieldChange]:
    return [
        FieldChange(field.name, str(field.verbose_name), _shown(before, field), _shown(after, field))
        for field in _shown_fields(after)
        if getattr(before, field.attname) != getattr(after, field.attname)
    ]


def whole(line: HistoricalChanges) -> list[FieldChange]:
    """All fields of a line that are set."""
    return [
        FieldChange(field.name, str(field.verbose_name), EMPTY, _shown(line, field))
        for field in _shown_fields(line)
        if getattr(line, field.attname) not in (None, "")
    ]


def gone(line: HistoricalChanges, names: Iterable[str]) -> Iterator[str]:
    """The labels of the fields that refer to deleted rows."""
    for field in _shown_fields(line):
        is_set = field.is_relation and getattr(line, field.attname) is not None
        if is_set and field.name in names and getattr(line, field.name) is None:
            yield str(field.verbose_name)


def _shown_fields(line: HistoricalChanges) -> list[models.Field]:
    return [field for field in line.tracked_fields if field.name not in HIDDEN]


def _shown(line: HistoricalChanges, field: models.Field) -> str:
    value = getattr(line, field.attname)
    if value in (None, ""):
        return EMPTY
    if model := field.related_model:
        gone = f"已删除的{model._meta.verbose_name}（编号 {value}）"
        return str(getattr(line, field.name) or gone)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return quantities.plain(value)
    return display_for_field(value, field, EMPTY)
