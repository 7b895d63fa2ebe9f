"""What is due for a period, and the status of its reports."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from targets import review
from targets.models import Area, Indicator, Organization, ReportingDuty
from tests.make import bring_to, duty, enter, open_desk, period
from tests.shipped import OF_IT, shipped


@pytest.fixture
def desk(plan):
    return open_desk()


def named(duties) -> list[tuple]:
    return [(row.indicator.code, row.area.code) for row in duties]


ALL = [("I13", "131100"), ("I13", "131127"), ("I16", "131100"), ("I16", "131127")]


def test_a_period_expects_the_reports_of_its_own_length(desk):
    duty("I09", "131127", 6)
    duty("I10", "131127", 3)
    half, quarter = period("2018-H1"), period("2018-Q1")
    assert named(shipped(ReportingDuty).expected(half)) == [("I09", "131127")]
    assert named(shipped(ReportingDuty).expected(quarter)) == [("I10", "131127")]
    assert named(shipped(ReportingDuty).expected(desk.year)) == ALL


def test_an_untracked_indicator_is_not_expected(desk):
    shipped(Indicator).filter(code="I16").update(is_tracked=False)
    assert named(shipped(ReportingDuty).expected(desk.year)) == ALL[:2]


def test_each_duty_shows_the_status_of_its_newest_report(desk):
    bring_to(desk, "returned", enter(desk))
    old = bring_to(desk, "published", enter(desk, area=desk.city))
    review.correct(old, by=desk.reporter, reason="重新核定", value="6")
    bring_to(desk, "published", enter(desk, "95", indicator=desk.coverage))
    duties = shipped(ReportingDuty).expected(desk.year).with_status(desk.year)
    assert [(row.indicator.code, row.area.code, row.report_status) for row in duties] == [
        ("I13", "131100", "draft"),
        ("I13", "131127", "returned"),
        ("I16", "131100", None),
        ("I16", "131127", "published"),
    ]


def test_the_list_is_ordered_by_area(desk):
    assert named(shipped(ReportingDuty).expected(desk.year).by_area()) == [
        ("I13", "131100"),
        ("I16", "131100"),
        ("I13", "131127"),
        ("I16", "131127"),
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_one_query(desk, django_assert_num_queries, rows):
    kept = shipped(ReportingDuty).values_list("pk", flat=True)[:rows]
    shipped(ReportingDuty).exclude(pk__in=list(kept)).delete()
    shipped(ReportingDuty).update(organization=Organization.objects.get(code="O01"))
    with django_assert_num_queries(1):
        duties = shipped(ReportingDuty).expected(desk.year).with_status(desk.year).by_area()
        shown = [(row.indicator.name, row.area.name, row.organization.name) for row in duties]
    assert len(shown) == rows


# Start and end of duties


def test_a_period_expects_reports_of_duties_valid_on_its_last_day(desk):
    duties = shipped(ReportingDuty).filter(indicator__code="I13", area=desk.county)
    for days, is_expected in [
        ({"valid_to": date(2018, 12, 30)}, False),
        ({"valid_to": date(2018, 12, 31)}, True),
        ({"valid_to": None, "valid_from": date(2018, 12, 31)}, True),
        ({"valid_from": date(2019, 1, 1)}, False),
    ]:
        duties.update(**days)
        assert (("I13", "131127") in named(shipped(ReportingDuty).expected(desk.year))) is is_expected


def test_no_value_is_accepted_after_the_duty_has_ended(desk):
    shipped(ReportingDuty).filter(area=desk.county).update(valid_to=date(2017, 12, 31))
    with pytest.raises(review.Refused, match="景县不填报"):
        enter(desk)
    duty("I13", "131127", 6, valid_from=date(2018, 1, 1))
    with pytest.raises(review.Refused, match="每半年填报，不按2018年填报"):
        enter(desk)
    assert enter(desk, period=period("2018-H1")).pk


# At the desk


@pytest.fixture
def boss(client, desk):
    client.force_login(User.objects.create_superuser("boss"))
    return client


@pytest.fixture
def old(desk) -> ReportingDuty:
    return ReportingDuty.objects.get(indicator=desk.incubators, area=desk.county)


def form(**values) -> dict:
    what = {"indicator": shipped(Indicator).get(code="I13").pk, "area": Area.objects.get(code="131127").pk}
    return what | {"frequency": 12, "organization": "", "valid_from": "", "valid_to": ""} | values


def change(row: ReportingDuty) -> str:
    return reverse("admin:targets_reportingduty_change", args=[row.pk])


def faults(answer) -> dict:
    return answer.context["adminform"].form.errors


ADD = "admin:targets_reportingduty_add"


def test_a_duty_that_overlaps_another_is_refused(boss, old):
    overlap = "与已有的任务（规划起始 至 长期）重叠。请先填写那一条的“止”，再从其后一日起新建。"
    for days in ({}, {"valid_from": "2018-01-01"}, {"valid_to": "2018-12-31"}):
        assert faults(boss.post(reverse(ADD) + OF_IT, form(frequency=6, **days))) == {"valid_from": [overlap]}
    boss.post(change(old), form(valid_to="2017-12-31"))
    boss.post(reverse(ADD) + OF_IT, form(frequency=6, valid_from="2018-01-01"))
    rows = ReportingDuty.objects.of_series(old).values_list("frequency", "valid_from", "valid_to")
    assert set(rows) == {(12, None, date(2017, 12, 31)), (6, date(2018, 1, 1), None)}


def test_a_duty_cannot_end_before_it_starts(boss, old):
    answer = boss.post(change(old), form(valid_from="2018-01-01", valid_to="2017-12-31"))
    assert faults(answer)["__all__"] == ["“止”应不早于“起”。"]


def test_a_duty_without_reports_can_be_changed_and_deleted(boss, old):
    boss.post(change(old), form(frequency=6))
    old.refresh_from_db()
    assert old.frequency == 6
    assert "这项任务已有填报" not in boss.get(change(old)).content.decode()
    boss.post(reverse("admin:targets_reportingduty_delete", args=[old.pk]), {"post": "yes"})
    assert not ReportingDuty.objects.filter(pk=old.pk).exists()


def test_a_duty_with_reports_can_only_be_ended(boss, desk, old):
    enter(desk)
    assert "也不能删除，以免改变往期的结果。如需变动，请填写“止”" in boss.get(change(old)).content.decode()
    assert (
        boss.post(reverse("admin:targets_reportingduty_delete", args=[old.pk]), {"post": "yes"}).status_code
        == 403
    )
    assert faults(boss.post(change(old), form(valid_to="2018-06-30"))) == {
        "valid_to": ["2018年已有填报，“止”应不早于 2018-12-31。"]
    }
    stranger = {
        "frequency": 6,
        "area": desk.city.pk,
        "indicator": desk.coverage.pk,
        "valid_from": "2019-01-01",
    }
    boss.post(change(old), form(valid_to="2018-12-31", **stranger))
    [row] = ReportingDuty.objects.filter(pk=old.pk).values_list(
        "indicator__code", "area__code", "frequency", "valid_from", "valid_to"
    )
    assert row == ("I13", "131127", 12, None, date(2018, 12, 31))
