"""`plans/`, `periods/` and `thresholds/`."""

from decimal import Decimal
from typing import NamedTuple

import django_filters as filters
from rest_framework import serializers

from targets.api.exchange.cubes import Axis, Cube
from targets.api.formats import FlatList
from targets.api.public import PublicViewSet
from targets.api.serializers import PageUrl, PublicSerializer
from targets.api.shared import SharedViewSet
from targets.engine.thresholds import Thresholds
from targets.lists.filters import PlanFilterSet
from targets.models import Period, Plan, ThresholdDecision


class PlanSerializer(PublicSerializer):
    provenance = serializers.CharField(source="source_text.provenance", label="文本来历", allow_null=True)
    sha256 = serializers.CharField(source="source_text.sha256", label="文本校验值", allow_null=True)
    unowned_numbers = serializers.IntegerField(
        source="source_text.unowned_numbers", label="原文中未归类的数的个数", allow_null=True
    )
    url = PageUrl()

    class Meta:
        model = Plan
        fields = [
            "code",
            "top_area",
            "is_public",
            "is_current",
            "title",
            "document_title",
            "number",
            "document",
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
            "unowned_numbers",
            "url",
        ]


class PlansFilter(PlanFilterSet):
    current = filters.ChoiceFilter(
        choices=[("true", "现行规划"), ("false", "其他规划")], method="filter_current", label="是否现行"
    )

    def filter_current(self, queryset, name, value: str):
        # The schema takes its type from the annotation.
        return queryset.filter(is_current=value == "true")


class Plans(SharedViewSet):
    """The plans that the asker may see; a single one is that of the address."""

    queryset = Plan.objects.all()
    serializer_class = PlanSerializer
    filterset_class = PlansFilter
    lookup_url_kwarg = "plan"
    # Other addresses name no plan.
    lookup_value_regex = "[a-z][a-z0-9-]+"
    orderings = {"code": ["code"], "start_year": ["start_year"]}
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

    def get_queryset(self):
        plans = self.plans.select_related("source_text", "top_area", "document")
        return plans.prefetch_related("source_text__number_tokens")

    def get_object(self):
        return self.get_queryset().get(pk=self.request.plan.pk)


class PeriodSerializer(PublicSerializer):
    label = serializers.CharField(source="__str__", label="名称")  # type: ignore[assignment]  # a field

    class Meta:
        model = Period
        fields = ["plan", "code", "label", "start", "end", "due_on", "is_open"]


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
    queryset = ThresholdDecision.objects.all()
    serializer_class = ThresholdDecisionSerializer
    orderings = {"decided_on": ["decided_on"]}
    search_fields = ["source", "reason"]
    about = (
        "序时指数到多少为哪一种状态。每作一次决定为一条，调整不改原有的一条；报告期按结束之日有效的一条判断，"
        "第一次决定之前用默认值：{ahead}、{on_schedule}、{slightly_behind}。"
    ).format(**Thresholds().shown)

    def cube(self, rows):
        labels = ThresholdDecisionSerializer().fields
        days = sorted({str(row.decided_on) for row in rows})
        numbers = {name: labels[name].label for name in THRESHOLDS}
        axes = [
            Axis("decided_on", "决定日期", "time", _day, {day: day for day in days}),
            Axis("threshold", "起点", "metric", lambda cell: cell.threshold, numbers),
        ]
        cells = [ThresholdCell(row, name, getattr(row, name)) for row in rows for name in THRESHOLDS]
        return Cube(axes, cells, _status)


def _day(cell: ThresholdCell) -> str:
    return str(cell.decision.decided_on)


def _status(cell: ThresholdCell) -> tuple[str, str]:
    return "decided", "已决定"
