"""Filling in many at once: what a sheet brings in, each entry as `enter` takes it, all of them or none."""

from collections.abc import Iterable
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, prefetch_related_objects

from targets.models import Area, Indicator, Observation, Period, ReportingDuty
from targets.records.history import ROWS_AT_ONCE, written_by
from targets.review import roles
from targets.review.drafts import must_be_fillable
from targets.review.guards import (
    TOLD_IN_CONFLICT,
    Refused,
    locked_period,
    locking,
    must_be_in_time,
    not_due,
    not_theirs,
)
from targets.review.revisions import fill_in


class Entry(NamedTuple):
    """What is to be written of one series; `version` is that of the row which the sheet showed, if any."""

    indicator: Indicator
    area: Area
    period: Period
    version: int | None
    values: dict


class NotEntered(Exception):
    """Nothing was written; `faults` are Refused and ValidationError by the place of their entry."""

    def __init__(self, faults: dict[int, Refused | ValidationError]):
        super().__init__(f"{len(faults)} entries refused")
        self.faults = faults


class PeriodState(NamedTuple):
    """What stands in a period, by the ids of indicator and area."""

    period: Period
    duties: dict[tuple[int, int], ReportingDuty]
    open: dict[tuple[int, int], Observation]
    published: set[tuple[int, int]]
    versions: dict[tuple[int, int], int]


class Filling:
    """What a reporter may fill in, read once for all entries: so many queries for each period.

    With `is_locking` the periods and their open rows are held until the transaction ends. Each series may be
    named once.
    """

    def __init__(self, by, *, is_locking: bool = False):
        self.by, self.is_locking = by, is_locking
        self.own = set(roles.areas_of(by).values_list("pk", flat=True))
        self.places: dict[int, PeriodState] = {}
        # Periods whose open rows know what a conflict is told with.
        self.told: set[int] = set()

    def fault(self, entry: Entry) -> Refused | ValidationError | None:
        """Why an entry would be refused; None where it would be written."""
        try:
            self.filled_in(entry)
        except (Refused, ValidationError) as fault:
            return fault
        return None

    def filled_in(self, entry: Entry) -> Observation:
        """The row as it would be saved. Raises Refused and ValidationError by field, as `enter` does."""
        indicator, area = entry.indicator, entry.area
        if area.pk not in self.own:
            raise not_theirs(area)
        place = self.place(entry.period)
        must_be_in_time(place.period, indicator.plan_id)
        key = indicator.pk, area.pk
        duty = place.duties.get(key)
        if duty is None or duty.frequency != place.period.months:
            raise not_due(indicator, area, place.period, duty)
        row = self._open(key, place, entry)
        must_be_fillable(row, entry.version, key in place.published)
        if row is None:
            row = Observation(indicator=indicator, area=area, period=place.period, entered_by=self.by)
            row.version = place.versions.get(key, 0) + 1
        return fill_in(row, self.by, entry.values)

    def _open(self, key: tuple[int, int], place: PeriodState, entry: Entry) -> Observation | None:
        """The row on its way, which knows what it is about without asking for it."""
        if row := place.open.get(key):
            row.indicator, row.area, row.period = entry.indicator, entry.area, place.period
            if row.version != entry.version:
                self._read_for_conflicts(place)
        return row

    def _read_for_conflicts(self, place: PeriodState):
        """Once for all of a period, and only where there is one: most sheets have none."""
        if place.period.pk not in self.told:
            prefetch_related_objects(list(place.open.values()), *TOLD_IN_CONFLICT)
            self.told.add(place.period.pk)

    def place(self, period: Period) -> PeriodState:
        if period.pk not in self.places:
            self.places[period.pk] = self._read(period)
        return self.places[period.pk]

    def _read(self, period: Period) -> PeriodState:
        if self.is_locking:
            period = locked_period(period.pk)
        rows = Observation.objects.filter(period=period, area__in=self.own)
        open_rows = locking(rows.open()) if self.is_locking else rows.open()
        duties = ReportingDuty.objects.filter(area__in=self.own).tracked().valid_on(period.end)
        versions = rows.order_by().values("indicator", "area").annotate(Max("version"))
        return PeriodState(
            period,
            {(duty.indicator_id, duty.area_id): duty for duty in duties},
            {(row.indicator_id, row.area_id): row for row in open_rows},
            set(rows.published().values_list("indicator", "area")),
            {(row["indicator"], row["area"]): row["version__max"] for row in versions},
        )


@transaction.atomic
def enter_all(entries: Iterable[Entry], *, by) -> list[Observation]:
    """Write drafts, or change the drafts and returned rows that are there. Raises NotEntered."""
    entries = list(entries)
    filling = Filling(by, is_locking=True)
    # All who lock several periods do so in this order.
    for period in sorted({entry.period for entry in entries}, key=lambda period: period.pk):
        filling.place(period)
    rows, faults = [], {}
    for place, entry in enumerate(entries):
        try:
            rows.append(filling.filled_in(entry))
        except (Refused, ValidationError) as fault:
            faults[place] = fault
    if faults:
        raise NotEntered(faults)
    new, there = [row for row in rows if row.pk is None], [row for row in rows if row.pk]
    with written_by(by):
        Observation.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)
        Observation.objects.rewrite(there)
    return rows
