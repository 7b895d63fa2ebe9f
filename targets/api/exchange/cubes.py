"""The flat lists as JSON-stat 2.0 data sets: a cube each, with Chinese labels and units.

* indicators and baselines: indicator × area × basis. The four times that the text knows are no dates.
* targets: indicator × area × year × decided_on. A file holds every row of its list, and so the decisions that
  were replaced; `in_force=true` leaves those that count today.
* observations: indicator × area × period.
* progress: indicator × area × as_of × measure.

`status` says of each number where it comes from and, where it is not exact, how it is to be read (`text:ge`);
of a progress cell how the indicator stands. What the codes mean is told under `extension`. A place without
a value is one of which nothing is known.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.utils.timezone import localtime

from targets.api.serializers import ProgressSerializer, json_number
from targets.engine import periods
from targets.models import Basis, Plan

FRACTIONS = ("completion", "progress", "index")
MEASURES = ("baseline", "target", "actual", "expected", *FRACTIONS)
FRACTION = {"decimals": 4, "label": "比例，1 即 100%"}
UNAVAILABLE = ("unavailable", "无法取得")


class Axis(NamedTuple):
    """A dimension: its categories in order, and the units of those that have one. `role` is JSON-stat's."""

    name: str
    label: str
    role: str
    categories: dict[str, str]
    units: dict[str, dict] = {}

    def described(self) -> dict:
        category = {"index": list(self.categories), "label": self.categories}
        if self.units:
            category["unit"] = self.units
        return {"label": self.label, "category": category}


class CubeCell(NamedTuple):
    """`at` are the codes of its categories; the status is a code and its label."""

    at: tuple[str, ...]
    value: Decimal | None
    status: tuple[str, str]


class About(NamedTuple):
    label: str
    plan: Plan | None


def indicators(records: Iterable, about: About) -> dict:
    """Each indicator with the city's baseline, be there one or not."""
    rows = list(records)
    known = [row.city_baseline for row in rows if row.city_baseline]
    return _of_baselines(rows, known, about)


def baselines(records: Iterable, about: About) -> dict:
    rows = list(records)
    return _of_baselines([row.indicator for row in rows], rows, about)


def targets(records: Iterable, about: About) -> dict:
    rows = list(records)
    years = sorted({row.year for row in rows})
    days = sorted({row.decided_on for row in rows})
    axes = [
        *_of_series([row.indicator for row in rows], [row.area for row in rows]),
        Axis("year", "年份", "time", {str(year): f"{year}年" for year in years}),
        Axis("decided_on", "决定日期", "", {str(day): str(day) for day in days}),
    ]
    cells = [_figure(row, str(row.year), str(row.decided_on)) for row in rows]
    return _dataset(axes, cells, about)


def observations(records: Iterable, about: About) -> dict:
    rows = list(records)
    spans = {row.period.code: row.period for row in rows}
    ordered = sorted(spans.values(), key=lambda period: (period.end, -period.start.toordinal()))
    axes = [
        *_of_series([row.indicator for row in rows], [row.area for row in rows]),
        Axis("period", "报告期", "time", {period.code: str(period) for period in ordered}),
    ]
    found = _dataset(axes, [_figure(row, row.period.code) for row in rows], about)
    if rows:
        found["updated"] = localtime(max(row.published_at for row in rows)).isoformat()
    return found


def progress(records: Iterable, about: About) -> dict:
    rows = list(records)
    labels = ProgressSerializer().fields
    moments = {row.result.as_of: periods.span(row.result.as_of).label for row in rows}
    axes = [
        *_of_series([row.indicator for row in rows], [row.area for row in rows]),
        Axis("as_of", "截至的报告期", "time", moments),
        Axis(
            "measure",
            "项目",
            "metric",
            {name: labels[name].label for name in MEASURES},
            dict.fromkeys(FRACTIONS, FRACTION),
        ),
    ]
    found = _dataset(axes, [cell for row in rows for cell in _standing(row)], about)
    found["dimension"]["measure"]["note"] = ["完成率、进度、序时指数为小数；其余各项的单位是指标的单位。"]
    return found


def _of_baselines(of: list, rows: list, about: About) -> dict:
    axes = [
        *_of_series(of, [row.area for row in rows]),
        Axis("basis", "时期", "time", dict(Basis.choices)),
    ]
    return _dataset(axes, [_figure(row, row.basis) for row in rows], about)


def _of_series(of: list, places: list) -> list[Axis]:
    """The two dimensions that all lists share."""
    kinds = dict(sorted((row.code, row) for row in set(of)))
    areas = dict(sorted((row.code, row) for row in set(places)))
    units = {code: {"decimals": row.decimals, "label": row.unit} for code, row in kinds.items()}
    return [
        Axis("indicator", "指标", "metric", {code: row.name for code, row in kinds.items()}, units),
        Axis("area", "县市区", "geo", {code: row.name for code, row in areas.items()}),
    ]


def _figure(row, *further: str) -> CubeCell:
    status = (row.grade, row.get_grade_display())
    if row.value is None:
        status = UNAVAILABLE
    elif row.comparator != "eq":
        status = (f"{row.grade}:{row.comparator}", f"{status[1]}，{row.get_comparator_display()}")
    return CubeCell((row.indicator.code, row.area.code, *further), row.value, status)


def _standing(row) -> Iterable[CubeCell]:
    result, status = row.result, (row.result.status.value, row.result.status.label)
    for name in MEASURES:
        found = getattr(result, name)
        value = getattr(found, "value", found)
        at = (row.indicator.code, row.area.code, result.as_of, name)
        yield CubeCell(at, None if value is None else round(value, 4), status)


def _dataset(axes: list[Axis], cells: list[CubeCell], about: About) -> dict:
    sizes = [len(axis.categories) for axis in axes]
    places = [{code: place for place, code in enumerate(axis.categories)} for axis in axes]
    value, status = {}, {}
    for cell in cells:
        index = 0
        # The last dimension changes fastest.
        for size, place, code in zip(sizes, places, cell.at, strict=True):
            index = index * size + place[code]
        status[index] = cell.status[0]
        if cell.value is not None:
            value[index] = json_number(cell.value)
    found = {
        "version": "2.0",
        "class": "dataset",
        "label": about.label,
        "id": [axis.name for axis in axes],
        "size": sizes,
        "role": _roles(axes),
        "dimension": {axis.name: axis.described() for axis in axes},
        # Most places of a cube are empty: only the others are listed.
        "value": _by_place(value),
        "status": _by_place(status),
        "extension": {"status": {"label": dict(cell.status for cell in cells)}},
    }
    if about.plan:
        found["source"] = f"{about.plan.reference}，以及各数所注明的出处"
        if about.plan.is_demo:
            found["extension"]["demo"] = True
            found["note"] = ["演示数据：随机生成，不得引用。"]
    return found


def _roles(axes: list[Axis]) -> dict[str, list[str]]:
    roles = {}
    for axis in axes:
        if axis.role:
            roles.setdefault(axis.role, []).append(axis.name)
    return roles


def _by_place(found: dict[int, object]) -> dict[str, object]:
    return {str(index): found[index] for index in sorted(found)}
