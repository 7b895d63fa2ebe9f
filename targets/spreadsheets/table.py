"""What a table is, whether it is read or written, and how no text of it becomes a formula."""

import re
from typing import NamedTuple

MOST_ROWS = 20_000
# What a spreadsheet keeps of a number; a longer one is written as text.
DIGITS = 15
# How a cell must not begin: a spreadsheet that opens a CSV would take it for a formula.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
# With which such a cell can begin at all.
WATCHED = frozenset("'=+-@\t\r")
GUARDED = re.compile(r"'+[=+\-@\t\r]")


class Column(NamedTuple):
    """`options` are offered to choose from; `is_shown`: for orientation, not to be filled in."""

    label: str
    width: int = 12
    is_shown: bool = False
    options: tuple[str, ...] = ()


class TableRow(NamedTuple):
    """A row of a file: its number as the spreadsheet shows it, and its cells by the column's label."""

    number: int
    cells: dict[str, str]


class Table(NamedTuple):
    """`letters` are the spreadsheet's names of the columns; `unknown` the labels that no column has."""

    lines: list[TableRow]
    letters: dict[str, str]
    unknown: list[str]


def guarded(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text


def unguarded(text: str) -> str:
    return text[1:] if GUARDED.match(text) else text
