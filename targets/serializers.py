"""The numbers as the API gives them.

Other records are named by code, a coded value has its Chinese label beside it, what is missing is null.
What stands in the text (citations, weaknesses) is reached by its reverse name; `measures` points here.
"""

from operator import attrgetter

from django.db import models
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from targets.models import (
    Area,
    Baseline,
    BaselineFact,
    Goal,
    GoalLink,
    Indicator,
    Organization,
    Plan,
)

FAULT_CODES = [
    ("invalid_parameter", "参数的值无法识别"),
    ("unknown_parameter", "不认识的参数"),
    ("repeated_parameter", "参数重复"),
    ("bad_request", "请求无法读取"),
    ("not_found", "没有这条记录、这一页或这个地址"),
    ("method_not_allowed", "不支持的请求方法"),
    ("not_acceptable", "不支持的格式"),
    ("server_error", "服务器出错"),
]


class FaultDetailSerializer(serializers.Serializer):
    code = serializers.ChoiceField(FAULT_CODES, label="错误代码")
    message = serializers.CharField(label="错在哪里、下一步怎么办")
    parameter = serializers.CharField(label="有误的参数", allow_null=True)


class FaultSerializer(serializers.Serializer):
    error = FaultDetailSerializer(label="错误")


@extend_schema_field(OpenApiTypes.NUMBER)
class Number(serializers.DecimalField):
    """A JSON number: 92, 1.48. A double holds the 15 digits that a reader of JSON can count on."""

    def to_representation(self, value):
        return int(value) if value == value.to_integral_value() else float(value)


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d{2}$"})
class Month(serializers.DateField):
    """YYYY-MM: the code lists are monthly, a day would be invented."""

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m", **kwargs)


class Codes(serializers.ListField):
    """The codes of related rows; `path` leads from a row to its code."""

    child = serializers.CharField()

    def __init__(self, path="code", **kwargs):
        super().__init__(**kwargs)
        self.code = attrgetter(path)

    def to_representation(self, related):
        return [self.code(row) for row in related.all()]


class PageUrl(serializers.URLField):
    """The address of the page about a record."""

    def __init__(self, **kwargs):
        super().__init__(source="get_absolute_url", label="网页地址", **kwargs)

    def to_representation(self, path):
        return self.context["request"].build_absolute_uri(path)


