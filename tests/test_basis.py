"""The words for a baseline's time come from the years of its plan."""

import pytest

from targets.engine import basis

NAMES = {
    1966: "三五",
    2006: "十一五",
    2011: "十二五",
    2016: "十三五",
    2021: "十四五",
    2026: "十五五",
    2051: "二十五",
}


@pytest.mark.parametrize(("year", "name"), NAMES.items())
def test_a_five_year_plan_is_named_by_its_first_year(year, name):
    assert basis.five_year_name(year) == name


@pytest.mark.parametrize("year", [1961, 2017, 2018, 2020])
def test_in_other_years_no_five_year_plan_begins(year):
    assert basis.five_year_name(year) == ""


@pytest.mark.parametrize(
    ("years", "during", "end"),
    [
        ((2016, 2020, 2015), "十二五期间", "十二五末"),
        ((2021, 2025, 2020), "十三五期间", "十三五末"),
        ((2018, 2022, 2017), "2018年以前", "2017年底"),
        ((2021, 2030, 2020), "2021年以前", "2020年底"),
    ],
)
def test_the_time_before_a_plan_is_named_by_its_years(years, during, end):
    assert basis.words(*years) == {
        "previous_period": during,
        "previous_end": end,
        "at_drafting": "编制时(现已)",
        "recent_years": "近几年",
    }
