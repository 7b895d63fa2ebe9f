"""Shared records that texts mention: their mentions stand beside them, each with its plan."""

from django.db.models import F, Prefetch, Q

from measures.models import Citation
from targets.api.serializers import PlanRowSerializer, QuotationSerializer
from targets.api.shared import SharedViewSet


class MentionSerializer(PlanRowSerializer, QuotationSerializer):
    pass


class CitedViewSet(SharedViewSet):
    def get_queryset(self):
        citations = Citation.objects.of_all_plans().filter(source__plan__in=self.plans)
        mentions = citations.select_related("section").annotate(plan_code=F("source__plan"))
        ordered = mentions.order_by("plan_code", "start", "end")
        return super().get_queryset().prefetch_related(Prefetch("citations", ordered))

    def matches(self, lookup, word):
        """Search the texts of those plans only."""
        condition = super().matches(lookup, word)
        if lookup.startswith("citations__"):
            return condition & Q(citations__source__plan__in=self.plans)
        return condition
