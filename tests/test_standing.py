"""From rows to results: published values known at a period, and the number of queries."""

import gc
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from targets import review
from targets.engine.figures import Figure
from targets.models import (
    Area,
    AreaAssignment,
    Baseline,
    Indicator,
    Observation,
    ReportingDuty,
    Target,
)
from targets.standing.standings import Standings
from tests.make import accept, area, bring_to, duty, enter, open_desk, period, submit
from tests.shipped import shipped, shipped_plan
from tests.stored import set_thresholds

CITY, COUNTY, OTHER_COUNTY = "131100", "131127", "131128"
NEW_DISTRICT, OLD_CITY = "131103", "131181"


@pytest.fixture
def desk(plan):
    desk = open_desk()
    for place in Area.objects.exclude(area_assignments__user=desk.reporter):
        AreaAssignment.objects.create(user=desk.reporter, area=place)
    desk.years = {code: period(code) for code in ("2016", "2017")} | {"2018": desk.year}
    halves = ("2016-H1", "2016-H2", "2017-H1", "2017-H2", "2018-H1", "2018-H2")
    desk.halves = {code: period(code) for code in halves}
    return desk


def published(desk, value, code: str = "2018", where: str = COUNTY, what: str = "I13", **values):
    when = (desk.years | desk.halves)[code]
    key = {"indicator": shipped(Indicator).get(code=what), "area": area(where), "period": when}
    return brought_out(desk, enter(desk, value, **key, **values))


def brought_out(desk, draft):
    """Publish a draft with a note against all doubts."""
    submitted = submit(draft, by=desk.reporter, note="已核对")
    return review.publish([accept(submitted, desk.reviewer)], by=desk.publisher)[0]


def corrected(desk, row, value):
    return brought_out(desk, review.correct(row, by=desk.reporter, reason="重新核定", value=value))


def target(value, year: int, decided_on: str = "2016-08-23", where: str = COUNTY, what: str = "I13"):
    return Target.objects.create(
        indicator=shipped(Indicator).get(code=what),
        area=area(where),
        year=year,
        value=value,
        decided_on=date.fromisoformat(decided_on),
        grade="official",
        source="分解方案",
    )


def baseline(value, where: str, what: str = "I13"):
    return Baseline.objects.create(
        indicator=shipped(Indicator).get(code=what),
        area=area(where),
        value=value,
        basis="previous_end",
        grade="official",
        source="年鉴",
    )


def roll_up(how: str, *places: str, what: str = "I13", frequency: int = 12):
    shipped(Indicator).filter(code=what).update(roll_up=how)
    for place in places:
        duty(what, place, frequency)


def standing(as_of: str = "2018", where: str = COUNTY, what: str = "I13"):
    standings = Standings(shipped_plan(), as_of)
    return standings.result(shipped(Indicator).get(code=what), area(where))


def value(*args, **kwargs) -> Decimal | None:
    actual = standing(*args, **kwargs).actual
    return actual and actual.value


def difference() -> Decimal | None:
    standings = Standings(shipped_plan(), "2018")
    return standings.difference(shipped(Indicator).get(code="I13"))


# Published values


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        ("draft", None),
        ("submitted", None),
        ("returned", None),
        ("accepted", None),
        ("published", 5),
        ("superseded", 6),
    ],
)
def test_only_a_published_value_counts(desk, status, seen):
    bring_to(desk, status, enter(desk, "5"))
    assert value() == seen


@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "accepted"])
def test_an_unpublished_correction_is_not_seen(desk, status):
    row = published(desk, "5")
    bring_to(desk, status, review.correct(row, by=desk.reporter, reason="重新核定", value="6"))
    assert value() == 5


def test_an_unavailable_value_leaves_the_earlier_one_in_use(desk):
    published(desk, "4", "2017")
    published(desk, None, unavailable_reason="统计制度取消")
    assert (value(), standing().actual.period) == (4, "2017")


def test_a_value_carries_its_comparator(desk):
    published(desk, "5", comparator="near_below")
    assert standing().actual.shown == "近5"


