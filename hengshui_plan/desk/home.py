from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from targets.models import (
    Area,
    Assessment,
    Goal,
    Observation,
    Period,
    ReportingDuty,
    ReportStatus,
    ReviewEvent,
)
from targets.review import roles
from targets.review.roles import Role

LATEST = 10


class WaitingItem(NamedTuple):
    """`number` rows that wait; `url` lists exactly those."""

    what: str
    period: Period
    area: Area | None
    number: int
    url: str

    @property
    def days_left(self) -> int | None:
        return (self.period.due_on - timezone.localdate()).days if self.period.due_on else None

    @property
    def days_over(self) -> int:
        return max(-(self.days_left or 0), 0)


def waiting_for(user) -> list[WaitingItem]:
    periods = list(Period.objects.ended().order_by("end", "-start"))
    items = []
    if areas := list(roles.areas_of(user)):
        items += [item for period in periods if period.is_open for item in _owed(period, areas)]
    if roles.has(user, Role.REVIEWER):
        items += _waiting_in(periods, ReportStatus.SUBMITTED, "待审")
    if roles.has(user, Role.PUBLISHER):
        items += _waiting_in(periods, ReportStatus.ACCEPTED, "待发布")
    return items


def _owed(period: Period, areas: list[Area]) -> Iterator[WaitingItem]:
    duties = ReportingDuty.objects.filter(area__in=areas).expected(period).with_status(period)
    tallies: dict[int, Counter[str | None]] = {}
    for area, status, number in duties.order_by().values_list("area", "report_status").annotate(Count("pk")):
        tallies.setdefault(area, Counter())[status] += number
    for area in areas:
        url = _url("entry", area=area.code, period=period.code)
        tally = tallies.get(area.pk, Counter())
        for what, status in (("未报", None), ("草稿", ReportStatus.DRAFT), ("退回", ReportStatus.RETURNED)):
            if tally[status]:
                yield WaitingItem(what, period, area, tally[status], url)
        if period.plan.is_top(area) and period.months == 12:
            yield from _judgements_owed(period, area)


def _judgements_owed(period: Period, city: Area) -> Iterator[WaitingItem]:
    url = _url("assessments", period=period.code)
    rows = Assessment.objects.filter(period=period).open()
    tally = Counter(rows.values_list("status", flat=True))
    for what, status in (("定性评价草稿", ReportStatus.DRAFT), ("定性评价退回", ReportStatus.RETURNED)):
        if tally[status]:
            yield WaitingItem(what, period, city, tally[status], url)
    written = Assessment.objects.kept().filter(period=period)
    missing = Goal.objects.clauses().exclude(assessments__in=written).count()
    if missing:
        yield WaitingItem("定性评价未写", period, city, missing, url)


def _waiting_in(periods: list[Period], status: str, what: str) -> list[WaitingItem]:
    tally: Counter[int] = Counter()
    for model in (Observation, Assessment):
        rows = model.objects.waiting_for(status).order_by()
        tally.update(dict(rows.values_list("period").annotate(Count("pk"))))
    return [
        WaitingItem(
            what, period, None, tally[period.pk], _url("review_queue", status=status, period=period.code)
        )
        for period in periods
        if tally[period.pk]
    ]


def latest(user) -> list[ReviewEvent]:
    rows = ReviewEvent.objects.select_related(
        "actor",
        "period",
        "observation__indicator",
        "observation__area",
        "observation__period",
        "assessment__goal",
        "assessment__period",
    )
    return list(roles.events_seen_by(user, rows).order_by("-at", "-pk")[:LATEST])


def _url(page: str, **query) -> str:
    return f"{reverse(f'admin:{page}')}?{urlencode(query)}"
