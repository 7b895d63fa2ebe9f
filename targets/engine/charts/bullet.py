"""A bar for one row of a list: how far from the baseline to the target, and how far it should be."""

from decimal import Decimal
from typing import NamedTuple

from targets.engine.progress import Result
from targets.engine.status import Rule

WIDTH, HEIGHT = 120, 16
# All bars of a list are on one scale, in shares of the way; what lies beyond ends in an arrow.
LEAST, MOST = Decimal("-0.25"), Decimal("1.25")


class Bullet(NamedTuple):
    """The bar runs from `left` for `length`; `start`, `end` and `expected` are upright ticks.

    `points_left` and `points_right`: the way goes on beyond the bar's end.
    """

    start: float
    end: float
    left: float
    length: float
    expected: float
    points_left: bool
    points_right: bool
    width: int = WIDTH
    height: int = HEIGHT


def bullet(result: Result) -> Bullet | None:
    """The bar of a result; None where there is no way to speak of: no target, no baseline, no value."""
    if result.progress is None or result.expected is None:
        return None
    base = Decimal(0) if result.rule == Rule.FLOW else result.baseline.value
    expected = (result.expected - base) / (result.target.value - base)
    start, actual = _x(Decimal(0)), _x(result.progress)
    return Bullet(
        start=start,
        end=_x(Decimal(1)),
        left=min(start, actual),
        length=round(abs(actual - start), 1),
        expected=_x(expected),
        points_left=result.progress < LEAST,
        points_right=result.progress > MOST,
    )


def _x(share: Decimal) -> float:
    within = min(max(share, LEAST), MOST)
    return round(float((within - LEAST) / (MOST - LEAST)) * WIDTH, 1)
