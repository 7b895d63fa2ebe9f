"""The words as the API gives them; the rules are those of `targets.api.serializers`."""

from drf_spectacular.helpers import lazy_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from measures.lists.filters import CITED_CHOICES
from measures.models import CITED, Citation, Correction, Measure, Principle, Section, Weakness
from targets.api.serializers import PageUrl, PublicSerializer, QuotationSerializer
from targets.models import Baseline, Policy

CITED_NAMES = {model: name for name, model in CITED.items()}


class SectionSerializer(PublicSerializer):
    text = serializers.CharField(
        label="本级文字", help_text="自 start 起，至下一节之前；依次相连即为全文。可为空"
    )
    url = PageUrl()

    class Meta:
        model = Section
        fields = [
            "code",
            "parent",
            "position",
            "kind",
            "kind_label",
            "number",
            "heading",
            "start",
            "end",
            "text",
            "is_truncated",
            "url",
        ]
        extra_kwargs = {"is_truncated": {"help_text": "原文在此节中断，其后缺"}}


@extend_schema_field(lazy_serializer("measures.api.serializers.SectionTreeSerializer")(many=True))
class Subtree(serializers.Field):
    """The sections below one; `context["below"]` has the children of each by its id."""

    def to_representation(self, section):
        return [self.parent.to_representation(child) for child in self.context["below"].get(section.pk, [])]


class SectionTreeSerializer(SectionSerializer):
    # Not required: the schema describes the list with and without ?tree=1 as one.
    children = Subtree(source="*", required=False, label="下级章节", help_text="仅在 tree=1 时给出")

    class Meta(SectionSerializer.Meta):
        fields = [*SectionSerializer.Meta.fields, "children"]


class CorrectionSerializer(PublicSerializer):
    suggested = serializers.CharField(label="建议读作", help_text="空字符串表示删去")

    class Meta:
        model = Correction
        fields = [
            "code",
            "kind",
            "kind_label",
            "section",
            "start",
            "end",
            "as_printed",
            "suggested",
            "confidence",
            "confidence_label",
            "reason",
            "entered_at",
        ]
        extra_kwargs = {"entered_at": {"help_text": "工作人员补充的勘误有此时间，随规划载入的为 null"}}


class CitationSerializer(QuotationSerializer):
    supports = serializers.SerializerMethodField(label="所支持记录的种类")
    supports_label = serializers.CharField(
        source="cited._meta.verbose_name", label="所支持记录的种类（中文）"
    )
    code = serializers.SerializerMethodField(label="所支持记录的代码", help_text="基期值则为其指标的代码")
    area = serializers.CharField(
        source="baseline.area.code", label="县市区", help_text="仅基期值有", allow_null=True
    )

    @extend_schema_field(serializers.ChoiceField(CITED_CHOICES))
    def get_supports(self, citation: Citation):
        return CITED_NAMES[type(citation.cited)]

    @extend_schema_field(OpenApiTypes.STR)
    def get_code(self, citation: Citation):
        record = citation.cited
        return record.indicator.code if isinstance(record, Baseline) else record.code


class PrincipleSerializer(PublicSerializer):
    citations = QuotationSerializer(many=True, label="引文")
    url = PageUrl()

    class Meta:
        model = Principle
        fields = [
            "code",
            "number",
            "title",
            "keyword",
            "section",
            "weaknesses",
            "measures",
            "citations",
            "url",
        ]


class WeaknessSerializer(PublicSerializer):
    citations = QuotationSerializer(many=True, label="引文")

    class Meta:
        model = Weakness
        fields = ["code", "text", "group", "group_label", "goals", "principles", "citations"]
        extra_kwargs = {"principles": {"help_text": "整理者推断，非原文"}}


class PolicySerializer(PublicSerializer):
    mentions = QuotationSerializer(source="citations", many=True, label="原文提及之处")
    url = PageUrl()

    class Meta:
        model = Policy
        fields = [
            "code",
            "title",
            "number",
            "year",
            "level",
            "level_label",
            "issuer",
            "issuer_basis",
            "issuer_basis_label",
            "is_this_plan",
            "note",
            "measures",
            "mentions",
            "url",
        ]


class MeasureSerializer(PublicSerializer):
    citations = QuotationSerializer(many=True, label="引文")
    url = PageUrl()

    class Meta:
        model = Measure
        fields = [
            "code",
            "name",
            "category",
            "category_label",
            "status",
            "status_label",
            "indicators",
            "principle",
            "policy",
            "organization",
            "area",
            "part_of",
            "note",
            "citations",
            "url",
        ]
        extra_kwargs = {"status": {"help_text": "整理者据原文归类，不是对进展的评价"}}
