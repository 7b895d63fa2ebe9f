"""Databases at random: what the specification allows, with all that is rare in real data made common.

`scramble(seed)` replaces all baselines, targets, duties and values of the loaded plan. A seed gives the
same rows each time.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from django.db import models

from targets.models import (
    Area,
    Baseline,
    Comparator,
    Grade,
    Indicator,
    Observation,
    Period,
    Plan,
    ReportingDuty,
    ReportStatus,
    Target,
    ThresholdDecision,
)
from tests.oracle import YEARLY, expected_at, last_day, period, periods_of, tiles_of
from tests.shipped import shipped, shipped_plan
from tests.stored import OUT_AT

YEARS = range(2016, 2021)
RHYTHMS = [12, 12, 6, 3]
FIRST_DAYS = ["2016-04-01", "2016-07-01", "2017-01-01", "2017-07-02", "2018-01-01", "2018-04-01"]
# The last ones end a rhythm a day before a period ends, and in the middle of one.
CHANGES = ["2016-12-31", "2017-12-31", "2018-06-30", "2018-12-30", "2018-08-15"]
RETIREMENTS = ["2017-01-01", "2017-12-31", "2018-07-01", "2018-08-15", "2019-03-31", "2020-12-31"]
DECISION_DAYS = ["2015-12-01", "2016-01-01", "2016-08-23", "2017-03-01", "2018-12-31", "2019-01-01"]
REVISION_DAYS = ["2017-12-31", "2018-01-01", "2018-06-30", "2018-07-01", "2019-05-01", "2020-12-31"]
YEARS_OF_TARGETS = [
    *[[2020]] * 6,
    *[[2018, 2020]] * 4,
    *[[*YEARS]] * 3,
    [2016, 2020],
    [2016],
    [2018],
    [2017, 2019],
    [2020, 2025],
    [2025],
    [],
]
# Shares of what is expected: on the thresholds, around them, the wrong way, past the target.
PACES = ["0.9", "1", "1.1", "0.9", "1", "1.1", "-0.5", "0", "0.5", "0.95", "1.05", "1.5", "2.5"]
# Shares of the straight line at which a target before the last stands.
OFF_THE_LINE = ["1", "1", "0.5", "1.4", "0"]
VAGUE = [one for one in Comparator.values if one != Comparator.EQ]
THRESHOLDS = [("1.1", "1", "0.9"), ("1.2", "1", "0.8"), ("1.05", "0.95", "0.9"), ("1.5", "1.1", "1")]
STEP = Fraction(1, 10000)
START = last_day(YEARS[0] - 1)


def scramble(seed: int):
    random = Random(seed)
    _clear()
    plan = shipped_plan()
    there = set(plan.periods.values_list("code", flat=True))
    codes = [one.code for year in YEARS for one in periods_of(year)]
    _store(Period.of(plan, code) for code in codes if code not in there)
    periods = {row.code: row for row in plan.periods.all()}
    areas = {row.code: row for row in plan.areas.order_by("code")}
    _store(_thresholds(random, plan))
    for indicator in shipped(Indicator).tracked().order_by("code"):
        _Scramble(random, indicator, areas, periods).store()
    _retire(random)


def _retire(random: Random):
    """On the last day of a period, the day after one, and in the middle of one; what was reported stays.

    A duty that never was due before stands in no list of the API: these indicators stay.
    """
    rows = Indicator.objects.tracked().order_by("code").prefetch_related("reporting_duties")
    for row in random.sample(list(rows), 12):
        on = date.fromisoformat(random.choice(RETIREMENTS))
        if all(_was_due_before(on, duty) for duty in row.reporting_duties.all()):
            rows.filter(pk=row.pk).update(retired_on=on, retired_reason="随机")


def _was_due_before(on: date, duty: ReportingDuty) -> bool:
    first, last = duty.valid_from or date.min, min(duty.valid_to or date.max, on - timedelta(days=1))
    ends = (one.end for year in YEARS for one in periods_of(year) if one.months == duty.frequency)
    return any(first <= end <= last for end in ends)


def _clear():
    for kind in (Observation, Target, ReportingDuty, Baseline, ThresholdDecision):
        models.QuerySet(kind).filter(pk__in=shipped(kind).values("pk")).delete()


def _thresholds(random: Random, plan: Plan) -> Iterator[ThresholdDecision]:
    """None, one or several decisions; most keep the default, so that values stay exactly on it."""
    for day in sorted(random.sample(REVISION_DAYS, random.choice([0, 0, 1, 2]))):
        ahead, on_schedule, behind = random.choice(THRESHOLDS)
        yield ThresholdDecision(
            plan=plan,
            ahead_from=Decimal(ahead),
            on_schedule_from=Decimal(on_schedule),
            slightly_behind_from=Decimal(behind),
            decided_on=date.fromisoformat(day),
            source="试算",
            reason="试算",
        )


def _store(rows):
    """Store rows without their history, which nothing here reads."""
    rows = list(rows)
    if rows:
        models.QuerySet(type(rows[0])).bulk_create(rows)


def _as_decimal(number: Fraction) -> Decimal:
    """Four places, never below 0."""
    return Decimal(max(round(number / STEP), 0)) * Decimal("0.0001")


class _Scramble:
    """All rows of one indicator."""

    def __init__(
        self, random: Random, indicator: Indicator, areas: dict[str, Area], periods: dict[str, Period]
    ):
        self.random, self.indicator, self.areas, self.periods = random, indicator, areas, periods
        followed = {row.predecessor_id for row in areas.values()}
        current = [row for row in areas.values() if row.pk not in followed]
        top = shipped(Plan).get(code="sti-13").top_area.code
        self.city, self.parts = top, [row.code for row in current if row.code != top]
        self.duties: list[ReportingDuty] = []
        self.baselines: dict[str, Fraction] = {}
        self.targets: list[Target] = []
        self.values: dict[tuple[str, str], Observation] = {}
        self._choose_kind()
        self.rhythm = random.choice(RHYTHMS)
        self.reporting = random.sample(self.parts, random.choice([1, 2, 3, 3, 5, 13]))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def _choose_kind(self):
        row, random = self.indicator, self.random
        row.kind = random.choice(["stock", "stock", "running_total", "ratio", "flow", "flow"])
        row.direction = random.choice(["rise", "rise", "rise", "fall", "at_least", "at_most"])
        row.roll_up = random.choice(["none", "sum", "sum"])
        if row.kind == "ratio":
            row.roll_up = random.choice(["none", "ratio", "ratio"])
            row.unit = random.choice(["%", "%", "倍"])
        self.is_flow = row.kind == "flow"
        self.is_upward = row.direction in {"rise", "at_least"}

    def store(self):
        models.QuerySet(Indicator).filter(pk=self.indicator.pk).update(
            **{name: getattr(self.indicator, name) for name in ("kind", "direction", "roll_up", "unit")}
        )
        for code in [*self.parts, self.city]:
            self._add_duties(code)
            self._plan_ahead(code)
        for code in [*self.parts, self.city]:
            self._report(code)
        if self.indicator.roll_up != "none":
            self._hit_thresholds_by_sums()
        _store(self._stored_baselines())
        for rows in (self.duties, self.targets, self.values.values()):
            _store(rows)

    # Duties

    def _add_duties(self, code: str):
        is_sum = code == self.city and self.indicator.roll_up != "none"
        if (is_sum and self.chance(0.7)) or (code in self.parts and code not in self.reporting):
            return
        for months, first, last in self._stretches():
            self.duties.append(
                ReportingDuty(
                    indicator=self.indicator,
                    area=self.areas[code],
                    frequency=months,
                    valid_from=first,
                    valid_to=last,
                )
            )

    def _stretches(self) -> list[tuple[int, date | None, date | None]]:
        months = self.rhythm if self.chance(0.8) else self.random.choice(RHYTHMS)
        other = self.random.choice(RHYTHMS)
        changed = date.fromisoformat(self.random.choice(CHANGES))
        late = date.fromisoformat(self.random.choice(FIRST_DAYS))
        next_day = changed + timedelta(days=1)
        shapes = [
            *[[(months, None, None)]] * 8,
            *[[(months, late, None)]] * 3,
            *[[(months, None, changed), (other, next_day, None)]] * 3,
            [(months, None, changed)],
            [(months, None, date(2016, 12, 31)), (other, date(2018, 1, 1), None)],
            [(12, None, None), (other, date(2016, 1, 1), None)],
        ]
        return self.random.choice(shapes)

    def _months_on(self, code: str, on: date) -> int:
        valid = [
            row.frequency
            for row in self.duties
            if row.area.code == code and (row.valid_from or date.min) <= on <= (row.valid_to or date.max)
        ]
        return min(valid, default=YEARLY if code in self.parts else self.rhythm)

    # Baselines and targets

    def _plan_ahead(self, code: str):
        random = self.random
        if not self.chance(0.12):
            choices = [0, 0, random.randint(1, 60), random.randint(1, 9999) / Fraction(100)]
            self.baselines[code] = Fraction(random.choice(choices))
        start = Fraction(0) if self.is_flow else self.baselines.get(code, Fraction(20))
        distance = random.choice([1, 5, 10, 10, 20, 50, random.randint(1, 200)])
        goal = start + distance if self.is_flow or self.is_upward else start - distance
        if self.chance(0.08):
            goal = start - distance
        if self.chance(0.06):
            goal = start
        if self.chance(0.04):
            goal = Fraction(0)
        for year in random.choice(YEARS_OF_TARGETS):
            is_last = year >= 2020
            share = Fraction(min(year, 2020) - 2015, 5) * Fraction(random.choice(OFF_THE_LINE))
            self._decide(code, year, goal if is_last else start + (goal - start) * share)

    def _decide(self, code: str, year: int, value: Fraction):
        first = self.random.choice(DECISION_DAYS[:3] * 3 + DECISION_DAYS[3:])
        days = [first]
        if self.chance(0.3):
            later = [on for on in REVISION_DAYS if on > first]
            days += sorted(self.random.sample(later, min(len(later), self.random.choice([1, 1, 2]))))
        for on in days:
            self.targets.append(
                Target(
                    indicator=self.indicator,
                    area=self.areas[code],
                    year=year,
                    value=_as_decimal(value),
                    comparator=self._comparator(0.1),
                    decided_on=date.fromisoformat(on),
                    grade=Grade.DEMO,
                    source="随机",
                )
            )
            value = value * Fraction(self.random.choice(["0.5", "0.8", "1.25", "2", "0"]))

    def _stored_baselines(self) -> Iterator[Baseline]:
        """Half of those of an area with a predecessor belong to that."""
        for code, value in self.baselines.items():
            area = self.areas[code]
            yield Baseline(
                indicator=self.indicator,
                area=area.predecessor if area.predecessor and self.chance(0.5) else area,
                value=_as_decimal(value),
                comparator=self._comparator(0.1),
                basis="previous_end",
                year=2015,
                grade=Grade.DEMO,
                source="随机",
            )

    def _comparator(self, share: float) -> str:
        return self.random.choice(VAGUE) if self.chance(share) else Comparator.EQ

    # Values

    def _expected(self, code: str, on: date) -> Fraction:
        """By the targets in force on that day; without any the number 20."""
        start = Fraction(0) if self.is_flow else self.baselines.get(code, Fraction(20))
        points = {START: start}
        for row in self.targets:
            if row.area.code == code and row.decided_on <= on and row.year in YEARS:
                points[last_day(row.year)] = Fraction(row.value)
        return expected_at(on, sorted(points.items())) if len(points) > 1 else Fraction(20)

    def _on_pace(self, code: str, on: date) -> Fraction:
        """A value at a random pace; one in eight a step beside it."""
        start = Fraction(0) if self.is_flow else self.baselines.get(code, Fraction(0))
        value = start + Fraction(self.random.choice(PACES)) * (self._expected(code, on) - start)
        if self.chance(0.1):
            value = Fraction(self._newest_target(code, on))
        return value + self.random.choice([0] * 14 + [STEP, -STEP])

    def _newest_target(self, code: str, on: date) -> Decimal:
        rows = [row for row in self.targets if row.area.code == code and row.decided_on <= on]
        return max(rows, key=lambda row: (row.year, row.decided_on)).value if rows else Decimal(20)

    def _report(self, code: str):
        if code == self.city and self.indicator.roll_up != "none":
            share = self.random.choice([0, 0, 0, 0.3, 1])
        elif code in self.reporting:
            share = self.random.choice([1, 1, 1, 0.9, 0.7, 0.3])
        else:
            share = self.random.choice([0, 0.5, 1])
        silent_from = date(self.random.choice([2018, 2019, 2020, 2099, 2099]), 1, 1)
        total = Fraction(0)
        for year in YEARS:
            for tile in tiles_of(period(str(year)), self._months_on(code, last_day(year))):
                if tile.end < silent_from and self.chance(share):
                    value = self._on_pace(code, tile.end)
                    total, amount = max(total, value), max(value - total, Fraction(0))
                    self._observe(code, tile.code, amount if self.is_flow else value)
            for one in periods_of(year):
                if one.end < silent_from and share and self.chance(0.06):
                    value = self._on_pace(code, one.end)
                    self._observe(code, one.code, value / 4 if self.is_flow else value)

    def _observe(self, code: str, of: str, value: Fraction):
        row = Observation(
            indicator=self.indicator,
            area=self.areas[code],
            period=self.periods[of],
            value=_as_decimal(value),
            comparator=self._comparator(0.12),
            status=ReportStatus.PUBLISHED,
            published_at=OUT_AT,
        )
        if self.indicator.kind == "ratio" and self.chance(0.92):
            row.denominator = Decimal(self.random.choice([100, 100, 200, 700]))
            row.numerator = _as_decimal(Fraction(row.value) * Fraction(row.denominator) / self._scale)
        if self.chance(0.06):
            row.value = row.numerator = row.denominator = None
            row.comparator, row.unavailable_reason = Comparator.EQ, "统计口径已停用"
        self.values[code, of] = row

    @property
    def _scale(self) -> int:
        return 100 if self.indicator.unit == "%" else 1

    def _hit_thresholds_by_sums(self):
        """Let the last part of a sum bring it exactly onto a pace, where that needs no negative number."""
        total = Fraction(0)
        start = Fraction(0) if self.is_flow else self.baselines.get(self.city, Fraction(0))
        tiles = [tile for year in YEARS for tile in tiles_of(period(str(year)), self.rhythm)]
        for tile in tiles:
            rows = [self.values.get((code, tile.code)) for code in self.reporting]
            rows = [row for row in rows if row and row.value is not None]
            if not rows:
                continue
            pace = Fraction(self.random.choice(PACES[:3]))
            wanted = start + pace * (self._expected(self.city, tile.end) - start)
            if self.chance(0.3):
                wanted = Fraction(self._newest_target(self.city, tile.end))
            self._bring(rows, wanted - total)
            if self.chance(0.4):
                self._make_vague(rows)
            if self.is_flow:
                total += sum(Fraction(row.value) for row in rows)

    def _make_vague(self, rows: list[Observation]):
        """Vague to both sides, mostly, so that the sum falls to both."""
        for row in rows:
            row.comparator = self.random.choice([Comparator.NEAR_BELOW, Comparator.NEAR_ABOVE, Comparator.EQ])

    def _bring(self, rows: list[Observation], wanted: Fraction):
        *others, last = rows
        if self.indicator.kind == "ratio":
            if all(row.denominator for row in rows):
                bottom = sum(Fraction(row.denominator) for row in rows)
                top = wanted * bottom / self._scale - sum(Fraction(row.numerator) for row in others)
                if top >= 0:
                    last.numerator = _as_decimal(top)
                    last.value = _as_decimal(top * self._scale / Fraction(last.denominator))
            return
        missing = wanted - sum(Fraction(row.value) for row in others)
        if missing >= 0:
            last.value = _as_decimal(missing)
