"""Evidence for a report: a document with its source, and its file if there is one."""

import uuid

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from targets.models.choices import one_of
from targets.models.report import Assessment, Observation
from targets.records.history import Ledger, Record
from targets.spreadsheets import file_types


class FileKind(models.TextChoices):
    PDF = "pdf", "PDF 文件"
    JPG = "jpg", "JPEG 图片"
    PNG = "png", "PNG 图片"
    XLSX = "xlsx", "Excel 表格"
    DOCX = "docx", "Word 文档"


class EvidenceFile(Ledger):
    """An uploaded file; `review.evidence_files` stores it under its primary key.

    Never deleted: corrections and history still refer to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("文件名", max_length=200)
    kind = models.CharField("种类", max_length=4, choices=FileKind)
    size = models.PositiveIntegerField("字节数")
    sha256 = models.CharField("校验值 SHA-256", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "证明材料的文件"
        constraints = [
            one_of("kind", FileKind, "evidence_file_kind_known"),
            models.CheckConstraint(condition=~Q(name=""), name="evidence_file_has_name"),
            models.CheckConstraint(condition=~Q(sha256=""), name="evidence_file_has_sha256"),
            models.CheckConstraint(condition=Q(size__gt=0), name="evidence_file_not_empty"),
        ]

    def __str__(self):
        return self.name

    @property
    def content_type(self) -> str:
        return file_types.CONTENT_TYPES[self.kind]


class Evidence(Record):
    """A document that supports one report; written only by `targets.review`."""

    exposures = [
        Observation.exposures[0].as_part("observation"),
        Assessment.exposures[0].as_part("assessment"),
    ]
    plan_paths = ("observation__indicator__plan", "assessment__goal__plan")
    internal_paths = ("observation__indicator__is_internal",)
    private_fields = ["file", "added_by"]

    observation = models.ForeignKey(
        Observation, models.CASCADE, null=True, blank=True, related_name="evidence", verbose_name="完成值"
    )
    assessment = models.ForeignKey(
        Assessment, models.CASCADE, null=True, blank=True, related_name="evidence", verbose_name="定性评价"
    )
    title = models.CharField("名称", max_length=200)
    source = models.CharField("出处", max_length=300, help_text="文件名、文号或网址")
    url = models.CharField(
        "链接",
        max_length=500,
        blank=True,
        help_text="以 http:// 或 https:// 开头",
        validators=[URLValidator(["http", "https"], message="请填以 http:// 或 https:// 开头的完整网址。")],
    )
    # Never public: files may contain names and seals.
    file = models.ForeignKey(
        EvidenceFile, models.PROTECT, null=True, editable=False, related_name="+", verbose_name="文件"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name="添加人"
    )
    # Not `auto_now_add`: a correction copies evidence with its original time.
    added_at = models.DateTimeField("添加时间", default=timezone.now, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "证明材料"
        ordering = ["added_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(observation__isnull=False, assessment=None)
                | Q(observation=None, assessment__isnull=False),
                name="evidence_about_one_report",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="evidence_has_title"),
            models.CheckConstraint(condition=~Q(source=""), name="evidence_has_source"),
            # Shown as a link: other schemes could run scripts.
            models.CheckConstraint(
                condition=Q(url="") | Q(url__istartswith="http://") | Q(url__istartswith="https://"),
                name="evidence_url_of_the_web",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def report(self):
        return self.observation or self.assessment
