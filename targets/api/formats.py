"""Whole lists as files. A new format is a class here and a place in `FILE_FORMATS`."""

import json
import tempfile
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any
from wsgiref.util import FileWrapper

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.renderers import BaseRenderer
from rest_framework.serializers import DateTimeField, Serializer

from targets import spreadsheets
from targets.api.exchange import columns
from targets.api.exchange.cubes import Cube, dataset
from targets.api.exchange.flat import FlatColumn, FlatTable, flat_columns, flat_table
from targets.api.faults import invalid
from targets.api.public import Json, PublicListSet
from targets.spreadsheets import file_types

BLOCK_BYTES = 64 * 1024
# The rows of `progress/` are computed, and come as a list.
Rows = QuerySet | list


class FileFormat(BaseRenderer):
    """A whole list as one file. `schema` goes into OpenAPI."""

    is_attachment = True
    # Whether `fields` may choose its columns: a cube needs all of its dimensions.
    is_table = True
    # Set where it differs from `format`.
    file_extension = ""
    render_style = "binary"
    charset: str | None = None
    schema: dict = {"type": "string", "format": "binary"}

    def content(self, view: "FlatList", rows: Rows) -> Iterable[bytes]:
        raise NotImplementedError


class Csv(FileFormat):
    media_type, format, charset = "text/csv", "csv", "utf-8"
    schema = {"type": "string"}

    def content(self, view, rows):
        table = view.table(rows)
        return spreadsheets.csv_blocks(chain([[column.name for column in table.columns]], table.rows))


class Xlsx(FileFormat):
    media_type, format = file_types.CONTENT_TYPES["xlsx"], "xlsx"

    def content(self, view, rows):
        table = view.table(rows)
        heads = [spreadsheets.Column(column.name, _width(column)) for column in table.columns]
        book = tempfile.TemporaryFile()  # noqa: SIM115 - closed once it is sent
        try:
            spreadsheets.write_xlsx(book, heads, table.rows, view.label, _notes(table.columns, view))
        except spreadsheets.Unwritable as fault:
            book.close()
            raise invalid("format", fault.sentence) from fault
        book.seek(0)
        return ClosingFile(book, BLOCK_BYTES)


class ClosingFile(FileWrapper):
    """Close a temporary file at its end, even if nobody closes the response."""

    def __next__(self):
        try:
            return super().__next__()
        except StopIteration:
            self.close()
            raise


def _width(column: FlatColumn) -> int:
    return 34 if isinstance(column.field, DateTimeField) else max(12, len(column.name) + 2)


def _notes(columns: list[FlatColumn], view: "FlatList") -> spreadsheets.Notes:
    """Describe the columns on a second sheet: the first holds rows alone, for programs."""
    about = [["来源", f"{view.plan.reference}，以及各行所注明的出处", ""]]
    if view.is_demo:
        about.insert(0, ["演示数据", "随机生成，不得引用", ""])
    fields = [[column.name, column.label, column.description] for column in columns]
    return spreadsheets.Notes("说明", [28, 40, 80], [*about, ["字段", "名称", "说明"], *fields])


class JsonStat(FileFormat):
    """JSON-stat 2.0, shown by a browser instead of saved."""

    media_type, format, file_extension = "application/vnd.json-stat+json", "jsonstat", "json"
    is_attachment = False
    is_table = False
    schema = {
        "type": "object",
        "description": "JSON-stat 2.0 数据集，见 https://json-stat.org/full/",
        "required": ["version", "class", "id", "size", "dimension", "value"],
    }

    def content(self, view, rows):
        cube = view.cube(list(view.records(rows)))
        return [json.dumps(dataset(cube, view.label, view.plan), ensure_ascii=False).encode()]


FILE_FORMATS = [Csv, Xlsx, JsonStat]


class FlatList(PublicListSet):
    """A list of flat facts, given as files too.

    A file holds every row that filters and order leave, read while it is sent.
    """

    renderer_classes = [Json, *FILE_FORMATS]

    def cube(self, rows: Sequence) -> Cube:
        raise NotImplementedError

    def get_renderers(self):
        renderers = super().get_renderers()
        return renderers[:1] if self.detail else renderers

    def list(self, request, *args, **kwargs):
        file_format = request.accepted_renderer
        if not isinstance(file_format, FileFormat):
            return super().list(request, *args, **kwargs)
        self._refuse_pages(file_format)
        if not file_format.is_table and request.query_params.get(self.fields_query_param):
            raise invalid(self.fields_query_param, f"{file_format.format} 的内容是固定的，请去掉 fields。")
        return self.file(file_format)

    def file(self, file_format: FileFormat) -> StreamingHttpResponse:
        rows = self.filtered_rows()
        content = () if self.request.method == "HEAD" else file_format.content(self, rows)
        extension = file_format.file_extension or file_format.format
        name = f"{self.plan.code}-{self.label}{'-演示' if self.is_demo else ''}.{extension}"
        charset = f"; charset={file_format.charset}" if file_format.charset else ""
        return StreamingHttpResponse(
            content,
            content_type=f"{file_format.media_type}{charset}",
            headers={"Content-Disposition": content_disposition_header(file_format.is_attachment, name)},
        )

    def filtered_rows(self) -> Rows:
        return self.filter_queryset(self.get_queryset())

    def records(self, rows) -> Iterable:
        return rows.iterator(chunk_size=columns.CHUNK_ROWS)

    def table(self, rows: Rows) -> FlatTable:
        return flat_table(self._row_serializer(), self.records(rows))

    def _row_serializer(self) -> Serializer:
        return self.get_serializer(context={**self.get_serializer_context(), "is_exact": True})

    def _refuse_pages(self, file_format: FileFormat):
        given = {name for name, value in self.request.query_params.items() if value}
        for name in given.intersection(self.pagination_class.parameters):
            raise invalid(name, f"{file_format.format} 是整个列表，不分页，请去掉 {name}。")


class ColumnList(FlatList):
    """A flat list that may be long: its rows are read as columns, except for a cube."""

    def list(self, request, *args, **kwargs):
        if isinstance(request.accepted_renderer, FileFormat):
            return super().list(request, *args, **kwargs)
        page = self.paginate_queryset(self.filtered_rows())
        return self.get_paginated_response(list(self._reader().json_rows(page)))

    def read(self, rows):
        return self._reader().select(rows, *self.paginator.code_paths(self.queryset.model))

    def table(self, rows):
        reader = self._reader()
        selected = reader.select(rows).iterator(chunk_size=columns.CHUNK_ROWS)
        return FlatTable(list(flat_columns(self._row_serializer())), reader.file_rows(selected))

    def _reader(self) -> columns.ColumnReader:
        serializer_class: Any = self.get_serializer_class()
        reader = columns.reader_of(serializer_class)
        return reader.only(self.chosen_fields(reader.names))
