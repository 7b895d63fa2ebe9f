"""How much of what is due is published, and the year that a reader sees by default."""

import re
from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser

from targets.engine import dues
from targets.models import Indicator
from targets.review import roles
from targets.standing.coverage import coverage, default_as_of
from tests.api import ask
from tests.make import CITY, JINGXIAN, ZAOQIANG, duty, period
from tests.pages import Words, page
from tests.shipped import shipped, shipped_plan
from tests.stored import HIDDEN, observe

AFTER = date(2021, 1, 1)
YEARS = ("2016", "2017", "2018", "2019", "2020")
COUNTIES = (
    "131102",
    "131103",
    JINGXIAN,
    ZAOQIANG,
    "131122",
    "131123",
    "131124",
    "131125",
    "131126",
    "131128",
)
JUNE_END, JULY = date(2018, 6, 30), date(2018, 7, 1)


def covered(today: date = AFTER) -> dict[str, tuple[int, int]]:
    return {code: tuple(own) for code, own in coverage(shipped_plan(), today).items()}


def default(today: date = AFTER) -> str:
    plan = shipped_plan()
    return default_as_of(plan, coverage(plan, today))


def publish(year: str, number: int):
    for area in COUNTIES[:number]:
        observe("I10", area, year, 3)


@pytest.fixture
def ten_counties(plan):
    """All report yearly; nothing is published."""
    for area in COUNTIES:
        duty("I10", area)


# What is due


def test_duties_of_an_internal_indicator_are_counted_for_staff_only(ten_counties):
    shipped(Indicator).filter(code="I10").update(is_internal=True)
    visitors = roles.plans_seen_by(AnonymousUser()).get(code="sti-13")
    assert (covered()["2018"], coverage(visitors, AFTER)["2018"]) == ((10, 0), (0, 0))


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ([(12, None, None)], ["2018"]),
        ([(6, None, None)], ["2018-H1", "2018-H2"]),
        ([(3, None, None)], ["2018-Q1", "2018-Q2", "2018-Q3", "2018-Q4"]),
        ([(12, None, None), (6, None, None)], ["2018-H1", "2018-H2"]),
        ([(3, None, JUNE_END), (6, None, None)], ["2018-Q1", "2018-Q2", "2018-H2"]),
        ([(6, None, JUNE_END), (12, JULY, None)], ["2018-H1", "2018"]),
        ([(12, None, JUNE_END), (6, JULY, None)], ["2018-H2"]),
        ([(12, None, JUNE_END)], []),
        ([(12, date(2018, 12, 31), None)], ["2018"]),
        ([(12, date(2019, 1, 1), None)], []),
        ([], []),
    ],
)
def test_a_period_is_due_in_the_shortest_rhythm_valid_on_its_last_day(terms, due):
    assert dues.due_in(2018, terms) == due


# The year shown by default


@pytest.mark.parametrize(
    ("published", "year"),
    [
        ({2016: 316, 2017: 315, 2018: 316, 2019: 172, 2020: 1}, 2018),
        ({2016: 10, 2017: 9}, 2017),
        ({2016: 100, 2017: 89}, 2016),
        ({2016: 5, 2017: 10, 2018: 8}, 2017),
        ({2016: 0, 2017: 1, 2018: 0}, 2017),
        ({2016: 0, 2017: 0}, 2017),
        ({}, None),
    ],
)
def test_a_whole_year_has_nine_tenths_of_the_places_published_in_the_best_year(published, year):
    assert dues.latest_whole_year(published) == year


def test_the_default_is_the_latest_whole_year(ten_counties):
    publish("2017", 10)
    publish("2018", 9)
    publish("2019", 8)
    assert covered() == {"2016": (10, 0), "2017": (10, 10), "2018": (10, 9), "2019": (10, 8), "2020": (10, 0)}
    assert default() == "2018"


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (date(2016, 5, 1), "2016"),
        (date(2016, 12, 31), "2016"),
        (date(2018, 12, 31), "2017"),
        (date(2019, 1, 1), "2018"),
        (date(2026, 11, 24), "2020"),
    ],
)
def test_before_anything_is_published_the_default_is_the_last_ended_year_of_the_plan(
    ten_counties, today, year
):
    assert default(today) == year


