"""What was so before the plan."""

from rest_framework import serializers

from targets.api.serializers.row import PublicSerializer, QuotationSerializer
from targets.models import Baseline, BaselineFact


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
