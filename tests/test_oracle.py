"""The oracle on the worked cases of the specification, and the engine held against the oracle.

Slow: the demonstration and scrambles of it. ORACLE_SEEDS says how many, 3 unless set:
`ORACLE_SEEDS=20 python -m pytest tests/test_oracle.py -m slow`.
"""

import os
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.flat_lists import exact, lists_of, read_list
from tests.oracle import Amount, Oracle, add_up, period, rounded
from tests.scrambles import scramble

pytestmark = pytest.mark.one_database

CITY, EAST, WEST = "100000", "100001", "100002"
PARTS = [f"1000{number:02}" for number in range(1, 14)]


def rows(
    *values,
    b=0,
    t=10,
    kind="stock",
    direction="rise",
    roll_up="none",
    unit="家",
    area=EAST,
    areas=PARTS,
    duties=None,
    targets=None,
    thresholds=(),
):
    """Lists of one indicator over 2016-2020; `values` are (period, value) of the area or whole rows."""
    yearly = [{"area": area, "frequency": 12, "valid_from": None, "valid_to": None}]
    decided = [(2020, t, "2016-01-01")] if targets is None else targets
    return {
        "plans": [{"start_year": 2016, "end_year": 2020, "baseline_year": 2015}],
        "areas": [
            {"code": code, "parent": None if code == CITY else CITY, "predecessor": None}
            for code in [CITY, *areas]
        ],
        "indicators": [
            {
                "code": "I01",
                "unit": unit,
                "kind": kind,
                "direction": direction,
                "roll_up": roll_up,
                "is_tracked": True,
                "retired_on": None,
            }
        ],
        "duties": [{"indicator": "I01"} | duty for duty in (yearly if duties is None else duties)],
        "baselines": [] if b is None else [{"indicator": "I01", "area": area, "value": b}],
        "targets": [
            {
                "indicator": "I01",
                "area": area,
                "year": year,
                "value": value,
                "comparator": "eq",
                "decided_on": on,
            }
            | (rest[0] if rest else {})
            for year, value, on, *rest in decided
        ],
        "observations": [reported(value, area) for value in values],
        "thresholds": list(thresholds),
    }


def reported(value, area):
    empty = {"comparator": "eq", "numerator": None, "denominator": None, "unavailable_reason": None}
    told = dict(zip(("period", "value"), value, strict=True)) if isinstance(value, tuple) else value
    return {"indicator": "I01", "area": area, "revision": 1} | empty | told


def duty(area, frequency=12, valid_from=None, valid_to=None):
    return {"area": area, "frequency": frequency, "valid_from": valid_from, "valid_to": valid_to}


def years(*values):
    """One value a year from 2016 on; None is a year without a report."""
    return [(str(year), value) for year, value in enumerate(values, 2016) if value is not None]


def answer(lists, as_of="2018", area=EAST):
    return Oracle(lists).answer("I01", area, as_of)


def brief(row):
    """Completion, progress and index as the specification writes them, and the status."""
    said = (
        None if row[name] is None else str(float(row[name])) for name in ("completion", "progress", "index")
    )
    last = f", last: {row['last_status']}" if row["last_status"] else ""
    return (*said, row["status"] + last)