# Changes count from their own dates


def test_a_value_counts_from_its_own_period_on(desk):
    published(desk, "5", "2017")
    assert [value(code) for code in ("2016", "2017-H1", "2017", "2018")] == [None, None, 5, 5]


def test_a_late_publication_counts_in_its_own_period_and_does_not_replace_later_ones(desk):
    published(desk, "5", "2017")
    published(desk, "3", "2016")
    assert [value(code) for code in ("2016", "2017", "2018")] == [3, 5, 5]


def test_a_correction_changes_the_results_of_its_own_period(desk):
    published(desk, "3", "2016")
    row = published(desk, "5", "2017")
    published(desk, "7", "2018")
    corrected(desk, row, "6")
    assert [value(code) for code in ("2016", "2017", "2018-H1", "2018")] == [3, 6, 6, 7]


def test_a_revised_target_counts_from_the_day_of_its_decision(desk):
    target(10, 2020)
    target(8, 2020, decided_on="2018-06-30")
    seen = [standing(code).target.value for code in ("2016", "2018-Q1", "2018-H1", "2018")]
    assert seen == [10, 10, 8, 8]


def test_before_its_first_decision_there_is_no_target(desk):
    target(10, 2020)
    assert [standing(code).status for code in ("2016-H1", "2016")] == ["no_target", "no_data"]


def test_a_target_of_another_area_or_indicator_is_not_used(desk):
    target(10, 2020, where=CITY)
    target(10, 2020, what="I16")
    assert standing().target is None


def test_thresholds_count_from_the_day_of_their_decision(desk):
    target(10, 2020)
    baseline(0, COUNTY)
    published(desk, "2", "2016")
    published(desk, "6")
    assert [standing(code).status for code in ("2016", "2018")] == ["on_schedule", "on_schedule"]
    set_thresholds("1.5", "1.2", "0.9", decided_on="2018-12-31")
    assert [standing(code).status for code in ("2016", "2018")] == ["on_schedule", "slightly_behind"]
    set_thresholds("1.5", "1", "0.9", decided_on="2019-01-01")
    assert [standing(code).status for code in ("2016", "2018")] == ["on_schedule", "slightly_behind"]


def test_each_year_read_together_has_the_thresholds_of_its_end(desk):
    target(10, 2020)
    baseline(0, COUNTY)
    published(desk, "4", "2017")
    published(desk, "6")
    set_thresholds("1.5", "1.2", "0.9", decided_on="2018-01-01")
    years = Standings(shipped_plan(), "2018").by_year()
    statuses = [years[year].result(desk.incubators, desk.county).status for year in (2017, 2018)]
    assert statuses == ["on_schedule", "slightly_behind"]


# Baselines


def test_a_district_uses_the_baseline_of_its_predecessor(desk):
    assert standing(where=NEW_DISTRICT).baseline is None
    baseline(2, OLD_CITY)
    assert standing(where=NEW_DISTRICT).baseline.value == 2


def test_a_baseline_of_the_district_replaces_that_of_its_predecessor(desk):
    baseline(2, OLD_CITY)
    baseline(3, NEW_DISTRICT)
    assert standing(where=NEW_DISTRICT).baseline.value == 3


def test_the_city_s_baseline_comes_from_the_text(desk):
    assert standing(where=CITY).baseline.value == 4


# The city from its counties


def in_part(result) -> tuple:
    """The partial sum, with what reported, what was expected, and what is missing."""
    part = result.partial
    return part.figure.value, part.reported, part.expected, [tuple(cell) for cell in part.missing]


def test_the_city_is_the_sum_of_its_counties(desk):
    roll_up("sum", OTHER_COUNTY)
    published(desk, "5")
    published(desk, "0", where=OTHER_COUNTY)
    result = standing(where=CITY)
    assert (result.actual.value, result.actual.period, result.partial) == (5, "2018", None)


