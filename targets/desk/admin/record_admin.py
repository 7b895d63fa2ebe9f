"""What the lists of the desk share. Overridden permissions only narrow Django's, for superusers too."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import DataError
from django.db.models import F
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.html import format_html, format_html_join

from targets.desk.admin.history_admin import HistoryAdmin, admin_url
from targets.desk.staff_forms import StaffForm
from targets.models import Keeper, Plan
from targets.records.ownership import plan_code_of
from targets.records.paging import CappedPaginator

MISSING = "原文未写明"


def row_link(row, label: str):
    return format_html('<a href="{}">{}</a>', admin_url(row._meta, "change", row.pk), label)


def passage(text: str):
    return format_html('<div class="passage">{}</div>', text)


@admin.display(description="原文依据")
def quotations(row):
    """The quotations that support a row, each with its section."""
    lines = ((c.quoted, row_link(c.section, c.section)) for c in row.citations.select_related("section"))
    return format_html_join("", '<div class="passage">“{}” —— {}</div>', lines) or "无"


def all_plans(request) -> list[Plan]:
    """Read once for a request."""
    if not hasattr(request, "all_plans"):
        plans = Plan.objects.of_all_plans().current_first().select_related("top_area")
        request.all_plans = list(plans)
    return request.all_plans


class PlanFilter(admin.SimpleListFilter):
    """Not shown while there is only one plan."""

    title, parameter_name = "规划", "plan"

    def lookups(self, request, model_admin):
        plans = all_plans(request)
        return [(plan.code, plan.title) for plan in plans] if len(plans) > 1 else []

    def queryset(self, request, queryset):
        plan = next((plan for plan in all_plans(request) if plan.code == self.value()), None)
        if self.value() and plan is None:
            return queryset.none()
        return queryset.of_plan(plan) if plan else queryset


class OfPlanFilter(admin.RelatedFieldListFilter):
    """Offers only the rows of the plan that the list is about."""

    def field_choices(self, field, request, model_admin):
        plan, rows = model_admin.plan_of(request), field.related_model.objects
        rows = rows.of_plan(plan) if plan else rows.of_all_plans()
        return [(row.pk, str(row)) for row in rows]


class UsedInPlanFilter(admin.RelatedOnlyFieldListFilter):
    """Offers only what the rows of the plan that the list is about refer to."""

    def field_choices(self, field, request, model_admin):
        plan, rows = model_admin.plan_of(request), model_admin.get_queryset(request)
        rows = rows.of_plan(plan) if plan else rows
        used = {"pk__in": rows.distinct().values_list(f"{self.field_path}__pk", flat=True)}
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, limit_choices_to=used, ordering=ordering)


class WordsOfPlanFilter(admin.AllValuesFieldListFilter):
    """Offers only words of the plan that the list is about."""

    def __init__(self, field, request, params, model, model_admin, field_path):
        super().__init__(field, request, params, model, model_admin, field_path)
        if plan := model_admin.plan_of(request):
            rows = field.model.objects.of_plan(plan).order_by(field.name)
            self.lookup_choices = rows.distinct().values_list(field.name, flat=True)


class CheckedLookups:
    """A filter that the database cannot look up shows the whole list, as Django does for a wrong one."""

    def get_changelist_instance(self, request):
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError, DataError) as fault:
            if request.GET.keys() <= {ERROR_FLAG}:
                raise
            raise IncorrectLookupParameters(fault) from fault

    def get_object(self, request, object_id, from_field=None):
        # An address may name the field with an empty parameter.
        return super().get_object(request, object_id, from_field or None)


class DeskAdmin(CheckedLookups, HistoryAdmin):
    """A list of rows of all plans, or of one (`?plan=`). Which plan a new row is of is asked first."""

    form = StaffForm
    # Shared rows stand in no plan's name, but plans list them.
    is_by_plan = True
    actions = None
    paginator = CappedPaginator
    show_full_result_count = False
    # Facets read the table once for each choice.
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_select_related: ClassVar[Any] = ()
    # The stubs know no functions in these lists.
    fields: ClassVar[Any]
    readonly_fields: ClassVar[Any]
    empty_value_display = "—"
    # Said of a row that the plan's files wrote.
    words_of_folder = "来自 fixtures/{}，在此只读；要改请改文件后重新载入。"
    # What nobody may do, superusers included: "add", "change", "delete".
    denied: ClassVar[Collection[str]] = ()

    def has_add_permission(self, request):
        return "add" not in self.denied and super().has_add_permission(request)

    def has_change_permission(self, request, obj=None):
        return "change" not in self.denied and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return "delete" not in self.denied and super().has_delete_permission(request, obj)

    def lookup_allowed(self, lookup, value, request):
        """No filters by reverse relations: they would reveal hidden reports."""
        name = lookup.split("__")[0]
        reverse = {field.name for field in self.opts.get_fields() if field.is_relation and field.auto_created}
        return name not in reverse and super().lookup_allowed(lookup, value, request)

    @property
    def is_owned(self) -> bool:
        return self.is_by_plan and hasattr(self.model, "plan_paths")

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related(*self.list_select_related)
        if not self.is_owned:
            return rows
        paths = self.model.plan_paths
        return rows.of_all_plans().annotate(owner=Coalesce(*paths) if len(paths) > 1 else F(paths[0]))

    def get_list_display(self, request):
        columns = super().get_list_display(request)
        return [*columns, "owner_shown"] if self.is_owned and len(all_plans(request)) > 1 else columns

    def get_list_filter(self, request):
        filters = super().get_list_filter(request)
        return [PlanFilter, *filters] if self.is_by_plan else filters

    @admin.display(description="规划", ordering="owner")
    def owner_shown(self, row):
        return row.owner

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"plan": self.plan_of(request)} | (extra_context or {}))

    # A row of a plan

    def plan_of(self, request, row=None) -> Plan | None:
        """The plan of a row; for a new one that of the address or of its list, or the only one."""
        if not self.is_by_plan:
            return None
        if row and self.is_owned:
            return self._plan(request, getattr(row, "owner", "") or plan_code_of(row, self.model.plan_paths))
        of_list = QueryDict(request.GET.get("_changelist_filters"))
        code = request.GET.get("plan") or of_list.get("plan")
        plans = all_plans(request)
        return self._plan(request, code) if code or len(plans) != 1 else plans[0]

    def _plan(self, request, code: str | None) -> Plan | None:
        return next((plan for plan in all_plans(request) if plan.code == code), None)

    def add_view(self, request, form_url="", extra_context=None):
        plans = all_plans(request)
        if self.is_by_plan and self.has_add_permission(request) and self.plan_of(request) is None:
            title = f"增加{self.opts.verbose_name}"
            return self._shown(request, "admin/choose_plan.html", {"title": title, "plans": plans})
        of_plan = {"subtitle": self.plan_of(request)} if len(plans) > 1 else {}
        return super().add_view(request, form_url, of_plan | (extra_context or {}))

    def is_of_folder(self, row) -> bool:
        """Whether the plan's files wrote the row; what staff add stands beside it."""
        return False

    def folder_of(self, request, row) -> Plan | None:
        return self.plan_of(request, row) if self.is_owned and self.is_of_folder(row) else None

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        plan = self.folder_of(request, obj) if obj else None
        if plan and plan.keeper == Keeper.FOLDER:
            context["of_folder"] = self.words_of_folder.format(plan.code)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.plan = self.plan_of(request, obj)
        return form

    def form_to_restore(self, request, row, line):
        form = super().form_to_restore(request, row, line)
        if self.is_owned:
            form.plan = self._plan(request, plan_code_of(line, self.model.plan_paths))
        return form


class ReadOnlyAdmin(DeskAdmin):
    """Rows that only loading writes."""

    denied = ("add", "change", "delete")

    def is_of_folder(self, row):
        return True


class StaffRowsAdmin(DeskAdmin):
    """Staff may change and delete only what staff have entered."""

    def is_loaded(self, row) -> bool:
        return row.entered_by_id is None

    def is_of_folder(self, row):
        return self.is_loaded(row)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and self.is_loaded(obj))

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and self.is_loaded(obj))
