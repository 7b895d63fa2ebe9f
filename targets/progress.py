"""How far an indicator has come: one engine, every result with its explanation.

Pure functions on plain values; nothing is stored. The rules are written out in docs/progress.md: completion
完成率, progress 进度, expected 序时, index 序时指数 and status. All numbers are Decimal; ratios are fractions
(0.5 is half the way). What cannot be known is None, never zero.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from targets import periods
from targets.quantities import SIGNS, plain


class Status(StrEnum):
    ACHIEVED = "achieved"
    AHEAD = "ahead"
    ON_SCHEDULE = "on_schedule"
    SLIGHTLY_BEHIND = "slightly_behind"
    BEHIND = "behind"
    WORSENING = "worsening"
    MET = "met"
    NOT_MET = "not_met"
    NO_TARGET = "no_target"
    NO_BASELINE = "no_baseline"
    NO_DATA = "no_data"
    PARTIAL = "partial"
    NOT_TRACKED = "not_tracked"

    @property
    def label(self) -> str:
        return LABELS[self]

    @property
    def light(self) -> str:
        return LIGHTS.get(self, "grey")

    @property
    def shape(self) -> str:
        return SHAPES[self.light]


# What a reader sees: word, light, and the shape that stands beside the colour.
LABELS = {
    Status.ACHIEVED: "已实现",
    Status.AHEAD: "快于预期",
    Status.ON_SCHEDULE: "符合预期",
    Status.SLIGHTLY_BEHIND: "略有滞后",
    Status.BEHIND: "滞后",
    Status.WORSENING: "逆向变化",
    Status.MET: "达标",
    Status.NOT_MET: "未达标",
    Status.NO_TARGET: "未设目标",
    Status.NO_BASELINE: "缺基期",
    Status.NO_DATA: "未填报",
    Status.PARTIAL: "数据不全",
    Status.NOT_TRACKED: "不监测",
}
LIGHTS = {
    **dict.fromkeys([Status.ACHIEVED, Status.AHEAD, Status.ON_SCHEDULE, Status.MET], "green"),
    Status.SLIGHTLY_BEHIND: "yellow",
    **dict.fromkeys([Status.BEHIND, Status.WORSENING, Status.NOT_MET], "red"),
}
SHAPES = {"green": "●", "yellow": "▲", "red": "■", "grey": "○"}

ROLLED_UP = "县市区汇总"
LEVELS = frozenset({"stock", "ratio", "running_total"})
FLOW = "flow"
KEEP = frozenset({"at_least", "at_most"})
UPWARD = frozenset({"rise", "at_least"})
# A value that is said to be "near 6" or "under 6" has not reached 6.
BELOW = frozenset({"near_below", "lt"})
ABOVE = frozenset({"near_above", "gt"})


@dataclass(frozen=True)
class Figure:
    """A number with what a reader may ask of it: its comparator, its period or year, where it comes from."""

    value: Decimal
    comparator: str = "eq"
    period: str = ""
    origin: str = field(default="", compare=False)

    @property
    def shown(self) -> str:
        return f"{SIGNS[self.comparator]}{plain(self.value)}"


@dataclass(frozen=True)
class Thresholds:
    """From which schedule index on a status holds; data of the plan."""

    ahead: Decimal = Decimal("1.1")
    on_schedule: Decimal = Decimal(1)
    slightly_behind: Decimal = Decimal("0.9")


@dataclass(frozen=True)
class Case:
    """All that is known of one indicator in one area.

    `observations` are the published values by period; a period reported as "cannot be had" is not among
    them. `partial` are sums over some of the parts only, `reported` how many of how many parts (n, of) each
    period rests on. `targets` are those in force by year, a flow's counted from the plan's start. `due` are
    the periods, of the indicator's own rhythm, that a flow is summed over.
    """

    kind: str
    direction: str
    start_year: int
    end_year: int
    baseline: Figure | None = None
    targets: Mapping[int, Figure] = field(default_factory=dict)
    observations: Mapping[str, Figure] = field(default_factory=dict)
    partial: Mapping[str, Figure] = field(default_factory=dict)
    reported: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    due: Sequence[str] = ()
    thresholds: Thresholds = Thresholds()
    is_tracked: bool = True

    @property
    def is_flow(self) -> bool:
        return self.kind == FLOW

    @property
    def is_upward(self) -> bool:
        return self.direction in UPWARD


class Step(NamedTuple):
    """One line of an explanation: what is reckoned, and the formula with its numbers."""

    what: str
    formula: str


@dataclass(frozen=True)
class Result:
    """What the engine found. `actual.period` may lie before `as_of`: then the value is an old one."""

    as_of: str
    status: Status
    baseline: Figure | None = None
    target: Figure | None = None
    target_year: int | None = None
    actual: Figure | None = None
    missing: tuple[str, ...] = ()
    reported: tuple[int, int] | None = None
    completion: Decimal | None = None
    progress: Decimal | None = None
    expected: Decimal | None = None
    index: Decimal | None = None
    distance: Decimal | None = None
    steps: tuple[Step, ...] = ()

    @property
    def is_old(self) -> bool:
        """Whether the value is of an earlier time than the one looked at."""
        return bool(self.actual) and periods.span(self.actual.period).end < periods.span(self.as_of).end


def judge(case: Case, as_of: str) -> Result:
    """The standing of an indicator at the end of a period. Raises ValueError for an unreadable period."""
    moment = periods.span(as_of)
    if not case.is_tracked or case.kind not in LEVELS | {FLOW}:
        return Result(as_of, Status.NOT_TRACKED, baseline=case.baseline)
    actual, missing, steps = _actual(case, moment)
    target_year = max(case.targets, default=None)
    target = case.targets.get(target_year)
    known = {
        "baseline": case.baseline,
        "target": target,
        "target_year": target_year,
        "actual": actual,
        "missing": missing,
        "reported": case.reported.get(actual.period) if actual else None,
    }
    if target is None:
        return Result(as_of, Status.NO_TARGET, **known, steps=steps)
    if actual is None:
        return Result(as_of, Status.NO_DATA, **known, steps=steps)
    if missing:
        steps += (Step("判定", f"缺 {'、'.join(missing)}，只列出已有的数，不作判断"),)
        return Result(as_of, Status.PARTIAL, **known, steps=steps)
    return _compare(case, moment, known, steps)


def _actual(case: Case, moment: periods.Span) -> tuple[Figure | None, tuple[str, ...], tuple[Step, ...]]:
    """The value at a moment, the periods that it lacks, and how it comes about."""
    by_end = {
        code: figure
        for code, figure in sorted({**case.partial, **case.observations}.items(), key=_end_of_period)
        if periods.span(code).end <= moment.end
    }
    if case.is_flow:
        return _sum(case, moment, by_end)
    if not by_end:
        return None, (), ()
    period, figure = list(by_end.items())[-1]
    missing = () if period in case.observations else (period,)
    return figure, missing, (Step("完成值", f"{period} 的数 {figure.shown}"),)


def _end_of_period(item: tuple[str, Figure]) -> tuple:
    # Of a year and its last quarter, which end on one day, the year speaks.
    whole = periods.span(item[0])
    return whole.end, -whole.start.toordinal()


def _sum(case: Case, moment: periods.Span, by_end: Mapping[str, Figure]):
    """A flow from the plan's start: the sum over the periods due by then."""
    due = [code for code in case.due if periods.span(code).end <= moment.end]
    found = {code: by_end[code] for code in due if code in by_end}
    if not found:
        return None, (), ()
    missing = tuple(code for code in due if code not in case.observations)
    total = sum((figure.value for figure in found.values()), Decimal(0))
    inexact = next((figure.comparator for figure in found.values() if figure.comparator != "eq"), "eq")
    terms = " + ".join(plain(figure.value) for figure in found.values())
    step = Step(f"完成值（{'、'.join(found)} 累计）", f"{terms} = {plain(total)}")
    last = list(found)[-1]
    return Figure(total, inexact, last, found[last].origin), missing, (step,)


