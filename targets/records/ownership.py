"""Which plan a row belongs to, and which rows are the bureau's alone."""

from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q


class OfPlan:
    """For QuerySets of models whose `plan_paths` lead to the plan that owns a row.

    `internal_paths` lead to the column that marks an indicator as internal. Foreign keys to a plan hold its code: a
    row knows the code without a query.
    """

    def of_plan(self, plan):
        """Narrow to the rows of a plan, given as its code or as the Plan that the asker sees."""
        rows = self.filter(reduce(or_, (Q(**{path: plan}) for path in self.model.plan_paths)))
        return rows.without_internal() if getattr(plan, "hides_internal", False) else rows

    def of_plans(self, plans: Collection[Any]):
        """Narrow to the rows of several plans that one asker sees."""
        rows = self.filter(reduce(or_, (Q(**{f"{path}__in": plans}) for path in self.model.plan_paths)))
        return rows.without_internal() if any(plan.hides_internal for plan in plans) else rows

    def of_all_plans(self):
        """Say that a query across plans is meant."""
        return self.all()

    def without_internal(self):
        rows = self
        for path in getattr(self.model, "internal_paths", ()):
            rows = rows.exclude(**{path: True})
        return rows
