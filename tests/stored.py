"""Rows stored directly in their tables, without the review, in any status."""

from datetime import datetime, timedelta, timezone

from django.contrib.auth.models import User

from targets.models import (
    Area,
    Assessment,
    Goal,
    Grade,
    Indicator,
    Observation,
    Period,
    ReportingDuty,
    ReportStatus,
    RollUp,
    Target,
    ThresholdDecision,
)
from tests.shipped import shipped, shipped_plan

OUT_AT = datetime(2019, 3, 1, 9, tzinfo=timezone(timedelta(hours=8)))


HIDDEN = [status for status in ReportStatus if status != ReportStatus.PUBLISHED]


def way(status):
    """Return the columns of the review; only a row that was public has a time of publication."""
    is_out = status in (ReportStatus.PUBLISHED, ReportStatus.SUPERSEDED)
    return {"status": status, "published_at": OUT_AT if is_out else None}


def observe(indicator, area, period, value, status=ReportStatus.PUBLISHED, **values):
    return Observation.objects.create(
        indicator=shipped(Indicator).get(code=indicator),
        area=Area.objects.get(code=area),
        period=shipped(Period).get(code=period),
        value=value,
        **way(status),
        **values,
    )


def assess(goal, period, text, status=ReportStatus.PUBLISHED, **values):
    return Assessment.objects.create(
        goal=shipped(Goal).get(code=goal),
        period=shipped(Period).get(code=period),
        text=text,
        **way(status),
        **values,
    )


def support(report, title):
    """Store evidence of a report, added by the user of the report."""
    user = User.objects.get_or_create(username="填报甲")[0]
    return report.evidence.create(title=title, source="公报", added_by=user)


def aim(indicator, area, year, value, decided_on="2016-12-31", **values):
    return Target.objects.create(
        indicator=shipped(Indicator).get(code=indicator),
        area=Area.objects.get(code=area),
        year=year,
        value=value,
        decided_on=decided_on,
        **{"grade": Grade.OFFICIAL, "source": "衡科字〔2016〕1号"} | values,
    )


def set_thresholds(ahead="1.2", on_schedule="1", slightly_behind="0.8", decided_on="2018-06-30", **values):
    return ThresholdDecision.objects.create(
        **{"plan": shipped_plan(), "source": "衡科字〔2018〕6号", "reason": "中期评估"} | values,
        ahead_from=ahead,
        on_schedule_from=on_schedule,
        slightly_behind_from=slightly_behind,
        decided_on=decided_on,
    )


def reports(indicator, *areas):
    """Let these areas report the indicator, and the city's figure be their sum."""
    row = shipped(Indicator).get(code=indicator)
    Indicator.objects.filter(pk=row.pk).update(roll_up=RollUp.SUM)
    for area in areas:
        ReportingDuty.objects.create(indicator=row, area=Area.objects.get(code=area))
