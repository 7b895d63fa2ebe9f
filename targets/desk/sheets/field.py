"""The columns to be filled in: how their cells are read and written."""

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from enum import Enum
from typing import NamedTuple

from django.core.exceptions import ValidationError

from targets.engine import quantities
from targets.engine.quantities import plain
from targets.models import Grade
from targets.review.value_rules import words
from targets.spreadsheets import Cell, Column

NOT_OFFERED = {Grade.TEXT, Grade.DEMO}
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


class CellKind(Enum):
    TEXT, NUMBER, DAY, YEAR, CHOICE = range(5)


class SheetField(NamedTuple):
    """A column to be filled in. `options` are the stored values by label."""

    name: str
    label: str
    kind: CellKind = CellKind.TEXT
    width: int = 12
    options: dict[str, str] = {}
    # The value of an empty choice.
    default: str = ""

    @property
    def column(self) -> Column:
        offered = (label for label, value in self.options.items() if value not in NOT_OFFERED)
        return Column(self.label, self.width, options=tuple(offered))

    def read(self, text: str, unit: str):
        """The value of a cell; None or "" if empty. Raises ValueError with a sentence."""
        if self.kind == CellKind.NUMBER:
            return quantities.typed(text, unit) if text else None
        if self.kind == CellKind.DAY:
            return _day(text) if text else None
        if self.kind == CellKind.YEAR:
            return year_of(text) if text else None
        if self.kind == CellKind.CHOICE:
            return self._chosen(text) if text else self.default
        try:
            return words(text)
        except ValidationError as fault:
            raise ValueError(fault.messages[0]) from fault

    def _chosen(self, text: str) -> str:
        if text not in self.options:
            raise ValueError(f"“{text}”不在可选之列，请填{'、'.join(self.options)}之一。")
        return self.options[text]

    def cell(self, value) -> Cell:
        if self.kind == CellKind.CHOICE:
            return next((label for label, option in self.options.items() if option == value), value)
        return value

    def shown(self, value) -> str:
        if value in (None, ""):
            return "（空）"
        return plain(value) if self.kind == CellKind.NUMBER else str(self.cell(value))


def _day(text: str) -> date:
    if found := DAY.fullmatch(unicodedata.normalize("NFKC", text)):
        with suppress(ValueError):
            return date(*map(int, found.groups()))
    raise ValueError(f"“{text}”不是日期，请写作 2018-12-31。")


def year_of(text: str) -> int:
    found = re.fullmatch(r"(\d{4})年?", unicodedata.normalize("NFKC", text))
    if not found:
        raise ValueError(f"“{text}”不是年份，请写作 2018。")
    return int(found[1])


def options_of(choices: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {str(label): value for value, label in choices}
