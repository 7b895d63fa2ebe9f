"""Files out: CSV and workbooks."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from operator import itemgetter
from types import NoneType
from typing import Any, BinaryIO, NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from targets.engine.quantities import plain
from targets.spreadsheets.file_types import FileFault
from targets.spreadsheets.table import DIGITS, FIRST_CHARACTERS, MOST_ROWS, Column, guarded

# The limits of Excel; openpyxl would cut off the rest silently.
LONGEST, LAST_ROW = 32_767, 1_048_576
GREY = PatternFill("solid", start_color="E7E9ED")
MARK = "\ufeff"
ROWS_AT_ONCE = 1000


class Unwritable(FileFault):
    """Rows that do not fit into a file type."""


class Notes(NamedTuple):
    """A second sheet that explains the first."""

    title: str
    widths: list[int]
    rows: list[list[str]]


FIRST: Callable[[Any], object] = itemgetter(0)
Cell = str | bool | int | Decimal | date | None


def as_csv(columns: list[Column], rows: Iterable[Sequence[Cell]], above: Sequence[str] = ()) -> bytes:
    header = [column.label for column in columns]
    lines = (_as_lines([[line]]) for line in above)
    return b"".join([MARK.encode(), *lines, *_blocks(chain([header], rows))])


def csv_blocks(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Rows of one length, after the mark by which Excel recognizes UTF-8."""
    blocks = _blocks(rows)
    yield MARK.encode() + next(blocks, b"")
    yield from blocks


def _blocks(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    iterator = iter(rows)
    while block := list(islice(iterator, ROWS_AT_ONCE)):
        yield _as_lines(block)


def _as_lines(rows: list[Sequence[Cell]]) -> bytes:
    # By column is faster than by cell.
    text = io.StringIO(newline="")
    columns = map(_guarded_column, zip(*rows, strict=True))
    csv.writer(text).writerows(zip(*columns, strict=True))
    return text.getvalue().encode()


def _guarded_column(column: tuple[Cell, ...]) -> Iterable[Cell]:
    kinds = set(map(type, column)) - {NoneType}
    if kinds <= {int} or (kinds == {str} and FIRST_CHARACTERS.isdisjoint(map(FIRST, filter(None, column)))):
        return column
    return map(_guarded_cell, column)


def _guarded_cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return guarded(cell)
    if isinstance(cell, bool):
        return str(cell).lower()
    return plain(cell) if isinstance(cell, Decimal) else cell


def as_xlsx(
    columns: list[Column],
    rows: Iterable[Sequence[Cell]],
    title: str,
    hints: Sequence[str] = (),
    above: Sequence[str] = (),
) -> bytes:
    """`hints` stand in a second sheet, `above` are lines before the header."""
    out = io.BytesIO()
    notes = Notes("填写说明", [90], [[hint] for hint in hints])
    write_xlsx(out, columns, rows, title, notes, above)
    return out.getvalue()


def write_xlsx(
    out: BinaryIO,
    columns: list[Column],
    rows: Iterable[Sequence[Cell]],
    title: str,
    notes: Notes,
    above: Sequence[str] = (),
) -> None:
    """Row by row into a temporary file, then into `out`."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    header = len(above) + 1
    sheet.freeze_panes = f"A{header + 1}"
    sheet.print_title_rows = f"{header}:{header}"
    _fit_to_paper(sheet)
    bold = Font(bold=True)
    for index, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(index)].width = column.width
        if column.options:
            sheet.data_validations.append(_choice(get_column_letter(index), header, column.options))
    for line in above:
        sheet.append([_styled(sheet, line, None)])
    sheet.append(
        [_styled(sheet, column.label, GREY if column.is_shown else None, bold) for column in columns]
    )
    try:
        for number, row in enumerate(rows, header + 1):
            sheet.append(_line(sheet, columns, row, number))
    except Exception:
        # The temporary file is removed only when the book is saved.
        book.save(io.BytesIO())
        raise
    if notes.rows:
        second = book.create_sheet(notes.title)
        _fit_to_paper(second)
        for index, width in enumerate(notes.widths, 1):
            second.column_dimensions[get_column_letter(index)].width = width
        for texts in notes.rows:
            second.append([_styled(second, text, None) for text in texts])
    book.save(out)


def _line(sheet: Any, columns: list[Column], row: Sequence[Cell], number: int) -> list[Any]:
    if number > LAST_ROW:
        raise Unwritable(f"Excel 的一张表最多 {LAST_ROW:,} 行，请筛选后再下载，或改选 CSV 格式。")
    return [
        _styled(sheet, cell, GREY if column.is_shown else None)
        for column, cell in zip(columns, row, strict=True)
    ]


def _fit_to_paper(sheet: Any) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _styled(sheet: Any, value: Cell, fill: PatternFill | None, font: Font | None = None) -> Any:
    if isinstance(value, Decimal):
        value = plain(value) if len(value.as_tuple().digits) > DIGITS else Decimal(plain(value))
    if isinstance(value, str) and len(value) > LONGEST:
        raise Unwritable(f"“{value[:20]}…”一格有 {len(value):,} 字，Excel 放不下，请改选 CSV 格式。")
    content: Any = guarded(value) if isinstance(value, str) else value
    cell = WriteOnlyCell(sheet, content)
    if isinstance(value, str):
        # Never a formula, whatever the text begins with.
        cell.data_type = "s"
        if "\n" in value:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    if isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    if fill:
        cell.fill = fill
    if font:
        cell.font = font
    return cell


def _choice(letter: str, header: int, options: tuple[str, ...]) -> DataValidation:
    rule = DataValidation(type="list", formula1=f'"{",".join(options)}"', allow_blank=True)
    rule.error, rule.errorTitle = "请从下拉列表中选择。", "不在可选之列"
    rule.add(f"{letter}{header + 1}:{letter}{header + MOST_ROWS}")
    return rule
