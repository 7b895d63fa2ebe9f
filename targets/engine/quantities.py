"""Quantities as the plan prints them."""

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

SIGNS = {
    "eq": "",
    "ge": "≥",
    "le": "≤",
    "gt": ">",
    "lt": "<",
    "near_below": "近",
    "near_above": "略超",
    "about": "约",
}

# 98%以上 includes 98 (国家标准公文用语: 以上、以下均含本数); 近6 is less than 6.
BEFORE = {
    "不低于": "ge",
    "不少于": "ge",
    "不超过": "le",
    "不高于": "le",
    "略超": "near_above",
    "超过": "gt",
    "突破": "gt",
    "高于": "gt",
    "低于": "lt",
    "不足": "lt",
    "近": "near_below",
    "约": "about",
}
AFTER = {"以上": "ge", "以下": "le", "以内": "le", "左右": "about"}

NUMBER = r"\d+(?:\.\d+)?"
UNITS = ("亿元", "万元", *"个家项件%倍")
SCALES = {"": 1, "万": 10_000, "亿": 100_000_000}

# Not ① and ²: those mark footnotes as often as numbers.
HALF_WIDTH = {ord(wide): ord(wide) - 0xFEE0 for wide in "０１２３４５６７８９，．－％"}
# The limits of the database columns.
WHOLE_DIGITS, PLACES = 14, 4
TYPED = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")


class Quantity(NamedTuple):
    comparator: str
    value: Decimal
    unit: str


def read(printed: str, unit: str = "") -> Quantity:
    """近6亿元 -> near_below, 6, 亿元; 4万人 with the unit 人 -> eq, 40000, 人. Raises ValueError."""
    match = _phrase(unit).fullmatch(printed)
    if match is None:
        raise ValueError(f"“{printed}”不是一个带单位的数")
    comparator = BEFORE.get(match["before"]) or AFTER.get(match["after"]) or "eq"
    return Quantity(comparator, Decimal(match["number"]) * SCALES[match["scale"]], match["unit"])


@cache
def _phrase(unit: str) -> re.Pattern[str]:
    """`unit` is one more than the usual ones; of two readings it wins."""
    units = "|".join(map(re.escape, filter(None, (unit, *UNITS))))
    return re.compile(
        rf"(?P<before>{'|'.join(BEFORE)})?(?P<number>{NUMBER})(?P<scale>[万亿]?)"
        rf"(?P<unit>{units})(?P<after>{'|'.join(AFTER)})?"
    )


def typed(text: str, unit: str = "") -> Decimal:
    """Full-width digits, thousands commas, the unit and invisible characters are allowed.

    Raises ValueError with a sentence for the reader.
    """
    words = "".join(char for char in text.translate(HALF_WIDTH) if unicodedata.category(char) != "Cf")
    words = words.strip().removesuffix(unit.translate(HALF_WIDTH)).strip()
    if not TYPED.fullmatch(words):
        raise ValueError(f"“{text.strip()}”不是数，请只填数字，如 1234.5。")
    number = Decimal(words.replace(",", ""))
    if abs(number) >= 10**WHOLE_DIGITS or number != round(number, PLACES):
        raise ValueError(f"数太长：最多 {WHOLE_DIGITS} 位整数、{PLACES} 位小数。")
    return number


def is_quantity(printed: str) -> bool:
    return _phrase("").fullmatch(printed) is not None


def phrase_at(text: str, start: int, end: int) -> str:
    """With the words that limit it: 98% -> 98%以上."""
    # 不低于 comes before 低于.
    before = next((word for word in BEFORE if text.endswith(word, 0, start)), "")
    after = next((word for word in AFTER if text.startswith(word, end)), "")
    return text[start - len(before) : end + len(after)]


def product(formula: str, values: dict[str, Decimal]) -> Decimal:
    """Of codes joined by ×: "I21 × I22". Raises KeyError."""
    result = Decimal(1)
    for code in formula.split("×"):
        result *= values[code.strip()]
    return result


def worked(formula: str, values: dict[str, Decimal]) -> str:
    """1.48 × 4 = 5.92."""
    numbers = " × ".join(plain(values[code.strip()]) for code in formula.split("×"))
    return f"{numbers} = {plain(product(formula, values))}"


def agrees(computed: Decimal, comparator: str, stated: Decimal) -> bool:
    """近 and 略超 must round to the stated value from their side."""
    if comparator == "near_below":
        return computed < stated and computed.quantize(stated) == stated
    if comparator == "near_above":
        return computed > stated and computed.quantize(stated) == stated
    if comparator == "about":
        return computed.quantize(stated) == stated
    return {
        "eq": computed == stated,
        "ge": computed >= stated,
        "le": computed <= stated,
        "gt": computed > stated,
        "lt": computed < stated,
    }[comparator]


def half_up(value: Fraction | Decimal, places: int = PLACES) -> Decimal:
    """Round halves away from zero (四舍五入)."""
    whole = int(abs(Fraction(value)) * 10**places + Fraction(1, 2))
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


def rounded(value: Fraction | Decimal) -> str:
    """With at most four decimals."""
    return plain(half_up(value))


def plain(value: Decimal) -> str:
    """Without exponent and trailing zeros: 98.0000 -> 98."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
