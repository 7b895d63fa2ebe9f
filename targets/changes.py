"""A row's history as it is read: line by line, field by field what became another."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.contrib.admin.utils import display_for_field
from django.core.paginator import Page, Paginator
from django.db import models

from targets import quantities
from targets.history import Kind, Record

# Counters and stamps of the machinery; the line itself says when.
UNTOLD = {"id", "version", "updated_at"}
EMPTY = "（空）"
LINES_PER_PAGE = 50


class Change(NamedTuple):
    label: str
    before: str
    after: str


class Line(NamedTuple):
    """`line` is the row of the history; `before_is_known` is false where a change has no line before it."""

    line: models.Model
    changes: list[Change]
    before_is_known: bool


def page(row: Record, number) -> Page:
    """A page of the lines of a row, newest first; its `object_list` holds Line. Costs two queries."""
    related = [field.name for field in row.history.model.tracked_fields if field.is_relation]
    history = row.history.select_related("history_user", *related)
    found = Paginator(history, LINES_PER_PAGE).get_page(number)
    first = found.start_index() - 1 if found.paginator.count else 0
    # One more than is shown: the last line of a page is compared with the first of the next.
    rows = list(history[first : first + LINES_PER_PAGE + 1])
    found.object_list = [
        Line(line, list(_changes(before, line)), before is not None or line.history_type == Kind.CREATED)
        for line, before in zip(rows, [*rows[1:], None], strict=False)
    ][:LINES_PER_PAGE]
    return found


def _changes(before: models.Model | None, line: models.Model) -> Iterator[Change]:
    if before is None or line.history_type != Kind.CHANGED:
        return
    for field in line.tracked_fields:
        if field.name in UNTOLD or getattr(before, field.attname) == getattr(line, field.attname):
            continue
        yield Change(field.verbose_name, _shown(before, field), _shown(line, field))


def _shown(line: models.Model, field: models.Field) -> str:
    value = getattr(line, field.attname)
    if value in (None, ""):
        return EMPTY
    if field.is_relation:
        gone = f"已删除的{field.related_model._meta.verbose_name}（编号 {value}）"
        return str(getattr(line, field.name) or gone)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return quantities.plain(value)
    return display_for_field(value, field, EMPTY)
