"""How far an indicator has come, with an explanation. The rules stand in docs/progress.md.

All numbers are exact; None is unknown, never zero. Shares are of the way to the target: 0.5 is half of it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from targets.engine import periods
from targets.engine.case import KEEP, Case, Thresholds, amounts, known_by
from targets.engine.figures import (
    ROLLED_UP,
    Figure,
    Input,
    InputRole,
    RolledUp,
    entered_inputs,
    total,
    used_as,
)
from targets.engine.quantities import half_up, plain, rounded
from targets.engine.shares import Share
from targets.engine.status import UNAVAILABLE, Rule, Status

# Beside exactly its own number, 近6 and 不足6 fall below 6, 超过6 above it.
SIDES = {"near_below": -1, "lt": -1, "near_above": 1, "gt": 1}


class Step(NamedTuple):
    what: str
    formula: str


@dataclass(frozen=True)
class Result:
    """`reported`: the numbers of reported and expected parts. `newer_partial`: a later sum of some parts.

    `inputs`: every record used. `steps`: each formula with its numbers.
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
    completion: Share | None = None
    progress: Share | None = None
    expected: Fraction | None = None
    index: Fraction | None = None
    distance: Fraction | None = None
    inputs: tuple[Input, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def label(self) -> str:
        return UNAVAILABLE if self.says_no_value and self.unavailable_reason else self.status.label

    @property
    def says_no_value(self) -> bool:
        return self.status == Status.NO_DATA

    @property
    def lacks_value_too(self) -> bool:
        return self.status == Status.NO_TARGET and not self.actual and not self.unavailable_reason

    @property
    def is_old(self) -> bool:
        if self.actual is None:
            return False
        return periods.span(self.actual.period).end < periods.span(self.as_of).end

    @property
    def shortfall(self) -> Fraction | None:
        """The absolute distance to the limit, else to the expected value."""
        if self.distance is not None:
            return abs(self.distance)
        if self.expected is None or self.actual is None:
            return None
        return abs(self.expected - self.actual.exact)


class KnownValue(NamedTuple):
    """`missing` are the periods that it lacks."""

    actual: Figure | None
    missing: tuple[str, ...] = ()
    reported: tuple[int, int] | None = None
    newer_partial: RolledUp | None = None
    steps: tuple[Step, ...] = ()


def judge(case: Case, as_of: str) -> Result:
    """Raises ValueError for an unreadable period."""
    moment = periods.span(as_of)
    rule = case.rule_at(moment)
    if rule == Rule.NOT_TRACKED:
        inputs = used_as(InputRole.BASELINE, case.baseline)
        return Result(as_of, Status.NOT_TRACKED, rule, baseline=case.baseline, inputs=inputs)
    value = _sum_of_flow(case, moment) if case.is_flow else _newest_level(case, moment)
    target = case.last_target
    fields: dict[str, Any] = {
        "rule": rule,
        "baseline": case.baseline,
        "target": target,
        "target_year": max(case.targets, default=None),
        "actual": value.actual,
        "missing": value.missing,
        "reported": value.reported,
        "newer_partial": value.newer_partial,
        "inputs": _inputs(case, value.actual),
    }
    reason = None
    if value.actual is None:
        reason = fields["unavailable_reason"] = _why_unavailable(case, moment)
    if value.actual is None or value.missing or target is None:
        status, why = _not_judged(case, value, reason)
        return Result(as_of, status, **fields, steps=(*value.steps, Step("判定", why)))
    return _compare(case, moment, value.actual, target, fields, value.steps)


def _not_judged(case: Case, value: KnownValue, reason: str | None) -> tuple[Status, str]:
    nothing = f"{UNAVAILABLE}（{reason}）" if reason else "没有已发布的数"
    if not case.targets:
        shown = "只列出完成值" if value.actual else nothing
        return Status.NO_TARGET, f"未设目标，{shown}，不作判断"
    if value.actual is None:
        return Status.NO_DATA, f"{nothing}，无从计算"
    return Status.PARTIAL, f"缺 {'、'.join(value.missing)}，只列出已有的数，不作判断"


def _inputs(case: Case, actual: Figure | None, year_targets: Iterable[Figure] = ()) -> tuple[Input, ...]:
    target = case.last_target
    baseline = None if case.is_flow or case.direction in KEEP else case.baseline
    return (
        *used_as(InputRole.BASELINE, baseline),
        *used_as(InputRole.TARGET, target),
        *used_as(InputRole.YEAR_TARGET, *(figure for figure in year_targets if figure is not target)),
        *(entered_inputs(InputRole.ACTUAL, actual) if actual else ()),
    )


def _why_unavailable(case: Case, moment: periods.Span) -> str | None:
    return next(reversed(known_by(case.unavailable, moment).values()), None)


def _newest_level(case: Case, moment: periods.Span) -> KnownValue:
    """The newest complete value with a newer partial sum, else a partial sum."""
    complete, partial = known_by(case.observations, moment), known_by(case.partial, moment)
    period, partial_period = next(reversed(complete), None), next(reversed(partial), None)
    if period is None:
        if partial_period is None:
            return KnownValue(None)
        return _level(case, partial_period, partial[partial_period], missing=(partial_period,))
    newer = None
    if partial_period and periods.span(partial_period).end > periods.span(period).end:
        newer = RolledUp(partial[partial_period], *case.reported[partial_period])
    return _level(case, period, complete[period], newer=newer)


def _level(
    case: Case, period: str, figure: Figure, missing: tuple[str, ...] = (), newer: RolledUp | None = None
) -> KnownValue:
    steps = (*_roll_up_steps(case, figure), Step("完成值", f"{period} 的数 {figure.shown}"))
    return KnownValue(figure, missing, case.reported.get(period), newer, steps)


def _roll_up_steps(case: Case, figure: Figure) -> tuple[Step, ...]:
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
        formula = f"{fraction} * {case.scale} = {rounded(figure.exact)}"
    return (Step(f"{ROLLED_UP}（{figure.period}）", formula),)


def _sum_of_flow(case: Case, moment: periods.Span) -> KnownValue:
    due = amounts(case, moment)
    known = {**case.partial, **case.observations}
    codes = [code for outer, pieces in due.items() for code in pieces or periods.made_up_of(outer, known)]
    if not codes:
        return KnownValue(None)
    missing = tuple(code for code, pieces in due.items() if not pieces)
    summands = [known[code] for code in codes]
    summed = total(InputRole.AMOUNT, codes[-1], summands, summands[-1].origin)
    terms = " + ".join(plain(figure.value) for figure in summands)
    step = Step(f"完成值（{'、'.join(codes)} 累计）", f"{terms} = {plain(summed.value)}")
    roll_up_steps = (step for figure in summands for step in _roll_up_steps(case, figure))
    counts = [case.reported[code] for code in (*codes, *missing) if code in case.reported]
    least = min(counts, key=lambda count: Fraction(*count), default=None)
    return KnownValue(summed, missing, least, steps=(*roll_up_steps, step))


def _compare(
    case: Case,
    moment: periods.Span,
    actual: Figure,
    target: Figure,
    fields: dict[str, Any],
    steps: tuple[Step, ...],
) -> Result:
    a, t, b = actual.exact, target.exact, case.base
    is_reached = reached(actual, target, case.is_upward)
    is_unsettled = case.is_unsettled_at(moment)
    if fields["rule"] == Rule.KEEP:
        good = Status.ON_SCHEDULE if is_unsettled else Status.MET
        status = good if is_reached else Status.NOT_MET
        steps += (Step("与目标之差", f"{shown(a)} - {shown(t)} = {shown(a - t)}"),)
        return Result(moment.code, status, **fields, distance=a - t, steps=_with_status(steps, status))
    if case.is_upward and t:
        fields["completion"] = completion = Share(a / t, is_short=not is_reached)
        steps += (Step("完成率", f"{shown(a)} / {shown(t)} = {plain(completion.rounded)}"),)
    if b is None:
        status = Status.ACHIEVED if is_reached else Status.NO_BASELINE
        return Result(moment.code, status, **fields, steps=_with_status(steps, status))
    progress = Share((a - b) / (t - b), is_short=not is_reached and not case.has_ceiling)
    expected = expected_at(case, b, moment)
    fields["inputs"] = _inputs(case, actual, expected.year_targets)
    formula = f"({shown(a)} - {shown(b)}) / ({shown(t)} - {shown(b)}) = {plain(progress.rounded)}"
    steps += (Step("进度", formula), Step(expected.what, expected.formula))
    index, index_steps = _index(case, a, expected, t, b)
    status = Status.ACHIEVED
    if is_unsettled or not is_reached:
        status = _by_index(progress.value, index, case.thresholds)
    return Result(
        moment.code,
        status,
        **fields,
        progress=progress,
        expected=expected.value,
        index=index,
        steps=_with_status(steps + index_steps, status),
    )


def _index(
    case: Case, actual: Fraction, expected: "Expected", target: Fraction, base: Fraction
) -> tuple[Fraction | None, tuple[Step, ...]]:
    """序时指数: the way gone / the way expected, divided once; inverted for a total that must stay low."""
    gone, wanted = (actual, shown(actual)), (expected.value, expected.short_terms)
    names = "完成值", "序时应达"
    if case.has_ceiling:
        gone, wanted, names = wanted, gone, names[::-1]
    if (wanted[0] - base) / (target - base) <= 0 or (gone[0] - base) / (target - base) < 0:
        return None, ()
    index = (gone[0] - base) / (wanted[0] - base)
    above, below = (f"({terms} - {shown(base)})" for _, terms in (gone, wanted))
    what = f"序时指数（({names[0]} - 基期) / ({names[1]} - 基期)）"
    return index, (Step(what, f"{above} / {below} = {rounded(index)}"),)


def _with_status(steps: tuple[Step, ...], status: Status) -> tuple[Step, ...]:
    return (*steps, Step("判定", status.label))


def _by_index(progress: Fraction, index: Fraction | None, thresholds: Thresholds) -> Status:
    if progress < 0:
        return Status.WORSENING
    if index is None or thresholds.on_schedule <= index < thresholds.ahead:
        return Status.ON_SCHEDULE
    if index >= thresholds.ahead:
        return Status.AHEAD
    return Status.SLIGHTLY_BEHIND if index >= thresholds.slightly_behind else Status.BEHIND


def reached(actual: Figure, target: Figure, is_upward: bool) -> bool:
    """98 meets 98%以上; 近6 is below 6."""
    a, t = ((figure.exact, SIDES.get(figure.comparator, 0)) for figure in (actual, target))
    return a >= t if is_upward else a <= t


class Expected(NamedTuple):
    """`terms` is what gives the value: a number, or an expression."""

    value: Fraction
    terms: str
    year_targets: tuple[Figure, ...] = ()
    what: str = "序时应达"

    @property
    def short_terms(self) -> str:
        """The number, if four decimals hold it."""
        return shown(self.value) if half_up(self.value) == self.value else self.terms

    @property
    def formula(self) -> str:
        return self.terms if self.terms == shown(self.value) else f"{self.terms} = {rounded(self.value)}"


class Milestone(NamedTuple):
    """A known point of the expected line: months since the plan's start, and the value."""

    months: int
    value: Fraction
    target: Figure | None = None


def expected_at(case: Case, base: Fraction, moment: periods.Span) -> Expected:
    """序时应达: on the straight line between the two neighbouring points that are known.

    Known are the baseline at the plan's start and the targets of single years; the last one stays.
    """
    elapsed = max(periods.months_since(case.start_year, moment.end), 0)
    known = [
        Milestone(0, base),
        *(
            Milestone(12 * (year - case.start_year + 1), target.exact, target)
            for year, target in sorted(case.targets.items())
        ),
    ]
    before = max(point for point in known if point.months <= elapsed)
    after = min((point for point in known if point.months > elapsed), default=None)
    if after is None or before.months == elapsed:
        what = f"序时应达（{before.target.period}年目标）" if before.target else "序时应达（基期）"
        return Expected(before.value, shown(before.value), _targets_of(before), what)
    way, length = after.value - before.value, after.months - before.months
    value = before.value + way * (elapsed - before.months) / length
    share = f"{elapsed - before.months} / {length}"
    terms = f"{shown(before.value)} + ({shown(after.value)} - {shown(before.value)}) * {share}"
    return Expected(value, terms, _targets_of(before, after))


def _targets_of(*points: Milestone) -> tuple[Figure, ...]:
    return tuple(point.target for point in points if point.target)


def shown(value: Fraction) -> str:
    """A number of a formula; most of its digits where it has no end."""
    return plain(half_up(value, 12))


def status_counts(results: Iterable[Result]) -> list[tuple[Status, int]]:
    """The statuses that occur, in their order."""
    counts = Counter(result.status for result in results)
    return [(status, counts[status]) for status in Status if counts[status]]
