import django_filters as filters
from rest_framework import serializers

from targets.api.public import PublicViewSet
from targets.api.serializers import Month, PageUrl, PublicSerializer
from targets.lists.filters import PlanFilterSet
from targets.models import Area, AreaKind, CodeSystem


class AreaSerializer(PublicSerializer):
    successor = serializers.CharField(source="successor.code", label="后继", allow_null=True)
    valid_from = Month(label="启用年月", allow_null=True)
    valid_to = Month(label="停用年月", allow_null=True)
    url = PageUrl()

    class Meta:
        model = Area
        fields = [
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


class AreaFilter(PlanFilterSet):
    kind = filters.ChoiceFilter(choices=AreaKind.choices, label="类别")
    code_system = filters.ChoiceFilter(choices=CodeSystem.choices, label="代码体系")


class Areas(PublicViewSet):
    queryset = Area.objects.select_related("parent", "predecessor", "successor")
    serializer_class = AreaSerializer
    filterset_class = AreaFilter
    orderings = {"code": ["code"], "name": ["name"], "kind": ["kind"]}
    search_fields = ["=code", "name", "printed_name", "source", "note"]
    about = "衡水市、各县市区和两个新区，以及撤市设区前的冀州市。"
