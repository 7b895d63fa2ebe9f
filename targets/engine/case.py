"""All that is known of one indicator in one area."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, TypeVar

from targets.engine import periods
from targets.engine.figures import Figure, InputRole, total
from targets.engine.quantities import plain
from targets.engine.status import Rule

LEVELS = frozenset({"stock", "ratio", "running_total"})
FLOW = "flow"
KEEP = frozenset({"at_least", "at_most"})
UPWARD = frozenset({"rise", "at_least"})
T = TypeVar("T")


@dataclass(frozen=True)
class Thresholds:
    ahead: Decimal = Decimal("1.1")
    on_schedule: Decimal = Decimal(1)
    slightly_behind: Decimal = Decimal("0.9")

    @property
    def shown(self) -> dict[str, str]:
        return {name: plain(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Case:
    """`observations` are whole values by period, `partial` sums of some parts only.

    `reported`: the numbers of reported and expected parts. A flow is summed over the periods `due`, its
    targets count from the plan's start. `scale`: 100 for percentages.
    """

    kind: str
    direction: str
    start_year: int
    end_year: int
    baseline: Figure | None = None
    targets: Mapping[int, Figure] = field(default_factory=dict)
    observations: Mapping[str, Figure] = field(default_factory=dict)
    partial: Mapping[str, Figure] = field(default_factory=dict)
    reported: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    unavailable: Mapping[str, str] = field(default_factory=dict)
    due: Sequence[str] = ()
    thresholds: Thresholds = Thresholds()
    scale: int = 1
    is_tracked: bool = True

    @property
    def is_flow(self) -> bool:
        return self.kind == FLOW

    @property
    def is_upward(self) -> bool:
        return self.direction in UPWARD

    @property
    def last_target(self) -> Figure | None:
        return self.targets[max(self.targets)] if self.targets else None

    @property
    def base(self) -> Fraction | None:
        if self.is_flow:
            return Fraction(0)
        return self.baseline.exact if self.baseline else None

    @property
    def has_ceiling(self) -> bool:
        """Whether it is a total that must stay low."""
        return self.is_flow and not self.is_upward

    def is_unsettled_at(self, moment: periods.Span) -> bool:
        """Whether such a total may still grow."""
        last = max(self.targets, default=moment.year)
        return self.has_ceiling and moment.end < periods.year_end(last)

    @property
    def aims_backwards(self) -> bool:
        """A target against the direction is a limit to keep."""
        target, baseline = self.last_target, self.baseline
        if self.is_flow or target is None or baseline is None:
            return False
        return target.value < baseline.value if self.is_upward else target.value > baseline.value

    def rule_at(self, moment: periods.Span) -> Rule:
        target = self.last_target
        if not self.is_tracked or self.kind not in LEVELS | {FLOW}:
            return Rule.NOT_TRACKED
        if target and (self.base == target.value or self.aims_backwards):
            return Rule.KEEP
        if self.direction in KEEP and not self.is_unsettled_at(moment):
            return Rule.KEEP
        if self.is_flow:
            return Rule.FLOW
        if self.baseline is None:
            return Rule.NO_BASELINE
        return Rule.RISE if self.is_upward else Rule.FALL

    @property
    def figures(self) -> Iterator[Figure]:
        if self.baseline:
            yield self.baseline
        for by_period in (self.targets, self.observations, self.partial):
            yield from by_period.values()


def period_order(code: str) -> tuple[date, int]:
    """By end, of one end the longest last."""
    span = periods.span(code)
    return span.end, -span.start.toordinal()


def known_by(by_period: Mapping[str, T], moment: periods.Span) -> dict[str, T]:
    known = [code for code in by_period if periods.span(code).end <= moment.end]
    return {code: by_period[code] for code in sorted(known, key=period_order)}


def amounts(case: Case, moment: periods.Span) -> dict[str, list[str]]:
    """The periods due, each with those that fill it if all are known.

    A longer period with a value replaces the shorter ones.
    """
    known = known_by(case.observations, moment)
    due = (code for code in case.due if periods.span(code).end <= moment.end)
    longest = (next((outer for outer in periods.enclosing(code) if outer in known), code) for code in due)
    return {code: periods.made_up_of(code, known) for code in longest}


class PeriodValue(NamedTuple):
    """`reported` is None for a complete figure."""

    figure: Figure | None
    reported: tuple[int, int] | None = None


def value_of_period(case: Case, code: str) -> PeriodValue:
    if codes := periods.filling(code, case.observations, is_flow=case.is_flow):
        return PeriodValue(_sum_of(code, [case.observations[piece] for piece in codes]))
    known = {**case.partial, **case.observations}
    if codes := periods.filling(code, known, is_flow=case.is_flow):
        reported = min(case.reported[piece] for piece in codes if piece in case.reported)
        return PeriodValue(_sum_of(code, [known[piece] for piece in codes]), reported)
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
    return sorted((code for code in codes if periods.span(code).end <= moment.end), key=period_order)
