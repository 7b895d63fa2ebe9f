"""The engine: comparators, the expected line, explanations, and properties for any numbers."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from targets.engine import figures, periods, progress, quantities
from targets.engine.case import Case
from targets.engine.expected import Expected, expected_at
from targets.engine.figures import Figure, Ratio
from targets.engine.progress import judge
from targets.engine.shares import Share
from targets.engine.status import Light, Rule, Status
from tests.cases import YEARS, case, figure, flow, in_part, values

pytestmark = pytest.mark.one_database


def short(number: Share | Fraction | None) -> str | None:
    if number is None:
        return None
    return str(float(number.rounded if isinstance(number, Share) else quantities.half_up(number)))


# Comparators


@pytest.mark.parametrize(
    ("actual", "comparator", "target", "wanted", "done"),
    [
        (98, "eq", 98, "ge", True),
        (97, "eq", 98, "ge", False),
        (6, "near_below", 6, "eq", False),
        (6, "lt", 6, "eq", False),
        (7, "near_below", 6, "eq", True),
        (98, "ge", 98, "ge", True),
        (98, "eq", 98, "gt", False),
    ],
)
def test_comparators_decide_whether_a_target_is_reached(actual, comparator, target, wanted, done):
    """The value of 2020 held against a limit."""
    value = figure(actual, comparator=comparator, period="2020")
    limit = {2020: figure(target, comparator=wanted)}
    result = judge(case(None, direction="at_least", targets=limit, observations={"2020": value}), "2020")
    assert (result.status == "met") is done


def test_a_falling_value_just_above_its_target_has_not_reached_it():
    above = {"2018": figure(6, comparator="near_above", period="2018")}
    assert judge(case(10, 6, observations=above), "2018").status == "ahead"
    assert judge(case(10, 6, 6, targets={2020: figure(6, comparator="le")}), "2018").status == "achieved"


@pytest.mark.parametrize(
    ("terms", "sum_is"),
    [
        (["eq", "eq"], "eq"),
        (["near_below", "eq"], "near_below"),
        (["lt", "eq", "lt"], "lt"),
        (["near_below", "lt"], "near_below"),
        (["le", "lt"], "le"),
        (["near_above", "eq"], "near_above"),
        (["ge", "gt"], "ge"),
        (["ge", "near_above", "eq"], "ge"),
        (["near_above", "gt"], "near_above"),
        (["ge", "near_below"], "ge"),
        (["ge", "le"], "about"),
        (["near_below", "near_above"], "about"),
        (["about", "eq"], "about"),
    ],
)
def test_a_sum_is_exact_only_if_all_its_terms_are(terms, sum_is):
    parts = {str(n): figure(3, comparator=comparator) for n, comparator in enumerate(terms)}
    assert figures.sum_of_parts("2018", parts).figure.comparator == sum_is
    amounts = {
        year: figure(3, comparator=word, period=year) for year, word in zip(YEARS, terms, strict=False)
    }
    result = judge(flow(50, observations=amounts), list(amounts)[-1])
    assert result.actual.comparator == sum_is


def test_near_3_and_3_have_not_reached_6():
    near = figures.sum_of_parts("2018", {"a": figure(3, comparator="near_below"), "b": figure(3)}).figure
    assert judge(case(0, 6, observations={"2018": near}), "2018").status == "ahead"


def at(known: Case, code: str) -> Expected:
    """What is expected at the end of a period, by the newest targets."""
    return expected_at(known.start_year, known.base, known.targets, periods.span(code))


# Expected values


def test_the_year_s_own_target_replaces_the_straight_line():
    known = case(0, 10, 4, targets={2018: figure(4), 2020: figure(10)})
    result = judge(known, "2018")
    assert (result.expected, result.status) == (4, "on_schedule")


def test_within_a_year_the_line_runs_between_the_neighbouring_targets():
    known = case(0, 10, targets={2017: figure(2), 2018: figure(4), 2020: figure(10)})
    assert at(known, "2018-H1").value == 3


def test_within_the_first_year_the_line_starts_at_the_baseline():
    known = case(2, 10, targets={2016: figure(6), 2020: figure(10)})
    assert at(known, "2016-Q1").value == 3


def test_a_year_without_a_target_lies_on_the_line_between_the_neighbouring_targets():
    known = case(0, 10, targets={2017: figure(9), 2020: figure(12)})
    assert at(known, "2018").value == 10
    assert at(known, "2019-H1").value == Fraction(21, 2)


def test_a_value_no_worse_than_the_baseline_is_on_schedule_until_change_is_expected():
    known = case(4, 10, 4, targets={2018: figure(4), 2020: figure(10)})
    result = judge(known, "2018")
    assert (result.index, result.status) == (None, "on_schedule")


def test_after_the_last_target_the_target_itself_is_expected():
    known = case(0, 10, targets={2018: figure(10)}, observations={"2019": figure(9, period="2019")})
    assert judge(known, "2019").expected == 10


@pytest.mark.parametrize(
    ("value", "index", "status"),
    [
        ("8.9999", "0.9", "behind"),
        (9, "0.9", "slightly_behind"),
        (10, "1.0", "on_schedule"),
        (11, "1.1", "ahead"),
    ],
)
def test_an_index_that_just_meets_a_threshold_counts_as_reached(value, index, status):
    known = case(0, 18, value, targets={2018: figure(10), 2020: figure(18)})
    result = judge(known, "2018")
    assert (short(result.index), result.status) == (index, status)


whole = st.integers(0, 500)


@given(whole, st.integers(1, 500), st.integers(0, 100), st.sampled_from(["0.9", "1", "1.1"]))
def test_a_value_exactly_on_a_threshold_has_the_status_of_that_threshold(base, tenth, early, edge):
    """The targets of 2017 and 2019 may lie anywhere; half-way between them 10 tenths are expected."""
    first = Fraction(early * tenth, 10)
    years = {2017: first, 2019: 20 * tenth - first, 2020: 20 * tenth}
    targets = {year: figure(quantities.half_up(base + way)) for year, way in years.items()}
    value = base + Fraction(edge) * 10 * tenth
    result = judge(case(base, base + 20 * tenth, quantities.half_up(value), targets=targets), "2018")
    on_the_edge = {"0.9": "slightly_behind", "1": "on_schedule", "1.1": "ahead"}
    assert (result.expected, result.index) == (base + 10 * tenth, Fraction(edge))
    assert result.status == on_the_edge[edge]


@pytest.mark.parametrize(
    ("actual", "share", "percent"),
    [
        (figure("9999.94", period="2018"), "0.9999", "99.9"),
        (figure("9995", period="2018"), "0.9995", "99.9"),
        (figure(10000, period="2018", comparator="near_below"), "0.9999", "99.9"),
        (figure(10000, period="2018"), "1", "100"),
        (figure("10000.4", period="2018"), "1", "100"),
    ],
)
def test_what_is_short_of_the_target_never_reads_as_the_whole(actual, share, percent):
    result = judge(case(0, 10000, observations={"2018": actual}), "2018")
    for found in (result.completion, result.progress):
        shown = quantities.plain(found.rounded), quantities.plain(found.percent)
        assert shown == (share, percent)


@given(whole, st.dictionaries(st.integers(2016, 2020), whole, min_size=1))
def test_the_expected_value_runs_straight_from_one_known_point_to_the_next(base, way):
    known = case(base, None, targets={year: figure(value) for year, value in way.items()})
    points = {2015: base, **way}
    years = sorted(points)
    for first, last in pairwise(years):
        codes = periods.within(first + 1, last, 3)
        line = [at(known, code).value for code in codes]
        steps = {after - before for before, after in pairwise([Fraction(points[first]), *line])}
        assert steps == {Fraction(points[last] - points[first], len(codes))}


# Counties


def test_the_city_is_the_sum_of_its_counties_if_all_reported():
    rolled = figures.sum_of_parts("2018", {"131127": figure(19), "131128": figure(0)})
    assert rolled == (figure(19, period="2018"), 2, ())
    assert rolled.is_complete


def test_a_county_without_a_report_leaves_the_sum_incomplete():
    rolled = figures.sum_of_parts("2018", {"131127": figure(19), "131128": None})
    assert (rolled, rolled.expected, rolled.is_complete) == (
        (figure(19, period="2018"), 1, ("131128",)),
        2,
        False,
    )


def test_without_any_report_there_is_no_sum_not_even_zero():
    assert figures.sum_of_parts("2018", {"131127": None}).figure is None


def test_ratios_are_rolled_up_by_their_numerators_and_denominators():
    parts = {"a": Ratio(figure(90), figure(100)), "b": Ratio(figure(10), figure(100))}
    assert figures.ratio_of_parts("2018", parts, 100).figure.value == 50


def test_a_ratio_without_a_denominator_is_unknown():
    assert figures.ratio_of_parts("2018", {"a": Ratio(figure(0), figure(0))}, 100).figure is None


def test_results_are_counted_by_status_in_the_order_of_the_statuses():
    results = [judge(case(0, 10), "2018"), judge(case(0, 10, 6), "2018")]
    assert progress.status_counts(results) == [("on_schedule", 1), ("no_data", 1)]


# Explanations


@pytest.mark.parametrize(
    ("known", "rule", "label"),
    [
        (case(0, 10, 5), "rise", "增长类"),
        (case(10, 0, 5), "fall", "下降类"),
        (case(0, None, 5), "rise", "增长类"),
        (case(98, 98, 98), "keep", "保持类"),
        (case(None, 98, 98, direction="at_least"), "keep", "保持类"),
        (case(3, 5, 4, direction="at_most"), "keep", "保持类"),
        (flow(50, 8), "flow", "期间累计类"),
        (flow(50, 8, direction="at_most"), "ceiling", "期间累计，不超过上限"),
        (case(None, 10, 5), "no_baseline", "无基期，只看完成率"),
        (case(4, 10, 5, kind="derived"), "not_tracked", "不监测"),
        (case(4, 10, 5, is_tracked=False), "not_tracked", "不监测"),
    ],
)
def test_a_result_names_its_rule(known, rule, label):
    result = judge(known, "2018")
    assert (result.rule, result.rule.label) == (rule, label)


def test_every_rule_and_every_role_has_a_label():
    assert all(code.label for code in (*Rule, *figures.InputRole))


def used(known: Case, as_of: str = "2018") -> list[tuple]:
    return [(role.value, one.period, one.value) for role, one in judge(known, as_of).inputs]


def in_year(value, year: int) -> Figure:
    return figure(value, period=str(year))


@pytest.mark.parametrize(
    ("known", "as_of", "inputs"),
    [
        (case(2, 10, 5), "2018", [("baseline", "", 2), ("target", "2020", 10), ("actual", "2018", 5)]),
        (case(2, None, 5), "2018", [("baseline", "", 2), ("actual", "2018", 5)]),
        (case(2, 10, None), "2018", [("baseline", "", 2), ("target", "2020", 10)]),
        (case(None, 10, 5), "2018", [("target", "2020", 10), ("actual", "2018", 5)]),
        (case(98, 98, 99), "2018", [("baseline", "", 98), ("target", "2020", 98), ("actual", "2018", 99)]),
        (case(9, 98, 99, direction="at_least"), "2018", [("target", "2020", 98), ("actual", "2018", 99)]),
        (case(4, 10, 5, kind="derived"), "2018", [("baseline", "", 4)]),
        (
            replace(flow(50, 8, None, 10), baseline=figure(7)),
            "2018",
            [("target", "2020", 50), ("amount", "2016", 8)],
        ),
        (
            flow(15, 8, None, 10),
            "2018",
            [("target", "2020", 15), ("amount", "2016", 8), ("amount", "2018", 10)],
        ),
    ],
)
def test_a_result_names_exactly_the_figures_used(known, as_of, inputs):
    assert used(known, as_of) == inputs


@pytest.mark.parametrize(
    ("as_of", "years"),
    [
        ("2016", ["2017"]),
        ("2017", ["2017"]),
        ("2017-H1", ["2017"]),
        ("2018-H1", ["2017", "2018"]),
        ("2018", ["2018"]),
        ("2019", ["2018"]),
        ("2020-H1", ["2018"]),
        ("2020", []),
    ],
)
def test_a_result_names_the_year_targets_behind_the_expected_value(as_of, years):
    targets = {year: in_year(value, year) for year, value in ((2017, 3), (2018, 4), (2020, 10))}
    known = case(2, targets=targets, observations={as_of: figure(2, period=as_of)})
    assert [period for role, period, _ in used(known, as_of) if role == "year_target"] == years


def part(value, area: str, period: str = "2018") -> Figure:
    return figure(value, period=period, area=area)


def test_a_sum_of_counties_names_each_of_them_and_shows_the_sum():
    up = figures.sum_of_parts("2018", {"a": part(19, "a"), "b": None, "c": part(0, "c")})
    result = judge(case(2, None, observations={"2018": up.figure}), "2018")
    assert [(role, one.area, one.value) for role, one in result.inputs[1:]] == [
        ("part", "a", 19),
        ("part", "c", 0),
    ]
    assert result.steps == (
        ("县市区汇总（2018）", "19 + 0 = 19"),
        ("完成值", "2018 的数 19"),
        ("判定", "未设目标，只列出完成值，不作判断"),
    )


def test_a_ratio_of_counties_names_their_fractions_and_shows_the_quotient():
    pairs = {"a": Ratio(part(2, "a"), part(3, "a")), "b": Ratio(part(4, "b"), part(6, "b")), "c": None}
    up = figures.ratio_of_parts("2018", pairs, 100)
    result = judge(case(None, 98, observations={"2018": up.figure}, kind="ratio", scale=100), "2018")
    assert [(role, one.area, one.value) for role, one in result.inputs[1:]] == [
        ("numerator", "a", 2),
        ("denominator", "a", 3),
        ("numerator", "b", 4),
        ("denominator", "b", 6),
    ]
    assert result.steps[0] == ("县市区汇总（2018）", "(2 + 4) / (3 + 6) * 100 = 66.6667")


def test_a_flow_of_counties_names_each_county_in_each_period_and_shows_all_sums():
    ups = {
        year: figures.sum_of_parts(year, {area: part(value, area, year) for area, value in parts.items()})
        for year, parts in (("2016", {"a": 1, "b": 2}), ("2018", {"a": 4, "b": 5}))
    }
    amounts = {year: up.figure for year, up in ups.items()} | {"2017": figure(7, period="2017")}
    result = judge(flow(None, observations=amounts), "2018")
    assert [(role, one.area, one.period, one.value) for role, one in result.inputs] == [
        ("part", "a", "2016", 1),
        ("part", "b", "2016", 2),
        ("amount", "", "2017", 7),
        ("part", "a", "2018", 4),
        ("part", "b", "2018", 5),
    ]
    assert result.steps == (
        ("县市区汇总（2016）", "1 + 2 = 3"),
        ("县市区汇总（2018）", "4 + 5 = 9"),
        ("完成值（2016、2017、2018 累计）", "3 + 7 + 9 = 19"),
        ("判定", "未设目标，只列出完成值，不作判断"),
    )


def test_the_formula_of_the_expected_value_shows_both_ends_of_its_line():
    known = case(0, targets={2018: figure(7), 2020: figure(10)})
    formula = at(known, "2018-Q1").formula
    assert formula == "0 + (7 - 0) * 27 / 36 = 5.25"


# Periods


@pytest.mark.parametrize(
    ("code", "start", "end", "label"),
    [
        ("2018", "2018-01-01", "2018-12-31", "2018年"),
        ("2018-H1", "2018-01-01", "2018-06-30", "2018年上半年"),
        ("2018-H2", "2018-07-01", "2018-12-31", "2018年下半年"),
        ("2020-Q1", "2020-01-01", "2020-03-31", "2020年第一季度"),
        ("2018-Q4", "2018-10-01", "2018-12-31", "2018年第四季度"),
    ],
)
def test_the_code_of_a_period_determines_its_days(code, start, end, label):
    found = periods.span(code)
    assert (found.start.isoformat(), found.end.isoformat(), found.label) == (start, end, label)


@pytest.mark.parametrize("code", ["18", "2018-H3", "2018-Q5", "2018-01", "2018年", "", "2018-q1", "2018\n"])
def test_an_invalid_period_code_is_refused(code):
    with pytest.raises(ValueError, match="不是报告期"):
        periods.span(code)


def test_halves_and_quarters_are_listed_in_order():
    assert periods.within(2016, 2017, 6) == ("2016-H1", "2016-H2", "2017-H1", "2017-H2")
    assert len(periods.within(2016, 2020, 3)) == 20


def test_a_period_knows_its_halves_and_the_periods_around_it():
    assert [periods.halves(code) for code in ("2018", "2018-H2", "2018-Q1")] == [
        ("2018-H1", "2018-H2"),
        ("2018-Q3", "2018-Q4"),
        (),
    ]
    assert periods.enclosing("2018-Q3") == ("2018", "2018-H2", "2018-Q3")
    assert periods.enclosing("2018") == ("2018",)


def test_the_period_itself_then_the_longest_wins_among_periods_that_end_together():
    known = ["2018-Q4", "2018-H1", "2018-H2"]
    assert [periods.ending_with(code, known) for code in ("2018", "2018-Q4", "2018-Q2", "2017")] == [
        "2018-H2",
        "2018-Q4",
        "2018-H1",
        None,
    ]


# Properties for any numbers

numbers = st.decimals(min_value=0, max_value=1_000_000, places=2)
factors = st.decimals(min_value=Decimal("0.01"), max_value=1000, places=2)
directions = st.sampled_from(["rise", "fall"])
ORDER = [
    Status.WORSENING,
    Status.NOT_MET,
    Status.BEHIND,
    Status.SLIGHTLY_BEHIND,
    Status.ON_SCHEDULE,
    Status.AHEAD,
    Status.MET,
    Status.ACHIEVED,
]


@given(numbers, numbers, directions)
def test_a_status_never_gets_worse_when_the_value_moves_in_the_declared_direction(base, target, direction):
    assume(base != target)
    values = sorted(base + (target - base) * twentieth / 20 for twentieth in range(-4, 25))
    on_the_way = values if direction == "rise" else values[::-1]
    places = [
        ORDER.index(judge(case(base, target, one, direction=direction), "2018").status) for one in on_the_way
    ]
    assert places == sorted(places)


@given(numbers, numbers, numbers, directions)
def test_a_value_short_of_both_target_and_baseline_is_red(base, target, value, direction):
    assume(value < min(base, target) if direction == "rise" else value > max(base, target))
    assert judge(case(base, target, value, direction=direction), "2018").status.light == "red"


@given(numbers, numbers, numbers, factors)
def test_scaling_all_values_changes_neither_progress_nor_status(base, target, value, factor):
    assume(base != target)
    plain = judge(case(base, target, value), "2018")
    scaled = judge(case(base * factor, target * factor, value * factor), "2018")
    assert (plain.progress, plain.index, plain.status) == (scaled.progress, scaled.index, scaled.status)


@given(numbers, factors, st.one_of(st.none(), numbers))
def test_zero_and_a_missing_value_give_different_results(base, target, value):
    result = judge(case(base, target, value), "2018")
    assert (result.status == Status.NO_DATA) is (value is None)
    assert (result.actual is None) is (value is None)


@given(st.lists(st.one_of(st.none(), numbers), min_size=3, max_size=3), numbers)
def test_a_flow_sums_what_is_known_and_is_whole_up_to_its_first_gap(amounts, target):
    result = judge(flow(target, *amounts), "2018")
    gap = amounts.index(None) if None in amounts else 3
    known = [amount for amount in amounts if amount is not None]
    assert (result.actual and result.actual.value) == (sum(amounts[:gap]) if gap else None)
    in_part = len(known) > gap
    assert (result.partial and result.partial.figure.value) == (sum(known) if in_part else None)


@st.composite
def reported_until_2018(draw) -> Case:
    """Draw a level or a flow of any direction, of an area or a city, without a report after 2018."""
    direction = draw(st.sampled_from(["rise", "fall", "at_least", "at_most"]))
    targets = {year: in_year(value, year) for year, value in draw(on_the_way).items()}
    targets[2020] = in_year(draw(numbers), 2020)
    codes = draw(
        st.lists(st.sampled_from(["2016", "2017", "2017-H2", "2018-H1", "2018-Q3", "2018"]), unique=True)
    )
    rolled = {}
    if draw(st.booleans()):
        missing = draw(st.integers(0, 2))
        rolled = in_part(draw(numbers), draw(st.sampled_from(["2016", "2017", "2018"])), 3, *"ab"[:missing])
    observed = {code: figure(draw(numbers), period=code) for code in codes if code not in rolled}
    observed |= {code: up.figure for code, up in rolled.items() if not up.missing}
    common = {"direction": direction, "targets": targets, "observations": observed, "rolled": rolled}
    if draw(st.booleans()):
        return flow(None, **common)
    return case(draw(st.one_of(st.none(), numbers)), **common)


LATER = ["2018", "2019-Q1", "2019-H1", "2019", "2020-H1", "2020"]


@given(reported_until_2018())
def test_time_that_passes_without_a_report_changes_no_light_but_to_grey(known):
    lights = [judge(known, code).status.light for code in LATER]
    for before, after in pairwise(lights):
        assert after in {before, Light.GREY}


@given(reported_until_2018(), numbers)
def test_a_total_that_has_reached_its_target_stays_achieved_whatever_is_reported_later(known, amount):
    by_then = judge(known, "2018")
    more = replace(known, observations=known.observations | {"2019": figure(amount, period="2019")})
    if known.is_flow and by_then.status == Status.ACHIEVED:
        assert judge(more, "2019").status == Status.ACHIEVED


@given(numbers, factors, numbers, numbers, st.sampled_from(["rise", "at_least"]), st.booleans())
def test_a_green_light_of_a_partial_sum_stays_green_when_the_missing_parts_report(
    base, way, known, more, direction, is_flow
):
    common = {"direction": direction, "targets": {2020: figure(base + way, period="2020")}}
    make = (lambda **values: flow(None, **values)) if is_flow else (lambda **values: case(base, **values))
    years = {"2016": 0, "2017": 0} if is_flow else {}
    in_part_only = make(observations=values(years), rolled=in_part(known, "2018", 12, "131182"), **common)
    whole = make(observations=values(years | {"2018": known + more}), **common)
    if judge(in_part_only, "2018").status.light == Light.GREEN:
        assert judge(whole, "2018").status.light == Light.GREEN


def _reckon(formula: str) -> Fraction:
    """Calculate a formula in exact fractions, without the engine."""
    exact = "".join(
        f"Fraction('{word}')" if word.replace(".", "").isdigit() else word for word in _words(formula)
    )
    return eval(exact, {"Fraction": Fraction})


def _words(formula: str) -> list[str]:
    return formula.replace("(", " ( ").replace(")", " ) ").split()


moments = st.sampled_from(["2016-Q1", "2016", "2017-H1", "2017", "2018-Q3", "2018", "2020-H1", "2020"])
on_the_way = st.dictionaries(st.integers(2016, 2019), numbers)
pairs_of_parts = st.lists(st.tuples(numbers, factors), min_size=1, max_size=4)


@st.composite
def cases(draw) -> Case:
    """Draw a rise, fall or flow of a county, or of a city from its parts, with a value for each period."""
    target, base = draw(numbers), draw(numbers)
    targets = {year: in_year(value, year) for year, value in draw(on_the_way).items()}
    common = {"targets": targets | {2020: in_year(target, 2020)}, "scale": 100}
    if draw(st.booleans()):
        amounts = {year: _amount(draw, year) for year in YEARS}
        return flow(None, observations=amounts, **common)
    period = draw(moments)
    pairs = {str(n): Ratio(*map(figure, pair)) for n, pair in enumerate(draw(pairs_of_parts))}
    value = draw(
        st.sampled_from(
            [
                in_year(draw(numbers), period),
                figures.sum_of_parts(period, {key: pair[0] for key, pair in pairs.items()}).figure,
                figures.ratio_of_parts(period, pairs, 100).figure,
            ]
        )
    )
    return case(base, target, observations={period: value}, direction=draw(directions), **common)


def _amount(draw, year: str) -> Figure:
    parts = draw(st.lists(numbers, min_size=1, max_size=3))
    return draw(
        st.sampled_from(
            [
                in_year(parts[0], year),
                figures.sum_of_parts(year, {str(n): figure(part) for n, part in enumerate(parts)}).figure,
            ]
        )
    )


@given(cases(), moments)
def test_the_listed_inputs_are_enough_to_calculate_the_result(known, as_of):
    result = judge(known, as_of)
    again = _again(result)
    found = {
        "completion": result.completion and result.completion.value,
        "progress": result.progress and result.progress.value,
        "expected": result.expected,
        "index": result.index,
    }
    assert {name for name in found if found[name] is None} == {n for n in again if again[n] is None}
    for name, value in again.items():
        assert found[name] == value, name


def _again(result) -> dict:
    """Calculate a result in exact fractions from inputs, rule and period, without the engine."""
    nothing = dict.fromkeys(["completion", "progress", "expected", "index"])
    by_role = {}
    for role, one in result.inputs:
        by_role.setdefault(role.value, []).append((one.period, Fraction(one.value)))
    actual = _actual_again({role: sum(value for _, value in ones) for role, ones in by_role.items()})
    if actual is None or result.judged is None or result.rule == "keep":
        return nothing
    ((last, target),) = by_role["target"]
    base = Fraction(0) if result.rule == "flow" else by_role["baseline"][0][1]
    years = {int(year): value for year, value in [*by_role.get("year_target", []), (last, target)]}
    expected = _expected_again(periods.span(result.judged_at), base, years)
    way, wanted = (actual - base) / (target - base), (expected - base) / (target - base)
    return {
        "completion": actual / target if target and result.rule != "fall" else None,
        "progress": way,
        "expected": expected,
        "index": way / wanted if wanted > 0 and way >= 0 else None,
    }


def _actual_again(sums: dict) -> Fraction | None:
    if "numerator" in sums:
        return sums["numerator"] / sums["denominator"] * 100
    kinds = sums.keys() & {"actual", "amount", "part"}
    return sum(sums[kind] for kind in kinds) if kinds else None


def _expected_again(moment, base, years) -> Fraction:
    months = 12 * (moment.year - 2016) + moment.end.month
    known = {0: base} | {12 * (year - 2015): value for year, value in years.items()}
    if months >= max(known):
        return known[max(known)]
    left = max(month for month in known if month <= months)
    right = min(month for month in known if month > months)
    return known[left] + (known[right] - known[left]) * (months - left) / (right - left)


STEPS = {
    "完成率": "completion",
    "进度": "progress",
    "序时应达": "expected",
    "序时指数": "index",
}


@given(cases(), moments)
def test_each_formula_of_an_explanation_gives_the_stated_number(known, as_of):
    for step in judge(known, as_of).steps:
        left, equals, right = step.formula.partition(" = ")
        if equals:
            assert abs(_reckon(left) - Fraction(right)) <= HALF_A_DIGIT, step


@given(cases(), moments)
def test_each_number_of_a_result_is_the_result_of_its_formula(known, as_of):
    result = judge(known, as_of)
    shown = {step.what.partition("（")[0]: step.formula.split()[-1] for step in result.steps}
    for what, name in STEPS.items():
        number = getattr(result, name)
        assert (what in shown) is (number is not None)
        rounded = number.rounded if isinstance(number, Share) else number and quantities.half_up(number)
        assert number is None or rounded == Decimal(shown[what]), what


# Formulas show four decimals.
HALF_A_DIGIT = Fraction(1, 20_000)
