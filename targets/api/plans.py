"""`plans/` and `periods/`."""

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from targets.api.public import PublicViewSet
from targets.api.serializers import PublicSerializer
from targets.models import Period, Plan


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
