"""`progress/`: where indicators stand, computed for each answer in a fixed number of queries."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from targets.api.exchange.cubes import Axis, Cube, series_axes
from targets.api.faults import invalid, unknown_code
from targets.api.formats import FlatList
from targets.api.pagination import SinglePage
from targets.api.public import PublicViewSet
from targets.api.serializers import Number
from targets.engine import periods
from targets.engine.figures import Figure, InputRole
from targets.engine.progress import Result
from targets.engine.quantities import half_up
from targets.engine.shares import Share
from targets.engine.status import Rule, Status
from targets.lists.standpoint import StandpointForm
from targets.models import Area, Comparator, Grade, Indicator
from targets.standing.shared import standings_at

STATUSES = [(status.value, status.label) for status in Status]
RULES = [(rule.value, rule.label) for rule in Rule]
ROLES = [(role.value, role.label) for role in InputRole]
LIGHTS = [("green", "绿"), ("yellow", "黄"), ("red", "红"), ("grey", "灰")]


@extend_schema_field(OpenApiTypes.NUMBER)
class Rounded(Number):
    """A number rounded to four decimals, or null."""

    def __init__(self, **kwargs):
        super().__init__(max_digits=None, decimal_places=4, allow_null=True, **kwargs)

    def to_representation(self, value):
        return super().to_representation(half_up(value))


class CellSerializer(serializers.Serializer):
    area = serializers.CharField(label="县市区")
    period = serializers.CharField(label="报告期")


class PartialSerializer(serializers.Serializer):
    period = serializers.CharField(source="figure.period", label="报告期", help_text="这个和到哪一期为止")
    value = Rounded(source="figure.value", label="已知部分之和")
    comparator = serializers.ChoiceField(Comparator.choices, source="figure.comparator", label="比较词")
    reported = serializers.IntegerField(label="已填报数", help_text="县市区 × 应报的期")
    expected = serializers.IntegerField(label="应填报数", help_text="县市区 × 应报的期")
    missing = CellSerializer(many=True, label="缺的填报")


class ProgressSerializer(serializers.Serializer):
    plan = serializers.CharField(source="indicator.plan_id", label="规划")
    indicator = serializers.CharField(source="indicator.code", label="指标")
    name = serializers.CharField(source="indicator.name", label="名称")
    unit = serializers.CharField(source="indicator.unit", label="单位")
    area = serializers.CharField(source="area.code", label="县市区")
    as_of = serializers.CharField(source="result.as_of", label="截至的报告期")
    baseline = Rounded(source="result.baseline.value", label="基期值")
    target = Rounded(source="result.target.value", label="目标值")
    target_year = serializers.IntegerField(source="result.target_year", label="目标年份", allow_null=True)
    actual = Rounded(
        source="result.actual.value", label="完成值", help_text="完整的数；期间累计的到 actual_period 为止"
    )
    actual_period = serializers.CharField(
        source="result.actual.period", label="完成值的报告期", allow_null=True
    )
    actual_comparator = serializers.ChoiceField(
        Comparator.choices, source="result.actual.comparator", label="完成值的比较词", allow_null=True
    )
    actual_grades = serializers.ListField(
        child=serializers.ChoiceField(Grade.choices),
        source="result.actual.grades",
        label="完成值的来源等级",
        allow_null=True,
        help_text="汇总或累计的，各个数的来源等级",
    )
    actual_day = serializers.DateField(
        source="result.actual.earliest_day",
        label="数据时点",
        allow_null=True,
        help_text="不是期末的数的时点，汇总或累计的取最早的；期末的数为 null",
    )
    completion = Rounded(
        source="result.completion.rounded",
        label="完成率",
        help_text="完成值 / 目标值；at_least 的按 partial 的值",
    )
    progress = Rounded(
        source="result.progress.rounded", label="进度", help_text="(完成值 - 基期值) / (目标值 - 基期值)"
    )
    expected = Rounded(source="result.expected", label="序时应达")
    index = Rounded(
        source="result.index", label="序时指数", help_text="(完成值 - 基期值) / (序时应达 - 基期值)"
    )
    status = serializers.ChoiceField(STATUSES, source="result.status", label="状态")
    status_label = serializers.CharField(source="result.label", label="状态（中文）")
    light = serializers.ChoiceField(LIGHTS, source="result.status.light", label="灯色")
    judged_at = serializers.CharField(
        source="result.judged_at",
        label="判断所按的报告期",
        allow_null=True,
        help_text="完成率、进度、序时应达、序时指数按这一期期末和当日有效的目标、起点计算",
    )
    at_least = serializers.BooleanField(
        source="result.is_at_least", label="至少", help_text="按不全的和计算，缺的数不会改变灯色"
    )
    last_status = serializers.ChoiceField(
        STATUSES,
        source="result.last",
        label="上次的判断",
        allow_null=True,
        help_text="应报的一期没有数时，按 judged_at 那一期的数",
    )
    # DRF keeps declared fields apart, so its own attribute of this name stays as it is.
    partial = PartialSerializer(  # type: ignore[assignment]
        source="result.partial",
        label="不全的和",
        allow_null=True,
        help_text="actual 之外还知道的；没有的为 null",
    )
    unavailable_reason = serializers.CharField(
        source="result.unavailable_reason",
        label="无法取得的原因",
        allow_null=True,
        help_text="应报的一期没有数，填报说明了原因的；其余为 null",
    )


class InputSerializer(serializers.Serializer):
    role = serializers.ChoiceField(ROLES, label="用作")
    role_label = serializers.CharField(source="role.label", label="用作（中文）")
    record = serializers.CharField(
        source="figure.record",
        label="记录",
        help_text="baseline/指标/县市区，target/指标/县市区/年份/决定日期，observation/指标/县市区/报告期/r修订",
    )
    area = serializers.CharField(source="figure.area", label="县市区")
    period = serializers.SerializerMethodField(label="年份或报告期")
    value = Rounded(source="figure.value", label="数值")
    comparator = serializers.ChoiceField(Comparator.choices, source="figure.comparator", label="比较词")
    grade = serializers.ChoiceField(Grade.choices, source="figure.grade", label="来源等级")
    grade_label = serializers.CharField(source="figure.origin", label="来源等级（中文）")

    def get_period(self, used) -> str | None:
        return used.figure.period or None


class StepSerializer(serializers.Serializer):
    what = serializers.CharField(label="算什么")
    formula = serializers.CharField(label="算式")


class ThresholdsSerializer(serializers.Serializer):
    ahead = Rounded(label="快于预期")
    on_schedule = Rounded(label="符合预期")
    slightly_behind = Rounded(label="略有滞后")


class ExplanationSerializer(serializers.Serializer):
    rule = serializers.ChoiceField(RULES, label="规则")
    rule_label = serializers.CharField(source="rule.label", label="规则（中文）")
    as_of = serializers.CharField(label="截至的报告期")
    thresholds = ThresholdsSerializer(
        label="所用的起点",
        allow_null=True,
        help_text="序时指数达到多少为哪一状态，judged_at 那一期期末有效的",
    )
    inputs = InputSerializer(many=True, label="所用的数", help_text="凭这些数可重算各项结果")
    steps = StepSerializer(many=True, label="算式")


class ExplainedProgressSerializer(ProgressSerializer):
    explain = ExplanationSerializer(source="result", label="怎么算的")


class ProgressRow(NamedTuple):
    indicator: Indicator
    area: Area
    result: Result


FRACTIONS = ("completion", "progress", "index")
MEASURES = ("baseline", "target", "actual", "expected", *FRACTIONS)
FRACTION_UNIT = {"decimals": 4, "label": "比例，1 即 100%"}
EVERY_AREA = "all"
PERIOD = OpenApiParameter(
    "period",
    str,
    description="截至的报告期，如 2018；不填为规划期内最近一个报齐的年份：已报处数不少于最好一年的九成",
)
AREA = OpenApiParameter("area", str, description="县市区的代码；不填为整个规划地区")
AREAS = OpenApiParameter(
    "area", str, description=f"县市区的代码；{EVERY_AREA} 为规划所列的全部县市区；不填为整个规划地区"
)
CODE = OpenApiParameter("code", str, OpenApiParameter.PATH, description="指标的代码")


class ProgressCell(NamedTuple):
    """One measure of a row, as a fact of the cube."""

    indicator: Indicator
    area: Area
    result: Result
    measure: str
    value: Decimal | None


@extend_schema_view(list=extend_schema(parameters=[PERIOD, AREAS]))
class Progress(FlatList):
    label = "进展"
    about = "由已发布的完成值和截至当时有效的目标算得。完成率、进度为小数，0.637 即 63.7%。"
    lookup_field = "code"
    lookup_value_regex = PublicViewSet.lookup_value_regex
    filter_backends = []
    pagination_class = SinglePage

    def known_parameters(self):
        return ["period", "area", self.fields_query_param]

    def get_serializer_class(self):
        return ExplainedProgressSerializer if self.action == "retrieve" else ProgressSerializer

    def get_queryset(self):
        parameters = self.request.query_params.dict()
        is_every_area = parameters.get("area") == EVERY_AREA
        standpoint = self._standpoint(parameters | {"area": ""} if is_every_area else parameters)
        areas = list(standpoint.areas.values()) if is_every_area else [standpoint.here]
        standings = standings_at(standpoint.plan, standpoint.as_of)
        return [
            ProgressRow(indicator, area, result)
            for area in areas
            for indicator in standings.indicators
            if indicator.is_tracked
            for result in [standings.result(indicator, area)]
        ]

    def records(self, rows):
        return rows

    @extend_schema(parameters=[CODE, PERIOD, AREA])
    def retrieve(self, request, code):
        standpoint = self._standpoint(request.query_params)
        # Compared in Python: a database may refuse what stands in an address.
        own = Indicator.objects.of_plan(request.plan)
        indicator = next((row for row in own if row.code == code), None)
        if indicator is None:
            raise unknown_code(code, Indicator._meta.verbose_name)
        here = standpoint.here
        standings = standings_at(standpoint.plan, standpoint.as_of)
        row = ProgressRow(indicator, here, standings.result(indicator, here))
        return Response(self.get_serializer(row).data)

    def cube(self, rows):
        labels = ProgressSerializer().fields
        periods_of_rows = dict.fromkeys(row.result.as_of for row in rows)
        axes = [
            *series_axes(rows),
            Axis(
                "as_of",
                "截至的报告期",
                "time",
                lambda cell: cell.result.as_of,
                {code: periods.span(code).label for code in periods_of_rows},
            ),
            Axis(
                "measure",
                "项目",
                "metric",
                lambda cell: cell.measure,
                {name: labels[name].label for name in MEASURES},
                dict.fromkeys(FRACTIONS, FRACTION_UNIT),
                "完成率、进度、序时指数为小数；其余各项的单位是指标的单位。",
            ),
        ]
        return Cube(axes, [cell for row in rows for cell in _cells(row)], _status, _note)

    def _standpoint(self, parameters) -> StandpointForm:
        form = StandpointForm(parameters, plan=self.plan)
        for name in form.errors:
            known = "、".join(f"{code}（{label}）" for code, label, _ in form.choices_of(name))
            raise invalid(name, f"{form[name].label}没有“{form[name].data}”，可用：{known}。")
        return form


def _cells(row: ProgressRow) -> Iterator[ProgressCell]:
    for name in MEASURES:
        yield ProgressCell(*row, name, _rounded(getattr(row.result, name)))


def _rounded(value: Figure | Share | Fraction | None) -> Decimal | None:
    if value is None:
        return None
    return half_up(value) if isinstance(value, Fraction) else value.rounded


def _note(cell: ProgressCell) -> str:
    """The period, grade and day of what is not a report of the period's end."""
    if cell.measure == "actual":
        return cell.result.note_on_actual
    return cell.result.note_on_progress if cell.measure in FRACTIONS and cell.value is not None else ""


def _status(cell: ProgressCell) -> tuple[str, str]:
    status = cell.result.status
    return status.value, status.label
