"""The order of an API list: as requested, missing values last, ties in the default order."""

import pytest

from targets.models import Period
from tests.api import ENDPOINTS, ask, fault, rows
from tests.make import CITY, JINGXIAN, ZAOQIANG, duty
from tests.shipped import shipped_plan
from tests.stored import HIDDEN, aim, assess, observe, set_thresholds

pytestmark = pytest.mark.django_db

ORDERINGS = [
    (endpoint, name) for endpoint, view in ENDPOINTS.items() for name in getattr(view, "orderings", {})
]
# Fields ordered by time instead of by code.
BY_TIME = {("observations", "period"), ("assessments", "period")}


@pytest.fixture
def reported(plan):
    """Values with ties and a gap, of years and of a half-year that ends with its year; duties, decisions."""
    half = Period.of(shipped_plan(), "2018-H2")
    half.save()
    observe("I13", JINGXIAN, "2018", 5)
    observe("I13", ZAOQIANG, "2018", 5)
    observe("I13", ZAOQIANG, "2017", None, unavailable_reason="停产")
    observe("I16", CITY, "2018", "98.5")
    observe("I13", JINGXIAN, "2018-H2", 12)
    assess("G01", "2018", "平稳")
    assess("G02", "2017", "平稳")
    set_thresholds(decided_on="2018-06-30")
    set_thresholds("1.3", decided_on="2017-06-30")
    for indicator, area, year, value in [
        ("I16", CITY, 2020, 99),
        ("I13", CITY, 2018, 9),
        ("I13", JINGXIAN, 2020, 9),
    ]:
        duty(indicator, area)
        aim(indicator, area, year, value, decided_on=f"2016-12-{value % 30 + 1:02}")


def series(client, query: str) -> list[tuple]:
    names = ("indicator", "area", "period", "value")
    return [tuple(row[name] for name in names) for row in rows(client, f"observations/?{query}")]


def test_descending_values_keep_ties_in_default_order_and_end_with_unavailable_ones(client, reported):
    assert series(client, "ordering=-value&indicator=I13") == [
        ("I13", CITY, "2020", 13),
        ("I13", JINGXIAN, "2018-H2", 12),
        ("I13", ZAOQIANG, "2018", 5),
        ("I13", JINGXIAN, "2018", 5),
        ("I13", ZAOQIANG, "2017", None),
    ]


def test_ascending_values_end_with_unavailable_ones_too(client, reported):
    assert [value for *_, value in series(client, "ordering=value&indicator=I13")] == [5, 5, 12, 13, None]


def test_a_half_comes_before_the_year_that_ends_with_it_and_after_it_when_reversed(client, reported):
    asked = f"indicator=I13&area={JINGXIAN}&ordering="
    assert [period for _, _, period, _ in series(client, f"{asked}period")] == ["2018-H2", "2018"]
    assert [period for _, _, period, _ in series(client, f"{asked}-period")] == ["2018", "2018-H2"]


def test_the_second_name_orders_rows_that_are_equal_in_the_first(client, reported):
    assert series(client, "ordering=-indicator,period,-area")[:2] == [
        ("I16", CITY, "2018", 98.5),
        ("I13", ZAOQIANG, "2017", None),
    ]
    assert [area for _, area, period, _ in series(client, "ordering=period,-area") if period == "2018"] == [
        JINGXIAN,
        JINGXIAN,
        ZAOQIANG,
        CITY,
    ]


@pytest.mark.parametrize(("endpoint", "name"), ORDERINGS)
def test_every_list_can_be_ordered_by_what_it_shows_without_losing_rows(client, reported, endpoint, name):
    as_ever = rows(client, f"{endpoint}/?page_size=1000")
    assert len(as_ever) > 1 or endpoint == "plans"
    rising, falling = (
        rows(client, f"{endpoint}/?page_size=1000&ordering={sign}{name}") for sign in ("", "-")
    )
    for answer in (rising, falling):
        assert sorted(map(str, answer)) == sorted(map(str, as_ever))
    if (endpoint, name) not in BY_TIME:
        shown = [row[name] for row in rising if row[name] is not None]
        missing = [None] * (len(rising) - len(shown))
        assert [row[name] for row in rising] == sorted(shown) + missing
        assert [row[name] for row in falling] == sorted(shown, reverse=True) + missing


def test_pages_follow_the_order(client, reported):
    first = ask(client, "observations/?ordering=-value&page_size=1")
    assert [row["value"] for row in first["results"]] == [98.5]
    assert "ordering=-value" in first["next"]
    assert [row["value"] for row in client.get(first["next"]).json()["results"]] == [19]


@pytest.mark.parametrize(
    ("ordering", "named"),
    [
        ("status", "status"),
        ("-", "-"),
        ("--value", "--value"),
        ("value,", ""),
        ("area,id", "id"),
        ("entered_by", "entered_by"),
        ("indicator__code", "indicator__code"),
    ],
)
def test_an_unknown_ordering_is_refused_and_the_known_ones_are_named(client, reported, ordering, named):
    assert fault(client, f"observations/?ordering={ordering}") == (
        "invalid_parameter",
        "ordering",
        f"不能按“{named}”排序，可用：indicator、area、period、published_at、updated_at、value；"
        "前面加 - 为倒序，多个用逗号隔开。",
    )


def test_an_unpublished_row_does_not_change_the_order(client, reported):
    before = series(client, "ordering=-value,-updated_at")
    for status, indicator in zip(HIDDEN, ["I09", "I10", "I11", "I12", "I13", "I14"], strict=True):
        observe(indicator, JINGXIAN, "2019", 1000, status)
    assert series(client, "ordering=-value,-updated_at") == before


def test_a_single_record_refuses_an_ordering(client, plan):
    assert fault(client, "indicators/I09/?ordering=code")[0] == "unknown_parameter"
