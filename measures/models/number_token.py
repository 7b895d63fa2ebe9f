from django.db import models
from django.db.models import Q

from measures.models.text import Section, SourceText, span_in_order
from targets.models import Baseline, Policy, Target, one_of
from targets.records.exposure import Exposure
from targets.records.ownership import OfPlan


class NumberTokenKind(models.TextChoices):
    BASELINE = "baseline", "基期值"
    TARGET = "target", "目标值"
    DEADLINE = "deadline", "期限"
    AMOUNT = "amount", "金额及其条件"
    DOCUMENT_NUMBER = "document_number", "文号"
    DATE = "date", "日期"
    ORDINAL = "ordinal", "序号"
    PERIOD = "period", "规划期"
    PROPER_NAME = "proper_name", "专名"
    HORIZON = "horizon", "远景"
    UNCLASSIFIED = "unclassified", "未归类"


class NumberTokenQuerySet(OfPlan):
    def of_figures(self):
        return self.filter(kind__in=[NumberTokenKind.BASELINE, NumberTokenKind.TARGET])


class NumberToken(models.Model):
    """A number in the text and its kind; each digit of the text belongs to exactly one.

    Several records may have one number: 各50家.
    """

    exposures = [Exposure("section", ["section__code"], is_part=True)]
    plan_paths = ("source__plan",)

    source = models.ForeignKey(
        SourceText, models.CASCADE, related_name="number_tokens", verbose_name="规划原文"
    )
    section = models.ForeignKey(Section, models.PROTECT, related_name="number_tokens", verbose_name="章节")
    code = models.CharField("代码", max_length=10)
    start = models.PositiveIntegerField("起点")
    end = models.PositiveIntegerField("终点")
    printed = models.CharField("原文所印", max_length=20)
    kind = models.CharField("类别", max_length=15, choices=NumberTokenKind)
    baselines = models.ManyToManyField(
        Baseline, blank=True, related_name="number_tokens", verbose_name="基期值"
    )
    targets = models.ManyToManyField(Target, blank=True, related_name="number_tokens", verbose_name="目标值")
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
                condition=Q(kind="document_number", policy__isnull=False)
                | (~Q(kind="document_number") & Q(policy=None)),
                name="number_token_of_policy",
            ),
        ]

    def __str__(self):
        return f"{self.printed} {self.get_kind_display()}"
