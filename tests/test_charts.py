"""Charts: lines, scales, labels, bars and small charts."""

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.engine import charts, periods
from targets.engine.charts.lettering import Box, Label, around, thinned, width, wrapped
from targets.engine.charts.scale import round_ticks
from targets.engine.expected import expected_at
from targets.engine.figures import Figure
from targets.engine.progress import judge
from targets.engine.quantities import plain
from tests.cases import case, figure, flow

pytestmark = pytest.mark.one_database


def drawn(known, as_of="2020"):
    return charts.series(known, judge(known, as_of))


def level(**values):
    observations = {code.replace("_", "-")[1:]: figure(value) for code, value in values.items()}
    return case(2, 10, observations=observations)


def ends(path: str) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split(","))) for pair in re.findall(r"[\d.]+,[\d.]+", path)]


def test_only_points_of_consecutive_periods_are_joined():
    chart = drawn(level(_2016=3, _2017=4, _2019=6, _2020=7))
    assert [point.what for point in chart.actuals] == ["2016", "2017", "2019", "2020"]
    assert [ends(path) for path in chart.lines] == [
        [(point.x, point.y) for point in chart.actuals[:2]],
        [(point.x, point.y) for point in chart.actuals[2:]],
    ]


def test_a_point_between_two_gaps_is_not_joined():
    chart = drawn(level(_2016=3, _2018=4, _2020=7))
    assert (len(chart.actuals), chart.lines) == (3, [])


def test_periods_of_different_length_are_not_joined():
    assert drawn(level(_2016=3, _2017_H1=4)).lines == []


def test_a_flow_is_drawn_as_its_running_sum_until_the_first_gap():
    chart = drawn(flow(50, 8, 9, None, 10))
    assert [(point.what, point.label) for point in chart.actuals] == [("2016", "8"), ("2017", "17")]


def test_a_sum_of_inexact_amounts_is_drawn_as_inexact():
    amounts = {"2016": figure(8, period="2016", comparator="near_below"), "2017": figure(9, period="2017")}
    known = flow(50, observations=amounts)
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
        assert abs(Fraction(value) - expected_at(2016, Fraction(2), known.targets, moment).value) < 0.1


@pytest.mark.parametrize("known", [case(98, 98, 98), case(2, 10, 5, direction="at_least"), case(2, None, 5)])
def test_no_line_is_drawn_where_the_engine_expects_nothing(known):
    assert drawn(case(2, 10, 5)).expected
    assert drawn(known).expected == ""


# Scales


def values_of(*values) -> list[Decimal]:
    return [Decimal(str(value)) for value in values]


@pytest.mark.parametrize(
    ("numbers", "ticks"),
    [
        ([92, 107, 155], "80 100 120 140 160"),
        ([0, 1], "0 1"),
        ([2, 3], "2 3"),
        ([7, 7], "6 7 8"),
        ([0, 0], "0 1"),
        (["98", "98.75"], "98 98.2 98.4 98.6 98.8"),
        ([0, "12345.67"], "0 5000 10000 15000"),
        (["-0.3", "0.2"], "-0.3 -0.2 -0.1 0 0.1 0.2"),
        ([3, 999], "0 200 400 600 800 1000"),
    ],
)
def test_the_ticks_are_round_numbers_around_all_figures(numbers, ticks):
    assert " ".join(map(plain, round_ticks(values_of(*numbers)))) == ticks


@given(st.lists(st.decimals(-(10**6), 10**6, places=2), min_size=1, max_size=8))
def test_ticks_always_go_in_steps_of_one_two_or_five(numbers):
    ticks = round_ticks(numbers)
    steps = {after - before for before, after in pairwise(ticks)}
    assert len(steps) == 1
    assert str(steps.pop().normalize().as_tuple().digits[0]) in "125"
    assert ticks[0] <= min(numbers)
    assert max(numbers) <= ticks[-1]
    assert 2 <= len(ticks) <= 8
    if all(number == number.to_integral_value() for number in numbers):
        assert all(tick == tick.to_integral_value() for tick in ticks)


# Labels


def assert_legible(chart):
    """Check that no label overlaps another or a mark, and none is cut off."""
    boxes = [label.box for label in chart.labels]
    axis = [label.box for label in chart.years]
    canvas = Box(0, 0, chart.width, chart.height)
    assert all(box.lies_in(canvas) for box in boxes + axis)
    assert [pair for pair in combinations(boxes + axis, 2) if pair[0].overlaps(pair[1])] == []
    marks = [*chart.actuals, *chart.targets, *([chart.baseline] if chart.baseline else [])]
    assert not any(box.overlaps(around(mark.x, mark.y, 4)) for box in boxes for mark in marks)


