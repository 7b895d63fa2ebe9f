"""What is known of a case at the end of a period: its whole value, and the sum of what is known in part."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from targets.engine import periods
from targets.engine.case import Case, amounts, ended_by
from targets.engine.figures import Figure, InputRole, total


class Cell(NamedTuple):
    """An area's report for a period."""

    area: str
    period: str


class Partial(NamedTuple):
    """A sum of what is known, up to its figure's period; `missing` are the reports that it lacks."""

    figure: Figure
    reported: int
    missing: tuple[Cell, ...]

    @property
    def expected(self) -> int:
        return self.reported + len(self.missing)


class Known(NamedTuple):
    """`whole` names the period that it reaches to. The partial sum is made of `periods_in_part`."""

    whole: Figure | None = None
    partial: Partial | None = None
    periods_in_part: tuple[str, ...] = ()

    def is_whole_at(self, due: str | None) -> bool:
        """Whether the value that was due, or a newer one, is there."""
        if self.whole is None:
            return False
        return due is None or periods.span(due).end <= periods.span(self.whole.period).end

    def is_in_part_at(self, due: str | None) -> bool:
        """Whether the partial sum holds something of the period that was due."""
        if due is None:
            return False
        wanted = periods.span(due)
        held = map(periods.span, self.periods_in_part)
        return any(span.start <= wanted.end and wanted.start <= span.end for span in held)


def known_at(case: Case, moment: periods.Span) -> Known:
    return _flow(case, moment) if case.is_flow else _level(case, moment)


def _level(case: Case, moment: periods.Span) -> Known:
    whole = max(
        ended_by(case.observations, moment), key=lambda code: _order_of_level(case, code), default=None
    )
    in_part = next(reversed(ended_by(case.partial, moment)), None)
    figure = case.observations[whole] if whole else None
    if in_part is None or (whole and periods.span(in_part).end <= periods.span(whole).end):
        return Known(figure)
    up = case.rolled[in_part]
    missing = tuple(Cell(area, in_part) for area in up.missing)
    return Known(figure, Partial(case.partial[in_part], up.reported, missing), (in_part,))


def _order_of_level(case: Case, code: str) -> tuple[date, bool, bool, int]:
    """Of one end the place's own value before a sum, then that of its rhythm, then the longer period's."""
    span = periods.span(code)
    return span.end, code not in case.rolled, code in case.due, span.months


def _flow(case: Case, moment: periods.Span) -> Known:
    filled = amounts(case, moment)
    so_far: list[str] = []
    reach = None
    for code, pieces in filled.items():
        if not pieces:
            break
        so_far += pieces
        reach = code
    whole = _sum_of(case, so_far, reach) if reach else None
    known = [piece for code in filled for piece in _pieces(case, code, moment)]
    known += _newer_pieces(case, filled, moment)
    if not known or known == so_far:
        return Known(whole)
    cells = [cell for code in filled for cell in _cells(case, code, filled[code])]
    missing = tuple(cell for cell, is_reported in cells if not is_reported)
    summed = _sum_of(case, known, known[-1])
    return Known(whole, Partial(summed, len(cells) - len(missing), missing), tuple(known))


def _sum_of(case: Case, codes: Iterable[str], period: str) -> Figure:
    figures = [case.observations.get(code) or case.partial[code] for code in codes]
    return total(InputRole.AMOUNT, period, figures, figures[-1].origin)


def _pieces(case: Case, code: str, moment: periods.Span) -> list[str]:
    """The periods in one that have a value, whole or in part, none within another."""
    if periods.span(code).end <= moment.end and (code in case.observations or code in case.partial):
        return [code]
    return [piece for half in periods.halves(code) for piece in _pieces(case, half, moment)]


def _newer_pieces(case: Case, filled: Iterable[str], moment: periods.Span) -> list[str]:
    """What is known of the periods that have not ended."""
    running = [code for code in case.tiles if periods.span(code).start <= moment.end < periods.span(code).end]
    return [piece for code in running for piece in _pieces(case, code, moment)]


def _cells(case: Case, code: str, pieces: list[str]) -> list[tuple[Cell, bool]]:
    """The reports that are due for a period of a flow, each with whether it is there."""
    if code not in case.rolled:
        return [(Cell(case.area, code), bool(pieces))]
    up = case.rolled[code]
    return [(Cell("", code), True)] * up.reported + [(Cell(area, code), False) for area in up.missing]
