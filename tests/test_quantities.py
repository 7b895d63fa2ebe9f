"""Quantities as printed: number, unit and a word for how exact they are."""

from decimal import Decimal
from fractions import Fraction

import pytest

from targets.engine import quantities, stated
from targets.engine.quantities import typed

pytestmark = pytest.mark.one_database


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("92家", ("eq", Decimal("92"), "家")),
        ("98%以上", ("ge", Decimal("98"), "%")),
        ("近6亿元", ("near_below", Decimal("6"), "亿元")),
        ("1.48亿元", ("eq", Decimal("1.48"), "亿元")),
        ("4倍", ("eq", Decimal("4"), "倍")),
    ],
)
def test_a_printed_phrase_is_read_with_its_comparator(printed, expected):
    assert quantities.read(printed) == expected


@pytest.mark.parametrize(
    ("printed", "unit", "expected"),
    [
        ("4万人", "人", ("eq", Decimal(40000), "人")),
        ("1.2万亿元", "亿元", ("eq", Decimal(12000), "亿元")),
        ("6亿元", "亿元", ("eq", Decimal(6), "亿元")),
        ("6亿元", "元", ("eq", Decimal(600000000), "元")),
        ("不低于22件/10万人", "件/10万人", ("ge", Decimal(22), "件/10万人")),
        ("低于3%", "%", ("lt", Decimal(3), "%")),
        ("不超过500家", "家", ("le", Decimal(500), "家")),
        ("300吨以内", "吨", ("le", Decimal(300), "吨")),
        ("100项左右", "项", ("about", Decimal(100), "项")),
    ],
)
def test_a_phrase_is_read_in_the_unit_of_its_indicator(printed, unit, expected):
    assert quantities.read(printed, unit) == expected


@pytest.mark.parametrize(
    ("printed", "form", "words_before", "value"),
    [
        ("8%", "yearly_rate", "年均增长", 8),
        ("2个百分点", "points", "提高", 2),
        ("翻两番", "multiple", "贷款余额", 4),
        ("2倍", "multiple", "达到2015年的", 2),
        ("2倍", "multiple", "比2015年增长", 3),
        ("500家", "increment", "新增", 500),
    ],
)
def test_a_stated_number_is_read_in_the_unit_of_its_form(printed, form, words_before, value):
    assert stated.read(printed, form, "家", words_before).value == value


@pytest.mark.parametrize(
    ("printed", "form", "unit"),
    [("8家", "percent", "%"), ("8%", "points", "个百分点"), ("8%", "increment", "家")],
)
def test_a_number_in_another_unit_than_its_forms_is_refused(printed, form, unit):
    with pytest.raises(ValueError, match=f"“{printed}”的单位不是“{unit}”"):
        stated.read(printed, form, "家", "")


@pytest.mark.parametrize(
    ("form", "clause", "falls", "told"),
    [
        ("every_year", "每年培训业务骨干", False, ""),
        ("increment", "每年培训业务骨干", False, "形式记为“比基期增减数量”，原文写的是“每年”"),
        ("yearly_rate", "跨境电商年均增长", False, ""),
        ("percent", "跨境电商年均增长", False, "形式记为“比基期增减百分之几”，原文写的是“年均”"),
        ("every_year", "跨境电商年均增长", False, "形式记为“每年的数”，原文写的是“年均增”"),
        ("value", "企业增加到", False, ""),
        ("value", "外贸企业新增", False, "形式记为“数值”，原文写的是“新增”"),
        ("increment", "培育企业", False, ""),
        ("percent", "能耗降低", True, ""),
        ("percent", "能耗降低", False, "增减与指标的方向不符"),
        ("points", "比重提高", True, "增减与指标的方向不符"),
        ("points", "比重提高到", False, "形式记为“比基期增减百分点”，原文写的是达到多少"),
        ("multiple", "余额", False, ""),
    ],
)
def test_the_form_of_a_target_is_that_of_its_words(form, clause, falls, told):
    assert stated.misfit(form, clause, clause, falls=falls) == told


