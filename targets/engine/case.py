"""All that is known of one indicator in one area."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from targets.engine import periods, published
from targets.engine.figures import Figure, InputRole, RolledUp, total
from targets.engine.published import DecidedTarget
from targets.engine.status import Rule
from targets.engine.thresholds import DecidedThresholds, Thresholds, thresholds_on

LEVELS = frozenset({"stock", "ratio", "running_total"})
RATIO = "ratio"
FLOW = "flow"
KEEP = frozenset({"at_least", "at_most"})
UPWARD = frozenset({"rise", "at_least"})


class Yardstick(NamedTuple):
    """What a value is held against on a day: the targets in force, by year, and the thresholds."""

    targets: Mapping[int, Figure]
    thresholds: Thresholds

    @property
    def last_year(self) -> int:
        return max(self.targets)

    @property
    def last_target(self) -> Figure:
        return self.targets[self.last_year]

    def year_to_keep(self, year: int) -> int:
        """The year itself, else the next that has a target, else the last."""
        return min((later for later in self.targets if later >= year), default=self.last_year)


@dataclass(frozen=True)
class Case:
    """`decided` and `decided_thresholds` are ledgers, in the order of decision.

    `observations` are whole values by period: own ones, and sums of all parts. `rolled` are the sums over
    areas, whole or not. `unavailable` are the reasons of reports without a value. A flow is summed over the
    periods `tiles`; its targets count from the plan's start. `due` are the periods for which a report is due.
    `scale`: 100 for percentages. `retirement` says since when the indicator is no longer tracked.
    """

    kind: str
    direction: str
    start_year: int
    end_year: int
    area: str = ""
    baseline: Figure | None = None
    decided: Sequence[DecidedTarget] = ()
    observations: Mapping[str, Figure] = field(default_factory=dict)
    rolled: Mapping[str, RolledUp] = field(default_factory=dict)
    unavailable: Mapping[str, str] = field(default_factory=dict)
    tiles: Sequence[str] = ()
    due: Sequence[str] = ()
    decided_thresholds: Sequence[DecidedThresholds] = ()
    scale: int = 1
    is_tracked: bool = True
    retirement: str = ""

    @property
    def is_flow(self) -> bool:
        return self.kind == FLOW

    @property
    def is_upward(self) -> bool:
        return self.direction in UPWARD

    @property
    def can_be_judged(self) -> bool:
        return self.is_tracked and not self.retirement and self.kind in LEVELS | {FLOW}

    @property
    def base(self) -> Fraction | None:
        if self.is_flow:
            return Fraction(0)
        return self.baseline.exact if self.baseline else None

    @cached_property
    def partial(self) -> dict[str, Figure]:
        """Sums of some parts only."""
        return {code: up.figure for code, up in self.rolled.items() if up.figure and up.missing}

    @cached_property
    def targets(self) -> dict[int, Figure]:
        """The newest, by year."""
        return published.targets_by(date.max, self.decided)

    def yardstick(self, day: date) -> Yardstick:
        return Yardstick(published.targets_by(day, self.decided), thresholds_on(day, self.decided_thresholds))

    def rule(self, yardstick: Yardstick) -> Rule:
        if self.is_flow:
            return Rule.FLOW if self.is_upward else Rule.CEILING
        if self.direction in KEEP or self._is_limited_by(yardstick):
            return Rule.KEEP
        if self.base is None:
            return Rule.NO_BASELINE
        return Rule.RISE if self.is_upward else Rule.FALL

    def _is_limited_by(self, yardstick: Yardstick) -> bool:
        """A target at the baseline, or against the direction, is a limit to keep."""
        if self.base is None or not yardstick.targets or self.rises_from_zero_to_zero(yardstick):
            return False
        target = yardstick.last_target.exact
        return target <= self.base if self.is_upward else target >= self.base

    def rises_from_zero_to_zero(self, yardstick: Yardstick) -> bool:
        is_rise = self.direction == "rise" or (self.is_flow and self.is_upward)
        return is_rise and self.base == 0 == yardstick.last_target.exact

    @property
    def figures(self) -> Iterator[Figure]:
        if self.baseline:
            yield self.baseline
        for by_period in (self.targets, self.observations, self.partial):
            yield from by_period.values()


def amounts(case: Case, moment: periods.Span) -> dict[str, list[str]]:
    """The periods that a flow is summed over, each with those that fill it if all are known.

    A longer period with a value replaces the shorter ones; one of the parts does where nothing own is in it.
    """
    known = ended_by(case.observations, moment)
    own = [code for code in known if code not in case.rolled]
    of_parts = [
        code
        for code in ended_by(case.rolled, moment)
        if not any(periods.is_inside(shorter, code) for shorter in own)
    ]
    filled: dict[str, list[str]] = {}
    for code in ended_by(case.tiles, moment):
        outer = periods.enclosing(code)
        longest = next((longer for longer in outer if longer in known), None)
        longest = longest or next((longer for longer in outer if longer in of_parts), code)
        filled.setdefault(longest, periods.made_up_of(longest, known))
    return filled


def ended_by(codes: Iterable[str], moment: periods.Span) -> list[str]:
    """In the order of time."""
    return sorted((code for code in codes if periods.span(code).end <= moment.end), key=periods.order)


class PeriodValue(NamedTuple):
    """`parts` is None for a complete figure."""

    figure: Figure | None
    parts: tuple[int, int] | None = None


def value_of_period(case: Case, code: str) -> PeriodValue:
    if codes := periods.filling(code, case.observations, is_flow=case.is_flow):
        return PeriodValue(_sum_of(code, [case.observations[piece] for piece in codes]))
    known = {**case.partial, **case.observations}
    if codes := periods.filling(code, known, is_flow=case.is_flow):
        ups = [case.rolled[piece] for piece in codes if piece in case.partial]
        least = min((up.reported, up.expected) for up in ups)
        return PeriodValue(_sum_of(code, [known[piece] for piece in codes]), least)
    return PeriodValue(None)


def _sum_of(code: str, figures: list[Figure]) -> Figure:
    return figures[0] if len(figures) == 1 else total(InputRole.AMOUNT, code, figures, "")


def is_awaited(case: Case, code: str) -> bool:
    months = periods.span(code).months
    return months == 12 or any(periods.span(other).months == months for other in case.observations)


def periods_of(cases: Iterable[Case], moment: periods.Span) -> list[str]:
    """The plan's years, and the other periods reported for."""
    codes: set[str] = set()
    for case in cases:
        codes.update(case.observations, case.partial, case.unavailable)
        codes.update(map(str, range(case.start_year, min(case.end_year, moment.year) + 1)))
    return ended_by(codes, moment)
