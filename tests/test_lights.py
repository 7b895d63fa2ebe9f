"""The tables of the domain, row by row: which light a place has, and what it rests on."""

from fractions import Fraction
from typing import NamedTuple

import pytest

from targets.engine import quantities
from targets.engine.case import Case
from targets.engine.progress import Result, judge
from targets.engine.shares import Share
from tests.cases import case, decided, flow, in_part, values

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
