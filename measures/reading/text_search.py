"""Reading the text as people do: joined across its line breaks, corrected, searched, marked.

Pure: offsets are code points of the raw text, half-open, and every result points back into it.
"""

import itertools
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from measures.reading import outline

CLAUSE_END = "。,，;；"
INNER_MARKS = str.maketrans("“”", "‘’")


class Edit(NamedTuple):
    """A correction as the text needs it: the span, what should stand there, whether that is doubtful,
    and the number and the reason of its note."""

    start: int
    end: int
    suggested: str
    code: str = ""
    is_doubt: bool = False
    number: int = 0
    reason: str = ""


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


# Round the year of a document number; no keyboard has them.
BRACKETS = str.maketrans("〔〕", "[]")


def normal(words: str) -> str:
    """As typed on any keyboard: full-width forms as half-width ones, letters in lower case, 〔〕 as []."""
    return "".join(
        form if len(form := unicodedata.normalize("NFKC", character).lower()) == 1 else character
        for character in words
    ).translate(BRACKETS)


def terms(query: str) -> list[str]:
    """The words of a query, as blanks of any width part them, each once."""
    return list(dict.fromkeys(normal(query).split()))


def occurrences(words: str, wanted: Iterable[str]) -> list[tuple[int, int]]:
    """Where any of the terms stands in some words, in order."""
    words = normal(words)
    return sorted({span for term in wanted for span in _places(words, term)})


def find(text: str, query: str, edits: Iterable[Edit] = ()) -> list[tuple[int, int]]:
    """The raw spans where a query stands, as printed or as corrected, also across line breaks."""
    return [(hit.start, hit.end) for hit in Readings(text, edits).hits(query)]


class Hit(NamedTuple):
    """A raw span that was looked for; `is_suggested` where only the corrected reading has the words."""

    start: int
    end: int
    is_suggested: bool = False


class Passage(NamedTuple):
    """A sentence, or a line that is none, and what was found in it in reading order."""

    start: int
    end: int
    hits: list[Hit]


class Readings:
    """The text as printed and as corrected, made ready to be searched many times."""

    def __init__(self, text: str, edits: Iterable[Edit] = ()):
        self.text = text
        self._printed, self._suggested = (
            Layer(normal(words), spans) for words, spans in (layer(text), layer(text, edits))
        )

    def hits(self, query: str) -> list[Hit]:
        """Where a query stands; a corrected place only where the print next to it does not say the same."""
        wanted = normal(query)
        printed = _raw_spans(self._printed, wanted)
        suggested = [
            (start, end)
            for start, end in _raw_spans(self._suggested, wanted)
            if not any(start < last and first < end for first, last in printed)
        ]
        return sorted([Hit(*span) for span in printed] + [Hit(*span, True) for span in suggested])

    def passages(self, wanted: list[str]) -> list[Passage]:
        """Those that hold all the terms."""
        found: dict[tuple[int, int], dict[str, list[Hit]]] = {}
        for term in wanted:
            for hit in self.hits(term):
                place = sentence_around(self.text, hit.start, hit.end)
                found.setdefault(place, {}).setdefault(term, []).append(hit)
        return [
            Passage(*place, sorted({hit for hits in by_term.values() for hit in hits}))
            for place, by_term in sorted(found.items())
            if len(by_term) == len(wanted)
        ]

    def apart(self, term: str) -> list[str]:
        """The two parts of a term, of two characters at least, that one passage holds; none otherwise."""
        cuts = ([term[:at], term[at:]] for at in range(2, len(term) - 1))
        return next((parts for parts in cuts if self.passages(parts)), [])

    def shorter(self, term: str, number: int = 3) -> list[str]:
        """The longest parts of a term that stand in the text, of two characters at least; none in another."""
        chosen: list[str] = []
        for length in range(len(term) - 1, 1, -1):
            for at in range(len(term) - length + 1):
                part = term[at : at + length]
                if _cuts_a_number(term, at, at + length):
                    continue
                if not any(part in other for other in chosen) and self.hits(part):
                    chosen.append(part)
        return chosen[:number]


def _cuts_a_number(words: str, start: int, end: int) -> bool:
    return any(
        words[at - 1 : at + 1].isdigit() and len(words[at - 1 : at + 1]) == 2
        for at in (start, end)
        if 0 < at < len(words)
    )


def _places(words: str, wanted: str) -> list[tuple[int, int]]:
    """The spans of a term in words; both must be `normal`."""
    found, at = [], words.find(wanted) if wanted else -1
    while at >= 0:
        found.append((at, at + len(wanted)))
        at = words.find(wanted, at + 1)
    return found


def _raw_spans(reading: Layer, wanted: str) -> list[tuple[int, int]]:
    places = _places(reading.words, wanted)
    return sorted({(reading.spans[start][0], reading.spans[end - 1][1]) for start, end in places})


def quoted(words: str) -> str:
    """Words as they stand between double marks: their own are single there (GB/T 15834)."""
    return words.translate(INNER_MARKS)


class TextRun(NamedTuple):
    """Words in one go: what was looked for, or what stands around it."""

    words: str
    is_hit: bool = False


def runs(text: str, start: int, end: int, spans: Iterable[tuple[int, int]]) -> list[TextRun]:
    """A span cut into what lies in one of the others and what does not, line breaks left out."""
    cut, at = [], start
    for first, last in sorted(spans):
        first, last = max(first, at), min(last, end)
        if first < last:
            cut += [TextRun(text[at:first]), TextRun(text[first:last], True)]
            at = last
    cut.append(TextRun(text[at:end]))
    return [TextRun(words, run.is_hit) for run in cut if (words := run.words.replace("\n", ""))]


def excerpt(text: str, start: int, end: int, spans: list[tuple[int, int]], margin: int = 50) -> list[TextRun]:
    """As `runs`, of a long span only the clauses near the first place, with … for what is left out."""
    first, last = max(start, spans[0][0] - margin), min(end, spans[0][1] + margin)
    while first > start and text[first - 1] not in CLAUSE_END:
        first -= 1
    while last < end and text[last - 1] not in CLAUSE_END:
        last += 1
    before, after = [TextRun("…")] * (first > start), [TextRun("…")] * (last < end)
    return [*before, *runs(text, first, last, spans), *after]


@lru_cache(maxsize=4)
def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """The spans of all sentences; kept, because a page asks for each of its quotations."""
    return tuple(outline.sentences(text, 0, len(text)))


def sentence_at(text: str, place: int) -> tuple[int, int] | None:
    """The sentence that holds the character at a place, or None."""
    return next((span for span in sentences(text) if span[0] <= place < span[1]), None)


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence that holds a span; where none does (a heading, several sentences) its whole line."""
    for first, last in sentences(text):
        if first <= start and end <= last:
            return first, last
    for block in outline.paragraphs(text):
        if block.start <= start and end <= block.end:
            return block.start, block.end
    return start, end


def parts(text: str, start: int, end: int) -> list[tuple[int, int, bool]]:
    """A span cut into its whole sentences (True) and what stands between them."""
    cut, at = [], start
    for first, last in sentences(text):
        if start <= first and last <= end:
            cut += [(at, first, False), (first, last, True)]
            at = last
    return [part for part in (*cut, (at, end, False)) if part[0] < part[1]]


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
