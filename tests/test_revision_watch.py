"""The maximum age of the data state that a process uses for its answers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

import pytest
from django.db import OperationalError, connection

from hengshui_plan.delivery import release
from hengshui_plan.delivery.revision_watch import RevisionWatch
from targets.models import Policy
from tests.clock import Clock
from tests.database import settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(plan, clock) -> RevisionWatch:
    return RevisionWatch(clock=clock)


def commit():
    Policy.objects.filter(code="PO01").update(note="x")
    settle()


def during_the_query(work: Callable):
    """Call `work` once, after the database has made its answer and before the watch gets it."""
    todo = [work]

    def wrapper(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if todo:
            todo.pop()()
        return result

    return connection.execute_wrapper(wrapper)


def test_the_revision_is_queried_once_in_an_interval(watch, clock, django_assert_num_queries):
    with django_assert_num_queries(1):
        first = watch.state()
    with django_assert_num_queries(0):
        for _ in range(3):
            clock.now += 0.03
            assert watch.state() == first
    with django_assert_num_queries(1):
        clock.now = 0.1
        assert watch.state() == first


def test_a_commit_is_seen_after_the_interval(watch, clock):
    before = watch.state()
    commit()
    clock.now = 0.09
    assert watch.state() == before
    clock.now = 0.1
    assert watch.state() == release.state() != before


def test_the_interval_begins_before_the_query(watch, clock):
    def slow():
        # The database has answered; now other processes commit.
        commit()
        clock.now += 0.1

    with during_the_query(slow):
        before = watch.state()
    assert watch.state() == release.state() != before


def test_a_write_by_the_same_process_is_seen_at_once(watch, clock):
    before = watch.state()
    commit()
    watch.expire()
    clock.now += 0.001
    assert watch.state() == release.state() != before


def test_a_query_that_ran_during_a_write_by_the_same_process_is_not_reused(watch, clock):
    def write():
        commit()
        clock.now += 0.001
        watch.expire()

    with during_the_query(write):
        before = watch.state()
    clock.now += 0.001
    assert watch.state() == release.state() != before


@pytest.mark.parametrize("first_fails", [False, True])
@pytest.mark.parametrize(("late", "queries"), [(0.09, 1), (0.1, 2)])
def test_threads_share_a_query_that_is_new_enough_for_them(monkeypatch, first_fails, late, queries):
    """Four call while a slow query runs. If they call too late for it, they share the next one."""
    called, started, go_on = Semaphore(0), Semaphore(0), Semaphore(0)
    states = iter("abcde")

    class ReportingClock(Clock):
        def __call__(self):
            now = super().__call__()
            called.release()
            return now

    def slow_query(plan):
        state = next(states)
        started.release()
        assert go_on.acquire(timeout=20)
        if first_fails and state == "a":
            raise OperationalError
        return state

    monkeypatch.setattr("hengshui_plan.delivery.release.state", slow_query)
    clock = ReportingClock()
    watch = RevisionWatch(clock=clock)
    with ThreadPoolExecutor(5) as threads:
        first = threads.submit(watch.state)
        assert started.acquire(timeout=20)
        # The first thread reads the clock when it is called and when its query begins.
        assert all(called.acquire(timeout=20) for _ in range(2))
        clock.now = late
        others = [threads.submit(watch.state) for _ in range(4)]
        assert all(called.acquire(timeout=20) for _ in others)
        # The time of the call counts, not the time of waiting.
        clock.now = 5
        go_on.release(5)
    result = None if first_fails else "a"
    assert first.result() == result
    assert {other.result() for other in others} == {result if queries == 1 else "b"}
    assert next(states) == "abc"[queries]
