from measures.models import Principle, Weakness
from targets.api.filter_backends import QUOTE
from targets.api.public import PublicViewSet
from targets.api.serializers import PageUrl, PublicSerializer
from targets.lists.filters import PlanFilterSet, WordFilter, by_code
from targets.models import Goal


class PrincipleSerializer(PublicSerializer):
    url = PageUrl()

    class Meta:
        model = Principle
        fields = [
            "plan",
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


class Principles(PublicViewSet):
    queryset = Principle.objects.select_related("section").prefetch_related(
        "weaknesses", "measures", "citations__section"
    )
    serializer_class = PrincipleSerializer
    search_fields = ["=code", "title", "keyword", QUOTE]


class WeaknessSerializer(PublicSerializer):
    class Meta:
        model = Weakness
        fields = ["plan", "code", "text", "group", "goals", "principles", "citations"]
        extra_kwargs = {"principles": {"help_text": "整理者推断，非原文"}}


class WeaknessFilter(PlanFilterSet):
    group = WordFilter(label="类别")
    goal = by_code(Goal.objects.of_plan, "对应目标", field_name="goals")


class Weaknesses(PublicViewSet):
    queryset = Weakness.objects.prefetch_related("goals", "principles", "citations__section")
    serializer_class = WeaknessSerializer
    filterset_class = WeaknessFilter
    search_fields = ["=code", "text", QUOTE]
