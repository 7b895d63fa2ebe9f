"""The chart of one indicator in one area."""

from typing import NamedTuple

from targets.engine import periods
from targets.engine.case import Case
from targets.engine.charts.lettering import Box, Label, around, placed, thinned, width
from targets.engine.charts.plot import (
    Point,
    actuals_of,
    baseline_point,
    lines,
    numbers_of,
    path,
    points,
    target_points,
)
from targets.engine.charts.scale import Scale, round_ticks
from targets.engine.expected import expected_at
from targets.engine.figures import Figure, origins
from targets.engine.progress import Result
from targets.engine.quantities import plain, rounded

WIDTH, HEIGHT = 640, 290
RIGHT, TOP, BOTTOM = 24, 56, 34
SIZE = 13
LEGEND_LINE = 18
MARK = 6


class Tick(NamedTuple):
    at: float
    label: str


class Key(NamedTuple):
    """An entry of the legend."""

    x: float
    word: str


class Chart(NamedTuple):
    """`words` describe the chart in a sentence, `origins` name its sources, `caveats` what is no report."""

    actuals: list[Point]
    lines: list[str]
    targets: list[Point]
    baseline: Point | None
    expected: str
    as_of: float
    years: list[Label]
    values: list[Tick]
    labels: list[Label]
    # By the mark that it explains.
    legend: dict[str, Key]
    words: str
    caveats: list[str]
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
    """None where there are not two numbers to show."""
    figures, numbers = actuals_of(case), numbers_of(case)
    if len(numbers) < 2 or not (figures or case.targets):
        return None
    ticks = round_ticks(numbers)
    left = round(max(width(plain(tick), SIZE) for tick in ticks) + 14, 1)
    scale = Scale(Box(left, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM), ticks, case.start_year, case.end_year)
    actuals = points(figures, scale)
    targets, baseline = target_points(case, scale), baseline_point(case, scale)
    expected = _expected(case, result, scale)
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
        legend=_legend(
            ("actual", "完成值", bool(actuals)),
            ("target", "目标", bool(targets)),
            ("expected", "序时应达", bool(expected)),
            ("baseline", "基期", baseline is not None),
            ("as_of", f"截至{periods.span(result.as_of).label}末", True),
        ),
        words=_words(case, result, unit, figures),
        caveats=_caveats(figures),
        origins=origins([*_baseline(case), *case.targets.values(), *figures.values()]),
        left=left,
    )


def _expected(case: Case, result: Result, scale: Scale) -> str:
    """The path through the expected values at the end of each quarter, by the newest targets."""
    yardstick = case.yardstick(periods.span(result.as_of).end)
    if not yardstick.targets or case.base is None or not case.rule(yardstick).goes_by_schedule:
        return ""
    way = [Point(scale.field.left, scale.y(case.base), rounded(case.base), "基期")]
    for code in periods.within(case.start_year, case.end_year, 3):
        span = periods.span(code)
        value = expected_at(case.start_year, case.base, yardstick.targets, span).value
        way.append(Point(scale.x(span.end), scale.y(value), rounded(value), code))
    return path(way)


def _years(scale: Scale) -> list[Label]:
    ends = [periods.span(str(year)).end for year in range(scale.start_year, scale.end_year + 1)]
    line = scale.field.bottom + 21
    return thinned([Label(scale.x(end), line, str(end.year), "year", SIZE) for end in ends])


def _labels(left: float, actuals: list[Point], targets: list[Point], baseline: Point | None) -> list[Label]:
    """The newest value and the last target come first."""
    by_kind = {"target": targets[::-1], "base": [baseline] if baseline else [], "value": actuals[::-1]}
    wanted = [
        Label(point.x, point.y, point.label, kind, SIZE)
        for kind, points in by_kind.items()
        for point in points
    ]
    first = [label for label in wanted if label.kind == "value"][:1]
    marks = [around(label.x, label.y, MARK) for label in wanted]
    frame = Box(left - 3, LEGEND_LINE + MARK, WIDTH - 2, HEIGHT - BOTTOM + 4)
    return placed([*first, *(label for label in wanted if label not in first)], frame, marks)


def _legend(*marks: tuple[str, str, bool]) -> dict[str, Key]:
    keys: dict[str, Key] = {}
    x = 23.0
    for mark, word, is_shown in marks:
        if is_shown:
            keys[mark] = Key(round(x, 1), word)
            x += 32 + width(word, SIZE)
    return keys


def _baseline(case: Case) -> list[Figure]:
    return [case.baseline] if case.baseline and not case.is_flow else []


def _words(case: Case, result: Result, unit: str, figures: dict[str, Figure]) -> str:
    parts = [_course(case, unit, figures)]
    parts += [f"基期 {baseline.shown}{unit}" for baseline in _baseline(case)]
    if result.target:
        parts.append(f"{result.target_year}年目标 {result.target.shown}{unit}")
    if result.expected is not None:
        when = periods.span(result.judged_at or result.as_of).label
        parts.append(f"{when}末序时应达 {rounded(result.expected)}{unit}")
    if part := result.partial:
        counted = f"{part.reported}/{part.expected}"
        parts.append(
            f"{periods.span(part.figure.period).label}末已报的合计 {part.figure.shown}{unit}（{counted}）"
        )
    return "，".join([*parts, *_caveats(figures)]) + "。"


def _caveats(figures: dict[str, Figure]) -> list[str]:
    """2018年为媒体 2018-05-04."""
    return [f"{periods.span(code).label}{_is(figure)}" for code, figure in figures.items() if figure.caveat]


def _is(figure: Figure) -> str:
    return figure.caveat if figure.made_of else f"为{figure.caveat}"


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
    # Nobody knows which of 近6 and 6 is more.
    is_exact = begin.comparator == end.comparator == "eq"
    move = moves[(end.value > begin.value) - (end.value < begin.value)] if is_exact else "到"
    return f"{labels[0]}—{labels[1]}由 {begin.shown}{unit}{move} {end.shown}{unit}"
