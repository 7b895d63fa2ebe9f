from django.db import models
from django.db.models import Q

from measures.models.text import Section, SourceText, span_in_order
from targets.models import Baseline, Policy, one_of
from targets.records.exposure import Exposure
from targets.records.ownership import OfPlan


class NumberTokenQuerySet(OfPlan):
    def in_baselines(self):
        return self.filter(baseline__isnull=False).select_related("baseline__indicator")


class NumberTokenKind(models.TextChoices):
    INDICATOR = "indicator", "指标数值"
    DOCUMENT_NUMBER = "document_number", "文号"
    DATE = "date", "日期"
    ORDINAL = "ordinal", "序号"
    PERIOD = "period", "规划期"
    PROPER_NAME = "proper_name", "专名"


class NumberToken(models.Model):
    """A number in the text and its kind; each digit of the text belongs to exactly one."""

    exposures = [Exposure("section", ["section__code"], is_part=True)]
    plan_paths = ("source__plan",)
    internal_paths = ("baseline__indicator__is_internal",)

    source = models.ForeignKey(
        SourceText, models.CASCADE, related_name="number_tokens", verbose_name="规划原文"
    )
    section = models.ForeignKey(Section, models.PROTECT, related_name="number_tokens", verbose_name="章节")
    code = models.CharField("代码", max_length=10)
    start = models.PositiveIntegerField("起点")
    end = models.PositiveIntegerField("终点")
    printed = models.CharField("原文所印", max_length=20)
    kind = models.CharField("类别", max_length=15, choices=NumberTokenKind)
    baseline = models.OneToOneField(
        Baseline, models.CASCADE, null=True, blank=True, related_name="number_token", verbose_name="基期值"
    )
    policy = models.ForeignKey(
        Policy, models.CASCADE, null=True, blank=True, related_name="number_tokens", verbose_name="政策文件"
    )
    note = models.CharField("说明", max_length=100, blank=True)

    objects = NumberTokenQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "原文数字"
        ordering = ["start"]
        constraints = [
            models.UniqueConstraint(fields=["source", "code"], name="number_token_code_once"),
            one_of("kind", NumberTokenKind, "number_token_kind_known"),
            span_in_order("number_token_span_in_order"),
            models.UniqueConstraint(fields=["source", "start"], name="number_token_once"),
            models.CheckConstraint(
                condition=Q(kind="indicator", baseline__isnull=False)
                | (~Q(kind="indicator") & Q(baseline=None)),
                name="number_token_of_indicator",
            ),
            models.CheckConstraint(
                condition=Q(kind="document_number", policy__isnull=False)
                | (~Q(kind="document_number") & Q(policy=None)),
                name="number_token_of_policy",
            ),
        ]

    def __str__(self):
        return f"{self.printed} {self.get_kind_display()}"