def halves(*values):
    codes = periods.within(2016, 2020, 6)
    return {code: figure(value, period=code) for code, value in zip(codes, values, strict=True)}


@pytest.mark.parametrize(
    "known",
    [
        case(2, 10, observations=halves(2, 3, 4, 4, 5, 6, 7, 8, 9, 10)),
        case("12000.55", "12900.99", observations=halves(*(f"12{place}45.67" for place in range(10)))),
        case("12345.67", "12345.67", observations=halves(*["12345.67"] * 10)),
        case(100, 80, observations=halves(100, 110, 120, 130, 125, 120, 115, 110, 105, 180)),
        case(92, None, targets={2018: figure(137), 2020: figure(155)}, observations={"2018": figure(137)}),
        flow(50, 8, 9, 10, 11, 12),
    ],
)
def test_labels_never_overlap_and_are_never_cut_off(known):
    assert_legible(drawn(known))


@given(
    st.lists(st.decimals(0, 10**7, places=2), min_size=10, max_size=10),
    st.dictionaries(st.integers(2016, 2020), st.decimals(0, 10**7, places=2), min_size=1),
    st.none() | st.decimals(0, 10**7, places=2),
)
def test_labels_of_any_numbers_are_legible(values, targets, baseline):
    targets = {year: figure(value) for year, value in targets.items()}
    known = case(baseline, None, targets=targets, observations=halves(*values))
    assert_legible(drawn(known))


def test_the_newest_value_and_the_last_target_keep_their_labels_when_space_is_short():
    quarters = enumerate(periods.within(2016, 2020, 3))
    observations = {code: figure(f"12345{place + 10}.89", period=code) for place, code in quarters}
    targets = {year: figure(f"12345{year - 2000}.77") for year in range(2016, 2021)}
    chart = drawn(case("1234509.55", None, targets=targets, observations=observations))
    shown = [label.text for label in chart.labels]
    assert len(shown) < 1 + 20 + 5
    assert {"1234529.89", "1234520.77"} <= set(shown)
    assert_legible(chart)


def test_a_value_and_a_target_at_the_same_point_both_have_a_label():
    chart = drawn(case(92, None, targets={2020: figure(155)}, observations={"2020": figure(155)}))
    assert sorted((label.kind, label.text) for label in chart.labels) == [
        ("base", "92"),
        ("target", "155"),
        ("value", "155"),
    ]


def test_year_labels_that_would_touch_are_dropped_and_the_last_one_stays():
    years = [Label(20 * place, 10, str(2000 + place)) for place in range(10)]
    assert [label.text for label in thinned(years)] == ["2001", "2003", "2005", "2007", "2009"]
    assert thinned(years[:1]) == years[:1]


# Descriptions


def test_the_legend_names_only_the_marks_in_the_chart():
    chart = drawn(case(92, 155, 137), "2018")
    assert [key.word for key in chart.legend.values()] == [
        "完成值",
        "目标",
        "序时应达",
        "基期",
        "截至2018年末",
    ]
    without = drawn(case(None, None, observations={"2016": figure(1), "2017": figure(2)}), "2018-H1")
    assert [key.word for key in without.legend.values()] == ["完成值", "截至2018年上半年末"]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (
            case(92, 155, observations={"2016": figure(107), "2018": figure(137)}),
            "2016年—2018年由 107家升至 137家，基期 92家，2020年目标 155家，2018年末序时应达 129.8家。",
        ),
        (case(100, 80, 110), "2018年 110家，基期 100家，2020年目标 80家，2018年末序时应达 88家。"),
        (case(2, 10), "没有已发布的完成值，基期 2家，2020年目标 10家。"),
        (flow(50, 8, 9, 10), "2016年—2018年累计 27家，2020年目标 50家，2018年末序时应达 30家。"),
        (
            case(None, None, observations={"2016": figure(3), "2017": figure(3)}),
            "2016年—2017年由 3家持平于 3家。",
        ),
    ],
)
def test_a_sentence_describes_the_chart(known, words):
    assert charts.series(known, judge(known, "2018"), "家").words == words


def test_the_source_grades_of_all_figures_are_named_once():
    observations = {"2016": figure(3, origin="填报"), "2018": figure(4, origin="媒体")}
    known = replace(case(2, 10, observations=observations), baseline=figure(2, origin="原文"))
    assert drawn(known).origins == ["原文", "填报", "媒体"]


# Bars


def bar(known, as_of="2018"):
    return charts.bullet(judge(known, as_of))


