"""What a report that was published would say otherwise now: its figures and its judgements."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from targets.engine.quantities import rounded
from targets.models import Area, Assessment, Period
from targets.standing.report_content import standing_told
from targets.standing.standings import Standings

COMPARED = {
    "baseline": "基期",
    "target": "目标",
    "target_year": "目标年",
    "actual": "完成",
    "actual_period": "数据时期",
    "expected": "序时应达",
    "label": "状态",
}
NOT_LISTED = "未列入监测"


class Difference(NamedTuple):
    """An indicator in an area whose figures are others now; `changes` are what, before and now."""

    code: str
    name: str
    area: str
    area_name: str
    changes: list[tuple[str, str, str]]


def differences(told: dict, standings: Standings, areas: Iterable[Area]) -> list[Difference]:
    """What the figures of a report would be now, where they are not those that it shows."""
    before, now = _rows_told(told), _rows_now(standings, areas)
    found = []
    for key in sorted(before.keys() | now.keys()):
        names, old = before.get(key, (None, None))
        names_now, new = now.get(key, (None, None))
        if changes := _changes_between(old, new):
            found.append(
                Difference(key[0], (names or names_now)[0], key[1], (names or names_now)[1], changes)
            )
    return found


def reassessed(told: dict, period: Period) -> list[tuple[str, str]]:
    """Code and statement of each goal whose judgement of the period reads otherwise now."""
    rows = Assessment.objects.published().filter(period=period).select_related("goal")
    now = {row.goal.code: row.text for row in rows}
    return [
        (goal["code"], goal["statement"])
        for goal in told["goals"]
        if now.get(goal["code"]) != (goal["assessment"] and goal["assessment"]["text"])
    ]


def _rows_told(told: dict) -> dict:
    return {
        (indicator["code"], area["code"]): ((indicator["name"], area["name"]), standing)
        for indicator in told["indicators"]
        for area, standing in zip(told["areas"], indicator["standings"], strict=True)
    }


def _rows_now(standings: Standings, areas: Iterable[Area]) -> dict:
    return {
        (indicator.code, area.code): ((indicator.name, area.short_name), standing_told(result))
        for area in areas
        for indicator, result in standings.results(area).items()
    }


def _changes_between(old: dict | None, new: dict | None) -> list[tuple[str, str, str]]:
    if old is None or new is None:
        return [("状态", *(row["label"] if row else NOT_LISTED for row in (old, new)))]
    return [
        (label, _told_of(old[name]), _told_of(new[name]))
        for name, label in COMPARED.items()
        if old[name] != new[name]
    ]


def _told_of(value: dict | str | int | None) -> str:
    if value is None:
        return "—"
    if isinstance(value, dict):
        return f"{value['sign']}{rounded(Decimal(value['value']))}"
    return str(value)
