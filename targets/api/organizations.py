import django_filters as filters

from targets.api.filter_backends import QUOTE
from targets.api.public import PublicViewSet
from targets.api.serializers import PublicSerializer
from targets.lists.filters import PlanFilterSet
from targets.models import Organization, OrganizationKind


class OrganizationSerializer(PublicSerializer):
    class Meta:
        model = Organization
        fields = [
            "code",
            "name",
            "kind",
            "kind_label",
            "is_collective",
            "is_in_text",
            "note",
            "citations",
        ]


class OrganizationFilter(PlanFilterSet):
    kind = filters.ChoiceFilter(choices=OrganizationKind.choices, label="类别")


class Organizations(PublicViewSet):
    queryset = Organization.objects.prefetch_related("citations__section")
    serializer_class = OrganizationSerializer
    filterset_class = OrganizationFilter
    orderings = {"code": ["code"], "name": ["name"], "kind": ["kind"]}
    search_fields = ["=code", "name", "note", QUOTE]
