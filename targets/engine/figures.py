"""The numbers that the engine works with: where each comes from, and a city's from those of its parts.

Pure. What is reckoned keeps what it was made of, so that a result can name every record behind it.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from targets.engine.quantities import SIGNS, rounded

ROLLED_UP = "县市区汇总"


class InputRole(StrEnum):
    """What a figure is to a result."""

    BASELINE = "baseline"
    TARGET = "target"
    YEAR_TARGET = "year_target"
    ACTUAL = "actual"
    AMOUNT = "amount"
    PART = "part"
    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


ROLE_LABELS = {
    InputRole.BASELINE: "基期值",
    InputRole.TARGET: "目标值",
    InputRole.YEAR_TARGET: "年度目标（序时）",
    InputRole.ACTUAL: "完成值",
    InputRole.AMOUNT: "一期的数（累计）",
    InputRole.PART: "县市区的数（汇总）",
    InputRole.NUMERATOR: "县市区的分子（汇总）",
    InputRole.DENOMINATOR: "县市区的分母（汇总）",
}


@dataclass(frozen=True)
class Figure:
    """A number with what a reader may ask of it: its comparator, its period or year, where it comes from.

    One that was entered has the lasting name of its `record`, with its `area` and `grade`; one that was
    reckoned is `made_of` others.
    """

    value: Decimal
    comparator: str = "eq"
    period: str = ""
    origin: str = field(default="", compare=False)
    record: str = field(default="", compare=False)
    area: str = field(default="", compare=False)
    grade: str = field(default="", compare=False)
    made_of: tuple["Input", ...] = field(default=(), compare=False)

    @property
    def shown(self) -> str:
        return f"{SIGNS[self.comparator]}{rounded(self.value)}"

    @property
    def is_exact(self) -> bool:
        return self.comparator == "eq"


class Input(NamedTuple):
    """A figure that went into a result, and as what."""

    role: InputRole
    figure: Figure


def used_as(role: InputRole, *figures: Figure | None) -> tuple[Input, ...]:
    return tuple(Input(role, figure) for figure in figures if figure)


def entered_behind(role: InputRole, figure: Figure) -> tuple[Input, ...]:
    """What was entered behind a figure: what it is made of, or itself."""
    return figure.made_of or (Input(role, figure),)


def origins(figures: Iterable[Figure]) -> list[str]:
    """Where all that was entered behind figures comes from, each kind of source once."""
    entered = (one.figure for figure in figures for one in entered_behind(InputRole.ACTUAL, figure))
    return list(dict.fromkeys(figure.origin for figure in entered if figure.origin))


# "At least" and its like; a sum of several such is at least its number.
LOWER_BOUNDS = frozenset({"ge", "gt", "near_above"})


def comparator_of_sum(figures: Iterable[Figure]) -> str:
    """How exact a sum is: exact only if all that is summed is, else as inexact as its terms.

    Terms of several kinds that are all lower bounds give "at least"; any other mixture is said to be "near",
    so that it never passes for a target that it may not have reached.
    """
    kinds = {figure.comparator for figure in figures} - {"eq"}
    if len(kinds) > 1:
        return "ge" if kinds <= LOWER_BOUNDS else "near_below"
    return kinds.pop() if kinds else "eq"


def total(role: InputRole, period: str, figures: Iterable[Figure], origin: str) -> Figure:
    """The sum of figures, which names what was entered behind each of them."""
    figures = list(figures)
    return Figure(
        sum((figure.value for figure in figures), Decimal(0)),
        comparator_of_sum(figures),
        period,
        origin,
        made_of=tuple(one for figure in figures for one in entered_behind(role, figure)),
    )


class RolledUp(NamedTuple):
    """A city's figure made of its parts: `figure` of those that reported, `n` of `of` of them."""

    figure: Figure | None
    n: int
    of: int

    @property
    def is_complete(self) -> bool:
        return self.of > 0 and self.n == self.of


def sum_of_parts(period: str, parts: Mapping[Hashable, Figure | None]) -> RolledUp:
    """The sum over the areas expected to report; `parts` has None for one that did not."""
    there = [figure for figure in parts.values() if figure is not None]
    figure = total(InputRole.PART, period, there, ROLLED_UP) if there else None
    return RolledUp(figure, len(there), len(parts))


class Breakdown(NamedTuple):
    """县市区分解: the city's target of a year, what those of its parts add up to, and what is left over.

    `residual` is None while the city or one of its parts has no target of that year.
    """

    city: Figure | None
    parts: RolledUp
    residual: Decimal | None


def breakdown(year: str, city: Figure | None, parts: Mapping[Hashable, Figure | None]) -> Breakdown:
    whole = sum_of_parts(year, parts)
    residual = city.value - whole.figure.value if city and whole.is_complete else None
    return Breakdown(city, whole, residual)


def ratio_of_parts(
    period: str, parts: Mapping[Hashable, tuple[Figure, Figure] | None], scale: int
) -> RolledUp:
    """Σ numerator / Σ denominator, times `scale` (100 for percent): never an average of ratios."""
    there = [pair for pair in parts.values() if pair is not None]
    above = sum((numerator.value for numerator, _ in there), Decimal(0))
    below = sum((denominator.value for _, denominator in there), Decimal(0))
    figure = None
    if below:
        made_of = tuple(
            Input(role, part)
            for pair in there
            for role, part in zip((InputRole.NUMERATOR, InputRole.DENOMINATOR), pair, strict=True)
        )
        figure = Figure(above / below * scale, period=period, origin=ROLLED_UP, made_of=made_of)
    return RolledUp(figure, len(there), len(parts))
