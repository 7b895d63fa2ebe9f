"""Doubts about a value that need a written reason before it is submitted."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.forms import model_to_dict

from targets import review
from targets.engine.quantities import typed
from targets.models import AreaAssignment, Grade, Indicator, Observation, Period, ReportingDuty, RollUp
from targets.review import value_rules
from targets.review.roles import Role
from targets.review.value_rules import RULES
from tests.make import area, bring_to, duty, enter, open_desk, period, person, submit
from tests.shipped import shipped

pytestmark = pytest.mark.django_db


FRACTIONS = [(None, None), ("1", None), (None, "1"), ("1", "2"), ("0", "1"), ("1", "0"), ("-1", "2")]


def doubts_about(row) -> list[str]:
    [doubts] = value_rules.doubts_about([row])
    return doubts


def with_every_value(grade: str) -> Iterator[Observation]:
    for value, reason, fraction, source in product(
        [None, "0", "5"], ["", "尚未统计"], FRACTIONS, ["", "公报"]
    ):
        numerator, denominator = (part and Decimal(part) for part in fraction)
        yield Observation(
            value=value and Decimal(value),
            unavailable_reason=reason,
            numerator=numerator,
            denominator=denominator,
            grade=grade,
            source=source,
        )


def refused_by_the_table(row: Observation) -> set[str]:
    """Return the broken constraints of the row, among those that Python checks too."""
    refused = set()
    for constraint in Observation._meta.constraints:
        if constraint.name in RULES:
            try:
                constraint.validate(Observation, row)
            except ValidationError:
                refused.add(constraint.name)
    return refused


@pytest.mark.parametrize("grade", Grade.values)
def test_python_and_the_table_hold_the_same_rules(grade):
    rows = list(with_every_value(grade))
    assert len(rows) == 84
    for row in rows:
        broken = {name for name, (_, is_broken) in RULES.items() if is_broken(row)}
        assert broken == refused_by_the_table(row), model_to_dict(row)


@pytest.fixture
def desk(plan):
    desk = open_desk()
    for code in ("I14", "I21", "I24", "I25"):
        duty(code, "131127")
    return desk


def value_of(desk, code: str, value: str, year: str = "2018", **values):
    row = period(year)
    Period.objects.filter(pk=row.pk).update(is_open=True)
    return enter(desk, value, indicator=shipped(Indicator).get(code=code), period=row, **values)


def test_a_first_value_raises_no_doubt(desk):
    assert doubts_about(value_of(desk, "I13", "900")) == []


def test_a_running_total_that_falls_asks_for_a_reason(desk):
    shipped(Indicator).filter(code="I21").update(kind="running_total")
    value_of(desk, "I21", "1", "2017")
    assert doubts_about(value_of(desk, "I21", "0.9")) == ["累计数比2017年的 1亿元 少。"]


def test_a_stock_may_fall(desk):
    value_of(desk, "I13", "10", "2017")
    assert doubts_about(value_of(desk, "I13", "9")) == []


@pytest.mark.parametrize(
    ("value", "doubts"),
    [
        ("150", []),
        ("151", ["比2017年的 100家 增加 51%，变动超过一半。"]),
        ("50", []),
        ("49", ["比2017年的 100家 减少 51%，变动超过一半。"]),
    ],
)
def test_a_change_of_more_than_half_asks_for_a_reason(desk, value, doubts):
    value_of(desk, "I13", "1", "2016")
    value_of(desk, "I13", "100", "2017")
    assert doubts_about(value_of(desk, "I13", value)) == doubts


def test_a_value_after_zero_raises_no_doubt(desk):
    value_of(desk, "I13", "0", "2017")
    assert doubts_about(value_of(desk, "I13", "100")) == []


def test_a_value_is_compared_with_the_correction_of_the_last_one(desk):
    first = bring_to(desk, "published", value_of(desk, "I13", "100", "2017"))
    review.correct(first, value="10", reason="多计", by=desk.reporter)
    assert doubts_about(value_of(desk, "I13", "11")) == []


def test_a_part_that_exceeds_its_whole_asks_for_a_reason_on_either_side(desk):
    part, whole = shipped(Indicator).get(code="I25"), shipped(Indicator).get(code="I24")
    assert part.part_of == whole
    of_whole = value_of(desk, "I24", "3")
    of_part = value_of(desk, "I25", "4")
    assert doubts_about(of_part) == [f"其中项大于所属的“{whole.name}”（3家）。"]
    assert doubts_about(of_whole) == [f"小于其中项“{part.name}”（4家）。"]


def handed_in(desk, code: str, value: str, year: str = "2018", *, by=None, **values):
    """Submit a county's value, so that the sum counts it."""
    row = value_of(desk, code, value, year, by=by, **values)
    return submit(row, by=by or desk.reporter, note="属实")


