"""The admin site as the bureau's desk, with its front page and pages of work."""

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.validators import MaxLengthValidator
from django.urls import path

from hengshui_plan.desk import home
from targets.desk.pages import (
    breakdown_page,
    evidence_download,
    filling_in,
    publishing,
    queue,
    report_page,
    sheet_pages,
)


class LoginForm(AdminAuthenticationForm):
    """Refuses a name that is longer than the database can store, which Django's form does not."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name = self.fields["username"]
        name.validators.append(MaxLengthValidator(name.max_length))


class DeskSite(admin.AdminSite):
    index_title = "工作台"
    login_form = LoginForm

    def get_urls(self):
        pages = [
            path("entry/", self.admin_view(filling_in.entry), name="entry"),
            path("entry/correct/<int:pk>/", self.admin_view(filling_in.correct), name="correct"),
            path("report/<str:kind>/<int:pk>/", self.admin_view(report_page.report), name="report"),
            path(
                "evidence/<int:pk>/", self.admin_view(evidence_download.evidence_file), name="evidence_file"
            ),
            path("assessments/", self.admin_view(filling_in.assessments), name="assessments"),
            path("sheets/", self.admin_view(sheet_pages.sheets), name="sheets"),
            path("sheets/<str:kind>/", self.admin_view(sheet_pages.sheet), name="sheet"),
            path("sheets/<str:kind>/export/", self.admin_view(sheet_pages.export), name="sheet_export"),
            path("sheets/<str:kind>/<int:pk>/", self.admin_view(sheet_pages.preview), name="sheet_preview"),
            path(
                "sheets/<str:kind>/<int:pk>/faults/", self.admin_view(sheet_pages.faults), name="sheet_faults"
            ),
            path("targets-of/", self.admin_view(breakdown_page.target_sheet), name="target_sheet"),
            path("period-reports/", self.admin_view(publishing.period_report), name="period_report"),
            path("review/", self.admin_view(queue.review_queue), name="review_queue"),
        ]
        return pages + super().get_urls()

    def index(self, request, extra_context=None):
        context = {
            "waiting": home.waiting_for(request.user),
            "latest": home.latest(request.user),
            "ways": home.work_pages(request.user),
        }
        return super().index(request, context | (extra_context or {}))
