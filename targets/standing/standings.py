"""Where the indicators stand at a period, in a fixed number of queries."""

from collections.abc import Callable, Iterable
from copy import copy
from decimal import Decimal
from functools import cached_property, wraps
from threading import RLock

from targets.engine import periods, progress, published, roll_up
from targets.engine.case import Case, ended_by
from targets.engine.figures import Breakdown, Figure, RolledUp
from targets.engine.progress import Result
from targets.engine.published import DecidedTarget, PlanYears, PublishedValue
from targets.engine.stated import FALLING, StatedForm
from targets.models import Area, Indicator, Plan, RollUp
from targets.standing.inputs import CodesByKey, Inputs, ReadDuties, duty_rows

NO_NOTE = "填报中未说明原因"


def _once(method: Callable) -> Callable:

    @wraps(method)
    def cached(self, *arguments):
        key = (method, *arguments)
        with self._lock:
            if key not in self._cache:
                self._cache[key] = method(self, *arguments)
            return self._cache[key]

    return cached


class Standings:
    """What the public may know at the end of a period.

    Only `areas` and `indicators` are read, by default all; a city with what its parts report. Published
    observations of ended periods count, and targets decided by then. `rows` were read before, for several
    plans at once.
    """

    def __init__(
        self,
        plan: Plan,
        as_of: str,
        areas: Iterable[Area] | None = None,
        indicators: Iterable[Indicator] | None = None,
        rows: tuple[ReadDuties, Inputs] | None = None,
    ):
        self.plan = plan
        self.decided_thresholds = plan.decided_thresholds()
        self._set_moment(periods.span(as_of))
        self.indicators = list(Indicator.objects.of_plan(plan) if indicators is None else indicators)
        self._indicators = codes(self.indicators)
        if areas is None:
            areas = Area.objects.of_plan(plan)
        self.areas = list(areas)
        self._areas = codes(self.areas)
        self._predecessors = {area.pk: area.predecessor_id for area in self.areas if area.predecessor_id}
        self._duties, self._inputs = rows or self._read()
        self._by_moment: dict[str, Standings] = {}
        # Threads share a standings: the first who asks calculates, others wait.
        self._lock = RLock()

    def _read(self) -> tuple[ReadDuties, Inputs]:
        duties = ReadDuties(duty_rows(self._indicators))
        parts = duties.areas if any(map(self.plan.is_top, self.areas)) else {}
        predecessors = set(self._predecessors.values())
        reporting = self._areas | parts
        return duties, Inputs(self._indicators, self._areas, predecessors, reporting, self.moment.end)

    def _set_moment(self, moment: periods.Span):
        self.as_of, self.moment = moment.code, moment
        self._cache: dict = {}

    def by_year(self) -> dict[int, "Standings"]:
        """For each year of the plan that has ended."""
        ended = (year for year in self.plan.years if periods.year_end(year) <= self.moment.end)
        return {year: self.at(str(year)) for year in ended}

    def at(self, as_of: str) -> "Standings":
        """At an earlier period, without a query. Raises ValueError for a later one."""
        if as_of == self.as_of:
            return self
        moment = periods.span(as_of)
        if moment.end > self.moment.end:
            raise ValueError(f"{as_of} ends after {self.as_of}: not read")
        with self._lock:
            if as_of not in self._by_moment:
                earlier = copy(self)
                earlier._set_moment(moment)
                self._by_moment[as_of] = earlier
            return self._by_moment[as_of]

    @cached_property
    def city(self) -> Area:
        return next(filter(self.plan.is_top, self.areas))

    def results(self, area: Area) -> dict[Indicator, Result]:
        """The indicators that are tracked at that time, in the order of their codes."""
        return {indicator: self.result(indicator, area) for indicator in self.tracked}

    @property
    def tracked(self) -> list[Indicator]:
        return [row for row in self.indicators if row.is_tracked_on(self.moment.end)]

    @property
    def retired(self) -> list[tuple[Indicator, str]]:
        """The indicators that were tracked before, each with the words for it."""
        told = ((row, self.retirement(row)) for row in self.indicators if row.is_tracked)
        return [(row, words) for row, words in told if words]

    def retirement(self, indicator: Indicator) -> str:
        """Since when an indicator is not tracked, and by what it is followed; empty while it is."""
        if not indicator.is_retired_on(self.moment.end):
            return ""
        # A successor that the asker does not see is not named.
        seen = (row for row in self.indicators if row.pk == indicator.successor_id)
        return indicator.told_retirement(next(seen, None))

    @_once
    def result(self, indicator: Indicator, area: Area) -> Result:
        return progress.judge(self.case(indicator, area), self.as_of)

    def note(self, indicator: Indicator, area: Area, result: Result) -> str:
        """The note of the report that a value rests on."""
        value = result.judged.value if result.judged else result.actual
        if value is None:
            return ""
        known = self._values(indicator.pk, area.pk)
        code = periods.ending_with(value.period, known)
        if code is None:
            return f"由县市区汇总，没有{area.short_name}的填报"
        return known[code].note or NO_NOTE

    @_once
    def case(self, indicator: Indicator, area: Area) -> Case:
        is_flow = indicator.is_flow
        own = self._own_figures(indicator, area)
        rolled = self._rolled(indicator) if self.plan.is_top(area) else {}
        rolled = roll_up.without_own(own, rolled, is_flow=is_flow)
        reports = self._inputs.reports.of(indicator.pk, area.pk)
        rhythms = self._duties.rhythms[indicator.pk]
        place = roll_up.Place(
            area.pk, self.plan.years, has_parts=self.plan.is_top(area) and indicator.is_rolled_up
        )
        decided = self._decided(indicator, area.pk)
        return Case(
            kind=indicator.kind,
            direction=indicator.direction,
            start_year=self.plan.start_year,
            end_year=self.plan.end_year,
            area=area.code,
            baseline=self._baseline(indicator, area.pk),
            decided=[target for target in decided if published.counts_on(self.moment.end, target)],
            observations=own | roll_up.complete(rolled),
            rolled=rolled,
            unavailable=published.reasons_by(self.moment.end, reports),
            tiles=rhythms.tiles(place) if is_flow else (),
            due=rhythms.due_tiles(place) if is_flow else rhythms.due(place),
            decided_thresholds=self.decided_thresholds,
            scale=indicator.scale,
            is_tracked=indicator.is_tracked,
            retirement=self.retirement(indicator),
        )

    def missing(self, result: Result) -> dict[str, list[str]]:
        """The areas that a partial sum lacks, by period."""
        names = {area.code: area.short_name for area in self.areas}
        missing: dict[str, list[str]] = {}
        for area, period in result.partial.missing if result.partial else ():
            missing.setdefault(periods.span(period).label, []).append(names.get(area, area))
        return missing

    def roll_up(self, indicator: Indicator) -> dict[str, RolledUp]:
        """For each ended period in which a part has reported."""
        ended = ended_by(self._rolled(indicator), self.moment)
        return {code: up for code in ended if (up := self._rolled(indicator)[code]).figure}

    @_once
    def _rolled(self, indicator: Indicator) -> dict[str, RolledUp]:
        if not indicator.is_rolled_up:
            return {}
        parts = roll_up.Parts(
            city=self.city.pk,
            method=indicator.roll_up,
            scale=indicator.scale,
            is_flow=indicator.is_flow,
            rhythms=self._duties.rhythms[indicator.pk],
            values={area: self._values(indicator.pk, area) for area in self._duties.areas},
            codes=self._duties.areas,
        )
        return roll_up.roll_up(parts, self.plan.years, self.moment.end)

    def difference(self, indicator: Indicator) -> Decimal | None:
        """差额, of the period of the city's value."""
        actual = self.result(indicator, self.city).actual
        if actual is None:
            return None
        own, rolled = self._own_figures(indicator, self.city), self._rolled(indicator)
        is_flow = indicator.is_flow
        return roll_up.difference(own, rolled, actual.period, is_flow=is_flow)

    def breakdown_of_target(self, indicator: Indicator) -> Breakdown | None:
        """县市区分解 of the city's last target."""
        city = self.city.pk
        targets = self._targets(indicator, city)
        if indicator.roll_up != RollUp.SUM or not targets:
            return None
        parts = self._duties.rhythms[indicator.pk].of_parts_on(self.moment.end, city)
        by_code = {self._duties.areas[part]: self._targets(indicator, part) for part in parts}
        return roll_up.last_breakdown(targets, by_code)

    def _baseline(self, indicator: Indicator, area: int) -> Figure | None:
        """The area's own, else its predecessor's."""
        rows = self._inputs.baselines
        own = rows.of(indicator.pk, area) or rows.of(indicator.pk, self._predecessors.get(area))
        return own[0] if own else None

    def _targets(self, indicator: Indicator, area: int) -> dict[int, Figure]:
        """Those in force, by year."""
        return published.targets_by(self.moment.end, self._decided(indicator, area))

    def _decided(self, indicator: Indicator, area: int) -> list[DecidedTarget]:
        """The ledger. Raises ValueError for a series that was not read."""
        if indicator.pk not in self._indicators or area not in self._areas:
            raise ValueError(f"series {indicator.pk, area} was not asked for: not read")
        stated = self._inputs.targets.of(indicator.pk, area)
        if all(target.form == StatedForm.VALUE for target in stated):
            return stated
        baseline = self._baseline(indicator, area)
        years = PlanYears(self.plan.baseline_year, self.plan.start_year)
        falls = indicator.direction in FALLING
        known = (target.coming_to(baseline, years, falls=falls) for target in stated)
        return [target for target in known if target]

    def _own_figures(self, indicator: Indicator, area: Area) -> dict[str, Figure]:
        return {code: row.figure for code, row in self._values(indicator.pk, area.pk).items()}

    @_once
    def _values(self, indicator: int, area: int) -> dict[str, PublishedValue]:
        return published.values_by(self.moment.end, self._inputs.reports.of(indicator, area))


def codes(rows: Iterable[Area | Indicator]) -> CodesByKey:
    return {row.pk: row.code for row in rows}
