from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, render

from measures.lists.filters import MeasureFilter, PolicyFilter
from measures.lists.reading_query import ReadingForm
from measures.models import Confidence, Measure, Principle, SourceText, Weakness
from measures.reading.layers import Edit
from measures.reading.marking import Mark
from targets.models import Indicator, Plan, Policy


def plan_text(request):
    """The whole text; `?corrected=1` shows the corrections in place."""
    source = SourceText.objects.select_related("plan").first()
    if source is None:
        return render(request, "site/empty.html", status=404)
    corrections = list(source.corrections.select_related("section"))
    reading = ReadingForm(request.GET)
    context = {
        "plan": source.plan,
        "text": source.text,
        "sections": source.sections.all(),
        "marks": _marks(source),
        "corrections": corrections,
        "edits": as_edits(corrections),
        "reading": reading,
    }
    return render(request, "measures/plan_text.html", context, status=reading.http_status)


def as_edits(corrections) -> list[Edit]:
    """Numbered as the notes in the text are."""
    return [
        Edit(
            row.start,
            row.end,
            row.suggested,
            row.code,
            row.confidence == Confidence.LOW,
            number,
            row.reason,
        )
        for number, row in enumerate(corrections, 1)
    ]


def _marks(source: SourceText) -> list[Mark]:
    """Links in the text: figures lead to their indicators, clauses to the records that cite them."""
    marks = []
    for token in source.number_tokens.in_baselines():
        indicator = token.baseline.indicator
        title = f"指标 {indicator}"
        marks.append(Mark(token.start, token.end, indicator.get_absolute_url(), title, "figure"))
    for citation in source.citations.with_records().with_pages():
        record, section = citation.cited, citation.section
        start, end = citation.start, citation.end
        if citation.principle_id and section.heading_start is not None:
            # A principle cites a whole item; only its heading becomes the link.
            start, end = section.heading_start, section.heading_end
        title = f"{record._meta.verbose_name} {record}"
        marks.append(Mark(start, end, record.get_absolute_url(), title, "clause"))
    return marks


def principles(request):
    plan = Plan.objects.first()
    context = {
        "principles": Principle.objects.prefetch_related("weaknesses", "measures", "section"),
        "weaknesses": Weakness.objects.filter(plan=plan).prefetch_related(
            "citations__section", "citations__source", "goals__parent", "principles"
        ),
    }
    return render(request, "measures/principles.html", context)


def principle(request, number):
    rows = Principle.objects.select_related("section").prefetch_related(
        "citations__section",
        "citations__source",
        "weaknesses__goals__parent",
        "measures__citations__section",
        "measures__citations__source",
    )
    context = {"principle": get_object_or_404(rows, number=number), "principles": Principle.objects.all()}
    return render(request, "measures/principle.html", context)


def measures(request):
    rows = Measure.objects.select_related("principle", "policy").prefetch_related(
        "citations__section", "citations__source", "indicators"
    )
    filterset = MeasureFilter(request.GET, rows)
    context = {"filter": filterset, "measures": filterset.rows}
    return render(request, "measures/measures.html", context, status=filterset.http_status)


def measure(request, code):
    rows = Measure.objects.select_related(
        "principle", "policy", "organization", "area", "part_of"
    ).prefetch_related(
        "citations__section__parent",
        "citations__source",
        Prefetch("indicators", Indicator.objects.with_baselines()),
        "parts",
    )
    context = {"measure": get_object_or_404(rows, code=code), "measures": Measure.objects.all()}
    return render(request, "measures/measure.html", context)


def policies(request):
    rows = Policy.objects.filter(issued_plan=None).prefetch_related(
        "citations__section", "citations__source", "measures"
    )
    filterset = PolicyFilter(request.GET, rows)
    context = {"filter": filterset, "policies": filterset.rows}
    return render(request, "measures/policies.html", context, status=filterset.http_status)


def policy(request, code):
    rows = Policy.objects.filter(issued_plan=None).prefetch_related(
        "citations__section__parent", "citations__source", "measures"
    )
    context = {
        "policy": get_object_or_404(rows, code=code),
        "policies": Policy.objects.filter(issued_plan=None),
    }
    return render(request, "measures/policy.html", context)
