"""Who owes what for a period: expected less handed in, by area and by organization."""

import pytest

from targets import review
from targets.models import Indicator, Organization, ReportingDuty
from tests.staff import bring_to, duty, enter, open_desk, period


@pytest.fixture
def desk(plan):
    return open_desk()


def named(duties) -> list[tuple]:
    return [(row.indicator.code, row.area.code) for row in duties]


ALL = [("I13", "131100"), ("I13", "131127"), ("I16", "131100"), ("I16", "131127")]


def test_without_any_report_all_that_is_expected_is_owed(desk):
    assert named(ReportingDuty.objects.expected(desk.year)) == ALL
    assert named(ReportingDuty.objects.owed(desk.year)) == ALL


def test_a_period_expects_the_reports_of_its_own_length(desk):
    duty("I09", "131127", 6)
    duty("I10", "131127", 3)
    half, quarter = period("2018-H1"), period("2018-Q1")
    assert named(ReportingDuty.objects.owed(half)) == [("I09", "131127")]
    assert named(ReportingDuty.objects.owed(quarter)) == [("I10", "131127")]
    assert named(ReportingDuty.objects.owed(desk.year)) == ALL


def test_what_is_not_tracked_is_not_owed(desk):
    Indicator.objects.filter(code="I16").update(is_tracked=False)
    assert named(ReportingDuty.objects.owed(desk.year)) == ALL[:2]


@pytest.mark.parametrize(
    ("status", "is_owed"),
    [
        ("draft", True),
        ("returned", True),
        ("submitted", False),
        ("accepted", False),
        ("published", False),
        ("superseded", False),
    ],
)
def test_a_report_is_owed_until_it_is_handed_in(desk, status, is_owed):
    bring_to(desk, status, enter(desk))
    assert (("I13", "131127") in named(ReportingDuty.objects.owed(desk.year))) is is_owed
    rest = [key for key in ALL if key != ("I13", "131127")]
    assert [key for key in named(ReportingDuty.objects.owed(desk.year)) if key in rest] == rest


def test_a_value_that_cannot_be_had_is_handed_in_with_its_reason(desk):
    bring_to(desk, "submitted", enter(desk, None, unavailable_reason="统计制度取消"))
    assert ("I13", "131127") not in named(ReportingDuty.objects.owed(desk.year))


@pytest.mark.parametrize("status", ["draft", "returned"])
def test_a_correction_on_its_way_makes_nobody_owe_again(desk, status):
    old = bring_to(desk, "published", enter(desk))
    bring_to(desk, status, review.correct(old, by=desk.reporter, reason="重新核定", value="6"))
    assert ("I13", "131127") not in named(ReportingDuty.objects.owed(desk.year))


def test_a_report_of_another_period_counts_for_that_one_only(desk):
    bring_to(desk, "published", enter(desk, period=period("2017")))
    assert named(ReportingDuty.objects.owed(desk.year)) == ALL


def test_each_duty_shows_the_status_of_its_newest_report(desk):
    bring_to(desk, "returned", enter(desk))
    old = bring_to(desk, "published", enter(desk, area=desk.city))
    review.correct(old, by=desk.reporter, reason="重新核定", value="6")
    bring_to(desk, "published", enter(desk, "95", indicator=desk.coverage))
    duties = ReportingDuty.objects.expected(desk.year).with_status(desk.year)
    assert [(row.indicator.code, row.area.code, row.report_status) for row in duties] == [
        ("I13", "131100", "draft"),
        ("I13", "131127", "returned"),
        ("I16", "131100", None),
        ("I16", "131127", "published"),
    ]


def test_the_list_is_ordered_by_area(desk):
    assert named(ReportingDuty.objects.owed(desk.year).by_area()) == [
        ("I13", "131100"),
        ("I16", "131100"),
        ("I13", "131127"),
        ("I16", "131127"),
    ]


def test_the_list_is_ordered_by_organization_with_the_nameless_last(desk):
    for code, organization in (("I16", "O02"), ("I13", "O05")):
        ReportingDuty.objects.filter(indicator__code=code, area=desk.county).update(
            organization=Organization.objects.get(code=organization)
        )
    assert named(ReportingDuty.objects.owed(desk.year).by_organization()) == [
        ("I16", "131127"),
        ("I13", "131127"),
        ("I13", "131100"),
        ("I16", "131100"),
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_one_query(desk, django_assert_num_queries, rows):
    kept = ReportingDuty.objects.values_list("pk", flat=True)[:rows]
    ReportingDuty.objects.exclude(pk__in=list(kept)).delete()
    ReportingDuty.objects.update(organization=Organization.objects.get(code="O01"))
    with django_assert_num_queries(1):
        owed = ReportingDuty.objects.owed(desk.year).with_status(desk.year).by_area()
        shown = [(row.indicator.name, row.area.name, row.organization.name) for row in owed]
    assert len(shown) == rows
