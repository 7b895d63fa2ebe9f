"""Where an indicator stands, as the engine finds it."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from targets.models import Comparator
from targets.progress import LABELS
from targets.serializers.row import Number

STATUSES = [(status.value, label) for status, label in LABELS.items()]
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
        n, of = pair
        return {"n": n, "of": of}


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
    status_label = serializers.CharField(source="result.status.label", label="状态（中文）")
    light = serializers.ChoiceField(LIGHTS, source="result.status.light", label="灯色")
    reported = ReportedSerializer(
        source="result.reported", label="汇总依据", allow_null=True, help_text="不由县市区汇总的为 null"
    )


class InputSerializer(serializers.Serializer):
    value = Rounded(label="数值")
    comparator = serializers.ChoiceField(Comparator.choices, label="比较词")
    period = serializers.SerializerMethodField(label="年份或报告期")

    def get_period(self, figure) -> str | None:
        return figure.period or None


class InputsSerializer(serializers.Serializer):
    baseline = InputSerializer(label="基期值", allow_null=True)
    target = InputSerializer(label="目标值", allow_null=True)
    actual = InputSerializer(label="完成值", allow_null=True)


class StepSerializer(serializers.Serializer):
    what = serializers.CharField(label="算什么")
    formula = serializers.CharField(label="算式")


class ExplainedProgressSerializer(ProgressSerializer):
    explain = StepSerializer(source="result.steps", many=True, label="怎么算的")
    inputs = InputsSerializer(source="result", label="所用的数")
