"""The numbers over the API, and what all its views have in common."""

import re
from typing import NamedTuple

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.utils import timezone
from django_filters import ModelChoiceFilter
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from targets import filters, serializers
from targets.forms import StandpointForm
from targets.models import (
    Area,
    Assessment,
    Baseline,
    BaselineFact,
    Goal,
    GoalLink,
    Indicator,
    Observation,
    Organization,
    Period,
    Plan,
    ReportingDuty,
    Target,
)
from targets.progress import Result
from targets.standing import Standings


def invalid(parameter: str, message: str, code: str = "invalid_parameter") -> ValidationError:
    return ValidationError({parameter: message}, code)


def unknown_code(code: str, label: str) -> NotFound:
    return NotFound(f"没有代码为“{code}”的{label}，请在列表中查看全部代码。")


class Pages(PageNumberPagination):
    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"

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
        if not re.fullmatch(r"[1-9][0-9]{0,8}", value):
            raise invalid(parameter, f"{parameter} 应为正整数，如 {parameter}={default}。")
        return int(value)

    def get_schema_operation_parameters(self, view):
        page = {"type": "integer", "minimum": 1, "default": 1}
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


class Narrowing(DjangoFilterBackend):
    """django-filter's backend with answers that list what would have been right."""

    def filter_queryset(self, request, queryset, view):
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        for name, messages in filterset.errors.items():
            raise invalid(name, self._explain(filterset.filters[name], filterset.data[name], messages))
        return filterset.qs

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
    # `_` is what browsers' libraries add against caches.
    always_known = frozenset({"_", "format"})

    def initial(self, request, *args, **kwargs):
        self._check_parameters(request.query_params)
        super().initial(request, *args, **kwargs)

    def options(self, request, *args, **kwargs):
        """Only the header Allow: DRF's own answer describes forms, and in English."""
        return HttpResponse(status=204)

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
            if "\0" in values[0]:
                raise invalid(name, f"{name} 含有不可用的空字符，请去掉。")
        formats = [renderer.format for renderer in self.renderer_classes]
        if parameters.get("format", formats[0]) not in formats:
            raise invalid("format", f"不支持这种格式，可用：{'、'.join(formats)}。")


