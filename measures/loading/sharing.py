"""Areas, units and documents, which all plans share: how a line finds its row, and who else uses it.

An area joins by its code, a document by its number (without one by its title), a unit by its name under one
top area. The codes of units and documents in a folder are names of that folder only: a row keeps the code
that it was given first.
"""

import re
from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import Q

from targets.models import Area, Organization, OrganizationKind, Plan, Policy
from targets.records.history import HistoryKind

# Known by one name in the whole country; other units belong to the place of the plan that names them.
NATIONWIDE = {
    OrganizationKind.CENTRAL,
    OrganizationKind.PROVINCIAL,
    OrganizationKind.UNIVERSITY,
    OrganizationKind.INSTITUTE,
    OrganizationKind.AGENCY,
}
# Words about a row that may differ from plan to plan; the first plan's are kept.
REMARKS = {"code", "note", "source", "printed_name"}
MEMBERS: dict[type[models.Model], str] = {
    Area: "areas",
    Organization: "organizations",
    Policy: "policies",
}
# In the history of every row that a loading writes.
REASON = "载入规划文件"
EMPTY = {None, ""}
NUMBERED = re.compile(r"(.*?)(\d+)")


def top_area_of(plan: Plan, values: dict) -> Area | None:
    """各县区 of two cities are not the same units."""
    is_one_body = not values.get("is_collective")
    return None if values.get("kind") in NATIONWIDE and is_one_body else plan.top_area


def identity(model: type[models.Model], values: dict, plan: Plan | None) -> dict:
    """The columns by which a line finds its row; areas are read before their plan."""
    if model is Organization and plan:
        return {"name": values.get("name"), "top_area": top_area_of(plan, values)}
    if model is Policy:
        number = values.get("number", "")
        return {"number": number} if number else {"number": "", "title": values.get("title")}
    return {"code": values["code"]}


def identity_of(row: Any) -> tuple:
    """The values of `identity` for a stored row."""
    if isinstance(row, Organization):
        return row.name, row.top_area_id
    if isinstance(row, Policy):
        return (row.number,) if row.number else ("", row.title)
    return (row.code,)


def was_loaded(row: Any) -> bool:
    """Whether the row came from a folder; staff may enter such rows too."""
    return row.history.earliest().history_change_reason == REASON


def used_elsewhere(model: type[models.Model], code: str) -> set[int]:
    """The rows that other plans than this one use, and the units that staff entered."""
    others = Plan.objects.exclude(code=code)
    uses = Q(plans__in=others)
    if model is Area:
        uses |= Q(successor__plans__in=others)
    if model is Organization:
        entered = model.history.filter(history_type=HistoryKind.CREATED).exclude(history_change_reason=REASON)
        uses |= Q(is_in_text=False, pk__in=entered.values("id"))
    return set(model._default_manager.filter(uses).values_list("pk", flat=True))


def users_of(row: models.Model, code: str) -> str:
    """The other plans that use a row, for a sentence."""
    rows = Plan.objects.filter(**{MEMBERS[type(row)]: row})
    if isinstance(row, Area):
        rows |= Plan.objects.filter(areas__predecessor=row)
    return "、".join(rows.exclude(code=code).distinct().values_list("code", flat=True))


def free_code(model: type[models.Model], code: str, taken: Collection[str]) -> str:
    """The code itself, else the next one that no row has: O01 → O17."""
    match = NUMBERED.fullmatch(code)
    stem, digits = match.groups() if match else (f"{code}-", "1")
    number = int(digits)
    while code in taken:
        number += 1
        code = f"{stem}{number:0{len(digits)}}"
    return code


def contradictions(row: models.Model, wanted: models.Model, given: Collection[str]) -> list[models.Field]:
    """The columns for which a line gives another value than a row that others use; nothing is no value."""
    return [
        column
        for column in row._meta.concrete_fields
        if column.name in given
        and column.name not in REMARKS
        and getattr(row, column.attname) != getattr(wanted, column.attname)
        and EMPTY.isdisjoint({getattr(row, column.attname), getattr(wanted, column.attname)})
    ]


def is_used(row: models.Model) -> bool:
    """Whether any row of the database points at this one."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: row}).exists()
        for relation in row._meta.related_objects
    )


def is_used_in(plan: Plan, row: models.Model) -> bool:
    """Whether a row of the plan points at this one, beside the plan's own list."""
    relations: list[Any] = [
        relation
        for relation in row._meta.related_objects
        if hasattr(relation.related_model, "plan_paths") and relation.field.name != MEMBERS[type(row)]
    ]
    return any(
        relation.related_model._default_manager.of_plan(plan.code)
        .filter(**{relation.field.name: row})
        .exists()
        for relation in relations
    )
