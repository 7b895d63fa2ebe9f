"""A light for each year of a plan: how an indicator stood at the end of each."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from targets.engine.progress import Result

NOT_YET = "尚未到"


class StripCell(NamedTuple):
    """A year's light: its shape, its colour, and the word that says the same."""

    year: int
    shape: str
    light: str
    word: str


def strip(years: Iterable[int], by_year: Mapping[int, Result]) -> list[StripCell]:
    """A cell for each year; one without a result lies after the moment looked at."""
    return [_cell(year, by_year.get(year)) for year in years]


def _cell(year: int, result: Result | None) -> StripCell:
    if result is None:
        return StripCell(year, "·", "later", NOT_YET)
    return StripCell(year, result.status.shape, result.status.light, result.label)
