"""Answers in other forms than JSON: which there are, how one is chosen, and whole lists as files."""

from collections.abc import Iterable
from itertools import chain

from django.http import Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer

from targets import tables
from targets.api.faults import invalid
from targets.flat import Flat, flat

ROWS_AT_ONCE = 1000


class Negotiation(DefaultContentNegotiation):
    """By `format` or by the header Accept; who asks for what there is not is told what there is."""

    def select_renderer(self, request, renderers, format_suffix=None):
        asked = request.query_params.get("format")
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except Http404 as error:
            known = "、".join(renderer.format for renderer in renderers)
            raise NotAcceptable({"format": f"这里没有“{asked}”格式，可用：{known}。"}) from error
        except NotAcceptable as error:
            known = "、".join(renderer.media_type for renderer in renderers)
            raise NotAcceptable(
                f"不支持所要的格式。请去掉 Accept 请求头，或改为这里可用的：{known}。"
            ) from error


class FileFormat(BaseRenderer):
    """A form in which a list is given whole. `schema` is what OpenAPI tells of it."""

    render_style = "binary"
    charset = None
    schema = {"type": "string", "format": "binary"}

    def content(self, view: "FlatList", records: Iterable) -> Iterable[bytes]:
        raise NotImplementedError


class Csv(FileFormat):
    media_type, format, charset = "text/csv", "csv", "utf-8"
    schema = {"type": "string"}

    def content(self, view, records):
        columns, rows = view.flat(records)
        return tables.csv_blocks(chain([[column.name for column in columns]], rows))


class FlatList:
    """A list whose rows are flat facts: it is also given whole, as a file.

    A file holds every row that filters and order leave, read as it is sent.
    """

    renderer_classes = [JSONRenderer, Csv]

    def get_renderers(self):
        renderers = super().get_renderers()
        return renderers if self.action == "list" else renderers[:1]

    def list(self, request, *args, **kwargs):
        form = request.accepted_renderer
        if not isinstance(form, FileFormat):
            return super().list(request, *args, **kwargs)
        self._refuse_pages(form)
        return self.file(form)

    def file(self, form: FileFormat) -> StreamingHttpResponse:
        records = self.records()
        content = () if self.request.method == "HEAD" else form.content(self, records)
        name = f"{self.label}{'-演示' if self.is_demo else ''}.{form.format}"
        charset = f"; charset={form.charset}" if form.charset else ""
        return StreamingHttpResponse(
            content,
            content_type=f"{form.media_type}{charset}",
            headers={"Content-Disposition": content_disposition_header(True, name)},
        )

    def records(self) -> Iterable:
        return self.filter_queryset(self.get_queryset()).iterator(chunk_size=ROWS_AT_ONCE)

    def flat(self, records: Iterable) -> Flat:
        context = self.get_serializer_context() | {"is_exact": True}
        return flat(self.get_serializer(records, many=True, context=context).child, records)

    def _refuse_pages(self, form: FileFormat):
        of_pages = {parameter["name"] for parameter in self.paginator.get_schema_operation_parameters(self)}
        for name in of_pages & self.request.query_params.keys():
            raise invalid(name, f"{form.format} 是整个列表，不分页，请去掉 {name}。")
