"""Numbers with their origin, and sums that name every record in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from targets.engine.labelled import LabelledCode
from targets.engine.quantities import SIGNS, half_up, plain

ROLLED_UP = "县市区汇总"


class InputRole(LabelledCode):
    BASELINE = "baseline", "基期值"
    TARGET = "target", "目标值"
    YEAR_TARGET = "year_target", "年度目标（序时）"
    ACTUAL = "actual", "完成值"
    AMOUNT = "amount", "一期的数（累计）"
    PART = "part", "县市区的数（汇总）"
    NUMERATOR = "numerator", "县市区的分子（汇总）"
    DENOMINATOR = "denominator", "县市区的分母（汇总）"


@dataclass(frozen=True)
class Figure:
    """An entered number has a `record`, a calculated one is `made_of` others.

    `quotient` is the exact value of a ratio, which few decimals hold.
    """

    value: Decimal
    comparator: str = "eq"
    period: str = ""
    origin: str = field(default="", compare=False)
    record: str = field(default="", compare=False)
    area: str = field(default="", compare=False)
    grade: str = field(default="", compare=False)
    made_of: tuple["Input", ...] = field(default=(), compare=False)
    quotient: Fraction | None = field(default=None, compare=False)

    @property
    def exact(self) -> Fraction:
        return Fraction(self.value) if self.quotient is None else self.quotient

    @property
    def shown(self) -> str:
        return f"{SIGNS[self.comparator]}{plain(self.rounded)}"

    @property
    def rounded(self) -> Decimal:
        return half_up(self.exact)

    @property
    def is_exact(self) -> bool:
        return self.comparator == "eq"


class Input(NamedTuple):
    role: InputRole
    figure: Figure


def used_as(role: InputRole, *figures: Figure | None) -> tuple[Input, ...]:
    return tuple(Input(role, figure) for figure in figures if figure)


def entered_inputs(role: InputRole, figure: Figure) -> tuple[Input, ...]:
    """Those that a figure is made of, or itself."""
    return figure.made_of or (Input(role, figure),)


def origins(figures: Iterable[Figure]) -> list[str]:
    entered = (used.figure for figure in figures for used in entered_inputs(InputRole.ACTUAL, figure))
    return list(dict.fromkeys(figure.origin for figure in entered if figure.origin))


LOWER_BOUNDS = frozenset({"ge", "gt", "near_above"})


def comparator_of_sum(figures: Iterable[Figure]) -> str:
    """Exact if all terms are; one inexact kind stays; several lower bounds give "at least".

    Any other mixture gives "near", so that it never counts as a target reached.
    """
    kinds = {figure.comparator for figure in figures} - {"eq"}
    if len(kinds) > 1:
        return "ge" if kinds <= LOWER_BOUNDS else "near_below"
    return kinds.pop() if kinds else "eq"


def total(role: InputRole, period: str, figures: Iterable[Figure], origin: str) -> Figure:
    figures = list(figures)
    return Figure(
        sum((figure.value for figure in figures), Decimal(0)),
        comparator_of_sum(figures),
        period,
        origin,
        made_of=tuple(used for figure in figures for used in entered_inputs(role, figure)),
    )


class RolledUp(NamedTuple):
    """A city's figure, with the numbers of reported and expected parts."""

    figure: Figure | None
    reported: int
    expected: int

    @property
    def is_complete(self) -> bool:
        return self.expected > 0 and self.reported == self.expected


def sum_of_parts(period: str, parts: Mapping[Any, Figure | None]) -> RolledUp:
    """None stands for a part that did not report."""
    reported = [figure for figure in parts.values() if figure is not None]
    figure = total(InputRole.PART, period, reported, ROLLED_UP) if reported else None
    return RolledUp(figure, len(reported), len(parts))


def ratio_of_parts(period: str, parts: Mapping[Any, tuple[Figure, Figure] | None], scale: int) -> RolledUp:
    """Σ numerator / Σ denominator, times `scale` (100 for percent)."""
    reported = [pair for pair in parts.values() if pair is not None]
    numerator = sum((above.value for above, _ in reported), Decimal(0))
    denominator = sum((below.value for _, below in reported), Decimal(0))
    figure = None
    if denominator:
        made_of = tuple(
            used
            for above, below in reported
            for used in (Input(InputRole.NUMERATOR, above), Input(InputRole.DENOMINATOR, below))
        )
        quotient = Fraction(numerator) * scale / Fraction(denominator)
        value = numerator * scale / denominator
        figure = Figure(value, period=period, origin=ROLLED_UP, made_of=made_of, quotient=quotient)
    return RolledUp(figure, len(reported), len(parts))


class Breakdown(NamedTuple):
    """县市区分解: `residual` is None unless all have a target."""

    city: Figure | None
    parts: RolledUp
    residual: Decimal | None


def breakdown(year: str, city: Figure | None, parts: Mapping[Any, Figure | None]) -> Breakdown:
    rolled = sum_of_parts(year, parts)
    residual = None
    if city and rolled.figure and rolled.is_complete:
        residual = city.value - rolled.figure.value
    return Breakdown(city, rolled, residual)
