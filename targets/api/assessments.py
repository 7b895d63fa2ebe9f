from targets.api.observations import EVIDENCE_WORDS, REPORT_ORDERINGS, EvidenceSerializer
from targets.api.public import PublicListSet
from targets.api.serializers import PublicSerializer
from targets.lists.filters import PlanFilterSet, by_code
from targets.models import Assessment, Goal, Period


class AssessmentSerializer(PublicSerializer):
    evidence = EvidenceSerializer(many=True, label="证明材料")

    class Meta:
        model = Assessment
        fields = ["plan", "goal", "period", "text", "evidence", "revision", "published_at", "updated_at"]


class AssessmentFilter(PlanFilterSet):
    goal = by_code(Goal.objects.of_plan, "目标")
    period = by_code(Period.objects.of_plan, "报告期")


class Assessments(PublicListSet):
    queryset = (
        Assessment.objects.published()
        .select_related("goal", "period")
        .prefetch_related("evidence")
        .order_by("goal__code", "period__end", "-period__start")
    )
    serializer_class = AssessmentSerializer
    filterset_class = AssessmentFilter
    orderings = REPORT_ORDERINGS | {"goal": ["goal__code"]}
    search_fields = ["goal__statement", "text", *EVIDENCE_WORDS]
    about = "没有数字的目标的定性评价，只有已发布的。"
