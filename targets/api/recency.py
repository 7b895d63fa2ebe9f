"""What changed lately, by the database's own log."""

from datetime import UTC, datetime, time

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from rest_framework.filters import BaseFilterBackend

from targets.api.faults import invalid
from targets.models import PublicChange
from targets.records.exposure import Exposure


class UpdatedSince(BaseFilterBackend):
    """`?updated_since=2018-07-01`: the rows that changed at that moment or later; a row that went is none."""

    parameter = "updated_since"

    def filter_queryset(self, request, queryset, view):
        asked = request.query_params.get(self.parameter)
        if not asked:
            return queryset
        changes = PublicChange.objects.filter(at__gte=self._moment(asked))
        if changes.filter(type=PublicChange.EVERYTHING).exists():
            return queryset
        exposure = queryset.model.exposures[0]
        codes = changes.filter(type=exposure.type).values("code")
        return _with_code(queryset, exposure).filter(exposure__in=codes)

    def _moment(self, text: str) -> datetime:
        if moment := moment_of(text):
            return moment
        raise invalid(
            self.parameter,
            f"{self.parameter} 无法识别“{text}”，请写成 2018-07-01 或 2018-07-01T08:00:00Z；"
            "不写时区的为北京时间，加号写作 %2B。",
        )

    def get_schema_operation_parameters(self, view):
        return [
            {
                "name": self.parameter,
                "in": "query",
                "description": (
                    "这一时刻起有变动的，如 2018-07-01 或 2018-07-01T08:00:00Z；"
                    "已不公开的不在其列，要知道它们请用 changes/"
                ),
                "schema": {
                    "anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]
                },
            }
        ]


def moment_of(text: str) -> datetime | None:
    """A day or a moment as it stands in an address, without a zone in Beijing's; None for what is none."""
    # A plus sign that was not written as %2B has become a space.
    text = text[:-6] + text[-6:].replace(" ", "+")
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time.min) if day else parse_datetime(text)
        if moment is None or not text.isascii():
            return None
        return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _with_code(queryset: QuerySet, exposure: Exposure) -> QuerySet:
    """The rows with the code by which the log knows them, as `exposure`."""
    code = Cast(F(exposure.code[0]), CharField())
    for path in exposure.code[1:]:
        code = Concat(code, Value("/"), Cast(F(path), CharField()))
    return queryset.annotate(exposure=code)
