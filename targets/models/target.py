from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from targets.engine import quantities
from targets.models.area import Area
from targets.models.baseline import Comparator
from targets.models.choices import Grade, one_of
from targets.models.indicator import Indicator
from targets.records.exposure import Exposure
from targets.records.history import Ledger, LedgerQuerySet


class TargetQuerySet(LedgerQuerySet):
    def within_plan(self):
        """Targets of the plan's years."""
        plan = "indicator__plan"
        return self.filter(year__gte=F(f"{plan}__start_year"), year__lte=F(f"{plan}__end_year"))

    def in_force(self, on):
        """The latest decision up to a day for each indicator, area and year."""
        same = self.model.objects.filter(
            indicator=OuterRef("indicator"), area=OuterRef("area"), year=OuterRef("year"), decided_on__lte=on
        )
        return self.filter(pk=Subquery(same.order_by("-decided_on", "-pk").values("pk")[:1]))

    def with_in_force(self, on):
        """Add `in_force`: whether the row is valid on a day."""
        return self.annotate(in_force=Exists(self.model.objects.in_force(on).filter(pk=OuterRef("pk"))))


class Target(Ledger):
    """A planned value, written by `targets.review`; a revision is a new row with a reason."""

    exposures = [Exposure("target", ["indicator__code", "area__code", "year", "decided_on"])]
    plan_paths = ("indicator__plan",)
    internal_paths = ("indicator__is_internal",)

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="targets", verbose_name="指标")
    area = models.ForeignKey(Area, models.PROTECT, related_name="targets", verbose_name="县市区")
    year = models.PositiveSmallIntegerField("年份", help_text="期间累计类指标填自规划起始年至该年末的累计数")
    value = models.DecimalField("目标值", max_digits=18, decimal_places=4)
    comparator = models.CharField("比较词", max_length=10, choices=Comparator, default=Comparator.EQ)
    decided_on = models.DateField("决定日期")
    grade = models.CharField("来源等级", max_length=10, choices=Grade)
    source = models.CharField("出处", max_length=300, help_text="文件名、文号或网址")
    reason = models.CharField("调整理由", max_length=300, blank=True, help_text="调整原目标时必填")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, verbose_name="填写人"
    )
    entered_at = models.DateTimeField("填写时间", auto_now_add=True)

    objects: ClassVar = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "目标值"
        ordering = ["indicator__code", "area__code", "year", "decided_on"]
        constraints = [
            one_of("comparator", Comparator, "target_comparator_known"),
            # The text has no targets.
            models.CheckConstraint(
                condition=Q(grade__in=[grade for grade in Grade.values if grade != Grade.TEXT]),
                name="target_grade_not_text",
                violation_error_message="原文没有目标值，来源等级不能填“原文”。",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="target_has_source"),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="target_not_negative",
                violation_error_message="目标值请填 0 或正数。",
            ),
            # `targets.review` checks the plan's years; they are in another table.
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2100),
                name="target_year_sensible",
                violation_error_message="年份应在 2000 至 2100 之间。",
            ),
            models.UniqueConstraint(
                fields=["indicator", "area", "year", "decided_on"],
                name="target_decided_once_a_day",
                violation_error_message="这一天对这一年已有一个决定，不能再记。请核对文件上的决定日期；原来填错的，请与管理员联系。",
            ),
        ]

    def __str__(self):
        return f"{self.indicator.code} {self.area} {self.year}年 {self.value}"

    @property
    def shown(self) -> str:
        return f"{quantities.SIGNS[self.comparator]}{quantities.plain(self.value)}{self.indicator.unit}"
