"""Cases for the engine, made of plain numbers."""

from decimal import Decimal

from targets.engine.case import Case
from targets.engine.figures import Figure

YEARS = ("2016", "2017", "2018", "2019", "2020")


def figure(value, **kwargs) -> Figure | None:
    return None if value is None else Figure(Decimal(str(value)), **kwargs)


def case(baseline=0, target=10, actual=None, **kwargs) -> Case:
    """A level over 2016-2020 with one value, that of 2018."""
    falls = baseline is not None and target is not None and Decimal(str(target)) < Decimal(str(baseline))
    values = {
        "kind": "stock",
        "direction": "fall" if falls else "rise",
        "start_year": 2016,
        "end_year": 2020,
        "baseline": figure(baseline),
        "targets": {} if target is None else {2020: figure(target)},
        "observations": {} if actual is None else {"2018": figure(actual, period="2018")},
    }
    return Case(**values | kwargs)


def flow(target, *amounts, **kwargs) -> Case:
    """A flow over the years from 2016; None is a year without a report."""
    observations = {
        year: figure(amount, period=year)
        for year, amount in zip(YEARS, amounts, strict=False)
        if amount is not None
    }
    return case(None, target, kind="flow", observations=observations, due=YEARS, **kwargs)
