"""What is planned and what is reported: flat, one fact a row."""

from rest_framework import serializers

from targets.models import Assessment, Observation, Target
from targets.serializers.row import PublicSerializer


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


class ObservationSerializer(PublicSerializer):
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
            "revision",
            "published_at",
            "updated_at",
        ]


class AssessmentSerializer(PublicSerializer):
    class Meta:
        model = Assessment
        fields = ["goal", "period", "text", "revision", "published_at", "updated_at"]
