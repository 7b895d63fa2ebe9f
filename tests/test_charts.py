"""The chart: where its lines run, and where they do not."""

import re
from decimal import Decimal

import pytest

from targets import charts, periods, progress
from targets.figures import Figure
from targets.progress import judge
from tests.test_progress import case, figure, flow


def drawn(known, as_of="2020"):
    return charts.series(known, judge(known, as_of))


def level(**values):
    observations = {code.replace("_", "-")[1:]: figure(value) for code, value in values.items()}
    return case(2, 10, observations=observations)


def ends(path: str) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+", path)]


def test_points_are_joined_only_where_their_periods_follow_one_another():
    chart = drawn(level(_2016=3, _2017=4, _2019=6, _2020=7))
    assert [point.what for point in chart.actuals] == ["2016", "2017", "2019", "2020"]
    assert [ends(path) for path in chart.lines] == [
        [(point.x, point.y) for point in chart.actuals[:2]],
        [(point.x, point.y) for point in chart.actuals[2:]],
    ]


def test_a_point_between_two_gaps_stands_alone():
    chart = drawn(level(_2016=3, _2018=4, _2020=7))
    assert (len(chart.actuals), chart.lines) == (3, [])


def test_periods_of_different_length_are_not_joined():
    assert drawn(level(_2016=3, _2017_H1=4)).lines == []


def test_a_flow_is_drawn_as_it_adds_up_until_its_first_hole():
    chart = drawn(flow(50, 8, 9, None, 10))
    assert [(point.what, point.label) for point in chart.actuals] == [("2016", "8"), ("2017", "17")]


def test_a_sum_is_drawn_as_inexact_as_its_amounts():
    amounts = {"2016": figure(8, period="2016", comparator="near_below"), "2017": figure(9, period="2017")}
    known = case(None, 50, kind="flow", observations=amounts, due=list(amounts))
    assert [point.label for point in drawn(known).actuals] == ["近8", "近17"]


TARGETS = {2017: Figure(Decimal(9)), 2018: Figure(Decimal(3)), 2020: Figure(Decimal(10))}


@pytest.mark.parametrize("targets", [{2020: TARGETS[2020]}, TARGETS, {2018: TARGETS[2017]}])
def test_the_dashed_line_is_what_the_engine_expects_at_every_moment(targets):
    known = case(2, None, 5, targets=targets)
    chart = drawn(known)
    at_base, *points = ends(chart.expected)
    assert at_base == (chart.baseline.x, chart.baseline.y)
    top, bottom = chart.values[-1], chart.values[0]
    per_pixel = (Decimal(top.label) - Decimal(bottom.label)) / Decimal(str(bottom.at - top.at))
    moments = [periods.span(code) for code in periods.within(2016, 2020, 3)]
    for moment, (_, y) in zip(moments, points, strict=True):
        value = Decimal(bottom.label) + (Decimal(str(bottom.at)) - Decimal(str(y))) * per_pixel
        assert abs(value - progress.expected_at(known, Decimal(2), moment).value) < Decimal("0.1")


@pytest.mark.parametrize("known", [case(98, 98, 98), case(2, 10, 5, direction="at_least"), case(2, None, 5)])
def test_where_the_engine_expects_nothing_no_line_is_drawn(known):
    assert drawn(case(2, 10, 5)).expected
    assert drawn(known).expected == ""
