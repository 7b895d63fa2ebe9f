"""Deleting a plan that never was public."""

from django.db import transaction

from measures.models import Citation, Correction, Measure, NumberToken, Principle, SourceText, Weakness
from targets import review
from targets.models import Plan
from targets.records.history import written_by

# A row before those that it points at.
WORDS = (Correction, Citation, NumberToken, Measure, Principle, Weakness, SourceText)


@transaction.atomic
def delete_plan(plan: Plan, *, by, reason: str):
    """Delete a plan with its words and records; shared rows stay. The history keeps all lines."""
    plan = Plan.objects.of_plan(plan.code).select_for_update(of=("self",)).get()
    review.must_be_deletable(plan, by)
    reason = review.required_note(reason, "删除规划请写明理由。")
    with written_by(by, reason):
        plan.measures.exclude(part_of=None).delete()
        for model in WORDS:
            model.objects.of_plan(plan).delete()
        plan.indicators.update(retired_on=None, retired_reason="", successor=None)
        plan.indicators.exclude(part_of=None).delete()
        plan.delete()
