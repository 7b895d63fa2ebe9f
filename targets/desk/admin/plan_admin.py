"""The lists of the plan."""

from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from targets.desk import staff_forms
from targets.desk.admin.record_admin import (
    MISSING,
    DeskAdmin,
    OfPlanFilter,
    ReadOnlyAdmin,
    StaffRowsAdmin,
    UsedInPlanFilter,
    WordsOfPlanFilter,
    quotations,
    row_link,
)
from targets.models import (
    Area,
    Baseline,
    BaselineFact,
    Goal,
    GoalLink,
    Indicator,
    IndicatorLink,
    Organization,
    Period,
    Plan,
    Policy,
    ReportingDuty,
    Responsibility,
)
from targets.review.kinds.planned_forms import BaselineForm
from targets.review.units import take_in


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    is_by_plan = False
    list_display = ["title", "code", "number", "issuer", "start_year", "end_year", "state"]
    list_filter = ["completeness", "is_public", "keeper"]
    search_fields = ["title", "number"]
    search_help_text = "按名称或文号查找"

    def folder_of(self, request, row):
        return row

    @admin.display(description="状态")
    def state(self, plan):
        return plan.state


@admin.register(Area)
class AreaAdmin(ReadOnlyAdmin):
    list_display = [
        "code",
        "name",
        "printed_name",
        "kind",
        "code_system",
        "predecessor",
        "valid_from",
        "valid_to",
    ]
    list_display_links = ["code", "name"]
    list_filter = ["kind", "code_system"]
    list_select_related = ["parent", "predecessor"]
    search_fields = ["code", "name", "printed_name"]
    search_help_text = "按区划代码或名称查找"


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    fields = [
        "code",
        "title",
        "document_number",
        "year_shown",
        "level",
        "issuer",
        "issuer_basis",
        quotations,
        "note",
    ]
    list_display = ["code", "title", "document_number", "year_shown", "level", "issuer", "issuer_basis"]
    list_display_links = ["code", "title"]
    list_filter = ["level", "issuer_basis"]
    search_fields = ["code", "title", "number", "issuer"]
    search_help_text = "按代码、文件名、文号或制定机关查找"

    @admin.display(description="文号", ordering="number")
    def document_number(self, policy):
        return policy.number or MISSING

    @admin.display(description="年份", ordering="year")
    def year_shown(self, policy):
        return policy.year or MISSING


@admin.register(Organization)
class OrganizationAdmin(StaffRowsAdmin):
    form = staff_forms.OrganizationForm
    fields = ["code", "name", "kind", "is_collective", "note"]
    list_display = ["code", "name", "kind", "is_collective", "is_in_text"]
    list_display_links = ["code", "name"]
    list_select_related = ["top_area"]
    list_filter = ["is_in_text", "kind"]
    search_fields = ["code", "name"]
    search_help_text = "按代码或名称查找"

    def is_loaded(self, row):
        return row.is_in_text

    def get_fields(self, request, obj=None):
        return [*self.fields, "is_in_text", quotations] if obj else self.fields

    def get_readonly_fields(self, request, obj=None):
        return ["is_in_text", quotations]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.top_area = obj.top_area if obj else form.plan and form.plan.top_area
        return form

    def form_to_restore(self, request, row, line):
        form = super().form_to_restore(request, row, line)
        form.top_area = line.top_area
        return form

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change and form.plan:
            take_in(form.plan, obj)


@admin.register(Goal)
class GoalAdmin(ReadOnlyAdmin):
    fields = [
        "code",
        "kind",
        "statement",
        quotations,
        "degree",
        "deadline",
        "deadline_is_inherited",
        "parent",
        "note",
    ]
    list_display = ["code", "statement", "kind", "degree", "deadline", "parent"]
    list_display_links = ["code", "statement"]
    list_filter = ["kind"]
    list_select_related = ["plan", "parent"]
    search_fields = ["code", "statement"]
    search_help_text = "按代码或表述查找"

    @admin.display(description="期限年", ordering="deadline_year")
    def deadline(self, goal):
        return goal.deadline_year or MISSING


