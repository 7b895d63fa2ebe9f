"""What supports a report: a document, named with where it is to be found."""

from django.conf import settings
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from targets.history import Record
from targets.models.report import Assessment, Observation, Report


class Evidence(Record):
    """A document that one report rests on. It is part of the report, and changes through `targets.review`."""

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
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name="添加人"
    )
    # Not `auto_now_add`: what a correction takes over keeps the time at which it was added.
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
            # It is shown as a link: no other scheme may ever run in a reader's browser.
            models.CheckConstraint(
                condition=Q(url="") | Q(url__istartswith="http://") | Q(url__istartswith="https://"),
                name="evidence_url_of_the_web",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def report(self) -> Report:
        return self.observation or self.assessment
