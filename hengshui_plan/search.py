"""One search over the text and the records that it speaks of."""

from typing import NamedTuple

from measures.models import Measure, Policy, Section, SourceText
from measures.outline import innermost
from measures.reading import Edit, find, normal
from targets.models import Area, Goal, Indicator


class TextHit(NamedTuple):
    """A place in the text; `printed` is what stands there if it is not what was looked for."""

    section: Section
    start: int
    end: int
    printed: str


class Results(NamedTuple):
    """What was found, by kind; `text` is the raw text that the hits' offsets point into."""

    text: str
    hits: list[TextHit]
    groups: list[tuple[str, list]]

    @property
    def total(self) -> int:
        return len(self.hits) + sum(len(records) for _, records in self.groups)


def search(query: str) -> Results:
    """Hits in the text, printed or corrected, across its line breaks; and the records that hold a hit
    in their name or rest on a sentence part that does."""
    source = SourceText.objects.first()
    if source is None:
        return Results("", [], [])
    edits = [Edit(row.start, row.end, row.suggested) for row in source.corrections.all()]
    spans = find(source.text, query, edits)
    sections = list(source.sections.select_related("parent"))
    hits = [
        TextHit(innermost(sections, *span), *span, _unlike(source.text[slice(*span)], query))
        for span in spans
    ]
    cited = _cited(source, spans)
    kinds = [
        ("目标", Goal.objects.select_related("parent"), "statement", "goal"),
        ("指标", Indicator.objects.all(), "name", "indicator"),
        ("措施", Measure.objects.all(), "name", "measure"),
        ("政策文件", Policy.objects.others(), "title", "policy"),
        ("县市区", Area.objects.all(), "name", "area"),
    ]
    wanted = normal(query)
    groups = [
        (label, [row for row in rows if wanted in normal(getattr(row, name)) or row.pk in cited[kind]])
        for label, rows, name, kind in kinds
    ]
    return Results(source.text, hits, groups)


def _unlike(printed: str, query: str) -> str:
    printed = printed.replace("\n", "")
    return "" if normal(printed) == normal(query) else printed


def _cited(source: SourceText, spans: list[tuple[int, int]]) -> dict[str, set[int]]:
    """The ids of the records whose quotation touches one of the spans, by kind."""
    found = {"goal": set(), "indicator": set(), "measure": set(), "policy": set(), "area": set()}
    for citation in source.citations.select_related("baseline"):
        if any(citation.start < end and start < citation.end for start, end in spans):
            found["goal"].add(citation.goal_id)
            found["indicator"].add(citation.baseline and citation.baseline.indicator_id)
            found["measure"].add(citation.measure_id)
            found["policy"].add(citation.policy_id)
    return found
