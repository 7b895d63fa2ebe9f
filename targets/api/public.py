"""Base classes of all views of the API."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db.models import Q, QuerySet, Value
from django.http import Http404, HttpResponse
from django.utils.functional import cached_property
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAcceptable
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from targets.api.faults import invalid, unknown_code
from targets.api.filter_backends import Filtering, Ordering, Searching, UpdatedSince
from targets.api.pagination import NumberedPages
from targets.lists.filters import PlanFilterSet
from targets.models import PlanQuerySet
from targets.review import roles


class Json(JSONRenderer):
    """Same JSON as DRF's renderer, encoded by orjson."""

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return b"" if data is None else orjson.dumps(data, default=self.encoder_class().default)


class Negotiation(DefaultContentNegotiation):
    """Choose by `format`, else by the header Accept; an error lists what is available."""

    def select_renderer(self, request, renderers, format_suffix=None):
        if name := request.query_params.get("format"):
            return self._by_name(name, renderers)
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable as error:
            known = "、".join(renderer.media_type for renderer in renderers)
            raise NotAcceptable(
                f"不支持所要的格式。请去掉 Accept 请求头，或改为这里可用的：{known}。"
            ) from error

    def _by_name(self, name: str, renderers: list[BaseRenderer]) -> tuple[BaseRenderer, str]:
        for renderer in renderers:
            if renderer.format == name:
                return renderer, renderer.media_type
        known = "、".join(dict.fromkeys(renderer.format for renderer in renderers))
        raise NotAcceptable({"format": f"这里没有“{name}”格式，可用：{known}。"})


class DeskLogin(BaseAuthentication):
    """Whoever is logged in at the desk. Nothing can be written, so no CSRF token is asked for."""

    def authenticate(self, request):
        return request._request.user, None


class PublicView(APIView):
    """Open to all and strict: every wrong parameter is answered 400, none is ignored."""

    authentication_classes = [DeskLogin]
    permission_classes = [AllowAny]
    content_negotiation_class = Negotiation
    # Browser libraries add `_` to get past caches.
    always_known = frozenset({"_", "format"})
    # Name of the parameter that chooses fields; None where an answer has no rows.
    fields_query_param: str | None = None
    # An error repeats the value, and no database takes text of any length.
    longest_value = 1000

    def initial(self, request, *args, **kwargs):
        self._check_parameters(request.query_params)
        super().initial(request, *args, **kwargs)

    def options(self, request, *args, **kwargs):
        """Send only the header Allow: DRF's own answer describes forms, and in English."""
        response = HttpResponse(status=204)
        del response["Content-Type"]
        return response

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


def plans_seen(request) -> PlanQuerySet:
    return roles.plans_seen_by(request.user)


class PublicData(PublicView):
    """A view that answers with data; the schema and its page do not.

    Below the address of a plan it is about `request.plan`, else about all plans that the asker may see.
    """

    renderer_classes: Sequence[type[BaseRenderer]] = [Json]

    @cached_property
    def plan(self) -> Any:
        """The Plan of the address, None where plans share it."""
        return getattr(self.request, "plan", None)

    @cached_property
    def is_demo(self) -> bool:
        return self.plan.is_demo if self.plan else plans_seen(self.request).filter(is_demo=True).exists()

    def finalize_response(self, request, response, *args, **kwargs):
        """Mark demo data in the header and, where the answer is an object, in the body."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.is_demo:
            response["X-Data-Origin"] = "demo"
            if isinstance(getattr(response, "data", None), dict):
                response.data = {"demo": True, **response.data}
        return response


class PublicListSet(PublicData, ListModelMixin, GenericViewSet):
    """A list of rows that have no code of their own.

    `orderings` maps the name of a field to the columns that order by it. `search_fields` are those of DRF's
    SearchFilter; without any there is no `search`.

    `?fields=code,name` leaves only these fields of each row. Nested objects stay whole, except the sections
    below a section: they are rows too.
    """

    queryset: QuerySet
    fields_query_param = "fields"
    # Description of the list in the schema and the data package.
    about = ""
    filterset_class: type[PlanFilterSet] | None = None
    # Filtering comes after the searches: `sections/?tree=1` depends on the rows left by them.
    filter_backends = [Searching, UpdatedSince, Filtering, Ordering]
    orderings: dict[str, list[str]] = {}
    search_fields: list[str] = []
    pagination_class: type[NumberedPages] = NumberedPages

    @property
    def label(self) -> str:
        return str(self.queryset.model._meta.verbose_name)

    def get_queryset(self):
        """The rows of the plan that the address names; each has its code as `plan_code`."""
        plan = self.request.plan
        return super().get_queryset().of_plan(plan).annotate(plan_code=Value(plan.code))

    def matches(self, lookup: str, word: str) -> Q:
        """The condition of a search: one of `search_fields` holds a word."""
        return Q((lookup, word))

    def read(self, rows: QuerySet) -> Iterable:
        """Return what a page fetches of its rows."""
        return rows

    def get_serializer(self, *args, **kwargs):
        serializer = super().get_serializer(*args, **kwargs)
        row = getattr(serializer, "child", serializer)
        for name in row.fields.keys() - self.chosen_fields(list(row.fields)):
            row.fields.pop(name)
        return serializer

    def chosen_fields(self, known: list[str]) -> list[str]:
        text = self.request.query_params.get(self.fields_query_param)
        if not text:
            return known
        names = text.split(",")
        for name in names:
            if name not in known:
                raise invalid(
                    self.fields_query_param,
                    f"没有字段“{name}”，可用：{'、'.join(known)}；多个用逗号隔开。",
                )
        return names

    def known_parameters(self):
        if self.action == "retrieve":
            return [self.fields_query_param]
        filters = self.filterset_class.base_filters if self.filterset_class else ()
        others = [
            parameter["name"]
            for backend in self.filter_backends
            if backend is not Filtering
            for parameter in backend().get_schema_operation_parameters(self)
        ]
        return [*filters, *others, self.fields_query_param, *self.pagination_class.parameters]


class PublicViewSet(RetrieveModelMixin, PublicListSet):
    """A list of rows with a code, and look-up by it."""

    lookup_field = "code"
    lookup_value_regex = "[^/]+"
    orderings = {"code": ["code"]}

    def get_object(self):
        try:
            return super().get_object()
        except Http404 as error:
            raise unknown_code(self.kwargs["code"], self.label) from error
