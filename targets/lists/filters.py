"""What a list can be narrowed by; the same sets serve the pages and the API."""

from collections.abc import Container

import django_filters as filters
from django.db.models import Q
from drf_spectacular.utils import extend_schema_field

from targets.engine.status import Status
from targets.models import (
    Area,
    AreaKind,
    Assessment,
    Baseline,
    Category,
    CodeSystem,
    Goal,
    GoalKind,
    GoalLink,
    Grade,
    Indicator,
    IndicatorKind,
    Level,
    Observation,
    Organization,
    OrganizationKind,
    Period,
    PublicChange,
    ReportingDuty,
    Target,
)
from targets.records import change_triggers

# The types of record that a change can be of.
CHANGED = [*change_triggers.types().items(), (PublicChange.EVERYTHING, "任何记录")]
# SQLite searches for no more than 50,000 bytes.
LONGEST_TEXT = 1000


def by_code(queryset, label: str, **kwargs) -> filters.ModelChoiceFilter:
    """A filter whose value is the code of another record; an unknown code is an error."""
    return filters.ModelChoiceFilter(
        queryset=queryset, to_field_name="code", label=label, empty_label="全部", **kwargs
    )


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 9999, "description": "年份"})
class YearFilter(filters.NumberFilter):
    def __init__(self):
        super().__init__(label="年份", min_value=1, max_digits=4, decimal_places=0)


class PlanFilterSet(filters.FilterSet):
    """A FilterSet for pages as well: what cannot be read is an error, never an unfiltered list.

    Of its filters those in `only`, by default all: to make one costs more than a row.
    """

    def __init__(self, *args, only: Container[str] | None = None, **kwargs):
        if only is not None:
            self.base_filters = {name: row for name, row in self.base_filters.items() if name in only}
        super().__init__(*args, **kwargs)

    @property
    def rows(self):
        return self.qs if self.is_valid() else self.queryset.none()

    @property
    def http_status(self) -> int:
        return 200 if self.is_valid() else 400


class AreaFilter(PlanFilterSet):
    kind = filters.ChoiceFilter(choices=AreaKind.choices, label="类别")
    code_system = filters.ChoiceFilter(choices=CodeSystem.choices, label="代码体系")

    class Meta:
        model = Area
        fields = []


class OrganizationFilter(PlanFilterSet):
    kind = filters.ChoiceFilter(choices=OrganizationKind.choices, label="类别")

    class Meta:
        model = Organization
        fields = []


class GoalFilter(PlanFilterSet):
    kind = filters.ChoiceFilter(
        choices=[(GoalKind.PATH, GoalKind.PATH.label), (GoalKind.OUTCOME, GoalKind.OUTCOME.label)],
        label="类别",
    )

    class Meta:
        model = Goal
        fields = []


class IndicatorFilter(PlanFilterSet):
    category = filters.ChoiceFilter(choices=Category.choices, label="分类")
    level = filters.ChoiceFilter(choices=Level.choices, label="层级")
    kind = filters.ChoiceFilter(choices=IndicatorKind.choices, label="数值类型")
    goal = by_code(Goal.objects.clauses(), "对应目标", field_name="goals", method="filter_goal")
    text = filters.CharFilter(method="filter_text", label="名称含", max_length=LONGEST_TEXT)

    class Meta:
        model = Indicator
        fields = []

    def filter_goal(self, queryset, name, goal):
        return queryset.filter(goal_links__in=GoalLink.objects.in_use().filter(goal=goal))

    def filter_text(self, queryset, name, text):
        return queryset.filter(
            Q(name__icontains=text)
            | Q(family__icontains=text)
            | Q(definition__icontains=text)
            | Q(code__iexact=text)
        )


class StandingFilter(IndicatorFilter):
    """By where an indicator stands as well; `results` are those of the indicators on the page."""

    status = filters.ChoiceFilter(
        choices=[(status.value, status.label) for status in Status],
        method="filter_status",
        label="状态",
    )

    def __init__(self, *args, results, **kwargs):
        super().__init__(*args, **kwargs)
        self.results = results

    def filter_status(self, queryset, name, status):
        standing = [row.pk for row, result in self.results.items() if result.status == status]
        return queryset.filter(pk__in=standing)


class BaselineFilter(PlanFilterSet):
    indicator = by_code(Indicator.objects.all(), "指标")
    area = by_code(Area.objects.all(), "县市区")
    grade = filters.ChoiceFilter(choices=Grade.choices, label="来源等级")

    class Meta:
        model = Baseline
        fields = []


class TargetFilter(PlanFilterSet):
    indicator = by_code(Indicator.objects.all(), "指标")
    area = by_code(Area.objects.all(), "县市区")
    year = YearFilter()
    in_force = filters.ChoiceFilter(
        choices=[("true", "今日有效"), ("false", "已被代替或尚未生效")],
        method="filter_in_force",
        label="是否有效",
    )

    class Meta:
        model = Target
        fields = []

    def filter_in_force(self, queryset, name, value: str):
        return queryset.filter(in_force=value == "true")


class DutyFilter(PlanFilterSet):
    """For one period: the one asked for, else the last whole year of the plan that is over."""

    period = by_code(Period.objects.all(), "报告期", field_name="indicator__plan__periods")
    indicator = by_code(Indicator.objects.all(), "指标")
    area = by_code(Area.objects.all(), "县市区")
    organization = by_code(Organization.objects.all(), "填报单位")
    is_published = filters.ChoiceFilter(
        choices=[("true", "已发布"), ("false", "尚无已发布的数")],
        method="filter_is_published",
        label="是否已发布",
    )

    class Meta:
        model = ReportingDuty
        fields = []

    def filter_queryset(self, queryset):
        years = Period.objects.within_plan().ended().whole_years()
        period = self.form.cleaned_data.pop("period", None) or years.last()
        if period is None:
            return queryset.none()
        return super().filter_queryset(queryset.expected(period).with_publication(period))

    def filter_is_published(self, queryset, name, value):
        return queryset.filter(is_published=value == "true")


class ObservationFilter(PlanFilterSet):
    indicator = by_code(Indicator.objects.all(), "指标")
    area = by_code(Area.objects.all(), "县市区")
    period = by_code(Period.objects.all(), "报告期")
    grade = filters.ChoiceFilter(choices=Grade.choices, label="来源等级")

    class Meta:
        model = Observation
        fields = []


class AssessmentFilter(PlanFilterSet):
    goal = by_code(Goal.objects.all(), "目标")
    period = by_code(Period.objects.all(), "报告期")

    class Meta:
        model = Assessment
        fields = []


class ChangeFilter(PlanFilterSet):
    type = filters.ChoiceFilter(choices=CHANGED, method="filter_type", label="记录种类")

    class Meta:
        model = PublicChange
        fields = []

    def filter_type(self, queryset, name, value):
        return queryset.filter(type__in=[value, PublicChange.EVERYTHING])
