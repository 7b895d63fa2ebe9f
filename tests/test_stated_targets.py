"""Targets as texts state them: what each form comes to, and that the light and its explanation rest on it."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from targets.engine.stated import StatedForm, StatedTarget
from targets.models import Indicator, Plan, Target
from targets.standing.standings import Standings
from tests.make import CITY, JINGXIAN, area
from tests.shipped import shipped
from tests.stored import observe

FORMS = {
    "a number": ("value", "500", 3, False, "100", Fraction(500), ""),
    "新增500家": ("increment", "500", 3, False, "100", Fraction(600), "100 + 500 = 600"),
    "减少20家": ("increment", "20", 3, True, "100", Fraction(80), "100 − 20 = 80"),
    "增长16%": ("percent", "16", 3, False, "50", Fraction(58), "50 × (1 + 16%) = 58"),
    "降低16%": ("percent", "16", 3, True, "50", Fraction(42), "50 × (1 − 16%) = 42"),
    "提高2个百分点": ("points", "2", 3, False, "53.6", Fraction("55.6"), "53.6 + 2 = 55.6"),
    "翻一番": ("multiple", "2", 3, False, "1.5", Fraction(3), "1.5 × 2 = 3"),
    "年均增长8%": ("yearly_rate", "8", 2, False, "100", Fraction("116.64"), "100 × (1 + 8%)^2 = 116.64"),
    "年均下降10%": ("yearly_rate", "10", 2, True, "100", Fraction(81), "100 × (1 − 10%)^2 = 81"),
    "每年培训100人": ("every_year", "100", 5, False, None, Fraction(500), "100 × 5 = 500"),
}


@pytest.mark.parametrize("case", FORMS.values(), ids=FORMS)
def test_each_form_comes_to_an_amount_with_its_formula(case):
    form, number, years, falls, baseline, amount, formula = case
    stated = StatedTarget(StatedForm(form), Decimal(number), years, falls)
    assert stated.amount(baseline and Decimal(baseline)) == (amount, formula)


def test_a_power_is_exact_and_only_shown_rounded():
    stated = StatedTarget(StatedForm.YEARLY_RATE, Decimal(8), 5, falls=False)
    assert stated.amount(Decimal(100)) == (
        Fraction("146.9328076800"),
        "100 × (1 + 8%)^5 = 146.9328",
    )


@pytest.mark.parametrize(
    "form", [form for form in StatedForm if form not in (StatedForm.VALUE, StatedForm.EVERY_YEAR)]
)
def test_without_a_baseline_nobody_knows_what_it_comes_to(form):
    assert StatedTarget(form, Decimal(8), 5, falls=False).amount(None) is None


def state(form: str, number, code=CITY, **values) -> Target:
    return Target.objects.create(
        indicator=shipped(Indicator).get(code="I13"),
        area=area(code),
        year=2020,
        form=form,
        value=number,
        grade="text",
        printed="新增6家",
        **{"decided_on": date(2016, 8, 23)} | values,
    )


def result_of(code=CITY):
    standings = Standings(shipped(Plan).get(code="sti-13"), "2018")
    indicator = next(row for row in standings.indicators if row.code == "I13")
    return standings.result(indicator, next(row for row in standings.areas if row.code == code))


def test_a_light_rests_on_what_the_stated_target_comes_to(plan):
    """The baseline is 4 in 2015: 4 + 6 = 10 in 2020, so 7.6 is expected at the end of 2018."""
    state("increment", 6)
    observe("I13", CITY, "2018", 7)
    result = result_of()
    assert (result.target.shown, result.target_year, result.status) == ("10", 2020, "behind")
    assert ("目标值（2020年）", "比基期增减数量：4 + 6 = 10") in result.steps


def test_a_county_without_a_baseline_has_no_target_from_a_share(plan):
    state("multiple", 2, JINGXIAN)
    observe("I13", JINGXIAN, "2018", 7)
    assert result_of(JINGXIAN).status == "no_target"


def test_a_comparison_with_another_year_than_the_baselines_is_not_guessed(plan):
    state("multiple", 2, base_year=2010)
    observe("I13", CITY, "2018", 7)
    assert result_of().status == "no_target"


def test_a_target_without_a_day_counts_always_and_the_first_decision_replaces_it(plan):
    state("value", 8, decided_on=None)
    observe("I13", CITY, "2018", 5)
    assert result_of().target.shown == "8"
    Target.objects.create(
        indicator=shipped(Indicator).get(code="I13"),
        area=area(CITY),
        year=2020,
        value=9,
        grade="official",
        source="通知",
        reason="调整",
        decided_on=date(2017, 1, 1),
    )
    assert result_of().target.shown == "9"
    assert shipped(Target).in_force(date(2018, 1, 1)).get().value == 9
