"""Answers cut into pages."""

import re

from rest_framework.exceptions import NotFound
from rest_framework.pagination import PageNumberPagination
from rest_framework.response import Response

from targets.api.faults import invalid


class Pages(PageNumberPagination):
    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    # A larger number would not be a number of the database's.
    most_digits = 9

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

    def _number(self, request, parameter: str, default: int) -> int:
        value = request.query_params.get(parameter, str(default))
        if not re.fullmatch(r"[1-9][0-9]*", value) or len(value) > self.most_digits:
            raise invalid(parameter, f"{parameter} 应为正整数，如 {parameter}={default}。")
        return int(value)

    def get_schema_operation_parameters(self, view):
        page = {"type": "integer", "minimum": 1, "maximum": 10**self.most_digits - 1, "default": 1}
        size = {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [
            {"name": "page", "in": "query", "description": "第几页，从 1 起", "schema": page},
            {"name": "page_size", "in": "query", "description": "每页几条", "schema": size},
        ]

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


class OnePage(Pages):
    """The same form of answer with every row on its one page."""

    def get_paginated_response(self, rows):
        return Response({"count": len(rows), "next": None, "previous": None, "results": rows})

    def get_schema_operation_parameters(self, view):
        return []
