"""Rows for the engine as plain values: model instances would cost more than the engine itself."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Generic, TypeVar

from targets.engine import periods
from targets.engine.figures import Figure
from targets.engine.published import DecidedTarget, PublishedValue
from targets.engine.roll_up import DutyTerm, Rhythms
from targets.engine.stated import StatedForm
from targets.models import Baseline, Grade, Observation, ReportingDuty, Target

CodesByKey = dict[int, str]
T = TypeVar("T")
SERIES = ("indicator_id", "area_id")
NUMBER = ("value", "comparator", "grade")
GRADES = dict(Grade.choices)
FORMS = {form.value: form for form in StatedForm}


def duty_rows(indicators: CodesByKey) -> Iterable[tuple]:
    """The columns that `ReadDuties` takes; sums name their parts in the order of the areas' codes."""
    rows = ReportingDuty.objects.filter(indicator__in=indicators).order_by("area__code", "valid_from")
    return rows.values_list("area__code", *SERIES, "frequency", "valid_from", "valid_to")


class ReadDuties:
    """The duties of some indicators, with all areas that ever had one."""

    def __init__(self, rows: Iterable[tuple]):
        self.areas: CodesByKey = {}
        terms: dict[int, list[DutyTerm]] = defaultdict(list)
        for code, indicator, area, *term in rows:
            self.areas[area] = code
            terms[indicator].append(DutyTerm(area, *term))
        self.rhythms = defaultdict(Rhythms, {key: Rhythms(own) for key, own in terms.items()})


class SeriesByKey(Generic[T]):
    """Rows by indicator and area, converted when they are first asked for."""

    def __init__(self, rows: Iterable[tuple], make: Callable[..., T]):
        self._make = make
        self._rows: dict[tuple[int, int | None], list[list]] = defaultdict(list)
        self._made: dict[tuple[int, int | None], list[T]] = {}
        for indicator, area, *row in rows:
            self._rows[indicator, area].append(row)

    def of(self, indicator: int, area: int | None) -> list[T]:
        key = indicator, area
        if key not in self._made:
            self._made[key] = [self._make(*key, *row) for row in self._rows.get(key, ())]
        return self._made[key]


class Inputs:
    """What is known by a day of some indicators and areas, given as codes by primary key.

    Reports are those of all areas `reporting`. Each query lists the keys, so that it uses an index.
    """

    def __init__(
        self,
        indicators: CodesByKey,
        areas: CodesByKey,
        predecessors: set[int],
        reporting: CodesByKey,
        until: date,
    ):
        self._indicators = indicators
        baselines = self._baseline_rows({*areas, *predecessors})
        targets, reports = self._target_rows(areas, until), self._report_rows(reporting, until)
        # Functions, not methods: a reference cycle would keep a page's rows until garbage collection.
        self.baselines = SeriesByKey(baselines, partial(_baseline, indicators))
        self.targets = SeriesByKey(targets, partial(_target, indicators, reporting))
        self.reports = SeriesByKey(reports, partial(_value, indicators, reporting))

    def _baseline_rows(self, areas: Iterable[int]) -> Iterable[tuple]:
        rows = Baseline.objects.filter(indicator__in=self._indicators, area__in=areas).order_by()
        return rows.values_list(*SERIES, "area__code", "year", *NUMBER)

    def _target_rows(self, areas: Iterable[int], until: date) -> Iterable[tuple]:
        """In the order of decision."""
        rows = Target.objects.filter(indicator__in=self._indicators, area__in=areas).decided_by(until)
        decided = rows.within_plan().in_order_of_decision()
        return decided.values_list(*SERIES, "decided_on", "year", "form", "base_year", *NUMBER)

    def _report_rows(self, areas: Iterable[int], until: date) -> Iterable[tuple]:
        rows = Observation.objects.published().filter(indicator__in=self._indicators, area__in=areas)
        ended = rows.filter(period__end__lte=until).order_by("period__end", "-period__start")
        columns = (
            *("period__code", "revision", "as_of_date", "numerator", "denominator"),
            *("unavailable_reason", "note"),
        )
        return ended.values_list(*SERIES, *columns, *NUMBER)


def _baseline(indicators: CodesByKey, indicator: int, _, area: str, year: int | None, *number) -> Figure:
    return _figure(f"baseline/{indicators[indicator]}/{area}", area, str(year or ""), *number)


def _target(
    indicators: CodesByKey,
    areas: CodesByKey,
    indicator: int,
    area: int,
    on: date | None,
    year: int,
    form: str,
    base_year: int | None,
    *number,
) -> DecidedTarget:
    record = "/".join(["target", indicators[indicator], areas[area], str(year), str(on or "")])
    figure = _figure(record, areas[area], str(year), *number)
    return DecidedTarget(on, year, figure, FORMS[form], base_year)


def _value(
    indicators: CodesByKey,
    areas: CodesByKey,
    indicator: int,
    area: int,
    period: str,
    revision: int,
    day: date | None,
    numerator: Decimal | None,
    denominator: Decimal | None,
    reason: str,
    note: str,
    *number,
) -> PublishedValue:
    figure = None
    if not reason:
        record = f"observation/{indicators[indicator]}/{areas[area]}/{period}/r{revision}"
        day = None if day == periods.span(period).end else day
        figure = replace(_figure(record, areas[area], period, *number), day=day)
    return PublishedValue(period, figure, numerator, denominator, reason, note)


def _figure(record: str, area: str, period: str, value: Decimal, comparator: str, grade: str) -> Figure:
    return Figure(value, comparator, period, GRADES[grade], record, area, grade)
