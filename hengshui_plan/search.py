"""One search over the text and the records that it speaks of.

Everything is read each time, whatever is looked for: a few hundred rows, in a fixed number of queries.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from django import forms
from django.db.models import Model, QuerySet

from measures.models import Citation, Correction, Measure, Principle, Section, SourceText, Weakness
from measures.reading.outline import innermost
from measures.reading.text_search import (
    Edit,
    Hit,
    Passage,
    Readings,
    TextRun,
    excerpt,
    normal,
    occurrences,
    quoted,
    runs,
    terms,
)
from targets.models import Area, Goal, Indicator, Policy


class SearchedField(NamedTuple):
    """Words of a record beside its title; `is_added` where they are not the text's own."""

    name: str
    label: str
    is_added: bool = True


class RecordKind(NamedTuple):
    """A kind of record: its name in `?kind=`, its rows, and where their words stand."""

    code: str
    label: str
    rows: Callable[[], QuerySet]
    title: Callable[[Model], str]
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
        Policy.objects.others,
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
    """A sentence of the text with what was found in it. `printed` is what stands where only the
    corrected reading has the words, `slips` the corrections that make the difference, `records` what
    the sentence is quoted for."""

    section: Section
    address: str
    runs: list[TextRun]
    number: int
    printed: list[str]
    slips: list[Correction]
    records: list[Model]


class HitPlace(NamedTuple):
    """Where the words stand in a record; a quotation leads to its sentence."""

    label: str
    runs: list[TextRun]
    is_added: bool
    citation: Citation | None = None


class SearchResults(NamedTuple):
    """A record with its title and the other places where the words stand."""

    record: Model
    title: list[TextRun]
    places: list[HitPlace]


class Exact(NamedTuple):
    """The record, or the section, whose code was typed."""

    label: str
    code: str
    title: str
    address: str


class Group(NamedTuple):
    """What was found of one kind; `number` counts places in the text, else records."""

    code: str
    label: str
    found: list
    number: int

    @property
    def is_text(self) -> bool:
        return self.code == TEXT


@dataclass(frozen=True)
class Results:
    """What was found: the record with just that code, then by kind.

    `apart` are the two parts of a word that nowhere stands as one, where a sentence holds both; `hints` are
    shorter words that the text does have, each with the number of its places.
    """

    exact: list[Exact]
    groups: list[Group]
    apart: list[str]
    hints: list[tuple[str, int]]

    @property
    def total(self) -> int:
        return len(self.exact) + sum(group.number for group in self.groups)

    def shown(self, kind: str) -> list[Group]:
        return [group for group in self.groups if group.found and kind in {"", group.code}]


def search(query: str) -> Results:
    """Sentences and records that hold all the words of a query, printed or corrected, across the
    text's line breaks; a record holds those that it is quoted for, too."""
    source = SourceText.objects.first()
    if source is None:
        return Results([], [], [], [])
    # Of several opinions on the same words the newest stands last, and holds.
    corrections = list({(row.start, row.end): row for row in source.corrections.all()}.values())
    readings = Readings(source.text, [Edit(row.start, row.end, row.suggested) for row in corrections])
    sections = list(source.sections.select_related("parent"))
    records = {kind: list(kind.rows()) for kind in KINDS}
    quotations = Quotations(source, records)

    def grouped(wanted: list[str]) -> list[Group]:
        quotations.hits = {term: readings.hits(term) for term in wanted}
        passages = readings.passages(wanted)
        hits = [_text_hit(passage, quotations, sections, corrections) for passage in passages]
        groups = [Group(TEXT, "原文", hits, sum(hit.number for hit in hits))]
        for kind, rows in records.items():
            found = _found(kind, rows, wanted, quotations)
            groups.append(Group(kind.code, kind.label, found, len(found)))
        return groups

    wanted, apart, hints = terms(query), [], {}
    exact, groups = _exact(normal(query), records, sections), grouped(wanted)
    if not exact and not any(group.found for group in groups):
        apart = readings.apart(wanted[0]) if len(wanted) == 1 else []
        groups = grouped(apart) if apart else groups
        hints = {} if apart else _hints(readings, wanted)
    return Results(exact, groups, apart, list(hints.items()))


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
        runs(source.text, passage.start, passage.end, _spans(passage.hits)),
        len(passage.hits),
        [source.text[hit.start : hit.end].replace("\n", "") for hit in suggested],
        [row for row in corrections if _touching(row, suggested)],
        quotations.within(passage),
    )


