"""Files in: read row by row, harmful ones refused."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import repeat
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from targets.engine.quantities import plain
from targets.spreadsheets import file_types
from targets.spreadsheets.table import DIGITS, MOST_ROWS, Column, Table, TableRow, unguarded

MEGABYTE = 1024 * 1024
MOST_BYTES = 10 * MEGABYTE
MOST_UNPACKED = 50 * MEGABYTE
MOST_COLUMNS = 50
# A sheet with more rows is only formatted down to its end.
LAST_ROW = 100_000
# A title may stand above the header.
HEADER_WITHIN = 10
MOST_CELLS, WIDEST_ROW = MOST_ROWS * MOST_COLUMNS, 16_384
# A file stores a repeated text once, here it counts in every cell.
MOST_CHARACTERS = 10_000_000

TAG = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])")
# The literal parts of a number format: "%" in them is no percentage.
LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|[_*].')
FORMULA_CELL = re.compile(rb"<(?:\w+:)?f[ />]")


class Unreadable(file_types.FileFault):
    """A table that cannot be imported."""


Row = tuple[int, list[str]]


def read(name: str, content: bytes, columns: Iterable[Column], needed: Iterable[str]) -> Table:
    """The header must have the `needed` labels. Raises Unreadable."""
    must_be_small(len(content))
    labels = [column.label for column in columns]
    if content.startswith(file_types.ZIP):
        return _table(_rows_of_workbook(content), labels, needed)
    if content.startswith(file_types.OLD_OFFICE):
        raise Unreadable(
            "这是旧版 Excel（.xls）、WPS（.et）或加了密码的文件，请去掉密码，另存为 .xlsx 再导入。"
        )
    if name.lower().endswith((".xlsx", ".xlsm")):
        raise Unreadable("文件名是 Excel 的，内容却不是，请用 Excel 或 WPS 打开后另存为 .xlsx 再导入。")
    return _table(_rows_of_text(content), labels, needed)


def must_be_small(size: int) -> None:
    if size > MOST_BYTES:
        raise Unreadable(f"文件不能超过 {MOST_BYTES // MEGABYTE} MB，请删去无关的内容，或分几次导入。")


def packed(table: Table) -> list[Any]:
    """A table as JSON, with each label once."""
    lines = [[line.number, *line.cells.values()] for line in table.lines]
    return [list(table.letters.items()), lines, table.unknown]


def unpacked(packed: list[Any]) -> Table:
    columns, lines, unknown = packed
    labels = [label for label, _ in columns]
    return Table(
        [TableRow(number, dict(zip(labels, cells, strict=True))) for number, *cells in lines],
        dict(columns),
        unknown,
    )


def _table(rows: Iterator[Row], labels: list[str], needed: Iterable[str]) -> Table:
    header = _header(rows, needed)
    places = {label: index for index, label in enumerate(header) if label in labels}
    lines: list[TableRow] = []
    characters = 0
    for number, cells in rows:
        if not any(cells):
            continue
        characters += sum(map(len, cells))
        if characters > MOST_CHARACTERS:
            raise Unreadable("表中的文字太多，请删去无关的内容，或分几次导入。")
        if len(lines) == MOST_ROWS:
            raise Unreadable(f"最多导入 {MOST_ROWS:,} 行，请分几次导入。")
        lines.append(
            TableRow(number, {label: cells[at] if at < len(cells) else "" for label, at in places.items()})
        )
    if not lines:
        raise Unreadable("表头以下没有内容，请填写后再导入。")
    letters = {label: get_column_letter(index + 1) for label, index in places.items()}
    return Table(lines, letters, [label for label in header if label and label not in labels])


def _header(rows: Iterator[Row], needed: Iterable[str]) -> list[str]:
    missing = list(needed)
    for _, (_, cells) in zip(range(HEADER_WITHIN), rows, strict=False):
        labels = ["".join(cell.split()) for cell in cells]
        lacking = [label for label in needed if label not in labels]
        if lacking:
            missing = min(missing, lacking, key=len)
            continue
        if twice := sorted({label for label in labels if label and labels.count(label) > 1}):
            raise Unreadable(f"表头中“{'”“'.join(twice)}”出现了两次，请只留一列。")
        return labels
    raise Unreadable(f"表头缺少“{'”“'.join(missing)}”，请用从这里下载的表填写，不要改动表头。")


TOO_LONG = f"表格在第 {LAST_ROW:,} 行之后还有格式或内容，请删去多余的空行再导入。"
MACROS = "文件含有宏，不予读取，请另存为不含宏的 .xlsx 再导入。"
DAMAGED = "文件已损坏或不是 Excel 工作簿（.xlsx），请用 Excel 或 WPS 打开后另存为 .xlsx 再导入。"


def _rows_of_workbook(content: bytes) -> Iterator[Row]:
    try:
        has_formulas = _examine(content)
        yield from _rows_of_sheet(content, has_formulas)
    except Unreadable:
        raise
    except Exception as fault:
        raise Unreadable(DAMAGED) from fault


def _examine(content: bytes) -> bool:
    """Refuse harmful files before anything reads them; return whether there are formulas."""
    try:
        if file_types.kind_of(io.BytesIO(content)) != "xlsx":
            raise Unreadable(DAMAGED)
    except file_types.NotTaken as fault:
        raise Unreadable(MACROS if fault.sentence == file_types.WITH_MACROS else DAMAGED) from fault
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(info.file_size for info in archive.infolist()) > MOST_UNPACKED:
            raise Unreadable(
                f"文件展开后超过 {MOST_UNPACKED // MEGABYTE} MB，不予读取。请删去空行、图片和别的工作表。"
            )
        parts = {name: archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels"))}
    # In other encodings defusedxml finds them, which openpyxl uses.
    if any(b"<!DOCTYPE" in part or b"<!ENTITY" in part for part in parts.values()):
        raise Unreadable("文件内含可能有害的定义（XML 实体），不予读取，请另存为 .xlsx 再导入。")
    sheets = [part for name, part in parts.items() if name.startswith("xl/worksheets/")]
    for part in sheets:
        _must_have_few_cells(part)
    return any(FORMULA_CELL.search(part) for part in sheets)


def _must_have_few_cells(sheet: bytes) -> None:
    """A million cells fit into a file of a few kilobytes."""
    rows = cells = in_row = 0
    for tag in TAG.finditer(sheet):
        if tag[1] == b"row":
            rows, in_row = rows + 1, 0
        else:
            cells, in_row = cells + 1, in_row + 1
        if cells > MOST_CELLS or in_row > WIDEST_ROW:
            raise Unreadable("工作表的单元格太多，不予读取。请删去空的行和列，或把内容复制到新表再导入。")
        if rows > LAST_ROW:
            raise Unreadable(TOO_LONG)


def _rows_of_sheet(content: bytes, has_formulas: bool) -> Iterator[Row]:
    wide = {"max_col": MOST_COLUMNS + 1}
    rows = _first_sheet(content, data_only=True).iter_rows(**wide)
    raw = _first_sheet(content, data_only=False).iter_rows(**wide) if has_formulas else repeat(())
    for number, (cells, formulas) in enumerate(zip(rows, raw, strict=False), 1):
        # Most cells are empty: no call for those.
        texts = ["" if cell.value is None else unguarded(_text(cell)).strip() for cell in cells]
        _must_be_within(number, texts)
        _must_be_calculated(number, cells, formulas)
        yield number, texts


def _first_sheet(content: bytes, *, data_only: bool) -> Any:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)
    sheet = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), book.worksheets[0])
    # The size that a file declares may be wrong.
    sheet.reset_dimensions()
    return sheet


def _must_be_within(number: int, texts: list[str]) -> None:
    if number > LAST_ROW:
        raise Unreadable(TOO_LONG)
    if any(texts[MOST_COLUMNS:]):
        raise Unreadable(f"最多 {MOST_COLUMNS} 列，请删去无关的列再导入。")


def _must_be_calculated(number: int, cells: Iterable[Any], formulas: Iterable[Any]) -> None:
    for cell, formula in zip(cells, formulas, strict=False):
        if cell.value is None and formula.value is not None and formula.data_type == "f":
            where = f"{get_column_letter(formula.column)}{number}"
            raise Unreadable(
                f"单元格 {where} 是没有算出结果的公式，请在 Excel 或 WPS 中打开、保存后再导入，或直接填数。"
            )


def _text(cell: Any) -> str:
    value = cell.value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        number = Decimal(f"{value:.{DIGITS}g}")
        is_share = "%" in LITERAL.sub("", cell.number_format or "")
        return f"{plain(100 * number)}%" if is_share else plain(number)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if not (value.hour or value.minute or value.second) else str(value)
    return str(value).strip()


def _rows_of_text(content: bytes) -> Iterator[Row]:
    text = _decoded(content)
    # A title has no delimiter.
    beginning = "\n".join(text.split("\n", HEADER_WITHIN)[:HEADER_WITHIN])
    delimiter = max(",\t;", key=beginning.count)
    try:
        # Strict: an unclosed quotation mark would swallow the following rows.
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
        ):
            texts = [unguarded(cell.strip()).strip() for cell in cells]
            _must_be_within(number, texts)
            yield number, texts
    except csv.Error as fault:
        raise Unreadable(
            f"第 {number + 1} 行起读不下去：引号不成对，或有一格过长。请改正后再导入。"
        ) from fault


def _decoded(content: bytes) -> str:
    """UTF-8, "Unicode text" of Excel (UTF-16), or CSV of a Chinese Excel (GB18030)."""
    has_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if has_mark else ["utf-8-sig", "gb18030"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable("文件既不是 Excel 工作簿，也不是文字表格（CSV），请另存为 .xlsx 或 .csv 再导入。")
