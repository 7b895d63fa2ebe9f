"""Search in the text as printed and as corrected, across line breaks."""

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from measures.reading.layers import Edit, Layer, layer
from measures.reading.sentences import sentence_around

CLAUSE_END = "。,，;；"

# Keyboards do not have the brackets of document numbers.
BRACKETS = str.maketrans("〔〕", "[]")


def normalize(words: str) -> str:
    """Use half-width forms, lower case and []; the length stays the same."""
    return "".join(
        form if len(form := unicodedata.normalize("NFKC", character).lower()) == 1 else character
        for character in words
    ).translate(BRACKETS)


def terms(query: str) -> list[str]:
    return list(dict.fromkeys(normalize(query).split()))


def occurrences(words: str, wanted: Iterable[str]) -> list[tuple[int, int]]:
    words = normalize(words)
    return sorted({span for term in wanted for span in _places(words, term)})


def find(text: str, query: str, edits: Iterable[Edit] = ()) -> list[tuple[int, int]]:
    return [(hit.start, hit.end) for hit in SearchableText(text, edits).hits(query)]


class Hit(NamedTuple):
    """`is_suggested`: only the corrected text has the words."""

    start: int
    end: int
    is_suggested: bool = False


class Passage(NamedTuple):
    start: int
    end: int
    hits: list[Hit]


class SearchableText:
    def __init__(self, text: str, edits: Iterable[Edit] = ()):
        self.text = text
        self._printed, self._suggested = (
            Layer(normalize(words), spans) for words, spans in (layer(text), layer(text, edits))
        )

    def hits(self, query: str) -> list[Hit]:
        """Return corrected hits only where no printed one overlaps."""
        wanted = normalize(query)
        printed = _raw_spans(self._printed, wanted)
        suggested = [
            (start, end)
            for start, end in _raw_spans(self._suggested, wanted)
            if not any(start < last and first < end for first, last in printed)
        ]
        return sorted([Hit(*span) for span in printed] + [Hit(*span, True) for span in suggested])

    def passages(self, wanted: list[str]) -> list[Passage]:
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

    def split_term(self, term: str) -> list[str]:
        """Split a term into two parts, of at least two characters, that stand in one passage."""
        cuts = ([term[:at], term[at:]] for at in range(2, len(term) - 1))
        return next((parts for parts in cuts if self.passages(parts)), [])

    def shorter_terms(self, term: str) -> list[str]:
        """Return the three longest parts of a term that the text has, of at least two characters."""
        chosen: list[str] = []
        for length in range(len(term) - 1, 1, -1):
            for at in range(len(term) - length + 1):
                part = term[at : at + length]
                if _cuts_a_number(term, at, at + length):
                    continue
                if not any(part in other for other in chosen) and self.hits(part):
                    chosen.append(part)
        return chosen[:3]


def _cuts_a_number(words: str, start: int, end: int) -> bool:
    return any(words[at - 1 : at + 1].isdigit() for at in (start, end) if 0 < at < len(words))


def _places(words: str, wanted: str) -> list[tuple[int, int]]:
    found, at = [], words.find(wanted) if wanted else -1
    while at >= 0:
        found.append((at, at + len(wanted)))
        at = words.find(wanted, at + 1)
    return found


def _raw_spans(searched: Layer, wanted: str) -> list[tuple[int, int]]:
    places = _places(searched.words, wanted)
    return sorted({(searched.spans[start][0], searched.spans[end - 1][1]) for start, end in places})


class TextRun(NamedTuple):
    words: str
    is_hit: bool = False


def runs(text: str, start: int, end: int, spans: Iterable[tuple[int, int]]) -> list[TextRun]:
    """Cut the text at the spans; drop line breaks."""
    cut, at = [], start
    for first, last in sorted(spans):
        first, last = max(first, at), min(last, end)
        if first < last:
            cut += [TextRun(text[at:first]), TextRun(text[first:last], True)]
            at = last
    cut.append(TextRun(text[at:end]))
    return [TextRun(words, run.is_hit) for run in cut if (words := run.words.replace("\n", ""))]


def excerpt(text: str, start: int, end: int, spans: list[tuple[int, int]], margin: int = 50) -> list[TextRun]:
    """Like `runs`, but only the clauses near the first span, with … for the rest."""
    first, last = max(start, spans[0][0] - margin), min(end, spans[0][1] + margin)
    while first > start and text[first - 1] not in CLAUSE_END:
        first -= 1
    while last < end and text[last - 1] not in CLAUSE_END:
        last += 1
    before, after = [TextRun("…")] * (first > start), [TextRun("…")] * (last < end)
    return [*before, *runs(text, first, last, spans), *after]
