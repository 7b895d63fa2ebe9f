"""The page on which the report of a period is previewed and published."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render

from targets import review
from targets.desk.pages.choosing import choice_by_code, desk_page
from targets.models import Period, PeriodReport, PeriodReportKind
from targets.review import roles


class PeriodReportChoice(forms.Form):
    period = choice_by_code(Period.objects.none(), "报告期", empty_label=None)
    kind = forms.ChoiceField(choices=PeriodReportKind, label="种类")

    def __init__(self, data, *, plan):
        super().__init__(data or None)
        self.fields["period"].queryset = plan.periods.ended().within_plan().order_by("-end", "start")


def period_report(request):
    if not roles.has(request.user, roles.Role.PUBLISHER):
        raise PermissionDenied
    choice = PeriodReportChoice(request.GET, plan=request.plan)
    if choice.is_valid():
        try:
            return _preview(request, **choice.cleaned_data)
        except review.Refused as refusal:
            messages.error(request, refusal.sentence)
    reports = PeriodReport.objects.of_plan(request.plan).select_related("period").defer("content")
    context = {"title": "发布期间报告", "choice": choice, "reports": reports}
    return desk_page(request, "admin/desk/period_reports.html", context)


def _preview(request, period: Period, kind: str):
    """Show the page as it would be published, or publish it. Raises Refused."""
    refusal = _publish(request, period, kind) if request.method == "POST" else None
    if request.method == "POST" and refusal is None:
        return redirect("admin:period_report", request.plan.code)
    report = review.draw_up_period_report(period, kind=kind)
    context = {"report": report, "told": report.parsed_content, "refusal": refusal}
    return render(request, "admin/desk/period_report_preview.html", context)


def _publish(request, period: Period, kind: str) -> str | None:
    """Return why it was not published, or None."""
    shown, reason = request.POST.get("shown", ""), request.POST.get("reason", "")
    try:
        report = review.publish_period_report(period, by=request.user, kind=kind, shown=shown, reason=reason)
    except review.Refused as refusal:
        return refusal.sentence
    messages.success(request, f"已发布{report}。")
    return None
