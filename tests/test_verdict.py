"""Sentences over many results, and what counts as better or worse."""

from decimal import Decimal

import pytest

from targets.engine import periods, verdict
from targets.engine.figures import Figure
from targets.engine.judgement import Judgement
from targets.engine.progress import Result
from targets.engine.status import Rule, Status
from targets.engine.thresholds import Thresholds
from targets.engine.verdict import Turn

pytestmark = pytest.mark.one_database


def result(status: Status, value=None, period="2018", comparator="eq", **values) -> Result:
    """Judged by its value, if any, at the end of its period."""
    actual = None if value is None else Figure(Decimal(value), comparator, period)
    judged = actual and Judgement(status, Rule.RISE, period, actual, actual, 2020, Thresholds())
    return Result("2018", status, Rule.RISE, actual=actual, judged=judged, **values)


def test_a_verdict_counts_good_results_together_and_bad_ones_by_status():
    good = [Status.ACHIEVED, Status.MET, Status.AHEAD]
    bad = [Status.SLIGHTLY_BEHIND, Status.BEHIND, Status.BEHIND, Status.WORSENING]
    unknown = [Status.NO_TARGET, Status.NO_DATA, Status.NO_DATA]
    assert verdict.sentence("景县监测的", "2018年", [*map(result, [*good, *bad, *unknown])]) == (
        "截至2018年末，景县监测的 10 项指标中能判断的有 7 项：3 项不慢于预期或已达标，1 项略有滞后，"
        "2 项滞后、1 项较基期倒退；其余 3 项不能判断（1 项未设目标、2 项未填报）。"
    )


def test_a_verdict_of_judged_results_only_does_not_mention_unjudged_ones():
    statuses = [Status.SLIGHTLY_BEHIND, Status.NOT_MET, Status.NOT_MET]
    assert verdict.sentence("衡水市监测的", "2018年", [*map(result, statuses)]) == (
        "截至2018年末，衡水市监测的 3 项指标都能判断：1 项略有滞后，2 项未达标。"
    )


def test_a_verdict_without_judged_results_gives_the_reason():
    assert verdict.sentence("景县监测的", "2018年上半年", [result(Status.NO_TARGET)] * 3) == (
        "截至2018年上半年末，景县监测的 3 项指标都还不能判断进展（3 项未设目标）。"
    )


@pytest.mark.parametrize(
    ("before", "after", "turned"),
    [
        (Status.BEHIND, Status.SLIGHTLY_BEHIND, Turn.BETTER),
        (Status.SLIGHTLY_BEHIND, Status.ACHIEVED, Turn.BETTER),
        (Status.MET, Status.NOT_MET, Turn.WORSE),
        (Status.AHEAD, Status.ON_SCHEDULE, None),
        (Status.BEHIND, Status.WORSENING, None),
        (Status.NO_DATA, Status.BEHIND, None),
        (Status.AHEAD, Status.PARTIAL, None),
    ],
)
def test_better_and_worse_compare_the_lights_of_judged_results_only(before, after, turned):
    assert verdict.turn(result(before, 3, "2017"), result(after, 5)) == turned


def test_nothing_is_better_or_worse_while_the_value_is_that_of_the_same_period():
    assert verdict.turn(result(Status.AHEAD, 3, "2017"), result(Status.BEHIND, 3, "2017")) is None


def test_improved_and_worsened_results_are_counted_even_if_there_are_none():
    assert verdict.sentence_of_turns("2017年", [Turn.WORSE, None, Turn.BETTER, Turn.BETTER]) == (
        "与2017年末相比，2 项好转，1 项转差。"
    )
    assert verdict.sentence_of_turns("2017年", [None]) == "与2017年末相比，没有指标的状态好转或转差。"


@pytest.mark.parametrize(
    ("before", "after", "growth"),
    [
        (result(Status.BEHIND, 3, "2017"), result(Status.BEHIND, 5), 2),
        (result(Status.BEHIND, 5, "2017"), result(Status.BEHIND, 3), -2),
        (result(Status.BEHIND, 5, "2017"), result(Status.BEHIND, 5), 0),
        (result(Status.BEHIND, 5, "2017"), result(Status.BEHIND, 5, "2017"), None),
        (result(Status.BEHIND, 3, "2017"), result(Status.BEHIND, 6, comparator="near_below"), None),
        (result(Status.BEHIND, 3, "2017", "near_below"), result(Status.BEHIND, 6), None),
        (
            result(Status.BEHIND, 3, "2017", "near_below"),
            result(Status.BEHIND, 6, comparator="near_below"),
            None,
        ),
        (result(Status.NO_DATA), result(Status.BEHIND, 5), None),
        (result(Status.BEHIND, 3, "2017"), result(Status.NO_DATA), None),
        (result(Status.BEHIND, 3, "2017"), result(Status.OUTDATED, 3, "2017"), None),
    ],
)
def test_growth_compares_two_complete_values_of_different_reports(before, after, growth):
    assert verdict.growth(before, after) == growth


@pytest.mark.parametrize(
    ("code", "before"),
    [("2018", "2017"), ("2018-H1", "2017-H2"), ("2018-H2", "2018-H1"), ("2018-Q1", "2017-Q4")],
)
def test_the_previous_period_has_the_same_length_and_ends_where_this_one_begins(code, before):
    assert periods.previous(code) == before
