"""Small charts of one indicator on one scale, an area each."""

from collections.abc import Iterable
from typing import NamedTuple

from targets.engine import periods
from targets.engine.case import Case
from targets.engine.charts.lettering import Box
from targets.engine.charts.plot import (
    Point,
    actuals_of,
    baseline_point,
    lines,
    numbers_of,
    points,
    target_points,
)
from targets.engine.charts.scale import Scale, round_ticks
from targets.engine.progress import Result
from targets.engine.quantities import plain
from targets.engine.status import Status

WIDTH, HEIGHT = 160, 84
FIELD = Box(7, 8, WIDTH - 7, HEIGHT - 6)


class Panel(NamedTuple):
    """`last` is the newest value; without one `missing` says why."""

    subject: object
    last: Point | None
    missing: str
    actuals: list[Point]
    lines: list[str]
    targets: list[Point]
    baseline: Point | None
    as_of: float


class Multiples(NamedTuple):
    """The scale runs from `lowest` to `highest`, the years from `first` to `final`."""

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
    """None where no subject has a value."""
    known = list(known)
    if not any(case.observations for _, case, _ in known):
        return None
    ticks = round_ticks(number for _, case, _ in known for number in numbers_of(case))
    start, end = known[0][1].start_year, known[0][1].end_year
    scale = Scale(FIELD, ticks, start, end)
    panels = [_panel(subject, case, result, scale) for subject, case, result in known]
    return Multiples(panels, plain(ticks[0]), plain(ticks[-1]), start, end, known[0][1].is_flow)


def _panel(subject: object, case: Case, result: Result, scale: Scale) -> Panel:
    actuals = points(actuals_of(case), scale)
    return Panel(
        subject=subject,
        last=actuals[-1] if actuals else None,
        missing="" if actuals else _missing(case, result),
        actuals=actuals,
        lines=lines(actuals),
        targets=target_points(case, scale),
        baseline=baseline_point(case, scale),
        as_of=scale.x(periods.span(result.as_of).end),
    )


def _missing(case: Case, result: Result) -> str:
    if case.observations or case.partial:
        return Status.PARTIAL.label
    return (Status.UNAVAILABLE if result.unavailable_reason else Status.NO_DATA).label
