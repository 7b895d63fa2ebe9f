"""The oracle on the worked cases of the specification, and the engine held against the oracle.

Slow: the demonstration and scrambles of it. ORACLE_SEEDS says how many, 3 unless set:
`ORACLE_SEEDS=20 python -m pytest tests/test_oracle.py -m slow`.
"""

import os
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.flat_lists import exact, lists_of, read_list
from tests.oracle import Oracle, period
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
        "actual_period": None,
        "partial": {
            "value": 20,
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
        "actual_period": "2016",
        "partial": {
            "value": 18,
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


FIELDS = answer(rows())
# The rows that a failure lists.
LISTED = 12


def differences(client) -> list[str]:
    """The rows of `progress/` that differ from the oracle's, at every period that the choosers offer."""
    lists = lists_of(client)
    oracle = Oracle(lists)
    years = [str(year) for year in oracle.years]
    offered = [row["code"] for row in read_list(client, "periods")]
    codes = [code for code in offered if period(code).year in oracle.years]
    found = []
    for as_of in sorted({*years, *codes}, key=lambda code: (period(code).end, -period(code).months)):
        answered = exact(client.get(f"/api/v1/progress/?area=all&period={as_of}"))["results"]
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
