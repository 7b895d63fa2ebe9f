"""One report that is being filled in: its evidence, and giving it up."""

import re
from copy import copy
from itertools import chain

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from targets import review
from targets.desk.pages.choosing import KINDS, desk_page
from targets.models import Assessment, Evidence, Report
from targets.review import roles
from targets.spreadsheets import file_types


class EvidenceForm(forms.ModelForm):
    # What may be in it is asked by `review`, of an empty one too.
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

    @property
    def lost_a_file(self) -> bool:
        """A browser does not put a chosen file back into a form that is shown again."""
        return bool(self.files)

    def _post_clean(self):
        """The rules of the table are asked by `review`, which alone writes."""


def report(request, kind, pk):
    """Each act is on the version that the page showed."""
    row = _own_report(request.user, kind, pk)
    posted = (request.POST, request.FILES) if request.POST.get("act") == "attach" else ()
    form = EvidenceForm(*posted)
    if request.method == "POST" and _act(request, row, form):
        back = request.path if request.POST["act"] != "withdraw" else _sheet_of(row)
        return redirect(back)
    context = {
        "title": f"办理：{row}",
        "row": row,
        "form": form,
        "evidence": row.evidence.select_related("file"),
        "sheet": _sheet_of(row),
        "trail": reverse(f"admin:targets_{kind}_change", args=[row.pk]),
    }
    return desk_page(request, "admin/desk/report.html", context)


def _own_report(user, kind: str, pk: int) -> Report:
    if kind not in KINDS:
        raise Http404
    # One that is hidden is as if it were not there.
    row = get_object_or_404(roles.reports_seen_by(user, KINDS[kind].objects.kept()), pk=pk)
    if not roles.may_fill_in(user, row):
        raise PermissionDenied
    return row


def _sheet_of(row: Report) -> str:
    if isinstance(row, Assessment):
        return f"{reverse('admin:assessments')}?period={row.period.code}"
    return f"{reverse('admin:entry')}?area={row.area.code}&period={row.period.code}"


def _act(request, row: Report, form: EvidenceForm) -> bool:
    """Whether the act was done; what is refused is told, at its field where it has one."""
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
    """A number of the form's own; 0, which nothing has, for what is none."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,18}", text) else 0
