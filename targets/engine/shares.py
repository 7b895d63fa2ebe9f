"""Shares of the way to a target."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from targets.engine.quantities import PLACES, half_up


@dataclass(frozen=True, order=True)
class Share:
    """A share of the target, or of the way to it: 0.5 is half. `is_short`: it has not reached it.

    What is short of the target never reads as the whole.
    """

    value: Fraction
    is_short: bool = False

    @property
    def rounded(self) -> Decimal:
        return self._rounded(PLACES)

    @property
    def percent(self) -> Decimal:
        """63.7 for 0.637."""
        return 100 * self._rounded(3)

    def _rounded(self, places: int) -> Decimal:
        rounded = half_up(self.value, places)
        return min(rounded, 1 - Decimal(1).scaleb(-places)) if self.is_short else rounded
