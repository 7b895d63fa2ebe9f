"""Points in time and the lines between them, for large and small charts."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from targets.engine import periods
from targets.engine.case import Case, amounts
from targets.engine.charts.scale import Scale
from targets.engine.figures import Figure, InputRole, total


class Point(NamedTuple):
    """`caveat` is the grade and day of what is not a report of its period's end."""

    x: float
    y: float
    label: str
    what: str
    caveat: str = ""

    @property
    def bracketed_caveat(self) -> str:
        return f"（{self.caveat}）" if self.caveat else ""


def actuals_of(case: Case) -> dict[str, Figure]:
    """In the order of time; a flow is summed from the plan's start up to the first gap."""
    if not case.is_flow:
        return dict(sorted(case.observations.items(), key=lambda item: periods.order(item[0])))
    so_far: list[Figure] = []
    sums: dict[str, Figure] = {}
    for pieces in amounts(case, periods.span(str(case.end_year))).values():
        if not pieces:
            break
        for code in pieces:
            so_far.append(case.observations[code])
            sums[code] = total(InputRole.AMOUNT, code, so_far, so_far[-1].origin)
    return sums


def numbers_of(case: Case) -> list[Decimal]:
    """All numbers of a chart, with the zero that a flow starts from."""
    figures = [*actuals_of(case).values(), *case.targets.values()]
    if case.baseline and not case.is_flow:
        figures.append(case.baseline)
    numbers = [figure.value for figure in figures]
    return [*numbers, Decimal(0)] if case.is_flow else numbers


def points(by_period: Mapping[str, Figure], scale: Scale) -> list[Point]:
    return [
        Point(scale.x(periods.span(code).end), scale.y(figure.value), figure.shown, code, figure.caveat)
        for code, figure in by_period.items()
    ]


def target_points(case: Case, scale: Scale) -> list[Point]:
    return points({str(year): case.targets[year] for year in sorted(case.targets)}, scale)


def baseline_point(case: Case, scale: Scale) -> Point | None:
    if case.baseline is None or case.is_flow:
        return None
    return Point(scale.field.left, scale.y(case.baseline.value), case.baseline.shown, "基期")


def lines(points: list[Point]) -> list[str]:
    """Paths through periods of one length without a gap."""
    runs: list[list[Point]] = []
    for point in points:
        if runs and periods.previous(point.what) == runs[-1][-1].what:
            runs[-1].append(point)
        else:
            runs.append([point])
    return [path(run) for run in runs if len(run) > 1]


def path(points: list[Point]) -> str:
    return "M" + " L".join(f"{point.x},{point.y}" for point in points)