def test_without_any_duty_the_default_is_the_last_ended_year(plan):
    observe("I10", JINGXIAN, "2018", 3)
    assert covered() == dict.fromkeys(YEARS, (0, 0))
    assert default() == "2020"


def test_a_year_that_has_not_ended_does_not_count(ten_counties):
    publish("2017", 5)
    publish("2018", 10)
    assert covered(date(2018, 12, 31)) == {"2016": (10, 0), "2017": (10, 5)}
    assert default(date(2018, 12, 31)) == "2017"
    assert default(date(2019, 1, 1)) == "2018"


def test_years_outside_the_plan_do_not_count(ten_counties):
    for year in ("2015", "2021"):
        period(year)
        publish(year, 10)
    publish("2018", 1)
    assert covered(date(2023, 1, 1)) == dict.fromkeys(YEARS, (10, 0)) | {"2018": (10, 1)}
    assert default(date(2023, 1, 1)) == "2018"


# What counts as published


def test_a_report_that_a_value_cannot_be_had_counts(ten_counties):
    observe("I10", JINGXIAN, "2018", None, unavailable_reason="统计口径调整")
    assert covered()["2018"] == (10, 1)


@pytest.mark.parametrize("status", HIDDEN)
def test_a_report_that_is_not_published_does_not_count(ten_counties, status):
    observe("I10", JINGXIAN, "2018", 3, status)
    assert covered()["2018"] == (10, 0)


def test_a_corrected_report_counts_once(ten_counties):
    observe("I10", JINGXIAN, "2018", 3, "superseded")
    observe("I10", JINGXIAN, "2018", 4, revision=2)
    assert covered()["2018"] == (10, 1)


def test_a_value_that_nobody_owed_does_not_count(ten_counties):
    duty("I13", CITY)
    observe("I13", JINGXIAN, "2018", 3)
    observe("I10", CITY, "2018", 3)
    assert covered()["2018"] == (11, 0)


def test_an_indicator_that_is_not_tracked_owes_nothing(ten_counties):
    publish("2018", 10)
    shipped(Indicator).filter(code="I10").update(is_tracked=False)
    assert covered() == dict.fromkeys(YEARS, (0, 0))


def test_a_place_counts_in_a_year_by_its_last_due_report(plan):
    duty("I10", JINGXIAN, 6)
    for code in ("2017-H1", "2018-H2"):
        period(code)
        observe("I10", JINGXIAN, code, 3)
    observe("I10", JINGXIAN, "2019", 3)
    assert covered(date(2020, 1, 1)) == {
        "2016": (1, 0),
        "2017": (1, 0),
        "2018": (1, 1),
        "2019": (1, 0),
        "2016-H1": (1, 0),
        "2016-H2": (1, 0),
        "2017-H1": (1, 1),
        "2017-H2": (1, 0),
        "2018-H1": (1, 0),
        "2018-H2": (1, 1),
        "2019-H1": (1, 0),
        "2019-H2": (1, 0),
    }


def test_of_two_rhythms_the_shorter_is_due(plan):
    duty("I10", JINGXIAN, 12)
    duty("I10", JINGXIAN, 6, valid_from=date(2016, 1, 1))
    period("2018-H2")
    observe("I10", JINGXIAN, "2017", 3)
    observe("I10", JINGXIAN, "2018-H2", 3)
    assert [covered()[code] for code in ("2017", "2018", "2018-H2")] == [(1, 0), (1, 1), (1, 1)]


def test_a_duty_that_ends_within_a_year_leaves_its_last_half_due(plan):
    duty("I10", JINGXIAN, 6, valid_to=JUNE_END)
    period("2018-H1")
    observe("I10", JINGXIAN, "2018-H1", 3)
    assert [covered().get(code) for code in ("2018", "2018-H1", "2018-H2", "2019")] == [
        (1, 1),
        (1, 1),
        None,
        (0, 0),
    ]


def test_an_ended_half_of_the_current_year_is_covered_and_its_year_is_not(plan):
    duty("I10", JINGXIAN, 6)
    known = covered(date(2018, 8, 1))
    assert (known["2018-H1"], "2018-H2" in known, "2018" in known) == ((1, 0), False, False)


def test_coverage_costs_two_queries(demo, django_assert_num_queries):
    plan = shipped_plan()
    with django_assert_num_queries(2):
        coverage(plan, AFTER)


# The demonstration


