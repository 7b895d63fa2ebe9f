"""Pages of lists, by number or by cursor."""

import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Func, IntegerField, Model, QuerySet, Value
from django.db.models.lookups import GreaterThan
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from rest_framework.exceptions import NotFound
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from targets.api.faults import invalid
from targets.models import Plan

LARGEST_PAGE, COUNTED = 1000, 100_000
PARAMETERS = {
    "page": {
        "description": "第几页，从 1 起",
        "schema": {"type": "integer", "minimum": 1, "maximum": 999_999_999, "default": 1},
    },
    "page_size": {
        "description": "每页几条",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 100},
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


class NumberedPages(BasePagination):
    """By number. On the last page the count is known without a query."""

    page_size = 100
    parameters = ["page", "page_size"]

    def code_paths(self, model: type[Model]) -> Sequence[str]:
        """Return the columns of a row's own code if the page needs them."""
        return ()

    def paginate_queryset(self, queryset, request, view=None):
        self.request, size = request, self.get_page_size(request)
        self.number = self._number(request, "page", 1)
        start = (self.number - 1) * size
        rows = list(view.read(queryset[start : start + size + 1]))
        if not rows and start:
            raise NotFound({"page": "没有这一页。请从 page=1 起，按答复中的 next 依次取。"})
        self.has_next = len(rows) > size
        self.count = self.count_rows(queryset) if self.has_next else start + len(rows)
        return rows[:size]

    def count_rows(self, queryset: QuerySet) -> int:
        return queryset.count()

    def get_page_size(self, request) -> int:
        size = self._number(request, "page_size", self.page_size)
        if size > LARGEST_PAGE:
            raise invalid("page_size", f"page_size 最大为 {LARGEST_PAGE}，请分页取。")
        return size

    def get_paginated_response(self, data):
        links = {
            "next": self._page(self.number + 1) if self.has_next else None,
            "previous": self._page(self.number - 1) if self.number > 1 else None,
        }
        return Response({"count": self.count, **links, "results": data})

    def _page(self, number: int) -> str:
        address = self.request.build_absolute_uri()
        if number == 1:
            return remove_query_param(address, "page")
        return replace_query_param(address, "page", number)

    def _number(self, request, parameter: str, default: int, least: int = 1) -> int:
        value = request.query_params.get(parameter, str(default))
        if not re.fullmatch(r"0|[1-9][0-9]{0,8}", value) or int(value) < least:
            kind = "正整数" if least else " 0 或正整数"
            raise invalid(parameter, f"{parameter} 应为{kind}，如 {parameter}={default}。")
        return int(value)

    def get_schema_operation_parameters(self, view):
        return [{"name": name, "in": "query"} | PARAMETERS[name] for name in self.parameters]

    def get_paginated_response_schema(self, schema):
        # DRF writes `nullable`, which OpenAPI 3.1 dropped.
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


class NumberedOrCursorPages(NumberedPages):
    """By page, or by cursor: the rows after the last one seen, whatever is added or removed in between.

    The cursor is the code of that row, so it reveals nothing new. Rows are ordered by the keys of what the
    code names: the index of public rows leads to the next page at once, however many come before it.
    """

    parameters = [*NumberedPages.parameters, "cursor"]
    first = "*"
    is_by_cursor = is_minimum = False

    def code_paths(self, model):
        return model.exposures[0].code

    def paginate_queryset(self, queryset, request, view=None):
        cursor = request.query_params.get("cursor")
        if not cursor:
            return super().paginate_queryset(queryset, request, view)
        for name in ("page", "ordering"):
            if request.query_params.get(name):
                raise invalid(name, f"用 cursor 取时，起点和次序由它定，请去掉 {name}。")
        self.request, self.is_by_cursor = request, True
        size = self.get_page_size(request)
        self.paths = self.code_paths(queryset.model)
        keys = [f"{path.partition('__')[0]}_id" for path in self.paths]
        rows = queryset.order_by(*keys)
        if cursor != self.first:
            values = map(Value, self._keys(cursor, queryset.model, view.plan))
            rows = rows.filter(GreaterThan(_row(*keys), _row(*values)))
        page = list(view.read(rows[: size + 1]))
        self.last = page[size - 1] if len(page) > size else None
        return page[:size]

    def count_rows(self, queryset):
        count = queryset.order_by().values("pk")[: COUNTED + 1].count()
        self.is_minimum = count > COUNTED
        return min(count, COUNTED)

    def get_paginated_response(self, data):
        if not self.is_by_cursor:
            answer = super().get_paginated_response(data)
            answer.data |= {"count_is_least": True} if self.is_minimum else {}
            return answer
        return Response({"count": None, "next": self._next(), "previous": None, "results": data})

    def _next(self) -> str | None:
        if self.last is None:
            return None
        codes = "/".join(self.last[-len(self.paths) :])
        address = self.request.build_absolute_uri()
        return replace_query_param(address, "cursor", urlsafe_base64_encode(codes.encode()))

    def _keys(self, cursor: str, model: type[Model], plan: Plan) -> tuple[int, ...]:
        """Return the primary keys of what the cursor's codes name in a plan."""
        try:
            codes = urlsafe_base64_decode(cursor).decode().split("/")
            pairs = zip(self.paths, codes, strict=True)
            return tuple(_key(model, path, code, plan) for path, code in pairs)
        except (ValueError, ObjectDoesNotExist) as error:
            raise invalid(
                "cursor", "cursor 无法识别。请照上次答复中的 next 取，或从 cursor=* 重新开始。"
            ) from error

    def get_paginated_response_schema(self, schema):
        page = super().get_paginated_response_schema(schema)
        page["properties"]["count"] |= {
            "type": ["integer", "null"],
            "description": "共几条；用 cursor 取时不计，为 null",
        }
        page["properties"]["count_is_least"] = {
            "type": "boolean",
            "description": f"只在超过 {COUNTED:,} 条时出现，为 true：没有数到底，count 是至少几条",
        }
        return page


def _row(*values: str | Value) -> Func:
    """A row value, so that an index over these columns is entered where the last page ended.

    Django expands its own tuples on SQLite, which then reads the index from the beginning.
    """
    return Func(*values, template="(%(expressions)s)", output_field=IntegerField())


def _key(model: type[Model], path: str, code: str, plan: Plan) -> int:
    """Return the primary key of the record with a code; the path is such as `area__code`."""
    name, _, column = path.partition("__")
    related: Any = model._meta.get_field(name).related_model
    return related.objects.of_plan(plan).values_list("pk", flat=True).get(**{column: code})


class SinglePage(NumberedPages):
    """The same form of answer with every row on one page."""

    parameters = []

    def paginate_queryset(self, rows, request, view=None):
        return rows

    def get_paginated_response(self, rows):
        return Response({"count": len(rows), "next": None, "previous": None, "results": rows})
