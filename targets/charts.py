"""The geometry of charts: from an indicator's numbers to points on a canvas, for a template to draw as SVG.

Pure. A gap is a gap: points are joined only where their periods follow one another.
"""

from decimal import Decimal
from typing import NamedTuple

from targets import periods
from targets.figures import Figure, Role, total
from targets.progress import Case, Result, amounts, expected_at
from targets.quantities import plain

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 24, 24, 34


class Point(NamedTuple):
    """A place on the canvas with what stands there."""

    x: float
    y: float
    label: str
    what: str


class Tick(NamedTuple):
    at: float
    label: str


class Chart(NamedTuple):
    """A series with its baseline, targets, expected line and the moment looked at."""

    actuals: list[Point]
    lines: list[str]
    targets: list[Point]
    baseline: Point | None
    expected: str
    as_of: float
    years: list[Tick]
    values: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = HEIGHT - BOTTOM
    right: int = WIDTH - RIGHT


def series(case: Case, result: Result) -> Chart | None:
    """The chart of an indicator in an area; None where there are not two numbers to show."""
    actuals = _cumulated(case) if case.is_flow else dict(case.observations)
    base = Figure(Decimal(0)) if case.is_flow else case.baseline
    numbers = [
        figure.value for figure in [*actuals.values(), *case.targets.values(), *([base] if base else [])]
    ]
    if len(numbers) < 2 or not (actuals or case.targets):
        return None
    scale = _Scale(case, numbers)
    points = {
        code: Point(scale.x(periods.span(code).end), scale.y(figure.value), figure.shown, code)
        for code, figure in sorted(actuals.items(), key=lambda item: periods.span(item[0]).end)
    }
    targets = [
        Point(scale.x(periods.span(str(year)).end), scale.y(figure.value), figure.shown, str(year))
        for year, figure in sorted(case.targets.items())
    ]
    expected = [
        Point(scale.x(span.end), scale.y(value), plain(value), span.code) for span, value in _way(case)
    ]
    start = base and Point(LEFT, scale.y(base.value), base.shown, "基期")
    return Chart(
        actuals=list(points.values()),
        lines=_lines(points),
        targets=targets,
        baseline=start,
        expected=_path([start, *expected]) if start and expected else "",
        as_of=scale.x(periods.span(result.as_of).end),
        years=[
            Tick(scale.x(periods.span(str(year)).end), str(year))
            for year in range(case.start_year, case.end_year + 1)
        ],
        values=scale.ticks,
    )


def _cumulated(case: Case) -> dict[str, Figure]:
    """A flow as its target counts it: from the plan's start, up to the first hole."""
    so_far, found = [], {}
    for pieces in amounts(case, periods.span(str(case.end_year))).values():
        if not pieces:
            break
        for code in pieces:
            so_far.append(case.observations[code])
            found[code] = total(Role.AMOUNT, code, so_far, so_far[-1].origin)
    return found


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


class _Scale:
    def __init__(self, case: Case, numbers: list[Decimal]):
        self.start, self.months = case.start_year, 12 * (case.end_year - case.start_year + 1)
        low, high = min(numbers), max(numbers)
        room = (high - low or abs(high) or Decimal(1)) / 10
        # A series of counts that starts near zero is drawn from zero.
        self.low = Decimal(0) if 0 <= low < (high - low) else low - room
        self.high = high + room

    def x(self, end) -> float:
        share = periods.months_since(self.start, end) / self.months
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: Decimal) -> float:
        share = float((value - self.low) / (self.high - self.low))
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    @property
    def ticks(self) -> list[Tick]:
        step = (self.high - self.low) / 4
        digits = max(0, 1 - step.adjusted())
        values = [round(self.low + step * place, digits) for place in range(5)]
        return [Tick(self.y(value), plain(value)) for value in values]


def _lines(points: dict[str, Point]) -> list[str]:
    """The paths through periods that follow one another without a gap."""
    runs, before = [], None
    for code, point in points.items():
        span = periods.span(code)
        follows = before and (span.start - before.end).days == 1 and span.months == before.months
        if follows:
            runs[-1].append(point)
        else:
            runs.append([point])
        before = span
    return [_path(run) for run in runs if len(run) > 1]


def _path(points: list[Point]) -> str:
    return "M" + " L".join(f"{point.x},{point.y}" for point in points)
