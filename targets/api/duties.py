import django_filters as filters
from rest_framework import serializers

from targets.api.filter_backends import Filtering, Ordering, Searching
from targets.api.public import PublicListSet
from targets.api.serializers import PublicSerializer
from targets.api.series import SERIES_ORDERINGS, SERIES_WORDS
from targets.lists.filters import PlanFilterSet, by_code
from targets.models import Area, Indicator, Organization, Period, ReportingDuty


class DutySerializer(PublicSerializer):
    period = serializers.CharField(source="period_code", label="报告期")
    is_published = serializers.BooleanField(label="是否已发布")

    class Meta:
        model = ReportingDuty
        fields = [
            "plan",
            "indicator",
            "area",
            "period",
            "frequency",
            "frequency_label",
            "organization",
            "valid_from",
            "valid_to",
            "is_published",
        ]


class DutyFilter(PlanFilterSet):
    """Duties of one period, by default the last whole year of the plan that is over."""

    period = by_code(Period.objects.of_plan, "报告期", field_name="indicator__plan__periods")
    indicator = by_code(Indicator.objects.of_plan, "指标")
    area = by_code(Area.objects.named_in, "县市区")
    organization = by_code(Organization.objects.of_plan, "填报单位")
    is_published = filters.ChoiceFilter(
        choices=[("true", "已发布"), ("false", "尚无已发布的数")],
        method="filter_is_published",
        label="是否已发布",
    )

    def filter_queryset(self, queryset):
        years = self.request.plan.periods.within_plan().ended().whole_years()
        period = self.form.cleaned_data.pop("period", None) or years.last()
        if period is None:
            return queryset.none()
        return super().filter_queryset(queryset.expected(period).with_publication(period))

    def filter_is_published(self, queryset, name, value):
        return queryset.filter(is_published=value == "true")


class Duties(PublicListSet):
    queryset = ReportingDuty.objects.select_related("indicator", "area", "organization").order_by(
        "area__code", "indicator__code"
    )
    serializer_class = DutySerializer
    filterset_class = DutyFilter
    # No `updated_since`: the log does not record whether a duty's value is published.
    filter_backends = [Searching, Filtering, Ordering]
    orderings = SERIES_ORDERINGS
    search_fields = [*SERIES_WORDS, "organization__name"]
    about = (
        "一期应填报的完成值，一项一条；period 不填为最近结束的一年。is_published=false 的尚无已发布的数。"
        "frequency 为两次填报相隔的月数。"
    )
