"""Who reports how often, and the city's figures made from its areas'."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from targets.engine import figures, periods
from targets.engine.figures import Figure, InputRole, RolledUp
from targets.engine.published import PublishedValue

RATIO = "ratio"


class DutyTerm(NamedTuple):
    """Every `months` months; None is no limit."""

    area: int
    months: int
    valid_from: date | None
    valid_to: date | None


class Rhythms:
    """Who reports one indicator, and how often."""

    def __init__(self, terms: Iterable[DutyTerm] = ()):
        self._terms = list(terms)
        self._by_day: dict[date, dict[int, int]] = {}
        self._parts_by_day: dict[tuple[date, int], dict[int, int]] = {}

    def on(self, day: date) -> Mapping[int, int]:
        """The months between two reports, by area; of two duties the shorter."""
        if day not in self._by_day:
            reporting: dict[int, int] = {}
            for area, months, first, last in self._terms:
                if periods.is_within(day, first, last):
                    reporting[area] = min(months, reporting.get(area, months))
            # Once it is complete: other threads read it.
            self._by_day[day] = reporting
        return self._by_day[day]

    def of_parts_on(self, day: date, city: int) -> Mapping[int, int]:
        if (day, city) not in self._parts_by_day:
            reporting = {area: months for area, months in self.on(day).items() if area != city}
            self._parts_by_day[day, city] = reporting
        return self._parts_by_day[day, city]

    def periods_of_parts(self, city: int, years: Iterable[int]) -> Iterator[str]:
        """In each year's longest rhythm: in a shorter one parts lack values."""
        for year in years:
            if reporting := self.of_parts_on(periods.year_end(year), city):
                yield from periods.within(year, year, max(reporting.values()))

    def tiles(self, place: "Place") -> list[str]:
        """The periods that a flow is summed over: each year in the rhythm of its last day."""
        by_year = ((year, self._months(place, periods.year_end(year))) for year in place.years)
        return [code for year, months in by_year for code in periods.within(year, year, months)]

    def due(self, place: "Place") -> list[str]:
        """The periods in whose rhythm the place reports on their last day, in the order of time."""
        begin = self._first_day(place)
        return sorted(
            (
                code
                for code in _all_within(place.years[0], place.years[-1])
                for span in [periods.span(code)]
                if begin <= span.end and span.months == self._months(place, span.end)
            ),
            key=periods.order,
        )

    def due_tiles(self, place: "Place") -> list[str]:
        begin = self._first_day(place)
        return [code for code in self.tiles(place) if begin <= periods.span(code).end]

    def _months(self, place: "Place", day: date) -> int:
        """An area's own rhythm, else the longest of the city's parts, else yearly."""
        if own := self.on(day).get(place.area):
            return own
        parts = self.of_parts_on(periods.year_end(day.year), place.area) if place.has_parts else {}
        return max(parts.values(), default=12)

    def _first_day(self, place: "Place") -> date:
        """When the first duty begins; without any, always."""
        begins = [
            first or date.min for area, _, first, _ in self._terms if area == place.area or place.has_parts
        ]
        return min(begins, default=date.min)


@cache
def _all_within(start_year: int, end_year: int) -> tuple[str, ...]:
    return tuple(code for months in (12, 6, 3) for code in periods.within(start_year, end_year, months))


class Place(NamedTuple):
    """An indicator in an area. `has_parts`: its figures are made of those of its parts."""

    area: int
    years: range
    has_parts: bool = False


@dataclass(frozen=True)
class Parts:
    """`values` by area and period; `method` is "sum" or "ratio", `scale` 100 for percentages."""

    city: int
    method: str
    scale: int
    is_flow: bool
    rhythms: Rhythms
    values: Mapping[int, Mapping[str, PublishedValue]]
    codes: Mapping[int, str]


def roll_up(parts: Parts, years: Iterable[int], until: date) -> dict[str, RolledUp]:
    """For the periods that any part was expected to report: ended ones, and a flow's running one."""
    spans = map(periods.span, parts.rhythms.periods_of_parts(parts.city, years))
    begun = [span for span in spans if (span.start if parts.is_flow else span.end) <= until]
    of_period = _amounts_of if parts.is_flow else _levels_of
    rolled = {span.code: of_period(parts, span) for span in begun}
    return {code: up for code, up in rolled.items() if up.expected}


def _levels_of(parts: Parts, span: periods.Span) -> RolledUp:
    """A part's level of a period is its own, else that of the longest other one that ends on the same day."""
    reports = {
        parts.codes[area]: known[code] if (code := periods.ending_with(span.code, known)) else None
        for area, known in _expected(parts, span)
    }
    if parts.method == RATIO:
        pairs = {area: row and row.fraction for area, row in reports.items()}
        return figures.ratio_of_parts(span.code, pairs, parts.scale)
    return figures.sum_of_parts(span.code, {area: row and row.figure for area, row in reports.items()})


def _amounts_of(parts: Parts, span: periods.Span) -> RolledUp:
    """A part that has only some shorter periods adds them, and counts as missing."""
    whole: dict[str, Figure | None] = {}
    pieces: list[Figure] = []
    for area, known in _expected(parts, span):
        filling = periods.made_up_of(span.code, known)
        rows = (known[code] for code in filling or periods.pieces_of(span.code, known))
        amounts = [row.figure for row in rows if row.figure]
        whole[parts.codes[area]] = _amount(span.code, amounts) if filling else None
        pieces += [] if filling else amounts
    return figures.sum_of_parts(span.code, whole, pieces)


def _expected(parts: Parts, span: periods.Span) -> Iterator[tuple[int, Mapping[str, PublishedValue]]]:
    return ((area, parts.values[area]) for area in parts.rhythms.of_parts_on(span.end, parts.city))


def _amount(code: str, amounts: list[Figure]) -> Figure | None:
    if len(amounts) < 2:
        return amounts[0] if amounts else None
    return figures.total(InputRole.PART, code, amounts, amounts[0].origin)


def complete(rolled: Mapping[str, RolledUp]) -> dict[str, Figure]:
    """The figures to which every part contributed."""
    return {code: up.figure for code, up in rolled.items() if up.figure and up.is_complete}


def without_own(
    own: Mapping[str, Figure], rolled: Mapping[str, RolledUp], *, is_flow: bool
) -> dict[str, RolledUp]:
    """The figures of periods without an own value of the city."""
    return {code: up for code, up in rolled.items() if not periods.filling(code, own, is_flow=is_flow)}


def difference(
    own: Mapping[str, Figure], rolled: Mapping[str, RolledUp], period: str, *, is_flow: bool
) -> Decimal | None:
    """差额: own value less the sum of all parts, of the shortest period around one that both fill."""
    parts = complete(rolled)
    for code in reversed(periods.enclosing(period)):
        own_codes, part_codes = (periods.filling(code, known, is_flow=is_flow) for known in (own, parts))
        if own_codes and part_codes:
            return _sum_of(own, own_codes) - _sum_of(parts, part_codes)
    return None


def _sum_of(by_period: Mapping[str, Figure], codes: Iterable[str]) -> Decimal:
    return sum((by_period[code].value for code in codes), Decimal(0))


def last_breakdown(
    city: Mapping[int, Figure], parts: Mapping[str, Mapping[int, Figure]]
) -> figures.Breakdown | None:
    """县市区分解 of the last target, from targets by year."""
    if not city or not parts:
        return None
    year = max(city)
    return figures.breakdown(
        str(year), city[year], {area: targets.get(year) for area, targets in parts.items()}
    )
