"""Tables as files, read as the text that people see: 98%, 2018-12-31, the result of a formula."""

from targets.spreadsheets.reader import Unreadable, must_be_small, packed, read, unpacked
from targets.spreadsheets.table import MOST_ROWS, Column, Table, TableRow
from targets.spreadsheets.writer import Cell, Notes, Unwritable, as_csv, as_xlsx, csv_blocks, write_xlsx

__all__ = [
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
