import django_filters as filters
from django.utils import timezone
from rest_framework import serializers

from targets.api.exchange.cubes import Axis, Cube, figure_status, series_axes
from targets.api.formats import ColumnList
from targets.api.serializers import PublicSerializer
from targets.api.series import SERIES_ORDERINGS, SERIES_WORDS, SeriesFilter
from targets.lists.filters import YearFilter
from targets.models import Target


class TargetSerializer(PublicSerializer):
    in_force = serializers.BooleanField(label="今日是否有效", help_text="同一年的目标以最近一次决定为准")

    class Meta:
        model = Target
        fields = [
            "plan",
            "indicator",
            "area",
            "year",
            "form",
            "form_label",
            "base_year",
            "value",
            "comparator",
            "comparator_label",
            "printed",
            "decided_on",
            "in_force",
            "grade",
            "grade_label",
            "source",
        ]


class TargetFilter(SeriesFilter):
    year = YearFilter()
    in_force = filters.ChoiceFilter(
        choices=[("true", "今日有效"), ("false", "已被代替或尚未生效")],
        method="filter_in_force",
        label="是否有效",
    )

    def filter_in_force(self, queryset, name, value: str):
        # The schema takes its type from the annotation.
        return queryset.filter(in_force=value == "true")


class Targets(ColumnList):
    queryset = Target.objects.select_related("indicator", "area")
    serializer_class = TargetSerializer
    filterset_class = TargetFilter
    orderings = SERIES_ORDERINGS | {"year": ["year"], "value": ["value"], "decided_on": ["decided_on"]}
    search_fields = [*SERIES_WORDS, "printed", "source"]
    about = "每作一次决定为一条，调整不改原有的一条；in_force 指今日有效的一条。"

    def get_queryset(self):
        return super().get_queryset().with_in_force(timezone.localdate())

    def cube(self, rows):
        years = sorted({row.year for row in rows})
        days = sorted({_day(row) for row in rows})
        axes = [
            *series_axes(rows),
            Axis(
                "year", "年份", "time", lambda row: str(row.year), {str(year): f"{year}年" for year in years}
            ),
            # Replaced decisions are rows of the list too.
            Axis("decided_on", "决定日期", "", _day, {day: day for day in days}),
        ]
        return Cube(axes, rows, status=_status)


def _day(row: Target) -> str:
    return str(row.decided_on or "未写")


def _status(row: Target) -> tuple[str, str]:
    """Of a number that is not the target itself, such as 8 for 年均增长8%, the form is told too."""
    code, label = figure_status(row)
    if row.is_derived:
        return f"{code}:{row.form}", f"{label}，{row.get_form_display()}"
    return code, label
