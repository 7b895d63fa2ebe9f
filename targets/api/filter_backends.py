"""What every list takes in its query string: words, a moment, filters and an order."""

from datetime import UTC, datetime, time

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import OrderBy
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django_filters import Filter, ModelChoiceFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import BaseFilterBackend, SearchFilter

from targets.api.faults import invalid
from targets.models import PublicChange
from targets.records.exposure import Exposure

# In `search_fields`: quotations, across the line breaks of the text.
QUOTE = "citations__quote__joined"


class Filtering(DjangoFilterBackend):
    """django-filter's backend; its errors list the valid values."""

    def filter_queryset(self, request, queryset, view):
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        for name, messages in filterset.errors.items():
            raise invalid(name, _explanation(filterset.filters[name], filterset.data[name], messages))
        return filterset.qs

    def get_filterset_kwargs(self, request, queryset, view):
        kwargs = super().get_filterset_kwargs(request, queryset, view)
        return kwargs | {"only": request.query_params, "listed": view.get_queryset()}


def _explanation(filter_: Filter, value: str, messages: list[str]) -> str:
    if isinstance(filter_, ModelChoiceFilter):
        kind = filter_.field.queryset.model._meta.verbose_name
        return f"可选的{kind}中没有“{value}”，请核对代码。"
    if choices := filter_.extra.get("choices"):
        known = "、".join(code if code == label else f"{code}（{label}）" for code, label in choices)
        return f"{filter_.label}没有“{value}”，可用：{known}。"
    return f"{filter_.label}无法识别“{value}”：{''.join(messages)}"


class Searching(SearchFilter):
    """`?search=景县 孵化器`: rows that hold every word.

    `search_fields` of the view may name only what its answer shows, and the names of the records whose codes
    it shows: a search must not reveal hidden columns. Unlike in DRF, commas and quotation marks are plain
    characters.
    """

    longest = 200

    def get_search_terms(self, request):
        text = request.query_params.get(self.search_param, "")
        if len(text) > self.longest:
            raise invalid(
                self.search_param, f"{self.search_param} 最长 {self.longest} 个字，请减少要找的词。"
            )
        return text.split()

    def filter_queryset(self, request, queryset, view):
        lookups = [self.construct_search(field, queryset) for field in view.search_fields]
        for word in self.get_search_terms(request):
            condition = Q(*[view.matches(lookup, word) for lookup in lookups], _connector=Q.OR)
            # A subquery per word: different citations of one record may hold different words.
            same = queryset.model.objects.filter(condition, pk=OuterRef("pk"))
            queryset = queryset.filter(Exists(same))
        return queryset

    def get_schema_operation_parameters(self, view):
        if not view.search_fields:
            return []
        return [
            {
                "name": self.search_param,
                "in": "query",
                "description": "要找的词，多个用空格隔开，须全部出现；字母不分大小写，代码须写全",
                "schema": {"type": "string", "maxLength": self.longest},
            }
        ]


class UpdatedSince(BaseFilterBackend):
    """`?updated_since=2018-07-01`: rows changed at that moment or later, by the database's own log."""

    parameter = "updated_since"

    def filter_queryset(self, request, queryset, view):
        text = request.query_params.get(self.parameter)
        if not text:
            return queryset
        changes = PublicChange.objects.filter(at__gte=self._moment(text))
        if view.plan:
            changes = changes.of_plan(view.plan)
        if changes.filter(type=PublicChange.EVERYTHING).exists():
            return queryset
        exposure = queryset.model.exposures[0]
        codes = changes.filter(type=exposure.type).values("code")
        return _with_code(queryset, exposure).filter(exposure__in=codes)

    def _moment(self, text: str) -> datetime:
        if moment := moment_of(text):
            return moment
        raise invalid(
            self.parameter,
            f"{self.parameter} 无法识别“{text}”，请写成 2018-07-01 或 2018-07-01T08:00:00Z；"
            "不写时区的为北京时间，加号写作 %2B。",
        )

    def get_schema_operation_parameters(self, view):
        return [
            {
                "name": self.parameter,
                "in": "query",
                "description": (
                    "这一时刻起有变动的，如 2018-07-01 或 2018-07-01T08:00:00Z；"
                    "已不公开的不在其列，要知道它们请用 changes/"
                ),
                "schema": {
                    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
                },
            }
        ]


def moment_of(text: str) -> datetime | None:
    """Parse a date or time from a query string, in Beijing time by default; None if it is neither."""
    # An unescaped plus sign arrives as a space.
    text = text[:-6] + text[-6:].replace(" ", "+")
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time.min) if day else parse_datetime(text)
        if moment is None or not text.isascii():
            return None
        return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _with_code(queryset: QuerySet, exposure: Exposure) -> QuerySet:
    """Annotate rows with their code in the log, as `exposure`."""
    code: Cast | Concat = Cast(F(exposure.code[0]), CharField())
    for path in exposure.code[1:]:
        code = Concat(code, Value("/"), Cast(F(path), CharField()))
    return queryset.annotate(exposure=code)


class Ordering(BaseFilterBackend):
    """`?ordering=area,-period`: by names of fields; a minus reverses.

    `orderings` of the view give the columns that each name stands for. Missing values come last either way;
    ties keep the list's own order.
    """

    parameter = "ordering"

    def filter_queryset(self, request, queryset, view):
        names = request.query_params.get(self.parameter)
        if not names:
            return queryset
        keys = [key for name in names.split(",") for key in self._keys(name, view.orderings)]
        return queryset.order_by(*keys, *(queryset.query.order_by or queryset.model._meta.ordering))

    def _keys(self, name: str, orderings: dict[str, list[str]]) -> list[OrderBy]:
        columns = orderings.get(name.removeprefix("-"))
        if columns is None:
            known = "、".join(orderings)
            raise invalid(
                self.parameter, f"不能按“{name}”排序，可用：{known}；前面加 - 为倒序，多个用逗号隔开。"
            )
        return [_order(column, is_reversed=name.startswith("-")) for column in columns]

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


def _order(column: str, *, is_reversed: bool) -> OrderBy:
    is_descending = column.startswith("-") != is_reversed
    field = F(column.removeprefix("-"))
    return field.desc(nulls_last=True) if is_descending else field.asc(nulls_last=True)
