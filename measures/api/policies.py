from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from measures.api.cited import CitedViewSet, MentionSerializer
from measures.lists.filters import PolicyFilter
from measures.models import Measure
from targets.api.filter_backends import QUOTE
from targets.api.shared import SharedFilter, SharedSerializer
from targets.models import Policy


class PolicyPageSerializer(serializers.Serializer):
    plan = serializers.CharField(label="规划")
    url = serializers.URLField(label="网页地址")


class PolicyMeasureSerializer(serializers.Serializer):
    plan = serializers.CharField(source="plan_id", label="规划")
    code = serializers.CharField(label="措施代码")


class PolicySerializer(SharedSerializer):
    issued_plan = serializers.CharField(
        source="issued_plan.code", label="所印发的规划", allow_null=True, help_text="其余文件为 null"
    )
    measures = PolicyMeasureSerializer(many=True, label="措施")
    mentions = MentionSerializer(source="citations", many=True, label="原文提及之处")
    pages = serializers.SerializerMethodField(label="网页", help_text="在每个用到它的规划中各有一页")

    class Meta:
        model = Policy
        fields = [
            "plans",
            "code",
            "title",
            "number",
            "year",
            "level",
            "level_label",
            "issuer",
            "issuer_basis",
            "issuer_basis_label",
            "issued_plan",
            "note",
            "measures",
            "mentions",
            "pages",
        ]

    @extend_schema_field(PolicyPageSerializer(many=True))
    def get_pages(self, policy) -> list[dict]:
        complete = self.context["request"].build_absolute_uri
        return [
            {"plan": plan.code, "url": complete(policy.address_in(plan.code))} for plan in policy.plans_seen
        ]


class SharedPolicyFilter(SharedFilter, PolicyFilter):
    pass


class Policies(CitedViewSet):
    queryset = Policy.objects.all()
    serializer_class = PolicySerializer
    filterset_class = SharedPolicyFilter
    orderings = {"code": ["code"], "year": ["year"]}
    search_fields = ["=code", "title", "number", "issuer", "note", QUOTE]
    about = "各规划提到的文件和印发规划的文件。"

    def get_queryset(self):
        measures = Measure.objects.of_all_plans().filter(plan__in=self.plans).order_by("plan", "code")
        return (
            super()
            .get_queryset()
            .prefetch_related(Prefetch("measures", measures), Prefetch("issued_plan", self.plans))
        )