def test_some_counties_make_a_partial_sum_that_is_not_judged(desk):
    target(10, 2020, where=CITY)
    roll_up("sum", OTHER_COUNTY)
    published(desk, "5")
    bring_to(desk, "accepted", enter(desk, "7", area=area(OTHER_COUNTY)))
    result = standing(where=CITY)
    assert (result.status, result.actual, result.last) == ("partial", None, None)
    assert in_part(result) == (5, 1, 2, [(OTHER_COUNTY, "2018")])


def test_the_city_s_own_value_replaces_the_sum_and_the_difference_is_shown(desk):
    roll_up("sum", OTHER_COUNTY)
    published(desk, "5")
    published(desk, "2", where=OTHER_COUNTY)
    published(desk, "9", where=CITY)
    result = standing(where=CITY)
    assert (result.actual.value, result.partial) == (9, None)
    assert difference() == 2


@pytest.mark.parametrize("without", [CITY, OTHER_COUNTY])
def test_there_is_no_difference_while_one_side_is_incomplete(desk, without):
    roll_up("sum", OTHER_COUNTY)
    for place in {CITY, COUNTY, OTHER_COUNTY} - {without}:
        published(desk, "5", where=place)
    assert difference() is None


def test_without_a_declared_roll_up_the_city_has_no_sum(desk):
    duty("I13", OTHER_COUNTY)
    for place in (COUNTY, OTHER_COUNTY):
        published(desk, "5", where=place)
    assert value(where=CITY) is None


def test_a_county_does_not_get_the_city_s_value(desk):
    roll_up("sum", OTHER_COUNTY)
    published(desk, "9", where=CITY)
    assert value() is None


def test_ratios_are_rolled_up_by_their_fractions(desk):
    roll_up("ratio", OTHER_COUNTY, what="I16")
    published(desk, "90", what="I16", numerator="270", denominator="300")
    published(desk, "50", what="I16", where=OTHER_COUNTY, numerator="50", denominator="100")
    assert standing(where=CITY, what="I16").actual.value == 80


def test_a_ratio_without_its_fraction_leaves_the_city_s_ratio_incomplete(desk):
    roll_up("ratio", OTHER_COUNTY, what="I16")
    published(desk, "90", what="I16", numerator="270", denominator="300")
    published(desk, "50", what="I16", where=OTHER_COUNTY)
    assert in_part(standing(where=CITY, what="I16")) == (90, 1, 2, [(OTHER_COUNTY, "2018")])


# Flows


def test_a_yearly_flow_adds_up_from_the_plan_s_start(desk):
    duty("I14", COUNTY)
    for code, amount in (("2016", "8"), ("2017", "9"), ("2018", "10")):
        published(desk, amount, code, what="I14")
    assert [value(code, what="I14") for code in ("2016-H1", "2016", "2017", "2018")] == [None, 8, 17, 27]


def test_a_flow_with_a_gap_names_the_missing_year(desk):
    duty("I14", COUNTY)
    target(50, 2020, what="I14")
    published(desk, "8", "2016", what="I14")
    published(desk, "10", "2018", what="I14")
    result = standing(what="I14")
    assert (result.status, result.actual.value, result.actual.period) == ("partial", 8, "2016")
    assert in_part(result) == (18, 2, 3, [(COUNTY, "2017")])


def test_a_half_yearly_flow_adds_up_half_by_half(desk):
    duty("I15", COUNTY, 6)
    for code, amount in (("2016-H1", "1"), ("2016-H2", "2"), ("2017-H1", "4")):
        published(desk, amount, code, what="I15")
    assert [value(code, what="I15") for code in ("2016-H1", "2016", "2017-H1")] == [1, 3, 7]


def test_the_city_s_flow_has_the_rhythm_of_its_counties(desk):
    roll_up("sum", COUNTY, OTHER_COUNTY, what="I15", frequency=6)
    target(50, 2020, where=CITY, what="I15")
    for code in ("2016-H1", "2016-H2"):
        for place in (COUNTY, OTHER_COUNTY):
            published(desk, "2", code, what="I15", where=place)
    result = standing("2016", where=CITY, what="I15")
    assert (result.actual.value, result.actual.period, result.partial) == (8, "2016-H2", None)
    later = standing("2017-H1", where=CITY, what="I15")
    assert (later.due, later.status, later.actual.period) == ("2017-H1", "outdated", "2016-H2")


