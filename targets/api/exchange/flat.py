"""Rows of the API as a flat table: a column for each field, those of an object inside joined by a dot.

Codes in a list stand in one cell, parted by semicolons; objects in a list (evidence, links with goals) as the
JSON that the API answers with, because no other form of one cell could be read back. What is missing is an
empty cell, and so is an empty list.
"""

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rest_framework.serializers import Field, ListSerializer, Serializer

from targets.spreadsheets import Cell


class FlatColumn(NamedTuple):
    path: tuple[str, ...]
    label: str
    field: Field

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def told(self) -> str:
        """What its values mean, as far as its label does not say it."""
        codes = getattr(self.field, "choices", {}).items()
        return "；".join(
            filter(None, [str(self.field.help_text or ""), *(f"{code} {label}" for code, label in codes)])
        )

    def cell(self, row: dict) -> Cell:
        value = row
        for name in self.path:
            if value is None:
                return None
            value = value[name]
        if not isinstance(value, list):
            return value
        if isinstance(self.field, ListSerializer):
            return json.dumps(value, ensure_ascii=False) if value else None
        return ";".join(value) or None


class Flat(NamedTuple):
    columns: list[FlatColumn]
    rows: Iterator[list[Cell]]


def flat(serializer: Serializer, records: Iterable) -> Flat:
    """The records as a table; they are read one by one, as the rows are asked for."""
    columns = head(serializer)
    rows = map(serializer.to_representation, records)
    return Flat(columns, ([column.cell(row) for column in columns] for row in rows))


def head(serializer: Serializer) -> list[FlatColumn]:
    return list(_columns(serializer))


def _columns(serializer: Serializer, above: tuple[str, ...] = (), label: str = "") -> Iterator[FlatColumn]:
    for name, field in serializer.fields.items():
        path, words = (*above, name), f"{label}{field.label}"
        if isinstance(field, Serializer):
            yield from _columns(field, path, f"{words}：")
        else:
            yield FlatColumn(path, words, field)
