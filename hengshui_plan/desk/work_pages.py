"""The pages of work of the desk: addresses, and the links of the front page."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from django.urls import reverse

from measures.desk import publication_page
from targets.desk.pages import (
    breakdown_page,
    evidence_download,
    filling_in,
    publishing,
    queue,
    report_page,
    retirement_page,
    sheet_pages,
)
from targets.models import Plan
from targets.review import roles
from targets.review.roles import Role


class Asker(NamedTuple):
    """The roles of a user, and the ids of the areas that the user reports for."""

    roles: set[Role]
    areas: set[int]


class DeskPage(NamedTuple):
    """A page of work on a plan, below its code.

    One with a label has a link on the front page, for users who pass `is_for` with the plan.
    """

    name: str
    route: str
    view: Callable
    label: str = ""
    is_for: Callable[..., bool] | None = None


def _reports(asker: Asker, plan: Plan) -> bool:
    return any(area.pk in asker.areas for area in plan.areas.all())


def _reports_for_the_top_area(asker: Asker, plan: Plan) -> bool:
    return plan.top_area_id in asker.areas


def _has(*wanted: Role) -> Callable[..., bool]:
    return lambda asker, plan: not asker.roles.isdisjoint(wanted)


PAGES = [
    DeskPage("entry", "entry/", filling_in.entry, "填报完成值", _reports),
    DeskPage("correct", "entry/correct/<int:pk>/", filling_in.correct),
    DeskPage("report", "report/<str:kind>/<int:pk>/", report_page.report),
    DeskPage("evidence_file", "evidence/<int:pk>/", evidence_download.evidence_file),
    DeskPage("assessments", "assessments/", filling_in.assessments, "定性评价", _reports_for_the_top_area),
    DeskPage("review_queue", "review/", queue.review_queue, "审核与发布", _has(*roles.SEEING_ALL)),
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
    DeskPage("retirement", "indicators/<slug:code>/retirement/", retirement_page.retirement),
    DeskPage("sheets", "sheets/", sheet_pages.sheets, "表格导出、导入", _has(*Role)),
    DeskPage("sheet", "sheets/<str:kind>/", sheet_pages.sheet),
    DeskPage("sheet_export", "sheets/<str:kind>/export/", sheet_pages.export),
    DeskPage("sheet_preview", "sheets/<str:kind>/<int:pk>/", sheet_pages.preview),
    DeskPage("sheet_faults", "sheets/<str:kind>/<int:pk>/faults/", sheet_pages.faults),
    DeskPage(
        "publication",
        "publication/",
        publication_page.publication,
        "公开与撤下",
        _has(Role.PUBLISHER, Role.PLAN_EDITOR),
    ),
]


def links(user, plans: Iterable[Plan]) -> dict[str, list[tuple[str, str]]]:
    """Label and address of each page of work that a user may open, by the plan's code.

    The areas of the plans must be prefetched.
    """
    asker = Asker(roles.held_by(user), set(roles.areas_of(user).values_list("pk", flat=True)))
    return {
        plan.code: [
            (page.label, reverse(f"admin:{page.name}", args=[plan.code]))
            for page in PAGES
            if page.is_for and page.is_for(asker, plan)
        ]
        for plan in plans
    }
