import django_filters as filters

from measures.api.cited import CitedViewSet, MentionSerializer
from targets.api.filter_backends import QUOTE
from targets.api.shared import SharedFilter, SharedSerializer
from targets.models import Organization, OrganizationKind


class OrganizationSerializer(SharedSerializer):
    citations = MentionSerializer(many=True, label="引文")

    class Meta:
        model = Organization
        fields = [
            "plans",
            "code",
            "name",
            "top_area",
            "kind",
            "kind_label",
            "is_collective",
            "is_in_text",
            "note",
            "citations",
        ]


class OrganizationFilter(SharedFilter):
    kind = filters.ChoiceFilter(choices=OrganizationKind.choices, label="类别")


class Organizations(CitedViewSet):
    queryset = Organization.objects.select_related("top_area")
    serializer_class = OrganizationSerializer
    filterset_class = OrganizationFilter
    orderings = {"code": ["code"], "name": ["name"], "kind": ["kind"]}
    search_fields = ["=code", "name", "note", QUOTE]
