"""The search over the plan's text and records: reads all of them each time, a few hundred rows."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from django import forms
from django.db.models import QuerySet

from measures.models import Citation, Correction, Measure, Principle, Section, SourceText, Weakness
from measures.reading.layers import Edit
from measures.reading.outline import innermost
from measures.reading.sentences import quoted
from measures.reading.text_search import (
    Hit,
    Passage,
    SearchableText,
    TextRun,
    excerpt,
    normalize,
    occurrences,
    runs,
    terms,
)
from targets.models import Area, Goal, Indicator, Policy

SearchedRecord = Area | Correction | Goal | Indicator | Measure | Policy | Principle | Weakness


class SearchedField(NamedTuple):
    """`is_added` where the words are not from the plan's text."""

    name: str
    label: str
    is_added: bool = True


class RecordKind(NamedTuple):
    """`code` is the name in `?kind=`."""

    code: str
    label: str
    rows: Callable[[], QuerySet]
    title: Callable[[Any], str]
    fields: tuple[SearchedField, ...] = ()


NOTE = SearchedField("note", "说明")
KINDS = (
    RecordKind("goal", "目标", Goal.objects.select_related("parent").all, attrgetter("statement"), (NOTE,)),
    RecordKind(
        "indicator",
        "指标",
        Indicator.objects.all,
        attrgetter("name"),
        (SearchedField("definition", "口径"), NOTE),
    ),
    RecordKind("measure", "措施", Measure.objects.all, attrgetter("name"), (NOTE,)),
    RecordKind(
        "policy",
        "政策文件",
        Policy.objects.all,
        attrgetter("title"),
        (SearchedField("number", "文号", is_added=False), NOTE),
    ),
    RecordKind(
        "principle", "原则", Principle.objects.all, attrgetter("title"), (SearchedField("keyword", "关键词"),)
    ),
    RecordKind("weakness", "问题", Weakness.objects.all, attrgetter("text")),
    RecordKind(
        "correction",
        "勘误",
        Correction.objects.all,
        lambda row: f"{row.as_printed} → {row.suggested or '（删）'}",
        (SearchedField("reason", "理由"),),
    ),
    RecordKind("area", "县市区", Area.objects.all, attrgetter("name")),
)
TEXT = "text"
CHOICES = [(TEXT, "原文"), *((kind.code, kind.label) for kind in KINDS)]


class TextHit(NamedTuple):
    """A sentence with hits, and the records that cite it.

    Where only the corrected text has the words, `printed` is the text as printed, `slips` the corrections.
    """

    section: Section | None
    address: str
    runs: list[TextRun]
    number: int
    printed: list[str]
    slips: list[Correction]
    records: list[SearchedRecord]


class HitPlace(NamedTuple):
    label: str
    runs: list[TextRun]
    is_added: bool
    citation: Citation | None = None


class RecordHit(NamedTuple):
    record: SearchedRecord
    title: list[TextRun]
    places: list[HitPlace]


class CodeMatch(NamedTuple):
    label: str
    code: str
    title: str
    address: str


@dataclass(frozen=True)
class HitGroup:
    """`number` counts places in the text, or records."""

    code: str
    label: str
    found: list
    number: int

    @property
    def is_text(self) -> bool:
        return self.code == TEXT


@dataclass(frozen=True)
class SearchResults:
    """`apart` are two parts of a word that only occurs in parts; `hints` shorter words, with their count."""

    exact: list[CodeMatch]
    groups: list[HitGroup]
    apart: list[str]
    hints: list[tuple[str, int]]

    @property
    def total(self) -> int:
        return len(self.exact) + sum(group.number for group in self.groups)

    def shown(self, kind: str) -> list[HitGroup]:
        return [group for group in self.groups if group.found and kind in {"", group.code}]


def search(query: str) -> SearchResults:
    """Find sentences and records with all words of a query, as printed or as corrected.

    A record also has the words of its citations.
    """
    source = SourceText.objects.first()
    if source is None:
        return SearchResults([], [], [], [])
    # The last of several corrections of the same words counts.
    corrections = list({(row.start, row.end): row for row in source.corrections.all()}.values())
    readings = SearchableText(source.text, [Edit(row.start, row.end, row.suggested) for row in corrections])
    sections = list(source.sections.select_related("parent"))
    records = {kind: list(kind.rows()) for kind in KINDS}
    quotations = Quotations(source, records)

    def grouped(wanted: list[str]) -> list[HitGroup]:
        quotations.hits = {term: readings.hits(term) for term in wanted}
        passages = readings.passages(wanted)
        hits = [_text_hit(passage, quotations, sections, corrections) for passage in passages]
        groups = [HitGroup(TEXT, "原文", hits, sum(hit.number for hit in hits))]
        for kind, rows in records.items():
            found = _record_hits(kind, rows, wanted, quotations)
            groups.append(HitGroup(kind.code, kind.label, found, len(found)))
        return groups

    wanted = terms(query)
    exact, groups = _code_matches(normalize(query), records, sections), grouped(wanted)
    if exact or any(group.found for group in groups):
        return SearchResults(exact, groups, [], [])
    if len(wanted) == 1 and (apart := readings.split_term(wanted[0])):
        return SearchResults([], grouped(apart), apart, [])
    return SearchResults([], groups, [], _hints(readings, wanted))


