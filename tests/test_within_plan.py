"""Periods outside the plan's years may be stored, but no page and no default uses them."""

from datetime import date

import pytest

from targets.lists.standpoint import StandpointForm
from targets.models import Period
from tests.make import duty, period
from tests.shipped import shipped, shipped_plan

YEARS = ["2016", "2017", "2018", "2019", "2020"]


@pytest.fixture
def stray(plan):
    return [period(code) for code in ("2015", "2021-H1", "2022")]


def test_a_reader_can_choose_only_periods_of_the_plan(stray):
    period("2018-H1")
    offered = [code for code, _ in StandpointForm({}, plan=shipped_plan()).fields["period"].choices]
    assert sorted(offered) == sorted([*YEARS, "2018-H1"])


def test_the_duties_shown_by_default_are_those_of_the_plan_s_last_year(stray, client):
    duty("I13", "131127")
    [shown] = client.get("/api/v1/plans/sti-13/duties/").json()["results"]
    assert (shown["period"], shown["area"]) == ("2020", "131127")


def test_a_period_knows_whether_it_is_within_its_plan(stray):
    assert list(shipped(Period).within_plan().values_list("code", flat=True)) == YEARS
    assert {row.end >= date(2021, 1, 1) or row.end < date(2016, 1, 1) for row in stray} == {True}