@pytest.mark.parametrize(
    "printed", ["12396", "1+3", "第45次", "〔2016〕21号", "市级以上", "一批", "92家企业", ""]
)
def test_a_phrase_that_is_not_one_quantity_is_refused(printed):
    with pytest.raises(ValueError, match="不是一个带单位的数"):
        quantities.read(printed)


@pytest.mark.parametrize(
    ("text", "number", "phrase"),
    [
        ("稳定在98%以上,重点", "98%", "98%以上"),
        ("能耗不超过30%,", "30%", "不超过30%"),
        ("研发投入近6亿元,为", "6亿元", "近6亿元"),
        ("实施市级以上农业攻关计划项目177项,解决", "177项", "177项"),
        ("全市共组织实施省以上科技项目467项,", "467项", "467项"),
    ],
)
def test_the_phrase_of_a_number_includes_only_its_own_qualifying_words(text, number, phrase):
    start = text.index(number)
    assert quantities.phrase_at(text, start, start + len(number)) == phrase


def test_a_formula_is_calculated_without_floating_point():
    values = {"I21": Decimal("1.48"), "I22": Decimal("4")}
    assert quantities.product("I21 × I22", values) == Decimal("5.92")
    assert quantities.worked("I21 × I22", values) == "1.48 × 4 = 5.92"


@pytest.mark.parametrize(
    ("computed", "comparator", "stated", "expected"),
    [
        ("5.92", "near_below", "6", True),
        ("6", "near_below", "6", False),
        ("5.4", "near_below", "6", False),
        ("6.1", "near_below", "6", False),
        ("6.1", "near_above", "6", True),
        ("98", "ge", "98", True),
        ("97.9", "ge", "98", False),
        ("98", "gt", "98", False),
        ("98", "le", "98", True),
        ("98", "lt", "98", False),
        ("98", "eq", "98", True),
    ],
)
def test_a_computed_value_is_compared_by_the_stated_comparator(computed, comparator, stated, expected):
    assert quantities.agrees(Decimal(computed), comparator, Decimal(stated)) is expected


@pytest.mark.parametrize(
    ("value", "text"), [("98.0000", "98"), ("1.4800", "1.48"), ("0", "0"), ("1E+3", "1000"), ("100", "100")]
)
def test_a_number_is_written_as_people_write_it(value, text):
    assert quantities.plain(Decimal(value)) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [("5\u200b", 5), ("\ufeff１２．５", "12.5"), (" 1,234 家 ", 1234), ("98.5％", "98.5"), ("-0", 0)],
)
def test_a_number_is_read_as_it_is_typed(text, value):
    assert typed(text, "%" if "％" in text else "家") == Decimal(value)


@pytest.mark.parametrize("text", ["1" * 15, "0.11111", "9" * 30, "-" + "1" * 15])
def test_a_number_longer_than_its_column_is_refused(text):
    with pytest.raises(ValueError, match="数太长：最多 14 位整数、4 位小数"):
        typed(text)


@pytest.mark.parametrize(
    "text", ["5①", "①", "10²", "8 9", "12\n3", "１ ２", "⑫", "1_0", "5家5", "五", "1e3", "½", ""]
)
def test_a_number_that_may_be_two_numbers_or_a_footnote_is_refused(text):
    with pytest.raises(ValueError, match="不是数"):
        typed(text, "家")


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        ("0.5", 0, "1"),
        ("1.5", 0, "2"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("0.125", 2, "0.13"),
        ("0.1249", 2, "0.12"),
    ],
)
def test_halves_are_rounded_away_from_zero(value, places, shown):
    assert quantities.plain(quantities.half_up(Decimal(value), places)) == shown


def test_a_fraction_is_rounded_from_its_exact_value():
    assert quantities.rounded(Fraction(2, 3)) == "0.6667"
    assert quantities.rounded(Fraction(1, 8)) == "0.125"
