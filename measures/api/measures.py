from django.db.models import Prefetch

from measures.lists.filters import MeasureFilter
from measures.models import Measure
from targets.api.filter_backends import QUOTE
from targets.api.public import PublicViewSet
from targets.api.serializers import PageUrl, PublicSerializer
from targets.models import Indicator


class MeasureSerializer(PublicSerializer):
    url = PageUrl()

    class Meta:
        model = Measure
        fields = [
            "plan",
            "code",
            "name",
            "category",
            "status",
            "indicators",
            "principle",
            "policy",
            "organization",
            "area",
            "part_of",
            "note",
            "citations",
            "url",
        ]
        extra_kwargs = {"status": {"help_text": "整理者据原文归类，不是对进展的评价"}}


class Measures(PublicViewSet):
    queryset = Measure.objects.select_related(
        "principle", "policy", "organization", "area", "part_of"
    ).prefetch_related("citations__section")
    serializer_class = MeasureSerializer
    filterset_class = MeasureFilter
    orderings = {"code": ["code"], "name": ["name"], "category": ["category"], "status": ["status"]}
    search_fields = [
        "=code",
        "name",
        "note",
        QUOTE,
        "principle__title",
        "policy__title",
        "organization__name",
        "area__name",
    ]

    def get_queryset(self):
        indicators = Prefetch("indicators", Indicator.objects.of_plan(self.request.plan))
        return super().get_queryset().prefetch_related(indicators)