class PublicSerializer(serializers.ModelSerializer):
    """A row as the public reads it. `kind_label` among the fields is the label of `kind`."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.DecimalField: Number
    }

    def build_field(self, field_name, info, model_class, nested_depth):
        if field_name.endswith("_label") and not hasattr(model_class, field_name):
            coded = model_class._meta.get_field(field_name.removesuffix("_label"))
            label = f"{coded.verbose_name}（中文）"
            source = f"get_{coded.name}_display"
            return serializers.CharField, {"source": source, "label": label, "allow_null": coded.blank}
        return super().build_field(field_name, info, model_class, nested_depth)

    def build_standard_field(self, field_name, model_field):
        """Only what a reader needs: nothing is ever written, so that limits and validators say nothing."""
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        kept = {"choices", "label", "help_text", "max_digits", "decimal_places"}
        kwargs = {name: value for name, value in kwargs.items() if name in kept}
        is_text = model_field.empty_strings_allowed
        return field_class, kwargs | {"allow_null": model_field.null or (is_text and model_field.blank)}

    def build_relational_field(self, field_name, relation_info):
        column = relation_info.model_field
        label = (column or relation_info.related_model._meta).verbose_name
        if relation_info.to_many:
            return Codes, {"label": label, "help_text": getattr(column, "help_text", "")}
        kwargs = {"source": f"{field_name}.code", "label": label}
        return serializers.CharField, kwargs | {"allow_null": column is None or column.null}

    def to_representation(self, instance):
        row = super().to_representation(instance)
        return {
            name: None if value == "" and self.fields[name].allow_null else value
            for name, value in row.items()
        }


class QuotationSerializer(serializers.Serializer):
    """Verbatim words of the text."""

    section = serializers.CharField(source="section.code", label="章节编号")
    quote = serializers.CharField(label="引文", help_text="原文逐字，即全文的 [start, end)")
    start = serializers.IntegerField(label="起点")
    end = serializers.IntegerField(label="终点")


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


class AreaSerializer(PublicSerializer):
    successor = serializers.CharField(source="successor.code", label="后继", allow_null=True)
    valid_from = Month(label="启用年月", allow_null=True)
    valid_to = Month(label="停用年月", allow_null=True)
    url = PageUrl()

    class Meta:
        model = Area
        fields = [
            "code",
            "code_system",
            "code_system_label",
            "name",
            "printed_name",
            "kind",
            "kind_label",
            "parent",
            "predecessor",
            "successor",
            "valid_from",
            "valid_to",
            "source",
            "note",
            "url",
        ]


class OrganizationSerializer(PublicSerializer):
    citations = QuotationSerializer(many=True, label="引文")

    class Meta:
        model = Organization
        fields = [
            "code",
            "name",
            "kind",
            "kind_label",
            "is_collective",
            "is_in_text",
            "note",
            "citations",
        ]


class IndicatorLinkSerializer(PublicSerializer):
    class Meta:
        model = GoalLink
        fields = ["indicator", "standing", "standing_label", "source"]


class GoalLinkSerializer(PublicSerializer):
    class Meta:
        model = GoalLink
        fields = ["goal", "standing", "standing_label", "source"]


class TransformationSerializer(PublicSerializer):
    citations = QuotationSerializer(many=True, label="引文")
    url = PageUrl()

    class Meta:
        model = Goal
        fields = [
            "code",
            "kind",
            "kind_label",
            "statement",
            "degree",
            "deadline_year",
            "deadline_inherited",
            "note",
            "weaknesses",
            "citations",
            "url",
        ]
        extra_kwargs = {
            "deadline_inherited": {"source": "deadline_is_inherited"},
            "weaknesses": {"help_text": "整理者推断，非原文"},
        }


class GoalSerializer(TransformationSerializer):
    indicators = Codes(source="indicator_links", path="indicator.code", label="对应指标")
    indicator_links = IndicatorLinkSerializer(many=True, label="与指标的对应", help_text="非原文")
    transformations = TransformationSerializer(many=True, label="转变")

    class Meta(TransformationSerializer.Meta):
        fields = [
            *TransformationSerializer.Meta.fields,
            "parent",
            "indicators",
            "indicator_links",
            "transformations",
        ]


class CityBaselineSerializer(PublicSerializer):
    """A baseline as it stands inside its indicator."""

    basis = serializers.CharField(source="get_basis_display", label="时期（中文）")
    citation = QuotationSerializer(source="citations.first", label="引文", allow_null=True)

    class Meta:
        model = Baseline
        fields = [
            "area",
            "value",
            "comparator",
            "comparator_label",
            "printed",
            "basis",
            "basis_code",
            "basis_inherited",
            "year",
            "formula",
            "grade",
            "grade_label",
            "source",
            "note",
            "citation",
        ]
        extra_kwargs = {
            "basis_code": {"source": "basis"},
            "basis_inherited": {"source": "basis_is_inherited"},
        }


class BaselineSerializer(CityBaselineSerializer):
    class Meta(CityBaselineSerializer.Meta):
        fields = ["indicator", *CityBaselineSerializer.Meta.fields]


class BaselineFactSerializer(PublicSerializer):
    basis = serializers.CharField(source="get_basis_display", label="时期（中文）", allow_null=True)
    citations = QuotationSerializer(many=True, label="引文")

    class Meta:
        model = BaselineFact
        fields = [
            "code",
            "subject",
            "reading",
            "level",
            "level_label",
            "basis",
            "basis_code",
            "is_inverse",
            "note",
            "citations",
        ]
        extra_kwargs = {"basis_code": {"source": "basis"}}


INDICATOR_EXAMPLE = {
    "code": "I09",
    "name": "有效期内高新技术企业",
    "family": None,
    "level": "national",
    "level_scope": "exact",
    "level_scope_label": "本级",
    "level_label": "国家级",
    "level_inferred": True,
    "category": "firm",
    "category_label": "创新主体",
    "unit": "家",
    "decimals": 0,
    "kind": "stock",
    "kind_label": "时点数",
    "direction": "rise",
    "direction_label": "越高越好",
    "is_tracked": True,
    "is_headline": True,
    "part_of": None,
    "goals": ["G08"],
    "goal_links": [
        {
            "goal": "G08",
            "standing": "suggested",
            "standing_label": "推断，待确认",
            "source": "整理者据文意推断，原文未写明",
        }
    ],
    "definition": None,
    "definition_source": None,
    "note": "“国家级”系按认定办法推断，原文未写明；有效期内的家数会因证书到期而减少。",
    "baseline": {
        "area": "131100",
        "value": 92,
        "comparator": "eq",
        "comparator_label": "等于",
        "printed": "92家",
        "basis": "十二五末",
        "basis_code": "end_of_12th",
        "basis_inherited": False,
        "year": 2015,
        "formula": None,
        "grade": "text",
        "grade_label": "原文",
        "source": None,
        "note": None,
        "citation": {
            "section": "1.1.2",
            "quote": "全市有效期内高新技术企业92家",
            "start": 962,
            "end": 977,
        },
    },
    "url": "http://127.0.0.1:8000/indicators/I09/",
}


@extend_schema_serializer(examples=[OpenApiExample("I09", value=INDICATOR_EXAMPLE)])
class IndicatorSerializer(PublicSerializer):
    goals = Codes(source="goal_links", path="goal.code", label="对应目标", help_text="非原文")
    goal_links = GoalLinkSerializer(many=True, label="与目标的对应", help_text="非原文")
    baseline = CityBaselineSerializer(source="city_baseline", label="全市基期值", allow_null=True)
    url = PageUrl()

    class Meta:
        model = Indicator
        fields = [
            "code",
            "name",
            "family",
            "level",
            "level_scope",
            "level_scope_label",
            "level_label",
            "level_inferred",
            "category",
            "category_label",
            "unit",
            "decimals",
            "kind",
            "kind_label",
            "direction",
            "direction_label",
            "is_tracked",
            "is_headline",
            "part_of",
            "goals",
            "goal_links",
            "definition",
            "definition_source",
            "note",
            "baseline",
            "url",
        ]
        extra_kwargs = {
            "level_inferred": {"source": "level_is_inferred"},
            "level_label": {"label": "层级（中文）", "help_text": "含层级范围，如“省级及以上”"},
        }
