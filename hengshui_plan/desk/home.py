from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Count, OuterRef
from django.urls import reverse
from django.utils import timezone

from targets.models import (
    Area,
    Assessment,
    Goal,
    Observation,
    Period,
    Plan,
    ReportingDuty,
    ReportStatus,
    ReviewEvent,
)
from targets.review import roles
from targets.review.roles import Role

LATEST = 10
OWED = (("未报", None), ("草稿", ReportStatus.DRAFT), ("退回", ReportStatus.RETURNED))


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


def waiting_for(user, plans: Iterable[Plan]) -> dict[str, list[WaitingItem]]:
    """By the plan's code. The number of queries is the same for any number of plans and periods.

    The areas of the plans must be prefetched.
    """
    items: dict[str, list[WaitingItem]] = {plan.code: [] for plan in plans}
    periods = list(Period.objects.of_all_plans().ended().select_related("plan").order_by("end", "-start"))
    held = roles.held_by(user)
    if own := set(roles.areas_of(user).values_list("pk", flat=True)):
        areas = {plan.code: [area for area in plan.areas.all() if area.pk in own] for plan in plans}
        _add_owed(items, [period for period in periods if period.is_open], areas)
    if Role.REVIEWER in held:
        _add_waiting(items, periods, ReportStatus.SUBMITTED, "待审")
    if Role.PUBLISHER in held:
        _add_waiting(items, periods, ReportStatus.ACCEPTED, "待发布")
    return items


def _add_owed(items: dict, periods: list[Period], areas_of: dict[str, list[Area]]):
    areas = {area.pk for own in areas_of.values() for area in own}
    duties = ReportingDuty.objects.of_all_plans().filter(area__in=areas).expected_in(periods)
    duties = duties.with_status(OuterRef("due_in")).order_by()
    tallies: dict[tuple[int, int], Counter[str | None]] = defaultdict(Counter)
    for period, area, status, number in duties.values_list("due_in", "area", "report_status").annotate(
        Count("pk")
    ):
        tallies[period, area][status] += number
    judgements = _judgements_owed(periods)
    for period in periods:
        found = items[period.plan_id]
        for area in areas_of[period.plan_id]:
            url = _url("entry", period, area=area.code)
            for what, status in OWED:
                if number := tallies[period.pk, area.pk][status]:
                    found.append(WaitingItem(what, period, area, number, url))
            if period.plan.is_top(area) and period.months == 12:
                url = _url("assessments", period)
                found += [
                    WaitingItem(what, period, area, number, url)
                    for what, number in judgements[period.pk].items()
                    if number
                ]


def _judgements_owed(periods: list[Period]) -> dict[int, dict[str, int]]:
    """What is to be done about judgements, with the number of goals, by the period's id."""
    rows = Assessment.objects.of_all_plans().filter(period__in=periods).order_by()
    by_status = rows.open().values_list("period", "status").annotate(Count("pk"))
    tally = {(period, status): number for period, status, number in by_status}
    clauses = Goal.objects.of_all_plans().clauses().order_by().values_list("plan").annotate(Count("pk"))
    of_plan = dict(clauses)
    written = rows.kept().filter(goal__parent=None).values_list("period")
    with_one = dict(written.annotate(Count("goal", distinct=True)))
    return {
        period.pk: {
            "定性评价草稿": tally.get((period.pk, ReportStatus.DRAFT), 0),
            "定性评价退回": tally.get((period.pk, ReportStatus.RETURNED), 0),
            "定性评价未写": of_plan.get(period.plan_id, 0) - with_one.get(period.pk, 0),
        }
        for period in periods
    }


def _add_waiting(items: dict, periods: list[Period], status: str, what: str):
    tally: Counter[int] = Counter()
    for model in (Observation, Assessment):
        rows = model.objects.of_all_plans().waiting_for(status).order_by()
        tally.update(dict(rows.values_list("period").annotate(Count("pk"))))
    for period in periods:
        if number := tally[period.pk]:
            url = _url("review_queue", period, status=status)
            items[period.plan_id].append(WaitingItem(what, period, None, number, url))


def latest(user) -> list[ReviewEvent]:
    rows = ReviewEvent.objects.of_all_plans().select_related(
        "actor",
        "period",
        "observation__indicator",
        "observation__area",
        "observation__period",
        "assessment__goal",
        "assessment__period",
    )
    return list(roles.events_seen_by(user, rows).order_by("-at", "-pk")[:LATEST])


def _url(page: str, period: Period, **query) -> str:
    address = reverse(f"admin:{page}", args=[period.plan_id])
    return f"{address}?{urlencode(query | {'period': period.code})}"
