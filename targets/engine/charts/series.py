"""The chart of one indicator in one area."""

from decimal import Decimal
from typing import NamedTuple

from targets.engine import periods
from targets.engine.charts.lettering import Box, Label, around, placed, thinned, width
from targets.engine.charts.plot import Point, actuals_of, lines, numbers_of, path, points
from targets.engine.charts.scale import Scale, round_ticks
from targets.engine.figures import Figure, origins
from targets.engine.progress import Case, Result, expected_at
from targets.engine.quantities import PLACES, plain

WIDTH, HEIGHT = 640, 290
RIGHT, TOP, BOTTOM = 24, 56, 34
SIZE = 13
LEGEND_LINE = 18
MARK = 6


class Tick(NamedTuple):
    at: float
    label: str


class Key(NamedTuple):
    """An entry of the legend: where it stands, and its name."""

    x: float
    word: str


class Chart(NamedTuple):
    """A series with its baseline, targets, expected line and the moment looked at.

    `words` say in a sentence what the chart shows, `origins` name the grades of the figures in it.
    """

    actuals: list[Point]
    lines: list[str]
    targets: list[Point]
    baseline: Point | None
    expected: str
    as_of: float
    years: list[Label]
    values: list[Tick]
    labels: list[Label]
    legend: dict[str, Key]
    words: str
    origins: list[str]
    left: float
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM
    right: int = WIDTH - RIGHT
    size: int = SIZE
    legend_line: int = LEGEND_LINE


def series(case: Case, result: Result, unit: str = "") -> Chart | None:
    """The chart of an indicator in an area; None where there are not two numbers to show."""
    figures, numbers = actuals_of(case), numbers_of(case)
    if len(numbers) < 2 or not (figures or case.targets):
        return None
    ticks = round_ticks(numbers)
    left = round(max(width(plain(tick), SIZE) for tick in ticks) + 14, 1)
    scale = Scale(Box(left, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM), ticks, case.start_year, case.end_year)
    actuals = points(figures, scale)
    targets = points({str(year): case.targets[year] for year in sorted(case.targets)}, scale)
    base = None if case.base is None else Point(left, scale.y(case.base), plain(case.base), "基期")
    given = [case.baseline] if case.baseline and not case.is_flow else []
    baseline = Point(left, scale.y(case.base), given[0].shown, "基期") if given else None
    way = [Point(scale.x(span.end), scale.y(value), plain(value), span.code) for span, value in _way(case)]
    expected = path([base, *way]) if base and way else ""
    return Chart(
        actuals=actuals,
        lines=lines(actuals),
        targets=targets,
        baseline=baseline,
        expected=expected,
        as_of=scale.x(periods.span(result.as_of).end),
        years=_years(scale),
        values=[Tick(scale.y(tick), plain(tick)) for tick in ticks],
        labels=_labels(left, actuals, targets, baseline),
        legend=_legend(result.as_of, actuals=actuals, targets=targets, expected=expected, baseline=baseline),
        words=_words(case, result, unit, figures),
        origins=origins([*given, *case.targets.values(), *figures.values()]),
        left=left,
    )


def _way(case: Case) -> list[tuple[periods.Span, Decimal]]:
    """Where the value should stand, by the engine, at every moment that one can look from."""
    if not case.targets or case.base is None:
        return []
    moments = map(periods.span, periods.within(case.start_year, case.end_year, 3))
    return [
        (moment, expected_at(case, case.base, moment).value)
        for moment in moments
        if case.rule_at(moment).goes_by_schedule
    ]


def _years(scale: Scale) -> list[Label]:
    ends = [periods.span(str(year)).end for year in range(scale.start_year, scale.end_year + 1)]
    line = scale.field.bottom + 21
    return thinned([Label(scale.x(end), line, str(end.year), "year", SIZE) for end in ends])


def _labels(left: float, actuals: list[Point], targets: list[Point], baseline: Point | None) -> list[Label]:
    """The values at their marks: the newest and the last target first, should there not be room for all."""
    by_kind = {"target": targets[::-1], "base": [baseline] if baseline else [], "value": actuals[::-1]}
    wanted = [
        Label(point.x, point.y, point.label, kind, SIZE) for kind, found in by_kind.items() for point in found
    ]
    first = [label for label in wanted if label.kind == "value"][:1]
    marks = [around(label.x, label.y, MARK) for label in wanted]
    frame = Box(left - 3, LEGEND_LINE + MARK, WIDTH - 2, HEIGHT - BOTTOM + 4)
    return placed([*first, *(label for label in wanted if label not in first)], frame, marks)


def _legend(as_of: str, *, actuals, targets, expected, baseline) -> dict[str, Key]:
    """What each mark in the chart is, in words."""
    there = [
        ("actual", "完成值", actuals),
        ("target", "目标", targets),
        ("expected", "序时应达", expected),
        ("baseline", "基期", baseline),
        ("as_of", f"截至{periods.span(as_of).label}末", True),
    ]
    keys, x = {}, 23.0
    for mark, word, is_there in there:
        if is_there:
            keys[mark] = Key(round(x, 1), word)
            x += 32 + width(word, SIZE)
    return keys


def _words(case: Case, result: Result, unit: str, figures: dict[str, Figure]) -> str:
    """What the chart says, in one sentence made from its numbers."""
    said = [_course(case, unit, figures)]
    if case.baseline and not case.is_flow:
        said.append(f"基期 {case.baseline.shown}{unit}")
    if result.target:
        said.append(f"{result.target_year}年目标 {result.target.shown}{unit}")
    if result.expected is not None:
        said.append(
            f"{periods.span(result.as_of).label}末序时应达 {plain(round(result.expected, PLACES))}{unit}"
        )
    return "，".join(said) + "。"


def _course(case: Case, unit: str, figures: dict[str, Figure]) -> str:
    if not figures:
        return "有的时期没有数，累计不能画出" if case.observations else "没有已发布的完成值"
    by_time = list(figures.items())
    (first, begin), (last, end) = by_time[0], by_time[-1]
    labels = [periods.span(code).label for code in (first, last)]
    if case.is_flow:
        return f"{'—'.join(dict.fromkeys(labels))}累计 {end.shown}{unit}"
    if first == last:
        return f"{labels[0]} {end.shown}{unit}"
    moves = {1: "升至", 0: "持平于", -1: "降至"}
    # Of 近6 and 6 nobody knows which is more.
    is_exact = begin.comparator == end.comparator == "eq"
    move = moves[(end.value > begin.value) - (end.value < begin.value)] if is_exact else "到"
    return f"{labels[0]}—{labels[1]}由 {begin.shown}{unit}{move} {end.shown}{unit}"
