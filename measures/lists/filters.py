"""What a list of words can be narrowed by; the same sets serve the pages and the API."""

import django_filters as filters
from django.db.models import Exists, OuterRef

from measures.models import (
    CITED,
    Citation,
    Confidence,
    Correction,
    CorrectionKind,
    Measure,
    MeasureCategory,
    MeasureStatus,
    Principle,
    Section,
    SectionKind,
    Weakness,
    WeaknessGroup,
)
from targets.lists.filters import LONGEST_TEXT, PlanFilterSet, YearFilter, by_code
from targets.models import Goal, Indicator, Level, Policy

# In the words of the API: baseline_fact and the rest as they are called there.
CITED_CHOICES = [(name, model._meta.verbose_name) for name, model in CITED.items()]


class SectionFilter(PlanFilterSet):
    kind = filters.ChoiceFilter(choices=SectionKind.choices, label="类别")
    # The last of the set: it goes by what the others have left.
    tree = filters.ChoiceFilter(
        choices=[("0", "逐节平列"), ("1", "下级套在上级之内")], method="filter_tree", label="排列"
    )

    class Meta:
        model = Section
        fields = []

    def filter_tree(self, queryset, name, value):
        """As trees, only the topmost are rows; what is below stands inside them, however far."""
        above = queryset.filter(
            source=OuterRef("source"), position__lt=OuterRef("position"), end__gte=OuterRef("end")
        )
        return queryset.exclude(Exists(above)) if value == "1" else queryset


class CorrectionFilter(PlanFilterSet):
    kind = filters.ChoiceFilter(choices=CorrectionKind.choices, label="类别")
    confidence = filters.ChoiceFilter(choices=Confidence.choices, label="把握")
    section = by_code(Section.objects.all(), "章节")

    class Meta:
        model = Correction
        fields = []


class CitationFilter(PlanFilterSet):
    section = by_code(Section.objects.all(), "章节")
    supports = filters.ChoiceFilter(choices=CITED_CHOICES, method="filter_supports", label="所支持的记录")

    class Meta:
        model = Citation
        fields = []

    def filter_supports(self, queryset, name, kind):
        return queryset.filter(**{f"{kind}__isnull": False})


class WeaknessFilter(PlanFilterSet):
    group = filters.ChoiceFilter(choices=WeaknessGroup.choices, label="类别")
    goal = by_code(Goal.objects.all(), "对应目标", field_name="goals")

    class Meta:
        model = Weakness
        fields = []


class PolicyFilter(PlanFilterSet):
    level = filters.ChoiceFilter(choices=Level.choices, label="层级")
    year = YearFilter()

    class Meta:
        model = Policy
        fields = []


class MeasureFilter(PlanFilterSet):
    category = filters.ChoiceFilter(choices=MeasureCategory.choices, label="分类")
    status = filters.ChoiceFilter(choices=MeasureStatus.choices, label="状态")
    indicator = by_code(Indicator.objects.all(), "指标", field_name="indicators")
    principle = by_code(Principle.objects.all(), "原则")
    policy = by_code(Policy.objects.others(), "政策文件")
    text = filters.CharFilter(
        field_name="name", lookup_expr="icontains", label="名称含", max_length=LONGEST_TEXT
    )

    class Meta:
        model = Measure
        fields = []
