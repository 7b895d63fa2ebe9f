"""What the lists of facts about an indicator in an area share."""

from targets.lists.filters import PlanFilterSet, by_code
from targets.models import Area, Indicator

SERIES_ORDERINGS = {"indicator": ["indicator__code"], "area": ["area__code"]}
SERIES_WORDS = ["indicator__name", "area__name", "=indicator__code", "=area__code"]


class SeriesFilter(PlanFilterSet):
    indicator = by_code(Indicator.objects.of_plan, "指标")
    area = by_code(Area.objects.named_in, "县市区")
