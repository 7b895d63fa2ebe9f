"""What a published period report would say differently today."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from targets.engine.quantities import rounded
from targets.models import Area, Assessment, Period
from targets.standing.period_report_content import standing_content
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
    """An indicator in an area with other figures today; `changes` are label, before and now."""

    code: str
    name: str
    area: str
    area_name: str
    changes: list[tuple[str, str, str]]


def differences(content: dict, standings: Standings, areas: Iterable[Area]) -> list[Difference]:
    before, now = _published_rows(content), _rows_now(standings, areas)
    rows = []
    for key in sorted(before.keys() | now.keys()):
        names, old = before.get(key, (None, None))
        names_now, new = now.get(key, (None, None))
        if changes := _changes_between(old, new):
            name, area_name = names or names_now
            rows.append(Difference(key[0], name, key[1], area_name, changes))
    return rows


def reassessed(content: dict, period: Period) -> list[tuple[str, str]]:
    """Code and statement of each goal whose judgement of the period was changed."""
    rows = Assessment.objects.published().filter(period=period).select_related("goal")
    now = {row.goal.code: row.text for row in rows}
    return [
        (goal["code"], goal["statement"])
        for goal in content["goals"]
        if now.get(goal["code"]) != (goal["assessment"] and goal["assessment"]["text"])
    ]


def _published_rows(content: dict) -> dict:
    return {
        (indicator["code"], area["code"]): ((indicator["name"], area["name"]), standing)
        for indicator in content["indicators"]
        for area, standing in zip(content["areas"], indicator["standings"], strict=True)
    }


def _rows_now(standings: Standings, areas: Iterable[Area]) -> dict:
    return {
        (indicator.code, area.code): ((indicator.name, area.short_name), standing_content(result))
        for area in areas
        for indicator, result in standings.results(area).items()
    }


def _changes_between(old: dict | None, new: dict | None) -> list[tuple[str, str, str]]:
    if old is None or new is None:
        before, after = (row["label"] if row else NOT_LISTED for row in (old, new))
        return [("状态", before, after)]
    return [
        (label, _shown(name, old[name]), _shown(name, new[name]))
        for name, label in COMPARED.items()
        if _shown(name, old[name]) != _shown(name, new[name])
    ]


def _shown(name: str, value: dict | str | int | None) -> str:
    if value is None:
        return "—"
    if name == "expected":
        return rounded(Decimal(str(value)))
    if isinstance(value, dict):
        return f"{value['sign']}{rounded(Decimal(value['value']))}"
    return str(value)
