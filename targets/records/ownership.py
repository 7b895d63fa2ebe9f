"""Which plan a row belongs to."""

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_

from django.apps import apps
from django.db.models import Model, Q


class OfPlan:
    """For QuerySets of models whose `plan_paths` lead to the plan that owns a row.

    Foreign keys to a plan hold its code: a row knows the code without a query.
    """

    def of_plan(self, plan):
        """Narrow to the rows of a plan, given as a Plan or its code."""
        return self.filter(leads_to(plan, self.model.plan_paths))

    def of_all_plans(self):
        """Say that a query across plans is meant."""
        return self.all()


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
