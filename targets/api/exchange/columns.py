"""Rows read as columns of the database, without model instances: fast enough for long lists.

The columns follow from the serializer of the list. It may show columns of the row itself, columns of what it
points to, and lists of what points to it (evidence). The database formats times and days.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import CharField, Func, OuterRef, QuerySet, Subquery
from django.utils import timezone
from rest_framework import serializers

from targets.api.serializers import Number, json_number
from targets.spreadsheets import Cell

CHUNK_ROWS = 1000


class DriverNumber(Func):
    """A number as the driver gives it: an int, a float or a Decimal."""

    template, output_field = "%(expressions)s", CharField()


class DayText(Func):
    """YYYY-MM-DD."""

    template, output_field = "to_char(%(expressions)s, 'YYYY-MM-DD')", CharField()

    def as_sqlite(self, compiler, connection):
        # The driver would convert a bare date column to a date.
        return self.as_sql(compiler, connection, template="%(expressions)s || ''")


class TimeText(Func):
    """2018-07-01T08:00:00+08:00, with a fraction of a second if there is one.

    Today's UTC offset serves all times: China has not changed its clocks since 1991.
    """

    output_field = CharField()

    def as_sqlite(self, compiler, connection):
        # SQLite would round a fraction from .9995 up to the next second, so it is cut off and put back.
        local = f"replace(datetime(substr(%(expressions)s, 1, 19), '{_utc_offset()}'), ' ', 'T')"
        fraction = "substr(%(expressions)s, 20)"
        return self.as_sql(compiler, connection, template=f"{local} || {fraction} || '{_utc_offset()}'")

    def as_postgresql(self, compiler, connection):
        local = f"%(expressions)s AT TIME ZONE '{timezone.get_default_timezone_name()}'"
        text = f"to_char({local}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
        template = f"replace({text}, '.000000', '') || '{_utc_offset()}'"
        return self.as_sql(compiler, connection, template=template)


@cache
def _utc_offset() -> str:
    return timezone.localtime().isoformat()[-6:]


class FieldColumn(NamedTuple):
    """A field, the column it shows, and the conversions of a value for JSON and for a file.

    The column of a nested list is the key of the list, NULL where the list is empty.
    """

    name: str
    column: str | Func | Subquery
    to_json: Callable | None = None
    to_cell: Callable | None = None
    nested: "NestedRows | None" = None


class NestedRows(NamedTuple):
    """Rows of another table, and their column that points to the row that shows them."""

    rows: QuerySet
    points_by: str
    reader: "ColumnReader"

    @property
    def key(self) -> Subquery:
        """Fetch lists only for rows that have any; querying the rest is slow."""
        pointing = self.rows.filter(**{self.points_by: OuterRef("pk")})
        return Subquery(pointing.order_by().values(self.points_by)[:1])

    def by_key(self, keys: list[int]) -> dict[int, list[dict]]:
        lists: dict[int, list[dict]] = defaultdict(list)
        if keys:
            rows = self.rows.filter(**{f"{self.points_by}__in": keys})
            for *row, key in self.reader.select(rows, self.points_by):
                lists[key] += self.reader.json_rows([row])
        return lists


class ColumnReader:
    def __init__(self, fields: list[FieldColumn]):
        self.fields = fields
        self.names = [field.name for field in fields]

    def only(self, names: Iterable[str]) -> "ColumnReader":
        return ColumnReader([field for field in self.fields if field.name in names])

    def select(self, records: QuerySet, *extra: str) -> QuerySet:
        """Return tuples: a value for each field, then the extra columns."""
        columns = (field.column for field in self.fields)
        return records.prefetch_related(None).values_list(*columns, *extra)

    def json_rows(self, rows: Iterable[Sequence]) -> Iterator[dict]:
        converted = self._converted(rows, [field.to_json for field in self.fields])
        return (dict(zip(self.names, row, strict=True)) for row in converted)

    def file_rows(self, rows: Iterable[Sequence]) -> Iterator[Sequence[Cell]]:
        return self._converted(rows, [field.to_cell for field in self.fields])

    def _converted(self, rows: Iterable[Sequence], conversions: list[Callable | None]) -> Iterator[Sequence]:
        """Convert a chunk column by column, which is faster than row by row."""
        rows = iter(rows)
        while chunk := list(islice(rows, CHUNK_ROWS)):
            columns: list[Iterable] = [*islice(zip(*chunk, strict=True), len(self.fields))]
            for place, (field, convert) in enumerate(zip(self.fields, conversions, strict=True)):
                if field.nested:
                    lists = field.nested.by_key(list(filter(None, columns[place])))
                    columns[place] = [lists.get(key, []) for key in columns[place]]
                if convert:
                    columns[place] = map(convert, columns[place])
            yield from zip(*columns, strict=True)


@cache
def reader_of(serializer) -> ColumnReader:
    model = serializer.Meta.model
    return ColumnReader([_field_column(name, field, model) for name, field in serializer().fields.items()])


def _field_column(name: str, field: serializers.Field, model) -> FieldColumn:
    path = str(field.source).replace(".", "__")
    if isinstance(field, serializers.ListSerializer):
        related = model._meta.get_field(path)
        nested_serializer: Any = type(field.child)
        reader = reader_of(nested_serializer)
        nested = NestedRows(related.related_model.objects.all(), related.field.name, reader)
        return FieldColumn(name, nested.key, None, _json_text, nested)
    if path.startswith("get_") and path.endswith("_display"):
        column = path.removeprefix("get_").removesuffix("_display")
        label = dict(model._meta.get_field(column).flatchoices).get
        return FieldColumn(name, column, label, label)
    if isinstance(field, Number):
        return FieldColumn(name, DriverNumber(path), _json_number, _exact_number)
    if isinstance(field, serializers.DateTimeField):
        return FieldColumn(name, TimeText(path))
    if isinstance(field, serializers.DateField):
        return FieldColumn(name, DayText(path))
    # The database stores a missing text as an empty one.
    is_text = field.allow_null and isinstance(field, serializers.CharField)
    return FieldColumn(name, path, _text_or_none if is_text else None)


def _text_or_none(text: str) -> str | None:
    return text or None


def _json_number(value: int | float | Decimal | None) -> int | float | None:
    # SQLite keeps 15 digits.
    if isinstance(value, float):
        return float(f"{value:.15g}")
    return json_number(value) if isinstance(value, Decimal) else value


def _exact_number(value: int | float | Decimal | None) -> int | Decimal | None:
    return Decimal(f"{value:.15g}") if isinstance(value, float) else value


def _json_text(rows: list[dict]) -> str | None:
    return json.dumps(rows, ensure_ascii=False) if rows else None
