"""The search over the texts and records of plans: reads all of them each time, a few hundred rows a plan."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from django import forms
from django.db.models import Prefetch, QuerySet

from measures.models import (
    FIGURES,
    Citation,
    Correction,
    Measure,
    Principle,
    Section,
    SourceText,
    Weakness,
)
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
from targets.models import Area, Goal, Indicator, Plan, Policy

SearchedRecord = Area | Correction | Goal | Indicator | Measure | Policy | Principle | Weakness


class SearchedField(NamedTuple):
    """`is_added` where the words are not from the plan's text."""

    name: str
    label: str
    is_added: bool = True


class RecordKind(NamedTuple):
    """`code` is the name in `?kind=`; `rows` are those of a plan, read by the paths of `PREFETCHED`."""

    code: str
    label: str
    rows: Callable[[Plan], Iterable[Any]]
    title: Callable[[Any], str]
    fields: tuple[SearchedField, ...] = ()


NOTE = SearchedField("note", "说明")
PREFETCHED = (
    Prefetch("goals", Goal.objects.of_all_plans().select_related("parent")),
    Prefetch("indicators", Indicator.objects.of_all_plans().without_internal()),
    "measures",
    "policies",
    "principles",
    "weaknesses",
    Prefetch("areas", Area.objects.select_related("predecessor")),
    "source_text__corrections",
    Prefetch("source_text__sections", Section.objects.of_all_plans().select_related("parent")),
    Prefetch(
        "source_text__citations",
        Citation.objects.of_all_plans().without_internal().select_related(*FIGURES, "section__parent"),
    ),
)


def _policies(plan: Plan) -> list[Policy]:
    """Without the plan's own document."""
    return [row for row in plan.policies.all() if row.pk != plan.document_id]


def _areas(plan: Plan) -> list[Area]:
    """With their predecessors."""
    areas = plan.areas.all()
    return sorted({*areas, *(area.predecessor for area in areas if area.predecessor)}, key=attrgetter("code"))


def _corrections(plan: Plan) -> Iterable[Correction]:
    return plan.source_text.corrections.all() if hasattr(plan, "source_text") else ()