def _compare(case: Case, moment: periods.Span, known: dict, steps: tuple[Step, ...]) -> Result:
    """A value against a target, both there."""
    actual, target = known["actual"].value, known["target"].value
    base = Decimal(0) if case.is_flow else case.baseline and case.baseline.value
    done = reached(known["actual"], known["target"], case.is_upward)
    if case.direction in KEEP or base == target:
        status = Status.MET if done else Status.NOT_MET
        steps += (Step("与目标之差", f"{plain(actual)} - {plain(target)} = {plain(actual - target)}"),)
        return Result(moment.code, status, **known, distance=actual - target, steps=_judged(steps, status))
    if case.is_upward and target:
        known["completion"] = actual / target
        steps += (Step("完成率", f"{plain(actual)} / {plain(target)} = {_four(actual / target)}"),)
    if base is None:
        status = Status.ACHIEVED if done else Status.NO_BASELINE
        return Result(moment.code, status, **known, steps=_judged(steps, status))
    progress = (actual - base) / (target - base)
    expected, how = expected_at(case, base, moment)
    expected_progress = (expected - base) / (target - base)
    index = progress / expected_progress if expected_progress > 0 and progress >= 0 else None
    span = f"({plain(target)} - {plain(base)})"
    steps += (
        Step("进度", f"({plain(actual)} - {plain(base)}) / {span} = {_four(progress)}"),
        Step("序时应达", how),
    )
    if index is not None:
        ratio = f"(({plain(expected)} - {plain(base)}) / {span})"
        top = f"(({plain(actual)} - {plain(base)}) / {span})"
        steps += (Step("序时指数（进度 / 序时进度）", f"{top} / {ratio} = {_four(index)}"),)
    status = Status.ACHIEVED if done else _by_index(progress, index, case.thresholds)
    return Result(
        moment.code,
        status,
        **known,
        progress=progress,
        expected=expected,
        index=index,
        steps=_judged(steps, status),
    )


