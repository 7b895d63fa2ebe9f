"""Flat lists as JSON-stat 2.0 data sets, with Chinese labels and units.

Each list builds its own `Cube` out of facts with a `value`, most of them with an `indicator` and an `area`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.timezone import localtime

from targets.api.serializers import json_number
from targets.models import Area, Baseline, Indicator, Observation, Plan, Target


class Axis(NamedTuple):
    """A dimension. `code` returns the category of a fact; `role` is JSON-stat's."""

    name: str
    label: str
    role: str
    code: Callable[[Any], str]
    categories: dict[str, str]
    units: dict[str, dict] = {}
    note: str = ""

    def dimension(self) -> dict:
        category: dict = {"index": list(self.categories), "label": self.categories}
        if self.units:
            category["unit"] = self.units
        note = {"note": [self.note]} if self.note else {}
        return {"label": self.label, "category": category} | note


def figure_status(row: Baseline | Target | Observation) -> tuple[str, str]:
    """Code and label of where a figure comes from and, if it is not exact, how to read it (`text:ge`)."""
    if row.value is None:
        return "unavailable", "无法取得"
    if row.comparator == "eq":
        return row.grade, row.get_grade_display()
    return f"{row.grade}:{row.comparator}", f"{row.get_grade_display()}，{row.get_comparator_display()}"


class Cube(NamedTuple):
    """`note` says in words what a reader must know of a fact; "" for most."""

    axes: list[Axis]
    facts: Sequence
    status: Callable[[Any], tuple[str, str]] = figure_status
    note: Callable[[Any], str] = lambda fact: ""
    updated: datetime | None = None


def indicator_axis(indicators: Iterable[Indicator]) -> Axis:
    by_code = dict(sorted({row.code: row for row in indicators}.items()))
    return Axis(
        "indicator",
        "指标",
        "metric",
        lambda fact: fact.indicator.code,
        {code: row.name for code, row in by_code.items()},
        {code: {"decimals": row.decimals, "label": row.unit} for code, row in by_code.items()},
    )


def area_axis(areas: Iterable[Area]) -> Axis:
    names = sorted({row.code: row.name for row in areas}.items())
    return Axis("area", "县市区", "geo", lambda fact: fact.area.code, dict(names))


def series_axes(facts: Sequence) -> list[Axis]:
    return [indicator_axis(fact.indicator for fact in facts), area_axis(fact.area for fact in facts)]


def dataset(cube: Cube, label: str, plan: Plan) -> dict:
    """The cube as JSON-stat. Places without a fact are left out."""
    axes = cube.axes
    value, status, status_labels, notes = {}, {}, {}, {}
    places = [{code: place for place, code in enumerate(axis.categories)} for axis in axes]
    for fact in cube.facts:
        index = 0
        # The last dimension changes fastest.
        for axis, place in zip(axes, places, strict=True):
            index = index * len(place) + place[axis.code(fact)]
        status[index], status_label = cube.status(fact)
        status_labels[status[index]] = status_label
        if note := cube.note(fact):
            notes[index] = note
        if fact.value is not None:
            value[index] = json_number(fact.value)
    result: dict[str, Any] = {
        "version": "2.0",
        "class": "dataset",
        "label": f"{plan.code} {label}",
        "source": f"{plan.reference}，以及各数所注明的出处",
        "id": [axis.name for axis in axes],
        "size": [len(axis.categories) for axis in axes],
        "role": _roles(axes),
        "dimension": {axis.name: axis.dimension() for axis in axes},
        "value": _by_index(value),
        "status": _by_index(status),
        "extension": {"plan": plan.code, "status": {"label": status_labels}},
    }
    if notes:
        result["extension"]["note"] = _by_index(notes)
    if plan.is_demo:
        result["extension"]["demo"] = True
        result["note"] = ["演示数据：随机生成，不得引用。"]
    if cube.updated:
        result["updated"] = localtime(cube.updated).isoformat()
    return result


def _roles(axes: list[Axis]) -> dict[str, list[str]]:
    roles: dict[str, list[str]] = {}
    for axis in axes:
        if axis.role:
            roles.setdefault(axis.role, []).append(axis.name)
    return roles


def _by_index(cells: dict[int, Any]) -> dict[str, Any]:
    return {str(index): cells[index] for index in sorted(cells)}
