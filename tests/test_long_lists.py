"""The cost of a list does not grow with its table: a fixed number of queries, and no full count."""

import re
from itertools import islice, product

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from targets.models import (
    Area,
    Indicator,
    Observation,
    Period,
    ReportingDuty,
    ReportStatus,
    ReviewEvent,
    Target,
)
from targets.records.history import written_by
from targets.records.paging import CappedPaginator
from targets.review import value_rules
from targets.standing.standings import Standings
from tests.make import enter, full_desk, period
from tests.shipped import shipped

pytestmark = pytest.mark.django_db

WAITING = [ReportStatus.SUBMITTED, ReportStatus.ACCEPTED]


@pytest.fixture
def desk(plan):
    return full_desk()


def fill(desk, number: int):
    """Add twice this number of rows to each long table; half wait for review, half for publication."""
    periods = shipped(Period).exclude(code="2018")
    series = product(shipped(Indicator).tracked(), Area.objects.of_plan("sti-13")[1:], periods)
    chosen = list(islice(series, 2 * number))
    about = [{"indicator": indicator, "area": area} for indicator, area, _ in chosen]
    reports = QuerySet(Observation).bulk_create(
        Observation(
            **keys,
            period=period,
            value=1,
            status=WAITING[place % 2],
            entered_by=desk.reporter,
            changed_by=desk.reporter,
        )
        for place, (keys, (*_, period)) in enumerate(zip(about, chosen, strict=True))
    )
    QuerySet(ReviewEvent).bulk_create(
        ReviewEvent(observation=row, act="submit", actor=desk.reporter, to_status="submitted")
        for row in reports
    )
    days = [timezone.localdate().replace(year=1000 + place) for place in range(2 * number)]
    QuerySet(Target).bulk_create(
        Target(**keys, year=2020, value=1, grade="official", source="文", decided_on=day)
        for keys, day in zip(about, days, strict=True)
    )
    duties = [
        ReportingDuty(**keys, valid_from=day, valid_to=day) for keys, day in zip(about, days, strict=True)
    ]
    QuerySet(ReportingDuty).bulk_create(duties)
    gone = [ReportingDuty(pk=10_000 + place, **keys) for place, keys in enumerate(about)]
    ReportingDuty.history.bulk_history_create(gone, default_change_reason="不再填报")
    QuerySet(ReportingDuty.history.model).filter(id__gte=10_000).update(history_type="-")
    draft = enter(desk)
    with written_by(desk.reporter, "改"):
        Observation.history.bulk_history_create([draft] * number, update=True)
    return draft


LISTS = {
    "/admin/targets/observation/": 15,
    "/admin/targets/observation/?p=2": 15,
    "/admin/targets/observation/?status__exact=submitted": 15,
    "/admin/targets/observation/?area__id__exact=2&period__id__exact=1": 15,
    "/admin/targets/observation/?q=孵化器": 17,
    "/admin/targets/assessment/": 14,
    "/admin/targets/reviewevent/": 16,
    "/admin/targets/target/": 13,
    "/admin/targets/reportingduty/": 12,
    "/admin/targets/reportingduty/deleted/": 10,
    "/admin/targets/baseline/": 13,
    "/admin/sti-13/review/": 23,
    "/admin/sti-13/review/?status=accepted": 23,
}


@pytest.mark.parametrize("number", [1, 300])
def test_a_list_costs_the_same_queries_at_any_length_and_stops_counting_at_a_limit(desk, logged_in, number):
    draft = fill(desk, number)
    here = logged_in(desk.auditor)
    history = reverse("admin:targets_observation_history", args=[draft.pk])
    costs, dear = {}, []
    for url in [*LISTS, history]:
        here.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert here.get(url).status_code == 200, url
        costs[url] = len(captured)
        dear += [query["sql"] for query in captured if is_dear_count(query["sql"])]
    assert costs == LISTS | {history: 17}
    assert dear == []


def test_a_list_whose_counting_stopped_at_the_limit_says_so(desk, logged_in, monkeypatch):
    draft = fill(desk, 2)
    here = logged_in(desk.auditor)
    history = reverse("admin:targets_observation_history", args=[draft.pk])
    said = {
        "/admin/targets/observation/?status__exact=submitted": [
            "2 条以上的结果",
            "2 条以上完成值，后面的请用筛选或查找",
        ],
        history: ["共 2 条以上，更早的这里不列"],
        "/admin/targets/reportingduty/deleted/": ["共 2 条以上，更早的这里不列"],
        "/admin/sti-13/review/": ["共 2 条以上，请筛选"],
    }
    for cap in (2, 1_000):
        monkeypatch.setattr(CappedPaginator, "CAP", cap)
        for url, sentences in said.items():
            text = " ".join(here.get(url).content.decode().split())
            assert [sentence in text for sentence in sentences] == [cap == 2] * len(sentences), url