# The duties of a period decide which reports were due


def change_of_rhythm(what: str, last: str, first: str, frequency: int, where: str = COUNTY):
    """End a duty and add another that follows it."""
    duties = shipped(ReportingDuty).filter(indicator__code=what, area__code=where)
    duties.update(valid_to=date.fromisoformat(last))
    return duty(what, where, frequency, valid_from=date.fromisoformat(first))


def test_a_changed_rhythm_does_not_affect_earlier_years(desk):
    duty("I15", COUNTY, 6)
    for code, amount in (("2016-H1", "1"), ("2016-H2", "2"), ("2017-H1", "4"), ("2017-H2", "8")):
        published(desk, amount, code, what="I15")
    before = [standing(code, what="I15") for code in ("2016-H1", "2016", "2017-H1", "2017")]
    change_of_rhythm("I15", "2017-12-31", "2018-01-01", 12)
    assert [standing(code, what="I15") for code in ("2016-H1", "2016", "2017-H1", "2017")] == before
    published(desk, "16", "2018", what="I15")
    result = standing(what="I15")
    assert (result.actual.value, result.partial) == (31, None)


def test_an_ended_duty_does_not_affect_earlier_sums_of_the_city(desk):
    roll_up("sum", OTHER_COUNTY)
    for code in ("2017", "2018"):
        published(desk, "5", code)
    published(desk, "2", "2017", where=OTHER_COUNTY)
    duties = shipped(ReportingDuty).filter(indicator__code="I13", area__code=OTHER_COUNTY)
    duties.update(valid_to=date(2017, 12, 31))
    results = [standing(code, where=CITY) for code in ("2017", "2018")]
    assert [(result.actual.value, result.partial) for result in results] == [(7, None), (5, None)]


def test_no_report_is_expected_before_a_duty_begins(desk):
    roll_up("sum")
    duty("I13", OTHER_COUNTY, valid_from=date(2018, 1, 1))
    for code in ("2017", "2018"):
        published(desk, "5", code)
    published(desk, "2", where=OTHER_COUNTY)
    results = [standing(code, where=CITY) for code in ("2017", "2018")]
    assert [(result.actual.value, result.partial) for result in results] == [(5, None), (7, None)]


# Parts of different rhythms


def test_a_level_reported_by_halves_counts_in_the_year_with_its_value_at_the_end(desk):
    roll_up("sum")
    duty("I13", OTHER_COUNTY, 6)
    published(desk, "5")
    published(desk, "1", "2018-H1", where=OTHER_COUNTY)
    assert in_part(standing(where=CITY)) == (5, 1, 2, [(OTHER_COUNTY, "2018")])
    published(desk, "2", "2018-H2", where=OTHER_COUNTY)
    result = standing(where=CITY)
    assert (result.actual.value, result.actual.period, result.partial) == (7, "2018", None)
    assert standing("2018-H1", where=CITY).actual is None


def test_a_flow_reported_by_halves_adds_up_to_the_city_s_year(desk):
    roll_up("sum", COUNTY, what="I15")
    duty("I15", OTHER_COUNTY, 6)
    published(desk, "5", "2016", what="I15")
    published(desk, "1", "2016-H1", what="I15", where=OTHER_COUNTY)
    assert in_part(standing("2016", where=CITY, what="I15")) == (6, 1, 2, [(OTHER_COUNTY, "2016")])
    published(desk, "2", "2016-H2", what="I15", where=OTHER_COUNTY)
    result = standing("2016", where=CITY, what="I15")
    assert (result.actual.value, result.actual.period, result.partial) == (8, "2016", None)
    assert [(role.value, figure.period) for role, figure in result.inputs] == [
        ("part", "2016"),
        ("part", "2016-H1"),
        ("part", "2016-H2"),
    ]


