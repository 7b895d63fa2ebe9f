"""Where the indicators stand at a period: the engine fed from the database, in a fixed number of queries."""

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from targets import figures, periods, progress
from targets.figures import Figure
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


class SharedOut(NamedTuple):
    """县市区分解: the city's last target, what the targets of its parts add up to, and what is left over.

    `residual` is None while not every part has a target of that year.
    """

    city: Figure
    parts: figures.RollUp
    residual: Decimal | None


class Standings:
    """All that the public may know at the end of a period, ready to be judged.

    Only published observations count, and only those of periods that had ended; a target counts from the
    day of its decision on.
    """

    def __init__(self, plan: Plan, as_of: str):
        self.plan = plan
        self.as_of = as_of
        moment = periods.span(as_of)
        self.indicators = list(Indicator.objects.filter(plan=plan))
        self.areas = list(Area.objects.select_related("predecessor"))
        self.codes = {row.pk: row.code for row in self.indicators}, {row.pk: row.code for row in self.areas}
        self.baselines = {
            (row.indicator_id, row.area_id): self._figure(row, str(row.year or ""))
            for row in Baseline.objects.filter(indicator__plan=plan)
        }
        self.targets = defaultdict(dict)
        for row in Target.objects.filter(indicator__plan=plan).within_plan().in_force(moment.end):
            self.targets[row.indicator_id, row.area_id][row.year] = self._figure(
                row, str(row.year), str(row.year), row.decided_on.isoformat()
            )
        self.observations = defaultdict(dict)
        published = Observation.objects.published().with_values().select_related("period")
        for row in published.filter(indicator__plan=plan, period__end__lte=moment.end):
            self.observations[row.indicator_id, row.area_id][row.period.code] = row
        self.frequencies = {
            (duty.indicator_id, duty.area_id): duty.frequency
            for duty in ReportingDuty.objects.filter(indicator__plan=plan)
        }

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

    def case(self, indicator: Indicator, area: Area) -> Case:
        own = {code: self._reported(row) for code, row in self.observations[indicator.pk, area.pk].items()}
        rolled = self.roll_up(indicator) if area.is_city else {}
        made = {code: rolled[code] for code in rolled.keys() - own.keys()}
        return Case(
            kind=indicator.kind,
            direction=indicator.direction,
            start_year=self.plan.start_year,
            end_year=self.plan.end_year,
            baseline=self._baseline(indicator, area),
            targets=self.targets[indicator.pk, area.pk],
            observations=own | {code: up.figure for code, up in made.items() if up.is_complete},
            partial={code: up.figure for code, up in made.items() if not up.is_complete},
            reported={code: (up.n, up.of) for code, up in made.items()},
            due=periods.within(self.plan.start_year, self.plan.end_year, self._frequency(indicator, area)),
            thresholds=self.plan.thresholds,
            scale=indicator.scale,
            is_tracked=indicator.is_tracked,
        )

    def roll_up(self, indicator: Indicator) -> dict[str, figures.RollUp]:
        """What the parts add up to, for each period in which one of them has reported."""
        parts = self._parts(indicator)
        if indicator.roll_up == RollUp.NONE or not parts:
            return {}
        by_area = {area_id: self.observations[indicator.pk, area_id] for area_id in parts}
        codes = {code for rows in by_area.values() for code in rows}
        ups = {code: self._roll_up_period(indicator, code, by_area) for code in codes}
        return {code: up for code, up in ups.items() if up.figure}

    def _roll_up_period(self, indicator: Indicator, code: str, by_area: dict) -> figures.RollUp:
        rows = {str(area_id): reported.get(code) for area_id, reported in by_area.items()}
        if indicator.roll_up == RollUp.RATIO:
            pairs = {area: row and self._fraction(row) for area, row in rows.items()}
            return figures.ratio_of_parts(code, pairs, indicator.scale)
        own = {area: row and self._reported(row) for area, row in rows.items()}
        return figures.sum_of_parts(code, own)

    def difference(self, indicator: Indicator, code: str) -> Decimal | None:
        """差额: the city's own value less what its parts add up to, where both are whole."""
        own = self.observations[indicator.pk, self.city.pk].get(code)
        rolled = self.roll_up(indicator).get(code)
        return own.value - rolled.figure.value if own and rolled and rolled.is_complete else None

    def shared_out(self, indicator: Indicator) -> SharedOut | None:
        """None where the city has no target, or its parts do not add up to it."""
        targets, parts = self.targets[indicator.pk, self.city.pk], self._parts(indicator)
        if indicator.roll_up != RollUp.SUM or not targets or not parts:
            return None
        year = max(targets)
        shares = {str(part): self.targets[indicator.pk, part].get(year) for part in parts}
        whole = figures.sum_of_parts(str(year), shares)
        residual = targets[year].value - whole.figure.value if whole.is_complete else None
        return SharedOut(targets[year], whole, residual)

    def _parts(self, indicator: Indicator) -> list[int]:
        city = self.city.pk
        return [area for (key, area) in self.frequencies if key == indicator.pk and area != city]

    def _frequency(self, indicator: Indicator, area: Area) -> int:
        """The area's own rhythm in months; a city without one has that of its parts."""
        own = self.frequencies.get((indicator.pk, area.pk))
        parts = [self.frequencies[indicator.pk, part] for part in self._parts(indicator)]
        return own or (max(parts) if parts and area.is_city else 12)

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
