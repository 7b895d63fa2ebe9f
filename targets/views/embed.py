from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.clickjacking import xframe_options_exempt

from targets.engine import charts
from targets.engine.figures import origins
from targets.lists.standpoint import StandpointForm
from targets.models import Indicator
from targets.standing.shared import standings_at

# Fits most indicators without a scroll bar.
WIDTH, HEIGHT = 360, 340


def embed_code(request, indicator: Indicator, standpoint: StandpointForm) -> str:
    """The HTML that other sites copy; it keeps the chosen period and area."""
    here = standpoint.here
    address = reverse("embedded_indicator", args=[indicator.plan_id, indicator.code]) + standpoint.keep(here)
    return format_html(
        '<iframe src="{}" title="{}：{}" width="{}" height="{}" style="border:0;max-width:100%"></iframe>',
        request.build_absolute_uri(address),
        indicator.name,
        here.short_name,
        WIDTH,
        HEIGHT,
    )


@xframe_options_exempt
def embedded_indicator(request, code):
    """The only page that may be framed; errors are shown in the frame too."""
    indicator = Indicator.objects.of_plan(request.plan).with_baselines().filter(code=code).first()
    if indicator is None:
        return render(request, "embed/missing.html", {"code": code}, status=404)
    standpoint = StandpointForm(request.GET, plan=request.plan)
    here = standpoint.here
    standings = standings_at(request.plan, standpoint.as_of)
    case, result = standings.case(indicator, here), standings.result(indicator, here)
    small = charts.multiples([(here, case, result)])
    context = {
        "standpoint": standpoint,
        "indicator": indicator,
        "result": result,
        "retirement": standings.retirement(indicator),
        # The baseline is shown even if the result does not use it.
        "origins": origins(filter(None, [*(used.figure for used in result.inputs), case.baseline])),
        "small": small,
        "panel": small and small.panels[0],
        "page": request.build_absolute_uri(indicator.get_absolute_url() + standpoint.keep(here)),
    }
    return render(request, "embed/indicator.html", context, status=standpoint.http_status)
