"""The page of a target's breakdown."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect

from targets.desk.pages.choosing import choice_by_code, desk_page
from targets.desk.target_breakdown import TargetBreakdown
from targets.models import Indicator
from targets.review import roles


class BreakdownChoice(forms.Form):
    indicator = choice_by_code(Indicator.objects.none(), "指标", empty_label=None)
    year = forms.TypedChoiceField(label="年份", coerce=int)

    def __init__(self, data, *, plan):
        super().__init__(data)
        self.fields["indicator"].queryset = plan.indicators.tracked()
        self.fields["year"].choices = [(str(year), f"{year}年") for year in reversed(plan.years)]


def target_breakdown(request):
    if not roles.has(request.user, roles.Role.PLAN_EDITOR):
        raise PermissionDenied
    choice = BreakdownChoice(request.GET, plan=request.plan)
    breakdown = None
    if choice.is_valid():
        breakdown = TargetBreakdown(**choice.cleaned_data, data=request.POST or None)
        if request.method == "POST" and _save(request, breakdown):
            return redirect(request.get_full_path())
    context = {"title": "县市区分解", "choice": choice, "breakdown": breakdown}
    return desk_page(request, "admin/desk/target_breakdown.html", context)


def _save(request, breakdown: TargetBreakdown) -> bool:
    done = breakdown.save(by=request.user)
    if done is None:
        messages.error(request, "下面标出的各处需要更正，全部都还没有保存；您填写的内容仍在。")
    elif done == 0:
        messages.warning(request, "没有要保存的内容：各行都没有填新的目标值，或与现行的相同。")
    else:
        messages.success(request, f"已记入 {done} 个目标值。")
    return bool(done)