def test_a_bar_runs_from_the_baseline_and_has_a_tick_at_the_expected_progress():
    found = bar(case(0, 10, 4))
    assert (found.start, found.end, found.left, found.length, found.expected) == (20, 100, 20, 32, 68)
    assert (found.points_left, found.points_right) == (False, False)


def test_a_falling_target_has_the_same_bar_as_a_rising_one():
    assert bar(case(100, 80, 90)) == bar(case(0, 20, 10))


def test_a_value_that_moved_the_wrong_way_goes_left_of_the_baseline():
    found = bar(case(100, 110, 99))
    assert (found.left, found.length, found.points_left) == (12, 8, False)
    found = bar(case(100, 110, 50))
    assert (found.left, found.length, found.points_left) == (0, 20, True)


def test_a_bar_beyond_the_scale_ends_in_an_arrow():
    found = bar(case(0, 10, 12))
    assert (found.left, found.length, found.points_right) == (20, 96, False)
    found = bar(case(0, 10, 1000))
    assert (found.left, found.length, found.points_right) == (20, 100, True)


@pytest.mark.parametrize(
    "known",
    [
        case(0, None, 4),
        case(None, 10, 4),
        case(0, 10),
        case(98, 98, 98),
        flow(50, None, 9, 10),
        flow(50, 8, 9, 10, direction="at_most"),
        case(2, 1, 5, direction="rise"),
    ],
)
def test_without_progress_there_is_no_bar(known):
    assert bar(known) is None


def test_a_flow_starts_from_zero():
    found = bar(flow(50, 8, 9, 10))
    assert (found.start, found.length, found.expected) == (20, 43.2, 68)


# Small charts


def small(*known):
    return charts.multiples((place, one, judge(one, "2020")) for place, one in enumerate(known))


def test_small_charts_share_one_scale_and_leave_gaps():
    low, high = level(_2016=3, _2017=4, _2019=6), level(_2016=30, _2017=40)
    found = small(low, high)
    assert (found.lowest, found.highest, found.first, found.final) == ("0", "40", 2016, 2020)
    first, second = found.panels
    assert [len(panel.lines) for panel in found.panels] == [1, 1]
    assert len(ends(first.lines[0])) == 2
    assert second.actuals[1].y == found.top
    assert found.top < second.actuals[0].y < first.actuals[0].y < found.bottom
    assert first.actuals[0].x == second.actuals[0].x
    assert (first.last.label, first.last.what) == ("6", "2019")


def test_a_small_chart_without_data_says_so():
    silent = case(None, 10)
    gone = case(None, 10, unavailable={"2020": "统计制度取消"})
    found = small(level(_2016=3), silent, gone)
    assert [panel.missing for panel in found.panels] == ["", "未填报", "无法取得"]
    assert small(silent, gone) is None


# Lights by year


def test_each_year_has_its_light_and_later_years_have_none():
    known = case(0, 10, observations={"2016": figure(1), "2017": figure(4)})
    by_year = {year: judge(case(0, 10) if year == 2016 else known, str(year)) for year in (2016, 2017)}
    assert charts.strip(range(2016, 2019), by_year) == [
        (2016, "○", "grey", "未填报"),
        (2017, "●", "green", "符合预期"),
        (2018, "·", "later", "截至时间以后"),
    ]


# Chart files


def test_a_long_title_is_wrapped_and_moves_the_chart_down():
    chart = drawn(level(_2016=3, _2017=4))
    short, long = (
        charts.drawing(chart, "题目", ["来源"]),
        charts.drawing(chart, "省级科技企业孵化器" * 8, ["来源"]),
    )
    assert [len(short.title), len(long.title)] == [1, 2]
    assert long.height - short.height == long.offset - short.offset == 24
    room = chart.width - 2 * long.margin
    assert all(width(line.text, long.title_size) <= room for line in long.title)
    assert short.notes[-1].y < short.height


def test_text_is_wrapped_after_chinese_characters_and_never_within_a_number():
    assert wrapped("衡水市 12345 家", 10, 60) == ["衡水市", "12345 家"]
    assert wrapped("", 10, 60) == [""]


def test_a_flow_whose_first_period_is_missing_is_not_called_unreported():
    known = flow(50, None, 9, 10)
    assert drawn(known).words.startswith("有的时期没有数，累计不能画出")
    small = charts.multiples([("景县", known, judge(known, "2018"))])
    assert (small.panels[0].missing, small.is_summed) == ("数据不全", True)


def test_inexact_values_are_not_described_as_rising():
    known = level(_2016=6)
    known.observations["2017"] = figure(6, period="2017", comparator="near_below")
    assert drawn(known).words.startswith("2016年—2017年由 6到 近6")
