"""The pages on which sheets are exported, uploaded, previewed and imported."""

import logging
from collections import Counter
from collections.abc import Iterator

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import Truncator

from targets import spreadsheets
from targets.desk import access_log
from targets.desk.pages.choosing import SHEET_CHOICES, desk_page
from targets.desk.sheets import KINDS, Fault, Judged, Sheet, Verdict
from targets.models import AccessKind, Plan, SheetUpload
from targets.review import NotWritten
from targets.spreadsheets import file_types

logger = logging.getLogger(__name__)

# How often the preview reports progress.
ROWS_A_STEP = 500
# The rest is in the file of faults.
MOST_FAULTS, MOST_CHANGES = 1000, 200
# Where the preview is cut in two, to stream what lies between.
GAP = "<!-- judged -->"
PROGRESS = "admin/desk/_progress.html"
TYPES = {
    "xlsx": file_types.CONTENT_TYPES["xlsx"],
    "csv": "text/csv; charset=utf-8",
}
WRITERS = {
    "xlsx": lambda sheet, rows: spreadsheets.as_xlsx(sheet.columns, rows, sheet.title, sheet.hints),
    "csv": lambda sheet, rows: spreadsheets.as_csv(sheet.columns, rows),
}


class UploadForm(forms.Form):
    file = forms.FileField(
        label="文件",
        max_length=200,
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": "请先选择文件。", "empty": "文件是空的，请另选。"},
    )


def sheets(request):
    kinds = [kind for kind in KINDS.values() if kind.may_export(request.user)]
    if not kinds:
        raise PermissionDenied
    return desk_page(request, "admin/desk/sheets.html", {"title": "表格导出、导入", "kinds": kinds})


def sheet(request, kind):
    """Choose an export, or upload a file. An unreadable file is refused here."""
    kind = _allowed(request, kind)
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        _importable(request, kind.name)
        if form.is_valid() and (kept := _keep(request, kind, form)):
            return redirect("admin:sheet_preview", request.plan.code, kind.name, kept.pk)
    return _sheet_page(request, kind, form=form)


def _keep(request, kind: type[Sheet], form: UploadForm) -> SheetUpload | None:
    file = form.cleaned_data["file"]
    wanted = kind(request.user, request.plan)
    try:
        spreadsheets.must_be_small(file.size)
        table = spreadsheets.read(file.name, file.read(), wanted.columns, wanted.needed)
    except spreadsheets.Unreadable as fault:
        form.add_error("file", fault.sentence)
        return None
    if code := wanted.other_plan(table):
        form.add_error("file", _sentence_on_other_plan(request.plan, code))
        return None
    SheetUpload.objects.of_all_plans().make_room_for(request.user)
    return request.plan.sheet_uploads.create(
        user=request.user, kind=kind.name, name=file.name, table=spreadsheets.packed(table)
    )


def _sentence_on_other_plan(plan: Plan, code: str) -> str:
    other = Plan.objects.of_plan(code).first()
    named = f"“{other}”（{code}）" if other else f"代码为“{Truncator(code).chars(40)}”的规划"
    return (
        f"表中有{named}的行，这里是“{plan}”（{plan.code}）的导入页，没有读取。"
        "请到那份规划的导入页去导入，或改用从这里下载的表。"
    )


def export(request, kind):
    kind = _allowed(request, kind)
    choice = SHEET_CHOICES[kind.name](request.GET, user=request.user, plan=request.plan)
    if not choice.is_valid():
        return _sheet_page(request, kind, choice=choice, status=400)
    sheet = kind(request.user, request.plan)
    rows = list(sheet.cells(choice.cleaned_data))
    if len(rows) > spreadsheets.MOST_ROWS:
        choice.add_error(
            None, f"共 {len(rows):,} 行，一次最多 {spreadsheets.MOST_ROWS:,} 行，请少选一些，分几次下载。"
        )
        return _sheet_page(request, kind, choice=choice, status=400)
    form = choice.cleaned_data["format"]
    try:
        content = WRITERS[form](sheet, rows)
    except spreadsheets.Unwritable as fault:
        choice.add_error("format", fault.sentence)
        return _sheet_page(request, kind, choice=choice, status=400)
    detail = f"{request.plan.code} {kind.title} {len(rows)} 行 {form}；{choice.summary}"
    access_log.record(AccessKind.EXPORT, request.user, detail=detail)
    name = f"{request.plan.code}-{kind.title}-{timezone.localdate():%Y%m%d}.{form}"
    return HttpResponse(
        content,
        content_type=TYPES[form],
        headers={"Content-Disposition": content_disposition_header(True, name)},
    )


