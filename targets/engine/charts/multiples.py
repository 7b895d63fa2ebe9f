"""Small charts of one indicator, an area each, on one scale and over the same years."""

from collections.abc import Iterable
from typing import NamedTuple

from targets.engine import periods
from targets.engine.case import Case
from targets.engine.charts.lettering import Box
from targets.engine.charts.plot import Point, actuals_of, lines, numbers_of, points
from targets.engine.charts.scale import Scale, round_ticks
from targets.engine.progress import Result
from targets.engine.quantities import plain
from targets.engine.status import UNAVAILABLE, Status

WIDTH, HEIGHT = 160, 84
FIELD = Box(7, 8, WIDTH - 7, HEIGHT - 6)


class Panel(NamedTuple):
    """An area's chart. `last` is its newest value with its period; where there is none, `missing` says so."""

    subject: object
    last: Point | None
    missing: str
    actuals: list[Point]
    lines: list[str]
    targets: list[Point]
    baseline: Point | None
    as_of: float


class Multiples(NamedTuple):
    """Panels with their common scale: `lowest` and `highest` are its ends, `first` and `final` its years.

    With `is_summed` a value is the sum from the plan's start.
    """

    panels: list[Panel]
    lowest: str
    highest: str
    first: int
    final: int
    is_summed: bool
    width: int = WIDTH
    height: int = HEIGHT
    left: float = FIELD.left
    right: float = FIELD.right
    top: float = FIELD.top
    bottom: float = FIELD.bottom


def multiples(known: Iterable[tuple[object, Case, Result]]) -> Multiples | None:
    """A panel for each subject, in the order given; None where none of them has a value to show."""
    known = list(known)
    if not any(case.observations for _, case, _ in known):
        return None
    ticks = round_ticks(number for _, case, _ in known for number in numbers_of(case))
    start, end = known[0][1].start_year, known[0][1].end_year
    scale = Scale(FIELD, ticks, start, end)
    panels = [_panel(*one, scale) for one in known]
    return Multiples(panels, plain(ticks[0]), plain(ticks[-1]), start, end, known[0][1].is_flow)


def _panel(subject, case: Case, result: Result, scale: Scale) -> Panel:
    actuals = points(actuals_of(case), scale)
    baseline = None
    if case.baseline and not case.is_flow:
        baseline = Point(scale.field.left, scale.y(case.baseline.value), case.baseline.shown, "基期")
    return Panel(
        subject=subject,
        last=actuals[-1] if actuals else None,
        missing="" if actuals else _missing(case, result),
        actuals=actuals,
        lines=lines(actuals),
        targets=points({str(year): case.targets[year] for year in sorted(case.targets)}, scale),
        baseline=baseline,
        as_of=scale.x(periods.span(result.as_of).end),
    )


def _missing(case: Case, result: Result) -> str:
    if case.observations:
        return Status.PARTIAL.label
    return UNAVAILABLE if result.unavailable_reason else Status.NO_DATA.label
