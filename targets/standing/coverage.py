"""How much of what is due is published, and the period that a reader sees by default."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from targets.engine import dues, periods
from targets.engine.dues import Term
from targets.models import Observation, Plan, ReportingDuty
from targets.models.duty import last_day

# An indicator in an area, by primary keys.
Place = tuple[int, int]


class Coverage(NamedTuple):
    """How many places owe a report, and how many of these reports are published."""

    due: int
    published: int


def coverage(plan: Plan, today: date) -> dict[str, Coverage]:
    """By code: each year of the plan that ended before today, and each half or quarter that was due.

    In a year a place counts by its last due report.
    """
    return coverage_by_plan([plan], today)[plan.code]


def coverage_by_plan(plans: Collection[Plan], today: date) -> dict[str, dict[str, Coverage]]:
    """The coverage of several plans by their codes, in two queries."""
    places = _places(plans)
    reports: defaultdict[str, list[tuple[Place, str]]] = defaultdict(list)
    plan_of = {place: code for code, own in places.items() for place in own}
    for indicator, area, period in _reports(plan_of):
        if (indicator, area) in plan_of:
            reports[plan_of[indicator, area]].append(((indicator, area), period))
    return {plan.code: _coverage(plan, today, places[plan.code], reports[plan.code]) for plan in plans}


def _coverage(
    plan: Plan, today: date, places: dict[Place, tuple[Term, ...]], reports: list[tuple[Place, str]]
) -> dict[str, Coverage]:
    counted_in = {terms: _counted_in(plan, terms, today) for terms in set(places.values())}
    due: Counter[str] = Counter()
    for terms, number in Counter(places.values()).items():
        for codes in counted_in[terms].values():
            due.update(dict.fromkeys(codes, number))
    # Equal ones are counted first: a city may have tens of thousands.
    published: Counter[str] = Counter()
    for (own, code), number in Counter((places[place], code) for place, code in reports).items():
        published.update(dict.fromkeys(counted_in[own].get(code, ()), number))
    years = [str(year) for year in _ended_years(plan, today)]
    return {code: Coverage(due[code], published[code]) for code in [*years, *due]}


def default_as_of(plan: Plan, covered: Mapping[str, Coverage]) -> str:
    """The latest whole year; before any year has ended, the first."""
    ended = {year: covered[str(year)].published for year in plan.years if str(year) in covered}
    return str(dues.latest_whole_year(ended) or plan.start_year)


def _places(plans: Collection[Plan]) -> dict[str, dict[Place, tuple[Term, ...]]]:
    """By the codes of the plans."""
    duties = ReportingDuty.objects.of_plans(plans).tracked().order_by()
    columns = (
        *("indicator__plan", "indicator", "area", "frequency", "valid_from"),
        *("valid_to", "indicator__retired_on"),
    )
    terms: dict[str, dict[Place, list[Term]]] = {plan.code: defaultdict(list) for plan in plans}
    for plan, indicator, area, *term, valid_to, retired_on in duties.values_list(*columns):
        terms[plan][indicator, area].append((*term, last_day(valid_to, retired_on)))
    return {plan: {place: tuple(own) for place, own in rows.items()} for plan, rows in terms.items()}


def _reports(places: Iterable[Place]) -> Iterable[tuple[int, int, str]]:
    indicators, areas = {indicator for indicator, _ in places}, {area for _, area in places}
    published = (
        Observation.objects.of_all_plans().published().filter(indicator__in=indicators, area__in=areas)
    )
    return published.order_by().values_list("indicator", "area", "period__code")


def _counted_in(plan: Plan, terms: Iterable[Term], today: date) -> dict[str, list[str]]:
    """For each ended period that a place owes, the codes under which its report counts."""
    counted_in: dict[str, list[str]] = {}
    for year in plan.years:
        due = [code for code in dues.due_in(year, terms) if periods.span(code).end < today]
        counted_in |= {code: [code] for code in due if code != str(year)}
        if due and periods.year_end(year) < today:
            counted_in.setdefault(due[-1], []).append(str(year))
    return counted_in


def _ended_years(plan: Plan, today: date) -> list[int]:
    return [year for year in plan.years if periods.year_end(year) < today]
