"""Tables as files: what Excel, WPS and LibreOffice write and read, and nothing that could harm.

A cell is read as its reader sees it: 0.98 in a cell of percentages is 98%, a date is 2018-12-31, a formula is
its result. Everything is text from there on.
"""

from targets.spreadsheets.reader import MOST_BYTES, Unreadable, must_be_small, packed, read, unpacked
from targets.spreadsheets.table import MOST_ROWS, Column, Table, TableRow
from targets.spreadsheets.writer import Cell, Notes, Unwritable, as_csv, as_xlsx, csv_blocks, write_xlsx

__all__ = [
    "MOST_BYTES",
    "MOST_ROWS",
    "Cell",
    "Column",
    "Notes",
    "Table",
    "TableRow",
    "Unreadable",
    "Unwritable",
    "as_csv",
    "as_xlsx",
    "csv_blocks",
    "must_be_small",
    "packed",
    "read",
    "unpacked",
    "write_xlsx",
]
