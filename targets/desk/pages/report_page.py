"""The page of a draft: its evidence, and withdrawing it."""

import re
from copy import copy
from itertools import chain
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from targets import review
from targets.desk.pages.choosing import KINDS, desk_page
from targets.models import Evidence, Report
from targets.review import roles
from targets.spreadsheets import file_types

# The page on which each kind is filled in, and what is chosen there.
GRIDS = {
    "observation": ("admin:entry", ["area", "period"]),
    "assessment": ("admin:assessments", ["period"]),
}


class EvidenceForm(forms.ModelForm):
    # `review` checks the file.
    file = forms.FileField(label="文件", required=False, allow_empty_file=True)

    class Meta:
        model = Evidence
        fields = ["title", "source", "url"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        file = self.fields["file"]
        file.widget.attrs["accept"] = ",".join(chain(*file_types.ENDINGS.values()))
        file.help_text = (
            f"可不传。pdf、jpg、png、xlsx、docx，不超过 {settings.UPLOAD_MAX_MB} MB，不带宏和密码。"
            "文件只在后台给能看这一条的人看，不公开；名称、出处和链接随发布公开。"
        )

    def _post_clean(self):
        """Leaves the table's rules to `review`."""


def report(request, kind, pk):
    row = _own_report(request, kind, pk)
    posted = (request.POST, request.FILES) if request.POST.get("act") == "attach" else ()
    form = EvidenceForm(*posted)
    if request.method == "POST" and _act(request, row, form):
        back = request.path if request.POST["act"] != "withdraw" else _grid_url(row)
        return redirect(back)
    context = {
        "title": f"办理：{row}",
        "row": row,
        "form": form,
        "evidence": row.evidence.select_related("file"),
        "grid": _grid_url(row),
        "trail": reverse(f"admin:targets_{kind}_change", args=[row.pk]),
    }
    return desk_page(request, "admin/desk/report.html", context)


def _own_report(request, kind: str, pk: int) -> Report:
    if kind not in KINDS:
        raise Http404
    rows = KINDS[kind].objects.of_plan(request.plan).kept().select_related("period")
    row = get_object_or_404(roles.reports_seen_by(request.user, rows), pk=pk)
    if not roles.may_fill_in(request.user, row):
        raise PermissionDenied
    return row


def _grid_url(row):
    page, names = GRIDS[row._meta.model_name]
    query = urlencode({name: getattr(row, name).code for name in names})
    return f"{reverse(page, args=[row.period.plan_id])}?{query}"


def _act(request, row, form: EvidenceForm) -> bool:
    """Return whether the act was done; show a refusal, at its field if it has one."""
    posted = request.POST
    version = _number(posted.get("version"))
    try:
        if posted.get("act") == "attach":
            if not form.is_valid():
                return False
            review.attach(row, **form.cleaned_data, by=request.user, version=version)
            messages.success(request, "已添加证明材料。")
        elif posted.get("act") == "detach":
            paper = get_object_or_404(row.evidence, pk=_number(posted.get("evidence")))
            review.detach(paper, by=request.user, version=version)
            messages.success(request, "已移除证明材料。")
        elif posted.get("act") == "withdraw":
            shown = copy(row)
            shown.version = version
            review.withdraw([shown], note=posted.get("note", ""), by=request.user)
            messages.success(request, "已撤回，这一项可以重新填报。")
        else:
            return False
    except review.Refused as refusal:
        messages.error(request, refusal.sentence)
        return False
    except ValidationError as fault:
        for name, sentences in fault.message_dict.items():
            form.add_error(name if name in form.fields else None, sentences)
        return False
    return True


def _number(text: str | None) -> int:
    """The number in a hidden field; 0, which no row has, for anything else."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else 0
