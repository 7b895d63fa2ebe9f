"""Which plan a row belongs to."""

from functools import reduce
from operator import or_

from django.db.models import Q


class OfPlan:
    """For QuerySets of models whose `plan_paths` lead to the plan that owns a row.

    Foreign keys to a plan hold its code: a row knows the code without a query.
    """

    def of_plan(self, plan):
        """Narrow to the rows of a plan, given as a Plan or its code."""
        return self.filter(reduce(or_, (Q(**{path: plan}) for path in self.model.plan_paths)))

    def of_all_plans(self):
        """Say that a query across plans is meant."""
        return self.all()
