"""What the engine is fed with: of the rows that it needs the columns that it needs, and no more.

A page rests on a thousand rows. As instances of their models they cost more than all that is reckoned from
them, hence plain values.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from targets.engine import periods
from targets.engine.figures import Figure
from targets.models import Baseline, Comparator, Grade, Observation, ReportingDuty, Target

CodesByKey = dict[int, str]
SERIES = ("indicator_id", "area_id")
NUMBER = ("value", "comparator", "grade")
GRADES = dict(Grade.choices)


class Decided(NamedTuple):
    """A target of a year, and the day from which it counts."""

    on: date
    year: int
    figure: Figure


class Reported(NamedTuple):
    """What is published of a period: a figure, or why there is none."""

    period: str
    figure: Figure | None
    numerator: Decimal | None
    denominator: Decimal | None
    unavailable_reason: str
    note: str

    @property
    def fraction(self) -> tuple[Figure, Figure] | None:
        """Numerator and denominator of a ratio, where it was reported with them."""
        if not self.denominator:
            return None
        whole = replace(self.figure, comparator=Comparator.EQ)
        return replace(whole, value=self.numerator), replace(whole, value=self.denominator)


class Rhythms:
    """Who reports what of some indicators, and how often, as the duties say."""

    def __init__(self, indicators: CodesByKey):
        self._duties = defaultdict(list)
        # By area, because what is added up is told in this order.
        rows = ReportingDuty.objects.filter(indicator__in=indicators).order_by("area__code", "valid_from")
        columns = ("area__code", *SERIES, "frequency", "valid_from", "valid_to")
        self.areas: CodesByKey = {}
        for code, indicator, area, *terms in rows.values_list(*columns):
            self.areas[area] = code
            self._duties[indicator].append((area, *terms))
        self._by_day: dict[tuple[int, date], dict[int, int]] = {}

    def on(self, indicator: int, day: date) -> dict[int, int]:
        """The areas that report on a day, each with the months between two reports."""
        if (indicator, day) not in self._by_day:
            found = self._by_day[indicator, day] = {}
            for area, months, first, last in self._duties[indicator]:
                if periods.is_within(day, first, last):
                    found.setdefault(area, months)
        return self._by_day[indicator, day]


class Series:
    """Rows by what they are a series of, made into what the engine takes where it asks for them."""

    def __init__(self, rows: Iterable[tuple], make: Callable):
        self._make = make
        self._rows, self._made = defaultdict(list), {}
        for indicator, area, *row in rows:
            self._rows[indicator, area].append(row)

    def of(self, indicator: int, area: int) -> list:
        key = indicator, area
        if key not in self._made:
            self._made[key] = [self._make(*key, *row) for row in self._rows.get(key, ())]
        return self._made[key]


class Inputs:
    """What is known by a day of some indicators and areas, both given as codes by primary key.

    Targets are those of the areas `asked` about, baselines those of their predecessors too, reports those of
    all areas `reporting`. The keys are listed in each query: an index leads to these rows past all others.
    """

    def __init__(
        self,
        indicators: CodesByKey,
        asked: CodesByKey,
        predecessors: set[int],
        reporting: CodesByKey,
        until: date,
    ):
        self._indicators = indicators
        self.baselines = Series(self._baseline_rows({*asked, *predecessors}), partial(_baseline, indicators))
        self.targets = Series(self._target_rows(asked, until), partial(_decided, indicators, reporting))
        self.reports = Series(self._report_rows(reporting, until), partial(_reported, indicators, reporting))

    def _baseline_rows(self, areas: Iterable[int]) -> Iterable[tuple]:
        rows = Baseline.objects.filter(indicator__in=self._indicators, area__in=areas).order_by()
        return rows.values_list(*SERIES, "area__code", "year", *NUMBER)

    def _target_rows(self, areas: Iterable[int], until: date) -> Iterable[tuple]:
        """In the order in which they were decided: of several on one year the last one counts."""
        rows = Target.objects.filter(indicator__in=self._indicators, area__in=areas, decided_on__lte=until)
        decided = rows.within_plan().order_by("decided_on", "pk")
        return decided.values_list(*SERIES, "decided_on", "year", *NUMBER)

    def _report_rows(self, areas: Iterable[int], until: date) -> Iterable[tuple]:
        """Those of periods that had ended, in the order of the periods."""
        rows = Observation.objects.published().filter(indicator__in=self._indicators, area__in=areas)
        ended = rows.filter(period__end__lte=until).order_by("period__end", "-period__start")
        columns = ("period__code", "revision", "numerator", "denominator", "unavailable_reason", "note")
        return ended.values_list(*SERIES, *columns, *NUMBER)


# With `indicators` and `areas` as codes by primary key, and a row's columns. Methods of Inputs would not do:
# it would hold what holds it, and a page's thousand rows would stay until they are looked for as a circle.


def _baseline(indicators: CodesByKey, indicator: int, _, area: str, year: int | None, *number) -> Figure:
    return _figure(f"baseline/{indicators[indicator]}/{area}", area, str(year or ""), *number)


def _decided(
    indicators: CodesByKey, areas: CodesByKey, indicator: int, area: int, on: date, year: int, *number
) -> Decided:
    record = f"target/{indicators[indicator]}/{areas[area]}/{year}/{on.isoformat()}"
    return Decided(on, year, _figure(record, areas[area], str(year), *number))


def _reported(
    indicators: CodesByKey,
    areas: CodesByKey,
    indicator: int,
    area: int,
    period: str,
    revision: int,
    above: Decimal | None,
    below: Decimal | None,
    reason: str,
    note: str,
    *number,
) -> Reported:
    if reason:
        return Reported(period, None, above, below, reason, note)
    record = f"observation/{indicators[indicator]}/{areas[area]}/{period}/r{revision}"
    return Reported(period, _figure(record, areas[area], period, *number), above, below, reason, note)


def _figure(record: str, area: str, period: str, value: Decimal, comparator: str, grade: str) -> Figure:
    return Figure(value, comparator, period, GRADES[grade], record, area, grade)
