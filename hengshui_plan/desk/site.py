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
    """Refuses a name too long for the database, which Django's form does not."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name = self.fields["username"]
        name.validators.append(MaxLengthValidator(name.max_length))


PAGES = (
    ("entry/", filling_in.entry, "entry"),
    ("entry/correct/<int:pk>/", filling_in.correct, "correct"),
    ("report/<str:kind>/<int:pk>/", report_page.report, "report"),
    ("evidence/<int:pk>/", evidence_download.evidence_file, "evidence_file"),
    ("assessments/", filling_in.assessments, "assessments"),
    ("sheets/", sheet_pages.sheets, "sheets"),
    ("sheets/<str:kind>/", sheet_pages.sheet, "sheet"),
    ("sheets/<str:kind>/export/", sheet_pages.export, "sheet_export"),
    ("sheets/<str:kind>/<int:pk>/", sheet_pages.preview, "sheet_preview"),
    ("sheets/<str:kind>/<int:pk>/faults/", sheet_pages.faults, "sheet_faults"),
    ("targets-of/", breakdown_page.target_sheet, "target_sheet"),
    ("period-reports/", publishing.period_report, "period_report"),
    ("review/", queue.review_queue, "review_queue"),
)


class DeskSite(admin.AdminSite):
    index_title = "工作台"
    login_form = LoginForm

    def get_urls(self):
        pages = [path(route, self.admin_view(view), name=name) for route, view, name in PAGES]
        return pages + super().get_urls()

    def index(self, request, extra_context=None):
        context = {
            "waiting": home.waiting_for(request.user),
            "latest": home.latest(request.user),
            "ways": home.work_pages(request.user),
        }
        return super().index(request, context | (extra_context or {}))
