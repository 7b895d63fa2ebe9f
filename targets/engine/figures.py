"""Numbers with their origin, and sums that name every record in them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from targets.engine import periods
from targets.engine.labelled import LabelledCode
from targets.engine.quantities import SIGNS, half_up, plain

ROLLED_UP = "县市区汇总"
# Beside exactly its own number, 近6 and 不足6 fall below 6, 超过6 above it, 约6 to both sides.
BOTH_SIDES = (-1, 1)
SIDES: dict[str, tuple[int, ...]] = {
    "near_below": (-1,),
    "lt": (-1,),
    "near_above": (1,),
    "gt": (1,),
    "about": BOTH_SIDES,
}

# The grades of reports and of the plan's text; demonstration data stand under a banner.
PLAIN_GRADES = frozenset({"", "reported", "text", "demo"})
SECOND_HAND = frozenset({"media", "derived"})


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

    `quotient` is the exact value of a ratio, which few decimals hold. `day`: of a number that is not of its
    period's end.
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
    day: date | None = field(default=None, compare=False)
    # How a target follows from what the text states.
    derivation: str = field(default="", compare=False)

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

    @property
    def caveat(self) -> str:
        """Grade and day of what is not a report of its period's end: 媒体 2018-05-04."""
        if self.made_of:
            parts = dict.fromkeys(used.figure.caveat for used in self.made_of if used.figure.caveat)
            return f"含{'、'.join(parts)}" if parts else ""
        grade = "" if self.grade in PLAIN_GRADES else self.origin
        return " ".join(filter(None, [grade, self.day.isoformat() if self.day else ""]))

    @property
    def provenance(self) -> str:
        """Its origin, with the caveats of what it is made of: 媒体 2018-05-04."""
        if self.made_of:
            return "，".join(filter(None, [self.origin, self.caveat]))
        return " ".join(filter(None, [self.origin, self.day.isoformat() if self.day else ""]))

    @property
    def second_hand(self) -> str:
        """The grade of a baseline or target that no document states."""
        return self.origin if self.grade in SECOND_HAND else ""

    @property
    def grades(self) -> list[str]:
        return list(dict.fromkeys(used.figure.grade for used in entered_inputs(InputRole.ACTUAL, self)))

    @property
    def earliest_day(self) -> date | None:
        """The earliest day that is not its period's end."""
        days = (used.figure.day for used in entered_inputs(InputRole.ACTUAL, self))
        return min(filter(None, days), default=None)

    @property
    def sides(self) -> tuple[int, ...]:
        """Where it may lie beside exactly its own number: -1 below, 0 on it, 1 above."""
        return SIDES.get(self.comparator, (0,))


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


def comparator_of_sum(figures: Iterable[Figure]) -> str:
    entered = (used for figure in figures for used in entered_inputs(InputRole.AMOUNT, figure))
    return comparator_of({used.figure.comparator for used in entered})


def comparator_of(terms: set[str]) -> str:
    """As vague as the vaguest term: a lower bound makes it one, terms on both sides make it 约."""
    kinds = terms - {"eq"}
    if len(kinds) < 2:
        return kinds.pop() if kinds else "eq"
    bounds = kinds & {"ge", "le"}
    if len(bounds) == 1:
        return bounds.pop()
    sides = {side for kind in kinds for side in SIDES.get(kind, BOTH_SIDES)}
    if len(sides) > 1:
        return "about"
    return "near_below" if sides == {-1} else "near_above"


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
    """A city's figure from its parts; `missing` are the codes of those that did not report."""

    figure: Figure | None
    reported: int
    missing: tuple[str, ...] = ()

    @property
    def expected(self) -> int:
        return self.reported + len(self.missing)

    @property
    def is_complete(self) -> bool:
        return self.reported > 0 and not self.missing


def sum_of_parts(period: str, parts: Mapping[str, Figure | None], pieces: Iterable[Figure] = ()) -> RolledUp:
    """By area; None stands for a part that did not report, `pieces` are what is known of those."""
    reported = [figure for figure in parts.values() if figure is not None]
    known = [*reported, *pieces]
    reach = period if reported else periods.newest(piece.period for piece in known) if known else period
    figure = total(InputRole.PART, reach, known, ROLLED_UP) if known else None
    return RolledUp(figure, len(reported), _missing(parts))


class Ratio(NamedTuple):
    """As reported: 近90% may have exact terms."""

    numerator: Figure
    denominator: Figure
    comparator: str = "eq"


def ratio_of_parts(period: str, parts: Mapping[str, Ratio | None], scale: int) -> RolledUp:
    """Σ numerator / Σ denominator, times `scale` (100 for percent); as vague as its vaguest part."""
    reported = [ratio for ratio in parts.values() if ratio is not None]
    numerator = sum((above.value for above, *_ in reported), Decimal(0))
    denominator = sum((below.value for _, below, _ in reported), Decimal(0))
    figure = None
    if denominator:
        made_of = tuple(
            used
            for above, below, _ in reported
            for used in (Input(InputRole.NUMERATOR, above), Input(InputRole.DENOMINATOR, below))
        )
        quotient = Fraction(numerator) * scale / Fraction(denominator)
        value = numerator * scale / denominator
        comparator = comparator_of({ratio.comparator for ratio in reported})
        figure = Figure(value, comparator, period, ROLLED_UP, made_of=made_of, quotient=quotient)
    return RolledUp(figure, len(reported), _missing(parts))


def _missing(parts: Mapping[str, object | None]) -> tuple[str, ...]:
    return tuple(area for area, reported in parts.items() if reported is None)


class Breakdown(NamedTuple):
    """县市区分解: `residual` is None unless all have a target."""

    city: Figure | None
    parts: RolledUp
    residual: Decimal | None


def breakdown(year: str, city: Figure | None, parts: Mapping[str, Figure | None]) -> Breakdown:
    rolled = sum_of_parts(year, parts)
    residual = None
    if city and rolled.figure and rolled.is_complete:
        residual = city.value - rolled.figure.value
    return Breakdown(city, rolled, residual)