def test_the_city_s_own_year_replaces_the_half_yearly_reports_of_its_counties(desk):
    roll_up("sum", COUNTY, OTHER_COUNTY, what="I15", frequency=6)
    duty("I15", CITY)
    for code in ("2016-H1", "2016-H2"):
        for place in (COUNTY, OTHER_COUNTY):
            published(desk, "2", code, what="I15", where=place)
    published(desk, "9", "2016", what="I15", where=CITY)
    result = standing("2016", where=CITY, what="I15")
    assert (result.actual.value, result.partial) == (9, None)
    standings = Standings(shipped_plan(), "2016")
    assert standings.difference(shipped(Indicator).get(code="I15")) == 1


def test_a_city_with_counties_of_different_rhythms_has_the_longest_rhythm(desk):
    roll_up("sum", COUNTY, what="I15", frequency=6)
    duty("I15", OTHER_COUNTY, 12)
    standings = Standings(shipped_plan(), "2018")
    flow = shipped(Indicator).get(code="I15")
    assert standings.case(flow, desk.city).tiles == ["2016", "2017", "2018", "2019", "2020"]
    assert standings.case(flow, desk.county).due[:3] == ["2016-H1", "2016-H2", "2017-H1"]
    duty("I15", CITY, 3)
    standings = Standings(shipped_plan(), "2018")
    assert standings.case(flow, desk.city).due[:2] == ["2016-Q1", "2016-Q2"]


def test_the_difference_is_calculated_for_the_period_of_the_city_s_value(desk):
    shipped(ReportingDuty).filter(indicator__code="I13").update(frequency=6)
    roll_up("sum")
    published(desk, "5", "2018-H2")
    published(desk, "9", "2018-H2", where=CITY)
    assert difference() == 4
    published(desk, "3", "2017-H2")
    standings = Standings(shipped_plan(), "2017")
    assert standings.difference(desk.incubators) is None


# Newer partial sums


def test_a_newer_partial_sum_does_not_replace_the_last_complete_value(desk):
    roll_up("sum", OTHER_COUNTY)
    for place in (COUNTY, OTHER_COUNTY):
        published(desk, "5", "2017", where=place)
    published(desk, "7")
    result = standing(where=CITY)
    assert (result.actual.value, result.actual.period) == (10, "2017")
    assert in_part(result) == (7, 1, 2, [(OTHER_COUNTY, "2018")])


def test_a_newer_partial_sum_does_not_replace_the_city_s_own_value(desk):
    roll_up("sum", OTHER_COUNTY)
    published(desk, "9", "2017", where=CITY)
    published(desk, "7")
    result = standing(where=CITY)
    assert (result.actual.value, result.actual.period) == (9, "2017")
    assert in_part(result) == (7, 1, 2, [(OTHER_COUNTY, "2018")])


def test_a_flow_of_the_city_names_every_report_that_it_lacks(desk):
    roll_up("sum", COUNTY, OTHER_COUNTY, what="I15")
    for code in ("2017", "2018"):
        published(desk, "2", code, what="I15")
    published(desk, "2", "2018", what="I15", where=OTHER_COUNTY)
    result = standing(where=CITY, what="I15")
    missing = [(OTHER_COUNTY, "2016"), (COUNTY, "2016"), (OTHER_COUNTY, "2017")]
    assert (result.status, result.actual) == ("no_target", None)
    assert in_part(result) == (6, 3, 6, sorted(missing, key=lambda cell: cell[::-1]))


def test_the_reason_of_an_unavailable_value_is_part_of_the_result(desk):
    published(desk, None, "2017", unavailable_reason="统计制度取消")
    reasons = [standing(code).unavailable_reason for code in ("2016", "2017", "2018")]
    assert reasons == [None, "统计制度取消", None]


# Records named by a result


def records(*args, **kwargs) -> list[tuple]:
    return [(role.value, figure.record) for role, figure in standing(*args, **kwargs).inputs]


