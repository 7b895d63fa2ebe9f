"""The rules of a reported value, and the doubts that need a reason."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import prefetch_related_objects
from django.utils import timezone

from targets.engine import periods
from targets.engine.quantities import half_up, plain
from targets.models import (
    EDITABLE,
    Area,
    Grade,
    Indicator,
    IndicatorKind,
    Observation,
    Period,
    ReportingDuty,
    ReportStatus,
    RollUp,
)

# The table's constraints by field, with when they are broken: Django would check each by a query.
RULES = {
    "observation_value_or_reason": (
        "value",
        lambda row: (row.value is None) == (row.unavailable_reason == ""),
    ),
    "observation_whole_fraction": (
        "denominator",
        lambda row: (
            (row.numerator is None) != (row.denominator is None)
            or (row.denominator is not None and row.denominator <= 0)
        ),
    ),
    "observation_numerator_not_negative": (
        "numerator",
        lambda row: row.numerator is not None and row.numerator < 0,
    ),
    "observation_grade_not_text": ("grade", lambda row: row.grade == Grade.TEXT),
    "observation_has_source": (
        "source",
        lambda row: row.source == "" and row.grade not in (Grade.REPORTED, Grade.DEMO),
    ),
}
# As a share of the last value.
LARGE_CHANGE = Decimal("0.5")


def words(text: str | None) -> str:
    """Strip a text; return "" if nothing in it is visible."""
    text = (text or "").strip()
    if text.isprintable():
        return text
    kinds = {char: unicodedata.category(char) for char in text}
    # No browser shows the first two kinds, no workbook can hold the last two characters.
    if any(
        (kind in ("Cc", "Cs") and char not in "\t\n\r") or char in "\ufffe\uffff"
        for char, kind in kinds.items()
    ):
        raise ValidationError("含有看不见的控制字符，请删去后重新填写。")
    is_visible = any(kind != "Cf" and not char.isspace() for char, kind in kinds.items())
    return text if is_visible else ""


def cleaned(field, value):
    if isinstance(field, models.CharField | models.TextField):
        return words(value) if value is None or isinstance(value, str) else value
    if isinstance(value, bool):
        raise ValidationError("请填数字。")
    if not isinstance(value, str):
        return value
    text = words(value)
    # Python reads 1_000 as a number.
    if "_" in text:
        raise ValidationError(f"“{text}”的值应该是一个十进制数字。")
    return text or None


def fill(row: models.Model, values: dict):
    """Set the values and check each field alone. Raises ValidationError by field."""
    faults = {}
    for name, value in values.items():
        try:
            setattr(row, name, cleaned(row._meta.get_field(name), value))
        except ValidationError as fault:
            faults[name] = fault.messages
    if faults:
        raise ValidationError(faults)
    row.clean_fields(exclude=[field.name for field in row._meta.fields if field.name not in values])


def check_values(row: Observation):
    """Check the table's constraints and the indicator's rules. Raises ValidationError by field."""
    faults = {}
    for rule in row._meta.constraints:
        if rule.name in RULES:
            field, is_broken = RULES[rule.name]
            if is_broken(row):
                faults[field] = rule.violation_error_message
    if not faults and row.value is not None and (sentence := _fault_of_value(row, row.value)):
        faults["value"] = sentence
    if "denominator" not in faults and row.denominator and (sentence := _fault_of_fraction(row)):
        faults["numerator"] = sentence
    if row.as_of_date and (sentence := _fault_of_date(row.as_of_date, row.period)):
        faults["as_of_date"] = sentence
    if sentence := fault_of_grade(row.indicator, row.grade):
        faults["grade"] = sentence
    if faults:
        raise ValidationError(faults)


def fault_of_grade(indicator: Indicator, grade: str) -> str:
    if grade == Grade.DEMO and not indicator.plan.is_demo:
        return "“演示”等级只用于演示库，请另选来源等级。"
    return ""


def fault_of_number(indicator: Indicator, value: Decimal) -> str:
    """For targets and baselines; empty if nothing is wrong."""
    if value < 0:
        return "请填 0 或正数。"
    if indicator.unit == "%" and value > 100:
        return "百分比应在 0 到 100 之间。"
    if value != round(value, indicator.decimals):
        allowed = f"最多填 {indicator.decimals} 位小数" if indicator.decimals else "请填整数"
        return f"“{indicator.name}”以“{indicator.unit}”计，{allowed}。"
    return ""


def _fault_of_fraction(row: Observation) -> str:
    if row.value is None:
        return "无法取得的，请不要填分子、分母。"
    indicator = row.indicator
    if indicator.kind != IndicatorKind.RATIO and indicator.roll_up != RollUp.RATIO:
        return f"“{indicator.name}”不是比率，请不要填分子、分母。"
    return ""


def _fault_of_date(day: date, period: Period) -> str:
    last = min(period.end, timezone.localdate())
    if not period.start <= day <= last:
        return f"数据时点应在 {period.start} 至 {last} 之间。"
    return ""


def _fault_of_value(row: Observation, value: Decimal) -> str:
    indicator, places = row.indicator, row.indicator.decimals
    is_ratio = indicator.kind == IndicatorKind.RATIO
    if is_ratio and not 0 <= value <= 100:
        return "比率应在 0 到 100 之间。"
    if value < 0:
        return "请填 0 或正数。"
    if value != round(value, places):
        return f"最多填 {places} 位小数。" if places else "请填整数。"
    if is_ratio and row.numerator is not None and row.denominator:
        exact = row.numerator / row.denominator * indicator.scale
        # Both rounded and truncated values pass.
        if abs(exact - value) >= Decimal(10) ** -places:
            return f"分子除以分母得 {half_up(exact, places)}{indicator.unit}，与所填不符。"
    return ""


class Surroundings(NamedTuple):
    """What the values of an area in a period are compared with, by the id of the indicator.

    `last` are the reports of the newest earlier period of the same length, `beside` the values of the same
    period, `of_parts` the sums of the city's parts where reports of all parts fill the period. Superseded and
    withdrawn reports do not count.
    """

    last: dict[int, Observation]
    beside: dict[int, Decimal]
    of_parts: dict[int, Decimal]


Place = tuple[Area, Period]


def surroundings(
    places: Iterable[Place], about: Iterable[Indicator] = ()
) -> dict[tuple[int, int], Surroundings]:
    """By the ids of area and period. One query, and two more for each period of the city.

    `about` limits the indicators.
    """
    by_key = {(area.pk, period.pk): (area, period) for area, period in places}
    plans = {period.plan_id for _, period in by_key.values()}
    rows = Observation.objects.of_all_plans().filter(period__plan__in=plans)
    rows = rows.with_values().kept().exclude(status=ReportStatus.SUPERSEDED)
    if about:
        rows = rows.filter(indicator__in={pk for indicator in about for pk in _relatives(indicator)})
    of_areas: dict[int, list] = {area: [] for area, _ in by_key}
    # The newest wins.
    for row in (
        rows.filter(area__in=of_areas)
        .select_related("period", "indicator")
        .order_by("period__end", "revision")
    ):
        of_areas[row.area_id].append(row)
    return {
        key: Surroundings(
            {row.indicator_id: row for row in of_areas[area.pk] if _is_before(row.period, period)},
            {row.indicator_id: row.value for row in of_areas[area.pk] if row.period_id == period.pk},
            _sums_of_parts(area, period, rows) if period.plan.is_top(area) else {},
        )
        for key, (area, period) in by_key.items()
    }


def _relatives(indicator: Indicator) -> Iterator[int]:
    yield indicator.pk
    if indicator.part_of_id:
        yield indicator.part_of_id
    yield from (part.pk for part in indicator.parts.all())


def _is_before(earlier: Period, period: Period) -> bool:
    return earlier.end < period.start and earlier.months == period.months


def _sums_of_parts(city: Area, period: Period, rows) -> dict[int, Decimal]:
    duties = ReportingDuty.objects.of_plan(period.plan_id).tracked_on(period.end).exclude(area=city)
    duties = duties.filter(indicator__roll_up=RollUp.SUM)
    parts = rows.filter(period__end__gt=period.start, period__end__lte=period.end).exclude(area=city)
    # The sum must not reveal what a county has not handed in.
    parts = parts.exclude(status__in=EDITABLE)
    reported: dict[tuple[int, int], dict[str, Decimal]] = {}
    # The newest wins.
    for *series, code, value in parts.order_by("revision").values_list(
        "indicator", "area", "period__code", "value"
    ):
        reported.setdefault(tuple(series), {})[code] = value
    shares: dict[int, dict[int, list[Decimal]]] = {}
    for duty in duties.select_related("indicator"):
        known = reported.get((duty.indicator_id, duty.area_id), {})
        codes = periods.filling(period.code, known, is_flow=duty.indicator.is_flow)
        shares.setdefault(duty.indicator_id, {})[duty.area_id] = [known[code] for code in codes]
    return {
        indicator: sum((value for values in found.values() for value in values), Decimal())
        for indicator, found in shares.items()
        if all(found.values())
    }


def doubts(row: Observation, around: Surroundings, parts: list[Indicator]) -> Iterator[str]:
    """Sentences that ask for a reason before submission."""
    value, indicator = row.value, row.indicator
    if value is None:
        return
    last = around.last.get(indicator.pk)
    is_total = indicator.kind == IndicatorKind.RUNNING_TOTAL
    if is_total and last and last.value is not None and value < last.value:
        yield f"累计数比{last.period}的 {last.shown} 少。"
    if last and last.value and abs(value - last.value) > LARGE_CHANGE * last.value:
        percent = round(100 * abs(value - last.value) / last.value)
        way = "增加" if value > last.value else "减少"
        yield f"比{last.period}的 {last.shown} {way} {percent}%，变动超过一半。"
    whole = around.beside.get(indicator.part_of_id) if indicator.part_of_id else None
    if whole is not None and value > whole and (part_of := indicator.part_of):
        yield f"其中项大于所属的“{part_of.name}”（{plain(whole)}{part_of.unit}）。"
    for part in parts:
        if around.beside.get(part.pk, value) > value:
            yield f"小于其中项“{part.name}”（{plain(around.beside[part.pk])}{part.unit}）。"
    summed = around.of_parts.get(indicator.pk)
    if summed is not None and summed != value:
        yield f"与县市区之和 {plain(summed)}{indicator.unit} 相差 {plain(value - summed)}{indicator.unit}。"


def doubts_about(rows: Sequence[Observation]) -> list[list[str]]:
    prefetch_related_objects(rows, "area", "period__plan", "indicator__part_of", "indicator__parts")
    around = surroundings(((row.area, row.period) for row in rows), [row.indicator for row in rows])
    return [
        list(doubts(row, around[row.area_id, row.period_id], list(row.indicator.parts.all()))) for row in rows
    ]
