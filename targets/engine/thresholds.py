"""The lowest schedule index for each status, a ledger with the day of decision."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from targets.engine.quantities import plain


@dataclass(frozen=True)
class Thresholds:
    ahead: Decimal = Decimal("1.1")
    on_schedule: Decimal = Decimal(1)
    slightly_behind: Decimal = Decimal("0.9")

    @property
    def shown(self) -> dict[str, str]:
        return {name: plain(value) for name, value in asdict(self).items()}


class DecidedThresholds(NamedTuple):
    on: date
    thresholds: Thresholds


def thresholds_on(day: date, decided: Iterable[DecidedThresholds]) -> Thresholds:
    """Of several `decided` the last counts; the default before the first."""
    known = [decision.thresholds for decision in decided if decision.on <= day]
    return known[-1] if known else Thresholds()