def _judged(steps: tuple[Step, ...], status: Status) -> tuple[Step, ...]:
    return (*steps, Step("判定", LABELS[status]))


def _by_index(progress: Decimal, index: Decimal | None, thresholds: Thresholds) -> Status:
    if progress < 0:
        return Status.WORSENING
    if index is None or thresholds.on_schedule <= index < thresholds.ahead:
        return Status.ON_SCHEDULE
    if index >= thresholds.ahead:
        return Status.AHEAD
    return Status.SLIGHTLY_BEHIND if index >= thresholds.slightly_behind else Status.BEHIND


def reached(actual: Figure, target: Figure, is_upward: bool) -> bool:
    """Whether a value meets a target: 98 meets 98%以上; 近6 is below 6."""
    short, strict = (BELOW, "gt") if is_upward else (ABOVE, "lt")
    ahead = actual.value - target.value if is_upward else target.value - actual.value
    if actual.comparator in short or target.comparator == strict:
        return ahead > 0
    return ahead >= 0


def expected_at(case: Case, base: Decimal, moment: periods.Span) -> tuple[Decimal, str]:
    """Where the value should stand at a moment, and the formula.

    The year's own target if there is one, for a part of a year on the straight line from the end of the
    year before; else on the straight line from the baseline at the plan's start to the last target, by
    months elapsed.
    """
    months = periods.months_since(moment.year, moment.end)
    own = case.targets.get(moment.year)
    if own is None:
        return _on_the_line(case, base, periods.months_since(case.start_year, moment.end))
    if months == 12:
        return own.value, f"{moment.year} 年目标 {plain(own.value)}"
    before = case.targets.get(moment.year - 1)
    if moment.year == case.start_year:
        floor = base
    else:
        elapsed = 12 * (moment.year - case.start_year)
        floor = before.value if before else _on_the_line(case, base, elapsed)[0]
    value = floor + (own.value - floor) * months / 12
    return value, f"{plain(floor)} + ({plain(own.value)} - {plain(floor)}) * {months} / 12 = {_four(value)}"


def _on_the_line(case: Case, base: Decimal, elapsed: int) -> tuple[Decimal, str]:
    last = max(case.targets)
    target, total = case.targets[last].value, 12 * (last - case.start_year + 1)
    elapsed = min(max(elapsed, 0), total)
    value = base + (target - base) * elapsed / total
    formula = f"{plain(base)} + ({plain(target)} - {plain(base)}) * {elapsed} / {total} = {_four(value)}"
    return value, formula


def _four(value: Decimal) -> str:
    return plain(value.quantize(Decimal("0.0001")))


class RollUp(NamedTuple):
    """A city's figure made of its parts: `figure` of those that reported, `n` of `of` of them."""

    figure: Figure | None
    n: int
    of: int

    @property
    def is_complete(self) -> bool:
        return self.of > 0 and self.n == self.of


def sum_of_parts(period: str, parts: Mapping[str, Figure | None]) -> RollUp:
    """The sum over the areas expected to report; `parts` has None for one that did not."""
    there = [figure for figure in parts.values() if figure is not None]
    total = sum((figure.value for figure in there), Decimal(0))
    figure = Figure(total, period=period, origin=ROLLED_UP) if there else None
    return RollUp(figure, len(there), len(parts))


def ratio_of_parts(period: str, parts: Mapping[str, tuple[Decimal, Decimal] | None], scale: int) -> RollUp:
    """Σ numerator / Σ denominator, times `scale` (100 for percent): never an average of ratios."""
    there = [pair for pair in parts.values() if pair is not None]
    below = sum((denominator for _, denominator in there), Decimal(0))
    figure = None
    if below:
        figure = Figure(
            sum((top for top, _ in there), Decimal(0)) / below * scale, period=period, origin=ROLLED_UP
        )
    return RollUp(figure, len(there), len(parts))


def count_by_status(results: Iterable[Result]) -> dict[Status, int]:
    """How many stand in each status, in the order of the statuses; none is left out."""
    counts = Counter(result.status for result in results)
    return {status: counts[status] for status in Status}
