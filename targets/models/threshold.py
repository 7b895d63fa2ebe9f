from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from targets.engine.thresholds import Thresholds
from targets.models.plan import Plan
from targets.records.exposure import Exposure
from targets.records.history import Ledger, LedgerQuerySet


class ThresholdDecisionQuerySet(LedgerQuerySet):
    def decided_by(self, day):
        return self.filter(decided_on__lte=day)

    def in_force(self, on):
        """The latest decision up to a day for each plan."""
        same = self.model.objects.decided_by(on).filter(plan=OuterRef("plan"))
        return self.filter(pk=Subquery(same.order_by("-decided_on").values("pk")[:1]))

    def with_in_force(self, on):
        """Add `in_force`: whether the row is valid on a day."""
        return self.annotate(in_force=Exists(self.model.objects.in_force(on).filter(pk=OuterRef("pk"))))


class ThresholdDecision(Ledger):
    """The lowest schedule index for each status, written by `targets.review`.

    Before a plan's first decision the default of the engine is in force.
    """

    exposures = [Exposure("threshold", ["plan__code", "decided_on"])]
    plan_paths = ("plan",)

    plan = models.ForeignKey(
        Plan, models.CASCADE, to_field="code", related_name="threshold_decisions", verbose_name="规划"
    )
    ahead_from = models.DecimalField("快于预期起点", max_digits=4, decimal_places=2, help_text="序时指数")
    on_schedule_from = models.DecimalField(
        "符合预期起点", max_digits=4, decimal_places=2, help_text="序时指数"
    )
    slightly_behind_from = models.DecimalField(
        "略有滞后起点", max_digits=4, decimal_places=2, help_text="序时指数，再低即为滞后"
    )
    decided_on = models.DateField("决定日期", help_text="在这一天或以后结束的报告期按这一次决定判断")
    source = models.CharField("出处", max_length=300, help_text="文件名、文号或网址")
    reason = models.CharField(
        "调整理由", max_length=300, blank=True, help_text="调整默认值或原有的分界时必填"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, verbose_name="填写人"
    )
    entered_at = models.DateTimeField("填写时间", auto_now_add=True)

    objects: ClassVar = ThresholdDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "状态分界"
        ordering = ["plan__code", "decided_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    slightly_behind_from__lt=F("on_schedule_from"), on_schedule_from__lt=F("ahead_from")
                ),
                name="threshold_in_order",
                violation_error_message=(
                    "三个起点应依次变小：快于预期最大，略有滞后最小，不能相等。请核对后重新填写。"
                ),
            ),
            models.CheckConstraint(
                condition=Q(slightly_behind_from__gt=0),
                name="threshold_positive",
                violation_error_message="略有滞后起点应大于 0，请重新填写。",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="threshold_has_source"),
            models.UniqueConstraint(
                fields=["plan", "decided_on"],
                name="threshold_decided_once_a_day",
                violation_error_message=(
                    "这一天已有一个决定，不能再记。请核对决定日期；原来填错的，请以后一天为决定日期再记一次，在理由中写明更正。"
                ),
            ),
        ]

    def __str__(self):
        return f"{self.plan} {self.decided_on} {' / '.join(self.thresholds.shown.values())}"

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(self.ahead_from, self.on_schedule_from, self.slightly_behind_from)
