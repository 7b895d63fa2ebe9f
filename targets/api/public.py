"""What all views of the API have in common, of the words as of the numbers."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.functional import cached_property
from django_filters import ModelChoiceFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.viewsets import GenericViewSet

from targets.api.faults import invalid, unknown_code
from targets.api.formats import Json, Negotiation
from targets.api.ordering import Ordering
from targets.api.pagination import NumberedPages
from targets.api.recency import UpdatedSince
from targets.api.searching import Searching
from targets.api.thinning import Thinning
from targets.models import Plan


class Narrowing(DjangoFilterBackend):
    """django-filter's backend with answers that list what would have been right."""

    def filter_queryset(self, request, queryset, view):
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        for name, messages in filterset.errors.items():
            raise invalid(name, self._explain(filterset.filters[name], filterset.data[name], messages))
        return filterset.qs

    def get_filterset_kwargs(self, request, queryset, view):
        return super().get_filterset_kwargs(request, queryset, view) | {"only": request.query_params}

    def _explain(self, narrowed, value: str, messages: list[str]) -> str:
        if isinstance(narrowed, ModelChoiceFilter):
            kind = narrowed.queryset.model._meta.verbose_name
            return f"可选的{kind}中没有“{value}”，请核对代码。"
        if choices := narrowed.extra.get("choices"):
            known = "、".join(f"{code}（{label}）" for code, label in choices)
            return f"{narrowed.label}没有“{value}”，可用：{known}。"
        return f"{narrowed.label}无法识别“{value}”：{''.join(messages)}"


class PublicView:
    """Open to all, and strict: a slip in a parameter is an answer 400, never silently left out."""

    permission_classes = [AllowAny]
    content_negotiation_class = Negotiation
    # `_` is what browsers' libraries add against caches.
    always_known = frozenset({"_", "format"})
    # The parameter that thins the rows (`Thinning`), where an answer has any.
    fields_query_param = None
    # A refusal repeats what it refuses, and no database takes words of any length.
    longest_value = 1000

    def initial(self, request, *args, **kwargs):
        self._check_parameters(request.query_params)
        super().initial(request, *args, **kwargs)

    def options(self, request, *args, **kwargs):
        """Only the header Allow: DRF's own answer describes forms, and in English."""
        answer = HttpResponse(status=204)
        del answer["Content-Type"]
        return answer

    def known_parameters(self) -> list[str]:
        return []

    def _check_parameters(self, parameters):
        known = self.known_parameters()
        for name, values in parameters.lists():
            if name not in self.always_known.union(known):
                hint = f"可用：{'、'.join(known)}" if known else "这里不用参数"
                raise invalid(name, f"不认识的参数“{name}”，{hint}。", "unknown_parameter")
            if len(values) > 1:
                raise invalid(name, f"{name} 出现了多次，请只留一个。", "repeated_parameter")
            if len(values[0]) > self.longest_value:
                raise invalid(name, f"{name} 太长，请不超过 {self.longest_value} 字。")
            if "\0" in values[0]:
                raise invalid(name, f"{name} 含有不可用的空字符，请去掉。")


class PublicData(PublicView):
    """What answers with data, as against the schema and the page that explains it."""

    renderer_classes = [Json]

    @cached_property
    def is_demo(self) -> bool:
        return Plan.objects.filter(is_demo=True).exists()

    def finalize_response(self, request, response, *args, **kwargs):
        """Demonstration data say so in every answer: in the header and, where it is an object, inside."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.is_demo:
            response["X-Data-Origin"] = "demo"
            if isinstance(getattr(response, "data", None), dict):
                response.data = {"demo": True, **response.data}
        return response


class PublicListSet(Thinning, PublicData, ListModelMixin, GenericViewSet):
    """Rows that have no code of their own: a list only."""

    # What the schema tells of the rows, where their name does not say it all.
    about = ""
    filterset_class = None
    # `sections/?tree=1`, a narrowing, goes by the rows that the others have left.
    filter_backends = [Searching, UpdatedSince, Narrowing, Ordering]
    # What the rows can be ordered by: for each name of a field the columns that make it up.
    orderings: dict[str, list[str]] = {}
    # Where words are looked for, as DRF's SearchFilter has it; without any the list cannot be searched.
    search_fields: list[str] = []
    pagination_class = NumberedPages

    @property
    def label(self) -> str:
        return str(self.queryset.model._meta.verbose_name)

    def read(self, rows: QuerySet) -> Iterable:
        """What is taken from the database of the rows of a page."""
        return rows

    def known_parameters(self):
        if self.action == "retrieve":
            return [self.fields_query_param]
        narrowing = self.filterset_class.base_filters if self.filterset_class else ()
        others = [
            described["name"]
            for backend in self.filter_backends
            if backend is not Narrowing
            for described in backend().get_schema_operation_parameters(self)
        ]
        return [*narrowing, *others, self.fields_query_param, *self.pagination_class.parameters]


class PublicViewSet(RetrieveModelMixin, PublicListSet):
    """Rows with a code: a list, and look-up by it."""

    lookup_field = "code"
    lookup_value_regex = "[^/]+"
    orderings = {"code": ["code"]}

    def get_object(self):
        try:
            return super().get_object()
        except Http404 as error:
            raise unknown_code(self.kwargs["code"], self.label) from error
