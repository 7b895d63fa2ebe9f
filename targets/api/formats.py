"""Answers in other forms than JSON: which there are, how one is chosen, and whole lists as files."""

import json
import tempfile
from collections.abc import Callable, Iterable
from itertools import chain
from wsgiref.util import FileWrapper

import orjson
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.serializers import DateTimeField, Serializer

from targets import spreadsheets
from targets.api.exchange import columns
from targets.api.exchange.cubes import About
from targets.api.exchange.flat import Flat, FlatColumn, flat, head
from targets.api.faults import invalid
from targets.models import Plan
from targets.spreadsheets import file_types

BYTES_AT_ONCE = 64 * 1024
# The rows of a list; those of progress are reckoned, and come as such.
Found = QuerySet | list


class Negotiation(DefaultContentNegotiation):
    """By `format`, else by the header Accept; who asks for what there is not is told what there is."""

    def select_renderer(self, request, renderers, format_suffix=None):
        if asked := request.query_params.get("format"):
            return self._by_name(asked, renderers)
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable as error:
            known = "、".join(renderer.media_type for renderer in renderers)
            raise NotAcceptable(
                f"不支持所要的格式。请去掉 Accept 请求头，或改为这里可用的：{known}。"
            ) from error

    def _by_name(self, asked: str, renderers: list[BaseRenderer]) -> tuple[BaseRenderer, str]:
        for renderer in renderers:
            if renderer.format == asked:
                return renderer, renderer.media_type
        known = "、".join(dict.fromkeys(renderer.format for renderer in renderers))
        raise NotAcceptable({"format": f"这里没有“{asked}”格式，可用：{known}。"})


class Sent(FileWrapper):
    """A file that is gone once it is read, also where nobody closes the answer."""

    def __next__(self):
        try:
            return super().__next__()
        except StopIteration:
            self.close()
            raise


