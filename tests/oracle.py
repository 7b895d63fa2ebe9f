"""A second calculation of `progress/`, from rows of the flat API lists alone.

It shares no code with the engine: a test compares the two, so that a fault must be made twice to stay unseen.
Numbers are exact fractions. Clear before fast: every rule stands once, in the words of its specification.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from fractions import Fraction
from functools import cache, cached_property
from typing import Any, NamedTuple

LIGHTS = {
    "achieved": "green",
    "ahead": "green",
    "on_schedule": "green",
    "met": "green",
    "slightly_behind": "yellow",
    "behind": "red",
    "worsening": "red",
    "not_met": "red",
}
# From best to worst, to choose between two statuses of one light.
RANKING = [*LIGHTS, "no_baseline", "no_target"]
SIDES = {"near_below": (-1,), "lt": (-1,), "near_above": (1,), "gt": (1,), "about": (-1, 1)}
ALMOST = Fraction(9999, 10000)
DEFAULT_THRESHOLDS = (Fraction(11, 10), Fraction(1), Fraction(9, 10))
YEARLY = 12

Row = dict[str, Any]


class Period(NamedTuple):
    code: str
    start: date
    end: date
    months: int

    @property
    def year(self) -> int:
        return self.end.year

    def holds(self, other: "Period") -> bool:
        return self.start <= other.start and other.end <= self.end

    def halves(self) -> "list[Period]":
        """The two periods of half the length; a quarter has none."""
        if self.months == 12:
            return [period(f"{self.year}-H{number}") for number in (1, 2)]
        if self.months == 6:
            first = 1 if self.start.month == 1 else 3
            return [period(f"{self.year}-Q{number}") for number in (first, first + 1)]
        return []


@cache
def period(code: str) -> Period:
    year, _, part = code.partition("-")
    months = {"": 12, "H": 6, "Q": 3}[part[:1]]
    last = int(part[1:] or 1) * months
    end = date(int(year), last, monthrange(int(year), last)[1])
    return Period(code, date(int(year), last - months + 1, 1), end, months)


@cache
def periods_of(year: int) -> list[Period]:
    whole = period(str(year))
    return [whole, *whole.halves(), *(quarter for half in whole.halves() for quarter in half.halves())]


def last_day(year: int) -> date:
    return date(year, 12, 31)


def months_until(day: date) -> int:
    """Whole months from the year 0 to the last day of a month."""
    return day.year * 12 + day.month


class Amount(NamedTuple):
    """A number and the comparators of the values that it is made of."""

    number: Fraction
    comparators: frozenset[str]

    @property
    def comparator(self) -> str:
        """How vague a sum is follows from all its terms at once, never from sums of some of them."""
        vague = self.comparators - {"eq"}
        if len(vague) <= 1:
            return next(iter(vague), "eq")
        if "ge" in vague and "le" not in vague:
            return "ge"
        if "le" in vague and "ge" not in vague:
            return "le"
        if vague <= {"near_below", "lt"}:
            return "near_below"
        if vague <= {"near_above", "gt"}:
            return "near_above"
        return "about"

    @property
    def sides(self) -> tuple[int, ...]:
        return SIDES.get(self.comparator, (0,))


def add_up(amounts: Iterable[Amount]) -> Amount:
    numbers, comparators = zip(*amounts, strict=True)
    return Amount(sum(numbers), frozenset().union(*comparators))


class Piece(NamedTuple):
    """Something known: of a period, in full."""

    period: Period
    amount: Amount


class Partial(NamedTuple):
    amount: Amount
    newest: Period
    held: list[Period]
    cells: list[tuple[str, Period, bool]]  # area, period, whether it is reported

    def shown(self) -> Row:
        missing = [(of, area) for area, of, is_reported in self.cells if not is_reported]
        return {
            "value": rounded(self.amount.number),
            "comparator": self.amount.comparator,
            "period": self.newest.code,
            "reported": len(self.cells) - len(missing),
            "expected": len(self.cells),
            "missing": [
                {"area": area, "period": of.code}
                for of, area in sorted(missing, key=lambda cell: (cell[0].end, cell[1]))
            ],
        }


class Judgement(NamedTuple):
    status: str
    target: Fraction | None = None
    target_year: int | None = None
    completion: Fraction | None = None
    progress: Fraction | None = None
    expected: Fraction | None = None
    index: Fraction | None = None

    @property
    def light(self) -> str:
        return LIGHTS.get(self.status, "grey")


def rounded(number: Fraction | None) -> Fraction | None:
    """Four places, halves away from zero."""
    if number is None:
        return None
    steps = int(abs(number) * 10000 + Fraction(1, 2))
    return Fraction(steps if number >= 0 else -steps, 10000)


def fraction(value) -> Fraction | None:
    return None if value is None else Fraction(str(value))


def day(text: str | None, without: date) -> date:
    return date.fromisoformat(text) if text else without


class Oracle:
    """Made of the lists plans (with one row), areas, indicators, duties, baselines, targets, observations
    and thresholds.
    """

    def __init__(self, rows: dict[str, list[Row]]):
        [self.plan] = rows["plans"]
        self.areas = {row["code"]: row for row in rows["areas"]}
        self.indicators = {row["code"]: row for row in rows["indicators"]}
        [self.city] = [code for code, row in self.areas.items() if row["parent"] is None]
        followed = {row["predecessor"] for row in self.areas.values()}
        self.current_areas = [code for code in self.areas if code not in followed]
        self.duties = defaultdict(list)
        for row in rows["duties"]:
            valid = day(row["valid_from"], date.min), day(row["valid_to"], date.max)
            self.duties[row["indicator"], row["area"]].append((row["frequency"], *valid))
        self.baselines = {
            (row["indicator"], row["area"]): fraction(row["value"]) for row in rows["baselines"]
        }
        self.targets = defaultdict(list)
        for row in rows["targets"]:
            if row["year"] in self.years:
                self.targets[row["indicator"], row["area"]].append(row)
        self.observations = defaultdict(dict)
        for row in sorted(rows["observations"], key=lambda row: row["revision"]):
            if period(row["period"]).year in self.years:
                self.observations[row["indicator"], row["area"]][row["period"]] = row
        self.thresholds = [
            (
                day(row["decided_on"], date.min),
                tuple(
                    fraction(row[name]) for name in ("ahead_from", "on_schedule_from", "slightly_behind_from")
                ),
            )
            for row in rows["thresholds"]
        ]
        self.places = {
            (indicator, area): self._place(indicator, area)
            for indicator, row in self.indicators.items()
            if row["is_tracked"]
            for area in self.areas
        }

    @property
    def years(self) -> range:
        return range(self.plan["start_year"], self.plan["end_year"] + 1)

    def _place(self, indicator: str, area: str) -> "Place":
        kind = self.indicators[indicator]["kind"]
        return (FlowPlace if kind == "flow" else LevelPlace)(self, self.indicators[indicator], area)

    def answer(self, indicator: str, area: str, as_of: str) -> Row:
        return self.places[indicator, area].answer(period(as_of))

    def answers(self, as_of: str) -> list[Row]:
        """The rows of `progress/?area=all`: the tracked indicators in the areas that no other follows."""
        return [
            place.answer(period(as_of))
            for (_, area), place in self.places.items()
            if area in self.current_areas
        ]

    def thresholds_on(self, on: date) -> tuple[Fraction, ...]:
        known = [(decided, index) for index, (decided, _) in enumerate(self.thresholds) if decided <= on]
        return self.thresholds[max(known)[1]][1] if known else DEFAULT_THRESHOLDS


class Place:
    """An indicator in an area."""

    is_flow: bool

    def __init__(self, oracle: Oracle, indicator: Row, area: str):
        key = indicator["code"], area
        self.oracle = oracle
        self.indicator = indicator
        self.area = area
        self.direction = indicator["direction"]
        self.duties = oracle.duties[key]
        self.observations = oracle.observations[key]
        self.ledger = oracle.targets[key]
        self.rolls_up = area == oracle.city and indicator["roll_up"] in {"sum", "ratio"}
        self.is_ratio = indicator["roll_up"] == "ratio"

    @property
    def baseline(self) -> Fraction | None:
        """The area's own, else its predecessor's: only baselines belong to an area that was followed."""
        of = self.indicator["code"]
        own = self.oracle.baselines.get((of, self.area))
        before = self.oracle.areas[self.area]["predecessor"]
        return self.oracle.baselines.get((of, before)) if own is None else own

    @cached_property
    def parts(self) -> "list[Place]":
        of = self.indicator["code"]
        return [
            place
            for (indicator, area), place in self.oracle.places.items()
            if indicator == of and area != self.area and place.duties
        ]

    # What is owed

    def own_rhythm(self, on: date) -> int | None:
        return min((months for months, first, last in self.duties if first <= on <= last), default=None)

    def rhythm_of_parts(self, year: int) -> int | None:
        """The longest of those that the parts have at the end of the year."""
        return self.rhythms_of_parts.get(year)

    @cached_property
    def rhythms_of_parts(self) -> dict[int, int | None]:
        found = {}
        for year in self.oracle.years if self.rolls_up else ():
            rhythms = [part.own_rhythm(last_day(year)) for part in self.parts]
            found[year] = max((months for months in rhythms if months), default=None)
        return found

    def rhythm(self, on: date) -> int:
        return self.own_rhythm(on) or self.rhythm_of_parts(on.year) or YEARLY

    @cached_property
    def first_duty(self) -> date:
        duties = list(self.duties)
        if self.rolls_up:
            duties += [duty for part in self.parts for duty in part.duties]
        return min((first for _, first, _ in duties), default=date.min)

    def due(self, as_of: Period) -> Period | None:
        """The newest period owed that ended by then."""
        owed = [
            one
            for year in self.oracle.years
            for one in self.owed_in(year)
            if self.first_duty <= one.end <= as_of.end
        ]
        return max(owed, key=lambda one: one.end, default=None)

    def owed_in(self, year: int) -> list[Period]:
        raise NotImplementedError

    # What is known

    def own(self, of: Period) -> Amount | None:
        row = self.observations.get(of.code)
        if row is None or row["value"] is None:
            return None
        return Amount(fraction(row["value"]), frozenset({row["comparator"]}))

    def is_rolled_up_in(self, of: Period) -> bool:
        return self.rhythm_of_parts(of.year) == of.months and bool(self.expected_parts(of))

    def expected_parts(self, of: Period) -> "list[Place]":
        return [part for part in self.parts if part.own_rhythm(of.end)]

    def rolled_up(self, of: Period) -> Amount | None:
        """The figure of the parts if all of them have one."""
        if not self.is_rolled_up_in(of):
            return None
        amounts = [part.as_part(of) for part in self.expected_parts(of)]
        return None if None in amounts else self.put_together(of, self.expected_parts(of))

    def as_part(self, of: Period) -> Amount | None:
        raise NotImplementedError

    def put_together(self, of: Period, parts: "list[Place]") -> Amount:
        return add_up(part.as_part(of) for part in parts)

    def known(self, as_of: Period) -> tuple[Piece | None, Partial | None]:
        """The newest whole value, and what is known in part beside it."""
        raise NotImplementedError

    # What was decided

    def targets_on(self, on: date) -> dict[int, Amount]:
        """A year's target is its latest decision up to that day; of one day the later row counts."""
        found = {}
        for row in sorted(self.ledger, key=lambda row: day(row["decided_on"], date.min)):
            if day(row["decided_on"], date.min) <= on:
                found[row["year"]] = Amount(fraction(row["value"]), frozenset({row["comparator"]}))
        return found

    @property
    def is_upward(self) -> bool:
        return self.direction in {"rise", "at_least"}

    def is_rise_from_nothing_to_nothing(self, target: Amount) -> bool:
        raise NotImplementedError

    def judge(self, amount: Amount, at: Period, on: date) -> Judgement:
        """Hold an amount of a period against what was decided on a day."""
        targets = self.targets_on(on)
        if not targets:
            return Judgement("no_target")
        year = max(targets)
        if self.is_rise_from_nothing_to_nothing(targets[year]):
            return Judgement("no_target", targets[year].number, year)
        return self.judged(amount, at, targets, self.oracle.thresholds_on(on))

    def judged(self, amount: Amount, at: Period, targets: dict[int, Amount], thresholds) -> Judgement:
        raise NotImplementedError

    def target_shown(self, on: Period) -> tuple[Fraction | None, int | None]:
        """The target in force before there is any value to hold against it."""
        targets = self.targets_on(on.end)
        if not targets:
            return None, None
        year = self.year_held_against(on, targets)
        return targets[year].number, year

    def year_held_against(self, on: Period, targets: dict[int, Amount]) -> int:
        return max(targets)

    # The answer

    def answer(self, as_of: Period) -> Row:
        if self.is_retired(as_of):
            return self.not_tracked(as_of)
        whole, partial = self.known(as_of)
        verdict = self.verdict(as_of, whole, partial)
        return {
            "indicator": self.indicator["code"],
            "area": self.area,
            "as_of": as_of.code,
            "baseline": rounded(self.baseline),
            "actual": rounded(whole.amount.number) if whole else None,
            "actual_comparator": whole.amount.comparator if whole else None,
            "actual_period": whole.period.code if whole else None,
            "partial": partial.shown() if partial else None,
            "unavailable_reason": self.reason(self.due(as_of), whole),
        } | verdict

    def is_retired(self, as_of: Period) -> bool:
        return as_of.end >= day(self.indicator["retired_on"], date.max)

    def not_tracked(self, as_of: Period) -> Row:
        """From the day of retirement on nothing is told but the baseline, whatever was reported before."""
        return {
            "indicator": self.indicator["code"],
            "area": self.area,
            "as_of": as_of.code,
            "baseline": rounded(self.baseline),
            "actual": None,
            "actual_comparator": None,
            "actual_period": None,
            "partial": None,
            "unavailable_reason": None,
        } | told("not_tracked", Judgement("not_tracked"))

    def reason(self, due: Period | None, whole: Piece | None) -> str | None:
        """What the place's own report for exactly the due period says in place of its value."""
        if due is None or (whole and whole.period.end >= due.end):
            return None
        report = self.observations.get(due.code)
        return report["unavailable_reason"] if report and report["value"] is None else None

    def verdict(self, as_of: Period, whole: Piece | None, partial: Partial | None) -> Row:
        due = self.due(as_of)
        targets = self.targets_on(as_of.end)
        if not targets:
            return told("no_target", Judgement("no_target"))
        if self.is_rise_from_nothing_to_nothing(targets[max(targets)]):
            return told("no_target", Judgement("no_target", targets[max(targets)].number, max(targets)))
        if found := self.settled_for_good(as_of, whole, partial):
            return found
        if whole and (due is None or whole.period.end >= due.end):
            judgement = self.judge(whole.amount, whole.period, whole.period.end)
            if judgement.status == "no_target":
                return told("no_target", Judgement("no_target", *self.target_shown(as_of)))
            return told(judgement.status, judgement, whole.period)
        if partial and due and (judgement := self.decided_by(partial, due)):
            return told(judgement.status, judgement, partial.newest, at_least=True)
        return self.grey(as_of, due, whole, partial)

    def settled_for_good(self, as_of: Period, whole: Piece | None, partial: Partial | None) -> Row | None:
        """A level can always be undone."""
        return None

    def decided_by(self, partial: Partial, due: Period) -> Judgement | None:
        """Judge a partial sum whose light the missing parts cannot change."""
        if self.is_ratio or partial.newest.end < due.end or not self.holds_of(due, partial):
            return None
        judgement = self.judge(partial.amount, partial.newest, partial.newest.end)
        return judgement if judgement.light == ("green" if self.is_upward else "red") else None

    def holds_of(self, due: Period, partial: Partial) -> bool:
        raise NotImplementedError

    def grey(self, as_of: Period, due: Period | None, whole: Piece | None, partial: Partial | None) -> Row:
        """Say what is missing, with the last judgement; without one, with the target in force now."""
        if not whole and not partial and due is None:
            status = "not_due"
        elif self.reason(due, whole):
            status = "unavailable"
        elif not whole and not partial:
            status = "no_data"
        else:
            status = "partial" if partial else "outdated"
        last = self.judge(whole.amount, whole.period, whole.period.end) if whole else None
        if last is None or last.status == "no_target":
            return told(status, Judgement(status, *self.target_shown(as_of)))
        last_status = last.status if last.light != "grey" else None
        return told(status, last, whole.period, last_status=last_status)


