from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from measures.models.text import Section, SourceText, span_in_order
from targets.models import one_of
from targets.records.exposure import Exposure
from targets.records.history import Record, RecordQuerySet


class CorrectionKind(models.TextChoices):
    DROPPED = "dropped", "漏字"
    TITLE = "title", "文件名有误"
    WORD = "word", "用字有误"
    TERM = "term", "用语不全"
    GRAMMAR = "grammar", "语法"
    SPACE = "space", "多余空格"
    TERM_DOUBT = "term_doubt", "用语存疑"
    SENSE_DOUBT = "sense_doubt", "文意存疑"


class Confidence(models.TextChoices):
    HIGH = "high", "高"
    MEDIUM = "medium", "中"
    LOW = "low", "低"


class CorrectionQuerySet(RecordQuerySet):
    def reviewed(self):
        """Loaded with the text, not entered by staff."""
        return self.filter(entered_by=None)


class Correction(Record):
    """A mistake in the text and its probable correction; shown on demand, the text never changes."""

    exposures = [Exposure("correction", ["code"])]
    private_fields = ["entered_by"]
    plan_paths = ("source__plan",)

    source = models.ForeignKey(
        SourceText, models.CASCADE, related_name="corrections", verbose_name="规划原文"
    )
    section = models.ForeignKey(Section, models.PROTECT, related_name="corrections", verbose_name="章节")
    code = models.CharField("代码", max_length=10)
    kind = models.CharField("类别", max_length=12, choices=CorrectionKind)
    start = models.PositiveIntegerField("起点")
    end = models.PositiveIntegerField("终点")
    as_printed = models.CharField("原文所印", max_length=100)
    suggested = models.CharField("建议读作", max_length=100, blank=True)
    confidence = models.CharField("把握", max_length=6, choices=Confidence)
    reason = models.CharField("理由", max_length=300)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, verbose_name="填写人"
    )
    entered_at = models.DateTimeField("填写时间", null=True, blank=True, editable=False)

    objects: ClassVar = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "勘误"
        # The newest of several corrections of the same words comes last.
        ordering = ["start", F("entered_at").asc(nulls_first=True), "code"]
        constraints = [
            models.UniqueConstraint(fields=["source", "code"], name="correction_code_once"),
            one_of("kind", CorrectionKind, "correction_kind_known"),
            one_of("confidence", Confidence, "correction_confidence_known"),
            span_in_order("correction_span_in_order"),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="correction_has_reason",
                violation_error_message="请写明理由。",
            ),
            models.CheckConstraint(
                condition=~Q(as_printed=F("suggested")),
                name="correction_changes_something",
                violation_error_message="建议读法与原文所印相同。",
            ),
            models.CheckConstraint(
                condition=Q(entered_by=None, entered_at=None)
                | Q(entered_by__isnull=False, entered_at__isnull=False),
                name="correction_entered_by_someone_at_some_time",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.as_printed} → {self.suggested or '(删)'}"

    def get_absolute_url(self):
        return f"{reverse('text', args=[self.source.plan_id])}?corrected=1#{self.code}"
