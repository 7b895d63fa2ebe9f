"""What of an indicator in an area was known by a day."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from targets.engine import periods
from targets.engine.case import Thresholds
from targets.engine.figures import Figure


class DecidedTarget(NamedTuple):
    on: date
    year: int
    figure: Figure


class DecidedThresholds(NamedTuple):
    on: date
    thresholds: Thresholds


class PublishedValue(NamedTuple):
    """A figure, or the reason why there is none."""

    period: str
    figure: Figure | None
    numerator: Decimal | None
    denominator: Decimal | None
    unavailable_reason: str
    note: str

    @property
    def fraction(self) -> tuple[Figure, Figure] | None:
        """Numerator and denominator, where reported."""
        if self.figure is None or self.numerator is None or not self.denominator:
            return None
        exact = replace(self.figure, comparator="eq")
        return replace(exact, value=self.numerator), replace(exact, value=self.denominator)


def targets_by(day: date, decided: Iterable[DecidedTarget]) -> dict[int, Figure]:
    """By year; of several `decided` the last counts."""
    return {target.year: target.figure for target in decided if target.on <= day}


def thresholds_on(day: date, decided: Iterable[DecidedThresholds]) -> Thresholds:
    """Of several `decided` the last counts; the default before the first."""
    known = [decision.thresholds for decision in decided if decision.on <= day]
    return known[-1] if known else Thresholds()


def values_by(day: date, reports: Iterable[PublishedValue]) -> dict[str, PublishedValue]:
    return {row.period: row for row in _ended_by(day, reports) if row.figure}


def reasons_by(day: date, reports: Iterable[PublishedValue]) -> dict[str, str]:
    """Why a value cannot be had, by period."""
    return {row.period: row.unavailable_reason for row in _ended_by(day, reports) if not row.figure}


def _ended_by(day: date, reports: Iterable[PublishedValue]) -> list[PublishedValue]:
    return [row for row in reports if periods.span(row.period).end <= day]