class Json(JSONRenderer):
    """JSON as DRF has it, from a faster hand; nothing here asks for an indented one."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return b"" if data is None else orjson.dumps(data, default=self.encoder_class().default)


class FileFormat(BaseRenderer):
    """A form in which a list is given whole. `schema` is what OpenAPI tells of it."""

    is_attachment = True
    # Whether `fields` says which columns it has: a cube has those that its dimensions need.
    is_table = True
    # Of the file's name, where it is not the format's.
    ending = ""
    render_style = "binary"
    charset = None
    schema = {"type": "string", "format": "binary"}

    def content(self, view: "FlatList", found: Found) -> Iterable[bytes]:
        raise NotImplementedError


class Csv(FileFormat):
    media_type, format, charset = "text/csv", "csv", "utf-8"
    schema = {"type": "string"}

    def content(self, view, found):
        heads, rows = view.flat(found)
        return spreadsheets.csv_blocks(chain([[column.name for column in heads]], rows))


class Xlsx(FileFormat):
    media_type, format = file_types.CONTENT_TYPES["xlsx"], "xlsx"

    def content(self, view, found):
        told, rows = view.flat(found)
        heads = [spreadsheets.Column(column.name, _width(column)) for column in told]
        book = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed when it is sent
        try:
            spreadsheets.write_xlsx(book, heads, rows, view.label, _notes(told, view))
        except spreadsheets.Unwritable as fault:
            book.close()
            raise invalid("format", fault.sentence) from fault
        book.seek(0)
        return Sent(book, BYTES_AT_ONCE)


class JsonStat(FileFormat):
    """JSON-stat 2.0. Read by programs: a browser shows it instead of saving it."""

    media_type, format, ending = "application/vnd.json-stat+json", "jsonstat", "json"
    is_attachment = False
    is_table = False
    schema = {
        "type": "object",
        "description": "JSON-stat 2.0 数据集，见 https://json-stat.org/full/",
        "required": ["version", "class", "id", "size", "dimension", "value"],
    }

    def content(self, view, found):
        cube = view.cube(view.records(found), About(view.label, Plan.objects.first()))
        return [json.dumps(cube, ensure_ascii=False).encode()]


def _width(column: FlatColumn) -> int:
    return 34 if isinstance(column.field, DateTimeField) else max(12, len(column.name) + 2)


def _notes(told: list[FlatColumn], view: "FlatList") -> spreadsheets.Notes:
    """What the columns mean; the first sheet holds rows alone, so that programs can read it."""
    plan = Plan.objects.first()
    about = [["来源", f"{plan.reference}，以及各行所注明的出处", ""]] if plan else []
    if view.is_demo:
        about.insert(0, ["演示数据", "随机生成，不得引用", ""])
    fields = [[column.name, column.label, column.told] for column in told]
    return spreadsheets.Notes("说明", [28, 40, 80], [*about, ["字段", "名称", "说明"], *fields])


class FlatList:
    """A list whose rows are flat facts: it is also given whole, as a file.

    A file holds every row that filters and order leave, read as it is sent.
    """

    renderer_classes = [Json, Csv, Xlsx, JsonStat]
    # How its rows become a JSON-stat data set: one of `targets.api.exchange.cubes`.
    cube: Callable[[Iterable, About], dict]

    def get_renderers(self):
        renderers = super().get_renderers()
        return renderers[:1] if self.detail else renderers

    def list(self, request, *args, **kwargs):
        form = request.accepted_renderer
        if not isinstance(form, FileFormat):
            return super().list(request, *args, **kwargs)
        self._refuse_pages(form)
        if not form.is_table and request.query_params.get(self.fields_query_param):
            raise invalid(self.fields_query_param, f"{form.format} 的内容是固定的，请去掉 fields。")
        return self.file(form)

    def file(self, form: FileFormat) -> StreamingHttpResponse:
        found = self.found()
        content = () if self.request.method == "HEAD" else form.content(self, found)
        name = f"{self.label}{'-演示' if self.is_demo else ''}.{form.ending or form.format}"
        charset = f"; charset={form.charset}" if form.charset else ""
        return StreamingHttpResponse(
            content,
            content_type=f"{form.media_type}{charset}",
            headers={"Content-Disposition": content_disposition_header(form.is_attachment, name)},
        )

    def found(self) -> Found:
        """The rows that filters and order leave."""
        return self.filter_queryset(self.get_queryset())

    def records(self, found: Found) -> Iterable:
        return found.iterator(chunk_size=columns.AT_ONCE)

    def flat(self, found: Found) -> Flat:
        return flat(self._row(), self.records(found))

    def _row(self) -> Serializer:
        """The serializer of a row, with the fields that are wanted."""
        return self.get_serializer(context=self.get_serializer_context() | {"is_exact": True})

    def _refuse_pages(self, form: FileFormat):
        of_pages = {parameter["name"] for parameter in self.paginator.get_schema_operation_parameters(self)}
        for name in of_pages & {name for name, value in self.request.query_params.items() if value}:
            raise invalid(name, f"{form.format} 是整个列表，不分页，请去掉 {name}。")


class ColumnList(FlatList):
    """A flat list that may be long: its rows are read as columns, but for a cube."""

    def list(self, request, *args, **kwargs):
        if isinstance(request.accepted_renderer, FileFormat):
            return super().list(request, *args, **kwargs)
        page = self.paginate_queryset(self.found())
        return self.get_paginated_response(list(self._columns().values(page)))

    def read(self, rows):
        return self._columns().of(rows, *self.paginator.codes(self.queryset.model))

    def flat(self, found: QuerySet) -> Flat:
        read = self._columns()
        rows = read.of(found).iterator(chunk_size=columns.AT_ONCE)
        return Flat(head(self._row()), read.cells(rows))

    def _columns(self) -> columns.Columns:
        read = columns.columns_of(self.get_serializer_class())
        return read.only(self._wanted(read.names))