class PublicData(PublicView):
    """What answers with data, as against the schema and the page that explains it."""

    def finalize_response(self, request, response, *args, **kwargs):
        """Demonstration data say so in every answer: in the header and, where it is an object, inside."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if Plan.objects.filter(is_demo=True).exists():
            response["X-Data-Origin"] = "demo"
            if isinstance(getattr(response, "data", None), dict):
                response.data = {"demo": True, **response.data}
        return response


class PublicListSet(PublicData, ListModelMixin, GenericViewSet):
    """Rows that have no code of their own: a list only."""

    # What the schema tells of the rows, where their name does not say it all.
    about = ""
    filterset_class = None
    filter_backends = [Narrowing]
    pagination_class = Pages

    @property
    def label(self) -> str:
        return str(self.queryset.model._meta.verbose_name)

    def known_parameters(self):
        if self.action == "retrieve":
            return []
        narrowing = self.filterset_class.base_filters if self.filterset_class else ()
        return [*narrowing, Pages.page_query_param, Pages.page_size_query_param]


class PublicViewSet(RetrieveModelMixin, PublicListSet):
    """Rows with a code: a list, and look-up by it."""

    lookup_field = "code"
    lookup_value_regex = "[^/]+"

    def get_object(self):
        try:
            return super().get_object()
        except Http404 as error:
            raise unknown_code(self.kwargs["code"], self.label) from error


class Plans(PublicViewSet):
    queryset = Plan.objects.select_related("source_text")
    serializer_class = serializers.PlanSerializer
    about = "completeness 为 truncated 时，文本不完整，completeness_note 写明缺什么。"


class Areas(PublicViewSet):
    queryset = Area.objects.select_related("parent", "predecessor", "successor")
    serializer_class = serializers.AreaSerializer
    filterset_class = filters.AreaFilter
    about = "衡水市、各县市区和两个新区，以及撤市设区前的冀州市。"


class Organizations(PublicViewSet):
    queryset = Organization.objects.prefetch_related("citations__section")
    serializer_class = serializers.OrganizationSerializer
    filterset_class = filters.OrganizationFilter


class Goals(PublicViewSet):
    queryset = Goal.objects.select_related("parent").prefetch_related(
        "citations__section",
        "weaknesses",
        "transformations__citations__section",
        "transformations__weaknesses",
        Prefetch("indicator_links", GoalLink.objects.in_use().select_related("indicator")),
    )
    serializer_class = serializers.GoalSerializer
    filterset_class = filters.GoalFilter
    about = "发展目标的 12 个分句；“六大转变”列在所属目标之下，也可按各自的代码查。"

    def get_queryset(self):
        goals = super().get_queryset()
        return goals.clauses() if self.action == "list" else goals


class Indicators(PublicViewSet):
    queryset = (
        Indicator.objects.select_related("part_of")
        .with_goals()
        .with_baselines()
        .prefetch_related("baselines__citations__section")
    )
    serializer_class = serializers.IndicatorSerializer
    filterset_class = filters.IndicatorFilter
    about = "规划原文中的 26 项有数指标及全市基期值。文号、序号、电话号码等不是指标，不在其列。"


class Baselines(PublicListSet):
    queryset = Baseline.objects.select_related("indicator", "area").prefetch_related("citations__section")
    serializer_class = serializers.BaselineSerializer
    filterset_class = filters.BaselineFilter
    about = "一项指标在一地的基期值为一条。value 要连同 comparator 读，printed 是原文的写法。"


class BaselineFacts(PublicViewSet):
    queryset = BaselineFact.objects.prefetch_related("citations__section")
    serializer_class = serializers.BaselineFactSerializer
    about = "原文没有数字的基期事实；reading 是整理者的理解，不是原文。"


class Periods(PublicViewSet):
    queryset = Period.objects.all()
    serializer_class = serializers.PeriodSerializer
    about = "2018 为全年，2018-H1 为上半年，2018-Q3 为第三季度。"


class Duties(PublicListSet):
    queryset = ReportingDuty.objects.select_related("indicator", "area", "organization").order_by(
        "area__code", "indicator__code"
    )
    serializer_class = serializers.DutySerializer
    filterset_class = filters.DutyFilter
    about = (
        "一期应填报的完成值，一项一条；period 不填为最近结束的一年。is_published=false 的尚无已发布的数。"
        "frequency 为两次填报相隔的月数。"
    )


class Targets(PublicListSet):
    queryset = Target.objects.select_related("indicator", "area")
    serializer_class = serializers.TargetSerializer
    filterset_class = filters.TargetFilter
    about = "每作一次决定为一条，调整不改原有的一条；in_force 指今日有效的一条。"

    def get_queryset(self):
        return super().get_queryset().with_in_force(timezone.localdate())


class Observations(PublicListSet):
    # A year and its last quarter end on one day: without the last key pages could overlap.
    queryset = (
        Observation.objects.published()
        .select_related("indicator", "area", "period")
        .prefetch_related("evidence")
        .order_by("indicator__code", "area__code", "period__end", "-period__start")
    )
    serializer_class = serializers.ObservationSerializer
    filterset_class = filters.ObservationFilter
    about = "只有已发布的完成值。value 为 null 时无法取得，unavailable_reason 写明原因。"


class Assessments(PublicListSet):
    queryset = (
        Assessment.objects.published()
        .select_related("goal", "period")
        .prefetch_related("evidence")
        .order_by("goal__code", "period__end", "-period__start")
    )
    serializer_class = serializers.AssessmentSerializer
    filterset_class = filters.AssessmentFilter
    about = "没有数字的目标的定性评价，只有已发布的。"


class ProgressRow(NamedTuple):
    indicator: Indicator
    area: Area
    result: Result


def standpoint_for(parameters) -> StandpointForm | None:
    """The period and area asked for; None before a plan is loaded."""
    plan = Plan.objects.first()
    if plan is None:
        return None
    form = StandpointForm(parameters, plan=plan)
    for name in form.errors:
        known = "、".join(f"{code}（{label}）" for code, label, _ in form.choices_of(name))
        raise invalid(name, f"{form[name].label}没有“{form[name].data}”，可用：{known}。")
    return form


EVERY_AREA = "all"
PERIOD = OpenApiParameter("period", str, description="截至的报告期，如 2018；不填为规划期内最近结束的一年")
AREA = OpenApiParameter("area", str, description="县市区的代码；不填为全市")
AREAS = OpenApiParameter(
    "area", str, description=f"县市区的代码；{EVERY_AREA} 为现有的全部县市区；不填为全市"
)
CODE = OpenApiParameter("code", str, OpenApiParameter.PATH, description="指标的代码")


class Progress(PublicData, GenericViewSet):
    """Reckoned anew for each answer, in a fixed number of queries."""

    label = "进展"
    about = "由已发布的完成值和截至当时有效的目标算得。完成率、进度为小数，0.637 即 63.7%。"
    lookup_field = "code"
    lookup_value_regex = PublicViewSet.lookup_value_regex
    pagination_class = OnePage

    def known_parameters(self):
        return ["period", "area"]

    def get_serializer_class(self):
        is_one = self.action == "retrieve"
        return serializers.ExplainedProgressSerializer if is_one else serializers.ProgressSerializer

    @extend_schema(parameters=[PERIOD, AREAS])
    def list(self, request):
        asked = request.query_params.dict()
        is_every_area = asked.get("area") == EVERY_AREA
        standpoint = standpoint_for(asked | {"area": ""} if is_every_area else asked)
        rows = []
        if standpoint:
            areas = standpoint.areas.values() if is_every_area else [standpoint.here]
            standings = Standings(standpoint.plan, standpoint.as_of)
            rows = [
                ProgressRow(indicator, area, result)
                for area in areas
                for indicator, result in standings.results(area).items()
            ]
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(parameters=[CODE, PERIOD, AREA])
    def retrieve(self, request, code):
        standpoint = standpoint_for(request.query_params)
        standings = standpoint and Standings(standpoint.plan, standpoint.as_of)
        indicators = standings.indicators if standings else []
        indicator = next((row for row in indicators if row.code == code), None)
        if indicator is None:
            raise unknown_code(code, Indicator._meta.verbose_name)
        row = ProgressRow(indicator, standpoint.here, standings.result(indicator, standpoint.here))
        return Response(self.get_serializer(row).data)
