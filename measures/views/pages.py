from django.db.models import F, Prefetch, QuerySet
from django.shortcuts import get_object_or_404, render

from measures.lists.filters import MeasureFilter, PolicyFilter
from measures.lists.reading_query import ReadingForm
from measures.models import Citation, Confidence, Measure, Principle, SourceText, Weakness
from measures.reading.layers import Edit
from measures.reading.marking import Mark
from targets.models import Baseline, Indicator, Plan, Policy, Target


def plan_text(request):
    """The whole text; `?corrected=1` shows the corrections in place."""
    source = SourceText.objects.of_plan(request.plan).first()
    if source is None:
        return render(request, "measures/text_missing.html", status=404)
    corrections = list(source.corrections.select_related("section"))
    reading = ReadingForm(request.GET)
    context = {
        "plan": request.plan,
        "text": source.text,
        "unowned_numbers": source.unowned_numbers,
        "sections": source.sections.all(),
        "marks": _marks(request.plan),
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


def _marks(plan: Plan) -> list[Mark]:
    """Links in the text: figures lead to their indicators, clauses to the records that cite them."""
    marks = []
    for (start, end), indicators in _figures(plan).items():
        title = "、".join(f"指标 {indicator}" for indicator in indicators)
        marks.append(Mark(start, end, next(iter(indicators)).get_absolute_url(), title, "figure"))
    for citation in Citation.objects.of_plan(plan).with_records().with_pages():
        record, section = citation.cited, citation.section
        start, end = citation.start, citation.end
        if citation.principle_id and section.heading_start is not None:
            # A principle cites a whole item; only its heading becomes the link.
            start, end = section.heading_start, section.heading_end
        title = f"{record._meta.verbose_name} {record}"
        # A document's page is one in each plan that names it.
        page = record.address_in(plan.code) if citation.policy_id else record.get_absolute_url()
        marks.append(Mark(start, end, page, title, "clause"))
    return marks


def _figures(plan: Plan) -> dict[tuple[int, int], dict[Indicator, None]]:
    """The places of numbers, each with the indicators of the records that have it."""
    figures: dict[tuple[int, int], dict[Indicator, None]] = {}
    places = {"start": F("number_tokens__start"), "end": F("number_tokens__end")}
    for rows in (Baseline.objects.of_plan(plan), Target.objects.of_plan(plan)):
        numbered = rows.annotate(**places).exclude(start=None).select_related("indicator")
        for row in numbered.order_by("start", "indicator__code"):
            figures.setdefault((row.start, row.end), {})[row.indicator] = None
    return figures


def principles(request):
    own = Principle.objects.of_plan(request.plan)
    context = {
        "principles": own.prefetch_related("weaknesses", "measures", "section__source"),
        "weaknesses": Weakness.objects.of_plan(request.plan).prefetch_related(
            "citations__section", "citations__source", "goals__parent", "principles"
        ),
    }
    return render(request, "measures/principles.html", context)


def principle(request, number):
    own = Principle.objects.of_plan(request.plan)
    rows = own.select_related("section").prefetch_related(
        "citations__section",
        "citations__source",
        "weaknesses__goals__parent",
        "measures__citations__section",
        "measures__citations__source",
    )
    context = {"principle": get_object_or_404(rows, number=number), "principles": own}
    return render(request, "measures/principle.html", context)


def measures(request):
    rows = Measure.objects.of_plan(request.plan).select_related("principle", "policy")
    indicators = Prefetch("indicators", Indicator.objects.of_plan(request.plan))
    rows = rows.prefetch_related("citations__section", "citations__source", indicators)
    filterset = MeasureFilter(request.GET, rows, request=request)
    context = {"filter": filterset, "measures": filterset.rows}
    return render(request, "measures/measures.html", context, status=filterset.http_status)


def measure(request, code):
    own = Measure.objects.of_plan(request.plan)
    rows = own.select_related("principle", "policy", "organization", "area", "part_of").prefetch_related(
        "citations__section__parent",
        "citations__source",
        Prefetch("indicators", Indicator.objects.of_plan(request.plan).with_baselines()),
        "parts",
    )
    context = {"measure": get_object_or_404(rows, code=code), "measures": own}
    return render(request, "measures/measure.html", context)


def policies(request):
    rows = _policies(request.plan, "section")
    filterset = PolicyFilter(request.GET, rows, request=request)
    context = {"filter": filterset, "policies": filterset.rows}
    return render(request, "measures/policies.html", context, status=filterset.http_status)


def policy(request, code):
    context = {
        "policy": get_object_or_404(_policies(request.plan, "section__parent"), code=code),
        "policies": Policy.objects.cited_by(request.plan),
    }
    return render(request, "measures/policy.html", context)


def _policies(plan: Plan, place: str) -> QuerySet:
    """With what the plan says of them: a document may be cited by other plans too."""
    citations = Citation.objects.of_plan(plan).select_related("source", place)
    return Policy.objects.cited_by(plan).prefetch_related(
        Prefetch("citations", citations), Prefetch("measures", Measure.objects.of_plan(plan))
    )
