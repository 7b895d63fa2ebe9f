"""What both the large chart and the small ones plot: points in time, and lines between those that follow."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from targets.engine import periods
from targets.engine.case import Case, amounts
from targets.engine.charts.scale import Scale
from targets.engine.figures import Figure, InputRole, total


class Point(NamedTuple):
    """A place on the canvas with what stands there."""

    x: float
    y: float
    label: str
    what: str


def actuals_of(case: Case) -> dict[str, Figure]:
    """The values in the order of time; a flow as its target counts it: from the plan's start, up to the first
    hole."""
    if not case.is_flow:
        return dict(sorted(case.observations.items(), key=lambda item: _order(item[0])))
    so_far, found = [], {}
    for pieces in amounts(case, periods.span(str(case.end_year))).values():
        if not pieces:
            break
        for code in pieces:
            so_far.append(case.observations[code])
            found[code] = total(InputRole.AMOUNT, code, so_far, so_far[-1].origin)
    return found


def _order(code: str) -> tuple:
    return periods.span(code).end, -periods.span(code).start.toordinal()


def numbers_of(case: Case) -> list[Decimal]:
    """All the numbers that a chart of the case shows, a flow's beginning at zero among them."""
    base = [] if case.base is None else [case.base]
    figures = [*actuals_of(case).values(), *case.targets.values()]
    return [*base, *(figure.value for figure in figures)]


def points(by_period: Mapping[str, Figure], scale: Scale) -> list[Point]:
    return [
        Point(scale.x(periods.span(code).end), scale.y(figure.value), figure.shown, code)
        for code, figure in by_period.items()
    ]


def lines(points: list[Point]) -> list[str]:
    """The paths through periods that follow one another without a gap."""
    runs, before = [], None
    for point in points:
        span = periods.span(point.what)
        if before and (span.start - before.end).days == 1 and span.months == before.months:
            runs[-1].append(point)
        else:
            runs.append([point])
        before = span
    return [path(run) for run in runs if len(run) > 1]


def path(points: list[Point]) -> str:
    return "M" + " L".join(f"{point.x},{point.y}" for point in points)