def test_each_input_names_its_record_its_area_and_its_grade(desk):
    baseline(1, COUNTY)
    target(10, 2020)
    target(6, 2018)
    published(desk, "5", comparator="near_below")
    inputs = standing().inputs
    assert [
        (role.value, figure.record, figure.area, figure.period, figure.shown, figure.grade, figure.origin)
        for role, figure in inputs
    ] == [
        ("baseline", "baseline/I13/131127", COUNTY, "", "1", "official", "官方发布"),
        ("target", "target/I13/131127/2020/2016-08-23", COUNTY, "2020", "10", "official", "官方发布"),
        ("year_target", "target/I13/131127/2018/2016-08-23", COUNTY, "2018", "6", "official", "官方发布"),
        ("actual", "observation/I13/131127/2018/r1", COUNTY, "2018", "近5", "reported", "填报"),
    ]


def test_a_correction_and_a_revised_target_have_their_own_record_names(desk):
    target(10, 2020)
    target(8, 2020, decided_on="2018-06-30")
    corrected(desk, published(desk, "5"), "6")
    assert records() == [
        ("target", "target/I13/131127/2020/2018-06-30"),
        ("actual", "observation/I13/131127/2018/r2"),
    ]


def test_a_baseline_of_the_predecessor_names_the_predecessor(desk):
    baseline(2, OLD_CITY)
    assert records(where=NEW_DISTRICT) == [("baseline", "baseline/I13/131181")]


def test_the_city_s_sum_names_the_report_of_each_county(desk):
    roll_up("sum", OTHER_COUNTY)
    published(desk, "5")
    published(desk, "0", where=OTHER_COUNTY)
    assert records(where=CITY) == [
        ("baseline", "baseline/I13/131100"),
        ("part", "observation/I13/131127/2018/r1"),
        ("part", "observation/I13/131128/2018/r1"),
    ]


def test_the_city_s_own_value_is_its_only_input(desk):
    roll_up("sum", OTHER_COUNTY)
    published(desk, "5")
    published(desk, "9", where=CITY)
    assert records(where=CITY)[1:] == [("actual", "observation/I13/131100/2018/r1")]


def test_the_city_s_ratio_names_numerator_and_denominator_of_each_county(desk):
    roll_up("ratio", OTHER_COUNTY, what="I16")
    published(desk, "90", what="I16", numerator="270", denominator="300", comparator="near_below")
    published(desk, "50", what="I16", where=OTHER_COUNTY)
    result = standing(where=CITY, what="I16")
    assert [(role.value, figure.record, figure.shown) for role, figure in result.inputs] == [
        ("numerator", "observation/I16/131127/2018/r1", "270"),
        ("denominator", "observation/I16/131127/2018/r1", "300"),
    ]
    assert result.steps[0].formula == "(270) / (300) * 100 = 90"


def test_a_flow_names_the_report_of_each_period(desk):
    duty("I14", COUNTY)
    for code, amount in (("2016", "8"), ("2017", "10")):
        published(desk, amount, code, what="I14")
    assert records(what="I14") == [
        ("amount", "observation/I14/131127/2016/r1"),
        ("amount", "observation/I14/131127/2017/r1"),
    ]


# All results


def test_there_is_one_result_per_tracked_indicator_in_order(desk):
    standings = Standings(shipped_plan(), "2018")
    assert list(standings.results(desk.city)) == list(shipped(Indicator).tracked())
    assert shipped(Indicator).tracked().count() == 24


def test_an_untracked_indicator_is_not_judged(desk):
    assert standing(where=CITY, what="I22").status == "not_tracked"


