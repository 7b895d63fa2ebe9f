"""The download of a file of evidence."""

from django.core.exceptions import PermissionDenied
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from targets.desk import access_log
from targets.desk.pages.choosing import desk_page
from targets.models import AccessKind, Evidence
from targets.review import evidence_files, roles


@require_safe
def evidence_file(request, pk):
    """Send the file as an attachment, with an entry in the access log."""
    papers = roles.evidence_seen_by(request.user, Evidence.objects.of_plan(request.plan).exclude(file=None))
    paper = get_object_or_404(papers.select_related("file"), pk=pk)
    kind = paper.report._meta.model_name
    if not request.user.has_perm(f"targets.view_{kind}"):
        raise PermissionDenied
    content = evidence_files.opened(paper.file)
    if content is None:
        row_url = reverse(f"admin:targets_{kind}_change", args=[paper.report.pk])
        context = {"title": "文件找不到了", "paper": paper, "row_url": row_url}
        return desk_page(request, "admin/desk/file_missing.html", context, status=404)
    detail = f"证明材料“{paper.title}”的文件“{paper.file.name}”：{paper.report}"
    access_log.record(AccessKind.EXPORT, request.user, detail=detail)
    return FileResponse(
        content,
        as_attachment=True,
        filename=paper.file.name,
        content_type=paper.file.content_type,
        headers={"Content-Security-Policy": "default-src 'none'; sandbox"},
    )