def told(
    status: str,
    judgement: Judgement,
    at: Period | None = None,
    *,
    at_least: bool = False,
    last_status: str | None = None,
) -> Row:
    """`judged_at` is null where there was no target to hold a value against."""
    return {
        "target": rounded(judgement.target),
        "target_year": judgement.target_year,
        "completion": judgement.completion,
        "progress": judgement.progress,
        "expected": rounded(judgement.expected),
        "index": rounded(judgement.index),
        "judged_at": at.code if at and judgement.status != "no_target" else None,
        "at_least": at_least,
        "status": status,
        "light": LIGHTS.get(status, "grey"),
        "last_status": last_status,
    }


def is_reached(value: tuple[Fraction, int], limit: tuple[Fraction, int], is_upward: bool) -> bool:
    """Compare numbers with the sides to which they fall."""
    return value >= limit if is_upward else value <= limit


def with_side(limit: Amount) -> tuple[Fraction, int]:
    """A limit that falls to both sides is its number."""
    return limit.number, limit.sides[0] if len(limit.sides) == 1 else 0


def by_sides(amount: Amount, status_of: Callable[[tuple[Fraction, int]], str]) -> str:
    """The status of a value; one that falls to both sides has a status only where their lights agree."""
    found = {status_of((amount.number, side)) for side in amount.sides}
    if len({LIGHTS.get(status, "grey") for status in found}) > 1:
        return "partial"
    return max(found, key=RANKING.index)


