"""The order of the rows of a list, as the asker wants it."""

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from rest_framework.filters import BaseFilterBackend

from targets.api.faults import invalid


class Ordering(BaseFilterBackend):
    """`?ordering=area,-period`: by fields as the API calls them, a minus turns one round.

    What a view can be ordered by is its `orderings`: under each name the columns that make it up, the
    first key first. What is missing stands last either way; ties keep the order that the list has by itself.
    """

    parameter = "ordering"

    def filter_queryset(self, request, queryset, view):
        asked = request.query_params.get(self.parameter)
        if not asked:
            return queryset
        keys = [key for name in asked.split(",") for key in self._keys(name, view.orderings)]
        return queryset.order_by(*keys, *_present(queryset))

    def _keys(self, name: str, orderings: dict[str, list[str]]) -> list[OrderBy]:
        columns = orderings.get(name.removeprefix("-"))
        if columns is None:
            known = "、".join(orderings)
            raise invalid(
                self.parameter, f"不能按“{name}”排序，可用：{known}；前面加 - 为倒序，多个用逗号隔开。"
            )
        return [_key(column, is_turned=name.startswith("-")) for column in columns]

    def get_schema_operation_parameters(self, view):
        names = [sign + name for name in view.orderings for sign in ("", "-")]
        return [
            {
                "name": self.parameter,
                "in": "query",
                "description": "排序，前面加 - 为倒序，多个用逗号隔开；没有值的排在最后",
                "schema": {"type": "array", "items": {"type": "string", "enum": names}},
                "style": "form",
                "explode": False,
            }
        ]


def _key(column: str, *, is_turned: bool) -> OrderBy:
    falls = column.startswith("-") != is_turned
    field = F(column.removeprefix("-"))
    return field.desc(nulls_last=True) if falls else field.asc(nulls_last=True)


def _present(queryset: QuerySet) -> tuple:
    return queryset.query.order_by or queryset.model._meta.ordering
