"""The type of a file, from its content alone; nothing but an Office file's list of parts is unpacked."""

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
# Office before 2007, or protected by a password.
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_OPENXML = "application/vnd.openxmlformats-officedocument"
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
# The first one is offered.
ENDINGS = {
    "pdf": (".pdf",),
    "jpg": (".jpg", ".jpeg"),
    "png": (".png",),
    "xlsx": (".xlsx",),
    "docx": (".docx",),
}

# The end of a zip archive: entries on this disk, all entries, size and offset of the directory.
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


class FileFault(Exception):
    """`sentence` tells the user what is wrong and what to do."""

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence


class NotTaken(FileFault):
    """A file of another type."""


def kind_of(file: BinaryIO) -> str:
    """A key of CONTENT_TYPES. Raises NotTaken."""
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
        # Programs differ in which of two entries with one name they read.
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


def _must_be_one_small_archive(file: BinaryIO) -> None:
    """The archive must be the whole file."""
    length = file.seek(0, 2)
    file.seek(max(length - END.size, 0))
    mark, entries_here, entries, size, offset = END.unpack(file.read(END.size))
    if mark != b"PK\x05\x06" or entries_here != entries or offset + size + END.size != length:
        raise NotTaken(BROKEN)
    if entries > ENTRIES or size > DIRECTORY:
        raise NotTaken(TOO_LARGE)


def _parts(text: bytes) -> Iterator[tuple[str, str]]:
    """Names or endings of parts with the declared types."""
    if len(text) > LISTED:
        raise NotTaken(TOO_LARGE)
    parts: list[tuple[str, str]] = []

    def element(tag: str, attributes: dict[str, str]) -> None:
        if declared := attributes.get("ContentType"):
            ending = attributes.get("PartName") or f".{attributes.get('Extension')}"
            parts.append((ending.lstrip("/").lower(), declared.lower()))

    def doctype(*_: object) -> None:
        # No Office file has one, but an entity bomb does.
        raise NotTaken(BROKEN)

    parser = expat.ParserCreate()
    parser.StartElementHandler = element
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(text, True)
    yield from parts