def preview(request, kind, pk):
    """Show what each row would do; a POST imports or discards the whole."""
    kind = _importable(request, kind)
    if request.method == "POST":
        return _decide(request, kind, pk)
    kept = _mine(request, kind, pk).first()
    if kept is None:
        return _gone(request, kind)
    context = {"title": f"导入{kind.title}：{Truncator(kept.name).chars(60)}", "gap": GAP}
    page = desk_page(request, "admin/desk/sheet_preview.html", context)
    head, tail = page.content.decode().split(GAP)
    answer = StreamingHttpResponse(_stream(request, head, tail, kept))
    # Otherwise a proxy buffers the progress.
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def faults(request, kind, pk):
    kind = _importable(request, kind)
    kept = _mine(request, kind, pk).first()
    if kept is None:
        return _gone(request, kind)
    columns = [spreadsheets.Column(label) for label in ("行", "列", "栏目", "所填", "问题")]
    judged = kind(request.user, request.plan).judge(_table(kept))
    rows = (list(fault) for row in judged for fault in row.faults)
    name = f"{request.plan.code}-{kind.title}-有误清单.csv"
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(spreadsheets.as_csv(columns, rows), content_type=TYPES["csv"], headers=headers)


def _stream(request, head: str, tail: str, kept: SheetUpload) -> Iterator[str]:
    yield head
    sheet, table, findings = KINDS[kept.kind](request.user, request.plan), _table(kept), Findings()
    try:
        for number, row in enumerate(sheet.judge(table), 1):
            findings.add(row)
            if number % ROWS_A_STEP == 0:
                yield render_to_string(PROGRESS, {"number": number, "all": len(table.lines)})
        yield render_to_string(
            "admin/desk/_judged.html", _preview_context(kept, sheet, table, findings), request
        )
    except Exception:
        # Too late for an error page.
        logger.exception("sheet %s could not be judged", kept.pk)
        yield "<p>核对没有完成，库中没有改动。请刷新重试；仍不行的，请与系统管理员联系。</p>"
    yield tail


class Findings:
    """Counts all rows and keeps those that the page shows."""

    def __init__(self) -> None:
        self.verdicts: Counter[Verdict] = Counter()
        self.number_of_faults = 0
        self.faults: list[Fault] = []
        self.changed: list[Judged] = []

    def add(self, row: Judged):
        self.verdicts[row.verdict] += 1
        self.number_of_faults += len(row.faults)
        self.faults += row.faults[: MOST_FAULTS - len(self.faults)]
        if row.is_to_write and len(self.changed) < MOST_CHANGES:
            self.changed.append(row)


def _preview_context(kept: SheetUpload, sheet: Sheet, table: spreadsheets.Table, findings: Findings) -> dict:
    return {
        "kept": kept,
        "sheet": sheet,
        "unknown": table.unknown,
        "tally": [(verdict.value, findings.verdicts[verdict]) for verdict in Verdict],
        "faults": findings.faults,
        "number_of_faults": findings.number_of_faults,
        "changed": findings.changed,
        "number_of_changes": findings.verdicts[Verdict.NEW] + findings.verdicts[Verdict.CHANGED],
    }


def _decide(request, kind: type[Sheet], pk: int):
    if "discard" in request.POST:
        _mine(request, kind, pk).delete()
        messages.info(request, "已放弃导入，库中没有改动。")
        return redirect("admin:sheet", request.plan.code, kind.name)
    try:
        number = _write(request, kind, pk)
    except SheetUpload.DoesNotExist:
        return _gone(request, kind)
    except (NotWritten, IntegrityError):
        messages.error(request, "核对之后库中的内容又有变动，没有导入。请看下面重新核对的结果。")
        return redirect(request.path)
    if number == 0:
        return redirect(request.path)
    messages.success(request, f"已导入 {number} 行。{kind.afterwards}")
    return redirect("admin:sheets", request.plan.code)


@transaction.atomic
def _write(request, kind: type[Sheet], pk: int) -> int:
    """Return how many rows were written. The upload is locked, so that it is imported once."""
    kept = _mine(request, kind, pk).select_for_update().get()
    number = kind(request.user, request.plan).write(_table(kept))
    if number:
        kept.delete()
    return number


def _table(kept: SheetUpload) -> spreadsheets.Table:
    return spreadsheets.unpacked(kept.table)


def _mine(request, kind: type[Sheet], pk: int):
    return request.plan.sheet_uploads.filter(pk=pk, kind=kind.name, user=request.user)


def _gone(request, kind: type[Sheet]):
    messages.info(request, "这份表已不在等候导入：可能已经导入过，或已放弃。需要时请重新选择文件。")
    return redirect("admin:sheet", request.plan.code, kind.name)


def _allowed(request, name: str) -> type[Sheet]:
    if name not in KINDS:
        raise Http404
    if not KINDS[name].may_export(request.user):
        raise PermissionDenied
    return KINDS[name]


def _importable(request, name: str) -> type[Sheet]:
    kind = _allowed(request, name)
    if not kind.may_import(request.user):
        raise PermissionDenied
    return kind


def _sheet_page(request, kind: type[Sheet], *, choice=None, form=None, status=200):
    user = request.user
    context = {
        "title": f"{kind.title}：表格导出、导入",
        "kind": kind,
        "choice": choice or SHEET_CHOICES[kind.name](None, user=user, plan=request.plan),
        "form": form or UploadForm(),
        "may_import": kind.may_import(user),
    }
    answer = desk_page(request, "admin/desk/sheet.html", context)
    answer.status_code = status
    return answer
