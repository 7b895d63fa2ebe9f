"""Sentences that count results, without weights."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from targets.engine.labelled import LabelledCode
from targets.engine.progress import Result, status_counts
from targets.engine.status import Light, labels_under


class Turn(LabelledCode):
    BETTER = "better", "好转"
    WORSE = "worse", "转差"


def turn(before: Result, after: Result) -> Turn | None:
    """By the lights; None unless both are judged, each by a value of its own period."""
    if before.judged_at == after.judged_at:
        return None
    lights = [before.status.light, after.status.light]
    if lights[0] == lights[1] or Light.GREY in lights:
        return None
    old, new = map(list(Light).index, lights)
    return Turn.BETTER if new < old else Turn.WORSE


def growth(before: Result, after: Result) -> Decimal | None:
    """The change between two whole, exact values of different periods; else None."""
    if not before.actual or not after.actual:
        return None
    if before.actual.period == after.actual.period:
        return None
    if {before.actual.comparator, after.actual.comparator} != {"eq"}:
        return None
    return after.actual.value - before.actual.value


def sentence(whose: str, when: str, results: Collection[Result]) -> str:
    """E.g. 截至2018年末，景县监测的 24 项指标中能判断的有 23 项：19 项……。"""
    if not results:
        return f"{whose}指标还没有列出。"
    start = f"截至{when}末，{whose} {len(results)} 项指标"
    green, yellow, red, grey = (
        [result for result in results if result.status.light == light] for light in Light
    )
    judged = len(results) - len(grey)
    if not judged:
        return f"{start}都还不能判断进展（{_counted(grey)}）。"
    parts = [f"{len(green)} 项不慢于预期或已达标"] if green else []
    parts += [_counted(behind) for behind in (yellow, red) if behind]
    if not grey:
        return f"{start}都能判断：{'，'.join(parts)}。"
    rest = f"其余 {len(grey)} 项不能判断（{_counted(grey)}）"
    return f"{start}中能判断的有 {judged} 项：{'，'.join(parts)}；{rest}。"


def sentence_of_turns(since: str, turns: Sequence[Turn | None]) -> str:
    """E.g. 与2017年末相比，3 项好转，1 项转差。"""
    counts = [(turn, turns.count(turn)) for turn in Turn]
    counted = "，".join(f"{number} 项{turn.label}" for turn, number in counts if number)
    return f"与{since}末相比，{counted or '没有指标的状态好转或转差'}。"


def sentence_of_parts(red: Mapping[str, int], judged: int) -> str:
    """`red` counts the red lights by part, `judged` all judged results."""
    if not judged:
        return "各地的指标都不能判断。"
    total, most = sum(red.values()), max(red.values(), default=0)
    any_red = labels_under(Light.RED, last="或")
    if not total:
        return f"各地能够判断的 {judged} 项次中，没有{any_red}的。"
    worst = "、".join(name for name, number in red.items() if number == most)
    return f"各地能够判断的 {judged} 项次中，{total} 项次{any_red}，最多的是{worst}（{most} 项）。"


def sentence_of_reports(expected: int, missing: int) -> str:
    if not expected:
        return "本期没有规定填报任务。"
    published = f"已发布 {expected - missing} 项次，缺 {missing} 项次" if missing else "已全部发布"
    return f"本期应报 {expected} 项次，{published}。"


def sentence_of_goals(goals: int, assessed: int) -> str:
    if not assessed:
        return f"规划的 {goals} 条目标没有数值，本期也没有发布评价。"
    return f"规划的 {goals} 条目标没有数值，{assessed} 条有本期已发布的评价。"


def _counted(results: Iterable[Result]) -> str:
    return "、".join(f"{number} 项{status.label}" for status, number in status_counts(results))
