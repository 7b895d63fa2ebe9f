from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from targets.engine import charts
from targets.lists.standpoint import StandpointForm
from targets.models import Indicator, Plan
from targets.standing.shared import standings_at
from targets.views.decorators import standpoint_page


@standpoint_page
def indicator_chart(request, standpoint, code):
    indicator = get_object_or_404(Indicator.objects.of_plan(request.plan), code=code)
    here = standpoint.here
    standings = standings_at(standpoint.plan, standpoint.as_of)
    if not standpoint.is_valid():
        return _sentence("".join(_unreadable(standpoint)[name] for name in standpoint.errors), 400)
    case, result = standings.case(indicator, here), standings.result(indicator, here)
    chart = charts.series(case, result, indicator.unit)
    if chart is None:
        until = f"{here.short_name}截至{standpoint.span.label}末"
        return _sentence(f"{indicator}：{until}不足两个数，没有图可画，请改选县市区或报告期。", 404)
    page = request.build_absolute_uri(indicator.get_absolute_url() + standpoint.keep(here))
    title = f"{indicator}（{indicator.unit}）· {here.short_name}"
    context = {
        "standpoint": standpoint,
        "indicator": indicator,
        "chart": chart,
        "drawing": charts.drawing(chart, title, _notes(standings.plan, chart, standpoint.span.label, page)),
    }
    return render(request, "targets/chart.svg", context, content_type="image/svg+xml; charset=utf-8")


def _unreadable(standpoint: StandpointForm) -> dict[str, str]:
    return {
        "period": "报告期（period）无法识别，请写作 2018、2018-H1 或 2018-Q3。",
        "area": f"县市区（area）无法识别，请写区划代码，如 {standpoint.city.code}。",
    }


def _notes(plan: Plan, chart: charts.Chart, until: str, page: str) -> list[str]:
    """The source lines below the chart; a file may be copied away from its page."""
    source = [f"来源：{plan.title}", plan.number, f"来源等级：{'、'.join(chart.origins)}", f"截至{until}末"]
    source += chart.caveats
    warnings = [] if plan.is_public else ["未公开"]
    warnings += ["演示数据，随机生成，不得引用"] if plan.is_demo else []
    return [" · ".join(filter(None, source)), *warnings, page]


def _sentence(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
