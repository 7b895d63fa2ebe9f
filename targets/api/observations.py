import django_filters as filters
from django.db.models import Value

from targets.api.exchange.cubes import Axis, Cube, series_axes
from targets.api.formats import ColumnList
from targets.api.pagination import NumberedOrCursorPages
from targets.api.serializers import PublicSerializer
from targets.api.series import SERIES_ORDERINGS, SERIES_WORDS, SeriesFilter
from targets.lists.filters import by_code
from targets.models import Evidence, Grade, Observation, Period

# Of two periods that end on one day the shorter comes first.
REPORT_ORDERINGS = {
    "period": ["period__end", "-period__start"],
    "published_at": ["published_at"],
    "updated_at": ["updated_at"],
}
EVIDENCE_WORDS = ["evidence__title", "evidence__source", "evidence__url"]


class EvidenceSerializer(PublicSerializer):
    class Meta:
        model = Evidence
        fields = ["title", "source", "url"]


class ObservationSerializer(PublicSerializer):
    evidence = EvidenceSerializer(many=True, label="证明材料")

    class Meta:
        model = Observation
        fields = [
            "plan",
            "indicator",
            "area",
            "period",
            "value",
            "comparator",
            "comparator_label",
            "numerator",
            "denominator",
            "unavailable_reason",
            "as_of_date",
            "grade",
            "grade_label",
            "source",
            "note",
            "evidence",
            "revision",
            "published_at",
            "updated_at",
        ]


class ObservationFilter(SeriesFilter):
    period = by_code(Period.objects.of_plan, "报告期")
    grade = filters.ChoiceFilter(choices=Grade.choices, label="来源等级")


class Observations(ColumnList):
    # A year and its last quarter end on one day: without the last key pages could overlap.
    queryset = (
        Observation.objects.published()
        .select_related("indicator", "area", "period")
        .prefetch_related("evidence")
        .order_by("indicator__code", "area__code", "period__end", "-period__start")
    )
    serializer_class = ObservationSerializer
    filterset_class = ObservationFilter
    pagination_class = NumberedOrCursorPages
    orderings = SERIES_ORDERINGS | REPORT_ORDERINGS | {"value": ["value"]}
    search_fields = [*SERIES_WORDS, "unavailable_reason", "source", "note", *EVIDENCE_WORDS]
    about = "只有已发布的完成值。value 为 null 时无法取得，unavailable_reason 写明原因。"

    def get_queryset(self):
        """By cursor each row asks for its indicator: joined, indicators would lead instead of the index."""
        if not self.request.query_params.get("cursor"):
            return super().get_queryset()
        plan = self.request.plan
        return self.queryset.of_plan_in_order(plan).annotate(plan_code=Value(plan.code))

    def cube(self, rows):
        periods = {row.period.code: row.period for row in rows}.values()
        ordered = sorted(periods, key=lambda period: (period.end, -period.start.toordinal()))
        labels = {period.code: str(period) for period in ordered}
        axis = Axis("period", "报告期", "time", lambda row: row.period.code, labels)
        updated = max((row.published_at for row in rows), default=None)
        return Cube([*series_axes(rows), axis], rows, updated=updated)
