"""`plans/`, `periods/` and `thresholds/`."""

from decimal import Decimal
from typing import NamedTuple

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from targets.api.exchange.cubes import Axis, Cube
from targets.api.formats import FlatList
from targets.api.public import PublicViewSet
from targets.api.serializers import PublicSerializer
from targets.engine.thresholds import Thresholds
from targets.models import Period, Plan, ThresholdDecision


class PlanSerializer(PublicSerializer):
    provenance = serializers.CharField(source="source_text.provenance", label="文本来历", allow_null=True)
    sha256 = serializers.CharField(source="source_text.sha256", label="文本校验值", allow_null=True)
    url = serializers.SerializerMethodField(label="网页地址")

    class Meta:
        model = Plan
        fields = [
            "code",
            "title",
            "document_title",
            "number",
            "issuer",
            "published_on",
            "effective_on",
            "start_year",
            "end_year",
            "baseline_year",
            "completeness",
            "completeness_label",
            "completeness_note",
            "provenance",
            "sha256",
            "url",
        ]

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, plan):
        return self.context["request"].build_absolute_uri(reverse("plan"))


class Plans(PublicViewSet):
    queryset = Plan.objects.select_related("source_text")
    serializer_class = PlanSerializer
    search_fields = [
        "=code",
        "title",
        "document_title",
        "number",
        "issuer",
        "completeness_note",
        "source_text__provenance",
    ]
    about = "completeness 为 truncated 时，文本不完整，completeness_note 写明缺什么。"


class PeriodSerializer(PublicSerializer):
    label = serializers.CharField(source="__str__", label="名称")  # type: ignore[assignment]  # a field

    class Meta:
        model = Period
        fields = ["code", "label", "start", "end", "due_on", "is_open"]


class Periods(PublicViewSet):
    queryset = Period.objects.all()
    serializer_class = PeriodSerializer
    orderings = {"code": ["code"], "start": ["start", "end"], "end": ["end", "-start"], "due_on": ["due_on"]}
    about = "2018 为全年，2018-H1 为上半年，2018-Q3 为第三季度。"


THRESHOLDS = ("ahead_from", "on_schedule_from", "slightly_behind_from")


class ThresholdDecisionSerializer(PublicSerializer):
    class Meta:
        model = ThresholdDecision
        fields = ["plan", "decided_on", *THRESHOLDS, "source", "reason"]


class ThresholdCell(NamedTuple):
    """One number of a decision, as a fact of the cube."""

    decision: ThresholdDecision
    threshold: str
    value: Decimal


class ThresholdDecisions(FlatList):
    queryset = ThresholdDecision.objects.select_related("plan")
    serializer_class = ThresholdDecisionSerializer
    orderings = {"plan": ["plan__code"], "decided_on": ["decided_on"]}
    search_fields = ["source", "reason"]
    about = (
        "序时指数到多少为哪一种状态。每作一次决定为一条，调整不改原有的一条；报告期按结束之日有效的一条判断，"
        "第一次决定之前用默认值：{ahead}、{on_schedule}、{slightly_behind}。"
    ).format(**Thresholds().shown)

    def cube(self, rows):
        labels = ThresholdDecisionSerializer().fields
        plans = {row.plan.code: str(row.plan) for row in rows}
        days = sorted({str(row.decided_on) for row in rows})
        numbers = {name: labels[name].label for name in THRESHOLDS}
        axes = [
            Axis("plan", "规划", "", lambda cell: cell.decision.plan.code, plans),
            Axis("decided_on", "决定日期", "time", _day, {day: day for day in days}),
            Axis("threshold", "起点", "metric", lambda cell: cell.threshold, numbers),
        ]
        cells = [ThresholdCell(row, name, getattr(row, name)) for row in rows for name in THRESHOLDS]
        return Cube(axes, cells, _status)


def _day(cell: ThresholdCell) -> str:
    return str(cell.decision.decided_on)


def _status(cell: ThresholdCell) -> tuple[str, str]:
    return "decided", "已决定"
