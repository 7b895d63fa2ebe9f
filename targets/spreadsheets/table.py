"""Tables as they are read and written."""

import re
from typing import NamedTuple

MOST_ROWS = 20_000
# Longer numbers are written as text: a spreadsheet would cut them.
DIGITS = 15
# A spreadsheet that opens a CSV takes such a cell for a formula.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
FIRST_CHARACTERS = frozenset("'=+-@\t\r")
GUARDED = re.compile(r"'+[=+\-@\t\r]")


class Column(NamedTuple):
    """A column that `is_shown` is not to be filled in."""

    label: str
    width: int = 12
    is_shown: bool = False
    options: tuple[str, ...] = ()


class TableRow(NamedTuple):
    """`cells` by label."""

    number: int
    cells: dict[str, str]


class Table(NamedTuple):
    """`letters` name the spreadsheet's columns by label; `unknown` are extra labels."""

    lines: list[TableRow]
    letters: dict[str, str]
    unknown: list[str]


def guarded(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if GUARDED.match(text) else text
