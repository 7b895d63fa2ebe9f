"""What is known of a case at the end of a period: its whole value, and the sum of what is known in part."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import takewhile
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

    def is_in_part_at(self, due: str) -> bool:
        """Whether the partial sum of a flow holds something of the period that was due."""
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
    whole = _sum_of(case, _unbroken(filled))
    known = {code: pieces or _pieces(case, code, moment) for code, pieces in filled.items()}
    known |= {code: _pieces(case, code, moment) for code in _running(case, moment)}
    held = [piece for pieces in known.values() for piece in pieces]
    summed = _sum_of(case, {code: pieces for code, pieces in known.items() if pieces})
    if summed is None or (whole and len(summed.made_of) == len(whole.made_of)):
        return Known(whole)
    reach = (
        code if filled.get(code) else _figure(case, piece).period for code in known for piece in known[code]
    )
    cells = [cell for code in filled for cell in _cells(case, code, filled[code])]
    missing = tuple(cell for cell, is_reported in cells if not is_reported)
    figure = replace(summed, period=periods.newest(reach))
    return Known(whole, Partial(figure, len(cells) - len(missing), missing), tuple(held))


def _unbroken(filled: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The periods up to the first gap."""
    return dict(takewhile(lambda item: item[1], filled.items()))


def _sum_of(case: Case, by_period: Mapping[str, list[str]]) -> Figure | None:
    """Up to the last of the periods."""
    figures = [_figure(case, piece) for pieces in by_period.values() for piece in pieces]
    if not figures:
        return None
    return total(InputRole.AMOUNT, list(by_period)[-1], figures, figures[-1].origin)


def _figure(case: Case, code: str) -> Figure:
    return case.observations.get(code) or case.partial[code]


def _pieces(case: Case, code: str, moment: periods.Span) -> list[str]:
    """What is known of a period: own shorter values, or a partial sum of parts where that is more."""
    own = [piece for half in periods.halves(code) for piece in _known_in(case, half, moment)]
    if code not in case.partial:
        return own
    amount = sum((_figure(case, piece).value for piece in own), Decimal(0))
    return own if own and amount >= case.partial[code].value else [code]


def _known_in(case: Case, code: str, moment: periods.Span) -> list[str]:
    if code in case.observations and periods.span(code).end <= moment.end:
        return [code]
    return _pieces(case, code, moment)


def _running(case: Case, moment: periods.Span) -> list[str]:
    return [code for code in case.tiles if periods.span(code).start <= moment.end < periods.span(code).end]


def _cells(case: Case, code: str, pieces: list[str]) -> list[tuple[Cell, bool]]:
    """The reports that are due for a period of a flow, each with whether it is there."""
    if code not in case.rolled:
        return [(Cell(case.area, code), bool(pieces))]
    up = case.rolled[code]
    return [(Cell("", code), True)] * up.reported + [(Cell(area, code), False) for area in up.missing]


def residuals(case: Case, moment: periods.Span) -> dict[str, Decimal]:
    """差额 of a flow, by period: a value that shorter ones fill too, less their sum, where they differ."""
    known = ended_by(case.observations, moment)
    filled = {code: [periods.made_up_of(half, known) for half in periods.halves(code)] for code in known}
    sums = {
        code: sum((case.observations[piece].value for half in halves for piece in half), Decimal(0))
        for code, halves in filled.items()
        if case.is_flow and halves and all(halves)
    }
    return {
        code: case.observations[code].value - amount
        for code, amount in sums.items()
        if case.observations[code].value != amount
    }
