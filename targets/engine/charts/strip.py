"""The status of an indicator at the end of each year."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from targets.engine.progress import Result

NOT_YET = "截至时间以后"


class StripCell(NamedTuple):
    year: int
    shape: str
    light: str
    word: str


def strip(years: Iterable[int], by_year: Mapping[int, Result]) -> list[StripCell]:
    """A year without a result is still to come."""
    return [_cell(year, by_year.get(year)) for year in years]


def _cell(year: int, result: Result | None) -> StripCell:
    if result is None:
        return StripCell(year, "·", "later", NOT_YET)
    return StripCell(year, result.status.shape, result.status.light, result.label)
