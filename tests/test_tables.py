"""Files as Excel, WPS and LibreOffice write them, and broken or harmful ones."""

import io
import json
import tempfile
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from targets import spreadsheets
from targets.spreadsheets import Column, TableRow, Unreadable

pytestmark = pytest.mark.one_database

COLUMNS = [
    Column("代码", 8, is_shown=True),
    Column("数"),
    Column("比较词", options=("等于", "超过")),
    Column("日"),
    Column("说明"),
]
NEEDED = ["代码", "数"]
FILES = Path(__file__).parent / "files"


def workbook(*rows, **cells) -> bytes:
    """Return a workbook of these rows, with `cells` set by address."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for address, value in cells.items():
        book.active[address] = value
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, **parts: bytes | None) -> bytes:
    """Return a workbook with parts replaced or added; in their names "__" means "/" and "_DOT_" means "."."""
    names = {name.replace("__", "/").replace("_DOT_", "."): text for name, text in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in names:
                new.writestr(name, old.read(name))
        for name, text in names.items():
            new.writestr(name, text)
    return out.getvalue()


def read(content: bytes, name="表.xlsx") -> spreadsheets.Table:
    return spreadsheets.read(name, content, COLUMNS, NEEDED)


def cells(content: bytes, name="表.xlsx") -> list[dict[str, str]]:
    return [line.cells for line in read(content, name).lines]


def refused(content: bytes, name="表.xlsx") -> str:
    with pytest.raises(Unreadable) as refusal:
        read(content, name)
    return refusal.value.sentence


SAMPLE = [
    ["I09", Decimal("1.48"), "等于", date(2018, 12, 31), "年报数"],
    ["131127", Decimal("98.0000"), "", None, '第一行\n第二行，“引号”"'],
    ["I13", None, "超过", None, ""],
]


@pytest.mark.parametrize("write", ["csv", "xlsx"])
def test_a_written_table_is_read_back(write):
    content = (
        spreadsheets.as_csv(COLUMNS, SAMPLE)
        if write == "csv"
        else spreadsheets.as_xlsx(COLUMNS, SAMPLE, "表", ["说明"])
    )
    table = read(content, f"表.{write}")
    assert table.lines == [
        TableRow(2, {"代码": "I09", "数": "1.48", "比较词": "等于", "日": "2018-12-31", "说明": "年报数"}),
        TableRow(
            3, {"代码": "131127", "数": "98", "比较词": "", "日": "", "说明": '第一行\n第二行，“引号”"'}
        ),
        TableRow(4, {"代码": "I13", "数": "", "比较词": "超过", "日": "", "说明": ""}),
    ]
    assert table.letters == {"代码": "A", "数": "B", "比较词": "C", "日": "D", "说明": "E"}
    assert table.unknown == []


def test_a_stored_table_equals_the_one_that_was_read():
    file = workbook(["备注", "数", "代码"], ["", "5", "I01"], [], ["甲", "", "I02"])
    table = spreadsheets.read("表.xlsx", file, COLUMNS, NEEDED)
    assert spreadsheets.unpacked(json.loads(json.dumps(spreadsheets.packed(table)))) == table


@pytest.mark.parametrize("write", ["csv", "xlsx"])
def test_lines_above_the_header_describe_a_table_and_are_skipped_when_read(write):
    above = ["指标：I09", "=1+1"]
    if write == "csv":
        content = spreadsheets.as_csv(COLUMNS, SAMPLE, above)
        assert content.decode("utf-8-sig").splitlines()[:2] == ["指标：I09", "'=1+1"]
    else:
        content = spreadsheets.as_xlsx(COLUMNS, SAMPLE, "表", above=above)
        [sheet] = load_workbook(io.BytesIO(content)).worksheets
        assert [sheet["A1"].value, sheet["A2"].value] == ["指标：I09", "'=1+1"]
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("A4", "$3:$3")
    assert [line.number for line in read(content, f"表.{write}").lines] == [4, 5, 6]


@pytest.mark.parametrize("write", ["csv", "xlsx"])
@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-5", "@SUM(A1)", "'=1", "'单引号", "''-", "\t制表", '=HYPERLINK("http://x")']
)
def test_a_text_never_becomes_a_formula_and_is_read_back_unchanged(write, text):
    rows = [["I09", None, "", None, text]]
    if write == "csv":
        content = spreadsheets.as_csv(COLUMNS, rows)
        written = content.decode("utf-8-sig").splitlines()[1].split(",")[-1].strip('"')
    else:
        content = spreadsheets.as_xlsx(COLUMNS, rows, "表", [])
        cell = load_workbook(io.BytesIO(content)).worksheets[0]["E2"]
        assert cell.data_type == "s"
        written = cell.value
    assert written[0] not in "=+-@\t"
    assert cells(content, f"表.{write}")[0]["说明"] == text.strip()


def test_a_number_longer_than_a_spreadsheet_keeps_is_written_as_text():
    value = Decimal("12345678901234.5678")
    content = spreadsheets.as_xlsx(COLUMNS, [["I09", value, "", None, ""]], "表", [])
    assert load_workbook(io.BytesIO(content)).worksheets[0]["B2"].value == "12345678901234.5678"
    assert cells(content)[0]["数"] == "12345678901234.5678"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (3 * [["I09", 1, "", None, ""]], "Excel 的一张表最多 3 行，请筛选后再下载，或改选 CSV 格式。"),
        ([["I09", 1, "", None, "长" * 32_768]], "一格有 32,768 字，Excel 放不下，请改选 CSV 格式。"),
    ],
)
def test_a_value_that_a_workbook_cannot_hold_is_refused_and_leaves_no_file(monkeypatch, tmp_path, rows, why):
    monkeypatch.setattr(spreadsheets.writer, "LAST_ROW", 3)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(spreadsheets.Unwritable) as refused:
        spreadsheets.as_xlsx(COLUMNS, rows, "表")
    assert refused.value.sentence.endswith(why)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_is_read_in_the_encodings_of_chinese_offices(encoding, delimiter):
    text = "\r\n".join(
        delimiter.join(row) for row in (["代码", "数", "说明"], ["I09", "１，２３４", "镕基㐂"])
    )
    assert cells(text.encode(encoding), "表.csv") == [{"代码": "I09", "数": "１，２３４", "说明": "镕基㐂"}]


def test_a_title_above_tab_separated_columns_is_not_read_as_a_column():
    text = "衡水市，科技创新\n\n代码\t数\nI09\t1"
    assert cells(text.encode(), "表.csv") == [{"代码": "I09", "数": "1"}]


def test_cells_are_read_as_a_spreadsheet_shows_them():
    content = workbook(
        ["代码", "数", "日", "说明"],
        ["I09", 0.25, datetime(2018, 12, 31), True],
        [131127, 5.0, "x", 1e15],
    )
    # Excel stores the sum of 0.1 and 0.2 like this and shows 0.3.
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    content = repacked(content, xl__worksheets__sheet1_DOT_xml=sheet.replace(b"0.25", b"0.30000000000000004"))
    assert cells(content) == [
        {"代码": "I09", "数": "0.3", "日": "2018-12-31", "说明": "TRUE"},
        {"代码": "131127", "数": "5", "日": "x", "说明": "1000000000000000"},
    ]


def test_a_cell_of_percentages_is_read_with_its_sign():
    book = Workbook()
    for row in (["代码", "数"], ["I16", 0.985], ["I16", 1], ["I16", 98.5]):
        book.active.append(row)
    book.active["B2"].number_format = "0.00%"
    book.active["B3"].number_format = "0%"
    assert [row["数"] for row in cells(saved(book))] == ["98.5%", "100%", "98.5"]


@pytest.mark.parametrize("shape", ['0.0"%"', r"0.0\%", "0.0_%", "[$%]0.0", "0.0*%"])
def test_a_literal_percent_sign_in_a_format_is_ignored(shape):
    book = Workbook()
    for row in (["代码", "数"], ["I16", 0.5]):
        book.active.append(row)
    book.active["B2"].number_format = shape
    assert [row["数"] for row in cells(saved(book))] == ["0.5"]


def test_a_formula_is_read_as_its_stored_result():
    """The workbook is stored as by LibreOffice: SUM in B2, and a reference in C2."""
    table = spreadsheets.read("表.xlsx", (FILES / "formulas-libreoffice.xlsx").read_bytes(), COLUMNS, NEEDED)
    assert [line.cells for line in table.lines] == [{"代码": "I09", "数": "12.5", "说明": "I09"}]


def test_a_formula_without_a_result_is_named():
    assert refused(workbook(["代码", "数"], ["I09", 1], ["I10", "=B2+1"])) == (
        "单元格 B3 是没有算出结果的公式，请在 Excel 或 WPS 中打开、保存后再导入，或直接填数。"
    )


def test_the_header_may_be_below_a_title_and_in_another_order():
    content = workbook(
        ["衡水市科技创新指标"],
        [],
        ["说 明", "数", "备注", "代\n码"],
        ["好", 1, "x", "I09"],
        [None, None, "x"],
    )
    table = read(content)
    assert table.lines == [
        TableRow(4, {"说明": "好", "数": "1", "代码": "I09"}),
        TableRow(5, {"说明": "", "数": "", "代码": ""}),
    ]
    assert table.letters == {"说明": "A", "数": "B", "代码": "D"}
    assert table.unknown == ["备注"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rows_have_the_numbers_of_the_spreadsheet(kind):
    rows = [["代码", "数"], ["I09", "1\n2"], [], ["", ""], ["I10", "3"]]
    text = '代码,数\r\nI09,"1\n2"\r\n\r\n,\r\nI10,3\r\n'
    content = text.encode() if kind == "csv" else workbook(*rows)
    assert [(line.number, line.cells["代码"]) for line in read(content, f"表.{kind}").lines] == [
        (2, "I09"),
        (5, "I10"),
    ]


def test_the_first_visible_sheet_is_read():
    book = Workbook()
    book.active.append(["别的"])
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("数")
    for row in (["代码", "数"], ["I09", 1]):
        sheet.append(row)
    book.active = 1
    assert cells(saved(book)) == [{"代码": "I09", "数": "1"}]


def test_the_declared_size_of_a_sheet_is_not_trusted():
    content = workbook(["代码", "数"], ["I09", 1], ["I10", 2])
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    lying = repacked(content, xl__worksheets__sheet1_DOT_xml=sheet.replace(b'ref="A1:B3"', b'ref="A1:A1"'))
    assert [row["代码"] for row in cells(lying)] == ["I09", "I10"]


GOOD = workbook(["代码", "数"], ["I09", 1])
WIDE = b"<worksheet><sheetData><row>" + b"<c/>" * 20_000 + b"</row></sheetData></worksheet>"
FULL = b"<worksheet><sheetData>" + b"<row/><c/><c/>" * 500_001 + b"</sheetData></worksheet>"
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>'
)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "表.xls", "这是旧版 Excel（.xls）"),
        (b"<html><table></table></html>", "表.xlsx", "文件名是 Excel 的，内容却不是"),
        (bytes(range(256)) * 4, "表.csv", "文件既不是 Excel 工作簿，也不是文字表格"),
        (b"PK\x03\x04" + b"junk" * 50, "表.xlsx", "文件已损坏或不是 Excel 工作簿"),
        (GOOD[: len(GOOD) // 2], "表.xlsx", "文件已损坏或不是 Excel 工作簿"),
        (
            repacked(GOOD, xl__worksheets__sheet1_DOT_xml=b"<worksheet><row"),
            "表.xlsx",
            "文件已损坏或不是 Excel 工作簿",
        ),
        (repacked(GOOD, xl__workbook_DOT_xml=b"<x/>"), "表.xlsx", "文件已损坏或不是 Excel 工作簿"),
        (repacked(GOOD, xl__vbaProject_DOT_bin=b"x"), "表.xlsx", "文件含有宏"),
        (repacked(GOOD, xl__sharedStrings_DOT_xml=BOMB), "表.xlsx", "文件内含可能有害的定义"),
        (repacked(GOOD, xl__worksheets__sheet1_DOT_xml=BOMB), "表.xlsx", "文件内含可能有害的定义"),
        (
            repacked(GOOD, xl__worksheets__sheet1_DOT_xml=BOMB.decode().encode("utf-16")),
            "表.xlsx",
            "文件已损坏或不是 Excel 工作簿",
        ),
        (repacked(GOOD, xl__worksheets__sheet1_DOT_xml=WIDE), "表.xlsx", "工作表的单元格太多，不予读取"),
        (repacked(GOOD, xl__worksheets__sheet2_DOT_xml=FULL), "表.xlsx", "表格在第 100,000 行之后"),
        (workbook(["代码", "数"], *[["x" * 30_000, 1]] * 400), "表.xlsx", "表中的文字太多"),
        (repacked(GOOD, xl__media__big=b"\0" * (51 * 1024 * 1024)), "表.xlsx", "文件展开后超过 50 MB"),
        (b"x" * (10 * 1024 * 1024 + 1), "表.csv", "文件不能超过 10 MB"),
        ("代码,数\n" + "I09,1\n" * 20_001, "表.csv", "最多导入 20,000 行"),
        ("代码,数\n" + "," * 50 + "x\n", "表.csv", "最多 50 列"),
        (workbook(["代码", "数"], ["I09", 1], AY2="x"), "表.xlsx", "最多 50 列"),
        (workbook(["代码", "数"], ["I09", 1], A100001="x"), "表.xlsx", "表格在第 100,000 行之后"),
        ('代码,数\nI09,"1\nI10,2\n', "表.csv", "第 2 行起读不下去"),
        ("代码,数\n", "表.csv", "表头以下没有内容"),
        ("", "表.csv", "表头缺少“代码”“数”"),
        ("代码,值\nI09,1\n", "表.csv", "表头缺少“数”，请用从这里下载的表填写"),
        ("代码,数,数\nI09,1,2\n", "表.csv", "表头中“数”出现了两次"),
    ],
)
def test_an_unreadable_file_is_refused_with_advice(content, name, sentence):
    content = content.encode() if isinstance(content, str) else content
    assert refused(content, name).startswith(sentence)


def test_twenty_thousand_rows_and_fifty_columns_are_accepted():
    header = ["代码", "数", *(f"列{number}" for number in range(48))]
    text = ",".join(header) + "\n" + ("I09,1" + ",x" * 48 + "\n") * 20_000
    assert len(read(text.encode(), "表.csv").lines) == 20_000


def test_a_zip_that_is_another_document_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types>wordprocessingml</Types>")
        archive.writestr("word/document.xml", "<x/>")
    assert refused(out.getvalue(), "文.docx").startswith("文件已损坏或不是 Excel 工作簿")


def test_choices_are_offered_in_the_workbook():
    sheet = load_workbook(io.BytesIO(spreadsheets.as_xlsx(COLUMNS, SAMPLE, "表", ["怎么填"]))).worksheets[0]
    [rule] = sheet.data_validations.dataValidation
    assert (rule.formula1, str(rule.sqref)) == ('"等于,超过"', "C2:C20001")
    assert sheet.freeze_panes == "A2"