def share(part: Fraction, whole: Fraction, is_short: bool) -> Fraction:
    number = rounded(part / whole)
    return min(number, ALMOST) if is_short else number


def expected_at(on: date, points: list[tuple[date, Fraction]]) -> Fraction:
    """The value on the line between the neighbouring points; the last point's after it."""
    before = max(point for point in points if point[0] <= on)
    after = min((point for point in points if point[0] > on), default=None)
    if after is None:
        return before[1]
    passed = months_until(on) - months_until(before[0])
    length = months_until(after[0]) - months_until(before[0])
    return before[1] + (after[1] - before[1]) * Fraction(passed, length)


def schedule(
    amount: Amount,
    baseline: Fraction | None,
    expected: Fraction | None,
    goal: Amount,
    is_upward: bool,
    thresholds: tuple[Fraction, ...],
) -> tuple[str, Fraction | None, Fraction | None]:
    """Return status, progress and index of a value on its way from a baseline to a target.

    A value that falls to both sides of the target is short of it: full marks need both.
    """

    def reaches(value, limit):
        return is_reached(value, limit, is_upward)

    def status_of(value):
        if reaches(value, with_side(goal)):
            return "achieved"
        if baseline is None:
            return "no_baseline"
        if not is_beyond:
            return "on_schedule" if reaches(value, (expected, 0)) else "worsening"
        if not reaches(value, (baseline, 0)):
            return "worsening"
        for status, threshold in zip(("ahead", "on_schedule", "slightly_behind"), thresholds, strict=True):
            if reaches(value, (baseline + threshold * (expected - baseline), 0)):
                return status
        return "behind"

    is_beyond = baseline is not None and expected != baseline and (expected > baseline) == is_upward
    status = by_sides(amount, status_of)
    if baseline is None:
        return status, None, None
    is_short = not is_reached_surely(amount, goal, is_upward)
    progress = share(amount.number - baseline, goal.number - baseline, is_short)
    has_index = is_beyond and status != "worsening" and reaches((amount.number, 0), (baseline, 0))
    return status, progress, (amount.number - baseline) / (expected - baseline) if has_index else None


