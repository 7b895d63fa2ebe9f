"""Rows of the API as a flat table: a column for each field, `baseline.value` for a field of a nested object.

A list of codes is one cell, separated by semicolons; a list of objects (evidence, links with goals) is JSON.
A missing value and an empty list are an empty cell.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

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
    def description(self) -> str:
        """Help text and codes of the field; the label is not repeated."""
        codes = getattr(self.field, "choices", {}).items()
        return "；".join(
            filter(None, [str(self.field.help_text or ""), *(f"{code} {label}" for code, label in codes)])
        )

    def cell(self, row: dict) -> Cell:
        value: Any = row
        for name in self.path:
            if value is None:
                return None
            value = value[name]
        if not isinstance(value, list):
            return value
        if isinstance(self.field, ListSerializer):
            return json.dumps(value, ensure_ascii=False) if value else None
        return ";".join(value) or None


class FlatTable(NamedTuple):
    columns: list[FlatColumn]
    rows: Iterator[list[Cell]]


def flat_table(serializer: Serializer, records: Iterable) -> FlatTable:
    """Serialize records lazily, one at a time."""
    columns = list(flat_columns(serializer))
    rows = map(serializer.to_representation, records)
    return FlatTable(columns, ([column.cell(row) for column in columns] for row in rows))


def flat_columns(
    serializer: Serializer, above: tuple[str, ...] = (), label: str = ""
) -> Iterator[FlatColumn]:
    for name, field in serializer.fields.items():
        path, words = (*above, name), f"{label}{field.label}"
        if isinstance(field, Serializer):
            yield from flat_columns(field, path, f"{words}：")
        else:
            yield FlatColumn(path, words, field)
