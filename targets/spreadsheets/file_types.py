"""What a file is, told from its content alone: a PDF, a picture, or a table or text of today's Office.

Nothing is unpacked but the list of what an Office file holds, and that no further than LISTED.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

SIGNATURES = {
    "pdf": re.compile(rb"%PDF-\d\.\d"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n.{4}IHDR", re.DOTALL),
}
ZIP = b"PK\x03\x04"
# Office before 2007, and today's where it bears a password.
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_OPENXML = "application/vnd.openxmlformats-officedocument"
# What the main part of an Office file is declared as.
MAIN_PARTS = {
    f"{_OPENXML}.spreadsheetml.sheet.main+xml": "xlsx",
    f"{_OPENXML}.wordprocessingml.document.main+xml": "docx",
}
MACRO_PART = "vbaproject.bin"
MACRO_TYPE = re.compile("macro|vbaproject")

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "xlsx": f"{_OPENXML}.spreadsheetml.sheet",
    "docx": f"{_OPENXML}.wordprocessingml.document",
}
# The first is the one that is proposed.
ENDINGS = {
    "pdf": (".pdf",),
    "jpg": (".jpg", ".jpeg"),
    "png": (".png",),
    "xlsx": (".xlsx",),
    "docx": (".docx",),
}

# The end of a zip archive without a comment: entries here and in all, length and place of their directory.
END = struct.Struct("<4s4xHHLL2x")
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
LIST_OF_PARTS = "[Content_Types].xml"
ENTRIES = 2_000
DIRECTORY = 2**20
UNPACKED = 200 * 2**20
LISTED = 2**18

UNKNOWN = "只收 pdf、jpg、png、xlsx、docx 文件，这一份的内容不是其中任何一种。请另存为其中一种后再传。"
BROKEN = "文件不完整或不合规范，无法识别。请用 Excel、Word 或 WPS 打开，另存后再传。"
TOO_LARGE = "文件解开后太大或所含的部件太多。请精简后另存，或导出为 pdf 后再传。"
WITH_MACROS = "文件带有宏，不能收。请另存为不带宏的 xlsx、docx，或导出为 pdf 后再传。"
OLD = "这是旧格式（doc、xls）的或加了密码的文件。请去掉密码，另存为 docx、xlsx 后再传。"

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    EOFError,
    LookupError,
    RuntimeError,
    ValueError,
)


class NotTaken(Exception):
    """A file that is none of those; `sentence` is for whoever chose it."""

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence


def kind_of(file: BinaryIO) -> str:
    """One of CONTENT_TYPES. Raises NotTaken. What stands before a signature is not looked past."""
    file.seek(0)
    head = file.read(16)
    for kind, signature in SIGNATURES.items():
        if signature.match(head):
            return kind
    if head.startswith(OLD_OFFICE):
        raise NotTaken(OLD)
    if not head.startswith(ZIP):
        raise NotTaken(UNKNOWN)
    try:
        return _kind_of_office(file)
    except UNREADABLE as fault:
        raise NotTaken(BROKEN) from fault


def _kind_of_office(file: BinaryIO) -> str:
    _must_be_one_small_archive(file)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > ENTRIES or sum(entry.file_size for entry in entries) > UNPACKED:
            raise NotTaken(TOO_LARGE)
        names = {entry.filename.lower() for entry in entries}
        # Of two of one name one program reads the first, another the last.
        if len(names) < len(entries) or any(entry.compress_type not in PACKED for entry in entries):
            raise NotTaken(BROKEN)
        if LIST_OF_PARTS.lower() not in names:
            raise NotTaken(UNKNOWN)
        with archive.open(LIST_OF_PARTS) as listed:
            parts = list(_parts(listed.read(LISTED + 1)))
    if _ends_one(MACRO_PART, names) or any(MACRO_TYPE.search(declared) for _, declared in parts):
        raise NotTaken(WITH_MACROS)
    kinds = {
        MAIN_PARTS[declared]
        for ending, declared in parts
        if declared in MAIN_PARTS and _ends_one(ending, names)
    }
    if len(kinds) != 1:
        raise NotTaken(UNKNOWN)
    return kinds.pop()


def _ends_one(ending: str, names: set[str]) -> bool:
    return any(name.endswith(ending) for name in names)


def _must_be_one_small_archive(file: BinaryIO):
    """From the first byte to the last, and with no more entries than can be read at once."""
    length = file.seek(0, 2)
    file.seek(max(length - END.size, 0))
    mark, here, entries, size, place = END.unpack(file.read(END.size))
    if mark != b"PK\x05\x06" or here != entries or place + size + END.size != length:
        raise NotTaken(BROKEN)
    if entries > ENTRIES or size > DIRECTORY:
        raise NotTaken(TOO_LARGE)


def _parts(text: bytes) -> Iterator[tuple[str, str]]:
    """Each type that a list of parts declares, after the name of the part or how such names end."""
    if len(text) > LISTED:
        raise NotTaken(TOO_LARGE)
    found: list[tuple[str, str]] = []

    def element(tag, attributes):
        if declared := attributes.get("ContentType"):
            ending = attributes.get("PartName") or f".{attributes.get('Extension')}"
            found.append((ending.lstrip("/").lower(), declared.lower()))

    def doctype(*_):
        """No Office file has one; entities that unfold without end would."""
        raise NotTaken(BROKEN)

    parser = expat.ParserCreate()
    parser.StartElementHandler = element
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(text, True)
    yield from found
