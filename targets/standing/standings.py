"""Where the indicators stand at a period: the engine fed from the database, in a fixed number of queries."""

from collections.abc import Collection, Iterable
from copy import copy
from datetime import date
from decimal import Decimal
from functools import cached_property, wraps

from django.db.models import Q

from targets.engine import figures, periods, progress
from targets.engine.figures import Figure, InputRole
from targets.engine.progress import Case, Result
from targets.models import Area, Indicator, IndicatorKind, Plan, RollUp
from targets.standing.inputs import CodesByKey, Inputs, Reported, Rhythms

NO_NOTE = "填报中未说明原因"
NO_REPORT = "由县市区汇总，没有全市的填报"


def _once(method):
    """Reckoned once by each Standings, however many parts of a page ask."""

    @wraps(method)
    def ask(self, *about):
        key = (method, *about)
        if key not in self._found:
            self._found[key] = method(self, *about)
        return self._found[key]

    return ask


class Standings:
    """All that the public may know at the end of a period, ready to be judged.

    Only published observations count, and only those of periods that had ended; a target counts from the
    day of its decision on. What was due in a period is what the duties valid on its last day say.

    `areas` are those that will be asked about, by default all that the plan years belong to and all that ever
    had to report; so are the `indicators`, by default all of the plan. A city is read with what its parts
    report. Nothing else is read, however much there is.
    """

    def __init__(
        self,
        plan: Plan,
        as_of: str,
        areas: Collection[Area] | None = None,
        indicators: Collection[Indicator] | None = None,
    ):
        self.plan = plan
        self._look_from(periods.span(as_of))
        self.indicators = list(Indicator.objects.filter(plan=plan) if indicators is None else indicators)
        self._indicators = _codes(self.indicators)
        self._rhythms = Rhythms(self._indicators)
        self.areas = self._all_areas() if areas is None else list(areas)
        self._asked = _codes(self.areas)
        self._inputs = Inputs(
            self._indicators,
            self._asked,
            {area.predecessor_id for area in self.areas if area.predecessor_id},
            self._asked | (self._rhythms.areas if any(area.is_city for area in self.areas) else {}),
            self.moment.end,
        )

    def _all_areas(self) -> list[Area]:
        return list(Area.objects.filter(Q(successor=None) | Q(pk__in=self._rhythms.areas)))

    def _look_from(self, moment: periods.Span):
        self.as_of, self.moment = moment.code, moment
        self._found = {}

    def by_year(self) -> dict[int, "Standings"]:
        """The standings at the end of each year of the plan that was over at the moment looked from."""
        over = (year for year in self.plan.years if _last_day(year) <= self.moment.end)
        return {year: self.at(str(year)) for year in over}

    def at(self, as_of: str) -> "Standings":
        """The standings at the end of an earlier period, without another query.

        Raises ValueError for a period that ends after the one that was read for.
        """
        moment = periods.span(as_of)
        if moment.end > self.moment.end:
            raise ValueError(f"{as_of} ends after {self.as_of}: not read")
        earlier = copy(self)
        earlier._look_from(moment)
        return earlier

    @cached_property
    def city(self) -> Area:
        return next(area for area in self.areas if area.is_city)

    def results(self, area: Area) -> dict[Indicator, Result]:
        """Each tracked indicator with its standing in an area, in the order of their codes."""
        return {
            indicator: self.result(indicator, area) for indicator in self.indicators if indicator.is_tracked
        }

    @_once
    def result(self, indicator: Indicator, area: Area) -> Result:
        return progress.judge(self.case(indicator, area), self.as_of)

    def note(self, indicator: Indicator, area: Area, result: Result) -> str:
        """What was said with the report that a value rests on, or that nothing was, or that there is none."""
        if result.actual is None:
            return ""
        row = self._valued(indicator.pk, area.pk).get(result.actual.period)
        return (row.note or NO_NOTE) if row else NO_REPORT

    @_once
    def case(self, indicator: Indicator, area: Area) -> Case:
        series = indicator.pk, area.pk
        own = {code: row.figure for code, row in self._valued(*series).items()}
        rolled = self._rolled(indicator) if area.is_city else {}
        made = {code: up for code, up in rolled.items() if not indicator.filling(code, own)}
        return Case(
            kind=indicator.kind,
            direction=indicator.direction,
            start_year=self.plan.start_year,
            end_year=self.plan.end_year,
            baseline=self._baseline(indicator, area),
            targets=self._targets(*series),
            observations=own | {code: up.figure for code, up in made.items() if up.is_complete},
            partial={code: up.figure for code, up in made.items() if up.figure and not up.is_complete},
            reported={code: (up.n, up.of) for code, up in made.items()},
            unavailable=self._unavailable(*series),
            due=self._due(indicator, area) if indicator.kind == IndicatorKind.FLOW else (),
            thresholds=self.plan.thresholds,
            scale=indicator.scale,
            is_tracked=indicator.is_tracked,
        )

    def roll_up(self, indicator: Indicator) -> dict[str, figures.RolledUp]:
        """What the parts add up to, for each period of theirs in which one has reported."""
        return {code: up for code, up in self._rolled(indicator).items() if up.figure}

    @_once
    def _rolled(self, indicator: Indicator) -> dict[str, figures.RolledUp]:
        """For each period of the parts' longest rhythm: in a shorter one not every part has a value."""
        if indicator.roll_up == RollUp.NONE:
            return {}
        codes = [
            code
            for year in self.plan.years
            if (rhythms := self._parts(indicator.pk, _last_day(year)).values())
            for code in periods.within(year, year, max(rhythms))
        ]
        ended = (code for code in codes if periods.span(code).end <= self.moment.end)
        reported = {area: self._valued(indicator.pk, area) for area in self._rhythms.areas}
        return {code: up for code in ended if (up := self._roll_up_period(indicator, code, reported)).of}

    def _roll_up_period(
        self, indicator: Indicator, code: str, reported: dict[int, dict[str, Reported]]
    ) -> figures.RolledUp:
        parts = {}
        for area in self._parts(indicator.pk, periods.span(code).end):
            known = reported[area]
            parts[area] = [known[filling] for filling in indicator.filling(code, known)]
        if indicator.roll_up == RollUp.RATIO:
            pairs = {area: rows[0].fraction if rows else None for area, rows in parts.items()}
            return figures.ratio_of_parts(code, pairs, indicator.scale)
        return figures.sum_of_parts(code, {area: _amount(code, rows) for area, rows in parts.items()})

    def difference(self, indicator: Indicator) -> Decimal | None:
        """差额: the city's own value less what its parts add up to, where both are whole.

        Of the period that the city's value rests on, or of the shortest around it that both sides fill.
        """
        own = self._valued(indicator.pk, self.city.pk)
        whole = {code: up.figure for code, up in self._rolled(indicator).items() if up.is_complete}
        actual = self.result(indicator, self.city).actual
        for code in reversed(periods.around(actual.period)) if actual else ():
            ours, theirs = indicator.filling(code, own), indicator.filling(code, whole)
            if ours and theirs:
                return sum(own[code].figure.value for code in ours) - sum(
                    whole[code].value for code in theirs
                )
        return None

    def shared_out(self, indicator: Indicator) -> figures.Breakdown | None:
        """Of the city's last target; None where it has none, or its parts do not add up to it."""
        targets, parts = self._targets(indicator.pk, self.city.pk), self._parts(indicator.pk, self.moment.end)
        if indicator.roll_up != RollUp.SUM or not targets or not parts:
            return None
        year = max(targets)
        shares = {part: self._targets(indicator.pk, part).get(year) for part in parts}
        return figures.breakdown(str(year), targets[year], shares)

    @_once
    def _parts(self, indicator: int, day: date) -> dict[int, int]:
        """The areas other than the city that report on a day, each with its rhythm."""
        reporting = dict(self._rhythms.on(indicator, day))
        reporting.pop(self.city.pk, None)
        return reporting

    def _due(self, indicator: Indicator, area: Area) -> list[str]:
        """What a flow is summed over: each year of the plan in the rhythm of its last day.

        A city without a rhythm of its own has its parts' longest; where nobody reports, years are due.
        """
        due = []
        for year in self.plan.years:
            own = self._rhythms.on(indicator.pk, _last_day(year)).get(area.pk)
            parts = self._parts(indicator.pk, _last_day(year)).values() if area.is_city else ()
            due += periods.within(year, year, own or max(parts, default=12))
        return due

    def _baseline(self, indicator: Indicator, area: Area) -> Figure | None:
        """The baseline of the series: one's own, else the predecessor's."""
        rows = self._inputs.baselines
        own = rows.of(indicator.pk, area.pk) or rows.of(indicator.pk, area.predecessor_id)
        return own[0] if own else None

    def _targets(self, indicator: int, area: int) -> dict[int, Figure]:
        """Those in force at the moment, by year. Raises ValueError for a series that was not asked for."""
        if indicator not in self._indicators or area not in self._asked:
            raise ValueError(f"series {indicator, area} was not asked for: not read")
        decided = self._inputs.targets.of(indicator, area)
        return {row.year: row.figure for row in decided if row.on <= self.moment.end}

    @_once
    def _valued(self, indicator: int, area: int) -> dict[str, Reported]:
        """What was reported with a value by the moment, by period."""
        return {row.period: row for row in self._known(indicator, area) if row.figure}

    def _unavailable(self, indicator: int, area: int) -> dict[str, str]:
        """The periods that a value cannot be had of, with the reason."""
        known = self._known(indicator, area)
        return {row.period: row.unavailable_reason for row in known if not row.figure}

    def _known(self, indicator: int, area: int) -> list[Reported]:
        rows = self._inputs.reports.of(indicator, area)
        return [row for row in rows if periods.span(row.period).end <= self.moment.end]


def _amount(code: str, rows: list[Reported]) -> Figure | None:
    """What an area reported for a period, in one report or in several that fill it."""
    if len(rows) < 2:
        return rows[0].figure if rows else None
    own = [row.figure for row in rows]
    return figures.total(InputRole.PART, code, own, own[0].origin)


def _codes(rows: Iterable[Area | Indicator]) -> CodesByKey:
    return {row.pk: row.code for row in rows}


def _last_day(year: int) -> date:
    return periods.span(str(year)).end
