"""What many results say together, in sentences, and what has changed since the period before.

Pure. Nothing is weighed: a sentence counts what the engine found, and names what cannot be judged.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from targets.engine.progress import Result, status_counts
from targets.engine.status import SHAPES, labels_under

LIGHTS = tuple(SHAPES)
RED = labels_under("red", last="或")


class Turn(StrEnum):
    """Whether an indicator stands better or worse than before; what could not be judged is neither."""

    BETTER = "better"
    WORSE = "worse"

    @property
    def label(self) -> str:
        return {"better": "好转", "worse": "转差"}[self]


def turn(before: Result, after: Result) -> Turn | None:
    """By the lights: green is better than yellow, yellow than red."""
    old, new = (LIGHTS.index(result.status.light) for result in (before, after))
    if old == new or "grey" in {before.status.light, after.status.light}:
        return None
    return Turn.BETTER if new < old else Turn.WORSE


def growth(before: Result, after: Result) -> Decimal | None:
    """By how much the value has changed; None where one is missing, partial or inexact, or both are one."""
    if not before.actual or not after.actual or before.missing or after.missing:
        return None
    if before.actual.period == after.actual.period:
        return None
    if {before.actual.comparator, after.actual.comparator} != {"eq"}:
        return None
    return after.actual.value - before.actual.value


def is_behind(result: Result) -> bool:
    return result.status.light in {"yellow", "red"}


def sentence(whose: str, when: str, results: Collection[Result]) -> str:
    """How indicators stand, e.g. 截至2018年末，景县监测的 24 项指标中能判断的有 23 项：19 项……。"""
    begin = f"截至{when}末，{whose} {len(results)} 项指标"
    good, slow, bad, unknown = (
        [result for result in results if result.status.light == light] for light in LIGHTS
    )
    judged = len(results) - len(unknown)
    if not judged:
        return f"{begin}都还不能判断进展（{_counted(unknown)}）。"
    parts = [f"{len(good)} 项不慢于预期或已达标"] if good else []
    parts += [_counted(found) for found in (slow, bad) if found]
    if not unknown:
        return f"{begin}都能判断：{'，'.join(parts)}。"
    rest = f"其余 {len(unknown)} 项不能判断（{_counted(unknown)}）"
    return f"{begin}中能判断的有 {judged} 项：{'，'.join(parts)}；{rest}。"


def sentence_of_turns(since: str, turns: Sequence[Turn | None]) -> str:
    """How many have turned since a period, e.g. 与2017年末相比，3 项好转，1 项转差。"""
    found = [(turn, turns.count(turn)) for turn in Turn]
    said = "，".join(f"{number} 项{turn.label}" for turn, number in found if number)
    return f"与{since}末相比，{said or '没有指标的状态好转或转差'}。"


def sentence_of_parts(red: Mapping[str, int], judged: int) -> str:
    """`red` is how many red lights each part of the city has, `judged` how many of all theirs are judged."""
    if not judged:
        return "各县市区的指标都不能判断。"
    total, most = sum(red.values()), max(red.values(), default=0)
    if not total:
        return f"各县市区能够判断的 {judged} 项次中，没有{RED}的。"
    worst = "、".join(name for name, number in red.items() if number == most)
    return f"各县市区能够判断的 {judged} 项次中，{total} 项次{RED}，最多的是{worst}（{most} 项）。"


def sentence_of_reports(expected: int, missing: int) -> str:
    if not expected:
        return "本期没有规定填报任务。"
    done = f"已发布 {expected - missing} 项次，缺 {missing} 项次" if missing else "已全部发布"
    return f"本期应报 {expected} 项次，{done}。"


def sentence_of_goals(goals: int, assessed: int) -> str:
    if not assessed:
        return f"规划的 {goals} 条目标没有数值，本期也没有发布评价。"
    return f"规划的 {goals} 条目标没有数值，{assessed} 条有本期已发布的评价。"


def _counted(results: Iterable[Result]) -> str:
    return "、".join(f"{number} 项{status.label}" for status, number in status_counts(results))