KINDS = (
    RecordKind("goal", "目标", lambda plan: plan.goals.all(), attrgetter("statement"), (NOTE,)),
    RecordKind(
        "indicator",
        "指标",
        lambda plan: plan.indicators.all(),
        attrgetter("name"),
        (SearchedField("definition", "口径"), NOTE),
    ),
    RecordKind("measure", "措施", lambda plan: plan.measures.all(), attrgetter("name"), (NOTE,)),
    RecordKind(
        "policy",
        "政策文件",
        _policies,
        attrgetter("title"),
        (SearchedField("number", "文号", is_added=False), NOTE),
    ),
    RecordKind(
        "principle",
        "原则",
        lambda plan: plan.principles.all(),
        attrgetter("title"),
        (SearchedField("keyword", "关键词"),),
    ),
    RecordKind("weakness", "问题", lambda plan: plan.weaknesses.all(), attrgetter("text")),
    RecordKind(
        "correction",
        "勘误",
        _corrections,
        lambda row: f"{row.as_printed} → {row.suggested or '（删）'}",
        (SearchedField("reason", "理由"),),
    ),
    RecordKind("area", "县市区", _areas, attrgetter("name")),
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
    record: SearchedRecord | Section
    title: str


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
class FoundInPlan:
    """`apart` are two parts of a word that only occurs in parts."""

    plan: Plan
    exact: list[CodeMatch]
    groups: list[HitGroup]
    apart: list[str]

    @property
    def total(self) -> int:
        return len(self.exact) + sum(group.number for group in self.groups)

    def shown(self, kind: str) -> list[HitGroup]:
        return [group for group in self.groups if group.found and kind in {"", group.code}]


@dataclass(frozen=True)
class SearchResults:
    """`found` in the plans that have anything; `hints` are shorter words, with their count in all plans."""

    found: list[FoundInPlan]
    hints: list[tuple[str, int]]

    @property
    def total(self) -> int:
        return sum(found.total for found in self.found)

    @property
    def apart(self) -> list[str]:
        return self.found[0].apart if self.found else []

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Code, label and number of each kind in all plans."""
        labels = {TEXT: "原文"} | {kind.code: kind.label for kind in KINDS}
        numbers: Counter[str] = Counter()
        for found in self.found:
            numbers.update({group.code: group.number for group in found.groups})
        return [(code, label, numbers[code]) for code, label in labels.items()]

    def shown(self, kind: str) -> list[tuple[FoundInPlan, list[HitGroup]]]:
        """The plans that have hits of a kind, with these."""
        shown = [(found, found.shown(kind)) for found in self.found]
        return [(found, groups) for found, groups in shown if groups or found.exact]


def search_plans(query: str, plans: QuerySet[Plan]) -> SearchResults:
    """Find sentences and records with all words of a query, as printed or as corrected.

    A record also has the words of its citations. A word that no plan has is sought in two parts.
    """
    searches = [PlanSearch(plan) for plan in plans.prefetch_related(*PREFETCHED)]
    wanted = terms(query)
    found = _with_hits(one.found(query, wanted) for one in searches)
    if not found and len(wanted) == 1:
        found = _with_hits(one.found_apart(wanted[0]) for one in searches)
    return SearchResults(found, [] if found else _hints(searches, wanted))


def _with_hits(found: Iterable[FoundInPlan]) -> list[FoundInPlan]:
    return [one for one in found if one.total]


class PlanSearch:
    """A plan's text and records, ready to be searched. A plan may have no text yet."""

    def __init__(self, plan: Plan):
        self.plan = plan
        self.source = getattr(plan, "source_text", None)
        # The last of several corrections of the same words counts.
        self.corrections = list({(row.start, row.end): row for row in _corrections(plan)}.values())
        self.readings = SearchableText(
            self.source.text if self.source else "",
            [Edit(row.start, row.end, row.suggested) for row in self.corrections],
        )
        self.sections = list(self.source.sections.all()) if self.source else []
        self.records = {kind: list(kind.rows(plan)) for kind in KINDS}
        self.quotations = Quotations(self.source, self.records)

    def found(self, query: str, wanted: list[str]) -> FoundInPlan:
        return FoundInPlan(self.plan, self._code_matches(normalize(query)), self._grouped(wanted), [])

    def found_apart(self, term: str) -> FoundInPlan:
        apart = self.readings.split_term(term)
        return FoundInPlan(self.plan, [], self._grouped(apart) if apart else [], apart)

    def _grouped(self, wanted: list[str]) -> list[HitGroup]:
        self.quotations.hits = {term: self.readings.hits(term) for term in wanted}
        passages = self.readings.passages(wanted)
        hits = [_text_hit(passage, self.quotations, self.sections, self.corrections) for passage in passages]
        groups = [HitGroup(TEXT, "原文", hits, sum(hit.number for hit in hits))]
        for kind, rows in self.records.items():
            found = _record_hits(kind, rows, wanted, self.quotations)
            groups.append(HitGroup(kind.code, kind.label, found, len(found)))
        return groups

    def _code_matches(self, code: str) -> list[CodeMatch]:
        found = [
            CodeMatch(kind.label, row, kind.title(row))
            for kind, rows in self.records.items()
            for row in rows
            if normalize(row.code) == code
        ]
        return found + [
            CodeMatch("章节", row, row.label) for row in self.sections if normalize(row.code) == code
        ]


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


def _hints(searches: Collection[PlanSearch], wanted: list[str]) -> list[tuple[str, int]]:
    """Those of several words that occur, else the longest parts that do, with their count."""

    def number(term: str) -> int:
        return sum(len(one.readings.hits(term)) for one in searches)

    alone = [term for term in wanted if number(term)] if len(wanted) > 1 else []
    parts = (one.readings.shorter_terms(term) for term in wanted for one in searches)
    words = alone or chain.from_iterable(parts)
    return [(term, number(term)) for term in dict.fromkeys(words)]


class Quotations:
    """The citations of all records; `hits` by the searched term."""

    def __init__(self, source: SourceText | None, records: dict[RecordKind, list[SearchedRecord]]):
        # Without a text there is no hit that asks for it.
        self.source: Any = source
        self.hits: dict[str, list[Hit]] = {}
        self._by_record: defaultdict[tuple[str, int], list[Citation]] = defaultdict(list)
        for citation in source.citations.all() if source else ():
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
    """Its kind and id; a baseline or target is shown with its indicator."""
    if figure := citation.baseline or citation.target:
        return "indicator", figure.indicator_id
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
