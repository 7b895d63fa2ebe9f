"""The engine: worked cases of the field, its edges, and what must hold for any numbers."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from targets import periods, progress
from targets.progress import Case, Figure, Status, judge

YEARS = ("2016", "2017", "2018", "2019", "2020")


def figure(value, **kwargs) -> Figure | None:
    return None if value is None else Figure(Decimal(str(value)), **kwargs)


def case(baseline=0, target=10, actual=None, **kwargs) -> Case:
    """A level over 2016-2020 with one value, of 2018."""
    falls = baseline is not None and target is not None and Decimal(str(target)) < Decimal(str(baseline))
    values = {
        "kind": "stock",
        "direction": "fall" if falls else "rise",
        "start_year": 2016,
        "end_year": 2020,
        "baseline": figure(baseline),
        "targets": {} if target is None else {2020: figure(target)},
        "observations": {} if actual is None else {"2018": figure(actual, period="2018")},
    }
    return Case(**values | kwargs)


def flow(target, *amounts, **kwargs) -> Case:
    """A flow over the years from 2016; None is a year without a report."""
    observations = {
        year: figure(amount, period=year)
        for year, amount in zip(YEARS, amounts, strict=False)
        if amount is not None
    }
    return case(None, target, kind="flow", observations=observations, due=YEARS, **kwargs)


def short(number: Decimal | None) -> str | None:
    return None if number is None else str(round(float(number), 4))


# The worked cases: baseline, target, actual after three of five years, the direction where not plain


@pytest.mark.parametrize(
    ("known", "completion", "way", "index", "status"),
    [
        (case("0.8", "1.8", "1.3"), "0.7222", "0.5", "0.8333", "behind"),
        (case(100, 80, 90), None, "0.5", "0.8333", "behind"),
        (case(100, 80, 75), None, "1.25", "2.0833", "achieved"),
        (case("0.8", "1.8", "0.6"), "0.3333", "-0.2", None, "worsening"),
        (case(90, 95, 96, direction="at_least"), None, None, None, "met"),
        (case(0, 10, 4), "0.4", "0.4", "0.6667", "behind"),
        (case(20, 0, 5), None, "0.75", "1.25", "ahead"),
        (case(0, 10, 0), "0.0", "0.0", "0.0", "behind"),
        (case(0, 10, None), None, None, None, "no_data"),
        (case(100, 80, 110), None, "-0.5", None, "worsening"),
        (flow(50, 8, 9, 10), "0.54", "0.54", "0.9", "slightly_behind"),
        (flow(50, 8, None, 10), None, None, None, "partial"),
    ],
)
def test_a_worked_case_comes_out_as_written(known, completion, way, index, status):
    result = judge(known, "2018")
    found = (short(result.completion), short(result.progress), short(result.index), result.status)
    assert found == (completion, way, index, status)


# Every status


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
        (flow(50, 8, None, 10), "partial", "grey"),
        (case(4, 10, 5, kind="coefficient"), "not_tracked", "grey"),
        (case(4, 10, 5, kind="derived"), "not_tracked", "grey"),
        (case(4, 10, 5, is_tracked=False), "not_tracked", "grey"),
    ],
)
def test_each_status_has_its_light(known, status, light):
    result = judge(known, "2018")
    assert (result.status, result.status.light) == (status, light)


def test_every_status_has_a_word_and_every_light_a_shape():
    assert set(progress.LABELS) == set(Status)
    assert {status.light for status in Status} == set(progress.SHAPES)


def test_the_thresholds_are_those_of_the_plan():
    strict = progress.Thresholds(ahead=Decimal(2), on_schedule=Decimal("1.5"), slightly_behind=Decimal(1))
    assert judge(case(0, 10, 8), "2018").status == "ahead"
    assert judge(case(0, 10, 8, thresholds=strict), "2018").status == "slightly_behind"


# What a value is


def test_an_old_value_stands_in_with_its_own_period():
    result = judge(case(0, 10, observations={"2017": figure(4, period="2017")}), "2018")
    assert result.actual == figure(4, period="2017")
    assert result.as_of == "2018"


def test_a_value_of_a_later_period_is_not_yet_known():
    known = case(0, 10, observations={"2018": figure(6, period="2018"), "2019": figure(9, period="2019")})
    assert judge(known, "2018").actual.value == 6


def test_of_a_year_and_its_last_quarter_the_year_speaks():
    known = case(
        0, 10, observations={"2018": figure(6, period="2018"), "2018-Q4": figure(5, period="2018-Q4")}
    )
    assert judge(known, "2018").actual.period == "2018"


def test_zero_is_a_value_and_no_report_is_none():
    assert judge(case(0, 10, 0), "2018").actual == figure(0, period="2018")
    assert judge(case(0, 10, None), "2018").actual is None


def test_a_flow_with_a_hole_shows_its_sum_and_names_the_hole():
    result = judge(flow(50, 8, None, 10), "2018")
    assert (result.actual.value, result.missing) == (18, ("2017",))


def test_a_flow_in_halves_is_summed_up_to_the_half_looked_at():
    halves = periods.within(2016, 2020, 6)
    amounts = {code: figure(5, period=code) for code in halves[:5]}
    result = judge(case(None, 50, kind="flow", observations=amounts, due=halves), "2018-H1")
    assert (result.actual.value, short(result.progress), result.status) == (25, "0.5", "on_schedule")


def test_a_city_figure_of_some_counties_only_is_shown_and_not_judged():
    known = case(0, 10, partial={"2018": figure(4, period="2018")}, reported={"2018": (3, 13)})
    result = judge(known, "2018")
    assert (result.status, result.actual.value, result.reported) == ("partial", 4, (3, 13))
    assert result.progress is None


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
def test_a_target_is_reached_in_the_sense_of_the_comparators(actual, comparator, target, wanted, done):
    value = figure(actual, comparator=comparator)
    assert progress.reached(value, figure(target, comparator=wanted), is_upward=True) is done


def test_a_falling_value_just_above_its_target_has_not_reached_it():
    assert not progress.reached(figure(6, comparator="near_above"), figure(6), is_upward=False)
    assert progress.reached(figure(6), figure(6, comparator="le"), is_upward=False)


# Where the value should stand


def test_the_year_s_own_target_goes_before_the_straight_line():
    known = case(0, 10, 4, targets={2018: figure(4), 2020: figure(10)})
    result = judge(known, "2018")
    assert (result.expected, result.status) == (4, "on_schedule")


def test_within_a_year_the_line_runs_between_the_neighbouring_targets():
    known = case(0, 10, targets={2017: figure(2), 2018: figure(4), 2020: figure(10)})
    assert progress.expected_at(known, Decimal(0), periods.span("2018-H1"))[0] == 3


def test_within_the_first_year_the_line_starts_at_the_baseline():
    known = case(2, 10, targets={2016: figure(6), 2020: figure(10)})
    assert progress.expected_at(known, Decimal(2), periods.span("2016-Q1"))[0] == 3


def test_a_year_without_a_target_of_its_own_stands_on_the_line_from_baseline_to_end():
    known = case(0, 10, targets={2017: figure(9), 2020: figure(10)})
    assert progress.expected_at(known, Decimal(0), periods.span("2018"))[0] == 6


def test_while_nothing_is_expected_yet_any_value_not_worse_is_on_schedule():
    known = case(4, 10, 4, targets={2018: figure(4), 2020: figure(10)})
    result = judge(known, "2018")
    assert (result.index, result.status) == (None, "on_schedule")


def test_after_the_last_target_the_target_itself_is_expected():
    known = case(0, 10, targets={2018: figure(10)}, observations={"2019": figure(9, period="2019")})
    assert judge(known, "2019").expected == 10


# Counties


def test_the_city_is_the_sum_of_its_counties_if_all_reported():
    rolled = progress.sum_of_parts("2018", {"131127": figure(19), "131128": figure(0)})
    assert rolled == (figure(19, period="2018"), 2, 2)
    assert rolled.is_complete


def test_a_county_without_a_report_leaves_the_sum_incomplete():
    rolled = progress.sum_of_parts("2018", {"131127": figure(19), "131128": None})
    assert (rolled, rolled.is_complete) == ((figure(19, period="2018"), 1, 2), False)


def test_without_any_report_there_is_no_sum_not_even_zero():
    assert progress.sum_of_parts("2018", {"131127": None}).figure is None


def test_ratios_are_rolled_up_by_their_numerators_and_denominators():
    parts = {"a": (Decimal(90), Decimal(100)), "b": (Decimal(10), Decimal(100))}
    assert progress.ratio_of_parts("2018", parts, 100).figure.value == 50


def test_a_ratio_of_nothing_is_not_known():
    assert progress.ratio_of_parts("2018", {"a": (Decimal(0), Decimal(0))}, 100).figure is None


def test_results_are_counted_by_status_with_none_left_out():
    counts = progress.count_by_status([judge(case(0, 10, 6), "2018"), judge(case(0, 10), "2018")])
    assert {status: number for status, number in counts.items() if number} == {"on_schedule": 1, "no_data": 1}
    assert list(counts) == list(Status)


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
def test_a_period_s_days_follow_from_its_code(code, start, end, label):
    found = periods.span(code)
    assert (found.start.isoformat(), found.end.isoformat(), found.label) == (start, end, label)


@pytest.mark.parametrize("code", ["18", "2018-H3", "2018-Q5", "2018-01", "2018年", "", "2018-q1", "2018\n"])
def test_what_is_no_period_is_refused(code):
    with pytest.raises(ValueError, match="不是报告期"):
        periods.span(code)


def test_halves_and_quarters_are_listed_in_order():
    assert periods.within(2016, 2017, 6) == ["2016-H1", "2016-H2", "2017-H1", "2017-H2"]
    assert len(periods.within(2016, 2020, 3)) == 20


@pytest.mark.parametrize(
    ("today", "shown"), [("2018-03-01", "2017"), ("2026-11-24", "2020"), ("2016-05-01", "2016")]
)
def test_the_default_is_the_last_year_ended_within_the_plan(today, shown):
    assert periods.last_ended(periods.date.fromisoformat(today), 2016, 2020) == shown


# For any numbers

numbers = st.decimals(min_value=0, max_value=1_000_000, places=2)
factors = st.decimals(min_value=Decimal("0.01"), max_value=1000, places=2)
ORDER = [
    Status.WORSENING,
    Status.BEHIND,
    Status.SLIGHTLY_BEHIND,
    Status.ON_SCHEDULE,
    Status.AHEAD,
    Status.ACHIEVED,
]


@given(numbers, numbers, numbers, st.decimals(min_value=0, max_value=1, places=2))
def test_a_status_never_gets_worse_when_the_value_moves_towards_the_target(base, target, value, share):
    assume(base != target)
    nearer = value + (target - value) * share
    before, after = (judge(case(base, target, number), "2018").status for number in (value, nearer))
    done = ORDER[-1] in (before, after)
    # Beyond the target, moving back towards it stays achieved.
    assert ORDER.index(after) >= ORDER.index(before) or (done and after == Status.ACHIEVED)


@given(numbers, numbers, numbers, factors)
def test_scaling_all_values_leaves_the_way_and_the_status_unchanged(base, target, value, factor):
    assume(base != target)
    plain = judge(case(base, target, value), "2018")
    scaled = judge(case(base * factor, target * factor, value * factor), "2018")
    assert abs(plain.progress - scaled.progress) < Decimal("1e-15") * max(1, abs(plain.progress))
    assert plain.status == scaled.status or _on_an_edge(plain)


def _on_an_edge(result) -> bool:
    """28 digits may fall to either side of a threshold that the index just meets."""
    edges = (Decimal("1.1"), Decimal(1), Decimal("0.9"))
    return result.index is not None and any(abs(result.index - edge) < Decimal("1e-15") for edge in edges)


@given(numbers, numbers, st.one_of(st.none(), numbers))
def test_zero_and_missing_never_read_alike(base, target, value):
    result = judge(case(base, target, value), "2018")
    assert (result.status == Status.NO_DATA) is (value is None)
    assert (result.actual is None) is (value is None)


@given(numbers, numbers, numbers)
def test_each_formula_of_an_explanation_gives_its_number(base, target, value):
    for step in judge(case(base, target, value), "2018").steps:
        left, equals, right = step.formula.partition(" = ")
        if equals:
            assert abs(_reckon(left) - Fraction(right)) <= Fraction(1, 20_000), step


@given(st.lists(st.one_of(st.none(), numbers), min_size=3, max_size=3), numbers)
def test_a_flow_is_judged_exactly_when_no_year_is_missing(amounts, target):
    assume(target)
    result = judge(flow(target, *amounts), "2018")
    known = [amount for amount in amounts if amount is not None]
    assert (result.actual and result.actual.value) == (sum(known) if known else None)
    expected = {0: {Status.NO_DATA}, 3: set(Status) - {Status.NO_DATA, Status.PARTIAL}}
    assert result.status in expected.get(len(known), {Status.PARTIAL})


def _reckon(formula: str) -> Fraction:
    """A formula of an explanation worked out in exact fractions, not by the engine."""
    exact = "".join(
        f"Fraction('{word}')" if word.replace(".", "").isdigit() else word for word in _words(formula)
    )
    return eval(exact, {"Fraction": Fraction})


def _words(formula: str) -> list[str]:
    return formula.replace("(", " ( ").replace(")", " ) ").split()
