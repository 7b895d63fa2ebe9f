"""Checks that the numbers of the text and the figures taken from it agree; see `verification`."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from measures.models import NumberToken, NumberTokenKind, SourceText
from measures.reading import outline
from measures.reading.sentences import sentence_around
from targets.engine import quantities, stated
from targets.models import Baseline, Grade, IndicatorKind, Level, LevelScope, Target

LEVEL_WORDS: dict[str, str] = {
    Level.NATIONAL: "国家级",
    Level.PROVINCIAL: "省",
    Level.MUNICIPAL: "市级",
    Level.COUNTY: "县级",
    Level.ANY: "各级",
}
DATE = re.compile(r"(\d{4})[年.](\d{1,2})[月.](\d{1,2})日?")
HEADING_NUMBER = re.compile(r"\d+、")
DOCUMENT_YEAR = re.compile(r"〔(\d{4})〕")
MEETING = re.compile(r"第\d+次")
CLAUSE_END = re.compile("[,，;；。\n]")
YEAR = re.compile(r"\d{4}")


def check_number_tokens(source: SourceText) -> Iterator[str]:
    sections = list(source.sections.all())
    rows = source.number_tokens.select_related("policy", "section")
    owners = [0] * len(source.text)
    for token in rows.prefetch_related("baselines", "targets"):
        what = f"数字标注 {token.code}“{token.printed}”"
        if source.text[token.start : token.end] != token.printed:
            yield f"{what}与原文第 {token.start} 至 {token.end} 字不符"
            continue
        if token.section != outline.innermost(sections, token.start, token.end):
            yield f"{what}不在章节 {token.section.code} 之内，或另有更近的章节"
        if not _fits_its_kind(token, source):
            yield f"{what}标为{token.get_kind_display()}，与原文或记录不符"
        for place in range(token.start, token.end):
            owners[place] += 1
    for place, character in enumerate(source.text):
        if character.isdecimal() and owners[place] != 1:
            around = source.text[max(0, place - 6) : place + 7].replace("\n", "")
            yield f"原文第 {place} 字“{character}”（…{around}…）有 {owners[place]} 个归属，应恰有一个"


def _fits_its_kind(token: NumberToken, source: SourceText) -> bool:
    plan = source.plan
    years = [int(year) for year in YEAR.findall(token.printed)]
    is_told = token.note != ""
    match token.kind:
        case NumberTokenKind.BASELINE | NumberTokenKind.TARGET:
            # The figures' own checks compare the number.
            figures = (token.baselines if token.kind == NumberTokenKind.BASELINE else token.targets).all()
            return bool(figures) and all(row.grade == Grade.TEXT for row in figures)
        case NumberTokenKind.DOCUMENT_NUMBER:
            return _is_of_its_document(token, source.text)
        case NumberTokenKind.DATE:
            # Another day, or another plan's years, need a note.
            day = _day(token.printed)
            return day is not None and (day in {plan.published_on, plan.effective_on} or is_told)
        case NumberTokenKind.PERIOD:
            is_own = years == [plan.start_year, plan.end_year]
            return is_own or (len(years) == 2 and years == sorted(years) and is_told)
        case NumberTokenKind.ORDINAL:
            headings = source.sections.filter(start=token.start, number=token.printed)
            is_heading = HEADING_NUMBER.fullmatch(token.printed) and headings.exists()
            return bool(is_heading or MEETING.fullmatch(token.printed))
        case NumberTokenKind.DEADLINE:
            return all(year in plan.years for year in years) if years else is_told
        case NumberTokenKind.HORIZON:
            return any(year > plan.end_year for year in years)
        case NumberTokenKind.AMOUNT:
            return "元" in token.printed or is_told
        case NumberTokenKind.PROPER_NAME:
            return is_told and not quantities.is_quantity(token.printed)
        case _:
            return token.kind == NumberTokenKind.UNCLASSIFIED


def _is_of_its_document(token: NumberToken, text: str) -> bool:
    policy: Any = token.policy
    year = DOCUMENT_YEAR.search(policy.number)
    return year is not None and text.endswith(policy.number, 0, token.end) and policy.year == int(year[1])


def _day(printed: str) -> date | None:
    match = DATE.fullmatch(printed)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def check_baselines(source: SourceText) -> Iterator[str]:
    rows = Baseline.objects.of_plan(source.plan).of_text()
    targets = Target.objects.of_plan(source.plan).of_text()
    indicators = source.plan.indicators.exclude(pk__in=rows.values("indicator"))
    for indicator in indicators.exclude(pk__in=targets.values("indicator")).filter(definition_source=""):
        yield f"指标 {indicator} 没有原文基期值或目标值，也没有写明口径出处"
    for row in _figures(rows):
        yield from _check_area(row, source)
        yield from _check_level(row)
        token = _token_of(row)
        if token is None:
            yield f"基期值 {row} 没有对应的原文数字"
            continue
        yield from _check_phrase(row, token, source)
        yield from _check_quantity(row, quantities.phrase_at(source.text, token.start, token.end))


def check_targets(source: SourceText) -> Iterator[str]:
    plan = source.plan
    for row in _figures(Target.objects.of_plan(plan).of_text()):
        yield from _check_area(row, source)
        if row.decided_on != plan.published_on:
            yield f"目标值 {row} 自规划公布之日起算，决定日期应为 {plan.published_on or '空'}"
        if row.year not in plan.years:
            yield f"目标值 {row} 不在规划期之内；规划期以后的数是远景"
        elif row.year != plan.end_year and not _has_year(row, row.year):
            yield f"目标值 {row}：引文所在的章节没有写明{row.year}年"
        if row.base_year and not _has_year(row, row.base_year):
            yield f"目标值 {row}：引文所在的章节没有写明与{row.base_year}年相比"
        for token in row.number_tokens.all():
            if token.printed not in (row.printed, f"{row.base_year}年") and token != _token_of(row):
                yield f"数字标注 {token.code}“{token.printed}”不是目标值 {row} 的数或比较的年份"
        yield from _check_stated(row, source)


def _check_stated(row: Target, source: SourceText) -> Iterator[str]:
    token = _token_of(row)
    if token:
        yield from _check_phrase(row, token, source)
        before = source.text[: token.start].removesuffix(row.printed.partition(token.printed)[0])
    elif any(character.isdecimal() for character in row.printed):
        yield f"目标值 {row} 没有对应的原文数字"
        return
    else:
        # A number in words, such as 翻一番, has no digits to mark.
        quote = next((cite.quote for cite in row.citations.all() if row.printed in cite.quote), None)
        if quote is None:
            yield f"目标值 {row} 的表述“{row.printed}”不在它的引文之内"
            return
        before = quote.partition(row.printed)[0]
    try:
        found = stated.read(row.printed, row.form, row.indicator.unit, before)
    except ValueError as error:
        yield f"目标值 {row} 无法核对：{error}"
        return
    words = "".join(cite.joined for cite in row.citations.all())
    clause = CLAUSE_END.split(before)[-1]
    if fault := stated.misfit(row.form, words, clause, falls=row.indicator.direction in stated.FALLING):
        yield f"目标值 {row} 的{fault}"
    if (row.value, row.comparator) != (found.value, found.comparator):
        noted = f"{quantities.SIGNS[row.comparator]}{quantities.plain(row.value)}"
        yield f"目标值 {row} 记为“{noted}”，原文为“{row.printed}”"


def _figures(rows: Any) -> Any:
    return rows.select_related("indicator__plan", "area").prefetch_related(
        "citations__section", "number_tokens"
    )


def _token_of(row: Any) -> NumberToken | None:
    """The number itself; a target may have its base year too."""
    return next((token for token in row.number_tokens.all() if token.printed in row.printed), None)


def _check_area(row: Any, source: SourceText) -> Iterator[str]:
    """A quoted sentence must speak of the area, unless it is the whole plan's."""
    if source.plan.is_top(row.area):
        return
    places = [sentence_around(source.text, cite.start, cite.end) for cite in row.citations.all()]
    names = (row.area.name, row.area.short_name)
    if not any(name in source.text[slice(*place)] for place in places for name in names):
        what = row._meta.verbose_name
        yield f"{what} {row}：引文所在的句子没有写明{row.area}，不能记在{row.area}名下"


