"""Targets and thresholds: decisions, which are only added."""

from django.contrib import admin
from django.utils import timezone

from targets import review
from targets.desk import staff_forms
from targets.desk.admin.record_admin import DeskAdmin, UsedInPlanFilter, all_plans
from targets.engine.thresholds import Thresholds
from targets.models import Grade, Target, ThresholdDecision
from targets.review import roles


class DecisionAdmin(DeskAdmin):
    """Decisions are only added; as long as the plan never was public, its editor may delete them."""

    denied = ("change",)

    def has_delete_permission(self, request, obj=None):
        """One by one: not for the list."""
        may_delete = super().has_delete_permission(request, obj)
        return may_delete and obj is not None and not review.fault_of_deletion(obj)

    def delete_model(self, request, obj):
        review.delete_decision(obj, by=request.user)


@admin.register(Target)
class TargetAdmin(DecisionAdmin):
    form = staff_forms.TargetForm
    list_display = ["indicator", "area", "year", "shown", "decided_on", "grade", "source", "reason"]
    list_filter = ["year", "grade", ("area", UsedInPlanFilter)]
    list_select_related = ["indicator", "area", "entered_by"]
    search_fields = ["indicator__code", "indicator__name", "area__name", "source", "reason"]
    search_help_text = "按指标、县市区、出处或调整理由查找"

    def get_fields(self, request, obj=None):
        entered = staff_forms.TargetForm.Meta.fields
        return [*entered, "entered_by", "entered_at"] if obj else entered

    def has_add_permission(self, request):
        return super().has_add_permission(request) and roles.has(request.user, roles.Role.PLAN_EDITOR)

    def is_of_folder(self, row):
        return row.grade == Grade.TEXT

    def may_restore(self, request, row):
        return False

    @admin.display(description="目标值", ordering="value")
    def shown(self, target):
        return target.shown

    def save_model(self, request, obj, form, change):
        form.enter(by=request.user)


@admin.register(ThresholdDecision)
class ThresholdDecisionAdmin(DecisionAdmin):
    form = staff_forms.ThresholdForm
    list_display = [
        "decided_on",
        "is_in_force",
        "ahead_from",
        "on_schedule_from",
        "slightly_behind_from",
        "source",
        "reason",
    ]
    list_select_related = ["plan", "entered_by"]
    search_fields = ["source", "reason"]
    search_help_text = "按出处或调整理由查找"

    def get_queryset(self, request):
        return super().get_queryset(request).with_in_force(timezone.localdate())

    def get_fields(self, request, obj=None):
        entered = staff_forms.ThresholdForm.Meta.fields
        return ["plan", *entered, "entered_by", "entered_at"] if obj else entered

    def changelist_view(self, request, extra_context=None):
        rows = ThresholdDecision.objects.of_all_plans().in_force(timezone.localdate())
        decided = {row.plan_id: row for row in rows}
        chosen = self.plan_of(request)
        in_force = [
            (plan, row.thresholds if row else Thresholds(), row)
            for plan in ([chosen] if chosen else all_plans(request))
            for row in [decided.get(plan.code)]
        ]
        return super().changelist_view(request, {"in_force": in_force} | (extra_context or {}))

    def has_add_permission(self, request):
        return super().has_add_permission(request) and request.user.is_superuser

    def may_restore(self, request, row):
        return False

    @admin.display(description="今日有效", boolean=True)
    def is_in_force(self, row):
        return row.in_force

    def save_model(self, request, obj, form, change):
        form.enter(by=request.user)
