"""What the plan sets out to do."""

from targets.api.serializers.row import Codes, PageUrl, PublicSerializer, QuotationSerializer
from targets.models import Goal, GoalLink


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
