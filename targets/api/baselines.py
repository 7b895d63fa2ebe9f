"""`baselines/` and `baseline-facts/`."""

import django_filters as filters
from rest_framework import serializers

from targets.api.exchange.cubes import Axis, Cube, series_axes
from targets.api.filter_backends import QUOTE
from targets.api.formats import FlatList
from targets.api.public import PublicViewSet
from targets.api.serializers import PublicSerializer, QuotationSerializer
from targets.api.series import SERIES_ORDERINGS, SERIES_WORDS, SeriesFilter
from targets.models import Baseline, BaselineFact, Basis, Grade, Plan


class PlanBasis(serializers.CharField):
    """The words for a baseline's time in the plan that is asked for."""

    def __init__(self, **kwargs):
        super().__init__(label="时期（中文）", **kwargs)

    def to_representation(self, value):
        return self.context["request"].plan.basis_words[value] or None


class CityBaselineSerializer(PublicSerializer):
    """A baseline inside its indicator."""

    basis = PlanBasis()
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
        fields = ["plan", "indicator", *CityBaselineSerializer.Meta.fields]


class BaselineFilter(SeriesFilter):
    grade = filters.ChoiceFilter(choices=Grade.choices, label="来源等级")


def basis_axis(plan: Plan) -> Axis:
    """The times that a text gives are not dates."""
    words = {code: plan.basis_words[code] for code in Basis.values}
    return Axis("basis", "时期", "time", lambda row: row.basis, words)


class Baselines(FlatList):
    queryset = Baseline.objects.select_related("indicator", "area").prefetch_related("citations__section")
    serializer_class = BaselineSerializer
    filterset_class = BaselineFilter
    orderings = SERIES_ORDERINGS | {"year": ["year"], "value": ["value"]}
    search_fields = [*SERIES_WORDS, "printed", "source", "note", QUOTE]
    about = "一项指标在一地的基期值为一条。value 要连同 comparator 读，printed 是原文的写法。"

    def cube(self, rows):
        return Cube([*series_axes(rows), basis_axis(self.request.plan)], rows)


class BaselineFactSerializer(PublicSerializer):
    basis = PlanBasis(allow_null=True)

    class Meta:
        model = BaselineFact
        fields = [
            "plan",
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


class BaselineFacts(PublicViewSet):
    queryset = BaselineFact.objects.prefetch_related("citations__section")
    serializer_class = BaselineFactSerializer
    search_fields = ["=code", "subject", "reading", "note", QUOTE]
    about = "原文没有数字的基期事实；reading 是整理者的理解，不是原文。"
