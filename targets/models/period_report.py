"""Published reports on a period: annual and mid-term."""

import json
from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from targets.models.choices import one_of
from targets.models.period import Period
from targets.records.exposure import Exposure
from targets.records.history import Ledger


class PeriodReportKind(models.TextChoices):
    ANNUAL = "annual", "年度报告"
    MID_TERM = "mid_term", "中期评估报告"


class PeriodReport(Ledger):
    """The content of a report page, frozen when it was published by `targets.review`.

    `content` is hashed and served byte for byte. A later change is a new edition with a reason.
    """

    exposures = [Exposure("report", ["period__code", "edition"])]
    plan_paths = ("period__plan",)

    period = models.ForeignKey(Period, models.PROTECT, related_name="reports", verbose_name="报告期")
    edition = models.PositiveSmallIntegerField("版次")
    kind = models.CharField("种类", max_length=10, choices=PeriodReportKind)
    content = models.TextField("内容")
    sha256 = models.CharField("校验值 SHA-256", max_length=64)
    published_at = models.DateTimeField("发布时间", default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="发布人"
    )
    reason = models.CharField("再版理由", max_length=500, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "期间报告"
        ordering = ["-period__end", "period__start", "-edition"]
        constraints = [
            one_of("kind", PeriodReportKind, "period_report_kind_known"),
            models.UniqueConstraint(fields=["period", "edition"], name="period_report_edition_once"),
            models.CheckConstraint(condition=Q(edition__gte=1), name="period_report_edition_counted"),
            models.CheckConstraint(condition=~Q(content=""), name="period_report_has_content"),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"\A[0-9a-f]{64}\Z"), name="period_report_has_sha256"
            ),
            models.CheckConstraint(
                condition=Q(edition=1) | ~Q(reason=""), name="period_report_says_why_again"
            ),
        ]

    def __str__(self):
        return f"{self.title}第 {self.edition} 版"

    def get_absolute_url(self):
        return reverse("report", args=[self.period.plan_id, self.period.code])

    @property
    def title(self) -> str:
        return title_of(self.period, self.kind)

    @cached_property
    def parsed_content(self) -> dict:
        """The content as built by `targets.standing.period_report_content`."""
        return json.loads(self.content)


def title_of(period: Period, kind: str) -> str:
    """2018年度报告, 2018年中期评估报告, 2018年上半年中期评估报告."""
    label = str(period)
    if kind == PeriodReportKind.ANNUAL:
        label = label.removesuffix("年")
    return f"{label}{PeriodReportKind(kind).label}"
