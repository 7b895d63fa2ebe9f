"""Small real files of each kind that evidence accepts, and of some that it refuses."""

import struct
import zipfile
import zlib
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile

_OPENXML = "application/vnd.openxmlformats-officedocument"
MAIN = {
    "xlsx": ("xl/workbook.xml", f"{_OPENXML}.spreadsheetml.sheet.main+xml"),
    "docx": ("word/document.xml", f"{_OPENXML}.wordprocessingml.document.main+xml"),
}
RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"


def upload(content: bytes, name: str) -> SimpleUploadedFile:
    """Return the file as sent by a browser that declares every file as a web page."""
    return SimpleUploadedFile(name, content, content_type="text/html")


def pdf(words: str = "1") -> bytes:
    """Return a PDF of one page that shows a number, with its cross-reference table."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>",
        f"<</Length {len(words)}>>stream\n{words}\nendstream",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj{body}endobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer<</Size 5/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + f"xref\n0 5\n0000000000 65535 f \n{table}{end}".encode()


def png() -> bytes:
    """Return a PNG of one white pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0\xff"))
        + chunk(b"IEND", b"")
    )


def jpg() -> bytes:
    """Return a JPEG of one grey pixel: quantization, frame, two Huffman tables, a scan of two bits."""
    return b"".join(
        [
            b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0",
            b"\xff\xdb\0\x43\0" + b"\1" * 64,
            b"\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0",
            b"\xff\xc4\0\x14\0\1" + b"\0" * 15 + b"\0",
            b"\xff\xc4\0\x14\x10\1" + b"\0" * 15 + b"\0",
            b"\xff\xda\0\x08\1\1\0\0\x3f\0",
            b"\x3f\xff\xd9",
        ]
    )


def listed(*parts: tuple[str, str], defaults=()) -> str:
    """Return the content types of an Office file, by part name and by file ending."""
    lines = [f'<Default Extension="{ending}" ContentType="{kind}"/>' for ending, kind in defaults]
    lines += [f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in parts]
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{space}">{"".join(lines)}</Types>'


def archive(parts: dict[str, str | bytes], packing=zipfile.ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", packing) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()


def office(kind: str, more: dict | None = None, types=(), packing=zipfile.ZIP_DEFLATED) -> bytes:
    """Return a workbook or a document with `more` parts and the `types` declared for them."""
    name, main = MAIN[kind]
    relation = f'<Relationship Id="r1" Type="{_REL}/officeDocument" Target="{name}"/>'
    parts = {
        "[Content_Types].xml": listed((name, main), *types, defaults=[("rels", RELATIONS)]),
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{relation}</Relationships>',
        name: BODY[kind],
    }
    return archive(parts | (more or {}), packing)


_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BODY = {
    "docx": (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:body><w:p><w:r><w:t>认定文件</w:t></w:r></w:p></w:body></w:document>"
    ),
    "xlsx": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<sheets><sheet name="1" sheetId="1"/></sheets></workbook>'
    ),
}
REAL = {
    "pdf": pdf(),
    "jpg": jpg(),
    "png": png(),
    "xlsx": office("xlsx"),
    "docx": office("docx"),
}
