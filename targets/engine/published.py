"""What of an indicator in an area was known by a day."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from targets.engine import periods
from targets.engine.figures import Figure, Ratio
from targets.engine.quantities import half_up
from targets.engine.stated import StatedForm, StatedTarget


class DecidedTarget(NamedTuple):
    """It counts from the day `on`; without a day always."""

    on: date | None
    year: int
    figure: Figure
    form: StatedForm = StatedForm.VALUE
    base_year: int | None = None

    def coming_to(self, baseline: Figure | None, span: "PlanYears", *, falls: bool) -> "DecidedTarget | None":
        """With what the stated number comes to as its figure; None where that cannot be known."""
        if self.form == StatedForm.VALUE:
            return self
        if self.base_year not in (None, span.baseline):
            return None
        years = self.year - (span.start - 1 if self.form == StatedForm.EVERY_YEAR else span.baseline)
        known = baseline.value if baseline else None
        amount = StatedTarget(self.form, self.figure.value, years, falls).amount(known)
        if amount is None:
            return None
        figure = replace(
            self.figure,
            value=half_up(amount.value),
            quotient=amount.value,
            derivation=f"{self.form.label}：{amount.formula}",
        )
        return self._replace(figure=figure, form=StatedForm.VALUE)


class PlanYears(NamedTuple):
    """Baseline and first year of a plan."""

    baseline: int
    start: int


class PublishedValue(NamedTuple):
    """A figure, or the reason why there is none."""

    period: str
    figure: Figure | None
    numerator: Decimal | None
    denominator: Decimal | None
    unavailable_reason: str
    note: str

    @property
    def fraction(self) -> Ratio | None:
        """Numerator and denominator, where reported."""
        if self.figure is None or self.numerator is None or not self.denominator:
            return None
        exact = replace(self.figure, comparator="eq")
        above, below = (replace(exact, value=value) for value in (self.numerator, self.denominator))
        return Ratio(above, below, self.figure.comparator)


def targets_by(day: date, decided: Iterable[DecidedTarget]) -> dict[int, Figure]:
    """By year; of several `decided` the last counts."""
    return {target.year: target.figure for target in decided if counts_on(day, target)}


def counts_on(day: date, target: DecidedTarget) -> bool:
    return target.on is None or target.on <= day


def values_by(day: date, reports: Iterable[PublishedValue]) -> dict[str, PublishedValue]:
    return {row.period: row for row in _ended_by(day, reports) if row.figure}


def reasons_by(day: date, reports: Iterable[PublishedValue]) -> dict[str, str]:
    """Why a value cannot be had, by period."""
    return {row.period: row.unavailable_reason for row in _ended_by(day, reports) if not row.figure}


def _ended_by(day: date, reports: Iterable[PublishedValue]) -> list[PublishedValue]:
    return [row for row in reports if periods.span(row.period).end <= day]
