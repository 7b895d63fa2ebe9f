"""Areas and indicators set side by side, in the order that a reader asks for: for pages and files alike."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from targets.engine import figures, periods
from targets.engine.figures import Figure, InputRole
from targets.engine.progress import Case, Result
from targets.engine.quantities import PLACES, plain
from targets.engine.status import LIGHTS, SHAPES, UNAVAILABLE, Status
from targets.models import Area, Indicator, IndicatorKind
from targets.spreadsheets import Cell as Filed
from targets.standing.standings import Standings

NO_VALUE, NOTHING = Status.NO_DATA.label, "—"
# What each light means where lights are counted; green first, as a reader counts.
GROUPS = {"green": "不滞后", "yellow": "略有滞后", "red": "滞后", "grey": "未判断"}
# A column by which a table can be sorted has one of these keys, or the code of a period or an area.
KEYS = {"area", "sum", "target", "completion", "progress", "status", "indicator", *GROUPS}


class ComparisonColumn(NamedTuple):
    key: str
    label: str
    is_number: bool = False


class ComparisonCell(NamedTuple):
    """What a page shows and what a file holds: a number where it is exactly one, else the same words.

    `rank` is what it is sorted by; what has none is missing, and stands last whichever way one sorts.
    """

    shown: str
    filed: Filed
    rank: Decimal | str | tuple | None = None
    result: Result | None = None
    subject: Area | Indicator | None = None

    @property
    def is_missing(self) -> bool:
        return self.rank is None


class ComparisonRow(NamedTuple):
    """A line of the table; its first cell is its head. `subject` is the area or the indicator it tells of."""

    subject: Area | Indicator | None
    cells: list[ComparisonCell]


@dataclass(frozen=True)
class Comparison:
    """`top` and `foot` keep their place however the rows between them are sorted."""

    columns: list[ComparisonColumn]
    rows: Sequence[ComparisonRow]
    top: Sequence[ComparisonRow] = ()
    foot: Sequence[ComparisonRow] = ()

    @property
    def lines(self) -> list[list[Filed]]:
        return [[cell.filed for cell in row.cells] for row in (*self.top, *self.rows, *self.foot)]

    def sorted_by(self, sort: str) -> "Comparison":
        """By the column of a key, downwards with a minus before it; as it was if there is no such column."""
        place = self.place_of(sort.removeprefix("-"))
        if place is None:
            return self
        there = [row for row in self.rows if not row.cells[place].is_missing]
        there.sort(key=lambda row: row.cells[place].rank, reverse=sort.startswith("-"))
        return replace(self, rows=there + [row for row in self.rows if row.cells[place].is_missing])

    def place_of(self, key: str) -> int | None:
        return next((place for place, column in enumerate(self.columns) if column.key == key), None)


def of_areas(standings: Standings, indicator: Indicator, areas: Iterable[Area]) -> Comparison:
    """One indicator: an area a row, the city on top; a column for each year and each period reported for."""
    known = [(area, standings.case(indicator, area), standings.result(indicator, area)) for area in areas]
    codes = _periods_of([case for _, case, _ in known], standings.moment)
    is_flow = indicator.kind == IndicatorKind.FLOW
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
                *(_value(indicator, case, code) for code in codes),
                *([_so_far(result)] if is_flow else []),
                *_judged(result, year),
            ],
        )
        for area, case, result in known
    ]
    return Comparison(
        columns,
        [row for row in rows if not row.subject.is_city],
        top=[row for row in rows if row.subject.is_city],
    )


def _periods_of(cases: Iterable[Case], moment: periods.Span) -> list[str]:
    """The plan's years until the moment, and the parts of years that anything was reported for."""
    reported = {code for case in cases for code in (*case.observations, *case.partial, *case.unavailable)}
    years = {
        str(year) for case in cases for year in range(case.start_year, min(case.end_year, moment.year) + 1)
    }
    spans = [span for span in map(periods.span, reported | years) if span.end <= moment.end]
    return [span.code for span in sorted(spans, key=lambda span: (span.end, -span.start.toordinal()))]


def _value(indicator: Indicator, case: Case, code: str) -> ComparisonCell:
    """What an area reported for a period, in one report or in several that fill it; else why not."""
    if filling := indicator.filling(code, case.observations):
        return _figure(_sum(code, [case.observations[piece] for piece in filling]))
    known = {**case.partial, **case.observations}
    if filling := indicator.filling(code, known):
        figure = _sum(code, [known[piece] for piece in filling])
        n, of = min(case.reported[piece] for piece in filling if piece in case.reported)
        words = f"{figure.shown}（{n}/{of}）"
        return ComparisonCell(words, words, figure.value)
    if code in case.unavailable:
        return _words(UNAVAILABLE)
    return _words(NO_VALUE if _is_awaited(case, code) else NOTHING)


