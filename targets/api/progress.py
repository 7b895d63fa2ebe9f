"""Where indicators stand: the call that dashboards live on."""

from typing import NamedTuple

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.mixins import ListModelMixin
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from targets.api import serializers
from targets.api.exchange import cubes
from targets.api.faults import invalid, unknown_code
from targets.api.formats import FlatList
from targets.api.pagination import SinglePage
from targets.api.public import PublicData, PublicViewSet
from targets.api.thinning import Thinning
from targets.engine.progress import Result
from targets.lists.standpoint import StandpointForm
from targets.models import Area, Indicator, Plan
from targets.standing.standings import Standings


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


@extend_schema_view(list=extend_schema(parameters=[PERIOD, AREAS]))
class Progress(FlatList, Thinning, PublicData, ListModelMixin, GenericViewSet):
    """Reckoned anew for each answer, in a fixed number of queries."""

    label = "进展"
    about = "由已发布的完成值和截至当时有效的目标算得。完成率、进度为小数，0.637 即 63.7%。"
    lookup_field = "code"
    lookup_value_regex = PublicViewSet.lookup_value_regex
    cube = staticmethod(cubes.progress)
    filter_backends = []
    pagination_class = SinglePage

    def known_parameters(self):
        return ["period", "area", self.fields_query_param]

    def get_serializer_class(self):
        is_one = self.action == "retrieve"
        return serializers.ExplainedProgressSerializer if is_one else serializers.ProgressSerializer

    def get_queryset(self) -> list[ProgressRow]:
        asked = self.request.query_params.dict()
        is_every_area = asked.get("area") == EVERY_AREA
        standpoint = standpoint_for(asked | {"area": ""} if is_every_area else asked)
        if standpoint is None:
            return []
        areas = list(standpoint.areas.values()) if is_every_area else [standpoint.here]
        standings = Standings(standpoint.plan, standpoint.as_of, areas)
        return [
            ProgressRow(indicator, area, result)
            for area in areas
            for indicator, result in standings.results(area).items()
        ]

    def records(self, found):
        return found

    @extend_schema(parameters=[CODE, PERIOD, AREA])
    def retrieve(self, request, code):
        standpoint = standpoint_for(request.query_params)
        indicators = Indicator.objects.filter(plan=standpoint.plan) if standpoint else ()
        # Looked for here: not every database takes whatever stands in an address.
        indicator = next((row for row in indicators if row.code == code), None)
        if indicator is None:
            raise unknown_code(code, Indicator._meta.verbose_name)
        here = standpoint.here
        standings = Standings(standpoint.plan, standpoint.as_of, [here], [indicator])
        row = ProgressRow(indicator, here, standings.result(indicator, here))
        return Response(self.get_serializer(row).data)
