from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header

from targets import spreadsheets
from targets.engine import charts
from targets.lists.page_queries import ComparisonForm
from targets.lists.standpoint import StandpointForm, query_string
from targets.models import Indicator
from targets.spreadsheets import file_types
from targets.standing import comparison
from targets.standing.comparison import Comparison, ComparisonColumn
from targets.standing.shared import standings_at
from targets.standing.standings import Standings
from targets.views.decorators import standpoint_page

# A format's name, what a reader calls it, its content type, and what writes it.
FORMATS: dict[str, tuple[str, str, Callable]] = {
    "csv": ("CSV", "text/csv; charset=utf-8", spreadsheets.as_csv),
    "xlsx": ("Excel（xlsx）", file_types.CONTENT_TYPES["xlsx"], partial(spreadsheets.as_xlsx, title="比较")),
}
WIDTHS = {True: 14, False: 20}


class Head(NamedTuple):
    """A column's head; `query` sorts by the column, `direction` is how it is sorted now, if it is."""

    column: ComparisonColumn
    query: str
    direction: str

    @property
    def arrow(self) -> str:
        return {"ascending": "↑", "descending": "↓"}.get(self.direction, "")


@standpoint_page
def compare(request, standpoint):
    standings = standings_at(standpoint.plan, standpoint.as_of)
    form = ComparisonForm(request.GET, standpoint=standpoint, indicators=standings.indicators)
    is_valid = form.is_valid() and standpoint.is_valid()
    context = {"standpoint": standpoint, "form": form, "legend": comparison.legend()}
    if form.is_valid():
        context |= _compared(standpoint, standings, form)
    if is_valid and form.file_format:
        return _file(request, standpoint, standings, form, context["table"])
    return render(request, "targets/compare.html", context, status=200 if is_valid else 400)


def _compared(standpoint: StandpointForm, standings: Standings, form: ComparisonForm) -> dict:
    areas, indicator = list(standpoint.areas.values()), form.subject
    if indicator:
        table = comparison.of_areas(standings, indicator, areas)
    else:
        table = comparison.of_all(standings, areas)
    return {
        "indicator": indicator,
        "table": table.sorted_by(form.order),
        "retired": None if indicator else standings.retired,
        "heads": _heads(table, form),
        "downloads": [(label, form.query(format=name)) for name, (label, *_) in FORMATS.items()],
        "multiples": indicator and _multiples(standings, indicator, areas),
    }


def _heads(table: Comparison, form: ComparisonForm) -> list[Head]:
    """The first click on a column of numbers shows the largest first, the second reverses the order."""
    heads = []
    for column in table.columns:
        turns = [f"-{column.key}", column.key] if column.is_number else [column.key, f"-{column.key}"]
        following = turns[1] if form.order == turns[0] else turns[0]
        direction = {column.key: "ascending", f"-{column.key}": "descending"}.get(form.order, "")
        heads.append(Head(column, form.query(sort=following), direction))
    return heads


def _multiples(standings: Standings, indicator: Indicator, areas: list) -> list[tuple[str, charts.Multiples]]:
    """Small charts; the top area has its own scale, its parts share one."""
    cases = [(area, standings.case(indicator, area), standings.result(indicator, area)) for area in areas]
    city = charts.multiples(case for case in cases if standings.plan.is_top(case[0]))
    parts = charts.multiples(case for case in cases if not standings.plan.is_top(case[0]))
    return [
        (note, small)
        for note, small in [
            (f"{standings.plan.top_area.short_name}另用一把尺：", city),
            ("各县市区同用一把尺：", parts),
        ]
        if small
    ]


def _file(request, standpoint, standings, form, table: Comparison) -> HttpResponse:
    _, content_type, write = FORMATS[form.file_format]
    subject = form.subject.code if form.subject else "全部指标"
    name = f"{standings.plan.code}-比较-{subject}-{standpoint.as_of}.{form.file_format}"
    columns = [spreadsheets.Column(column.label, WIDTHS[column.is_number]) for column in table.columns]
    above = _lines_above(request, standpoint, standings, form.subject)
    content = write(columns, table.lines, above=above)
    return HttpResponse(
        content,
        content_type=content_type,
        headers={"Content-Disposition": content_disposition_header(True, name)},
    )


def _lines_above(request, standpoint, standings: Standings, indicator: Indicator | None) -> list[str]:
    plan, areas = standings.plan, list(standpoint.areas.values())
    indicators = [indicator] if indicator else standings.tracked
    grades = "、".join(comparison.origins(standings, indicators, areas)) or "没有已发布的数"
    page = request.build_absolute_uri(
        reverse("compare", args=[plan.code])
        + query_string(indicator=indicator and indicator.code, period=standpoint.as_of)
    )
    return [
        f"指标：{indicator}" if indicator else f"指标：全部监测指标 {len(indicators)} 项",
        f"单位：{indicator.unit}" if indicator else "单位：状态，按各指标判定",
        f"截至：{standpoint.span.label}末",
        f"县市区：{standpoint.city}及 {len(areas) - 1} 个县市区",
        f"来源：{plan.reference}，{page}",
        f"来源等级：{grades}",
        *([] if plan.is_public else ["未公开"]),
        *(["演示数据：随机生成，不得引用"] if plan.is_demo else []),
    ]
