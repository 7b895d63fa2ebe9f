import itertools
from collections.abc import Iterable
from typing import NamedTuple

from measures.reading.layers import Edit


class Mark(NamedTuple):
    start: int
    end: int
    href: str
    title: str
    css: str


class Piece(NamedTuple):
    text: str
    mark: Mark | None = None
    edit: Edit | None = None


def pieces(text: str, start: int, end: int, marks: Iterable[Mark], edits: Iterable[Edit] = ()) -> list[Piece]:
    """Give each piece the narrowest mark around it; never cut a correction."""
    edits = [edit for edit in edits if start <= edit.start and edit.end <= end]
    marks = [mark for mark in marks if mark.start < end and start < mark.end]
    spans = [(span.start, span.end) for span in marks] + [(span.start, span.end) for span in edits]
    cuts = {start, end}
    for first, last in spans:
        cuts |= {max(start, first), min(end, last)}
    inside = {place for edit in edits for place in range(edit.start + 1, edit.end)}
    places = sorted(cuts - inside)
    return [
        Piece(text[first:last], _narrowest(marks, first, last), _edit_at(edits, first, last))
        for first, last in itertools.pairwise(places)
    ]


def _narrowest(marks: list[Mark], start: int, end: int) -> Mark | None:
    around = [mark for mark in marks if mark.start <= start and end <= mark.end]
    return min(around, key=lambda mark: mark.end - mark.start, default=None)


def _edit_at(edits: list[Edit], start: int, end: int) -> Edit | None:
    # The newest correction of a span comes last.
    return next((edit for edit in reversed(edits) if (edit.start, edit.end) == (start, end)), None)
