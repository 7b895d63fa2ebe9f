"""Made-up numbers for the demonstration: how a total falls to its parts, how a value moves over the years.

Pure, and seeded by whoever calls: the same Random gives the same numbers.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from random import Random


def on_step(value: Decimal, step: Decimal) -> Decimal:
    """The nearest whole number of steps: 1 for a count, 0.01 for money."""
    return round(value / step) * step


def shares(total: Decimal, weights: Sequence[float], step: Decimal) -> list[Decimal]:
    """Parts in whole steps that add up to the total, as near to the weights as that allows."""
    units = int(total / step)
    exact = [units * weight / sum(weights) for weight in weights]
    whole = [int(share) for share in exact]
    most_cut = sorted(range(len(weights)), key=lambda place: whole[place] - exact[place])
    for place in most_cut[: units - sum(whole)]:
        whole[place] += 1
    return [count * step for count in whole]


def climb(random: Random, start: Decimal, goal: Decimal, years: int, step: Decimal) -> list[Decimal]:
    """A level at the end of each year: about the straight line from start to goal, never falling."""
    values = []
    for year in range(1, years + 1):
        value = start + (goal - start) * year / years * _luck(random)
        values.append(max(on_step(value, step), *values, start))
    return values


def amounts(random: Random, total: Decimal, years: int, step: Decimal) -> list[Decimal]:
    """What a flow brings in each year: the steps of a climb from nothing to about the total."""
    levels = climb(random, Decimal(0), total, years, step)
    return [level - before for before, level in pairwise([Decimal(0), *levels])]


def fraction(random: Random, percent: float) -> tuple[Decimal, Decimal, Decimal]:
    """A percentage about the one wished for, with the numerator and denominator that give it."""
    denominator = Decimal(random.randint(3000, 9000)) / 100
    numerator = round(denominator * Decimal(percent) / 100, 2)
    return round(numerator / denominator * 100, 2), numerator, denominator


def halves(values: Sequence[Decimal], start: Decimal, is_flow: bool) -> Iterator[Decimal]:
    """The values of whole years as those of their halves."""
    before = start
    for value in values:
        half = value // 2 if is_flow else (before + value) // 2
        yield half
        yield value - half if is_flow else value
        before = value


def _luck(random: Random) -> Decimal:
    return Decimal(random.randint(70, 125)) / 100
