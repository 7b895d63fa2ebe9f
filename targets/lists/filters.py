"""FilterSets that pages and API share; the others stand beside their list in `api/`."""

from collections.abc import Callable, Container

import django_filters as filters
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema_field

from targets.engine.status import Status
from targets.models import Goal, IndicatorKind, Level, Nature, Plan

# SQLite refuses patterns longer than 50,000 bytes.
LONGEST_TEXT = 1000


def by_code(rows_of: Callable[[Plan], QuerySet], label: str, **kwargs) -> filters.ModelChoiceFilter:
    """Choose one of the rows that `rows_of` returns for the plan of the request."""
    return filters.ModelChoiceFilter(
        queryset=lambda request: rows_of(request.plan),
        to_field_name="code",
        label=label,
        empty_label="全部",
        **kwargs,
    )


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": 9999, "description": "年份"})
class YearFilter(filters.NumberFilter):
    def __init__(self):
        super().__init__(label="年份", min_value=1, max_digits=4, decimal_places=0)


class WordFilter(filters.ChoiceFilter):
    """Choose one of the words that the listed rows have in a column."""

    def offer(self, rows: QuerySet):
        words = rows.order_by(self.field_name).values_list(self.field_name, flat=True).distinct()
        self.extra["choices"] = [(word, word) for word in words if word]


class PlanFilterSet(filters.FilterSet):
    """Has no `rows` if the query is invalid, where `qs` is unfiltered.

    `only` names the filters to build: building one costs more than fetching a row. `listed` are the rows
    whose words can be chosen, where a search has narrowed those to be filtered.
    """

    def __init__(self, *args, only: Container[str] | None = None, listed: QuerySet | None = None, **kwargs):
        if only is not None:
            chosen = {name: row for name, row in self.base_filters.items() if name in only}
            self.base_filters: dict[str, filters.Filter] = chosen
        super().__init__(*args, **kwargs)
        for chosen_word in self.filters.values():
            if isinstance(chosen_word, WordFilter):
                chosen_word.offer(self.queryset if listed is None else listed)

    @property
    def rows(self) -> QuerySet:
        return self.qs if self.is_valid() else self.queryset.none()

    @property
    def http_status(self) -> int:
        return 200 if self.is_valid() else 400


class GoalFilter(PlanFilterSet):
    kind = WordFilter(label="类别")


class IndicatorFilter(PlanFilterSet):
    category = WordFilter(label="分类")
    level = filters.ChoiceFilter(choices=Level.choices, label="层级")
    kind = filters.ChoiceFilter(choices=IndicatorKind.choices, label="数值类型")
    nature = filters.ChoiceFilter(choices=Nature.choices, label="约束性或预期性")
    goal = by_code(
        lambda plan: Goal.objects.of_plan(plan).clauses(),
        "对应目标",
        field_name="goals",
        method="filter_goal",
    )
    text = filters.CharFilter(method="filter_text", label="名称含", max_length=LONGEST_TEXT)

    def filter_goal(self, queryset, name, goal):
        return queryset.filter(goal_links__in=goal.indicator_links.in_use())

    def filter_text(self, queryset, name, text):
        return queryset.filter(
            Q(name__icontains=text)
            | Q(family__icontains=text)
            | Q(definition__icontains=text)
            | Q(code__iexact=text)
        )


class StandingFilter(IndicatorFilter):
    """`results` are those of the indicators on the page."""

    status = filters.ChoiceFilter(
        choices=[(status.value, status.label) for status in Status],
        method="filter_status",
        label="状态",
    )

    def __init__(self, *args, results, **kwargs):
        super().__init__(*args, **kwargs)
        self.results = results
        if not any(indicator.nature for indicator in results):
            # The text does not say of any.
            del self.filters["nature"]

    def filter_status(self, queryset, name, status):
        keys = [row.pk for row, result in self.results.items() if result.status == status]
        return queryset.filter(pk__in=keys)
