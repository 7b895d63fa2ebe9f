"""Scales with round ticks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from targets.engine import periods
from targets.engine.charts.lettering import Box

MOST_STEPS = 5


def round_ticks(numbers: Iterable[Decimal]) -> list[Decimal]:
    """Steps of 1, 2 or 5 times a power of ten; whole for whole numbers. Starts at zero if near it."""
    numbers = list(numbers)
    is_whole = all(number == number.to_integral_value() for number in numbers)
    low, high = min(numbers), max(numbers)
    if low == high:
        room = max(abs(high) / 10, Decimal(1))
        low, high = low - room if low < 0 else max(low - room, Decimal(0)), high + room
    if 0 <= low < high - low:
        low = Decimal(0)
    step = _step((high - low) / MOST_STEPS, is_whole)
    return [place * step for place in range(floor(low / step), ceil(high / step) + 1)]


def _step(least: Decimal, is_whole: bool) -> Decimal:
    power = least.adjusted()
    steps = (Decimal(digit).scaleb(power) for digit in (1, 2, 5, 10))
    step = next(step for step in steps if step >= least)
    return max(step, Decimal(1)) if is_whole else step


@dataclass(frozen=True)
class Scale:
    """Years from left to right, numbers from bottom to top."""

    field: Box
    ticks: list[Decimal]
    start_year: int
    end_year: int

    def x(self, end: date) -> float:
        """Of the last day of a month."""
        share = periods.months_since(self.start_year, end) / (12 * (self.end_year - self.start_year + 1))
        return round(self.field.left + share * (self.field.right - self.field.left), 1)

    def y(self, value: Decimal | Fraction) -> float:
        share = float((Fraction(value) - Fraction(self.ticks[0])) / Fraction(self.ticks[-1] - self.ticks[0]))
        return round(self.field.bottom - share * (self.field.bottom - self.field.top), 1)
