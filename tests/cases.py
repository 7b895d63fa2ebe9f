"""Cases for the engine, made of plain numbers."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from targets.engine import periods
from targets.engine.case import Case
from targets.engine.figures import Figure, RolledUp
from targets.engine.published import DecidedTarget

YEARS = ("2016", "2017", "2018", "2019", "2020")


def figure(value, **kwargs) -> Figure | None:
    return None if value is None else Figure(Decimal(str(value)), **kwargs)


def values(by_period: dict) -> dict[str, Figure]:
    return {code: figure(value, period=code) for code, value in by_period.items() if value is not None}


def decided(by_year: dict, on: str | None = None) -> list[DecidedTarget]:
    """All on one day; None counts always."""
    day = on and date.fromisoformat(on)
    return [
        DecidedTarget(day, year, target if isinstance(target, Figure) else figure(target, period=str(year)))
        for year, target in by_year.items()
    ]


def in_part(value, period, reported: int, *missing: str) -> dict[str, RolledUp]:
    """A sum over areas that lacks some."""
    return {period: RolledUp(figure(value, period=period), reported, missing)}


def case(baseline=0, target=10, actual=None, *, targets=None, **kwargs) -> Case:
    """A level over 2016-2020, reported yearly, with one value, that of 2018.

    `target` is that of 2020, `targets` are those of any years.
    """
    by_year = targets or ({} if target is None else {2020: target})
    falls = baseline is not None and target is not None and Decimal(str(target)) < Decimal(str(baseline))
    known = {
        "kind": "stock",
        "direction": "fall" if falls else "rise",
        "start_year": 2016,
        "end_year": 2020,
        "baseline": figure(baseline),
        "decided": decided(by_year),
        "observations": values({"2018": actual}),
        "due": YEARS,
    }
    known |= kwargs
    known["observations"] = {code: replace(one, period=code) for code, one in known["observations"].items()}
    return Case(**known)


def flow(target, *amounts, **kwargs) -> Case:
    """A flow over the years from 2016; None is a year without a report."""
    observations = values(dict(zip(YEARS, amounts, strict=False)))
    return case(None, target, **{"kind": "flow", "observations": observations, "tiles": YEARS} | kwargs)


def half_yearly(target, by_period: dict, **kwargs) -> Case:
    halves = periods.within(2016, 2020, 6)
    return flow(target, observations=values(by_period), tiles=halves, due=halves, **kwargs)