CASES = {
    "behind": (rows(("2018", "1.3"), b="0.8", t="1.8"), "0.7222", "0.5", "0.8333", "behind"),
    "a fall, behind": (rows(("2018", 90), b=100, t=80, direction="fall"), None, "0.5", "0.8333", "behind"),
    "a fall, achieved": (
        rows(("2018", 75), b=100, t=80, direction="fall"),
        *(None, "1.25", "2.0833", "achieved"),
    ),
    "the wrong way": (rows(("2018", "0.6"), b="0.8", t="1.8"), "0.3333", "-0.2", None, "worsening"),
    "at least": (rows(("2018", 96), b=None, t=95, direction="at_least"), None, None, None, "met"),
    "from zero": (rows(("2018", 4)), "0.4", "0.4", "0.6667", "behind"),
    "to zero": (rows(("2018", 5), b=20, t=0, direction="fall"), None, "0.75", "1.25", "ahead"),
    "reported 0": (rows(("2018", 0)), "0.0", "0.0", "0.0", "behind"),
    "not reported": (rows(), None, None, None, "no_data"),
    "cannot be had": (
        rows({"period": "2018", "value": None, "unavailable_reason": "停统"}),
        *(None, None, None, "unavailable"),
    ),
    "a rise from 0 to 0": (rows(("2018", 0), t=0), None, None, None, "no_target"),
    "a fall, the wrong way": (
        rows(("2018", 110), b=100, t=80, direction="fall"),
        *(None, "-0.5", None, "worsening"),
    ),
    "a flow": (rows(*years(8, 9, 10), b=None, t=50, kind="flow"), "0.54", "0.54", "0.9", "slightly_behind"),
    "a flow with a gap": (
        rows(*years(8, None, 10), b=None, t=50, kind="flow"),
        *("0.16", "0.16", "0.8", "partial, last: behind"),
    ),
    "a flow with a gap, reached": (
        rows(*years(8, None, 10), b=None, t=15, kind="flow"),
        *("1.2", "1.2", "2.0", "achieved"),
    ),
    "a ceiling": (
        rows(*years(8, 9, 10), b=None, t=50, kind="flow", direction="at_most"),
        *(None, None, None, "on_schedule"),
    ),
    "nothing since": (rows(("2017", 5)), "0.5", "0.5", "1.25", "outdated, last: ahead"),
    "a flow that reached": (rows(*years(4, 6), b=None, kind="flow"), "1.0", "1.0", "2.5", "achieved"),
    "a stock that reached": (rows(("2017", 10)), "1.0", "1.0", "2.5", "outdated, last: achieved"),
    "a running total that reached": (
        rows(("2017", 10), kind="running_total"),
        *("1.0", "1.0", "2.5", "outdated, last: achieved"),
    ),
    "12 of 13 parts": (
        rows(b=0, t=26, area=CITY, roll_up="sum", duties=[duty(part) for part in PARTS])
        | {"observations": [reported(("2018", 2 if part < PARTS[8] else 1), part) for part in PARTS[:12]]},
        *("0.7692", "0.7692", "1.2821", "ahead"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_worked_case_of_the_specification(case):
    lists, *expected = CASES[case]
    place = lists["baselines"][0]["area"] if case == "12 of 13 parts" else EAST
    assert brief(answer(lists, area=place)) == tuple(expected)


def test_a_value_of_year_4_is_held_against_the_line_to_the_last_target():
    lists = rows(("2018", 19), ("2019", 18), b=10, t=20, targets=[(2018, 19, None), (2020, 20, None)])
    row = answer(lists, "2019")
    assert brief(row) == ("0.9", "0.8", "0.8421", "behind")
    assert row["expected"] == Fraction("19.5")


def test_a_target_raised_later_does_not_judge_an_earlier_year():
    lists = rows(("2017", 4), targets=[(2020, 10, "2016-01-01"), (2020, 20, "2018-06-01")])
    assert brief(answer(lists, "2017")) == ("0.4", "0.4", "1.0", "on_schedule")


def test_the_whole_row_of_a_sum_that_decides_while_a_part_is_silent():
    lists, *_ = CASES["12 of 13 parts"]
    assert answer(lists, area=CITY) == {
        "indicator": "I01",
        "area": CITY,
        "as_of": "2018",
        "baseline": 0,
        "target": 26,
        "target_year": 2020,
        "actual": None,
        "actual_comparator": None,
        "actual_period": None,
        "partial": {
            "value": 20,
            "comparator": "eq",
            "period": "2018",
            "reported": 12,
            "expected": 13,
            "missing": [{"area": PARTS[12], "period": "2018"}],
        },
        "completion": Fraction("0.7692"),
        "progress": Fraction("0.7692"),
        "expected": Fraction("15.6"),
        "index": Fraction("1.2821"),
        "judged_at": "2018",
        "at_least": True,
        "status": "ahead",
        "light": "green",
        "last_status": None,
        "unavailable_reason": None,
    }


def test_the_whole_row_of_a_flow_with_a_gap():
    lists = rows(*years(8, None, 10), b=None, t=50, kind="flow")
    assert answer(lists) == {
        "indicator": "I01",
        "area": EAST,
        "as_of": "2018",
        "baseline": None,
        "target": 50,
        "target_year": 2020,
        "actual": 8,
        "actual_comparator": "eq",
        "actual_period": "2016",
        "partial": {
            "value": 18,
            "comparator": "eq",
            "period": "2018",
            "reported": 2,
            "expected": 3,
            "missing": [{"area": EAST, "period": "2017"}],
        },
        "completion": Fraction("0.16"),
        "progress": Fraction("0.16"),
        "expected": 10,
        "index": Fraction("0.8"),
        "judged_at": "2016",
        "at_least": False,
        "status": "partial",
        "light": "grey",
        "last_status": "behind",
        "unavailable_reason": None,
    }


def status(lists, as_of="2018", area=EAST):
    return answer(lists, as_of, area)["status"]


def both(east, west):
    """Lists of a city with the sum of two parts, which have these values."""
    duties = [duty(EAST), duty(WEST)]
    lists = rows(area=CITY, areas=[EAST, WEST], roll_up="sum", duties=duties)
    return lists | {"observations": [reported(east, EAST), reported(west, WEST)]}


def test_before_the_first_duty_begins_nothing_is_due():
    lists = rows(duties=[duty(EAST, valid_from="2018-01-01")])
    assert [status(lists, year) for year in ("2017", "2018")] == ["not_due", "no_data"]


def test_a_changed_rhythm_counts_from_its_own_day():
    duties = [duty(EAST, 12, None, "2017-12-31"), duty(EAST, 3, "2018-01-01")]
    lists = rows(("2016", 2), ("2017", 4), duties=duties)
    assert [status(lists, code) for code in ("2017-Q3", "2017", "2018-Q1")] == [
        "on_schedule",
        "on_schedule",
        "outdated",
    ]


def test_of_two_duties_the_shorter_rhythm_is_owed():
    lists = rows(("2017", 4), duties=[duty(EAST, 12), duty(EAST, 6, "2016-01-01")])
    assert [status(lists, code) for code in ("2017-H2", "2018-H1")] == ["on_schedule", "outdated"]


def test_a_sum_has_the_longest_rhythm_of_its_parts_and_the_first_of_their_duties():
    duties = [duty(EAST, 12, "2017-01-01"), duty(WEST, 3, "2017-01-01")]
    lists = rows(t=20, kind="flow", area=CITY, areas=[EAST, WEST], roll_up="sum")
    lists["duties"] = [{"indicator": "I01"} | row for row in duties]
    quarters = [("2017-Q1", 1), ("2017-Q2", 2), ("2017-Q3", 0), ("2017-Q4", 1)]
    lists["observations"] = [reported(value, WEST) for value in quarters]
    row = answer(lists, "2017-Q4", CITY)
    assert (row["status"], row["partial"]) == (
        "partial",
        {
            "value": 4,
            "comparator": "eq",
            "period": "2017",
            "reported": 1,
            "expected": 3,
            "missing": [{"area": CITY, "period": "2016"}, {"area": EAST, "period": "2017"}],
        },
    )
    assert answer(lists, "2016", CITY)["status"] == "not_due"


def test_of_values_that_end_on_one_day_that_of_the_rhythm_counts_then_the_longer():
    ending = [("2018-Q4", 3), ("2018-H2", 4), ("2018", 5)]
    found = [answer(rows(*ending, duties=[duty(EAST, months)])) for months in (3, 6, 12)]
    assert [row["actual_period"] for row in found] == ["2018-Q4", "2018-H2", "2018"]
    assert answer(rows(*ending[1:], duties=[duty(EAST, 3)]))["actual_period"] == "2018"


def test_the_baseline_of_the_area_before_is_that_of_the_area_after_and_a_flow_starts_at_0():
    for kind, progress in (("stock", Fraction("0.25")), ("flow", Fraction("0.7"))):
        lists = rows(("2016", 7), b=6, kind=kind, areas=[EAST, WEST])
        lists["areas"][1]["predecessor"] = WEST
        lists["baselines"][0]["area"] = WEST
        row = answer(lists, "2016")
        assert (row["baseline"], row["progress"]) == (6, progress)
        assert [row["area"] for row in Oracle(lists).answers("2016")] == [CITY, EAST]


def test_only_targets_of_the_plan_s_years_count():
    assert answer(rows(("2018", 6), targets=[(2020, 10, None), (2025, 99, None)]))["target"] == 10


def test_only_the_due_report_says_that_a_value_cannot_be_had():
    lists = rows({"period": "2017", "value": None, "unavailable_reason": "停统"})
    assert [status(lists, year) for year in ("2016", "2017", "2018")] == ["no_data", "unavailable", "no_data"]


def test_halves_are_rounded_away_from_zero():
    assert [rounded(Fraction(text)) for text in ("0.00005", "-0.00005", "0.00015")] == [
        Fraction("0.0001"),
        Fraction("-0.0001"),
        Fraction("0.0002"),
    ]


def test_a_partial_sum_without_anything_of_the_due_period_is_not_judged():
    assert status(rows(("2019-H1", 75), t=100, kind="flow"), "2019-H1") == "partial"
    assert status(rows(("2018-H1", 5), ("2019-H1", 70), t=100, kind="flow"), "2019-H1") == "on_schedule"
    assert status(rows(("2018-H2", 75), t=100, kind="flow", duties=[duty(EAST)]), "2018-H2") == "ahead"


def test_a_sum_that_reached_a_target_in_part_is_held_against_the_target_in_force():
    targets = [(2020, 40, "2016-01-01"), (2020, 15, "2019-02-01")]
    row = answer(rows(*years(8, None, 10), kind="flow", targets=targets), "2019-Q1")
    assert (row["status"], row["at_least"], row["judged_at"], row["index"]) == ("achieved", True, "2018", 2)


def test_a_value_on_a_threshold_reaches_it_and_one_short_by_the_last_place_does_not():
    ends = ("4.4", "4.3999", "4", "3.9999", "3.6", "3.5999")
    assert [status(rows(("2017", value)), "2017") for value in ends] == [
        "ahead",
        "on_schedule",
        "on_schedule",
        "slightly_behind",
        "slightly_behind",
        "behind",
    ]


def test_thresholds_count_from_the_day_of_their_decision():
    decided = {"ahead_from": 2, "on_schedule_from": "1.5", "slightly_behind_from": "1.2"}
    lists = rows(("2017", 4), ("2018", 6), thresholds=[{"decided_on": "2018-12-31"} | decided])
    assert [status(lists, year) for year in ("2017", "2018")] == ["on_schedule", "behind"]


def test_a_vague_value_falls_short_of_its_own_number_and_reads_so():
    vague = {"period": "2018", "value": 10}
    found = [answer(rows(vague | {"comparator": name})) for name in ("near_below", "ge", "gt", "about")]
    assert [(row["status"], row["completion"]) for row in found] == [
        ("ahead", Fraction("0.9999")),
        ("achieved", 1),
        ("achieved", 1),
        ("ahead", Fraction("0.9999")),
    ]


def test_a_value_that_falls_to_both_sides_of_a_limit_between_two_lights_has_none():
    lists = rows({"period": "2017", "value": "3.6", "comparator": "about"})
    row = answer(lists, "2017")
    assert (row["status"], row["judged_at"], row["last_status"]) == ("partial", "2017", None)


@pytest.mark.parametrize(
    ("comparators", "expected"),
    [
        ("eq eq", "eq"),
        ("eq lt", "lt"),
        ("lt ge", "ge"),
        ("le gt", "le"),
        ("lt near_below", "near_below"),
        ("gt near_above eq", "near_above"),
        ("lt gt", "about"),
        ("ge le", "about"),
        ("ge le ge", "about"),
    ],
)
def test_a_sum_is_as_vague_as_all_its_terms(comparators, expected):
    terms = [Amount(Fraction(1), frozenset({name})) for name in comparators.split()]
    assert add_up(terms).comparator == expected


def test_a_kept_value_is_held_against_the_target_of_its_year_then_the_next_then_the_last():
    targets = [(2017, 4, None), (2019, 6, None)]
    for year, of in ((2016, 2017), (2017, 2017), (2018, 2019), (2020, 2019)):
        lists = rows((str(year), 5), direction="at_least", targets=targets)
        assert answer(lists, str(year))["target_year"] == of
    assert status(rows(("2018", 5), direction="at_least", targets=targets)) == "not_met"


def test_a_target_against_the_direction_is_kept():
    row = answer(rows(("2018", 9), b=10, t=8))
    assert (row["status"], row["progress"], row["expected"]) == ("met", None, None)


def test_where_nothing_more_is_expected_than_the_baseline_there_is_no_index():
    targets = [(2018, 10, None), (2020, 20, None)]
    found = [answer(rows(("2018", value), b=10, targets=targets)) for value in (10, 9)]
    assert [(row["status"], row["index"]) for row in found] == [("on_schedule", None), ("worsening", None)]


def test_without_a_baseline_there_is_completion_only():
    row = answer(rows(("2018", 5), b=None))
    names = ("completion", "progress", "expected", "index", "status", "judged_at")
    assert [row[name] for name in names] == [Fraction("0.5"), None, None, None, "no_baseline", "2018"]


def test_without_a_target_on_its_own_day_a_value_is_not_judged_and_shows_the_present_one():
    row = answer(rows(("2017", 5), targets=[(2020, 10, "2018-03-01")]), "2018-H1")
    assert (row["status"], row["target"], row["judged_at"]) == ("no_target", 10, None)


def test_from_the_day_of_retirement_on_an_indicator_is_not_tracked():
    lists = rows(("2017", 4), ("2018", 6))
    lists["indicators"][0]["retired_on"] = "2018-12-31"
    assert [status(lists, code) for code in ("2017", "2018-Q3", "2018-H2", "2018", "2019")] == [
        "on_schedule",
        "on_schedule",
        *["not_tracked"] * 3,
    ]
    row = answer(lists)
    assert (row["baseline"], row["actual"], row["target"], row["judged_at"]) == (0, None, None, None)


def test_halves_fill_a_year_and_its_own_value_wins_over_them():
    halves = [("2016-H1", 3), ("2016-H2", 4)]
    filled, own = (answer(rows(*values, kind="flow"), "2016") for values in (halves, [*halves, ("2016", 5)]))
    assert [(row["actual"], row["actual_period"], row["partial"]) for row in (filled, own)] == [
        (7, "2016", None),
        (5, "2016", None),
    ]


def test_a_half_is_newer_and_partial_until_its_year_is_full():
    row = answer(rows(("2016", 2), ("2017-H1", 1), kind="flow"), "2017-H1")
    counted = {"reported": 1, "expected": 1, "missing": []}
    partial = {"value": 3, "comparator": "eq", "period": "2017-H1"} | counted
    assert (row["actual"], row["partial"], row["judged_at"]) == (2, partial, "2016")


def test_a_ceiling_passed_stays_passed_and_one_kept_is_met_from_the_end_of_its_year():
    def ceiling(*values):
        return rows(*years(*values), t=20, kind="flow", direction="fall", targets=[(2017, 20, None)])

    passed = answer(ceiling(8, None, 13))
    assert (passed["status"], passed["at_least"], passed["completion"]) == ("not_met", True, None)
    assert [status(ceiling(8, 9), year) for year in ("2016", "2017")] == ["on_schedule", "met"]


def test_a_reached_flow_that_falls_short_of_a_raised_target_waits_for_the_due_value():
    targets = [(2020, 10, None), (2020, 30, "2018-05-01")]
    row = answer(rows(*years(4, 6), kind="flow", targets=targets))
    assert (row["status"], row["last_status"], row["target"]) == ("outdated", "achieved", 10)


def test_a_sum_waits_for_all_its_parts_and_the_own_value_wins():
    lists = both(("2018", 2), ("2017", 1))
    assert status(lists, area=CITY) == "partial"
    lists["observations"].append(reported(("2018", 2), WEST))
    assert (answer(lists, area=CITY)["actual"], status(lists, area=CITY)) == (4, "behind")
    lists["observations"].append(reported(("2018", 9), CITY))
    assert answer(lists, area=CITY)["actual"] == 9


def test_a_ratio_is_the_quotient_of_the_sums_and_is_not_judged_without_a_part():
    def of(period, top, bottom):
        return {"period": period, "value": 100 * top / bottom, "numerator": top, "denominator": bottom}

    lists = rows(t=50, kind="ratio", unit="%", area=CITY, areas=[EAST, WEST], roll_up="ratio")
    lists["duties"] = [{"indicator": "I01"} | duty(EAST), {"indicator": "I01"} | duty(WEST)]
    lists["observations"] = [reported(of("2018", 90, 100), EAST), reported(of("2018", 30, 300), WEST)]
    assert (answer(lists, area=CITY)["actual"], status(lists, area=CITY)) == (30, "on_schedule")
    lists["observations"][1] |= {"numerator": None, "denominator": None}
    row = answer(lists, area=CITY)
    assert (row["status"], row["actual"], row["partial"]["value"]) == ("partial", None, 90)
    assert row["partial"]["missing"] == [{"area": WEST, "period": "2018"}]


def test_a_partial_sum_that_could_still_turn_is_not_judged():
    falling = both(("2018", 2), ("2017", 1))
    falling["indicators"][0]["direction"] = "fall"
    falling["baselines"][0]["value"] = 20
    assert status(falling, area=CITY) == "partial"
    falling["observations"][0]["value"] = 18
    assert status(falling, area=CITY) == "behind"


# The rows that a failure lists.
LISTED = int(os.environ.get("ORACLE_LISTED", "12"))


def differences(client) -> list[str]:
    """The rows of `progress/` that differ from the oracle's, at every period that the choosers offer."""
    lists = lists_of(client)
    oracle = Oracle(lists)
    years = [str(year) for year in oracle.years]
    offered = [row["code"] for row in read_list(client, "periods")]
    codes = [code for code in offered if period(code).year in oracle.years]
    found = []
    for as_of in sorted({*years, *codes}, key=lambda code: (period(code).end, -period(code).months)):
        answered = exact(client.get(f"/api/v1/plans/sti-13/progress/?area=all&period={as_of}"))["results"]
        by_place = {(row["indicator"], row["area"]): row for row in answered}
        expected = {(row["indicator"], row["area"]): row for row in oracle.answers(as_of)}
        assert by_place.keys() == expected.keys()
        found += [
            difference for place, row in expected.items() if (difference := compared(by_place[place], row))
        ]
    return found


def compared(row: dict, expected: dict) -> str:
    """All fields of a row, the differing ones marked; "" if none differs."""
    shown = {name: plain(row.get(name, "left out")) for name in expected}
    wanted = {name: plain(value) for name, value in expected.items()}
    if shown == wanted:
        return ""
    lines = [
        f"    {name}: {shown[name]}"
        if shown[name] == wanted[name]
        else f"  ! {name}: {shown[name]}, not {wanted[name]}"
        for name in expected
    ]
    return "\n".join([f"{expected['indicator']} {expected['area']} as of {expected['as_of']}", *lines])


def plain(value):
    """Numbers as text, exact and without trailing zeros; what is missing in one order."""
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, dict):
        return {name: plain(part) for name, part in sorted(value.items())}
    if isinstance(value, list):
        return sorted((plain(part) for part in value), key=str)
    top, bottom = Fraction(value).as_integer_ratio()
    return f"{(Decimal(top) / Decimal(bottom)).normalize():f}"


def agree(client):
    found = differences(client)
    assert not found, "\n\n".join([f"{len(found)} rows differ", *found[:LISTED]])


@pytest.mark.slow
def test_the_demonstration_is_answered_as_the_oracle_does(client, demo):
    agree(client)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(int(os.environ.get("ORACLE_SEEDS", "3"))))
def test_a_scramble_is_answered_as_the_oracle_does(client, plan, seed):
    scramble(seed)
    agree(client)
