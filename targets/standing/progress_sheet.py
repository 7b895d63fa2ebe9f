"""县区进展单: an area's page for a meeting."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from targets.engine import periods, verdict
from targets.engine.progress import Result
from targets.engine.status import Status
from targets.engine.verdict import Turn
from targets.models import Area, Baseline, Due, Indicator, IndicatorKind, Organization, Period
from targets.standing.standings import Standings


@dataclass(frozen=True)
class ProgressSheetRow:
    """`before` is the result of the previous period, None in the plan's first."""

    indicator: Indicator
    result: Result
    before: Result | None
    city: Result
    note: str

    @property
    def growth(self) -> Decimal | None:
        return verdict.growth(self.before, self.result) if self.before else None

    @property
    def turn(self) -> Turn | None:
        return verdict.turn(self.before, self.result) if self.before else None


class ProgressSheet:
    """`indicators` are the tracked ones, read `with_baselines_for` the area; `expected` are its duties."""

    def __init__(
        self, standings: Standings, area: Area, indicators: Sequence[Indicator], expected: list[Due]
    ):
        self.standings, self.area, self.indicators, self.expected = standings, area, indicators, expected
        before = periods.span(periods.previous(standings.as_of))
        self.before = before if before.year >= standings.plan.start_year else None

    @cached_property
    def rows(self) -> list[ProgressSheetRow]:
        return list(self._rows())

    def _rows(self) -> Iterator[ProgressSheetRow]:
        earlier = self.standings.at(self.before.code) if self.before else None
        for indicator in self.indicators:
            # What it owed before it was retired may still be missing.
            if self.standings.retirement(indicator):
                continue
            result = self.standings.result(indicator, self.area)
            yield ProgressSheetRow(
                indicator,
                result,
                earlier.result(indicator, self.area) if earlier else None,
                self.standings.result(indicator, self.standings.city),
                self.standings.note(indicator, self.area, result),
            )

    @property
    def results(self) -> list[Result]:
        return [row.result for row in self.rows]

    @property
    def verdict(self) -> str:
        return verdict.sentence(f"{self.area.short_name}监测的", self.standings.moment.label, self.results)

    @property
    def turned(self) -> str:
        """A sentence; empty where nothing can be compared."""
        if not self.before or not self.judged:
            return ""
        return verdict.sentence_of_turns(self.before.label, [row.turn for row in self.rows])

    @property
    def behind(self) -> list[ProgressSheetRow]:
        """The worst first, among equals in the order of their codes."""
        rows = [row for row in self.rows if row.result.status.is_behind]
        return sorted(rows, key=lambda row: -row.result.status.severity)

    @cached_property
    def unreported(self) -> list[Due]:
        return [due for due in self.expected if not due.is_published]

    @property
    def owed(self) -> dict[tuple[Period, Organization | None], list[Indicator]]:
        """The unreported indicators by period and by who reports them."""
        owed, indicators = defaultdict(list), {row.pk: row for row in self.indicators}
        organizations = Organization.objects.in_bulk({due.organization_id for due in self.unreported})
        for due in self.unreported:
            owed[due.period, organizations.get(due.organization_id)].append(indicators[due.indicator_id])
        return dict(owed)

    @property
    def missing(self) -> list[tuple[str, list[ProgressSheetRow]]]:
        """What is missing apart from unreported values, by kind; rows of 数据不全 have a partial sum."""
        levels = [row for row in self.rows if row.indicator.kind != IndicatorKind.FLOW]
        return [
            ("无法取得", [row for row in self.rows if row.result.unavailable_reason]),
            ("数据不全", [row for row in self.rows if row.result.partial]),
            ("约数，不判断", [row for row in self.rows if row.result.is_vague]),
            ("未更新", self._silently_old),
            ("未设目标", [row for row in self.rows if row.result.target is None]),
            ("目标为 0 或当时未设目标，不评", [row for row in self.rows if row.result.has_unused_target]),
            ("缺基期值", [row for row in levels if row.result.baseline is None]),
        ]

    @property
    def _silently_old(self) -> list[ProgressSheetRow]:
        """Outdated, and not listed as unreported."""
        unreported = {due.indicator_id for due in self.unreported}
        old = (row for row in self.rows if row.result.status == Status.OUTDATED)
        return [row for row in old if row.indicator.pk not in unreported]

    @property
    def is_whole(self) -> bool:
        return not self.unreported and not any(rows for _, rows in self.missing)

    @property
    def is_of_top(self) -> bool:
        """Whether the area is the whole that the plan is about."""
        return self.standings.plan.is_top(self.area)

    @property
    def judged(self) -> list[ProgressSheetRow]:
        return [row for row in self.rows if row.result.status.is_judged]

    @property
    def sources(self) -> list[str]:
        """The sources of the area's own baselines, each once."""
        own = filter(None, (row.indicator.part_baseline for row in self.rows))
        return list(dict.fromkeys(map(self._source, own)))

    def _source(self, baseline: Baseline) -> str:
        whose = f"（{baseline.area}）" if baseline.area_id != self.area.pk else ""
        return f"{baseline.get_grade_display()}：{baseline.source}{whose}"
