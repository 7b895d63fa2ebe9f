"""Decisions on targets: each is a new row."""

from collections import defaultdict
from functools import cached_property

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils import timezone

from targets.models import Grade, Indicator, Target
from targets.records.history import written_by
from targets.review.guards import Refused, must_be_listed, must_be_tracked
from targets.review.kinds.kind import ANY_VERSION, PlanKind, StoredRow
from targets.review.value_rules import fault_of_grade, fault_of_number, fill

ONCE_A_DAY = next(rule for rule in Target._meta.constraints if rule.name == "target_decided_once_a_day")


class Overtaken(Refused):
    """Another target is in force than the user saw: `current`."""

    def __init__(self, current: Target | None):
        happened = "页面所示的目标值已不在库中。"
        if current:
            when = timezone.localtime(current.entered_at)
            happened = (
                f"{current.entered_by or '系统'} 已于 {when:%Y-%m-%d %H:%M} 记入 {current.shown}"
                f"（{current.decided_on} 决定）。"
            )
        super().__init__(f"{happened}您填写的内容还在，请核对后重新保存。", "value")
        self.current = current


class TargetKind(PlanKind):
    """The version of an entry is the id of the target that the user saw in force.

    With ANY_VERSION an earlier decision may be entered later.
    """

    model = Target
    key_fields = ("indicator", "area", "year")
    fillable_fields = ("value", "comparator", "decided_on", "grade", "source", "reason")

    def __init__(self, by, *, is_locking: bool = False):
        super().__init__(by, is_locking=is_locking)
        self.scope = Target.objects.of_all_plans()

    def hold(self, entries):
        """Locks the indicators, so that two people cannot both decide first."""
        keys = {entry.key[0].pk for entry in entries}
        held = Indicator.objects.of_all_plans().filter(pk__in=keys)
        list(held.select_for_update(of=("self",), no_key=True).order_by("pk"))
        self.scope = Target.objects.of_all_plans().filter(indicator__in=keys)

    @cached_property
    def decided(self) -> dict[tuple[int, int, int], list[Target]]:
        decided = defaultdict(list)
        for row in self.scope.select_related("indicator", "entered_by"):
            decided[row.indicator_id, row.area_id, row.year].append(row)
        return decided

    def stored(self, key):
        row = in_force(self._decided(key))
        return row and StoredRow(row.pk, self._values_of(row))

    def filled(self, entry):
        self.must_be_editor()
        indicator, area, year = entry.key
        must_be_tracked(indicator)
        must_be_listed(area, indicator.plan, self.listed_areas(indicator.plan))
        target = Target(indicator=indicator, area=area, entered_by=self.by)
        fill(target, {"year": year} | self.whole(entry))
        decided = self._decided((indicator, area, target.year))
        if entry.version != ANY_VERSION:
            _must_replace(target, entry.version, decided)
        check_decision(target, decided)
        if any(row.decided_on == target.decided_on for row in decided):
            raise ValidationError({NON_FIELD_ERRORS: ONCE_A_DAY.violation_error_message})
        return target

    def save(self, rows):
        for reason in {row.reason for row in rows}:
            with written_by(self.by, reason):
                Target.objects.bulk_create([row for row in rows if row.reason == reason])

    def _decided(self, key: tuple) -> list[Target]:
        indicator, area, year = key
        return self.decided.get((indicator.pk, area.pk, year), [])


def check_decision(target: Target, decided: list[Target]):
    """Check the fields together. Raises ValidationError by field."""
    indicator, plan = target.indicator, target.indicator.plan
    faults = {
        "value": fault_of_number(indicator, target.value),
        "grade": fault_of_grade(indicator, target.grade),
    }
    if target.grade == Grade.TEXT:
        faults["grade"] = "“原文”等级只用于规划原文中的目标，由系统载入，请另选来源等级。"
    if not target.source:
        faults["source"] = "请注明出处。"
    if target.year not in plan.years:
        faults["year"] = f"年份应在 {plan.start_year} 至 {plan.end_year} 之间。"
    if target.counts_from > timezone.localdate():
        faults["decided_on"] = "决定日期不能晚于今天。"
    if not target.reason and decided:
        faults["reason"] = "这一年已有目标值；调整请写明理由。"
    if faults := {name: sentence for name, sentence in faults.items() if sentence}:
        raise ValidationError(faults)


def in_force(decided: list[Target]) -> Target | None:
    """`TargetQuerySet.in_force` for loaded rows, today."""
    today = timezone.localdate()
    past = [row for row in decided if row.counts_from <= today]
    return max(past, key=lambda row: (row.counts_from, row.pk), default=None)


def _must_replace(target: Target, shown: int | None, decided: list[Target]):
    current = in_force(decided)
    if (current.pk if current else None) != shown:
        raise Overtaken(current)
    if current and target.counts_from < current.counts_from:
        raise ValidationError(
            {"decided_on": f"{target.area}的现行目标值决定于 {current.decided_on}，新的决定不能早于这一天。"}
        )
