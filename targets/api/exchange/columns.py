"""Rows read as columns: what the database has of them, with no record made in between.

For the long lists of flat facts. What a row holds is what its serializer shows, as long as that is columns of
its own, of what it points to, and lists of what points to it (evidence). A time and a day leave the database
as the text that the API writes.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import NamedTuple

from django.db import models
from django.db.models import CharField, Func, OuterRef, QuerySet, Subquery
from django.utils import timezone
from rest_framework import serializers

from targets.api.serializers.row import Number, json_number
from targets.spreadsheets import Cell

AT_ONCE = 1000


class Plain(Func):
    """A number as the driver gives it: an int, a float or a Decimal."""

    template, output_field = "%(expressions)s", CharField()


class Day(Func):
    """YYYY-MM-DD."""

    template, output_field = "to_char(%(expressions)s, 'YYYY-MM-DD')", CharField()

    def as_sqlite(self, compiler, connection):
        # A column of days alone would become days again in the driver.
        return self.as_sql(compiler, connection, template="%(expressions)s || ''")


class Moment(Func):
    """A time of the site's own zone: 2018-07-01T08:00:00+08:00, with a fraction where there is one.

    The zone's distance from Greenwich is that of today: China has not changed its clocks since 1991.
    """

    output_field = CharField()

    def as_sqlite(self, compiler, connection):
        # Without the fraction: from .9995 on it would be rounded up to the next second.
        local = f"replace(datetime(substr(%(expressions)s, 1, 19), '{_offset()}'), ' ', 'T')"
        fraction = "substr(%(expressions)s, 20)"
        return self.as_sql(compiler, connection, template=f"{local} || {fraction} || '{_offset()}'")

    def as_postgresql(self, compiler, connection):
        local = f"%(expressions)s AT TIME ZONE '{timezone.get_default_timezone_name()}'"
        text = f"to_char({local}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
        return self.as_sql(compiler, connection, template=f"replace({text}, '.000000', '') || '{_offset()}'")


@cache
def _offset() -> str:
    return timezone.localtime().isoformat()[-6:]


class Reading(NamedTuple):
    """A field: the column that it shows, and what is made of that for JSON and for the cell of a file.

    Of a list inside of the row the column is the key that leads to the list, and NULL where that is empty.
    """

    name: str
    column: str | Func | Subquery
    value: Callable | None = None
    cell: Callable | None = None
    lists: "Lists | None" = None


class Lists(NamedTuple):
    """What rows have inside of them: rows of another table, and their column that points to the row."""

    rows: QuerySet
    points_by: str
    columns: "Columns"

    @property
    def key(self) -> Subquery:
        """Of the row that any points to: to ask for the lists of rows that have none takes too long."""
        pointing = self.rows.filter(**{self.points_by: OuterRef("pk")})
        return Subquery(pointing.order_by().values(self.points_by)[:1])

    def of(self, keys: list[int]) -> dict[int, list[dict]]:
        found = defaultdict(list)
        if not keys:
            return found
        rows = self.rows.filter(**{f"{self.points_by}__in": keys})
        for *row, key in self.columns.of(rows, self.points_by):
            found[key] += self.columns.values([row])
        return found


class Columns:
    """The rows of a list, read for some of the fields of its serializer, or all."""

    def __init__(self, readings: list[Reading]):
        self.readings = readings
        self.names = [reading.name for reading in readings]

    def only(self, names: Iterable[str]) -> "Columns":
        return Columns([reading for reading in self.readings if reading.name in names])

    def of(self, records: QuerySet, *also: str) -> QuerySet:
        """As tuples: a column for each field, and what else is asked for."""
        columns = (reading.column for reading in self.readings)
        return records.prefetch_related(None).values_list(*columns, *also)

    def values(self, rows: Iterable[Sequence]) -> Iterator[dict]:
        """As JSON has them."""
        makers = [(place, reading.value) for place, reading in enumerate(self.readings) if reading.value]
        return (dict(zip(self.names, row, strict=True)) for row in self._made(rows, makers))

    def cells(self, rows: Iterable[Sequence]) -> Iterator[Sequence[Cell]]:
        """As the files have them."""
        makers = [(place, reading.cell) for place, reading in enumerate(self.readings) if reading.cell]
        return self._made(rows, makers)

    def _made(self, rows: Iterable[Sequence], makers: list[tuple[int, Callable]]) -> Iterator[Sequence]:
        """Column by column, many rows at once: that is fewer steps than each row by itself."""
        rows, width = iter(rows), len(self.readings)
        while block := list(islice(rows, AT_ONCE)):
            columns: list[Iterable] = list(zip(*block, strict=True))[:width]
            for place, reading in enumerate(self.readings):
                if reading.lists:
                    found = reading.lists.of(list(filter(None, columns[place])))
                    columns[place] = [found.get(key, []) for key in columns[place]]
            for place, make in makers:
                columns[place] = map(make, columns[place])
            yield from zip(*columns, strict=True)


@cache
def columns_of(serializer: type[serializers.ModelSerializer]) -> Columns:
    model = serializer.Meta.model
    return Columns([_reading(name, field, model) for name, field in serializer().fields.items()])


def _reading(name: str, field: serializers.Field, model: type[models.Model]) -> Reading:
    path = field.source.replace(".", "__")
    if isinstance(field, serializers.ListSerializer):
        related = model._meta.get_field(path)
        lists = Lists(related.related_model.objects.all(), related.field.name, columns_of(type(field.child)))
        return Reading(name, lists.key, None, _as_text, lists)
    if path.startswith("get_") and path.endswith("_display"):
        column = path.removeprefix("get_").removesuffix("_display")
        label = dict(model._meta.get_field(column).flatchoices).get
        return Reading(name, column, label, label)
    if isinstance(field, Number):
        return Reading(name, Plain(path), _number, _exact)
    if isinstance(field, serializers.DateTimeField):
        return Reading(name, Moment(path))
    if isinstance(field, serializers.DateField):
        return Reading(name, Day(path))
    # A text that is not there is an empty one to the database.
    is_text = field.allow_null and isinstance(field, serializers.CharField)
    return Reading(name, path, _or_none, None) if is_text else Reading(name, path)


def _or_none(text: str) -> str | None:
    return text or None


def _number(value: int | float | Decimal | None) -> int | float | None:
    # SQLite keeps 15 digits.
    if isinstance(value, float):
        return float(f"{value:.15g}")
    return json_number(value) if isinstance(value, Decimal) else value


def _exact(value: int | float | Decimal | None) -> int | Decimal | None:
    return Decimal(f"{value:.15g}") if isinstance(value, float) else value


def _as_text(rows: list[dict]) -> str | None:
    return json.dumps(rows, ensure_ascii=False) if rows else None