def is_reached_surely(amount: Amount, goal: Amount, is_upward: bool) -> bool:
    return all(is_reached((amount.number, side), with_side(goal), is_upward) for side in amount.sides)


class LevelPlace(Place):
    is_flow = False

    def owed_in(self, year):
        return [one for one in periods_of(year) if self.rhythm(one.end) == one.months]

    def report_as_part(self, of: Period) -> Row | None:
        """The own value of exactly that period, else of the longest other that ends on the same day."""
        ending = [one for one in periods_of(of.year) if one.end == of.end]
        ending.sort(key=lambda one: (one == of, one.months), reverse=True)
        return next((self.observations[one.code] for one in ending if self.own(one)), None)

    def as_part(self, of):
        """A value without numerator and denominator is missing from a ratio."""
        row = self.report_as_part(of)
        if row is None or (self.is_ratio and row["denominator"] is None):
            return None
        return self.own(period(row["period"]))

    def put_together(self, of, parts):
        """A ratio is as vague as the vaguest of its parts, like a sum."""
        total = add_up(part.as_part(of) for part in parts)
        if not self.is_ratio:
            return total
        rows = [part.report_as_part(of) for part in parts]
        scale = 100 if self.indicator["unit"] == "%" else 1
        top, bottom = (sum(fraction(row[name]) for row in rows) for name in ("numerator", "denominator"))
        return Amount(scale * top / bottom, total.comparators)

    def known(self, as_of):
        ended = [one for year in self.oracle.years for one in periods_of(year) if one.end <= as_of.end]
        found = []
        for one in ended:
            is_in_rhythm = one.months == self.rhythm(one.end)
            if amount := self.own(one):
                found.append(((one.end, True, is_in_rhythm, one.months), Piece(one, amount)))
            if amount := self.rolled_up(one):
                found.append(((one.end, False, is_in_rhythm, one.months), Piece(one, amount)))
        whole = max(found)[1] if found else None
        newer = [one for one in ended if whole is None or one.end > whole.period.end]
        return whole, self.newest_partial([one for one in newer if self.is_rolled_up_in(one)])

    def newest_partial(self, newer: list[Period]) -> Partial | None:
        for one in sorted(newer, key=lambda one: one.end, reverse=True):
            parts = self.expected_parts(one)
            reported = [part for part in parts if part.as_part(one)]
            if reported:
                cells = [(part.area, one, part in reported) for part in parts]
                return Partial(self.put_together(one, reported), one, [one], cells)
        return None

    def holds_of(self, due, partial):
        """The level of a later day says more than that of the due day."""
        return partial.newest.end >= due.end

    def is_rise_from_nothing_to_nothing(self, target):
        return self.direction == "rise" and self.baseline == 0 == target.number

    def is_kept(self, target: Amount) -> bool:
        if self.direction in {"at_least", "at_most"}:
            return True
        if self.baseline is None:
            return False
        return target.number <= self.baseline if self.is_upward else target.number >= self.baseline

    def year_held_against(self, on, targets):
        last = max(targets)
        if not self.is_kept(targets[last]):
            return last
        return min((year for year in targets if year >= on.year), default=last)

    def judged(self, amount, at, targets, thresholds):
        """Without a baseline nothing is expected, not even between two targets; there is completion only."""
        year = self.year_held_against(at, targets)
        goal = targets[year]
        if self.is_kept(targets[max(targets)]):

            def status_of(value):
                return "met" if is_reached(value, with_side(goal), self.is_upward) else "not_met"

            return Judgement(by_sides(amount, status_of), goal.number, year)
        expected = None
        if self.baseline is not None:
            start = last_day(self.oracle.plan["start_year"] - 1), self.baseline
            points = [start, *((last_day(of), target.number) for of, target in targets.items())]
            expected = expected_at(at.end, points)
        status, progress, index = schedule(amount, self.baseline, expected, goal, self.is_upward, thresholds)
        completion = None
        if self.direction == "rise" and goal.number:
            is_short = not is_reached_surely(amount, goal, self.is_upward)
            completion = share(amount.number, goal.number, is_short)
        return Judgement(status, goal.number, year, completion, progress, expected, index)