def is_dear_count(sql: str) -> bool:
    """Return whether a count reads the whole table, or sorts it like the list."""
    is_count = re.match(r"SELECT COUNT\(", sql)
    return bool(is_count) and not re.search(r"FROM \(SELECT ((?!ORDER BY).)* LIMIT \d+\)", sql)


def test_the_test_of_counts_sees_the_count_queries(desk, logged_in):
    """If capturing queries broke, the test above would pass without checking anything."""
    with CaptureQueriesContext(connection) as captured:
        logged_in(desk.auditor).get("/admin/targets/observation/")
        shipped(Observation).count()
    counts = [query["sql"] for query in captured if query["sql"].startswith("SELECT COUNT(")]
    assert [is_dear_count(sql) for sql in counts] == [*[False] * (len(counts) - 1), True]
    assert len(counts) > 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads small tables without an index")
def test_the_entry_grid_finds_its_reports_by_an_index(desk, logged_in):
    with CaptureQueriesContext(connection) as captured:
        logged_in(desk.reporter).get("/admin/sti-13/entry/?area=131127&period=2018")
    theirs = '"targets_observation"."area_id" = '
    asked = [q["sql"] for q in captured if theirs in q["sql"] and "period_id" in q["sql"]]
    with connection.cursor() as cursor:
        plans = [cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall() for sql in asked]
    ways_in = {step for plan in plans for *_, step in plan if "targets_observation" in step}
    index = "observation_of_grid (area_id=? AND period_id=? AND status=?)"
    assert ways_in == {f"SEARCH targets_observation USING INDEX {index}"}


@pytest.mark.parametrize("model", ["observation", "target"])
def test_no_filter_shows_counts_beside_its_choices(desk, logged_in, model):
    answer = logged_in(desk.auditor).get(f"/admin/targets/{model}/?_facets=True")
    assert not answer.context["cl"].add_facets


@pytest.mark.parametrize(
    ("words", "number"),
    [("孵化器", 1), ("景县", 1), ("景县 孵化器", 1), ("孵化器 桃城", 0), ("没有这样的县", 0), ("", 1)],
)
def test_a_report_is_found_by_the_words_of_its_indicator_and_area(desk, logged_in, words, number):
    enter(desk)
    answer = logged_in(desk.auditor).get(
        "/admin/targets/observation/", {"q": words, "status__exact": "draft"}
    )
    assert answer.context["cl"].result_count == number


def test_the_newest_report_stands_first(desk, logged_in):
    fill(desk, 3)
    rows = logged_in(desk.auditor).get("/admin/targets/observation/").context["cl"].result_list
    assert [row.pk for row in rows] == sorted((row.pk for row in rows), reverse=True)


def test_doubts_are_the_same_when_only_related_indicators_are_read(desk):
    """Reading fewer rows for the queue must not change any doubt."""
    whole = shipped(Indicator).exclude(parts=None).first()
    part = whole.parts.first()
    rows = []
    for indicator, value in ((whole, "5"), (part, "9"), (desk.incubators, "4")):
        ReportingDuty.objects.get_or_create(indicator=indicator, area=desk.county)
        rows.append(enter(desk, value, indicator=indicator))
    [around] = value_rules.surroundings([(desk.county, desk.year)]).values()
    of_all = [list(value_rules.doubts(row, around, list(row.indicator.parts.all()))) for row in rows]
    assert [value_rules.doubts_about([row])[0] for row in rows] == of_all
    assert [len(found) for found in of_all] == [1, 1, 0]


def test_a_county_read_alone_has_the_same_results_as_among_all_areas(demo):
    plan, county = period("2018").plan, Area.objects.get(code="131127")
    alone, among = (Standings(plan, "2018", areas).results(county) for areas in ([county], None))
    assert alone == among
    city = Area.objects.get(code="131100")
    assert Standings(plan, "2018", [city]).results(city) == Standings(plan, "2018").results(city)
