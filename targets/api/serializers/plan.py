"""The plan and the areas, bodies and periods that its figures belong to."""

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from targets.api.serializers.row import Month, PageUrl, PublicSerializer, QuotationSerializer
from targets.models import Area, Organization, Period, Plan


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


class PeriodSerializer(PublicSerializer):
    label = serializers.CharField(source="__str__", label="名称")

    class Meta:
        model = Period
        fields = ["code", "label", "start", "end", "due_on", "is_open"]
