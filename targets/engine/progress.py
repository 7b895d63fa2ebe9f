"""How far an indicator has come: one engine, every result with its explanation.

Pure functions on plain values; nothing is stored. The rules are written out in docs/progress.md: completion
完成率, progress 进度, expected 序时, index 序时指数 and status. All numbers are Decimal; ratios are fractions
(0.5 is half the way). What cannot be known is None, never zero.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from targets.engine import periods
from targets.engine.figures import (
    ROLLED_UP,
    Figure,
    Input,
    InputRole,
    RolledUp,
    entered_behind,
    total,
    used_as,
)
from targets.engine.quantities import plain
from targets.engine.status import UNAVAILABLE, Rule, Status

LEVELS = frozenset({"stock", "ratio", "running_total"})
FLOW = "flow"
KEEP = frozenset({"at_least", "at_most"})
UPWARD = frozenset({"rise", "at_least"})
# A value that is said to be "near 6" or "under 6" has not reached 6.
BELOW = frozenset({"near_below", "lt"})
ABOVE = frozenset({"near_above", "gt"})


@dataclass(frozen=True)
class Thresholds:
    """From which schedule index on a status holds; data of the plan."""

    ahead: Decimal = Decimal("1.1")
    on_schedule: Decimal = Decimal(1)
    slightly_behind: Decimal = Decimal("0.9")

    @property
    def shown(self) -> list[str]:
        return [plain(index) for index in (self.ahead, self.on_schedule, self.slightly_behind)]


@dataclass(frozen=True)
class Case:
    """All that is known of one indicator in one area.

    `observations` are the published values by period; a period reported as "cannot be had" is not among
    them but in `unavailable`, with the reason. `partial` are sums over some of the parts only, `reported` how
    many of how many parts (n, of) each period rests on. `targets` are those in force by year, a flow's
    counted from the plan's start. `due` are the periods, of the indicator's own rhythm, that a flow is summed
    over. `scale` is what a fraction is multiplied by to give a value, 100 for percent.
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
    unavailable: Mapping[str, str] = field(default_factory=dict)
    due: Sequence[str] = ()
    thresholds: Thresholds = Thresholds()
    scale: int = 1
    is_tracked: bool = True

    @property
    def is_flow(self) -> bool:
        return self.kind == FLOW

    @property
    def is_upward(self) -> bool:
        return self.direction in UPWARD

    @property
    def last_target(self) -> Figure | None:
        return self.targets.get(max(self.targets, default=None))

    @property
    def base(self) -> Decimal | None:
        """Where the way begins: a flow starts from nothing."""
        return Decimal(0) if self.is_flow else self.baseline and self.baseline.value

    @property
    def has_ceiling(self) -> bool:
        """Whether it is a total that is to stay low: it only grows, and is good for certain at last."""
        return self.is_flow and not self.is_upward

    def is_unsettled_at(self, moment: periods.Span) -> bool:
        """Whether a total that is to stay low may still grow before its target is due."""
        last = max(self.targets, default=moment.year)
        return self.has_ceiling and moment.end < periods.span(str(last)).end

    @property
    def aims_backwards(self) -> bool:
        """Whether the target lies against the declared direction: then it is a limit, no end of a way."""
        target, baseline = self.last_target, self.baseline
        if self.is_flow or target is None or baseline is None:
            return False
        return target.value < baseline.value if self.is_upward else target.value > baseline.value

    def rule_at(self, moment: periods.Span) -> Rule:
        target = self.last_target
        if not self.is_tracked or self.kind not in LEVELS | {FLOW}:
            return Rule.NOT_TRACKED
        if target and (self.base == target.value or self.aims_backwards):
            return Rule.KEEP
        if self.direction in KEEP and not self.is_unsettled_at(moment):
            return Rule.KEEP
        if self.is_flow:
            return Rule.FLOW
        if self.baseline is None:
            return Rule.NO_BASELINE
        return Rule.RISE if self.is_upward else Rule.FALL


class Step(NamedTuple):
    """One line of an explanation: what is reckoned, and the formula with its numbers."""

    what: str
    formula: str


