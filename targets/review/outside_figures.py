"""Figures that others have made public, published without a report."""

from django.db import transaction
from django.utils import timezone

from targets.models import Area, Grade, Indicator, Observation, Period, ReportStatus
from targets.records.history import written_by
from targets.review.guards import (
    Refused,
    locked_period,
    must_be_listed,
    must_be_of_one_plan,
    must_not_be_retired,
)
from targets.review.revisions import next_version
from targets.review.value_rules import check_values, fill

OUTSIDE = (Grade.OFFICIAL, Grade.MEDIA, Grade.DERIVED)


@transaction.atomic
def publish_from_outside(
    *, indicator: Indicator, area: Area, period: Period, grade: str, **values
) -> Observation | None:
    """Return None if the figure is stored already or staff have reported the series.

    No event is logged, because no person acted.
    """
    if grade not in OUTSIDE:
        labels = "、".join(choice.label for choice in OUTSIDE)
        raise Refused(f"不经填报而发布的数，来源等级只能是{labels}。", "grade")
    must_be_of_one_plan(indicator, period)
    must_not_be_retired(indicator, period)
    must_be_listed(area, indicator.plan, indicator.plan.areas.values_list("pk", flat=True))
    period = locked_period(period.pk)
    series = indicator.observations.filter(area=area, period=period).kept()
    if series.exclude(entered_by=None).exists():
        return None
    new = Observation(indicator=indicator, area=area, period=period)
    fill(new, values | {"grade": grade})
    check_values(new)
    old = series.published().first()
    if old:
        if all(getattr(old, name) == getattr(new, name) for name in new.fillable_fields):
            return None
        old.status = ReportStatus.SUPERSEDED
        old.version += 1
        new.revision, new.version = old.revision + 1, next_version(series) + 1
    new.status, new.published_at = ReportStatus.PUBLISHED, timezone.now()
    with written_by(None, "据公开来源载入"):
        if old:
            old.save(update_fields=["status", "version", "updated_at"])
        new.save()
    return new
