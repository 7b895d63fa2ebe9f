"""Where an indicator stands, as the engine finds it."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from targets.api.serializers.row import Number
from targets.engine.figures import InputRole
from targets.engine.status import Rule, Status
from targets.models import Comparator, Grade

STATUSES = [(status.value, status.label) for status in Status]
RULES = [(rule.value, rule.label) for rule in Rule]
ROLES = [(role.value, role.label) for role in InputRole]
LIGHTS = [("green", "绿"), ("yellow", "黄"), ("red", "红"), ("grey", "灰")]


@extend_schema_field(OpenApiTypes.NUMBER)
class Rounded(Number):
    """A figure or a fraction to four decimals; null where there is none."""

    def __init__(self, **kwargs):
        super().__init__(max_digits=None, decimal_places=4, allow_null=True, **kwargs)

    def to_representation(self, value):
        return super().to_representation(round(value, 4))


class ReportedSerializer(serializers.Serializer):
    n = serializers.IntegerField(label="已填报县市区数")
    of = serializers.IntegerField(label="应填报县市区数")

    def to_representation(self, pair):
        reported, expected = pair
        return {"n": reported, "of": expected}


class PartialSumSerializer(serializers.Serializer):
    period = serializers.CharField(source="figure.period", label="报告期")
    value = Rounded(source="figure.value", label="已填报县市区之和")
    n = serializers.IntegerField(source="reported", label="已填报县市区数")
    of = serializers.IntegerField(source="expected", label="应填报县市区数")


class ProgressSerializer(serializers.Serializer):
    indicator = serializers.CharField(source="indicator.code", label="指标")
    name = serializers.CharField(source="indicator.name", label="名称")
    unit = serializers.CharField(source="indicator.unit", label="单位")
    area = serializers.CharField(source="area.code", label="县市区")
    as_of = serializers.CharField(source="result.as_of", label="截至的报告期")
    baseline = Rounded(source="result.baseline.value", label="基期值")
    target = Rounded(source="result.target.value", label="目标值")
    target_year = serializers.IntegerField(source="result.target_year", label="目标年份", allow_null=True)
    actual = Rounded(source="result.actual.value", label="完成值")
    actual_period = serializers.CharField(
        source="result.actual.period", label="完成值的报告期", allow_null=True
    )
    completion = Rounded(source="result.completion", label="完成率", help_text="完成值 / 目标值")
    progress = Rounded(
        source="result.progress", label="进度", help_text="(完成值 - 基期值) / (目标值 - 基期值)"
    )
    expected = Rounded(source="result.expected", label="序时应达")
    index = Rounded(source="result.index", label="序时指数", help_text="进度 / 序时进度")
    status = serializers.ChoiceField(STATUSES, source="result.status", label="状态")
    status_label = serializers.CharField(source="result.label", label="状态（中文）")
    light = serializers.ChoiceField(LIGHTS, source="result.status.light", label="灯色")
    reported = ReportedSerializer(
        source="result.reported",
        label="汇总依据",
        allow_null=True,
        help_text="不由县市区汇总的为 null；累计数取最不全的一期",
    )
    newer_partial = PartialSumSerializer(
        source="result.newer_partial",
        label="较新而不全的汇总",
        allow_null=True,
        help_text="完成值之后，只有部分县市区填报的一期；不作判断",
    )
    unavailable_reason = serializers.CharField(
        source="result.unavailable_reason",
        label="无法取得的原因",
        allow_null=True,
        help_text="没有完成值而填报说明了原因的；未填报的为 null",
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


class ExplanationSerializer(serializers.Serializer):
    rule = serializers.ChoiceField(RULES, label="规则")
    rule_label = serializers.CharField(source="rule.label", label="规则（中文）")
    as_of = serializers.CharField(label="截至的报告期")
    inputs = InputSerializer(many=True, label="所用的数", help_text="凭这些数可重算各项结果")
    steps = StepSerializer(many=True, label="算式")


class ExplainedProgressSerializer(ProgressSerializer):
    explain = ExplanationSerializer(source="result", label="怎么算的")