def _sum(code: str, filling: list[Figure]) -> Figure:
    return filling[0] if len(filling) == 1 else figures.total(InputRole.AMOUNT, code, filling, "")


def _so_far(result: Result) -> ComparisonCell:
    """What a flow comes to from the plan's start, as its target counts it."""
    if result.actual is None:
        return _words(NO_VALUE)
    if not result.missing:
        return _figure(result.actual)
    words = f"{result.actual.shown}（不全）"
    return ComparisonCell(words, words, result.actual.value)


def _is_awaited(case: Case, code: str) -> bool:
    """Whether an area reports in periods of this length at all: of a part of a year not every one does."""
    months = periods.span(code).months
    return months == 12 or any(periods.span(other).months == months for other in case.observations)


def _judged(result: Result, year: int | None) -> list[ComparisonCell]:
    target = _words("未设目标")
    if result.target and result.target_year == year:
        target = _figure(result.target)
    elif result.target:
        words = f"{result.target.shown}（{result.target_year}年）"
        target = ComparisonCell(words, words, result.target.value)
    return [target, _percent(result.completion), _percent(result.progress), _light(result)]


def _figure(figure: Figure) -> ComparisonCell:
    """A number where it is exactly one, else as it is said: 近6 is no 6."""
    value = round(figure.value, PLACES)
    return ComparisonCell(figure.shown, value if figure.comparator == "eq" else figure.shown, figure.value)


def _percent(share: Decimal | None) -> ComparisonCell:
    if share is None:
        return _words(NOTHING)
    value = round(share * 100, 1)
    return ComparisonCell(plain(value).replace("-", "−"), value, value)


def _light(result: Result, subject: Area | None = None) -> ComparisonCell:
    """A light with its word, sorted from good to bad; where nothing is judged, it is missing."""
    words = f"{result.status.shape} {result.label}"
    order = list(GROUPS).index(result.status.light), list(Status).index(result.status)
    return ComparisonCell(words, words, None if result.status.light == "grey" else order, result, subject)


def _words(text: str) -> ComparisonCell:
    return ComparisonCell(text, text)


def _named(subject: Area | Indicator, words: str) -> ComparisonCell:
    return ComparisonCell(words, words, subject.code, subject=subject)


def of_all(standings: Standings, areas: Sequence[Area]) -> Comparison:
    """All tracked indicators: one a row, a light for each area; how many of each light by area, and by row
    without the city."""
    by_area = [(area, standings.results(area)) for area in areas]
    columns = [
        ComparisonColumn("indicator", "指标"),
        *(ComparisonColumn(area.code, area.short_name) for area in areas),
        *(ComparisonColumn(light, f"{SHAPES[light]} {word}", True) for light, word in GROUPS.items()),
    ]
    rows = [
        _row_of_lights(indicator, [(area, results[indicator]) for area, results in by_area])
        for indicator in standings.indicators
        if indicator.is_tracked
    ]
    counted = [Counter(result.status.light for result in results.values()) for _, results in by_area]
    foot = [
        ComparisonRow(
            None,
            [
                _words(f"{SHAPES[light]} {word}项数"),
                *(_count(counts[light]) for counts in counted),
                *(_words("") for _ in GROUPS),
            ],
        )
        for light, word in GROUPS.items()
    ]
    return Comparison(columns, rows, foot=foot)


def _row_of_lights(indicator: Indicator, standing: list[tuple[Area, Result]]) -> ComparisonRow:
    counts = Counter(result.status.light for area, result in standing if not area.is_city)
    lights = [_light(result, area) for area, result in standing]
    tallies = [_count(counts[light]) for light in GROUPS]
    return ComparisonRow(indicator, [_named(indicator, str(indicator)), *lights, *tallies])


def _count(number: int) -> ComparisonCell:
    return ComparisonCell(str(number), number, Decimal(number))


def legend() -> list[tuple[str, str, list[str]]]:
    """Each light with its shape and the words that it stands for."""
    return [
        (light, SHAPES[light], [status.label for status in Status if LIGHTS.get(status, "grey") == light])
        for light in GROUPS
    ]


def origins(standings: Standings, indicators: Iterable[Indicator], areas: Iterable[Area]) -> list[str]:
    """The grades of all figures that a comparison rests on."""
    areas = list(areas)
    cases = [standings.case(indicator, area) for indicator in indicators for area in areas]
    return figures.origins(
        figure
        for case in cases
        for figure in (
            *([case.baseline] if case.baseline else []),
            *case.targets.values(),
            *case.observations.values(),
            *case.partial.values(),
        )
    )
