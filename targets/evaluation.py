"""What the standings of a period come to in plain sentences, and what became of them since.

Pure. Each sentence counts what is there; none weighs, averages or guesses.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

from targets.progress import Result

# From worst to best; a grey light is no judgement.
LIGHTS = ("red", "yellow", "green")
WORDS = {
    "green": "达到预期",
    "yellow": "略有滞后",
    "red": "滞后、逆向变化或未达标",
}


class Move(StrEnum):
    """What became of a light since an earlier time."""

    UP = "转好"
    DOWN = "转差"
    JUDGED = "新作判断"
    UNJUDGED = "不再判断"
    SAME = "不变"


def move(before: Result, now: Result) -> Move:
    earlier, later = before.status.light, now.status.light
    if earlier == later:
        return Move.SAME
    if earlier not in LIGHTS:
        return Move.JUDGED
    if later not in LIGHTS:
        return Move.UNJUDGED
    return Move.UP if LIGHTS.index(later) > LIGHTS.index(earlier) else Move.DOWN


def of_lights(when: str, results: Iterable[Result]) -> str:
    """How many of the city's indicators stand where, and why the others are not judged."""
    results = list(results)
    lights = Counter(result.status.light for result in results)
    judged = sum(lights[light] for light in LIGHTS)
    opening = f"截至{when}末，全市监测 {len(results)} 项指标"
    found = [f"{lights[light]} 项{WORDS[light]}" for light in reversed(LIGHTS) if lights[light]]
    reasons = Counter(result.label for result in results if result.status.light not in LIGHTS)
    why = "、".join(f"{label} {number} 项" for label, number in reasons.items())
    if not judged:
        return f"{opening}，都不能判断（{why}）。" if results else f"{opening}。"
    rest = f"；{len(results) - judged} 项不能判断（{why}）" if why else ""
    return f"{opening}，{judged} 项能够判断：{'，'.join(found)}{rest}。"


def of_change(since: str, moves: Mapping[Move, int]) -> str:
    found = [f"{moves[kind]} 项{kind}" for kind in Move if moves.get(kind)]
    return f"与{since}末相比，{'，'.join(found)}。"


def of_areas(red: Mapping[str, int], judged: int) -> str:
    """`red` is how many red lights each county has, `judged` how many of all theirs are judged."""
    if not judged:
        return "各县市区的指标都不能判断。"
    total, most = sum(red.values()), max(red.values(), default=0)
    if not total:
        return f"各县市区能够判断的 {judged} 项次中，没有{WORDS['red']}的。"
    worst = "、".join(name for name, number in red.items() if number == most)
    return f"各县市区能够判断的 {judged} 项次中，{total} 项次{WORDS['red']}，最多的是{worst}（{most} 项）。"


def of_reports(expected: int, missing: int) -> str:
    if not expected:
        return "本期没有规定填报任务。"
    done = "已全部发布" if not missing else f"已发布 {expected - missing} 项次，缺 {missing} 项次"
    return f"本期应报 {expected} 项次，{done}。"


def of_goals(goals: int, assessed: int) -> str:
    if not assessed:
        return f"规划的 {goals} 条目标没有数值，本期也没有发布评价。"
    return f"规划的 {goals} 条目标没有数值，{assessed} 条有本期已发布的评价。"
