"""How far an indicator has come, with an explanation. The rules stand in docs/progress.md.

All numbers are exact; None is unknown, never zero. Shares are of the way to the target: 0.5 is half of it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from targets.engine import periods
from targets.engine.case import KEEP, RATIO, Case, Yardstick
from targets.engine.figures import ROLLED_UP, Figure, Input, InputRole, entered_inputs, used_as
from targets.engine.judgement import Judgement, Step, judgement
from targets.engine.known import Known, Partial, known_at
from targets.engine.quantities import plain, rounded
from targets.engine.shares import Share
from targets.engine.status import Light, Rule, Status
from targets.engine.thresholds import Thresholds

ZERO = "目标为0，不评"
VAGUE = "约数，不判断"


@dataclass(frozen=True)
class Result:
    """`actual` is whole, `partial` the sum of what is known beside it.

    `judged` is how a value was held against what was expected: the one that was due (`is_current`) or, in
    a grey row that lacks it, the last whole one. `is_at_least`: it is the partial sum, and more can only
    confirm it. `unavailable_reason`: what the due report says in place of a value. `inputs`: every record
    used. `steps`: each formula with its numbers.
    """

    as_of: str
    status: Status
    rule: Rule
    baseline: Figure | None = None
    target: Figure | None = None
    target_year: int | None = None
    due: str | None = None
    actual: Figure | None = None
    partial: Partial | None = None
    judged: Judgement | None = None
    is_current: bool = False
    is_at_least: bool = False
    unavailable_reason: str | None = None
    # In place of the status's own word.
    words: str = ""
    inputs: tuple[Input, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def label(self) -> str:
        return self.words or self.status.label

    @property
    def completion(self) -> Share | None:
        return self.judged.completion if self.judged else None

    @property
    def progress(self) -> Share | None:
        return self.judged.progress if self.judged else None

    @property
    def expected(self) -> Fraction | None:
        return self.judged.expected if self.judged else None

    @property
    def index(self) -> Fraction | None:
        return self.judged.index if self.judged else None

    @property
    def judged_at(self) -> str | None:
        """The period at whose end the value was held against the expected."""
        return self.judged.period if self.judged else None

    @property
    def thresholds(self) -> Thresholds | None:
        return self.judged.thresholds if self.judged else None

    @property
    def last(self) -> Status | None:
        """The last judgement, where the value that was due is missing."""
        if not self.judged or self.is_current or not self.judged.status.is_judged:
            return None
        return self.judged.status

    @property
    def last_in_words(self) -> str:
        """E.g. 按2018年：快于预期."""
        return (
            f"按{periods.span(self.judged.period).label}：{self.last.label}"
            if self.judged and self.last
            else ""
        )

    @property
    def is_old(self) -> bool:
        if self.actual is None:
            return False
        return periods.span(self.actual.period).end < periods.span(self.as_of).end

    @property
    def note_on_actual(self) -> str:
        """Its period where that is not the one looked at, grade and day: 2018 · 媒体 2018-05-04."""
        if self.actual is None:
            return ""
        return " · ".join(filter(None, [self.actual.period if self.is_old else "", self.actual.caveat]))

    @property
    def note_on_progress(self) -> str:
        """What of completion and progress is not of the value that was due."""
        if self.is_at_least:
            return "至少"
        return "" if self.is_current else self.judged_at or ""

    @property
    def is_vague(self) -> bool:
        """A value exactly on an edge that nobody knows the side of."""
        return self.is_current and self.status == Status.PARTIAL

    @property
    def has_unused_target(self) -> bool:
        return self.status == Status.NO_TARGET and self.target is not None

    @property
    def lacks_value_too(self) -> bool:
        """Without a target, and without a value that was due."""
        has_value = self.actual or self.partial or self.unavailable_reason
        return self.status == Status.NO_TARGET and self.due is not None and not has_value

    @property
    def shortfall(self) -> Fraction | None:
        """How far the value is from its limit, else from the expected value; None where it is not short."""
        if self.judged is None:
            return None
        if self.judged.distance is not None:
            return abs(self.judged.distance)
        if self.expected is None:
            return None
        missing = self.expected - self.judged.value.exact
        short = -missing if self.rule == Rule.FALL else missing
        return short if short > 0 else None


def judge(case: Case, as_of: str) -> Result:
    """Raises ValueError for an unreadable period."""
    moment = periods.span(as_of)
    if not case.can_be_judged:
        return Result(
            as_of,
            Status.NOT_TRACKED,
            Rule.NOT_TRACKED,
            baseline=case.baseline,
            inputs=used_as(InputRole.BASELINE, case.baseline),
            steps=(Step("判定", case.retirement),) if case.retirement else (),
        )
    return _Place(case, moment, known_at(case, moment), case.yardstick(moment.end)).result()


@dataclass(frozen=True)
class _Place:
    """A case looked at on a day, with what is known and what counts then."""

    case: Case
    moment: periods.Span
    known: Known
    now: Yardstick

    def result(self) -> Result:
        if not self.now.targets:
            return self._unjudged(Status.NO_TARGET, f"未设目标，{self._what_is_there}，不作判断")
        if self.case.rises_from_zero_to_zero(self.now):
            return replace(self._unjudged(Status.NO_TARGET, ZERO), words=ZERO)
        if final := self._final():
            return self._judged(final)
        if self.known.whole and self.known.is_whole_at(self.due):
            return self._by_own_day(self.known.whole)
        if decided := self._decided_by_part():
            return self._judged(decided)
        return self._without_current_value()

    @property
    def due(self) -> str | None:
        """The newest period for which a report is due."""
        ended = [code for code in self.case.due if periods.span(code).end <= self.moment.end]
        return ended[-1] if ended else None

    def _final(self) -> Judgement | None:
        """What cannot be undone: a total that has reached its target, or passed its ceiling."""
        if not self.case.is_flow:
            return None
        wanted = Status.ACHIEVED if self.case.is_upward else Status.NOT_MET
        part = self.known.partial
        for value in (self.known.whole, part.figure if part else None):
            if value and (judged := judgement(self.case, value, self.now)).status == wanted:
                return judged
        return None

    def _decided_by_part(self) -> Judgement | None:
        """The partial sum that was due, or a newer one, where the missing parts cannot change its light."""
        part, due = self.known.partial, self.due
        if part is None or due is None or self.case.kind == RATIO:
            return None
        if periods.span(part.figure.period).end < periods.span(due).end:
            return None
        if self.case.is_flow and not self.known.is_in_part_at(due):
            return None
        yardstick = self.case.yardstick(periods.span(part.figure.period).end)
        if not self._has_target(yardstick):
            return None
        judged = judgement(self.case, part.figure, yardstick)
        stays = Light.GREEN if self.case.is_upward else Light.RED
        return judged if judged.status.light == stays else None

    def _by_own_day(self, value: Figure) -> Result:
        judged = self._on_own_day(value)
        if judged is None:
            why = f"{periods.span(value.period).label}末还没有目标，不作判断"
            return replace(self._unjudged(Status.NO_TARGET, why), words="当时未设目标")
        return self._judged(judged)

    def _on_own_day(self, value: Figure) -> Judgement | None:
        yardstick = self.case.yardstick(periods.span(value.period).end)
        return judgement(self.case, value, yardstick) if self._has_target(yardstick) else None

    def _has_target(self, yardstick: Yardstick) -> bool:
        return bool(yardstick.targets) and not self.case.rises_from_zero_to_zero(yardstick)

    def _without_current_value(self) -> Result:
        """Grey, with the last judgement."""
        last = self._on_own_day(self.known.whole) if self.known.whole else None
        status = self._status_without_value()
        due = periods.span(self.due).label if self.due else ""
        words = {
            Status.NOT_DUE: "没有数，也还没有到应报的时候",
            Status.UNAVAILABLE: f"{due}无法取得（{self._reason}）",
            Status.NO_DATA: "没有已发布的数",
            Status.OUTDATED: f"没有{due}的数，只有更早的",
            Status.PARTIAL: f"到{due}的数不全，还不能判断" if due else "数不全，还不能判断",
        }
        steps: tuple[Step, ...] = (Step("判定", words[status]),)
        if last:
            then = Step(f"按{periods.span(last.period).label}判定", last.status.label)
            steps = (*last.steps, then, *steps)
        return self._result(status, last, steps)

    def _status_without_value(self) -> Status:
        whole, part = self.known.whole, self.known.partial
        if self.due is None:
            return Status.PARTIAL if part else Status.NOT_DUE
        if self._reason:
            return Status.UNAVAILABLE
        if part:
            return Status.PARTIAL
        return Status.OUTDATED if whole else Status.NO_DATA

    @property
    def _reason(self) -> str | None:
        """What the due report says in place of a value."""
        if self.due is None or self.known.is_whole_at(self.due):
            return None
        return self.case.unavailable.get(self.due)

    @property
    def _what_is_there(self) -> str:
        if self.known.whole or self.known.partial:
            return "只列出完成值"
        return f"无法取得（{self._reason}）" if self._reason else "没有已发布的数"

    def _unjudged(self, status: Status, why: str) -> Result:
        return self._result(status, None, (Step("判定", why),))

    def _judged(self, judged: Judgement) -> Result:
        is_at_least = judged.value is not self.known.whole
        words = f"{judged.status.label}（按已报的合计，至少如此）" if is_at_least else judged.status.label
        if judged.status == Status.PARTIAL:
            words = f"{VAGUE}：它恰好在分界上，可能在这一边，也可能在那一边"
        result = self._result(judged.status, judged, (*judged.steps, Step("判定", words)))
        label = VAGUE if judged.status == Status.PARTIAL else ""
        return replace(result, is_current=True, is_at_least=is_at_least, words=label)

    def _result(self, status: Status, judged: Judgement | None, steps: tuple[Step, ...]) -> Result:
        case, known = self.case, self.known
        value = judged.value if judged else known.whole or (known.partial.figure if known.partial else None)
        year = judged.target_year if judged else self._target_year
        target = judged.target if judged else self.now.targets.get(year or 0)
        if target and target.derivation:
            steps = (Step(f"目标值（{year}年）", target.derivation), *steps)
        return Result(
            self.moment.code,
            status,
            judged.rule if judged else case.rule(self.now),
            baseline=case.baseline,
            target=target,
            target_year=year,
            due=self.due,
            actual=known.whole,
            partial=known.partial,
            judged=judged,
            unavailable_reason=self._reason,
            inputs=self._inputs(judged, value, target),
            steps=(*(_steps_to(case, value) if value else ()), *steps),
        )

    @property
    def _target_year(self) -> int | None:
        """That of the target in force now."""
        if not self.now.targets:
            return None
        if self.case.rule(self.now) == Rule.KEEP:
            return self.now.year_to_keep(self.moment.year)
        return self.now.last_year

    def _inputs(
        self, judged: Judgement | None, value: Figure | None, target: Figure | None
    ) -> tuple[Input, ...]:
        case = self.case
        baseline = None if case.is_flow or case.direction in KEEP else case.baseline
        years = judged.year_targets if judged else ()
        return (
            *used_as(InputRole.BASELINE, baseline),
            *used_as(InputRole.TARGET, target),
            *used_as(InputRole.YEAR_TARGET, *(figure for figure in years if figure is not target)),
            *(entered_inputs(InputRole.ACTUAL, value) if value else ()),
        )


def _steps_to(case: Case, value: Figure) -> tuple[Step, ...]:
    """How the value is made of what was entered."""
    if not case.is_flow:
        own = Step("完成值", f"{value.period} 的数 {value.shown}")
        return (*_roll_up_steps(case, value), own)
    by_period: dict[str, list[Figure]] = defaultdict(list)
    for _, part in value.made_of:
        by_period[part.period].append(part)
    sums = {period: sum((part.value for part in parts), Decimal(0)) for period, parts in by_period.items()}
    rolled = (
        Step(f"{ROLLED_UP}（{period}）", f"{_terms(part.value for part in parts)} = {plain(sums[period])}")
        for period, parts in by_period.items()
        if len(parts) > 1
    )
    total = f"{_terms(sums.values())} = {plain(value.value)}"
    return (*rolled, Step(f"完成值（{'、'.join(sums)} 累计）", total))


def _roll_up_steps(case: Case, value: Figure) -> tuple[Step, ...]:
    by_role: dict[InputRole, list[Decimal]] = defaultdict(list)
    for role, part in value.made_of:
        by_role[role].append(part.value)
    if not by_role:
        return ()
    sums = {role: _terms(values) for role, values in by_role.items()}
    if InputRole.NUMERATOR in sums:
        fraction = f"({sums[InputRole.NUMERATOR]}) / ({sums[InputRole.DENOMINATOR]})"
        formula = f"{fraction} * {case.scale} = {rounded(value.exact)}"
    else:
        formula = f"{sums[InputRole.PART]} = {plain(value.value)}"
    return (Step(f"{ROLLED_UP}（{value.period}）", formula),)


def _terms(values: Iterable[Decimal]) -> str:
    return " + ".join(map(plain, values))


def status_counts(results: Iterable[Result]) -> list[tuple[Status, int]]:
    """The statuses that occur, in their order."""
    counts = Counter(result.status for result in results)
    return [(status, counts[status]) for status in Status if counts[status]]