@admin.register(Indicator)
class IndicatorAdmin(DeskAdmin):
    """Only the definition may be changed: the text gives none."""

    denied = ("add", "delete")
    words_of_folder = "来自 fixtures/{}：口径、停止监测和沿革在此填写，其余只读；要改请改文件后重新载入。"
    readonly_fields = [
        "code",
        "name",
        "family",
        "level",
        "level_scope",
        "level_is_inferred",
        "category",
        "unit",
        "decimals",
        "kind",
        "direction",
        "nature",
        "is_tracked",
        "retirement",
        "continued",
        "part_of",
        "known_baselines",
        "note",
    ]
    fields = ["definition", "definition_source", *readonly_fields]
    list_display = [
        *("code", "name", "category", "level_label", "kind", "unit"),
        *("is_tracked", "retired_on", "has_definition"),
    ]
    list_display_links = ["code", "name"]
    list_filter = [
        ("category", WordsOfPlanFilter),
        "level",
        "kind",
        "nature",
        "is_tracked",
        ("retired_on", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["plan", "part_of", "successor"]
    search_fields = ["code", "name", "family", "definition"]
    search_help_text = "按代码、名称、指标族或口径查找"

    def is_of_folder(self, row):
        return True

    @admin.display(description="层级", ordering="level")
    def level_label(self, indicator):
        return indicator.level_label

    @admin.display(description="已填口径", boolean=True)
    def has_definition(self, indicator):
        return bool(indicator.definition)

    @admin.display(description="停止监测")
    def retirement(self, indicator):
        """With the link to the page on which it is done."""
        if not indicator.is_tracked:
            return "—"
        words = indicator.told_retirement(indicator.successor) or "监测中"
        address = reverse("admin:retirement", args=[indicator.plan_id, indicator.code])
        return format_html('{}（<a href="{}">停止或恢复监测</a>）', words, address)

    @admin.display(description="指标沿革")
    def continued(self, indicator):
        rows = indicator.earlier_links.select_related("indicator", "earlier")
        lines = format_html_join("", "<div>{}</div>", ((row_link(row, str(row)),) for row in rows))
        query = urlencode({"plan": indicator.plan_id, "indicator": indicator.pk})
        address = reverse("admin:targets_indicatorlink_add") + f"?{query}"
        return format_html('{}<a href="{}">增加指标沿革</a>', lines, address)

    @admin.display(description="基期值")
    def known_baselines(self, indicator):
        rows = indicator.baselines.select_related("area", "indicator")
        lines = ((row.area, row_link(row, row.shown)) for row in rows)
        return format_html_join("", "<div>{}:{}</div>", lines) or "无"


@admin.register(IndicatorLink)
class IndicatorLinkAdmin(DeskAdmin):
    form = staff_forms.IndicatorLinkForm
    list_display = ["indicator", "earlier_shown", "difference", "source"]
    list_select_related = ["indicator", "earlier"]
    search_fields = ["indicator__code", "indicator__name", "earlier__name", "difference", "source"]
    search_help_text = "按指标、口径的不同或依据查找"

    @admin.display(description="以前规划的指标", ordering="earlier")
    def earlier_shown(self, link):
        return f"{link.earlier.plan_id} {link.earlier}"


@admin.register(GoalLink)
class GoalLinkAdmin(DeskAdmin):
    """A wrong link is set to 不采用, not deleted: the next loading would offer it again."""

    denied = ("delete",)
    fields = ["goal", "indicator", "standing", "source"]
    list_display = ["goal", "indicator", "standing", "source"]
    list_filter = ["standing", ("goal", OfPlanFilter)]
    list_select_related = ["goal", "indicator"]
    search_fields = ["goal__code", "goal__statement", "indicator__code", "indicator__name", "source"]
    search_help_text = "按目标、指标或依据查找"

    def get_readonly_fields(self, request, obj=None):
        return ["goal", "indicator"] if obj else []


@admin.register(Baseline)
class BaselineAdmin(StaffRowsAdmin):
    form = BaselineForm
    readonly_fields = ["shown", "year_shown", "formula", "basis_is_inherited", quotations, "entered_by"]
    list_display = ["indicator", "area", "shown", "basis", "year_shown", "grade", "source"]
    list_filter = ["grade", "basis", ("indicator__category", WordsOfPlanFilter), ("area", UsedInPlanFilter)]
    list_select_related = ["indicator", "area", "entered_by"]
    search_fields = ["indicator__code", "indicator__name", "area__name", "area__code", "source"]
    search_help_text = "按指标、县市区或出处查找"

    def get_fields(self, request, obj=None):
        entered = BaselineForm.Meta.fields
        if obj is None:
            return entered
        if not self.is_loaded(obj):
            return [*entered, "entered_by"]
        marks = ["basis", "basis_is_inherited", "year_shown", "formula", "grade", "source", "note"]
        return ["indicator", "area", "shown", quotations, *marks]

    @admin.display(description="数值", ordering="value")
    def shown(self, baseline):
        return baseline.shown

    @admin.display(description="年份", ordering="year")
    def year_shown(self, baseline):
        return baseline.year or "未写明"

    def save_model(self, request, obj, form, change):
        if not change:
            obj.entered_by = request.user
        super().save_model(request, obj, form, change)


@admin.register(BaselineFact)
class BaselineFactAdmin(ReadOnlyAdmin):
    fields = ["code", "subject", quotations, "reading", "level", "basis_shown", "is_inverse", "note"]
    list_display = ["code", "subject", "reading", "level", "basis_shown"]
    list_display_links = ["code", "subject"]
    list_filter = ["level", "basis"]
    list_select_related = ["plan"]
    search_fields = ["code", "subject", "reading"]
    search_help_text = "按代码、对象或释读查找"

    @admin.display(description="时期", ordering="basis")
    def basis_shown(self, fact):
        return fact.plan.basis_words[fact.basis] or MISSING


@admin.register(Period)
class PeriodAdmin(DeskAdmin):
    """Periods are opened and closed by `targets.review`, not here."""

    denied = ("delete",)
    form = staff_forms.PeriodForm
    list_display = ["__str__", "code", "start", "end", "due_on", "is_open"]
    list_filter = ["is_open"]
    search_fields = ["code"]
    search_help_text = "按代码查找"

    def get_readonly_fields(self, request, obj=None):
        return ["code", "start", "end", "is_open"] if obj else []

    def get_fields(self, request, obj=None):
        return ["code", "start", "end", "due_on", "is_open"] if obj else ["code", "due_on"]


@admin.register(ReportingDuty)
class ReportingDutyAdmin(DeskAdmin):
    """A duty with reports is ended, and a new one follows it."""

    form = staff_forms.ReportingDutyForm
    list_display = ["indicator", "area", "frequency", "organization", "valid_from", "ends_on"]
    list_filter = ["frequency", ("area", UsedInPlanFilter)]
    list_select_related = ["indicator", "area", "organization"]
    search_fields = ["indicator__code", "indicator__name", "area__name", "organization__name"]
    search_help_text = "按指标、县市区或单位查找"
    with_reports = (
        "这项任务已有填报，指标、县市区、频率和“起”不能改动，也不能删除，以免改变往期的结果。"
        "如需变动，请填写“止”，再新建一条从其后一日起的任务。"
    )

    @admin.display(description="止", ordering="valid_to")
    def ends_on(self, duty):
        return duty.ends_on

    def get_fieldsets(self, request, obj=None):
        """Only who may change the duty learns whether there are reports."""
        is_told = self.has_change_permission(request, obj) and self._has_reports(obj)
        about = self.with_reports if is_told else None
        return [(None, {"fields": self.get_fields(request, obj), "description": about})]

    def get_readonly_fields(self, request, obj=None):
        return ["indicator", "area", "frequency", "valid_from"] if self._has_reports(obj) else []

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not self._has_reports(obj)

    def _has_reports(self, duty) -> bool:
        return bool(duty) and duty.reports().exists()

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        take_in(form.plan, obj.organization)


@admin.register(Responsibility)
class ResponsibilityAdmin(DeskAdmin):
    form = staff_forms.ResponsibilityForm
    list_display = ["organization", "role", "goal", "indicator", "source"]
    list_filter = ["role"]
    list_select_related = ["organization", "goal", "indicator"]
    search_fields = ["organization__name", "goal__code", "goal__statement", "indicator__name"]
    search_help_text = "按单位、目标或指标查找"

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        take_in(form.plan, obj.organization)