def _text_hit(
    passage: Passage, quotations: "Quotations", sections: list[Section], corrections: list[Correction]
) -> TextHit:
    source = quotations.source
    section = innermost(sections, passage.start, passage.end)
    suggested = [hit for hit in passage.hits if hit.is_suggested]
    address = source.address_of(passage.start, section)
    return TextHit(
        section,
        address.replace("#", "?corrected=1#") if suggested else address,
        runs(source.text, passage.start, passage.end, _spans_of(passage.hits)),
        len(passage.hits),
        [source.text[hit.start : hit.end].replace("\n", "") for hit in suggested],
        [row for row in corrections if _overlapping(row, suggested)],
        quotations.within(passage),
    )


def _code_matches(
    code: str, records: dict[RecordKind, list[SearchedRecord]], sections: list[Section]
) -> list[CodeMatch]:
    found = [
        CodeMatch(kind.label, row.code, kind.title(row), row.get_absolute_url())
        for kind, rows in records.items()
        for row in rows
        if normalize(row.code) == code
    ]
    return found + [
        CodeMatch("章节", row.code, row.label, row.get_absolute_url())
        for row in sections
        if normalize(row.code) == code
    ]


def _hints(readings: SearchableText, wanted: list[str]) -> list[tuple[str, int]]:
    """Those of several words that occur, else the longest parts that do, with their count."""
    alone = [term for term in wanted if readings.hits(term)] if len(wanted) > 1 else []
    words = alone or chain.from_iterable(map(readings.shorter_terms, wanted))
    return [(term, len(readings.hits(term))) for term in dict.fromkeys(words)]


class Quotations:
    """The citations of all records; `hits` by the searched term."""

    def __init__(self, source: SourceText, records: dict[RecordKind, list[SearchedRecord]]):
        self.source = source
        self.hits: dict[str, list[Hit]] = {}
        self._by_record: defaultdict[tuple[str, int], list[Citation]] = defaultdict(list)
        for citation in source.citations.select_related("baseline", "section__parent"):
            self._by_record[_record_cited_by(citation)].append(citation)
        self._quoted = [
            (row, citation)
            for kind, rows in records.items()
            for row in rows
            for citation in self.of(kind, row)
        ]

    def of(self, kind: RecordKind, row: SearchedRecord) -> list[Citation]:
        return self._by_record[kind.code, row.pk]

    def within(self, passage: Passage) -> list[SearchedRecord]:
        rows = [row for row, citation in self._quoted if _overlapping(citation, [passage])]
        return list(dict.fromkeys(rows))

    def holds(self, citations: list[Citation], term: str) -> bool:
        return any(_overlapping(citation, self.hits[term]) for citation in citations)

    def places(self, citations: list[Citation]) -> list[HitPlace]:
        everywhere = list(chain.from_iterable(self.hits.values()))
        return [
            HitPlace(
                "原文",
                excerpt(quoted(self.source.text), citation.start, citation.end, _spans_of(touched)),
                False,
                citation,
            )
            for citation in citations
            if (touched := _overlapping(citation, everywhere))
        ]


def _record_cited_by(citation: Citation) -> tuple[str, int]:
    """Its kind and id; a baseline is shown with its indicator."""
    if citation.baseline:
        return "indicator", citation.baseline.indicator_id
    return citation.supports, getattr(citation, f"{citation.supports}_id")


def _record_hits(
    kind: RecordKind, rows: list[SearchedRecord], wanted: list[str], quotations: Quotations
) -> list[RecordHit]:
    """Rows with all terms; those with a hit in the title first, then those with one in a citation."""
    found = []
    for row in rows:
        citations, title = quotations.of(kind, row), kind.title(row)
        added = [(field, words) for field in kind.fields if (words := getattr(row, field.name))]
        own = normalize("\n".join([title, *(words for _, words in added)]))
        if all(term in own or quotations.holds(citations, term) for term in wanted):
            places = [*quotations.places(citations), *_places_in_fields(added, wanted)]
            found.append(RecordHit(row, runs(title, 0, len(title), occurrences(title, wanted)), places))
    return sorted(found, key=_rank)


def _rank(found: RecordHit) -> int:
    if any(run.is_hit for run in found.title):
        return 0
    return 1 if any(place.citation for place in found.places) else 2


def _places_in_fields(fields: Iterable[tuple[SearchedField, str]], wanted: list[str]) -> list[HitPlace]:
    return [
        HitPlace(field.label, excerpt(words, 0, len(words), spans), field.is_added)
        for field, words in fields
        if (spans := occurrences(words, wanted))
    ]


def _overlapping(row: Citation | Correction, hits: Iterable[Hit | Passage]) -> list[Hit | Passage]:
    return sorted(hit for hit in hits if row.start < hit.end and hit.start < row.end)


def _spans_of(hits: Iterable[Hit | Passage]) -> list[tuple[int, int]]:
    return [(hit.start, hit.end) for hit in hits]


LONGEST_QUERY = 50


class SearchForm(forms.Form):
    q = forms.CharField(
        label="搜索词",
        max_length=LONGEST_QUERY,
        required=False,
        error_messages={
            "max_length": f"太长，请不超过 {LONGEST_QUERY} 字，取其中两三个词来找。",
            "null_characters_not_allowed": "含有看不见的字符，请删去。",
        },
    )
    kind = forms.ChoiceField(label="类别", choices=CHOICES, required=False)

    @property
    def query(self) -> str:
        return self.cleaned_data.get("q", "")

    @property
    def is_blank(self) -> bool:
        """Whether the query is white space only."""
        return self.is_valid() and not self.query and bool(self.data.get("q"))

    @property
    def http_status(self) -> int:
        return 200 if self.is_valid() else 400
