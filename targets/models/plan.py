from django.db import models
from django.db.models import F, Q

from targets.engine.thresholds import DecidedThresholds, Thresholds
from targets.models.choices import one_of
from targets.records.exposure import Exposure
from targets.records.history import Record


class Completeness(models.TextChoices):
    COMPLETE = "complete", "完整"
    TRUNCATED = "truncated", "不完整"


class Plan(Record):
    exposures = [Exposure("plan", ["code"])]

    code = models.SlugField("代码", max_length=40, unique=True)
    title = models.CharField("名称", max_length=200)
    document_title = models.CharField("印发文件标题", max_length=200)
    number = models.CharField("文号", max_length=60)
    issuer = models.CharField("制定机关", max_length=100)
    published_on = models.DateField("公布日期")
    effective_on = models.DateField("施行日期")
    start_year = models.PositiveSmallIntegerField("起始年")
    end_year = models.PositiveSmallIntegerField("结束年")
    baseline_year = models.PositiveSmallIntegerField("基期年")
    completeness = models.CharField("文本完整性", max_length=10, choices=Completeness)
    completeness_note = models.CharField("文本缺失说明", max_length=300, blank=True)
    # Set by `load_demo`: reported figures are invented.
    is_demo = models.BooleanField("演示数据", default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "规划"
        ordering = ["code"]
        constraints = [
            one_of("completeness", Completeness, "plan_completeness_known"),
            models.CheckConstraint(
                condition=Q(baseline_year__lt=F("start_year"), start_year__lte=F("end_year")),
                name="plan_years_in_order",
                violation_error_message="基期年应早于起始年，起始年不晚于结束年。",
            ),
            models.CheckConstraint(
                condition=~Q(completeness="truncated") | ~Q(completeness_note=""),
                name="plan_truncation_explained",
                violation_error_message="文本不完整时须写明缺什么。",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_truncated(self) -> bool:
        return self.completeness == Completeness.TRUNCATED

    @property
    def reference(self) -> str:
        """As a source is cited: issuer, title and number."""
        return f"{self.issuer}《{self.title}》（{self.number}）"

    @property
    def years(self) -> range:
        return range(self.start_year, self.end_year + 1)

    def decided_thresholds(self) -> list[DecidedThresholds]:
        """The ledger as plain values, in the order of decision."""
        rows = self.threshold_decisions.order_by("decided_on").values_list(
            "decided_on", "ahead_from", "on_schedule_from", "slightly_behind_from"
        )
        return [DecidedThresholds(on, Thresholds(*numbers)) for on, *numbers in rows]
