"""Lists of what plans share, and the list of plans."""

import django_filters as filters
from django.db.models import Prefetch
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from targets.api.public import PublicViewSet, plans_seen
from targets.api.serializers import PublicSerializer
from targets.lists.filters import PlanFilterSet
from targets.models import Plan, PlanQuerySet


class SharedSerializer(PublicSerializer):
    plans = serializers.SerializerMethodField(label="用到它的规划")

    def get_plans(self, row) -> list[str]:
        return [plan.code for plan in row.plans_seen]


class SharedFilter(PlanFilterSet):
    plan = filters.ModelChoiceFilter(
        queryset=plans_seen, to_field_name="code", label="规划", method="filter_plan"
    )

    @extend_schema_field({"type": "string", "description": "规划"})
    def filter_plan(self, queryset, name, plan):
        return queryset.used_by(Plan.objects.filter(pk=plan.pk))


class SharedViewSet(PublicViewSet):
    """Rows that are shown where a plan uses them which the asker may see."""

    filterset_class = SharedFilter

    @cached_property
    def plans(self) -> PlanQuerySet:
        return plans_seen(self.request)

    def get_queryset(self):
        its_plans = Prefetch("plans", self.plans, to_attr="plans_seen")
        return self.queryset.used_by(self.plans).prefetch_related(its_plans)

    def finalize_response(self, request, response, *args, **kwargs):
        """What staff see of plans that are not public is never kept."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if request.user.is_authenticated:
            response["Cache-Control"] = "no-store"
        return response
