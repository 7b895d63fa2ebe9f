"""Answers cut into pages."""

import re
from collections.abc import Sequence
from operator import attrgetter

from django.db.models import Q
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from rest_framework.exceptions import NotFound
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from targets.api.faults import invalid

LARGEST = 1000
DESCRIBED = {
    "page": {
        "description": "第几页，从 1 起",
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999, "default": 1},
    },
    "page_size": {
        "description": "每页几条",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": 100},
    },
    "cursor": {
        "description": "要一次取完而不怕其间有增减的，第一次填 *，以后照 next 取；此时不计总数，次序固定",
        "schema": {"type": "string"},
    },
    "at": {
        "description": "since 那一版的时间，照上次的 poll 或 next；数据库恢复过即可发现",
        "schema": {"type": "string"},
    },
    "since": {
        "description": "从哪一数据版次之后起，0 为从头",
        "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999, "default": 0},
    },
}


class Pages(PageNumberPagination):
    page_size = 100
    max_page_size = LARGEST
    page_size_query_param = "page_size"
    parameters = ["page", "page_size"]

    def get_page_size(self, request):
        size = self._number(request, self.page_size_query_param, self.page_size)
        if size > self.max_page_size:
            raise invalid(self.page_size_query_param, f"page_size 最大为 {self.max_page_size}，请分页取。")
        return size

    def get_page_number(self, request, paginator):
        return self._number(request, self.page_query_param, 1)

    def paginate_queryset(self, queryset, request, view=None):
        try:
            return super().paginate_queryset(queryset, request, view)
        except NotFound as error:
            raise NotFound({"page": "没有这一页。请从 page=1 起，按答复中的 next 依次取。"}) from error

    def _number(self, request, parameter: str, default: int, least: int = 1) -> int:
        value = request.query_params.get(parameter, str(default))
        if not re.fullmatch(r"0|[1-9][0-9]{0,8}", value) or int(value) < least:
            kind = "正整数" if least else " 0 或正整数"
            raise invalid(parameter, f"{parameter} 应为{kind}，如 {parameter}={default}。")
        return int(value)

    def get_schema_operation_parameters(self, view):
        return [{"name": name, "in": "query"} | DESCRIBED[name] for name in self.parameters]

    def get_paginated_response_schema(self, schema):
        # In DRF's own the links are `nullable`, a word that OpenAPI 3.1 no longer knows.
        link = {"type": ["string", "null"], "format": "uri", "example": None}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {"type": "integer", "description": "共几条", "example": 1},
                "next": link | {"description": "下一页地址，没有则为 null"},
                "previous": link | {"description": "上一页地址，没有则为 null"},
                "results": schema,
            },
        }


class PagesOrCursor(Pages):
    """By page or, where rows may come and go between two calls, by cursor: what comes after the last row.

    The cursor is that row's own code, so that it tells nothing that the row did not.
    """

    parameters = [*Pages.parameters, "cursor"]
    first = "*"
    columns: Sequence[str] = ()

    def paginate_queryset(self, queryset, request, view=None):
        cursor = request.query_params.get("cursor")
        if not cursor:
            return super().paginate_queryset(queryset, request, view)
        for name in ("page", "ordering"):
            if request.query_params.get(name):
                raise invalid(name, f"用 cursor 取时，起点和次序由它定，请去掉 {name}。")
        self.request, self.columns = request, queryset.model.faces[0].code
        size = self.get_page_size(request)
        rows = queryset.order_by(*self.columns)
        if cursor != self.first:
            rows = rows.filter(self._after(cursor))
        found = list(rows[: size + 1])
        self.last = found[size - 1] if len(found) > size else None
        return found[:size]

    def get_paginated_response(self, data):
        if not self.columns:
            return super().get_paginated_response(data)
        return Response({"count": None, "next": self._next(), "previous": None, "results": data})

    def _next(self) -> str | None:
        if self.last is None:
            return None
        codes = "/".join(attrgetter(column.replace("__", "."))(self.last) for column in self.columns)
        address = self.request.build_absolute_uri()
        return replace_query_param(address, "cursor", urlsafe_base64_encode(codes.encode()))

    def _after(self, cursor: str) -> Q:
        try:
            codes = urlsafe_base64_decode(cursor).decode().split("/")
        except ValueError:
            codes = []
        if len(codes) != len(self.columns) or not all(re.fullmatch(r"[\w-]+", code) for code in codes):
            raise invalid("cursor", "cursor 无法识别。请照上次答复中的 next 取，或从 cursor=* 重新开始。")
        after, so_far = Q(), {}
        for column, code in zip(self.columns, codes, strict=True):
            after |= Q(**so_far, **{f"{column}__gt": code})
            so_far[column] = code
        return after

    def get_paginated_response_schema(self, schema):
        described = super().get_paginated_response_schema(schema)
        described["properties"]["count"] |= {
            "type": ["integer", "null"],
            "description": "共几条；用 cursor 取时不计，为 null",
        }
        return described


class OnePage(Pages):
    """The same form of answer with every row on its one page."""

    parameters = []

    def paginate_queryset(self, rows, request, view=None):
        return rows

    def get_paginated_response(self, rows):
        return Response({"count": len(rows), "next": None, "previous": None, "results": rows})
