"""What the lists of the desk share. Overridden permissions only narrow Django's, for superusers too."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.db import DataError
from django.utils.html import format_html, format_html_join

from targets.desk.admin.history_admin import HistoryAdmin, admin_url
from targets.desk.staff_forms import StaffForm
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
    form = StaffForm
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

    def get_queryset(self, request):
        return super().get_queryset(request).select_related(*self.list_select_related)


class ReadOnlyAdmin(DeskAdmin):
    """Rows that only loading writes."""

    denied = ("add", "change", "delete")


class StaffRowsAdmin(DeskAdmin):
    """Staff may change and delete only what staff have entered."""

    def is_loaded(self, row) -> bool:
        return row.entered_by_id is None

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and self.is_loaded(obj))

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and self.is_loaded(obj))
