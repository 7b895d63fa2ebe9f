"""The pages of the grids and of a correction."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect

from targets.desk.pages.choosing import GridChoice, JudgementChoice, desk_page
from targets.desk.report_grid import JudgementGrid, ReportGrid, ValueCorrectionForm
from targets.models import Observation
from targets.review import roles


def entry(request):
    return _grid_page(request, "填报完成值", GridChoice, ReportGrid, "admin/desk/entry.html")


def assessments(request):
    return _grid_page(request, "填写定性评价", JudgementChoice, JudgementGrid, "admin/desk/assessments.html")


def _grid_page(request, title: str, choice_class, grid_class, template: str):
    choice = choice_class(request.GET, user=request.user, plan=request.plan)
    grid = None
    if choice.is_valid():
        grid = grid_class(**choice.cleaned_data, data=request.POST or None)
        if request.method == "POST" and _save(request, grid):
            return redirect(request.get_full_path())
    return desk_page(request, template, {"title": title, "choice": choice, "grid": grid})


def correct(request, pk):
    rows = Observation.objects.of_plan(request.plan).published()
    rows = rows.select_related("indicator", "area", "period")
    row = get_object_or_404(rows, pk=pk)
    if not roles.may_fill_in(request.user, row):
        raise PermissionDenied
    form = ValueCorrectionForm(request.POST or None, row=row)
    if request.method == "POST" and form.save(by=request.user):
        messages.success(request, "更正已存为草稿，请核对后报送；发布之前，公开的仍是原来的数。")
        return redirect(f"../../?area={row.area.code}&period={row.period.code}")
    return desk_page(request, "admin/desk/correct.html", {"title": f"更正：{row}", "row": row, "form": form})


def _save(request, grid) -> bool:
    is_to_submit = "submit" in request.POST
    done = grid.save(by=request.user, is_to_submit=is_to_submit)
    if done is None:
        messages.error(request, "下面标出的各处需要更正，全部都还没有保存；您填写的内容仍在。")
        return False
    verb = "报送" if is_to_submit else "保存"
    messages.success(request, f"已{verb} {done} 项。" if done else f"没有要{verb}的内容。")
    return True
