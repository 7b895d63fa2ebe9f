"""Where an area of each of several plans stands today, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from targets.engine import periods
from targets.models import Area, Indicator, Plan
from targets.standing.coverage import coverage_by_plan, default_as_of
from targets.standing.inputs import Inputs, ReadDuties, duty_rows
from targets.standing.standings import Standings, codes


def standings_today(places: Mapping[Plan, Area]) -> dict[Plan, Standings]:
    """The standings of an area in each plan, at the plan's default period."""
    plans, areas = list(places), list(places.values())
    seen = Prefetch("indicators", Indicator.objects.of_plans(plans))
    prefetch_related_objects(plans, seen, "threshold_decisions")
    indicators = [indicator for plan in plans for indicator in plan.indicators.all()]
    plan_of = {indicator.pk: indicator.plan_id for indicator in indicators}
    rows: dict[str, list[tuple]] = defaultdict(list)
    for row in duty_rows(plan_of):
        rows[plan_of[row[1]]].append(row)
    duties = {plan: ReadDuties(rows[plan.code]) for plan in plans}
    reporting = codes(areas)
    for plan, area in places.items():
        if plan.is_top(area):
            reporting |= duties[plan].areas
    predecessors = {area.predecessor_id for area in areas if area.predecessor_id}
    until = max((periods.year_end(plan.end_year) for plan in plans), default=timezone.localdate())
    inputs = Inputs(codes(indicators), codes(areas), predecessors, reporting, until)
    covered = coverage_by_plan(plans, timezone.localdate())
    return {
        plan: Standings(
            plan,
            str(plan.end_year),
            [area],
            list(plan.indicators.all()),
            (duties[plan], inputs),
        ).at(default_as_of(plan, covered[plan.code]))
        for plan, area in places.items()
    }