def test_the_demonstration_is_shown_as_of_2018(demo):
    known = covered()
    assert {year: known[year] for year in YEARS} == {
        "2016": (317, 316),
        "2017": (317, 315),
        "2018": (317, 316),
        "2019": (317, 172),
        "2020": (317, 1),
    }
    assert {known[code] for code in ("2016-H1", "2017-H2", "2018-H2")} == {(26, 26)}
    assert default() == "2018"


NEWER = "较新、未报齐：2019年（应报 317 处，已报 172）、2020年（应报 317 处，已报 1）"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        *(
            (path, f"截至2018年末 · 各地应报 317 处，已报 316 · {NEWER}")
            for path in (
                "/sti-13/",
                "/sti-13/goals/",
                "/sti-13/goals/G08/",
                "/sti-13/indicators/",
                "/sti-13/indicators/I09/?area=131127",
                "/sti-13/areas/",
                f"/sti-13/areas/{JINGXIAN}/",
                "/sti-13/compare/",
                "/sti-13/compare/?indicator=I09",
            )
        ),
        ("/sti-13/?period=2016", f"截至2016年末 · 各地应报 317 处，已报 316 · {NEWER}"),
        ("/sti-13/?period=2019-H1", f"截至2019年上半年末 · 各地应报 26 处，已报 14 · {NEWER}"),
        (
            "/sti-13/compare/?period=2019",
            "截至2019年末 · 各地应报 317 处，已报 172 · 较新、未报齐：2020年（应报 317 处，已报 1）",
        ),
        ("/sti-13/indicators/?period=2020", "截至2020年末 · 各地应报 317 处，已报 1"),
    ],
)
def test_a_page_says_once_how_much_is_published_and_what_is_newer(demo, client, path, told):
    html = page(client, path)
    assert (html.count('<p class="coverage'), Words(html, "coverage").text.strip()) == (1, told)


def test_the_link_to_a_newer_year_keeps_area_and_order(demo, client):
    html = page(client, "/sti-13/compare/?indicator=I09&area=131127&sort=-2018")
    assert 'href="?indicator=I09&amp;area=131127&amp;sort=-2018&amp;period=2019">2019年</a>' in html


@pytest.mark.parametrize(
    "path", ["/sti-13/", "/sti-13/indicators/I09/", f"/sti-13/areas/{JINGXIAN}/", "/sti-13/compare/"]
)
def test_the_choice_of_a_period_says_how_much_of_it_is_published(demo, client, path):
    options = re.search(r'<select id="as-of".*?</select>', page(client, path))[0]
    told = re.findall(r'<option value="(201[89].*?)">(.*?)</option>', options.replace('" selected', '"'))
    assert told == [
        ("2018-H1", "2018年上半年末（已报 26 / 26）"),
        ("2018-H2", "2018年下半年末（已报 26 / 26）"),
        ("2018", "2018年末（已报 316 / 317）"),
        ("2019-H1", "2019年上半年末（已报 14 / 26）"),
        ("2019-H2", "2019年下半年末（已报 14 / 26）"),
        ("2019", "2019年末（已报 172 / 317）"),
    ]
    assert 'value="2018" selected' in options


def test_where_nobody_owes_anything_no_numbers_are_told(plan, client):
    html = page(client, "/sti-13/")
    assert ('class="coverage' in html, "已报" in html, "2020年末</option>" in html) == (False, False, True)


def test_a_year_without_any_published_value_is_not_offered_as_newer(ten_counties, client):
    publish("2018", 10)
    told = Words(page(client, "/sti-13/"), "coverage").text.strip()
    assert told == "截至2018年末 · 各地应报 10 处，已报 10"


def test_charts_and_frames_show_the_latest_whole_year(demo, client):
    for path in ("/sti-13/indicators/I09/chart.svg", "/sti-13/embed/indicator/I09/"):
        assert "截至2018年末" in client.get(path).content.decode()


def test_the_api_answers_as_of_the_latest_whole_year(demo, client):
    assert {row["as_of"] for row in ask(client, "progress/?area=all")["results"]} == {"2018"}
    assert ask(client, "progress/I09/") == ask(client, "progress/I09/?period=2018")


def test_a_file_of_the_comparison_names_the_latest_whole_year(demo, client):
    answer = client.get("/sti-13/compare/?format=csv")
    assert "截至：2018年末" in answer.content.decode("utf-8-sig")
