"""Reading the text as people do: joined across its line breaks, corrected, searched, marked.

Pure: offsets are code points of the raw text, half-open, and every result points back into it.
"""

import itertools
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from measures import outline


class Edit(NamedTuple):
    """A correction as the text needs it: the span, what should stand there, and whether that is doubtful."""

    start: int
    end: int
    suggested: str
    code: str = ""
    is_doubt: bool = False


class Mark(NamedTuple):
    """A span that leads somewhere: an address and what a reader is told of it."""

    start: int
    end: int
    href: str
    title: str
    css: str


class Piece(NamedTuple):
    """A run of text with at most one mark and at most one correction on it."""

    text: str
    mark: Mark | None = None
    edit: Edit | None = None


class Layer(NamedTuple):
    """The words of some reading of the text, and for each character the raw span that it stands for."""

    words: str
    spans: list[tuple[int, int]]


def layer(text: str, edits: Iterable[Edit] = ()) -> Layer:
    """The text joined: one line a paragraph, breaks inside sentences gone; with `edits`, corrected too."""
    by_start = {edit.start: edit for edit in edits}
    words, spans = [], []
    for block in outline.paragraphs(text):
        at = block.start
        while at < block.end:
            edit = by_start.get(at)
            end, shown = (edit.end, edit.suggested) if edit else (at + 1, text[at].replace("\n", ""))
            words.append(shown)
            spans += [(at, end)] * len(shown)
            at = end
        words.append("\n")
        spans.append((block.end, block.end))
    return Layer("".join(words), spans)


def normal(words: str) -> str:
    """As typed on any keyboard: full-width forms as half-width ones, letters in lower case."""
    return "".join(
        form if len(form := unicodedata.normalize("NFKC", character).lower()) == 1 else character
        for character in words
    )


def find(text: str, query: str, edits: Iterable[Edit] = ()) -> list[tuple[int, int]]:
    """The raw spans where a query stands, as printed or as corrected, also across line breaks."""
    wanted = normal(query)
    if not wanted:
        return []
    found = set()
    for reading in (layer(text), layer(text, edits)):
        words = normal(reading.words)
        at = words.find(wanted)
        while at >= 0:
            covered = reading.spans[at : at + len(wanted)]
            found.add((covered[0][0], covered[-1][1]))
            at = words.find(wanted, at + 1)
    return sorted(found)


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence that holds a span; where none does (a heading, several sentences) its whole line."""
    for first, last in outline.sentences(text, 0, len(text)):
        if first <= start and end <= last:
            return first, last
    for block in outline.paragraphs(text):
        if block.start <= start and end <= block.end:
            return block.start, block.end
    return start, end


def pieces(text: str, start: int, end: int, marks: Iterable[Mark], edits: Iterable[Edit] = ()) -> list[Piece]:
    """A span cut so that each piece carries the narrowest mark around it; a correction is never cut."""
    edits = [edit for edit in edits if start <= edit.start and edit.end <= end]
    marks = [mark for mark in marks if mark.start < end and start < mark.end]
    cuts = {start, end}
    for span in (*marks, *edits):
        cuts |= {max(start, span.start), min(end, span.end)}
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
    # The newest of several opinions on one span stands last.
    return next((edit for edit in reversed(edits) if (edit.start, edit.end) == (start, end)), None)
