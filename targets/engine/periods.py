"""Reporting periods in SDMX notation: a year 2018, a half 2018-H1, a quarter 2018-Q3."""

import re
from collections.abc import Collection, Container, Iterable
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

CODE_SHAPE = "20[0-9]{2}(-(H[12]|Q[1-4]))?"
CODE = re.compile(CODE_SHAPE)
MONTHS = {"": 12, "H": 6, "Q": 3}
PART_NAMES = {
    "H1": "上半年",
    "H2": "下半年",
    "Q1": "第一季度",
    "Q2": "第二季度",
    "Q3": "第三季度",
    "Q4": "第四季度",
}


class Span(NamedTuple):
    code: str
    year: int
    start: date
    end: date

    @property
    def months(self) -> int:
        return self.end.month - self.start.month + 1

    @property
    def label(self) -> str:
        part = self.code[5:]
        return f"{self.year}年{PART_NAMES.get(part, '')}"


@cache
def span(code: str) -> Span:
    """Raises ValueError."""
    if not CODE.fullmatch(code):
        raise ValueError(f"“{code}”不是报告期，请写作 2018、2018-H1 或 2018-Q3")
    year, part = int(code[:4]), code[5:]
    months = MONTHS[part[:1]]
    first = months * (int(part[1:]) - 1 if part else 0)
    following = date(year + (first + months) // 12, (first + months) % 12 + 1, 1)
    return Span(code, year, date(year, first + 1, 1), following - timedelta(days=1))


@cache
def order(code: str) -> tuple[date, int]:
    """Sorts by end, of one end the longest last."""
    named = span(code)
    return named.end, -named.start.toordinal()


def newest(codes: Iterable[str]) -> str:
    """Of those that end on one day the longest."""
    return max(codes, key=lambda code: (span(code).end, span(code).months))


def is_inside(code: str, outer: str) -> bool:
    return span(outer).start <= span(code).start and span(code).end <= span(outer).end


def year_end(year: int) -> date:
    return date(year, 12, 31)


@cache
def within(start_year: int, end_year: int, months: int) -> tuple[str, ...]:
    parts = {12: [""], 6: ["-H1", "-H2"], 3: ["-Q1", "-Q2", "-Q3", "-Q4"]}[months]
    return tuple(f"{year}{part}" for year in range(start_year, end_year + 1) for part in parts)


@cache
def halves(code: str) -> tuple[str, ...]:
    """A year's halves or a half's quarters."""
    outer = span(code)
    if outer.months == 3:
        return ()
    shorter = within(outer.year, outer.year, outer.months // 2)
    return tuple(part for part in shorter if outer.start <= span(part).start <= outer.end)


@cache
def enclosing(code: str) -> tuple[str, ...]:
    """The longest first, the period itself last."""
    inner = span(code)
    longer = [outer for months in (12, 6, 3) for outer in within(inner.year, inner.year, months)]
    return tuple(
        outer for outer in longer if span(outer).start <= inner.start and inner.end <= span(outer).end
    )


def made_up_of(code: str, known: Container[str]) -> list[str]:
    """The known periods that fill one without a gap: itself or shorter ones."""
    if code in known:
        return [code]
    pieces: list[str] = []
    for half in halves(code):
        known_pieces = made_up_of(half, known)
        if not known_pieces:
            return []
        pieces += known_pieces
    return pieces


def pieces_of(code: str, known: Container[str]) -> list[str]:
    """The known periods in one, none within another: itself or shorter ones."""
    if code in known:
        return [code]
    return [piece for half in halves(code) for piece in pieces_of(half, known)]


def ending_with(code: str, known: Collection[str]) -> str | None:
    """The period itself, else the longest known one."""
    if code in known:
        return code
    same_day = [other for other in known if span(other).end == span(code).end]
    return max(same_day, key=lambda other: span(other).months, default=None)


def filling(code: str, known: Collection[str], *, is_flow: bool) -> list[str]:
    """The known periods that give a period's value: itself, else those that fill it.

    A level is filled by the period that ends on the same day.
    """
    if is_flow:
        return made_up_of(code, known)
    same_day = ending_with(code, known)
    return [same_day] if same_day else []


def months_since(start_year: int, end: date) -> int:
    return (end.year - start_year) * 12 + end.month


def is_within(day: date, first: date | None, last: date | None) -> bool:
    """None is no limit."""
    return (first or day) <= day <= (last or day)


def previous(code: str) -> str:
    """2017-H2 for 2018-H1."""
    following = span(code)
    last = following.start - timedelta(days=1)
    same_length = within(last.year, last.year, following.months)
    return next(other for other in same_length if span(other).end == last)
