"""A bar for a row of a list: progress from baseline to target."""

from fractions import Fraction
from typing import NamedTuple

from targets.engine.progress import Result
from targets.engine.status import Rule

WIDTH, HEIGHT = 120, 16
# All bars of a list share one scale of progress.
LEAST, MOST = Fraction(-1, 4), Fraction(5, 4)


class Bullet(NamedTuple):
    """`start`, `end` and `expected` are ticks."""

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
    """None without a target, a baseline or a value."""
    if result.progress is None or result.expected is None or result.target is None:
        return None
    base = result.baseline.exact if result.baseline and result.rule != Rule.FLOW else Fraction(0)
    expected = (result.expected - base) / (result.target.exact - base)
    progress = result.progress.value
    start, actual = _x(Fraction(0)), _x(progress)
    return Bullet(
        start=start,
        end=_x(Fraction(1)),
        left=min(start, actual),
        length=round(abs(actual - start), 1),
        expected=_x(expected),
        points_left=progress < LEAST,
        points_right=progress > MOST,
    )


def _x(share: Fraction) -> float:
    within = min(max(share, LEAST), MOST)
    return round(float((within - LEAST) / (MOST - LEAST)) * WIDTH, 1)
