"""The pages of work of the desk: addresses, and the links of the front page."""

from collections.abc import Callable
from typing import NamedTuple

from django.urls import reverse

from targets.desk.pages import (
    breakdown_page,
    evidence_download,
    filling_in,
    publishing,
    queue,
    report_page,
    sheet_pages,
)
from targets.models import Area
from targets.review import roles
from targets.review.roles import Role


class DeskPage(NamedTuple):
    """A page with a label has a link on the front page, for users who pass `is_for` with their areas."""

    name: str
    route: str
    view: Callable
    label: str = ""
    is_for: Callable[..., bool] | None = None


def _reports(user, areas: list[Area]) -> bool:
    return bool(areas)


def _reports_for_the_city(user, areas: list[Area]) -> bool:
    return any(area.topped_plans.exists() for area in areas)


def _sees_reports(user, areas: list[Area]) -> bool:
    return roles.sees_all_reports(user)


def _has(*wanted: Role) -> Callable[..., bool]:
    return lambda user, areas: roles.has(user, *wanted)


PAGES = [
    DeskPage("entry", "entry/", filling_in.entry, "填报完成值", _reports),
    DeskPage("correct", "entry/correct/<int:pk>/", filling_in.correct),
    DeskPage("report", "report/<str:kind>/<int:pk>/", report_page.report),
    DeskPage("evidence_file", "evidence/<int:pk>/", evidence_download.evidence_file),
    DeskPage("assessments", "assessments/", filling_in.assessments, "定性评价", _reports_for_the_city),
    DeskPage("review_queue", "review/", queue.review_queue, "审核与发布", _sees_reports),
    DeskPage(
        "period_report", "period-reports/", publishing.period_report, "发布期间报告", _has(Role.PUBLISHER)
    ),
    DeskPage(
        "target_breakdown",
        "targets-of/",
        breakdown_page.target_breakdown,
        "县市区分解",
        _has(Role.PLAN_EDITOR),
    ),
    DeskPage("sheets", "sheets/", sheet_pages.sheets, "表格导出、导入", _has(*Role)),
    DeskPage("sheet", "sheets/<str:kind>/", sheet_pages.sheet),
    DeskPage("sheet_export", "sheets/<str:kind>/export/", sheet_pages.export),
    DeskPage("sheet_preview", "sheets/<str:kind>/<int:pk>/", sheet_pages.preview),
    DeskPage("sheet_faults", "sheets/<str:kind>/<int:pk>/faults/", sheet_pages.faults),
]


def links(user) -> list[tuple[str, str]]:
    """Label and address of each page of work that a user may open."""
    areas = list(roles.areas_of(user))
    open_pages = [page for page in PAGES if page.is_for and page.is_for(user, areas)]
    return [(page.label, reverse(f"admin:{page.name}")) for page in open_pages]
