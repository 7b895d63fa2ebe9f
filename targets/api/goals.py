from targets.api.filter_backends import QUOTE
from targets.api.public import PublicViewSet
from targets.api.serializers import Codes, PageUrl, PublicSerializer
from targets.lists.filters import GoalFilter
from targets.models import Goal, GoalLink


class IndicatorLinkSerializer(PublicSerializer):
    class Meta:
        model = GoalLink
        fields = ["indicator", "standing", "standing_label", "source"]


class TransformationSerializer(PublicSerializer):
    url = PageUrl()

    class Meta:
        model = Goal
        fields = [
            "code",
            "kind",
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
            "plan",
            *TransformationSerializer.Meta.fields,
            "parent",
            "indicators",
            "indicator_links",
            "transformations",
        ]


class Goals(PublicViewSet):
    queryset = Goal.objects.select_related("parent").prefetch_related(
        "citations__section",
        "weaknesses",
        "transformations__citations__section",
        "transformations__weaknesses",
    )
    serializer_class = GoalSerializer
    filterset_class = GoalFilter
    search_fields = [
        "=code",
        "statement",
        "note",
        QUOTE,
        "=transformations__code",
        "transformations__statement",
        "transformations__note",
        f"transformations__{QUOTE}",
    ]
    about = "发展目标的各个分句；“转变”列在所属目标之下，也可按各自的代码查。"

    def get_queryset(self):
        goals = super().get_queryset().with_links(self.request.plan)
        return goals.clauses() if self.action == "list" else goals
