"""What the demonstration says of each indicator and area, as plain values by codes, special cases included.

Pure: the same plan gives the same figures, for the seed is fixed. docs/demo.md names the special cases.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from random import Random
from typing import NamedTuple

from hengshui_plan.demo import synthetic
from targets.engine import periods

SEED = 2016

CITY = "131100"
TARGET_YEARS = (2018, 2020)

HALF_YEARLY = {"I08", "I20"}
# Those that the city reports itself.
OF_CITY = {"I01", "I03", "I09", "I13", "I25"}
# How many times its baseline an indicator is meant to reach, where not 1.3 to 2.2.
GROWTH = {"I13": Decimal("3.25")}

# The special cases.
NO_TARGET = "I24"
NO_BASELINE = ("I07", "131171")
NO_DATA = ("I03", CITY)
WORSENING = ("I09", "131126")
WHY_WORSENING = "部分企业有效期满，未再认定（演示）"
NOT_MET = ("I16", "131128")
OVER_100_PERCENT = ("I15", "131127")
FLOW_WITH_A_HOLE = ("I19", "131125", "2017")
UNAVAILABLE = ("I12", "131124", "2018")
# The city counts three firms that no county does.
CITY_COUNTS_MORE = {"I09": 3}
# The city's target is one more than those of the counties together.
CITY_AIMS_HIGHER = {"I13": 1}


class Counted(NamedTuple):
    """An indicator, as far as its figures depend on it; `total` is the city's before the plan."""

    code: str
    kind: str
    decimals: int
    total: Decimal

    @property
    def is_flow(self) -> bool:
        return self.kind == "flow"

    @property
    def is_ratio(self) -> bool:
        return self.kind == "ratio"

    @property
    def step(self) -> Decimal:
        return Decimal(10) ** -self.decimals


class Invention:
    """`bases` and `goals` by indicator and area, `figures` by indicator, area and period.

    `parts` are the city's areas. What is `found` published stands in place of what chance gave.
    """

    def __init__(
        self,
        indicators: Sequence[Counted],
        parts: Sequence[str],
        years: Sequence[int],
        found: Mapping[tuple[str, str, str], Decimal],
    ):
        self.random = Random(SEED)
        self.indicators = {indicator.code: indicator for indicator in indicators}
        self.parts = parts
        self.years = years
        self.bases: dict[tuple[str, str], Decimal] = {}
        self.goals: dict[tuple[str, str], Decimal] = {}
        self.figures: dict[tuple[str, str, str], dict] = {}
        for indicator in indicators:
            if indicator.is_ratio:
                self._invent_ratio(indicator)
            else:
                self._invent(indicator)
        self._bend(found)
        self._add_up()

    def baselines(self) -> Iterator[tuple[str, str, Decimal]]:
        """Indicator, area and value; the city's are in the plan's text."""
        for (code, area), value in self.bases.items():
            if area != CITY and (code, area) != NO_BASELINE:
                yield code, area, value

    def targets(self) -> Iterator[tuple[str, str, int, Decimal]]:
        """Indicator, area, year and value: three fifths of the way, then all of it; a share is to be kept."""
        for (code, area), goal in self.goals.items():
            if code == NO_TARGET:
                continue
            indicator = self.indicators[code]
            base = Decimal(0) if indicator.is_flow else self.bases[code, area]
            midway = synthetic.on_step(base + (goal - base) * 3 / 5, indicator.step)
            first, last = TARGET_YEARS
            yield code, area, first, goal if indicator.is_ratio else midway
            yield code, area, last, goal

    def _invent(self, indicator: Counted):
        code, total, step = indicator.code, indicator.total, indicator.step
        growth = GROWTH.get(code, Decimal(self.random.randint(130, 220)) / 100)
        aim = synthetic.on_step(total * growth, step)
        weights = [self.random.randint(50, 200) for _ in self.parts]
        known = [
            0 if (code, area) == NO_BASELINE else weight
            for area, weight in zip(self.parts, weights, strict=True)
        ]
        bases = synthetic.shares(total, known, step)
        gains = synthetic.shares(aim if indicator.is_flow else aim - total, weights, step)
        for area, base, gain in zip(self.parts, bases, gains, strict=True):
            self.bases[code, area] = base
            self.goals[code, area] = gain if indicator.is_flow else base + gain
            self._invent_years(indicator, area)

    def _invent_years(self, indicator: Counted, area: str):
        key = (indicator.code, area)
        base, goal, count = self.bases[key], self.goals[key], len(self.years)
        if indicator.is_flow:
            values = synthetic.amounts(self.random, goal, count, indicator.step)
        else:
            values = synthetic.climb(self.random, base, goal, count, indicator.step)
        if indicator.code in HALF_YEARLY:
            values = list(synthetic.halves(values, base, indicator.is_flow))
        for code, value in zip(self._periods(indicator.code), values, strict=True):
            self.figures[(*key, code)] = {"value": value}

    def _invent_ratio(self, indicator: Counted):
        """A share that is to be kept: each county is about it, one stays below."""
        for area in self.parts:
            key = (indicator.code, area)
            self.bases[key] = Decimal(self.random.randint(9780, 9890)) / 100
            self.goals[key] = indicator.total
            for code in self._periods(indicator.code):
                percent = 97.2 if key == NOT_MET else self.random.uniform(98.3, 99.4)
                value, numerator, denominator = synthetic.fraction(self.random, percent)
                self.figures[(*key, code)] = {
                    "value": value,
                    "numerator": numerator,
                    "denominator": denominator,
                }

    def _bend(self, found: Mapping[tuple[str, str, str], Decimal]):
        """The special cases, in place of what chance gave."""
        for year in map(str, self.years):
            self.figures[(*WORSENING, year)] = {"value": self.bases[WORSENING] - 1, "note": WHY_WORSENING}
            half_the_goal = synthetic.on_step(self.goals[OVER_100_PERCENT] / 2, Decimal(1))
            self.figures[(*OVER_100_PERCENT, year)] = {"value": half_the_goal}
        del self.figures[FLOW_WITH_A_HOLE]
        self.figures[UNAVAILABLE] = {"unavailable_reason": "名单尚在核定，暂无法取得（演示）"}
        for key, value in found.items():
            self.figures[key] = {"value": value}

    def _add_up(self):
        """The city's goals and, where it reports itself, its figures."""
        for code, indicator in self.indicators.items():
            goals = [self.goals[code, area] for area in self.parts]
            whole = indicator.total if indicator.is_ratio else sum(goals)
            self.goals[code, CITY] = whole + CITY_AIMS_HIGHER.get(code, 0)
            self.bases[code, CITY] = indicator.total
        for code in sorted(OF_CITY - {NO_DATA[0]}):
            for period in self._periods(code):
                values = [self.figures[code, area, period]["value"] for area in self.parts]
                more = CITY_COUNTS_MORE.get(code, 0)
                self.figures.setdefault((code, CITY, period), {"value": sum(values) + more})

    def _periods(self, code: str) -> list[str]:
        return periods.within(self.years[0], self.years[-1], months(code))


def months(code: str) -> int:
    """Between two reports of an indicator."""
    return 6 if code in HALF_YEARLY else 12
