"""Where the indicators stand at a period: the engine fed from the database, in a fixed number of queries."""

from collections import defaultdict
from copy import copy
from dataclasses import replace
from datetime import date
from decimal import Decimal

from targets import figures, periods, progress
from targets.figures import Figure, Role
from targets.models import (
    Area,
    Baseline,
    Comparator,
    Indicator,
    Observation,
    Plan,
    ReportingDuty,
    RollUp,
    Target,
)
from targets.progress import Case, Result

NO_NOTE = "填报中未说明原因"
NO_REPORT = "由县市区汇总，没有全市的填报"


class Standings:
    """All that the public may know at the end of a period, ready to be judged.

    Only published observations count, and only those of periods that had ended; a target counts from the
    day of its decision on. What was due in a period is what the duties valid on its last day say.

    `alone` is the one area that will be asked about, where it is only one: a city is read with its parts.
    """

    def __init__(self, plan: Plan, as_of: str, alone: Area | None = None):
        self.plan = plan
        moment = periods.span(as_of)
        self.indicators = list(Indicator.objects.filter(plan=plan))
        self.areas = list(Area.objects.select_related("predecessor"))
        self.codes = {row.pk: row.code for row in self.indicators}, {row.pk: row.code for row in self.areas}
        self.baselines = {
            (row.indicator_id, row.area_id): self._figure(row, str(row.year or ""))
            for row in Baseline.objects.filter(indicator__plan=plan)
        }
        targets = Target.objects.filter(indicator__plan=plan, decided_on__lte=moment.end)
        self._targets = list(targets.within_plan().order_by("decided_on", "pk"))
        published = Observation.objects.published().select_related("period")
        if alone and not alone.is_city:
            published = published.filter(area=alone)
        self._published = list(published.filter(indicator__plan=plan, period__end__lte=moment.end))
        self.duties = defaultdict(lambda: defaultdict(list))
        for duty in ReportingDuty.objects.filter(indicator__plan=plan):
            self.duties[duty.indicator_id][duty.area_id].append(duty)
        self._look_from(moment)

    def _look_from(self, moment: periods.Span):
        """Take of what was read only that which was there at the end of a period."""
        self.as_of, self.moment = moment.code, moment
        self.targets = defaultdict(dict)
        # Of several decisions on one year the last one counts.
        for row in self._targets:
            if row.decided_on <= moment.end:
                self.targets[row.indicator_id, row.area_id][row.year] = self._figure(
                    row, str(row.year), str(row.year), row.decided_on.isoformat()
                )
        self.observations, self.unavailable = defaultdict(dict), defaultdict(dict)
        for row in self._published:
            if row.period.end <= moment.end:
                series = self.unavailable if row.value is None else self.observations
                series[row.indicator_id, row.area_id][row.period.code] = row

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

    @property
    def city(self) -> Area:
        return next(area for area in self.areas if area.is_city)

    def results(self, area: Area) -> dict[Indicator, Result]:
        """Each tracked indicator with its standing in an area, in the order of their codes."""
        return {
            indicator: self.result(indicator, area) for indicator in self.indicators if indicator.is_tracked
        }

    def result(self, indicator: Indicator, area: Area) -> Result:
        return progress.judge(self.case(indicator, area), self.as_of)

    def note(self, indicator: Indicator, area: Area, result: Result) -> str:
        """What was said with the report that a value rests on, or that nothing was, or that there is none."""
        if result.actual is None:
            return ""
        row = self.observations[indicator.pk, area.pk].get(result.actual.period)
        return (row.note or NO_NOTE) if row else NO_REPORT

    def case(self, indicator: Indicator, area: Area) -> Case:
        own = {code: self._reported(row) for code, row in self.observations[indicator.pk, area.pk].items()}
        rolled = self._rolled(indicator) if area.is_city else {}
        made = {code: up for code, up in rolled.items() if not indicator.filling(code, own)}
        unavailable = self.unavailable[indicator.pk, area.pk]
        return Case(
            kind=indicator.kind,
            direction=indicator.direction,
            start_year=self.plan.start_year,
            end_year=self.plan.end_year,
            baseline=self._baseline(indicator, area),
            targets=self.targets[indicator.pk, area.pk],
            observations=own | {code: up.figure for code, up in made.items() if up.is_complete},
            partial={code: up.figure for code, up in made.items() if up.figure and not up.is_complete},
            reported={code: (up.n, up.of) for code, up in made.items()},
            unavailable={code: row.unavailable_reason for code, row in unavailable.items()},
            due=self._due(indicator, area),
            thresholds=self.plan.thresholds,
            scale=indicator.scale,
            is_tracked=indicator.is_tracked,
        )

    def roll_up(self, indicator: Indicator) -> dict[str, figures.RollUp]:
        """What the parts add up to, for each period of theirs in which one has reported."""
        return {code: up for code, up in self._rolled(indicator).items() if up.figure}

    def _rolled(self, indicator: Indicator) -> dict[str, figures.RollUp]:
        """For each period of the parts' longest rhythm: in a shorter one not every part has a value."""
        if indicator.roll_up == RollUp.NONE:
            return {}
        codes = [
            code
            for year in self.plan.years
            if (rhythms := self._parts(indicator, _last_day(year)).values())
            for code in periods.within(year, year, max(rhythms))
        ]
        ended = (code for code in codes if periods.span(code).end <= self.moment.end)
        return {code: up for code in ended if (up := self._roll_up_period(indicator, code)).of}

    def _roll_up_period(self, indicator: Indicator, code: str) -> figures.RollUp:
        parts = {}
        for area in self._parts(indicator, periods.span(code).end):
            reported = self.observations[indicator.pk, area]
            parts[str(area)] = [reported[filling] for filling in indicator.filling(code, reported)]
        if indicator.roll_up == RollUp.RATIO:
            pairs = {area: self._fraction(rows[0]) if rows else None for area, rows in parts.items()}
            return figures.ratio_of_parts(code, pairs, indicator.scale)
        return figures.sum_of_parts(code, {area: self._amount(code, rows) for area, rows in parts.items()})

    def _amount(self, code: str, rows: list[Observation]) -> Figure | None:
        """What an area reported for a period, in one report or in several that fill it."""
        own = [self._reported(row) for row in rows]
        return figures.total(Role.PART, code, own, own[0].origin) if own else None

    def difference(self, indicator: Indicator) -> Decimal | None:
        """差额: the city's own value less what its parts add up to, where both are whole.

        Of the period that the city's value rests on, or of the shortest around it that both sides fill.
        """
        own = self.observations[indicator.pk, self.city.pk]
        whole = {code: up.figure for code, up in self._rolled(indicator).items() if up.is_complete}
        actual = self.result(indicator, self.city).actual
        for code in reversed(periods.around(actual.period)) if actual else ():
            ours, theirs = indicator.filling(code, own), indicator.filling(code, whole)
            if ours and theirs:
                return sum(own[code].value for code in ours) - sum(whole[code].value for code in theirs)
        return None

    def shared_out(self, indicator: Indicator) -> figures.SharedOut | None:
        """Of the city's last target; None where it has none, or its parts do not add up to it."""
        targets, parts = self.targets[indicator.pk, self.city.pk], self._parts(indicator, self.moment.end)
        if indicator.roll_up != RollUp.SUM or not targets or not parts:
            return None
        year = max(targets)
        shares = {str(part): self.targets[indicator.pk, part].get(year) for part in parts}
        return figures.shared_out(str(year), targets[year], shares)

    def _rhythm(self, indicator: Indicator, area: int, day: date) -> int | None:
        """The months between two reports of an area, as its duty of a day says; None where it has none."""
        duties = self.duties[indicator.pk].get(area, ())
        return next((duty.frequency for duty in duties if duty.is_valid_on(day)), None)

    def _parts(self, indicator: Indicator, day: date) -> dict[int, int]:
        """The areas other than the city that report on a day, each with its rhythm."""
        rhythms = {area: self._rhythm(indicator, area, day) for area in self.duties[indicator.pk]}
        return {area: months for area, months in rhythms.items() if months and area != self.city.pk}

    def _due(self, indicator: Indicator, area: Area) -> list[str]:
        """What a flow is summed over: each year of the plan in the rhythm of its last day.

        A city without a rhythm of its own has its parts' longest; where nobody reports, years are due.
        """
        due = []
        for year in self.plan.years:
            own = self._rhythm(indicator, area.pk, _last_day(year))
            parts = self._parts(indicator, _last_day(year)).values() if area.is_city else ()
            due += periods.within(year, year, own or max(parts, default=12))
        return due

    def _baseline(self, indicator: Indicator, area: Area) -> Figure | None:
        own = self.baselines.get((indicator.pk, area.pk))
        return own or self.baselines.get((indicator.pk, area.predecessor_id))

    def _reported(self, row: Observation) -> Figure:
        return self._figure(row, row.period.code, row.period.code, f"r{row.revision}")

    def _fraction(self, row: Observation) -> tuple[Figure, Figure] | None:
        """Numerator and denominator of a ratio, where it was reported with them."""
        if not row.denominator:
            return None
        whole = replace(self._reported(row), comparator=Comparator.EQ)
        return replace(whole, value=row.numerator), replace(whole, value=row.denominator)

    def _figure(self, row: Baseline | Target | Observation, period: str, *key: str) -> Figure:
        """A row as the engine takes it, its record named by codes: `key` is what they leave open."""
        indicators, areas = self.codes
        area = areas[row.area_id]
        return Figure(
            row.value,
            row.comparator,
            period,
            row.get_grade_display(),
            record="/".join([row._meta.model_name, indicators[row.indicator_id], area, *key]),
            area=area,
            grade=row.grade,
        )


def _last_day(year: int) -> date:
    return periods.span(str(year)).end
