"""The admin site as the bureau's desk: its front page says what waits, its pages of work hang below it."""

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.validators import MaxLengthValidator
from django.urls import path

from targets.desk import evidence, grid, period_reports, queue, report, sharing, sheets, waiting


class LoginForm(AdminAuthenticationForm):
    """Django's own, which lets a longer name through to a database that cannot hold it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name = self.fields["username"]
        name.validators.append(MaxLengthValidator(name.max_length))


class DeskSite(admin.AdminSite):
    index_title = "工作台"
    login_form = LoginForm

    def get_urls(self):
        pages = [
            path("entry/", self.admin_view(grid.entry), name="entry"),
            path("entry/correct/<int:pk>/", self.admin_view(grid.correct), name="correct"),
            path("report/<str:kind>/<int:pk>/", self.admin_view(report.report), name="report"),
            path("evidence/<int:pk>/", self.admin_view(evidence.evidence_file), name="evidence_file"),
            path("assessments/", self.admin_view(grid.assessments), name="assessments"),
            path("sheets/", self.admin_view(sheets.sheets), name="sheets"),
            path("sheets/<str:kind>/", self.admin_view(sheets.sheet), name="sheet"),
            path("sheets/<str:kind>/export/", self.admin_view(sheets.export), name="sheet_export"),
            path("sheets/<str:kind>/<int:pk>/", self.admin_view(sheets.preview), name="sheet_preview"),
            path("sheets/<str:kind>/<int:pk>/faults/", self.admin_view(sheets.faults), name="sheet_faults"),
            path("targets-of/", self.admin_view(sharing.target_sheet), name="target_sheet"),
            path("period-reports/", self.admin_view(period_reports.period_report), name="period_report"),
            path("review/", self.admin_view(queue.review_queue), name="review_queue"),
        ]
        return pages + super().get_urls()

    def index(self, request, extra_context=None):
        context = {
            "waiting": waiting.waiting_for(request.user),
            "latest": waiting.latest(request.user),
            "ways": waiting.ways(request.user),
        }
        return super().index(request, context | (extra_context or {}))
