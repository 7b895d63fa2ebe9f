"""Baselines: the state before the plan."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from targets.engine import quantities
from targets.models.choices import Basis, Grade, Level, one_of
from targets.models.plan import Plan
from targets.records.exposure import Exposure
from targets.records.history import Record, RecordQuerySet


class Comparator(models.TextChoices):
    EQ = "eq", "等于"
    GE = "ge", "以上(含)"
    LE = "le", "以下(含)"
    GT = "gt", "超过"
    LT = "lt", "不足"
    NEAR_BELOW = "near_below", "近"
    NEAR_ABOVE = "near_above", "略超"
    ABOUT = "about", "约"


class BaselineQuerySet(RecordQuerySet):
    def of_text(self):
        return self.filter(grade=Grade.TEXT)

    def marking_top(self):
        """Add `is_of_top`: whether the row belongs to the plan's top area."""
        return self.annotate(is_of_top=Q(area=F("indicator__plan__top_area")))


class Baseline(Record):
    """An indicator's value before the plan; the city's is from the text, a county's entered with a source."""

    exposures = [
        Exposure("baseline", ["indicator__code", "area__code"]),
        Exposure("indicator", ["indicator__code"], is_part=True),
    ]
    plan_paths = ("indicator__plan",)
    internal_paths = ("indicator__is_internal",)

    indicator = models.ForeignKey(
        "targets.Indicator", models.CASCADE, related_name="baselines", verbose_name="指标"
    )
    area = models.ForeignKey("targets.Area", models.PROTECT, related_name="baselines", verbose_name="县市区")
    value = models.DecimalField("数值", max_digits=18, decimal_places=4)
    comparator = models.CharField("比较词", max_length=10, choices=Comparator, default=Comparator.EQ)
    printed = models.CharField("原文表述", max_length=40, blank=True)
    basis = models.CharField("时期", max_length=15, choices=Basis)
    basis_is_inherited = models.BooleanField("时期承上下文", default=False)
    year = models.PositiveSmallIntegerField("年份", null=True, blank=True, help_text="未写明则空")
    formula = models.CharField("推算公式", max_length=60, blank=True, help_text="指标代码以 × 相连")
    grade = models.CharField("来源等级", max_length=10, choices=Grade)
    source = models.CharField(
        "出处", max_length=300, blank=True, help_text="文件名、文号或网址；原文之外必填"
    )
    note = models.CharField("说明", max_length=300, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, verbose_name="填写人"
    )

    objects: ClassVar = BaselineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "基期值"
        ordering = ["indicator__code", "area__code"]
        constraints = [
            one_of("comparator", Comparator, "baseline_comparator_known"),
            one_of("basis", Basis, "baseline_basis_known"),
            one_of("grade", Grade, "baseline_grade_known"),
            models.UniqueConstraint(
                fields=["indicator", "area"],
                name="baseline_once_per_area",
                violation_error_message="该县市区的这项指标已有基期值。",
            ),
            # A figure is quoted from the text, or it names its source.
            models.CheckConstraint(
                condition=Q(grade="text", entered_by=None) & ~Q(printed="")
                | ~Q(grade="text") & ~Q(source=""),
                name="baseline_has_origin",
                violation_error_message="请填写出处；“原文”等级只用于规划原文中的数，由系统载入。",
            ),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="baseline_not_negative",
                violation_error_message="基期值不能是负数。",
            ),
        ]

    def __str__(self):
        return f"{self.indicator.code} {self.area} {self.shown}"

    @property
    def shown(self) -> str:
        """The printed phrase; for an entered value comparator, number and unit."""
        if self.printed:
            return self.printed
        return f"{quantities.SIGNS[self.comparator]}{quantities.plain(self.value)}{self.indicator.unit}"

    @property
    def worked_formula(self) -> str:
        """A derived value's formula with numbers, 1.48 × 4 = 5.92. Runs a query."""
        if not self.formula:
            return ""
        inputs = Baseline.objects.of_text().filter(area=self.area).select_related("indicator")
        try:
            return quantities.worked(self.formula, {row.indicator.code: row.value for row in inputs})
        except KeyError:
            # verify_plan reports a wrong formula.
            return ""


class BaselineFact(Record):
    """A statement without a number about the time before the plan; never in a chart."""

    exposures = [Exposure("baseline_fact", ["code"])]
    plan_paths = ("plan",)

    plan = models.ForeignKey(
        Plan, models.CASCADE, to_field="code", related_name="baseline_facts", verbose_name="规划"
    )
    code = models.CharField("代码", max_length=10)
    subject = models.CharField("对象", max_length=60)
    reading = models.CharField("释读", max_length=60, help_text="整理者的理解，非原文")
    level = models.CharField("层级", max_length=12, choices=Level)
    basis = models.CharField("时期", max_length=15, choices=Basis, blank=True)
    is_inverse = models.BooleanField("越低越好", default=False)
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "基期定性事实"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="baseline_fact_code_once"),
            one_of("level", Level, "baseline_fact_level_known"),
            models.CheckConstraint(
                condition=Q(basis="") | Q(basis__in=Basis.values), name="baseline_fact_basis_known"
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.subject}"

    def get_absolute_url(self):
        return f"{reverse('indicators', args=[self.plan_id])}#{self.code}"
