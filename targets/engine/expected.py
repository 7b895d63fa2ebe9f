"""序时应达: the straight line between the two neighbouring points that are known."""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from targets.engine import periods
from targets.engine.figures import Figure
from targets.engine.quantities import half_up, plain, rounded


class Expected(NamedTuple):
    """`terms` is what gives the value: a number, or an expression."""

    value: Fraction
    terms: str
    year_targets: tuple[Figure, ...] = ()
    what: str = "序时应达"

    @property
    def short_terms(self) -> str:
        """The number, if four decimals hold it."""
        return shown(self.value) if half_up(self.value) == self.value else self.terms

    @property
    def formula(self) -> str:
        return self.terms if self.terms == shown(self.value) else f"{self.terms} = {rounded(self.value)}"


class Milestone(NamedTuple):
    """A known point of the expected line: months since the plan's start, and the value."""

    months: int
    value: Fraction
    target: Figure | None = None


def expected_at(
    start_year: int, base: Fraction, targets: Mapping[int, Figure], moment: periods.Span
) -> Expected:
    """Known are the baseline at the plan's start and the targets of single years; the last one stays."""
    elapsed = max(periods.months_since(start_year, moment.end), 0)
    known = [
        Milestone(0, base),
        *(
            Milestone(12 * (year - start_year + 1), target.exact, target)
            for year, target in sorted(targets.items())
        ),
    ]
    before = max(point for point in known if point.months <= elapsed)
    after = min((point for point in known if point.months > elapsed), default=None)
    if after is None or before.months == elapsed:
        what = f"序时应达（{before.target.period}年目标）" if before.target else "序时应达（基期）"
        return Expected(before.value, shown(before.value), _targets_of(before), what)
    way, length = after.value - before.value, after.months - before.months
    value = before.value + way * (elapsed - before.months) / length
    share = f"{elapsed - before.months} / {length}"
    terms = f"{shown(before.value)} + ({shown(after.value)} - {shown(before.value)}) * {share}"
    return Expected(value, terms, _targets_of(before, after))


def _targets_of(*points: Milestone) -> tuple[Figure, ...]:
    return tuple(point.target for point in points if point.target)


def shown(value: Fraction) -> str:
    """A number of a formula; most of its digits where it has no end."""
    return plain(half_up(value, 12))