def _has_year(row: Target, year: int) -> bool:
    return any(str(year) in cite.section.text for cite in row.citations.all())


def _check_level(row: Baseline) -> Iterator[str]:
    """A level that the quotation does not name must be marked as inferred."""
    indicator, quote = row.indicator, "".join(citation.joined for citation in row.citations.all())
    word = LEVEL_WORDS[indicator.level]
    if (word in quote) == indicator.level_is_inferred:
        yield f"指标 {indicator} 的层级“{indicator.get_level_display()}”是否推断，与引文“{quote}”不符"
    is_above = re.search(rf"{word.rstrip('级')}级?以上", quote) is not None
    if is_above != (indicator.level_scope == LevelScope.AND_ABOVE):
        yield f"指标 {indicator} 的层级范围与引文“{quote}”不符"


def _check_phrase(row: Any, token: NumberToken, source: SourceText) -> Iterator[str]:
    what = f"{row._meta.verbose_name} {row}"
    if not any(cite.start <= token.start and token.end <= cite.end for cite in row.citations.all()):
        yield f"{what} 的数“{token.printed}”不在它的引文之内"
    phrase = quantities.phrase_at(source.text, token.start, token.end)
    if row.printed != phrase:
        yield f"{what} 的原文表述应为“{phrase}”，记为“{row.printed}”"


def _check_quantity(row: Baseline, phrase: str) -> Iterator[str]:
    try:
        found = quantities.read(phrase, row.indicator.unit)
    except ValueError as error:
        yield f"基期值 {row} 无法核对：{error}"
        return
    what = f"基期值 {row.indicator.code}（{row.area}）"
    if row.value != found.value:
        yield f"{what}的数值记为 {quantities.plain(row.value)}，原文为“{phrase}”"
    if row.comparator != found.comparator:
        yield f"{what}的比较词记为“{row.get_comparator_display()}”，原文为“{phrase}”"
    if row.indicator.unit != found.unit:
        yield f"{what}的单位记为“{row.indicator.unit}”，原文为“{phrase}”"


def check_derived(source: SourceText) -> Iterator[str]:
    rows = Baseline.objects.of_plan(source.plan).of_text().select_related("indicator", "area")
    values = {row.indicator.code: row.value for row in rows}
    for row in rows:
        is_derived = row.indicator.kind == IndicatorKind.DERIVED
        if is_derived != bool(row.formula):
            yield f"基期值 {row}：推算值须有公式，其他值没有公式"
        elif is_derived:
            yield from _check_formula(row, values)


def _check_formula(row: Baseline, values: dict[str, Decimal]) -> Iterator[str]:
    try:
        computed = quantities.product(row.formula, values)
    except KeyError as error:
        yield f"基期值 {row} 的公式 {row.formula} 中 {error.args[0]} 没有值"
        return
    # As printed, 6 and not 6.0000: the digits show how the number was rounded.
    try:
        stated = quantities.read(row.printed, row.indicator.unit)
    except ValueError as error:
        yield f"基期值 {row} 无法重算：{error}"
        return
    if not quantities.agrees(computed, stated.comparator, stated.value):
        yield f"基期值 {row}：{row.formula} = {quantities.plain(computed)}，与“{row.printed}”不符"
