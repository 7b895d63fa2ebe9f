"""The page on which an indicator is retired, or taken up again."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect

from targets import review
from targets.desk.pages.choosing import choice_by_code, desk_page
from targets.models import Indicator
from targets.review import roles


class ActForm(forms.Form):
    """An act on an indicator; a refusal is shown at its field."""

    reason = forms.CharField(label="理由", required=False, widget=forms.TextInput(attrs={"size": 60}))

    def __init__(self, data, *, indicator):
        super().__init__(data)
        self.indicator = indicator

    def act(self, by):
        raise NotImplementedError

    def save(self, *, by) -> bool:
        if not self.is_valid():
            return False
        try:
            self.act(by)
        except review.Refused as refusal:
            name = "reason" if refusal.field == "note" else refusal.field
            self.add_error(name if name in self.fields else None, refusal.sentence)
        return self.is_valid()


class ResumptionForm(ActForm):
    def act(self, by):
        review.undo_retirement(self.indicator, by=by, **self.cleaned_data)


class RetirementForm(ActForm):
    on = forms.DateField(
        label="自哪一天起不再监测",
        help_text="在这一天以前结束的报告期照旧判断；在这一天或以后结束的不再填报，不再判断。",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": "请填日期。"},
    )
    successor = choice_by_code(
        Indicator.objects.none(), "由哪一项接替", required=False, empty_label="没有接替的指标"
    )
    field_order = ["on", "successor", "reason"]

    def __init__(self, data, *, indicator):
        super().__init__(data, indicator=indicator)
        self.fields["reason"].help_text = "写明所依据的文件；理由会公开。"
        others = Indicator.objects.of_plan(indicator.plan_id).tracked().exclude(pk=indicator.pk)
        self.fields["successor"].queryset = others

    def act(self, by):
        review.retire_indicator(self.indicator, by=by, **self.cleaned_data)


def retirement(request, code):
    if not roles.has(request.user, roles.Role.PLAN_EDITOR):
        raise PermissionDenied
    rows = Indicator.objects.of_plan(request.plan).select_related("plan", "successor")
    indicator = get_object_or_404(rows, code=code)
    form_class = ResumptionForm if indicator.retired_on else RetirementForm
    form = form_class(request.POST or None, indicator=indicator)
    if request.method == "POST" and form.save(by=request.user):
        done = "已恢复监测" if indicator.retired_on else "已停止监测"
        messages.success(request, f"“{indicator}”{done}。")
        return redirect(request.path)
    context = {
        "title": f"停止或恢复监测：{indicator}",
        "indicator": indicator,
        "told": indicator.told_retirement(indicator.successor),
        "fault": review.fault_of_undoing(indicator) if indicator.retired_on else "",
        "form": form,
    }
    return desk_page(request, "admin/desk/retirement.html", context)
