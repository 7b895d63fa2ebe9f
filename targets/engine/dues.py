"""What a place owes: the periods for which an indicator is due in an area."""

from collections.abc import Iterable, Mapping
from datetime import date

from targets.engine import periods

# Months between two reports, and the first and last day of a duty; None is no limit.
Term = tuple[int, date | None, date | None]


def due_in(year: int, terms: Iterable[Term]) -> list[str]:
    """The periods of a year for which a place owes a report, in order of their ends."""
    terms = list(terms)
    spans = [periods.span(code) for months in (3, 6, 12) for code in periods.within(year, year, months)]
    due = [span for span in spans if span.months == _rhythm_on(span.end, terms)]
    return [span.code for span in sorted(due, key=lambda span: span.end)]


def _rhythm_on(day: date, terms: Iterable[Term]) -> int | None:
    """Of two duties that are valid, the shorter rhythm holds."""
    return min((months for months, *days in terms if periods.is_within(day, *days)), default=None)


def latest_whole_year(published: Mapping[int, int]) -> int | None:
    """The latest year with at least nine tenths as many published places as the best year."""
    best = max(published.values(), default=0)
    return max((year for year, number in published.items() if 10 * number >= 9 * best), default=None)