class FlowPlace(Place):
    is_flow = True

    def owed_in(self, year):
        return tiles_of(period(str(year)), self.rhythm(last_day(year)))

    def as_part(self, of):
        return self.own_or_filled(of)

    def own_or_filled(self, of: Period) -> Amount | None:
        return self.own(of) or filled(of, self.own_or_filled)

    def value(self, of: Period) -> Amount | None:
        """The own value, else own shorter ones, else the sum of the parts, else shorter ones of both."""
        return self.own_or_filled(of) or self.rolled_up(of) or filled(of, self.value)

    def tiles(self, as_of: Period) -> list[Period]:
        """The tiles of the plan in order; a longer period with an own value stands for those within it.

        So does the sum of the parts, if theirs is the longer rhythm, where own values do not fill its period:
        whole always, partial where nothing own is known within.
        """
        return [
            tile
            for year in self.oracle.years
            for tile in self.laid(period(str(year)), self.rhythm(last_day(year)), as_of)
        ]

    def laid(self, whole: Period, months: int, as_of: Period) -> list[Period]:
        if whole.months == months or (whole.end <= as_of.end and self.stands_for(whole, months)):
            return [whole]
        return [tile for half in whole.halves() for tile in self.laid(half, months, as_of)]

    def stands_for(self, whole: Period, months: int) -> bool:
        if self.own(whole):
            return True
        if not self.is_rolled_up_in(whole) or all(self.value(tile) for tile in tiles_of(whole, months)):
            return False
        is_silent = not any(self.own(one) for one in periods_of(whole.year) if whole.holds(one))
        return is_silent or self.rolled_up(whole) is not None

    def known(self, as_of):
        tiles = self.tiles(as_of)
        unbroken = []
        for tile in tiles:
            amount = self.value(tile) if tile.end <= as_of.end else None
            if amount is None:
                break
            unbroken.append(Piece(tile, amount))
        pieces = [piece for tile in tiles for piece in self.pieces(tile, as_of)]
        whole = Piece(unbroken[-1].period, add_up(one.amount for one in unbroken)) if unbroken else None
        if len(pieces) == len(unbroken):
            return whole, None
        newest = max((piece.period for piece in pieces), key=lambda one: (one.end, one.months))
        amount = add_up(piece.amount for piece in pieces)
        return whole, Partial(amount, newest, [piece.period for piece in pieces], self.cells(tiles, as_of))

    def pieces(self, tile: Period, as_of: Period) -> list[Piece]:
        """All that is known of a tile: the whole of it, else reports for shorter periods and of parts."""
        if tile.end <= as_of.end and (amount := self.value(tile)):
            return [Piece(tile, amount)]
        return self.fragments(tile, as_of)

    def fragments(self, of: Period, as_of: Period) -> list[Piece]:
        """Of the place's own shorter reports and the parts', both too little, the larger sum, else own."""
        own = [piece for half in of.halves() for piece in self.reported_pieces(half, as_of)]
        if not self.is_rolled_up_in(of):
            return own
        of_parts = [piece for part in self.expected_parts(of) for piece in part.pieces(of, as_of)]
        if not own or not of_parts:
            return own or of_parts
        return max(own, of_parts, key=lambda pieces: sum(piece.amount.number for piece in pieces))

    def reported_pieces(self, of: Period, as_of: Period) -> list[Piece]:
        """Below a tile a piece has the period of the report, or of the sum of reports of all parts."""
        if of.end <= as_of.end and (amount := self.own(of) or self.rolled_up(of)):
            return [Piece(of, amount)]
        return self.fragments(of, as_of)

    def cells(self, tiles: list[Period], as_of: Period) -> list[tuple[str, Period, bool]]:
        """Of every tile that has ended: without any of them the sum is not whole."""
        found = []
        for tile in (tile for tile in tiles if tile.end <= as_of.end):
            if self.own_or_filled(tile) or not self.is_rolled_up_in(tile):
                found.append((self.area, tile, self.value(tile) is not None))
            else:
                parts = self.expected_parts(tile)
                found += [(part.area, tile, part.as_part(tile) is not None) for part in parts]
        return found

    def holds_of(self, due, partial):
        return any(due.holds(one) or one.holds(due) for one in partial.held)

    def settled_for_good(self, as_of, whole, partial):
        """A total that reached its target, or passed its ceiling, needs no newer value.

        A vague total settles nothing unless it does so on both sides.
        """
        for piece in (whole, partial and Piece(partial.newest, partial.amount)):
            if piece is None:
                continue
            judgement = self.judge(piece.amount, piece.period, as_of.end)
            if judgement.status == ("achieved" if self.is_upward else "not_met"):
                return told(judgement.status, judgement, piece.period, at_least=piece is not whole)
        return None

    def is_rise_from_nothing_to_nothing(self, target):
        return self.is_upward and target.number == 0

    def judged(self, amount, at, targets, thresholds):
        year = max(targets)
        goal = targets[year]
        if not self.is_upward:

            def status_of(value):
                if value > with_side(goal):
                    return "not_met"
                return "met" if at.end >= last_day(year) else "on_schedule"

            return Judgement(by_sides(amount, status_of), goal.number, year)
        start = last_day(self.oracle.plan["start_year"] - 1), Fraction(0)
        points = [start, *((last_day(of), target.number) for of, target in targets.items())]
        expected = expected_at(at.end, points)
        status, progress, index = schedule(amount, Fraction(0), expected, goal, True, thresholds)
        return Judgement(status, goal.number, year, progress, progress, expected, index)


def tiles_of(whole: Period, months: int) -> list[Period]:
    if whole.months == months:
        return [whole]
    return [tile for half in whole.halves() for tile in tiles_of(half, months)]


def filled(whole: Period, value: Callable[[Period], Amount | None]) -> Amount | None:
    amounts = [value(half) for half in whole.halves()]
    return add_up(amounts) if amounts and None not in amounts else None
