"""Tables of areas and indicators, sortable, for pages and files alike."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from targets.engine import figures
from targets.engine.case import Case, is_awaited, periods_of, value_of_period
from targets.engine.figures import Figure
from targets.engine.progress import Result
from targets.engine.quantities import plain
from targets.engine.shares import Share
from targets.engine.status import Light, Status
from targets.models import Area, Indicator
from targets.spreadsheets import Cell as Filed
from targets.standing.standings import Standings

NO_VALUE, NOTHING = Status.NO_DATA.label, "—"
# Tables are sorted by these and by the codes of periods and areas.
KEYS = {"area", "sum", "target", "completion", "progress", "status", "indicator", *Light}


class ComparisonColumn(NamedTuple):
    key: str
    label: str
    is_number: bool = False


class ComparisonCell(NamedTuple):
    """`shown` on a page with a `note` below, `filed` in a file, sorted by `rank`; None always comes last."""

    shown: str
    filed: Filed
    rank: Any = None
    note: str = ""
    result: Result | None = None
    subject: Area | Indicator | None = None

    @property
    def is_missing(self) -> bool:
        return self.rank is None


class ComparisonRow(NamedTuple):
    subject: Area | Indicator | None
    cells: list[ComparisonCell]


@dataclass(frozen=True)
class Comparison:
    """`top` and `foot` keep their place when `rows` are sorted."""

    columns: list[ComparisonColumn]
    rows: Sequence[ComparisonRow]
    top: Sequence[ComparisonRow] = ()
    foot: Sequence[ComparisonRow] = ()

    @property
    def lines(self) -> list[list[Filed]]:
        return [[cell.filed for cell in row.cells] for row in (*self.top, *self.rows, *self.foot)]

    def sorted_by(self, sort: str) -> "Comparison":
        """By the column of a key, descending with a minus before it."""
        place = self.place_of(sort.removeprefix("-"))
        if place is None:
            return self
        missing = [row for row in self.rows if row.cells[place].is_missing]
        ranked = [row for row in self.rows if not row.cells[place].is_missing]
        ranked.sort(key=lambda row: row.cells[place].rank, reverse=sort.startswith("-"))
        return replace(self, rows=ranked + missing)

    def place_of(self, key: str) -> int | None:
        return next((place for place, column in enumerate(self.columns) if column.key == key), None)


def of_areas(standings: Standings, indicator: Indicator, areas: Iterable[Area]) -> Comparison:
    """One indicator: a row for each area, a column for each year and reported period."""
    known = [(area, standings.case(indicator, area), standings.result(indicator, area)) for area in areas]
    codes = periods_of([case for _, case, _ in known], standings.moment)
    is_flow = indicator.is_flow
    year = max((result.target_year for _, _, result in known if result.target_year), default=None)
    columns = [
        ComparisonColumn("area", "县市区"),
        *(ComparisonColumn(code, code, True) for code in codes),
        *([ComparisonColumn("sum", f"自{standings.plan.start_year}年累计", True)] if is_flow else []),
        ComparisonColumn("target", f"{year}年目标" if year else "目标", True),
        ComparisonColumn("completion", "完成率（%）", True),
        ComparisonColumn("progress", "进度（%）", True),
        ComparisonColumn("status", "状态"),
    ]
    rows = [
        ComparisonRow(
            area,
            [
                _named(area, area.short_name),
                *(_value(case, code) for code in codes),
                *([_sum(result)] if is_flow else []),
                *_judgement(result, year),
            ],
        )
        for area, case, result in known
    ]
    return Comparison(
        columns,
        [row for (area, *_), row in zip(known, rows, strict=True) if not standings.plan.is_top(area)],
        top=[row for (area, *_), row in zip(known, rows, strict=True) if standings.plan.is_top(area)],
    )


def _value(case: Case, code: str) -> ComparisonCell:
    """The value of a period, else why there is none."""
    value = value_of_period(case, code)
    if value.figure:
        counted = "{}/{}".format(*value.parts) if value.parts else ""
        return _figure(value.figure, counted, value.figure.caveat)
    if code in case.unavailable:
        return _words(Status.UNAVAILABLE.label)
    return _words(NO_VALUE if is_awaited(case, code) else NOTHING)


def _sum(result: Result) -> ComparisonCell:
    if part := result.partial:
        period = part.figure.period if part.figure.period != result.as_of else ""
        return _figure(part.figure, period, f"{part.reported}/{part.expected}", part.figure.caveat)
    if result.actual is None:
        return _words(NO_VALUE)
    return _figure(result.actual, result.note_on_actual)


def _judgement(result: Result, year: int | None) -> list[ComparisonCell]:
    target = _words("未设目标")
    if result.target:
        of_year = "" if result.target_year == year else f"{result.target_year}年"
        target = _figure(result.target, of_year, result.target.second_hand)
    return [target, _percent(result, result.completion), _percent(result, result.progress), _standing(result)]


def _figure(figure: Figure, *notes: str) -> ComparisonCell:
    """Filed as a number only where it is exact and has no note: 近6 is not 6."""
    if any(notes):
        return _noted(figure.shown, " · ".join(filter(None, notes)), figure.value)
    return ComparisonCell(figure.shown, figure.rounded if figure.is_exact else figure.shown, figure.value)


def _noted(shown: str, note: str, rank: Any) -> ComparisonCell:
    return ComparisonCell(shown, f"{shown}（{note}）", rank, note=note)


def _percent(result: Result, share: Share | None) -> ComparisonCell:
    """One of an older value is dated and comes last."""
    if share is None:
        return _words(NOTHING)
    number = plain(share.percent).replace("-", "−")
    if result.note_on_progress:
        return _noted(number, result.note_on_progress, share if result.is_at_least else None)
    return ComparisonCell(number, share.percent, share)


def _standing(result: Result) -> ComparisonCell:
    """The light with the last judgement in words."""
    cell = _light(result)
    if not result.last_in_words:
        return cell
    return cell._replace(filed=f"{cell.shown}（{result.last_in_words}）")


def _light(result: Result, subject: Area | None = None) -> ComparisonCell:
    words = f"{result.status.shape} {result.label}"
    rank = result.status.order if result.status.is_judged else None
    return ComparisonCell(words, words, rank, result=result, subject=subject)


def _words(text: str) -> ComparisonCell:
    return ComparisonCell(text, text)


def _named(subject: Area | Indicator, words: str) -> ComparisonCell:
    return ComparisonCell(words, words, subject.code, subject=subject)


def of_all(standings: Standings, areas: Sequence[Area]) -> Comparison:
    """A row for each indicator tracked then, a light for each area; the last columns leave out the city."""
    by_area = [(area, standings.results(area)) for area in areas]
    columns = [
        ComparisonColumn("indicator", "指标"),
        *(ComparisonColumn(area.code, area.short_name) for area in areas),
        *(ComparisonColumn(light, f"{light.shape} {light.group}", True) for light in Light),
    ]
    rows = [
        _row_of_lights(indicator, [(area, results[indicator]) for area, results in by_area], standings.city)
        for indicator in standings.tracked
    ]
    counted = [Counter(result.status.light for result in results.values()) for _, results in by_area]
    foot = [
        ComparisonRow(
            None,
            [
                _words(f"{light.shape} {light.group}项数"),
                *(_count(counts[light]) for counts in counted),
                *(_words("") for _ in Light),
            ],
        )
        for light in Light
    ]
    return Comparison(columns, rows, foot=foot)


def _row_of_lights(indicator: Indicator, results: list[tuple[Area, Result]], city: Area) -> ComparisonRow:
    counts = Counter(result.status.light for area, result in results if area != city)
    lights = [_light(result, area) for area, result in results]
    tallies = [_count(counts[light]) for light in Light]
    return ComparisonRow(indicator, [_named(indicator, str(indicator)), *lights, *tallies])


def _count(number: int) -> ComparisonCell:
    return ComparisonCell(str(number), number, Decimal(number))


def legend() -> list[tuple[Light, str, list[str]]]:
    return [(light, light.shape, [status.label for status in light.statuses]) for light in Light]


def origins(standings: Standings, indicators: Iterable[Indicator], areas: Iterable[Area]) -> list[str]:
    """The source grades of all figures that a comparison rests on."""
    areas = list(areas)
    cases = (standings.case(indicator, area) for indicator in indicators for area in areas)
    return figures.origins(figure for case in cases for figure in case.figures)