@dataclass(frozen=True)
class Result:
    """What the engine found. `actual.period` may lie before `as_of`: then the value is an old one.

    `newer_partial` is a later sum of some parts, beside the last whole value. `unavailable_reason` says why
    there is no value, where the newest report says so.

    `rule`, `inputs` and `steps` explain it: every record that went in, and each formula with its numbers.
    """

    as_of: str
    status: Status
    rule: Rule
    baseline: Figure | None = None
    target: Figure | None = None
    target_year: int | None = None
    actual: Figure | None = None
    missing: tuple[str, ...] = ()
    reported: tuple[int, int] | None = None
    newer_partial: RolledUp | None = None
    unavailable_reason: str | None = None
    completion: Decimal | None = None
    progress: Decimal | None = None
    expected: Decimal | None = None
    index: Decimal | None = None
    distance: Decimal | None = None
    inputs: tuple[Input, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def label(self) -> str:
        """The word for the status; what cannot be had is not called unreported."""
        return UNAVAILABLE if self.says_no_value and self.unavailable_reason else self.status.label

    @property
    def says_no_value(self) -> bool:
        """Whether the status itself says that there is no value."""
        return self.status == Status.NO_DATA

    @property
    def lacks_value_too(self) -> bool:
        """Whether a value is missing as well as the target, with no reason given."""
        return self.status == Status.NO_TARGET and not self.actual and not self.unavailable_reason

    @property
    def is_old(self) -> bool:
        """Whether the value is of an earlier time than the one looked at."""
        return bool(self.actual) and periods.span(self.actual.period).end < periods.span(self.as_of).end


def judge(case: Case, as_of: str) -> Result:
    """The standing of an indicator at the end of a period. Raises ValueError for an unreadable period."""
    moment = periods.span(as_of)
    rule = case.rule_at(moment)
    if rule == Rule.NOT_TRACKED:
        inputs = used_as(InputRole.BASELINE, case.baseline)
        return Result(as_of, Status.NOT_TRACKED, rule, baseline=case.baseline, inputs=inputs)
    found = _sum(case, moment) if case.is_flow else _newest(case, moment)
    known = {
        "rule": rule,
        "baseline": case.baseline,
        "target": case.last_target,
        "target_year": max(case.targets, default=None),
        "actual": found.actual,
        "missing": found.missing,
        "reported": found.reported,
        "newer_partial": found.newer_partial,
        "inputs": _inputs(case, found.actual),
    }
    if found.actual is None:
        known["unavailable_reason"] = _why_unavailable(case, moment)
    if not case.targets or found.actual is None or found.missing:
        status, why = _not_judged(case, found, known.get("unavailable_reason"))
        return Result(as_of, status, **known, steps=(*found.steps, Step("判定", why)))
    return _compare(case, moment, known, found.steps)


def _not_judged(case: Case, found: "KnownValue", reason: str | None) -> tuple[Status, str]:
    """The status where there is nothing to judge by, and why."""
    nothing = f"{UNAVAILABLE}（{reason}）" if reason else "没有已发布的数"
    if not case.targets:
        has = "只列出完成值" if found.actual else nothing
        return Status.NO_TARGET, f"未设目标，{has}，不作判断"
    if found.actual is None:
        return Status.NO_DATA, f"{nothing}，无从计算"
    return Status.PARTIAL, f"缺 {'、'.join(found.missing)}，只列出已有的数，不作判断"


def _inputs(case: Case, actual: Figure | None, on_the_way: Iterable[Figure] = ()) -> tuple[Input, ...]:
    """All that the rule makes use of; `on_the_way` are the targets that say where the value should stand."""
    target = case.last_target
    baseline = None if case.is_flow or case.direction in KEEP else case.baseline
    return (
        *used_as(InputRole.BASELINE, baseline),
        *used_as(InputRole.TARGET, target),
        *used_as(InputRole.YEAR_TARGET, *(figure for figure in on_the_way if figure is not target)),
        *(entered_behind(InputRole.ACTUAL, actual) if actual else ()),
    )


class KnownValue(NamedTuple):
    """The value at a moment, the periods that it lacks, the parts it rests on, and how it comes about."""

    actual: Figure | None
    missing: tuple[str, ...] = ()
    reported: tuple[int, int] | None = None
    newer_partial: RolledUp | None = None
    steps: tuple[Step, ...] = ()


def _by_end(by_period: Mapping[str, object], moment: periods.Span) -> dict:
    """What is known at a moment, in the order of time."""
    known = [code for code in by_period if periods.span(code).end <= moment.end]
    return {code: by_period[code] for code in sorted(known, key=_end_of_period)}


def _why_unavailable(case: Case, moment: periods.Span) -> str | None:
    return next(reversed(_by_end(case.unavailable, moment).values()), None)


def _newest(case: Case, moment: periods.Span) -> KnownValue:
    """A level's newest whole value; a newer sum of some parts stands beside it, or alone if none is."""
    whole, partial = _by_end(case.observations, moment), _by_end(case.partial, moment)
    period, some = next(reversed(whole), None), next(reversed(partial), None)
    if period is None and some is None:
        return KnownValue(None)
    is_newer = period and some and periods.span(some).end > periods.span(period).end
    newer = RolledUp(partial[some], *case.reported[some]) if is_newer else None
    figure, missing = (whole[period], ()) if period else (partial[some], (some,))
    shown = period or some
    steps = (*_rolled_up(case, figure), Step("完成值", f"{shown} 的数 {figure.shown}"))
    return KnownValue(figure, missing, case.reported.get(shown), newer, steps)


def _rolled_up(case: Case, figure: Figure) -> tuple[Step, ...]:
    """How a city's figure comes from those of its parts; nothing where it is its own."""
    if not figure.made_of:
        return ()
    by_role = defaultdict(list)
    for role, part in figure.made_of:
        by_role[role].append(plain(part.value))
    sums = {role: " + ".join(terms) for role, terms in by_role.items()}
    if InputRole.PART in sums:
        formula = f"{sums[InputRole.PART]} = {plain(figure.value)}"
    else:
        fraction = f"({sums[InputRole.NUMERATOR]}) / ({sums[InputRole.DENOMINATOR]})"
        formula = f"{fraction} * {case.scale} = {_four(figure.value)}"
    return (Step(f"{ROLLED_UP}（{figure.period}）", formula),)


def _end_of_period(code: str) -> tuple:
    # Of a year and its last quarter, which end on one day, the year speaks.
    whole = periods.span(code)
    return whole.end, -whole.start.toordinal()


def amounts(case: Case, moment: periods.Span) -> dict[str, list[str]]:
    """The periods due from the plan's start, each with those whose values fill it; none where one is missing.

    A longer period that has a value of its own goes before the shorter ones in it.
    """
    known = _by_end(case.observations, moment)
    due = (code for code in case.due if periods.span(code).end <= moment.end)
    wholes = (next((outer for outer in periods.around(code) if outer in known), code) for code in due)
    return {code: periods.made_up_of(code, known) for code in wholes}


def _sum(case: Case, moment: periods.Span) -> KnownValue:
    """A flow from the plan's start: the sum over the periods due by then."""
    due = amounts(case, moment)
    known = {**case.partial, **case.observations}
    found = [code for whole, pieces in due.items() for code in pieces or periods.made_up_of(whole, known)]
    if not found:
        return KnownValue(None)
    missing = tuple(code for code, pieces in due.items() if not pieces)
    there = [known[code] for code in found]
    summed = total(InputRole.AMOUNT, found[-1], there, there[-1].origin)
    terms = " + ".join(plain(figure.value) for figure in there)
    step = Step(f"完成值（{'、'.join(found)} 累计）", f"{terms} = {plain(summed.value)}")
    rolled = (step for figure in there for step in _rolled_up(case, figure))
    pairs = [case.reported[code] for code in (*found, *missing) if code in case.reported]
    least = min(pairs, key=lambda pair: Decimal(pair[0]) / pair[1], default=None)
    return KnownValue(summed, missing, least, steps=(*rolled, step))


def _compare(case: Case, moment: periods.Span, known: dict, steps: tuple[Step, ...]) -> Result:
    """A value against a target, both there."""
    actual, target, base = known["actual"].value, known["target"].value, case.base
    done = reached(known["actual"], known["target"], case.is_upward)
    unsettled = case.is_unsettled_at(moment)
    if known["rule"] == Rule.KEEP:
        good = Status.ON_SCHEDULE if unsettled else Status.MET
        status = good if done else Status.NOT_MET
        steps += (Step("与目标之差", f"{plain(actual)} - {plain(target)} = {plain(actual - target)}"),)
        return Result(moment.code, status, **known, distance=actual - target, steps=_judged(steps, status))
    if case.is_upward and target:
        known["completion"] = actual / target
        steps += (Step("完成率", f"{plain(actual)} / {plain(target)} = {_four(actual / target)}"),)
    if base is None:
        status = Status.ACHIEVED if done else Status.NO_BASELINE
        return Result(moment.code, status, **known, steps=_judged(steps, status))
    progress = (actual - base) / (target - base)
    expected, how, on_the_way = expected_at(case, base, moment)
    known["inputs"] = _inputs(case, known["actual"], on_the_way)
    span = f"({plain(target)} - {plain(base)})"
    steps += (
        Step("进度", f"({plain(actual)} - {plain(base)}) / {span} = {_four(progress)}"),
        Step("序时应达", how),
    )
    index, shown = _index(case, (progress, actual), ((expected - base) / (target - base), expected), base)
    steps += shown
    status = Status.ACHIEVED if done and not unsettled else _by_index(progress, index, case.thresholds)
    return Result(
        moment.code,
        status,
        **known,
        progress=progress,
        expected=expected,
        index=index,
        steps=_judged(steps, status),
    )


def _index(case: Case, way: tuple, wanted: tuple, base: Decimal) -> tuple[Decimal | None, tuple[Step, ...]]:
    """The schedule index with its formula; each side is a progress and the value that it is of.

    Of a total that is to stay low it is the other way round, so that 1 and above is good there as well.
    """
    names = ("进度", "序时进度")
    if case.has_ceiling:
        way, wanted, names = wanted, way, names[::-1]
    if wanted[0] <= 0 or way[0] < 0:
        return None, ()
    index = way[0] / wanted[0]
    span = f"({plain(case.last_target.value)} - {plain(base)})"
    above, below = (f"(({plain(value)} - {plain(base)}) / {span})" for _, value in (way, wanted))
    return index, (Step(f"序时指数（{' / '.join(names)}）", f"{above} / {below} = {_four(index)}"),)


def _judged(steps: tuple[Step, ...], status: Status) -> tuple[Step, ...]:
    return (*steps, Step("判定", status.label))


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


class Expected(NamedTuple):
    """Where a value should stand, the formula, and the targets on the way that it rests on."""

    value: Decimal
    formula: str
    on_the_way: tuple[Figure, ...] = ()


def expected_at(case: Case, base: Decimal, moment: periods.Span) -> Expected:
    """Where the value should stand at a moment.

    The year's own target if there is one, for a part of a year on the straight line from the end of the
    year before; else on the straight line from the baseline at the plan's start to the last target, by
    months elapsed.
    """
    months = periods.months_since(moment.year, moment.end)
    own = case.targets.get(moment.year)
    if own is None:
        value, terms = _on_the_line(case, base, periods.months_since(case.start_year, moment.end))
        return Expected(value, f"{terms} = {_four(value)}")
    if months == 12:
        return Expected(own.value, f"{moment.year} 年目标 {plain(own.value)}", (own,))
    before = None
    if moment.year == case.start_year:
        floor, shown = base, plain(base)
    elif before := case.targets.get(moment.year - 1):
        floor, shown = before.value, plain(before.value)
    else:
        floor, terms = _on_the_line(case, base, 12 * (moment.year - case.start_year))
        shown = f"({terms})"
    value, terms = _between(floor, shown, own.value, months, 12)
    return Expected(value, f"{terms} = {_four(value)}", (before, own) if before else (own,))


def _on_the_line(case: Case, base: Decimal, elapsed: int) -> tuple[Decimal, str]:
    """From the baseline to the last target."""
    last = max(case.targets)
    total = 12 * (last - case.start_year + 1)
    return _between(base, plain(base), case.targets[last].value, min(max(elapsed, 0), total), total)


def _between(start: Decimal, shown: str, goal: Decimal, elapsed: int, total: int) -> tuple[Decimal, str]:
    value = start + (goal - start) * elapsed / total
    return value, f"{shown} + ({plain(goal)} - {shown}) * {elapsed} / {total}"


def _four(value: Decimal) -> str:
    return plain(value.quantize(Decimal("0.0001")))


def status_counts(results: Iterable[Result]) -> list[tuple[Status, int]]:
    """How many stand in each status, without those that do not occur."""
    return [(status, number) for status, number in count_by_status(results).items() if number]


def count_by_status(results: Iterable[Result]) -> dict[Status, int]:
    """How many stand in each status, in the order of the statuses; none is left out."""
    counts = Counter(result.status for result in results)
    return {status: counts[status] for status in Status}
