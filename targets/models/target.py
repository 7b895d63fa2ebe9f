from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from targets.engine import quantities
from targets.engine.stated import StatedForm
from targets.models.area import Area
from targets.models.baseline import Comparator
from targets.models.choices import Grade, one_of
from targets.models.indicator import Indicator
from targets.records.exposure import Exposure
from targets.records.history import Ledger, LedgerQuerySet, RecordQuerySet, alters_data

FORMS = [(form.value, form.label) for form in StatedForm]


class TargetQuerySet(LedgerQuerySet):
    def of_text(self):
        return self.filter(grade=Grade.TEXT)

    @alters_data
    def read_again(self, **values):
        """Correct what was read from the text; nobody decided it, so no row is added."""
        return RecordQuerySet.update(self.of_text(), **values)

    def within_plan(self):
        """Targets of the plan's years."""
        plan = "indicator__plan"
        return self.filter(year__gte=F(f"{plan}__start_year"), year__lte=F(f"{plan}__end_year"))

    def decided_by(self, day):
        """A target without a day counts always."""
        return self.filter(Q(decided_on=None) | Q(decided_on__lte=day))

    def in_order_of_decision(self):
        return self.order_by(F("decided_on").asc(nulls_first=True), "pk")

    def in_force(self, on):
        """The latest decision up to a day for each indicator, area and year."""
        same = self.model.objects.decided_by(on).filter(
            indicator=OuterRef("indicator"), area=OuterRef("area"), year=OuterRef("year")
        )
        newest = same.order_by(F("decided_on").desc(nulls_last=True), "-pk")
        return self.filter(pk=Subquery(newest.values("pk")[:1]))

    def with_in_force(self, on):
        """Add `in_force`: whether the row is valid on a day."""
        return self.annotate(in_force=Exists(self.model.objects.in_force(on).filter(pk=OuterRef("pk"))))


class Target(Ledger):
    """A planned value, written by `targets.review`; a revision is a new row with a reason."""

    exposures = [
        Exposure("target", ["indicator__code", "area__code", "year", "decided_on"], optional=["decided_on"])
    ]
    plan_paths = ("indicator__plan",)
    internal_paths = ("indicator__is_internal",)

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="targets", verbose_name="指标")
    area = models.ForeignKey(Area, models.PROTECT, related_name="targets", verbose_name="县市区")
    year = models.PositiveSmallIntegerField("年份", help_text="期间累计类指标填自规划起始年至该年末的累计数")
    form = models.CharField("形式", max_length=12, choices=FORMS, default=StatedForm.VALUE)
    # As stated: 8 for 年均增长8%. What it comes to depends on the baseline and is never stored.
    value = models.DecimalField("目标值", max_digits=18, decimal_places=4)
    base_year = models.PositiveSmallIntegerField(
        "比较的年份", null=True, blank=True, help_text="文中写明与哪一年相比的"
    )
    comparator = models.CharField("比较词", max_length=10, choices=Comparator, default=Comparator.EQ)
    printed = models.CharField("原文表述", max_length=40, blank=True)
    decided_on = models.DateField("决定日期", null=True)
    grade = models.CharField("来源等级", max_length=10, choices=Grade)
    source = models.CharField("出处", max_length=300, blank=True, help_text="文件名、文号或网址")
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
            models.CheckConstraint(condition=Q(form__in=StatedForm), name="target_form_known"),
            # What the text states is quoted; anything else is a number decided on some day by a document.
            models.CheckConstraint(
                condition=Q(grade="text", entered_by=None) & ~Q(printed="")
                | Q(decided_on__isnull=False, form="value", printed="") & ~Q(grade="text"),
                name="target_quoted_or_decided",
                violation_error_message="“原文”等级只用于规划原文中的目标，由系统载入；其余请填决定日期。",
            ),
            models.CheckConstraint(
                condition=Q(grade="text") | ~Q(source=""),
                name="target_has_source",
                violation_error_message="请注明出处。",
            ),
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
            # NULLs are distinct for the rule above.
            models.UniqueConstraint(
                fields=["indicator", "area", "year"],
                condition=Q(decided_on=None),
                name="target_once_without_day",
            ),
        ]

    def __str__(self):
        return f"{self.indicator.code} {self.area} {self.year}年 {self.printed or self.value}"

    def clean_fields(self, exclude=None):
        """A text may lack a date; whoever decides a target gives one."""
        if self.is_of_text and self.decided_on is None:
            exclude = {*(exclude or ()), "decided_on"}
        super().clean_fields(exclude)

    @property
    def is_of_text(self) -> bool:
        return self.grade == Grade.TEXT

    @property
    def is_derived(self) -> bool:
        """Whether the number is not the target itself: 8 for 年均增长8%."""
        return self.form != StatedForm.VALUE

    @property
    def counts_from(self) -> date:
        """The day of decision; a target without one counts always."""
        return self.decided_on or date.min

    @property
    def shown(self) -> str:
        """The printed phrase; for an entered target comparator, number and unit."""
        if self.printed:
            return self.printed
        return f"{quantities.SIGNS[self.comparator]}{quantities.plain(self.value)}{self.indicator.unit}"
