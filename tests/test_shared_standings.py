"""One calculation for all public pages of a state of the data."""

from concurrent.futures import ThreadPoolExecutor
from sys import getswitchinterval, setswitchinterval
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from targets.models import Observation
from targets.standing.shared import standings_at
from targets.standing.standings import Standings
from tests.pages import page
from tests.shipped import shipped, shipped_plan
from tests.stored import observe

pytestmark = pytest.mark.django_db(transaction=True)

CITY, COUNTY = "131100", "131127"


def queries(client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, path)
    return len(captured)


def test_the_second_page_of_a_state_calculates_nothing_anew(client, plan_live):
    plan = shipped_plan()
    plan.hides_internal = True
    first = standings_at(plan, "2018")
    assert standings_at(plan, "2018") is first
    assert queries(client, "/sti-13/?period=2018") == 13
    assert queries(client, f"/sti-13/areas/{COUNTY}/?period=2018") == 10


def test_a_publication_is_on_the_next_page(client, plan_live):
    before = standings_at(shipped_plan(), "2018")
    observe("I13", COUNTY, "2018", 7)
    after = standings_at(shipped_plan(), "2018")
    [indicator] = [row for row in after.indicators if row.code == "I13"]
    [area] = [row for row in after.areas if row.code == COUNTY]
    values = [standings.result(indicator, area).actual for standings in (before, after)]
    assert [value and value.value for value in values] == [None, 7]


def test_threads_that_ask_at_once_get_what_one_would(demo_live):
    """Each thread may read what another is still calculating."""
    alone = _results(_standings())
    switched = getswitchinterval()
    setswitchinterval(1e-6)
    try:
        for _ in range(12):
            assert _results_of_threads(_standings()) == [alone] * 4
    finally:
        setswitchinterval(switched)


def _standings() -> Standings:
    return Standings(shipped_plan(), "2018")


def _results(standings: Standings) -> list:
    return [
        (result.status, result.actual, result.partial)
        for result in standings.results(standings.city).values()
    ]


def _results_of_threads(standings: Standings) -> list[list]:
    together = Barrier(4)

    def ask(_) -> list:
        together.wait()
        return _results(standings)

    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(ask, range(4)))


def test_a_transaction_sees_its_own_changes_and_leaves_none_behind(client, plan_live):
    plan = shipped_plan()
    kept = standings_at(plan, "2018")
    with transaction.atomic():
        shipped(Observation).published().delete()
        own = standings_at(plan, "2018")
        assert own is not kept
        transaction.set_rollback(True)
    assert standings_at(plan, "2018") is kept
