import django_filters as filters
from django.db.models import Prefetch
from rest_framework import serializers

from targets.api.serializers import Month, PageUrl
from targets.api.shared import SharedFilter, SharedSerializer, SharedViewSet
from targets.models import Area, AreaKind, CodeSystem


class AreaSerializer(SharedSerializer):
    successor = serializers.CharField(source="successor.code", label="后继", allow_null=True)
    valid_from = Month(label="启用年月", allow_null=True)
    valid_to = Month(label="停用年月", allow_null=True)
    url = PageUrl()

    class Meta:
        model = Area
        fields = [
            "plans",
            "code",
            "code_system",
            "code_system_label",
            "name",
            "printed_name",
            "kind",
            "kind_label",
            "parent",
            "predecessor",
            "successor",
            "valid_from",
            "valid_to",
            "source",
            "note",
            "url",
        ]

    def get_plans(self, area) -> list[str]:
        """A predecessor is used by the plans that list its successor."""
        successor = getattr(area, "successor", None)
        plans = [*area.plans_seen, *(successor.plans_seen if successor else ())]
        return sorted({plan.code for plan in plans})


class AreaFilter(SharedFilter):
    kind = filters.ChoiceFilter(choices=AreaKind.choices, label="类别")
    code_system = filters.ChoiceFilter(choices=CodeSystem.choices, label="代码体系")


class Areas(SharedViewSet):
    queryset = Area.objects.all()
    serializer_class = AreaSerializer
    filterset_class = AreaFilter
    orderings = {"code": ["code"], "name": ["name"], "kind": ["kind"]}
    search_fields = ["=code", "name", "printed_name", "source", "note"]
    about = "各规划所列的地区及其前身；上级、前身、后继只列这里有的。"

    def get_queryset(self):
        areas, seen = super().get_queryset(), Area.objects.used_by(self.plans)
        return areas.prefetch_related(
            Prefetch("parent", seen), Prefetch("predecessor", seen), Prefetch("successor", areas)
        )
