"""A value held against what was expected at the end of its period."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

from targets.engine import periods
from targets.engine.case import Case, Yardstick
from targets.engine.expected import Expected, expected_at, shown
from targets.engine.figures import Figure
from targets.engine.quantities import plain, rounded
from targets.engine.shares import Share
from targets.engine.status import Rule, Status
from targets.engine.thresholds import Thresholds


class Step(NamedTuple):
    what: str
    formula: str


@dataclass(frozen=True)
class Judgement:
    """`period`: at its end the value was held against the expected. None is unknown, never zero."""

    status: Status
    rule: Rule
    period: str
    value: Figure
    target: Figure
    target_year: int
    thresholds: Thresholds
    completion: Share | None = None
    progress: Share | None = None
    expected: Fraction | None = None
    index: Fraction | None = None
    distance: Fraction | None = None
    year_targets: tuple[Figure, ...] = ()
    steps: tuple[Step, ...] = ()


def judgement(case: Case, value: Figure, yardstick: Yardstick) -> Judgement:
    """By the yardstick of a day that has a target. A vague value on both sides is judged on each."""
    judge = _Judge(case, value, yardstick)
    sides = [judge.on(side) for side in value.sides]
    worst = max(sides, key=lambda judged: judged.status.order)
    if len({judged.status.light for judged in sides}) > 1:
        worst = replace(worst, status=Status.PARTIAL)
    return worst


@dataclass(frozen=True)
class _Judge:
    case: Case
    value: Figure
    yardstick: Yardstick

    def on(self, side: int) -> Judgement:
        """`side`: where the value lies beside exactly its own number."""
        rule = self.case.rule(self.yardstick)
        by_rule: dict[Rule, Callable[[Rule, int], Judgement]] = {
            Rule.KEEP: self._keep,
            Rule.CEILING: self._ceiling,
            Rule.NO_BASELINE: self._without_baseline,
        }
        return by_rule.get(rule, self._by_schedule)(rule, side)

    def _keep(self, rule: Rule, side: int) -> Judgement:
        year = self.yardstick.year_to_keep(periods.span(self.value.period).year)
        is_kept = self._reaches(self.yardstick.targets[year], side)
        return self._at_a_distance(rule, Status.MET if is_kept else Status.NOT_MET, year)

    def _ceiling(self, rule: Rule, side: int) -> Judgement:
        """A total only grows: it is met once the target's year is over."""
        year = self.yardstick.last_year
        if not self._reaches(self.yardstick.last_target, side):
            return self._at_a_distance(rule, Status.NOT_MET, year)
        is_over = periods.year_end(year) <= periods.span(self.value.period).end
        return self._at_a_distance(rule, Status.MET if is_over else Status.ON_SCHEDULE, year)

    def _at_a_distance(self, rule: Rule, status: Status, year: int) -> Judgement:
        target = self.yardstick.targets[year]
        a, t = self.value.exact, target.exact
        steps = (Step("与目标之差", f"{shown(a)} - {shown(t)} = {shown(a - t)}"),)
        return self._judgement(status, rule, target=target, target_year=year, distance=a - t, steps=steps)

    def _without_baseline(self, rule: Rule, side: int) -> Judgement:
        is_reached = self._reaches(self.yardstick.last_target, side)
        completion, steps = self._completion(is_reached)
        status = Status.ACHIEVED if is_reached else Status.NO_BASELINE
        return self._judgement(status, rule, completion=completion, steps=steps)

    def _by_schedule(self, rule: Rule, side: int) -> Judgement:
        case, target, base = self.case, self.yardstick.last_target, self.case.base
        a, t, b = self.value.exact, target.exact, base or Fraction(0)
        is_reached = self._reaches(target, side)
        completion, steps = self._completion(is_reached)
        progress = Share((a - b) / (t - b), is_short=not is_reached)
        moment = periods.span(self.value.period)
        expected = expected_at(case.start_year, b, self.yardstick.targets, moment)
        steps += _steps_of("进度", f"({shown(a)} - {shown(b)}) / ({shown(t)} - {shown(b)})", progress)
        steps += (Step(expected.what, expected.formula),)
        index = None
        if (expected.value - b) / (t - b) > 0 and self._is_at(b, side):
            index = (a - b) / (expected.value - b)
            terms = f"({shown(a)} - {shown(b)}) / ({expected.short_terms} - {shown(b)}) = {rounded(index)}"
            steps += (Step("序时指数（(完成值 - 基期) / (序时应达 - 基期)）", terms),)
        return self._judgement(
            Status.ACHIEVED if is_reached else self._status_by(expected, b, side),
            rule,
            completion=completion,
            progress=progress,
            expected=expected.value,
            index=index,
            year_targets=expected.year_targets,
            steps=steps,
        )

    def _completion(self, is_reached: bool) -> tuple[Share | None, tuple[Step, ...]]:
        a, t = self.value.exact, self.yardstick.last_target.exact
        if not self.case.is_upward or not t:
            return None, ()
        completion = Share(a / t, is_short=not is_reached)
        return completion, _steps_of("完成率", f"{shown(a)} / {shown(t)}", completion)

    def _status_by(self, expected: Expected, base: Fraction, side: int) -> Status:
        """Compared crosswise: an index of exactly 0.9 is reached."""
        way = expected.value - base
        if way * (self.yardstick.last_target.exact - base) <= 0:
            return Status.ON_SCHEDULE if self._is_at(expected.value, side) else Status.WORSENING
        if not self._is_at(base, side):
            return Status.WORSENING
        thresholds = self.yardstick.thresholds
        reached = {
            Status.AHEAD: thresholds.ahead,
            Status.ON_SCHEDULE: thresholds.on_schedule,
            Status.SLIGHTLY_BEHIND: thresholds.slightly_behind,
        }
        at = (status for status, edge in reached.items() if self._is_at(base + Fraction(edge) * way, side))
        return next(at, Status.BEHIND)

    def _reaches(self, target: Figure, side: int) -> bool:
        """98 meets 98%以上; 近6 is below 6."""
        [of_target] = target.sides if len(target.sides) == 1 else (0,)
        return self._is_at(target.exact, side, of_target)

    def _is_at(self, limit: Fraction, side: int, side_of_limit: int = 0) -> bool:
        """At or beyond a limit, in the direction of the indicator."""
        a, wanted = (self.value.exact, side), (limit, side_of_limit)
        return a >= wanted if self.case.is_upward else a <= wanted

    def _judgement(
        self,
        status: Status,
        rule: Rule,
        target: Figure | None = None,
        target_year: int | None = None,
        **numbers: Any,
    ) -> Judgement:
        return Judgement(
            status,
            rule,
            self.value.period,
            self.value,
            target or self.yardstick.last_target,
            target_year or self.yardstick.last_year,
            self.yardstick.thresholds,
            **numbers,
        )


def _steps_of(what: str, terms: str, share: Share) -> tuple[Step, ...]:
    """What is short of the target is shown as less than it, in a step of its own."""
    calculated, told = rounded(share.value), plain(share.rounded)
    steps = (Step(what, f"{terms} = {calculated}"),)
    return steps if calculated == told else (*steps, Step(f"{what}（没有达到目标，不显示为满）", told))
