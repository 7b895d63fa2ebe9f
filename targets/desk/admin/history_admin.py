"""The history of a row, the deleted rows, and restoring.

A row is restored the way it is entered: here by the form of its list, a report by `targets.review`.
"""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from targets import review
from targets.desk.admin import history_diff
from targets.models import Report
from targets.records.history import HistoryKind, Record, written_by
from targets.records.paging import CappedPaginator
from targets.review.value_rules import words

DELETED_PER_PAGE = 50
STALE = "您查看之后，这条记录又有改动，没有还原。下面是现在的情况，请核对后再还原。"


class RestoreForm(forms.Form):
    reason = forms.CharField(label="理由", max_length=400, error_messages={"required": "请写明理由。"})

    def clean_reason(self):
        if not (reason := words(self.cleaned_data["reason"])):
            raise ValidationError("请写明理由。")
        return reason


class HistoryAdmin(admin.ModelAdmin):
    def get_urls(self):
        pages = []
        if issubclass(self.model, Record):
            pages.append(self._page("restore/<int:number>/", self.restore, "restore"))
        if self.lists_deleted:
            pages.append(self._page("deleted/", self.deleted, "deleted"))
            pages.append(self._page("deleted/<int:pk>/", self.deleted_history, "deleted_history"))
        return pages + super().get_urls()

    def _page(self, route, view, name):
        full_name = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
        return path(route, self.admin_site.admin_view(view), name=full_name)

    @property
    def lists_deleted(self) -> bool:
        return issubclass(self.model, Record) and not issubclass(self.model, Report)

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"lists_deleted": self.lists_deleted} | (extra_context or {}))

    def history_view(self, request, object_id, extra_context=None):
        """Show the row's history in place of Django's log."""
        self._must_view(request)
        answer = super().history_view(request, object_id, extra_context)
        if issubclass(self.model, Record) and isinstance(answer, TemplateResponse):
            row = answer.context_data["object"]
            answer.template_name = "admin/record_history.html"
            answer.context_data |= self._lines(request, row.pk, row)
        return answer

    def _lines(self, request, pk: int, row: Record | None) -> dict:
        lines = history_diff.page(self.model, pk, request.GET.get(PAGE_VAR))
        is_offered = self.may_restore(request, row) and not self.restore_refusal(row)
        found = [entry.line for entry in lines.object_list] if is_offered else []
        if row:
            # The newest line is the row's current state.
            found = [line for line in found[lines.number == 1 :] if line.history_type != HistoryKind.DELETED]
        return {
            "action_list": lines,
            "restorable": {line.pk for line in found},
            "page_range": lines.paginator.get_elided_page_range(lines.number),
            "pagination_required": lines.has_other_pages(),
            "page_var": PAGE_VAR,
        }

    def deleted(self, request):
        self._must_view(request)
        rows = history_diff.of_deleted(self.model)
        page = CappedPaginator(rows, DELETED_PER_PAGE).get_page(request.GET.get(PAGE_VAR))
        lines = [(line, history_diff.whole(line)) for line in page.object_list]
        title = f"已删除的{self.opts.verbose_name}"
        return self._shown(request, "admin/deleted.html", {"title": title, "page": page, "lines": lines})

    def deleted_history(self, request, pk):
        self._must_view(request)
        get_object_or_404(history_diff.of_deleted(self.model), id=pk)
        context = {"title": f"已删除的{self.opts.verbose_name}（编号 {pk}）：历史"}
        return self._shown(request, "admin/record_history.html", context | self._lines(request, pk, None))

    def _must_view(self, request):
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied

    def _shown(self, request, template: str, context: dict):
        frame = self.admin_site.each_context(request)
        names = {"opts": self.opts, "module_name": self.opts.verbose_name_plural}
        return TemplateResponse(request, template, frame | names | context)

    def may_restore(self, request, row: Record | None) -> bool:
        return self.has_change_permission(request, row) if row else self.has_add_permission(request)

    def restore(self, request, number):
        """Show what would change and ask for a reason; a POST restores."""
        self._must_view(request)
        line = get_object_or_404(history_diff.lines(self.model), pk=number)
        row = self._row_of(request, line)
        if not self.may_restore(request, row):
            raise PermissionDenied
        form, faults = RestoreForm(request.POST or None), []
        if request.method == "POST" and form.is_valid():
            try:
                restored = self._restore(request, line, row, form.cleaned_data["reason"])
            except review.Refused as refusal:
                faults = [refusal.sentence]
            except ValidationError as fault:
                faults = list(self._named(request, row, fault))
            else:
                messages.success(request, f"已还原到 {_at(line)} 的内容。")
                return redirect(self.url_of_restored(restored))
            row = self._row_of(request, line)
        return self._shown(
            request, "admin/restore.html", self._restore_context(request, line, row, form, faults)
        )

    def _row_of(self, request, line) -> Record | None:
        """The row of a line; None if it was deleted. Raises Http404 for a hidden one."""
        row = self.get_object(request, str(line.id))
        is_hidden = row is None and self.model._base_manager.filter(pk=line.id).exists()
        if is_hidden or (row and line.history_type == HistoryKind.DELETED):
            raise Http404
        return row

    def _restore_context(self, request, line, row, form, faults) -> dict:
        names = self.restored_names(request, row)
        differences = self._differences(line, row)
        back = "history" if row else "deleted_history"
        return {
            "title": f"还原：{row}" if row else f"还原已删除的{self.opts.verbose_name}（编号 {line.id}）",
            "row": row,
            "line": line,
            "form": form,
            "faults": faults or [sentence for sentence in [self.restore_refusal(row)] if sentence],
            "is_refused": bool(self.restore_refusal(row)),
            "seen": self.state_of(row, line),
            "changes": [change for change in differences if change.name in names],
            "kept": self.kept(change for change in differences if change.name not in names) if row else [],
            "note": self.restore_note(row),
            "back": admin_url(self.opts, back, line.id),
        }

    def _differences(self, line, row) -> list[history_diff.FieldChange]:
        newest = history_diff.of_row(self.model, line.id).first()
        return history_diff.between(newest, line) if row else history_diff.whole(line)

    @transaction.atomic
    def _restore(self, request, line, row, reason: str) -> Record:
        seen = request.POST.get("seen", "")
        names = self.restored_names(request, row)
        if gone := "、".join(history_diff.gone(line, names)):
            raise review.Refused(f"当时所填的{gone}已经删除，不能还原到这一版。请改为直接填写。")
        if refusal := self.restore_refusal(row):
            raise review.Refused(refusal)
        if row and not any(change.name in names for change in self._differences(line, row)):
            raise review.Refused("与现在的内容相同，不必还原。")
        full_reason = f"还原到 {_at(line)} 的内容：{reason}"
        with written_by(request.user, full_reason):
            return self.put_back(request, line, row, seen, full_reason)

    def _named(self, request, row, fault):
        """The sentences, each with the label of its field."""
        fields = self.get_form(request, row, change=row is not None).base_fields
        labels = {field.name: field.verbose_name for field in self.opts.fields}
        labels |= {name: field.label for name, field in fields.items()}
        for name, sentences in fault.message_dict.items():
            label = f"{labels[name]}：" if name in labels else ""
            yield from (f"{label}{sentence}" for sentence in sentences)

    # Overridden for reports

    def restored_names(self, request, row) -> list[str]:
        """The fields that the user may fill in."""
        return list(self.get_form(request, row, change=row is not None).base_fields)

    def kept(self, found) -> list[history_diff.FieldChange]:
        """The differences that cannot be restored."""
        return list(found)

    def restore_refusal(self, row) -> str:
        """Why a row cannot be restored; empty if it can."""
        return ""

    def restore_note(self, row) -> str:
        """What to know before restoring."""
        return ""

    def state_of(self, row, line) -> str:
        """A text that changes with each write of the row."""
        return str(history_diff.of_row(self.model, line.id).values_list("pk", flat=True).first())

    def put_back(self, request, line, row, seen: str, reason: str) -> Record:
        """Fill in the form from the line and save it."""
        if row:
            rows = self.get_queryset(request).select_for_update(of=("self",))
            row = rows.filter(pk=row.pk).first()
        if seen != self.state_of(row, line):
            raise review.Refused(STALE)
        form_class = self.form_to_restore(request, row, line)
        form = form_class(_as_typed(line, form_class.base_fields), instance=row)
        if not form.is_valid():
            raise ValidationError({name: list(sentences) for name, sentences in form.errors.items()})
        restored = self.save_form(request, form, change=row is not None)
        self.save_model(request, restored, form, change=row is not None)
        return restored

    def form_to_restore(self, request, row: Record | None, line) -> type[forms.ModelForm]:
        return self.get_form(request, row, change=row is not None)

    def url_of_restored(self, row) -> str:
        return admin_url(self.opts, "history", row.pk)


def admin_url(opts, page: str, pk) -> str:
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=[pk])


def _at(line) -> str:
    return f"{timezone.localtime(line.history_date):%Y-%m-%d %H:%M}"


def _as_typed(line, names) -> dict:
    """The values of a line as a browser would send them."""
    fields = {field.name: field for field in line.tracked_fields}
    values = {name: fields[name].value_from_object(line) for name in names if name in fields}
    return {name: "" if value is None else value for name, value in values.items()}