def test_a_city_value_that_is_not_the_sum_of_its_counties_asks_for_a_reason(desk):
    shipped(Indicator).filter(code="I13").update(roll_up=RollUp.SUM)
    duty("I13", "131121")
    other = person("枣强", Role.REPORTER, areas=["131121"])
    handed_in(desk, "I13", "5")
    city = value_of(desk, "I13", "8", area=desk.city)
    assert doubts_about(city) == []
    handed_in(desk, "I13", "2", area=area("131121"), by=other)
    assert doubts_about(city) == ["与县市区之和 7家 相差 1家。"]


@pytest.mark.parametrize("status", ["draft", "returned"])
def test_the_city_s_reporter_sees_no_draft_of_a_county_in_the_sum(desk, status):
    shipped(Indicator).filter(code="I13").update(roll_up=RollUp.SUM)
    bring_to(desk, status, value_of(desk, "I13", "5"))
    assert doubts_about(value_of(desk, "I13", "8", area=desk.city)) == []


def city_and_two_counties(desk, code: str, *rhythms: int):
    """景县 and 枣强县 report in these rhythms, the city yearly; one person reports for all."""
    shipped(Indicator).filter(code=code).update(roll_up=RollUp.SUM)
    shipped(ReportingDuty).filter(indicator__code=code).delete()
    for where, months in zip(("131127", "131121", "131100"), (*rhythms, 12), strict=True):
        duty(code, where, months)
    AreaAssignment.objects.get_or_create(user=desk.reporter, area=area("131121"))


def test_two_half_year_values_of_a_county_count_in_the_yearly_sum(desk):
    """A flow is the sum of its halves; there is no sum before the year is complete."""
    city_and_two_counties(desk, "I15", 12, 6)
    handed_in(desk, "I15", "6")
    city = value_of(desk, "I15", "13", area=desk.city)
    assert doubts_about(city) == []
    handed_in(desk, "I15", "3", "2018-H1", area=area("131121"))
    assert doubts_about(city) == []
    handed_in(desk, "I15", "4", "2018-H2", area=area("131121"))
    assert doubts_about(city) == []
    city = value_of(desk, "I15", "12", area=desk.city, version=1)
    assert doubts_about(city) == ["与县市区之和 13家 相差 -1家。"]


def test_the_sum_of_a_level_counts_the_value_at_the_end_of_the_year(desk):
    city_and_two_counties(desk, "I13", 12, 3)
    handed_in(desk, "I13", "5")
    handed_in(desk, "I13", "1", "2018-Q3", area=area("131121"))
    city = value_of(desk, "I13", "8", area=desk.city)
    assert doubts_about(city) == []
    handed_in(desk, "I13", "2", "2018-Q4", area=area("131121"))
    assert doubts_about(city) == ["与县市区之和 7家 相差 1家。"]


def test_a_half_year_of_the_city_has_no_sum_if_a_county_reports_yearly(desk):
    city_and_two_counties(desk, "I15", 6, 12)
    shipped(ReportingDuty).filter(indicator__code="I15", area=desk.city).update(frequency=6)
    handed_in(desk, "I15", "5", "2018-H2")
    handed_in(desk, "I15", "3", area=area("131121"))
    assert doubts_about(value_of(desk, "I15", "9", "2018-H2", area=desk.city)) == []


def test_an_unavailable_value_raises_no_doubt(desk):
    value_of(desk, "I13", "10", "2017")
    row = value_of(desk, "I13", None, unavailable_reason="名单未定")
    assert doubts_about(row) == []


def test_doubts_must_be_answered_before_a_value_is_submitted(desk):
    value_of(desk, "I13", "10", "2017")
    row = value_of(desk, "I13", "20")
    with pytest.raises(review.Refused) as refusal:
        submit(row, by=desk.reporter, note=" ")
    assert (refusal.value.field, refusal.value.sentence) == (
        "note",
        "比2017年的 10家 增加 100%，变动超过一半。请核对；确实无误的，请写明理由后报送。",
    )
    row.refresh_from_db()
    assert (row.status, row.events.count()) == ("draft", 0)
    row = submit(row, by=desk.reporter, note="新建园区")
    assert (row.status, row.events.get().note) == ("submitted", "新建园区")


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("12", "家", "12"),
        (" 12.50 ", "亿元", "12.50"),
        ("１２．５", "", "12.5"),
        ("1,234,567", "件", "1234567"),
        ("98.5%", "%", "98.5"),
        ("98.5％", "%", "98.5"),
        ("12家", "家", "12"),
        ("-3", "", "-3"),
    ],
)
def test_a_number_is_read_as_people_type_it(text, unit, number):
    assert typed(text, unit) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "十二", "1,23", "1.2.3", "12个", "1e3", "NaN", "∞", "1_000", "٣", "--1"]
)
def test_text_that_is_not_a_number_is_refused_with_a_message(text):
    with pytest.raises(ValueError, match="不是数，请只填数字"):
        typed(text, "家")
