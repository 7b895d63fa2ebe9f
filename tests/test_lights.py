"""The tables of the domain, row by row: which light a place has, and what it rests on."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import pytest

from targets.engine import periods, quantities
from targets.engine.case import Case
from targets.engine.known import residuals
from targets.engine.progress import Result, judge
from targets.engine.shares import Share
from targets.engine.status import Light, Status
from targets.engine.thresholds import DecidedThresholds, Thresholds
from tests.cases import case, decided, figure, flow, half_yearly, in_part, values

pytestmark = pytest.mark.one_database


def short(number: Share | Fraction | None) -> str | None:
    if number is None:
        return None
    return quantities.plain(number.rounded if isinstance(number, Share) else quantities.half_up(number))


class Row(NamedTuple):
    completion: str | None
    progress: str | None
    index: str | None
    status: str
    last: str | None = None


def row(result: Result) -> Row:
    return Row(
        short(result.completion), short(result.progress), short(result.index), result.status, result.last
    )


def raised() -> Case:
    """A target of 10, raised to 20 in 2018; 4 in 2017."""
    ledger = decided({2020: 10}) + decided({2020: 20}, "2018-06-01")
    return case(0, decided=ledger, observations=values({"2017": 4}))


TWELVE_OF_13 = in_part(20, "2018", 12, "131182")


@pytest.mark.parametrize(
    ("known", "as_of", "expected"),
    [
        (case("0.8", "1.8", "1.3"), "2018", Row("0.7222", "0.5", "0.8333", "behind")),
        (case(100, 80, 90), "2018", Row(None, "0.5", "0.8333", "behind")),
        (case(100, 80, 75), "2018", Row(None, "1.25", "2.0833", "achieved")),
        (case("0.8", "1.8", "0.6"), "2018", Row("0.3333", "-0.2", None, "worsening")),
        (case(None, 95, 96, direction="at_least"), "2018", Row(None, None, None, "met")),
        (case(0, 10, 4), "2018", Row("0.4", "0.4", "0.6667", "behind")),
        (case(20, 0, 5), "2018", Row(None, "0.75", "1.25", "ahead")),
        (case(0, 10, 0), "2018", Row("0", "0", "0", "behind")),
        (case(0, 10, None), "2018", Row(None, None, None, "no_data")),
        (
            case(0, 10, None, unavailable={"2018": "统计制度取消"}),
            "2018",
            Row(None, None, None, "unavailable"),
        ),
        (case(0, 0, 0), "2018", Row(None, None, None, "no_target")),
        (case(100, 80, 110), "2018", Row(None, "-0.5", None, "worsening")),
        (flow(50, 8, 9, 10), "2018", Row("0.54", "0.54", "0.9", "slightly_behind")),
        (flow(50, 8, None, 10), "2018", Row("0.16", "0.16", "0.8", "partial", "behind")),
        (flow(15, 8, None, 10), "2018", Row("1.2", "1.2", "2", "achieved")),
        (flow(50, 8, 9, 10, direction="at_most"), "2018", Row(None, None, None, "on_schedule")),
        (
            case(
                10, 20, observations=values({"2018": 19, "2019": 18}), decided=decided({2018: 19, 2020: 20})
            ),
            "2019",
            Row("0.9", "0.8", "0.8421", "behind"),
        ),
        (
            case(0, 10, observations=values({"2017": 5})),
            "2018",
            Row("0.5", "0.5", "1.25", "outdated", "ahead"),
        ),
        (flow(10, 4, 6), "2018", Row("1", "1", "2.5", "achieved")),
        (
            case(0, 10, observations=values({"2017": 10})),
            "2018",
            Row("1", "1", "2.5", "outdated", "achieved"),
        ),
        (
            case(0, 10, kind="running_total", observations=values({"2017": 10})),
            "2018",
            Row("1", "1", "2.5", "outdated", "achieved"),
        ),
        (raised(), "2017", Row("0.4", "0.4", "1", "on_schedule")),
        (case(0, 26, rolled=TWELVE_OF_13), "2018", Row("0.7692", "0.7692", "1.2821", "ahead")),
    ],
)
def test_a_worked_case_gives_the_documented_row(known, as_of, expected):
    assert row(judge(known, as_of)) == expected


# Which light each status has


@pytest.mark.parametrize(
    ("known", "status", "light"),
    [
        (case(0, 10, 10), "achieved", "green"),
        (case(0, 10, "6.6"), "ahead", "green"),
        (case(0, 10, 6), "on_schedule", "green"),
        (case(0, 10, "5.4"), "slightly_behind", "yellow"),
        (case(0, 10, 5), "behind", "red"),
        (case(1, 10, 0), "worsening", "red"),
        (case(98, 98, 98), "met", "green"),
        (case(98, 98, 97), "not_met", "red"),
        (case(5, 5, 4, direction="at_most"), "met", "green"),
        (case(5, 5, 6, direction="at_most"), "not_met", "red"),
        (case(0, None, 5), "no_target", "grey"),
        (case(None, 10, 5), "no_baseline", "grey"),
        (case(None, 10, 10), "achieved", "green"),
        (case(0, 10, None), "no_data", "grey"),
        (case(0, 10, observations=values({"2017": 5})), "outdated", "grey"),
        (case(0, 10, None, unavailable={"2018": "统计制度取消"}), "unavailable", "grey"),
        (case(0, 10, None, due=("2019", "2020")), "not_due", "grey"),
        (flow(50, 8, None, 10), "partial", "grey"),
        (case(4, 10, 5, kind="coefficient"), "not_tracked", "grey"),
        (case(4, 10, 5, kind="derived"), "not_tracked", "grey"),
        (case(4, 10, 5, is_tracked=False), "not_tracked", "grey"),
    ],
)
def test_each_status_has_its_light(known, status, light):
    result = judge(known, "2018")
    assert (result.status, result.status.light) == (status, light)


def test_every_status_has_a_label_and_every_light_a_shape():
    assert all(status.label for status in Status)
    assert {status.light for status in Status} == set(Light)
    assert all(light.shape and light.group for light in Light)


# Law 1: a value is judged at its own date


def test_a_yearly_value_seen_in_the_middle_of_the_next_year_is_judged_as_of_its_year():
    known = case(0, 10, observations=values({"2017": 4}))
    assert row(judge(known, "2018-H1")) == row(judge(known, "2017"))
    result = judge(known, "2018-H1")
    assert (result.status, result.judged_at, result.expected, result.due) == (
        "on_schedule",
        "2017",
        4,
        "2017",
    )


def test_a_target_raised_later_does_not_change_the_judgement_of_an_earlier_value():
    found = judge(raised(), "2018-H1")
    assert (found.status, found.target.value, found.index) == ("on_schedule", 10, 1)


def test_a_value_of_a_day_without_a_target_is_not_judged_by_a_later_one():
    known = case(0, decided=decided({2020: 10}, "2018-03-01"), observations=values({"2017": 1}))
    assert [judge(known, code).status for code in ("2017", "2018-H1")] == ["no_target", "no_target"]
    newer = case(0, decided=decided({2020: 10}, "2018-03-01"), observations=values({"2018": 1}))
    assert judge(newer, "2018").status == "behind"


def test_of_several_decisions_the_last_before_the_period_s_end_counts():
    ledger = [
        *decided({2020: 10}),
        *decided({2020: 20}, "2017-03-01"),
        *decided({2020: 40}, "2018-12-31"),
        *decided({2020: 80}, "2019-01-01"),
    ]
    known = case(0, decided=ledger, observations=values({"2016": 1, "2017": 1, "2018": 1}))
    assert [judge(known, code).target.value for code in ("2016", "2017", "2018")] == [10, 20, 40]


# Law 2: a light is lit only by the value that was due, or by a newer one of a level


@pytest.mark.parametrize(
    ("by_period", "as_of", "status", "judged_at"),
    [
        ({"2017": 4}, "2017-Q3", "no_data", None),
        ({"2017": 4}, "2017", "on_schedule", "2017"),
        ({"2017": 4}, "2018-Q3", "on_schedule", "2017"),
        ({"2017": 4}, "2018", "outdated", "2017"),
        ({"2017": 4, "2018-Q3": 6}, "2018-Q3", "on_schedule", "2018-Q3"),
        ({"2017": 4, "2018-Q3": 6}, "2018", "outdated", "2018-Q3"),
        ({"2018-Q4": 6}, "2018", "on_schedule", "2018-Q4"),
        ({"2018-H2": 6, "2018-Q4": 5}, "2018", "on_schedule", "2018-H2"),
    ],
)
def test_a_level_is_lit_by_the_value_that_was_due_or_by_a_newer_one(by_period, as_of, status, judged_at):
    result = judge(case(0, 10, observations=values(by_period)), as_of)
    assert (result.status, result.judged_at) == (status, judged_at)


@pytest.mark.parametrize(
    ("codes", "due", "used"),
    [
        (("2018", "2018-Q4"), ("2018-Q3", "2018-Q4"), "2018-Q4"),
        (("2018", "2018-Q4"), ("2017", "2018"), "2018"),
        (("2018", "2018-Q4"), (), "2018"),
        (("2018-H2", "2018-Q4"), ("2017", "2018"), "2018-H2"),
    ],
)
def test_of_values_that_end_on_one_day_that_of_the_place_s_own_rhythm_counts(codes, due, used):
    known = case(0, 10, observations={code: figure(6, period=code) for code in codes}, due=due)
    assert judge(known, "2018").actual.period == used


def test_of_values_that_end_on_one_day_the_place_s_own_goes_before_a_sum():
    rolled = in_part(5, "2018", 2)
    known = case(0, 10, observations=values({"2018": 5, "2018-Q4": 6}), rolled=rolled)
    assert judge(known, "2018").actual.period == "2018-Q4"


def test_a_grey_place_keeps_its_last_judgement_in_words():
    result = judge(case(0, 10, observations=values({"2017": 5})), "2019")
    assert (result.label, result.last_in_words, result.status.light) == (
        "未更新",
        "按2017年：快于预期",
        "grey",
    )
    assert (result.actual.value, result.note_on_actual, result.note_on_progress) == (5, "2017", "2017")


def test_a_last_value_that_could_not_be_judged_leaves_no_words():
    assert judge(case(None, 10, observations=values({"2017": 5})), "2019").last_in_words == ""
    assert judge(case(0, 10, None), "2019").last_in_words == ""


def test_nothing_is_due_before_the_first_duty_begins():
    known = case(0, 10, None, due=("2018", "2019", "2020"))
    assert [judge(known, code).status for code in ("2017", "2018-H1", "2018")] == [
        "not_due",
        "not_due",
        "no_data",
    ]


def test_a_value_handed_in_before_the_first_duty_is_judged():
    known = case(0, 10, observations=values({"2017": 4}), due=("2018", "2019", "2020"))
    assert [judge(known, code).status for code in ("2017", "2018")] == ["on_schedule", "outdated"]


def test_cannot_be_had_counts_only_where_the_due_report_says_so():
    known = case(0, 10, None, unavailable={"2017": "统计制度取消", "2019": "另有原因"})
    results = [judge(known, code) for code in ("2016", "2017", "2018", "2019")]
    assert [(result.status, result.unavailable_reason) for result in results] == [
        ("no_data", None),
        ("unavailable", "统计制度取消"),
        ("no_data", None),
        ("unavailable", "另有原因"),
    ]
    assert results[1].steps[-1].formula == "2017年无法取得（统计制度取消）"


def test_a_place_whose_value_cannot_be_had_keeps_its_last_judgement_in_words():
    known = case(0, 10, observations=values({"2017": 4}), unavailable={"2018": "统计制度取消"})
    result = judge(known, "2018")
    assert (result.status, result.last_in_words) == ("unavailable", "按2017年：符合预期")


def test_a_value_of_the_due_day_goes_before_a_reason_of_another_period_of_that_day():
    known = case(0, 10, 6, unavailable={"2018-Q4": "季报取消"})
    assert (judge(known, "2018").status, judge(known, "2018").unavailable_reason) == ("on_schedule", None)


# Law 3: what cannot be undone needs no newer value


def test_a_total_that_has_reached_its_target_stays_achieved_while_it_reaches_the_target_in_force():
    ledger = decided({2020: 10}) + decided({2020: 12}, "2019-05-01")
    known = flow(None, 4, 6, decided=ledger)
    found = [judge(known, code) for code in ("2017", "2018", "2019")]
    assert [result.status for result in found] == ["achieved", "achieved", "outdated"]
    assert found[2].last_in_words == "按2017年：已实现"


def test_a_target_lowered_below_the_total_makes_it_achieved():
    ledger = decided({2020: 20}) + decided({2020: 8}, "2018-05-01")
    found = [judge(flow(None, 4, 5, decided=ledger), code) for code in ("2017", "2018")]
    assert [(result.status, result.target.value) for result in found] == [("ahead", 20), ("achieved", 8)]


def test_a_total_that_has_passed_its_ceiling_stays_not_met():
    known = flow(10, 6, 6, direction="at_most")
    assert [judge(known, code).status for code in ("2016", "2017", "2018", "2020")] == [
        "on_schedule",
        *["not_met"] * 3,
    ]


@pytest.mark.parametrize("direction", ["fall", "at_most"])
def test_a_ceiling_has_no_percentages_and_is_met_only_after_its_year(direction):
    known = flow(50, 8, 9, 10, 8, 9, direction=direction)
    assert [row(judge(known, code)) for code in ("2019", "2020")] == [
        Row(None, None, None, "on_schedule"),
        Row(None, None, None, "met"),
    ]
    assert (judge(known, "2020").judged.distance, judge(known, "2020").rule) == (-6, "ceiling")


def test_a_silent_total_below_its_ceiling_is_not_lit():
    result = judge(flow(50, 8, 9, direction="at_most"), "2018")
    assert (result.status, result.last_in_words) == ("outdated", "按2017年：符合预期")


@pytest.mark.parametrize(
    ("known", "status"),
    [
        (case(0, 26, rolled=in_part(20, "2018", 12, "131182")), "ahead"),
        (case(0, 26, rolled=in_part(15, "2018", 12, "131182")), "partial"),
        (case(0, 26, rolled=in_part(1, "2018", 12, "131182")), "partial"),
        (case(100, 50, rolled=in_part(60, "2018", 12, "131182")), "partial"),
        (case(100, 50, rolled=in_part(90, "2018", 12, "131182")), "behind"),
        (case(None, 20, direction="at_least", rolled=in_part(20, "2018", 12, "131182")), "met"),
        (case(None, 20, direction="at_most", rolled=in_part(21, "2018", 12, "131182")), "not_met"),
        (case(None, 20, direction="at_most", rolled=in_part(20, "2018", 12, "131182")), "partial"),
        (case(0, 26, kind="ratio", rolled=in_part(26, "2018", 12, "131182")), "partial"),
        (case(0, 26, rolled=in_part(20, "2017", 12, "131182")), "partial"),
        (flow(50, 8, 9, direction="at_most", rolled=in_part(40, "2018", 12, "131182")), "not_met"),
        (flow(50, 8, 9, rolled=in_part(13, "2018", 12, "131182")), "on_schedule"),
        (flow(50, 8, 9, rolled=in_part(5, "2018", 12, "131182")), "partial"),
        (flow(50, 8, 40, rolled=in_part(1, "2017", 12, "131182")), "outdated"),
    ],
)
def test_a_partial_sum_is_judged_only_where_the_missing_parts_cannot_change_its_light(known, status):
    assert judge(known, "2018").status == status


def test_a_partial_sum_of_a_level_newer_than_the_due_one_may_decide():
    known = case(0, 20, rolled=in_part(8, "2017-H1", 1, "131127"))
    result = judge(known, "2017-Q3")
    assert (result.due, result.status, result.judged_at) == ("2016", "ahead", "2017-H1")


def test_what_a_partial_sum_decides_is_marked_and_names_what_is_missing():
    result = judge(case(0, 26, rolled=in_part(20, "2018", 12, "131182")), "2018")
    assert (result.is_at_least, result.note_on_progress, result.actual) == (True, "至少", None)
    assert result.partial == (figure(20, period="2018"), 12, (("131182", "2018"),))
    assert (result.partial.reported, result.partial.expected) == (12, 13)
    assert result.steps[-1].formula == "快于预期（按已报的合计，至少如此）"


def test_a_gap_in_the_sum_keeps_the_part_that_holds_nothing_of_the_due_period_unjudged():
    """18 of 2016 and 2017 are more than was expected by 2018, but nothing of 2018 is known."""
    known = flow(28, 18, observations=values({"2016": 9, "2017-H2": 9}))
    result = judge(known, "2018")
    assert (result.status, result.partial.figure.value, result.last) == ("partial", 18, "ahead")


# Values


def test_a_value_of_a_later_period_is_not_yet_known():
    assert judge(case(0, 10, observations=values({"2018": 6, "2019": 9})), "2018").actual.value == 6


def test_zero_is_a_value_and_a_missing_report_is_not():
    assert judge(case(0, 10, 0), "2018").actual == figure(0, period="2018")
    assert judge(case(0, 10, None), "2018").actual is None


def test_the_whole_sum_of_a_flow_reaches_to_its_first_gap():
    result = judge(flow(50, 8, 9, None, 10), "2019")
    assert (result.actual, result.partial) == (
        figure(17, period="2017"),
        (figure(27, period="2019"), 3, (("", "2018"),)),
    )


def test_shorter_periods_are_newer_parts_until_they_fill_one_of_the_rhythm():
    known = flow(50, observations=values({"2016": 5, "2017-H1": 3, "2017-Q3": 1}))
    result = judge(known, "2017-Q3")
    assert (result.actual.value, result.partial) == (5, (figure(9, period="2017-Q3"), 1, ()))
    result = judge(known, "2017")
    assert (result.actual.value, result.partial) == (5, (figure(9, period="2017-Q3"), 1, (("", "2017"),)))
    filled = flow(50, observations=values({"2016": 5, "2017-H1": 3, "2017-Q3": 1, "2017-Q4": 1}))
    assert judge(filled, "2017").actual == figure(10, period="2017")


def test_a_half_yearly_flow_is_summed_up_to_the_chosen_half():
    halves = ("2016-H1", "2016-H2", "2017-H1", "2017-H2", "2018-H1")
    result = judge(half_yearly(50, dict.fromkeys(halves, 5)), "2018-H1")
    assert (result.actual.value, short(result.progress), result.status) == (25, "0.5", "on_schedule")


def test_the_value_of_a_year_replaces_those_of_its_halves():
    result = judge(half_yearly(50, {"2016-H1": 3, "2016": 4}), "2016")
    assert (result.actual, result.partial) == (figure(4, period="2016"), None)


def test_a_year_that_differs_from_the_sum_of_its_halves_says_by_how_much():
    known = half_yearly(50, {"2016-H1": 3, "2016-H2": 4, "2016": 9, "2017-H1": 1, "2017-H2": 1, "2017": 2})
    assert residuals(known, periods.span("2018")) == {"2016": 2}
    assert residuals(half_yearly(50, {"2016-H1": 3, "2016": 4}), periods.span("2018")) == {}


def test_a_flow_counts_the_reports_of_all_its_periods():
    rolled = in_part(4, "2017", 3, "131126", "131127") | in_part(9, "2018", 5)
    known = flow(50, observations=values({"2016": 8, "2018": 9}), rolled=rolled)
    result = judge(known, "2018")
    assert (result.partial.figure.value, result.partial.reported, result.partial.expected) == (21, 9, 11)
    assert result.partial.missing == (("131126", "2017"), ("131127", "2017"))


def test_a_newer_partial_sum_stands_beside_the_last_whole_value():
    known = case(0, 10, observations=values({"2017": 4}), rolled=in_part(5, "2018", 3, "131126"))
    result = judge(known, "2018")
    assert (result.status, result.actual.value, result.partial.figure.value) == ("partial", 4, 5)
    assert judge(known, "2017").partial is None


# Targets that are limits


@pytest.mark.parametrize(
    ("base", "target", "actual", "direction", "status"),
    [
        (100, 80, 70, "rise", "not_met"),
        (100, 80, 80, "rise", "met"),
        (100, 80, 110, "rise", "met"),
        (100, 120, 130, "fall", "not_met"),
        (100, 120, 120, "fall", "met"),
        (100, 120, 80, "fall", "met"),
        (98, 98, 97, "rise", "not_met"),
    ],
)
def test_a_target_at_the_baseline_or_against_the_direction_is_a_limit(
    base, target, actual, direction, status
):
    result = judge(case(base, target, actual, direction=direction), "2018")
    assert (result.rule, result.status, result.progress) == ("keep", status, None)


@pytest.mark.parametrize(
    ("as_of", "target_year", "status"),
    [("2016", 2017, "met"), ("2017", 2017, "met"), ("2018", 2019, "not_met"), ("2020", 2019, "not_met")],
)
def test_what_is_to_be_kept_is_held_against_the_target_of_its_year_or_of_the_next(as_of, target_year, status):
    limits = {2017: 95, 2019: 97}
    known = case(None, direction="at_least", targets=limits, observations=values({as_of: 96}))
    result = judge(known, as_of)
    assert (result.target_year, result.status, result.target.value) == (
        target_year,
        status,
        limits[target_year],
    )


@pytest.mark.parametrize(
    "known",
    [case(0, 0, 3), flow(0, 1), flow(0, 1, direction="at_least")],
)
def test_a_rise_from_zero_to_zero_is_not_judged(known):
    result = judge(known, "2018")
    assert (result.status, result.steps[-1]) == ("no_target", ("判定", "目标为0，不评"))


def test_zero_as_a_limit_is_judged():
    assert judge(case(0, 0, 0, direction="at_least"), "2018").status == "met"
    assert judge(flow(0, 1, direction="fall"), "2016").status == "not_met"
    assert judge(case(0, 0, 0, direction="fall"), "2018").status == "met"


@pytest.mark.parametrize(
    ("actual", "status"), [(3, "worsening"), (4, "on_schedule"), ("4.5", "on_schedule"), (10, "achieved")]
)
def test_where_no_rise_is_expected_yet_a_value_is_on_schedule_or_worsening(actual, status):
    known = case(5, 10, actual, targets={2018: 4, 2020: 10})
    assert row(judge(known, "2018"))[2:4] == (None, status)


# Vague values


@pytest.mark.parametrize(
    ("comparator", "actual", "status"),
    [
        ("eq", 6, "on_schedule"),
        ("near_below", 6, "slightly_behind"),
        ("lt", 6, "slightly_behind"),
        ("near_above", 6, "on_schedule"),
        ("ge", 6, "on_schedule"),
        ("le", 6, "on_schedule"),
        ("about", 6, "partial"),
        ("about", 7, "ahead"),
        ("about", "6.6", "on_schedule"),
        ("near_below", 10, "ahead"),
        ("gt", 10, "achieved"),
        ("about", 10, "ahead"),
        ("near_below", "5.4", "behind"),
        ("about", "5.4", "partial"),
        ("near_below", 0, "worsening"),
        ("near_above", 0, "behind"),
    ],
)
def test_a_vague_value_lies_beside_exactly_its_own_number(comparator, actual, status):
    known = case(0, 10, observations={"2018": figure(actual, comparator=comparator, period="2018")})
    assert judge(known, "2018").status == status


def test_a_vague_total_has_passed_its_ceiling_only_if_it_must_have():
    near = {"2016": figure(10, comparator="near_below", period="2016")}
    over = {"2016": figure(10, comparator="gt", period="2016")}
    found = [
        judge(flow(10, direction="at_most", observations=known), "2016").status for known in (near, over)
    ]
    assert found == ["on_schedule", "not_met"]


# Thresholds


def test_a_value_is_judged_by_the_thresholds_in_force_on_its_own_day():
    strict = Thresholds(ahead=Decimal(2), on_schedule=Decimal("1.5"), slightly_behind=Decimal(1))
    known = case(
        0,
        observations=values({"2017": 6, "2018": 8}),
        decided_thresholds=[DecidedThresholds(date(2018, 3, 1), strict)],
    )
    found = [judge(known, code) for code in ("2017", "2018-H1", "2018")]
    assert [(result.status, result.thresholds) for result in found] == [
        ("ahead", Thresholds()),
        ("ahead", Thresholds()),
        ("slightly_behind", strict),
    ]


# What a reader is told


def test_a_vague_value_on_an_edge_says_that_it_is_vague():
    about = {"2018": figure(6, comparator="about", period="2018")}
    result = judge(case(0, 10, observations=about), "2018")
    assert (result.label, result.is_vague, result.last_in_words) == ("约数，不判断", True, "")
    assert result.steps[-1].formula == "约数，不判断：它恰好在分界上，可能在这一边，也可能在那一边"


def test_the_share_of_an_older_value_is_dated_even_if_it_was_not_judged():
    result = judge(case(None, 10, observations=values({"2017": 5})), "2019")
    assert (result.status, short(result.completion), result.note_on_progress) == ("outdated", "0.5", "2017")


def test_what_only_reads_as_less_than_the_whole_has_a_step_of_its_own():
    near = {"2018": figure(6, comparator="near_below", period="2018")}
    steps = judge(case(0, 6, observations=near), "2018").steps
    assert steps[1:3] == (
        ("完成率", "6 / 6 = 1"),
        ("完成率（没有达到目标，不显示为满）", "0.9999"),
    )


@pytest.mark.parametrize(
    ("known", "shortfall"),
    [
        (case(0, 10, 4), 2),
        (case(100, 80, 90), 2),
        (case(0, 10, 7), None),
        (case(100, 80, 85), None),
        (case(None, 98, 97, direction="at_least"), 1),
    ],
)
def test_a_shortfall_is_what_a_value_lacks(known, shortfall):
    assert judge(known, "2018").shortfall == shortfall
