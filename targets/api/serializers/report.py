"""What is planned and what is reported: flat, one fact a row."""

from rest_framework import serializers

from targets.api.serializers.row import PublicSerializer
from targets.models import Assessment, Evidence, Observation, ReportingDuty, Target


class TargetSerializer(PublicSerializer):
    in_force = serializers.BooleanField(label="今日是否有效", help_text="同一年的目标以最近一次决定为准")

    class Meta:
        model = Target
        fields = [
            "indicator",
            "area",
            "year",
            "value",
            "comparator",
            "comparator_label",
            "decided_on",
            "in_force",
            "grade",
            "grade_label",
            "source",
        ]


class DutySerializer(PublicSerializer):
    period = serializers.CharField(source="period_code", label="报告期")
    is_published = serializers.BooleanField(label="是否已发布")

    class Meta:
        model = ReportingDuty
        fields = [
            "indicator",
            "area",
            "period",
            "frequency",
            "frequency_label",
            "organization",
            "is_published",
        ]


class EvidenceSerializer(PublicSerializer):
    class Meta:
        model = Evidence
        fields = ["title", "source", "url"]


class ObservationSerializer(PublicSerializer):
    evidence = EvidenceSerializer(many=True, label="证明材料")

    class Meta:
        model = Observation
        fields = [
            "indicator",
            "area",
            "period",
            "value",
            "comparator",
            "comparator_label",
            "numerator",
            "denominator",
            "unavailable_reason",
            "as_of_date",
            "grade",
            "grade_label",
            "source",
            "note",
            "evidence",
            "revision",
            "published_at",
            "updated_at",
        ]


class AssessmentSerializer(PublicSerializer):
    evidence = EvidenceSerializer(many=True, label="证明材料")

    class Meta:
        model = Assessment
        fields = ["goal", "period", "text", "evidence", "revision", "published_at", "updated_at"]
