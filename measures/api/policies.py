from measures.lists.filters import PolicyFilter
from targets.api.filter_backends import QUOTE
from targets.api.public import PublicViewSet
from targets.api.serializers import PageUrl, PublicSerializer, QuotationSerializer
from targets.models import Policy


class PolicySerializer(PublicSerializer):
    mentions = QuotationSerializer(source="citations", many=True, label="原文提及之处")
    url = PageUrl()

    class Meta:
        model = Policy
        fields = [
            "code",
            "title",
            "number",
            "year",
            "level",
            "level_label",
            "issuer",
            "issuer_basis",
            "issuer_basis_label",
            "note",
            "measures",
            "mentions",
            "url",
        ]


class Policies(PublicViewSet):
    queryset = Policy.objects.prefetch_related("measures", "citations__section")
    serializer_class = PolicySerializer
    filterset_class = PolicyFilter
    orderings = {"code": ["code"], "year": ["year"]}
    search_fields = ["=code", "title", "number", "issuer", "note", QUOTE]
    about = "规划提到的其他文件；本规划自身不在列表中，但可按代码查。"

    def get_queryset(self):
        policies = super().get_queryset()
        return policies.filter(issued_plan=None) if self.action == "list" else policies
