"""Which plan a row belongs to, and which rows are the bureau's alone."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet


class OfPlan(QuerySet):
    """For QuerySets of models whose `plan_paths` lead to the plan that owns a row.

    `internal_paths` lead to the column that marks an indicator as internal. Foreign keys to a plan hold its
    code: a row knows the code without a query.
    """

    def of_plan(self, plan):
        """Narrow to the rows of a plan, given as its code or as the Plan that the asker sees."""
        rows = self.filter(leads_to(plan, self._paths))
        return rows.without_internal() if getattr(plan, "hides_internal", False) else rows

    def of_plans(self, plans: Collection[Any]):
        """Narrow to the rows of several plans that one asker sees."""
        rows = self.filter(leads_to(plans, [f"{path}__in" for path in self._paths]))
        return rows.without_internal() if any(plan.hides_internal for plan in plans) else rows

    @property
    def _paths(self) -> Sequence[str]:
        return self.model.plan_paths  # type: ignore[attr-defined]  # every model of a plan has it

    def of_all_plans(self):
        """Say that a query across plans is meant."""
        return self.all()

    def without_internal(self):
        rows = self
        for path in getattr(self.model, "internal_paths", ()):
            rows = rows.exclude(**{path: True})
        return rows


def code_of(plan) -> str:
    """The code of a plan that is given as its code or as a Plan."""
    return getattr(plan, "code", plan)


def leads_to(plan, paths: Iterable[str]) -> Q:
    return reduce(or_, (Q(**{path: plan}) for path in paths))


def models_of_plans() -> Iterator[type[Model]]:
    return (model for model in apps.get_models() if hasattr(model, "plan_paths"))


def plan_code_of(row, paths: Iterable[str]) -> str | None:
    """Follow `plan_paths` from a row, or from a line of its history, to the code of its plan."""
    for path in paths:
        *steps, last = path.split("__")
        owner = reduce(lambda found, step: found and getattr(found, step), steps, row)
        if owner:
            return getattr(owner, f"{last}_id")
    return None