def _exact(code: str, records: dict[RecordKind, list[Model]], sections: list[Section]) -> list[Exact]:
    found = [
        Exact(kind.label, row.code, kind.title(row), row.get_absolute_url())
        for kind, rows in records.items()
        for row in rows
        if normal(row.code) == code
    ]
    return found + [
        Exact("章节", row.code, row.label, row.get_absolute_url())
        for row in sections
        if normal(row.code) == code
    ]


def _hints(readings: Readings, wanted: list[str]) -> dict[str, int]:
    """Of several words each that is there, else the longest parts of them that are."""
    alone = [term for term in wanted if readings.hits(term)] if len(wanted) > 1 else []
    words = alone or chain.from_iterable(map(readings.shorter, wanted))
    return {term: len(readings.hits(term)) for term in words}


class Quotations:
    """What the records are quoted for, and which of it was looked for: `hits`, the places of each term."""

    def __init__(self, source: SourceText, records: dict[RecordKind, list[Model]]):
        self.source = source
        self.hits: dict[str, list[Hit]] = {}
        self._by_record = defaultdict(list)
        for citation in source.citations.select_related("baseline", "section__parent"):
            self._by_record[_cited(citation)].append(citation)
        self._quoted = [
            (row, citation)
            for kind, rows in records.items()
            for row in rows
            for citation in self.of(kind, row)
        ]

    def of(self, kind: RecordKind, row: Model) -> list[Citation]:
        return self._by_record[kind.code, row.pk]

    def within(self, passage: Passage) -> list[Model]:
        """The records that some words of a passage are quoted for."""
        rows = [row for row, citation in self._quoted if _touching(citation, [passage])]
        return list(dict.fromkeys(rows))

    def holds(self, citations: list[Citation], term: str) -> bool:
        return any(_touching(citation, self.hits[term]) for citation in citations)

    def places(self, citations: list[Citation]) -> list[HitPlace]:
        everywhere = list(chain.from_iterable(self.hits.values()))
        return [
            HitPlace(
                "原文",
                excerpt(quoted(self.source.text), citation.start, citation.end, _spans(touched)),
                False,
                citation,
            )
            for citation in citations
            if (touched := _touching(citation, everywhere))
        ]


def _cited(citation: Citation) -> tuple[str, int] | None:
    """The kind and the id of the record that a citation is for; a baseline's is its indicator's."""
    if citation.baseline:
        return "indicator", citation.baseline.indicator_id
    ids = {kind.code: getattr(citation, f"{kind.code}_id", None) for kind in KINDS}
    return next(((code, pk) for code, pk in ids.items() if pk), None)


def _found(
    kind: RecordKind, rows: list[Model], wanted: list[str], quotations: Quotations
) -> list[SearchResults]:
    """The rows that hold all the terms; those whose title has one first, then those quoted for one."""
    found = []
    for row in rows:
        citations, title = quotations.of(kind, row), kind.title(row)
        added = [(field, words) for field in kind.fields if (words := getattr(row, field.name))]
        own = normal("\n".join([title, *(words for _, words in added)]))
        if all(term in own or quotations.holds(citations, term) for term in wanted):
            places = [*quotations.places(citations), *_added(added, wanted)]
            found.append(SearchResults(row, runs(title, 0, len(title), occurrences(title, wanted)), places))
    return sorted(found, key=_rank)


def _rank(found: SearchResults) -> int:
    if any(run.is_hit for run in found.title):
        return 0
    return 1 if any(place.citation for place in found.places) else 2


def _added(fields: Iterable[tuple[SearchedField, str]], wanted: list[str]) -> list[HitPlace]:
    return [
        HitPlace(field.label, excerpt(words, 0, len(words), spans), field.is_added)
        for field, words in fields
        if (spans := occurrences(words, wanted))
    ]


def _touching(row: Citation | Correction, hits: Iterable[Hit | Passage]) -> list[Hit | Passage]:
    return sorted(hit for hit in hits if row.start < hit.end and hit.start < row.end)


def _spans(hits: list[Hit]) -> list[tuple[int, int]]:
    return [(hit.start, hit.end) for hit in hits]


class SearchForm(forms.Form):
    """What is looked for, and in which kind of record alone."""

    q = forms.CharField(
        label="搜索词",
        max_length=50,
        required=False,
        error_messages={"max_length": "太长，请不超过 50 字，取其中两三个词来找。"},
    )
    q.validators[-1].message = "含有看不见的字符，请删去。"
    kind = forms.ChoiceField(label="类别", choices=CHOICES, required=False)

    @property
    def query(self) -> str:
        return self.cleaned_data.get("q", "")

    @property
    def is_blank(self) -> bool:
        """Something was typed, but nothing that can be looked for."""
        return self.is_valid() and not self.query and bool(self.data.get("q"))

    @property
    def http_status(self) -> int:
        return 200 if self.is_valid() else 400
