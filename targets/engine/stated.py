"""Targets as a text states them, and what they come to."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from targets.engine import quantities
from targets.engine.labelled import LabelledCode
from targets.engine.quantities import Quantity, plain, rounded


class StatedForm(LabelledCode):
    """Increments, per cent and points are taken off the baseline where the indicator should fall."""

    VALUE = "value", "数值"
    INCREMENT = "increment", "比基期增减数量"
    PERCENT = "percent", "比基期增减百分之几"
    POINTS = "points", "比基期增减百分点"
    MULTIPLE = "multiple", "基期的倍数"
    YEARLY_RATE = "yearly_rate", "年均增减百分之几"
    EVERY_YEAR = "every_year", "每年的数"


# What is printed after the number of a form; others have the indicator's unit.
PRINTED_UNITS: dict[str, str] = {
    StatedForm.PERCENT: "%",
    StatedForm.YEARLY_RATE: "%",
    StatedForm.POINTS: "个百分点",
    StatedForm.MULTIPLE: "倍",
}
DOUBLINGS = {"翻一番": 2, "翻两番": 4, "翻三番": 8}
# 增长2倍 is three times as much; 达到2倍 is twice.
ADDING = ("增长", "增加", "提高", "扩大")


UP = ("新增", "净增", "增加", "增长", "提高", "上升")
DOWN = ("降低", "下降", "减少", "压减", "削减")
CHANGES = {StatedForm.INCREMENT, StatedForm.PERCENT, StatedForm.POINTS, StatedForm.YEARLY_RATE}
YEARLY = ("每年", "年均", "逐年")
NEEDED: dict[str, tuple[str, ...]] = {
    StatedForm.EVERY_YEAR: YEARLY,
    StatedForm.YEARLY_RATE: (*YEARLY, "年增"),
    StatedForm.PERCENT: (*UP, *DOWN, "扩大"),
    StatedForm.POINTS: (*UP, *DOWN, "扩大"),
}
# 增加到500家 is a value; 培育500家 may be either.
UNLIKE: dict[str, re.Pattern[str]] = {
    StatedForm.VALUE: re.compile("(?:新增|净增|增加)(?![到至])"),
    StatedForm.EVERY_YEAR: re.compile("年均增"),
    **dict.fromkeys(
        (StatedForm.INCREMENT, StatedForm.PERCENT, StatedForm.POINTS), re.compile("|".join(YEARLY))
    ),
}


# Directions in which a change is meant downwards.
FALLING = frozenset({"fall", "at_most"})


class Amount(NamedTuple):
    """What a stated target comes to, and the formula filled in; a plain value has none."""

    value: Fraction
    formula: str = ""


class StatedTarget(NamedTuple):
    """`years`: for a yearly rate those since the baseline's, for every year those of the plan up to it."""

    form: StatedForm
    number: Decimal
    years: int
    falls: bool

    def amount(self, baseline: Decimal | None) -> Amount | None:
        """Return None where the baseline is needed and not known."""
        number = Fraction(self.number)
        if self.form == StatedForm.VALUE:
            return Amount(number)
        if self.form == StatedForm.EVERY_YEAR:
            return _amount(number * self.years, f"{plain(self.number)} × {self.years}")
        if baseline is None:
            return None
        sign, change = ("−", -number) if self.falls else ("+", number)
        b, n, base = plain(baseline), plain(self.number), Fraction(baseline)
        match self.form:
            case StatedForm.PERCENT:
                return _amount(base * (1 + change / 100), f"{b} × (1 {sign} {n}%)")
            case StatedForm.MULTIPLE:
                return _amount(base * number, f"{b} × {n}")
            case StatedForm.YEARLY_RATE:
                return _amount(base * (1 + change / 100) ** self.years, f"{b} × (1 {sign} {n}%)^{self.years}")
            case _:
                return _amount(base + change, f"{b} {sign} {n}")


def misfit(form: str, words: str, clause: str, *, falls: bool) -> str:
    """Why a form does not fit what the text says; empty if it does.

    `words` are the whole quotation, `clause` what stands before the number up to the last comma.
    """
    label = StatedForm(form).label  # type: ignore[call-arg]  # by its value
    if (needed := NEEDED.get(form)) and not any(word in words for word in needed):
        return f"形式记为“{label}”，引文没有“{'”“'.join(needed)}”之类的话"
    if form in UNLIKE and (word := UNLIKE[form].search(clause)):
        return f"形式记为“{label}”，原文写的是“{word[0]}”"
    if form in CHANGES and clause.endswith(("到", "至", "达")):
        return f"形式记为“{label}”，原文写的是达到多少"
    is_down = any(word in clause for word in DOWN)
    if form in CHANGES and is_down != falls and (is_down or any(word in clause for word in UP)):
        return "增减与指标的方向不符"
    return ""


def read(printed: str, form: str, unit: str, words_before: str) -> Quantity:
    """The number that a text states, in the unit of its form. Raises ValueError."""
    if printed in DOUBLINGS:
        return Quantity("eq", Decimal(DOUBLINGS[printed]), "倍")
    unit = PRINTED_UNITS.get(form, unit)
    stated = quantities.read(printed, unit)
    if stated.unit != unit:
        raise ValueError(f"“{printed}”的单位不是“{unit}”")
    if form == StatedForm.MULTIPLE and words_before.endswith(ADDING):
        return stated._replace(value=stated.value + 1)
    return stated


def _amount(value: Fraction, terms: str) -> Amount:
    return Amount(value, f"{terms} = {rounded(value)}")