@pytest.mark.parametrize("rows", [1, 3])
def test_all_results_of_all_areas_cost_seven_queries(desk, django_assert_num_queries, rows):
    roll_up("sum", OTHER_COUNTY, NEW_DISTRICT)
    for place in (COUNTY, OTHER_COUNTY, NEW_DISTRICT)[:rows]:
        published(desk, "5", where=place)
        target(9, 2020, where=place)
        baseline(1, place)
    plan = shipped_plan()
    with django_assert_num_queries(7):
        standings = Standings(plan, "2018")
        results = {place.code: standings.results(place) for place in standings.areas}
    reported = {code for code, found in results.items() if found[desk.incubators].actual}
    assert reported - {CITY} == {*(COUNTY, OTHER_COUNTY, NEW_DISTRICT)[:rows]}
    part = results[CITY][desk.incubators].partial
    assert (part and (part.reported, part.expected)) == (None if rows == 3 else (1, 3))


# Rows that are read


def rows_read(path: str, client) -> int:
    """Return the number of observations read for a response, without the newest ones that a page lists."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    read = [query["sql"] for query in asked if 'FROM "targets_observation"' in query["sql"]]
    number = 0
    with connection.cursor() as cursor:
        for sql in read:
            if "LIMIT" not in sql:
                cursor.execute(sql)
                number += len(cursor.fetchall())
    return number


@pytest.mark.parametrize(
    "path",
    [
        "/sti-13/",
        "/sti-13/indicators/",
        "/sti-13/indicators/I13/",
        "/sti-13/areas/",
        f"/sti-13/areas/{COUNTY}/",
        "/sti-13/compare/",
        "/sti-13/embed/indicator/I13/",
        "/api/v1/plans/sti-13/progress/",
        "/api/v1/plans/sti-13/progress/?area=all",
        "/api/v1/plans/sti-13/progress/I13/",
    ],
)
def test_reports_of_dissolved_areas_are_not_read(desk, client, path):
    published(desk, "5")
    before = rows_read(path, client)
    for code in ("2016", "2017", "2018"):
        Observation.objects.create(
            indicator=desk.incubators,
            area=area(OLD_CITY),
            period=period(code),
            value=7,
            status="published",
            published_at=timezone.now(),
        )
    assert (rows_read(path, client), before > 0) == (before, True)


def test_the_page_of_a_dissolved_area_shows_its_reports(desk, client):
    Observation.objects.create(
        indicator=desk.incubators,
        area=area(OLD_CITY),
        period=desk.year,
        value=7123,
        status="published",
        published_at=timezone.now(),
    )
    assert "7123" in client.get(f"/sti-13/areas/{OLD_CITY}/?period=2018").content.decode()


def test_results_of_an_area_that_was_not_read_are_refused(desk):
    standings = Standings(shipped_plan(), "2018", [area(COUNTY)])
    with pytest.raises(ValueError, match="not asked for: not read"):
        standings.result(desk.incubators, area(OTHER_COUNTY))


def test_results_of_an_indicator_that_was_not_read_are_refused(desk):
    standings = Standings(shipped_plan(), "2018", indicators=[desk.incubators])
    with pytest.raises(ValueError, match="not asked for: not read"):
        standings.result(shipped(Indicator).get(code="I14"), area(COUNTY))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads small tables without an index")
def test_published_rows_are_found_by_the_indexes_made_for_them(desk, client):
    with CaptureQueriesContext(connection) as asked:
        client.get("/sti-13/")
    read = [query["sql"] for query in asked if query["sql"].startswith('SELECT "targets_observation"')]
    plans = []
    with connection.cursor() as cursor:
        for sql in read:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plans.append(" ".join(step for *_, step in cursor.fetchall()))
    series, *_, newest = plans
    assert "USING INDEX observation_one_published (indicator_id=? AND area_id=?)" in series
    assert "USING INDEX observation_newest" in newest


def test_the_rows_of_a_page_are_freed_without_garbage_collection(desk):
    published(desk, "9")
    target("12", 2020)

    def figures() -> int:
        # Not isinstance: it calls the object, which may be a proxy of a deleted object of another test.
        return sum(type(found) is Figure for found in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = figures()
        standings = Standings(shipped_plan(), "2018")
        assert standings.results(area(COUNTY))
        assert figures() > before
        del standings
        assert figures() == before
    finally:
        gc.enable()
