import json
from pathlib import Path

from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from targets.api.baselines import CityBaselineSerializer, basis_axis
from targets.api.exchange.cubes import Cube, area_axis, indicator_axis
from targets.api.formats import FlatList
from targets.api.public import PublicViewSet, plans_seen
from targets.api.serializers import Codes, PageUrl, PublicSerializer
from targets.lists.filters import IndicatorFilter
from targets.models import GoalLink, Indicator, IndicatorLink

INDICATOR_EXAMPLE = json.loads(Path(__file__).with_name("indicator_example.json").read_text("utf-8"))


class GoalLinkSerializer(PublicSerializer):
    class Meta:
        model = GoalLink
        fields = ["goal", "standing", "standing_label", "source"]


class ContinuedIndicatorSerializer(PublicSerializer):
    plan = serializers.CharField(source="earlier.plan_id", label="以前的规划")
    indicator = serializers.CharField(source="earlier.code", label="以前规划的指标")

    class Meta:
        model = IndicatorLink
        fields = ["plan", "indicator", "difference", "source"]


class SeenIndicator(serializers.CharField):
    """The code of another indicator; null where the asker does not see it."""

    def __init__(self, **kwargs):
        super().__init__(allow_null=True, **kwargs)

    def to_representation(self, indicator):
        hides = self.context["request"].plan.hides_internal and indicator.is_internal
        return None if hides else indicator.code


@extend_schema_serializer(examples=[OpenApiExample("I09", value=INDICATOR_EXAMPLE)])
class IndicatorSerializer(PublicSerializer):
    goals = Codes(source="goal_links", path="goal.code", label="对应目标", help_text="非原文")
    goal_links = GoalLinkSerializer(many=True, label="与目标的对应", help_text="非原文")
    baseline = CityBaselineSerializer(source="top_baseline", label="规划地区的基期值", allow_null=True)
    continues = ContinuedIndicatorSerializer(source="earlier_links", many=True, label="延续的指标")
    part_of = SeenIndicator(label="其中项，属于")
    successor = SeenIndicator(label="接替的指标")
    url = PageUrl()

    class Meta:
        model = Indicator
        fields = [
            "plan",
            "code",
            "name",
            "family",
            "level",
            "level_scope",
            "level_scope_label",
            "level_label",
            "level_inferred",
            "category",
            "unit",
            "decimals",
            "kind",
            "kind_label",
            "direction",
            "direction_label",
            "nature",
            "nature_label",
            "roll_up",
            "roll_up_label",
            "is_tracked",
            "is_headline",
            "retired_on",
            "retired_reason",
            "successor",
            "part_of",
            "continues",
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


class Indicators(FlatList, PublicViewSet):
    queryset = (
        Indicator.objects.select_related("part_of", "successor")
        .with_goals()
        .with_baselines()
        .prefetch_related("baselines__citations__section")
    )
    serializer_class = IndicatorSerializer
    filterset_class = IndicatorFilter
    orderings = {"code": ["code"], "name": ["name"], "category": ["category"], "kind": ["kind"]}
    search_fields = ["=code", "name", "family", "definition", "definition_source", "note"]
    about = "规划的有数指标及规划地区的基期值。文号、序号、电话号码等不是指标，不在其列。"

    def get_queryset(self):
        plans = plans_seen(self.request)
        earlier = Indicator.objects.of_all_plans().filter(plan__in=plans, is_internal=False)
        links = IndicatorLink.objects.of_plan(self.plan).filter(earlier__in=earlier)
        return (
            super()
            .get_queryset()
            .prefetch_related(
                Prefetch("earlier_links", links.select_related("earlier")),
            )
        )

    def cube(self, rows):
        """Every indicator is a category, with a baseline of the plan's area or without."""
        baselines = [row.top_baseline for row in rows if row.top_baseline]
        areas = area_axis(baseline.area for baseline in baselines)
        return Cube([indicator_axis(rows), areas, basis_axis(self.request.plan)], baselines)
