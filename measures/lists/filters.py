import django_filters as filters

from measures.models import CITED, Principle
from targets.lists.filters import LONGEST_TEXT, PlanFilterSet, WordFilter, YearFilter, by_code
from targets.models import Indicator, Level, Policy

CITED_CHOICES = [(name, model._meta.verbose_name) for name, model in CITED.items()]


class PolicyFilter(PlanFilterSet):
    level = filters.ChoiceFilter(choices=Level.choices, label="层级")
    year = YearFilter()


class MeasureFilter(PlanFilterSet):
    category = WordFilter(label="分类")
    status = WordFilter(label="状态")
    indicator = by_code(Indicator.objects.of_plan, "指标", field_name="indicators")
    principle = by_code(Principle.objects.of_plan, "原则")
    policy = by_code(Policy.objects.cited_by, "政策文件")
    text = filters.CharFilter(
        field_name="name", lookup_expr="icontains", label="名称含", max_length=LONGEST_TEXT
    )
