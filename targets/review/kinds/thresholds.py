"""Decisions on the thresholds of the schedule index: each is a new row."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from targets.engine.thresholds import Thresholds
from targets.models import Plan, ThresholdDecision
from targets.records.history import written_by
from targets.review.guards import must_be_superuser
from targets.review.kinds.kind import Kind, StoredRow
from targets.review.value_rules import fill


class ThresholdKind(Kind):
    """An earlier decision may be entered later, so any version is accepted."""

    model = ThresholdDecision
    key_fields = ("plan",)
    fillable_fields = (
        "ahead_from",
        "on_schedule_from",
        "slightly_behind_from",
        "decided_on",
        "source",
        "reason",
    )

    def hold(self, entries):
        """Locks the plans, so that two people cannot both decide first."""
        held = Plan.objects.of_all_plans().filter(pk__in={entry.key[0].pk for entry in entries})
        list(held.select_for_update(of=("self",), no_key=True).order_by("pk"))

    def stored(self, key):
        [plan] = key
        row = plan.threshold_decisions.in_force(timezone.localdate()).first()
        return row and StoredRow(row.pk, self._values_of(row))

    def filled(self, entry):
        must_be_superuser(self.by)
        [plan] = entry.key
        row = ThresholdDecision(plan=plan, entered_by=self.by)
        fill(row, self.whole(entry))
        check_thresholds(row)
        row.validate_constraints()
        return row

    def save(self, rows):
        for row in rows:
            with written_by(self.by, row.reason):
                row.save()


def check_thresholds(row: ThresholdDecision):
    """Check day and reason. Raises ValidationError by field."""
    faults = {}
    if row.decided_on > timezone.localdate():
        faults["decided_on"] = "决定日期不能晚于今天。"
    is_revision = row.thresholds != Thresholds() or row.plan.threshold_decisions.exists()
    if not row.reason and is_revision:
        faults["reason"] = "调整默认值或原有的分界，请写明理由。"
    if faults:
        raise ValidationError(faults)
