from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, render

from targets.engine import periods
from targets.lists.page_queries import EditionForm
from targets.models import Area, Period, PeriodReport
from targets.standing.period_report_differences import differences, reassessed
from targets.standing.shared import standings_at


def reports(request):
    rows = PeriodReport.objects.of_plan(request.plan).select_related("period").defer("content")
    return render(request, "targets/reports.html", {"reports": rows})


def report(request, code):
    period, choice = _period_and_choice(request, code)
    if not choice.editions:
        return render(request, "targets/report_missing.html", {"period": period}, status=404)
    report = choice.report
    standings = standings_at(period.plan, period.code)
    context = {
        "report": report,
        "told": report.parsed_content,
        "choice": choice,
        "differences": differences(report.parsed_content, standings, Area.objects.of_plan(standings.plan)),
        "reassessed": reassessed(report.parsed_content, period),
    }
    return render(request, "targets/report.html", context, status=choice.http_status)


def report_file(request, code):
    """The stored bytes, so that the file has the checksum that the page prints."""
    _, choice = _period_and_choice(request, code)
    if not choice.editions:
        raise Http404
    if not choice.is_valid():
        return HttpResponseBadRequest("没有这一版（edition）。", content_type="text/plain; charset=utf-8")
    report = choice.report
    response = HttpResponse(report.content, content_type="application/json")
    response["Content-Disposition"] = (
        f'attachment; filename="report-{request.plan.code}-{code}-{report.edition}.json"'
    )
    return response


def _period_and_choice(request, code: str) -> tuple[Period, EditionForm]:
    """The period and the chosen edition of its report. Raises Http404 for an unknown code."""
    if not periods.CODE.fullmatch(code):
        raise Http404
    period = get_object_or_404(request.plan.periods.within_plan(), code=code)
    editions = period.reports.select_related("period").defer("content")
    return period, EditionForm(request.GET, editions=editions)
