"""How far an indicator has come, with an explanation. The rules stand in docs/progress.md.

Ratios are fractions (0.5 is half the way); None is unknown, never zero.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
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
from targets.engine.quantities import plain
from targets.engine.status import UNAVAILABLE, Rule, Status

# 近6 and 不足6 have not reached 6.
BELOW = frozenset({"near_below", "lt"})
ABOVE = frozenset({"near_above", "gt"})


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
    completion: Decimal | None = None
    progress: Decimal | None = None
    expected: Decimal | None = None
    index: Decimal | None = None
    distance: Decimal | None = None
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
    def shortfall(self) -> Decimal | None:
        """The absolute distance to the limit, else to the expected value."""
        if self.distance is not None:
            return abs(self.distance)
        if self.expected is None or self.actual is None:
            return None
        return abs(self.expected - self.actual.value)


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
        formula = f"{fraction} * {case.scale} = {_four_places(figure.value)}"
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
    least = min(counts, key=lambda count: Decimal(count[0]) / count[1], default=None)
    return KnownValue(summed, missing, least, steps=(*roll_up_steps, step))


def _compare(
    case: Case,
    moment: periods.Span,
    actual: Figure,
    target: Figure,
    fields: dict[str, Any],
    steps: tuple[Step, ...],
) -> Result:
    a, t, b = actual.value, target.value, case.base
    is_reached = reached(actual, target, case.is_upward)
    is_unsettled = case.is_unsettled_at(moment)
    if fields["rule"] == Rule.KEEP:
        good = Status.ON_SCHEDULE if is_unsettled else Status.MET
        status = good if is_reached else Status.NOT_MET
        steps += (Step("与目标之差", f"{plain(a)} - {plain(t)} = {plain(a - t)}"),)
        return Result(moment.code, status, **fields, distance=a - t, steps=_with_status(steps, status))
    if case.is_upward and t:
        fields["completion"] = a / t
        steps += (Step("完成率", f"{plain(a)} / {plain(t)} = {_four_places(a / t)}"),)
    if b is None:
        status = Status.ACHIEVED if is_reached else Status.NO_BASELINE
        return Result(moment.code, status, **fields, steps=_with_status(steps, status))
    progress = (a - b) / (t - b)
    expected = expected_at(case, b, moment)
    fields["inputs"] = _inputs(case, actual, expected.year_targets)
    way = f"({plain(t)} - {plain(b)})"
    steps += (
        Step("进度", f"({plain(a)} - {plain(b)}) / {way} = {_four_places(progress)}"),
        Step("序时应达", expected.formula),
    )
    index, index_steps = _index(case, a, expected.value, t, b)
    status = Status.ACHIEVED
    if is_unsettled or not is_reached:
        status = _by_index(progress, index, case.thresholds)
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
    case: Case, actual: Decimal, expected: Decimal, target: Decimal, base: Decimal
) -> tuple[Decimal | None, tuple[Step, ...]]:
    """序时指数: progress / expected progress; inverted for a total that must stay low."""
    above, below, names = actual, expected, ("进度", "序时进度")
    if case.has_ceiling:
        above, below, names = below, above, names[::-1]
    above_share, below_share = ((value - base) / (target - base) for value in (above, below))
    if below_share <= 0 or above_share < 0:
        return None, ()
    index = above_share / below_share
    way = f"({plain(target)} - {plain(base)})"
    fractions = (f"(({plain(value)} - {plain(base)}) / {way})" for value in (above, below))
    formula = f"{' / '.join(fractions)} = {_four_places(index)}"
    return index, (Step(f"序时指数（{' / '.join(names)}）", formula),)


def _with_status(steps: tuple[Step, ...], status: Status) -> tuple[Step, ...]:
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
    """98 meets 98%以上; 近6 is below 6."""
    short, strict = (BELOW, "gt") if is_upward else (ABOVE, "lt")
    surplus = actual.value - target.value if is_upward else target.value - actual.value
    if actual.comparator in short or target.comparator == strict:
        return surplus > 0
    return surplus >= 0


class Expected(NamedTuple):
    value: Decimal
    formula: str
    year_targets: tuple[Figure, ...] = ()


def expected_at(case: Case, base: Decimal, moment: periods.Span) -> Expected:
    """序时应达: the year's own target; within the year on the line from the end of the year before.

    Else on the line from the baseline at the plan's start to the last target, by months.
    """
    months = periods.months_since(moment.year, moment.end)
    own = case.targets.get(moment.year)
    if own is None:
        value, terms = _on_the_line(case, base, periods.months_since(case.start_year, moment.end))
        return Expected(value, f"{terms} = {_four_places(value)}")
    if months == 12:
        return Expected(own.value, f"{moment.year} 年目标 {plain(own.value)}", (own,))
    previous = None
    if moment.year == case.start_year:
        start, terms = base, plain(base)
    elif previous := case.targets.get(moment.year - 1):
        start, terms = previous.value, plain(previous.value)
    else:
        start, terms = _on_the_line(case, base, 12 * (moment.year - case.start_year))
        terms = f"({terms})"
    value, terms = _between(start, terms, own.value, months, 12)
    return Expected(value, f"{terms} = {_four_places(value)}", (previous, own) if previous else (own,))


def _on_the_line(case: Case, base: Decimal, elapsed: int) -> tuple[Decimal, str]:
    last = max(case.targets)
    months = 12 * (last - case.start_year + 1)
    return _between(base, plain(base), case.targets[last].value, min(max(elapsed, 0), months), months)


def _between(start: Decimal, shown: str, goal: Decimal, elapsed: int, months: int) -> tuple[Decimal, str]:
    value = start + (goal - start) * elapsed / months
    return value, f"{shown} + ({plain(goal)} - {shown}) * {elapsed} / {months}"


def _four_places(value: Decimal) -> str:
    return plain(value.quantize(Decimal("0.0001")))


def status_counts(results: Iterable[Result]) -> list[tuple[Status, int]]:
    """The statuses that occur, in their order."""
    counts = Counter(result.status for result in results)
    return [(status, counts[status]) for status in Status if counts[status]]
