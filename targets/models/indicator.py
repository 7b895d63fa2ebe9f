from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from targets.models.baseline import Baseline
from targets.models.choices import Level, one_of
from targets.models.goal import Goal, GoalLink
from targets.models.plan import Plan
from targets.records.exposure import Exposure
from targets.records.history import Record, RecordQuerySet


class IndicatorLink(Record):
    """指标沿革: an indicator continues one of an earlier plan."""

    exposures = [Exposure("indicator", ["indicator__code"], is_part=True)]
    plan_paths = ("indicator__plan",)
    internal_paths = ("indicator__is_internal", "earlier__is_internal")

    indicator = models.ForeignKey(
        "targets.Indicator", models.CASCADE, related_name="earlier_links", verbose_name="指标"
    )
    earlier = models.ForeignKey(
        "targets.Indicator", models.PROTECT, related_name="later_links", verbose_name="以前规划的指标"
    )
    difference = models.CharField("口径有何不同", max_length=300, blank=True, help_text="相同则空")
    source = models.CharField("依据", max_length=300, help_text="文件名、文号或网址")

    class Meta:
        verbose_name = verbose_name_plural = "指标沿革"
        ordering = ["indicator__code", "earlier__plan", "earlier__code"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "earlier"], name="indicator_link_once"),
            models.CheckConstraint(condition=~Q(indicator=F("earlier")), name="indicator_link_to_another"),
            models.CheckConstraint(condition=~Q(source=""), name="indicator_link_has_source"),
        ]

    def __str__(self):
        return f"{self.indicator.code} ← {self.earlier.plan_id} {self.earlier.code}"


class IndicatorQuerySet(RecordQuerySet):
    def tracked(self):
        return self.filter(is_tracked=True)

    def tracked_on(self, day: date):
        return self.tracked().filter(Q(retired_on=None) | Q(retired_on__gt=day))

    def headline(self):
        return self.filter(is_headline=True)

    def with_baselines(self):
        rows = Baseline.objects.marking_top().select_related("area")
        return self.prefetch_related(models.Prefetch("baselines", rows))

    def with_baselines_for(self, area):
        """Prefetch the baselines of an area, its predecessor and the plan's top area."""
        rows = Baseline.objects.marking_top().select_related("area")
        rows = rows.filter(Q(area=area) | Q(area__successor=area) | Q(is_of_top=True))
        return self.prefetch_related(models.Prefetch("baselines", rows))

    def relatives(self, indicator):
        """The same thing at other levels."""
        if not indicator.family:
            return self.none()
        return self.filter(plan=indicator.plan_id, family=indicator.family).exclude(pk=indicator.pk)

    def with_goals(self):
        return self.prefetch_related(
            models.Prefetch("goal_links", GoalLink.objects.in_use().select_related("goal"))
        )


class IndicatorKind(models.TextChoices):
    STOCK = "stock", "时点数"
    FLOW = "flow", "期间累计"
    RUNNING_TOTAL = "running_total", "累计(起点未写明)"
    RATIO = "ratio", "比率"
    COEFFICIENT = "coefficient", "测算系数"
    DERIVED = "derived", "推算"


class Nature(models.TextChoices):
    """What the text says of an indicator; empty where it says nothing."""

    BINDING = "binding", "约束性"
    EXPECTED = "expected", "预期性"


class LevelScope(models.TextChoices):
    EXACT = "exact", "本级"
    AND_ABOVE = "and_above", "及以上"


class Direction(models.TextChoices):
    RISE = "rise", "越高越好"
    FALL = "fall", "越低越好"
    AT_LEAST = "at_least", "不低于"
    AT_MOST = "at_most", "不高于"


class RollUp(models.TextChoices):
    """How the city's figure is computed from its parts, if it has none of its own."""

    NONE = "none", "不汇总"
    SUM = "sum", "县市区相加"
    RATIO = "ratio", "分子之和除以分母之和"


class Indicator(Record):
    exposures = [Exposure("indicator", ["code"])]
    plan_paths = ("plan",)
    internal_paths = ("is_internal",)
    public_gate = "is_internal"

    plan = models.ForeignKey(
        Plan, models.CASCADE, to_field="code", related_name="indicators", verbose_name="规划"
    )
    code = models.CharField("代码", max_length=10)
    name = models.CharField("名称", max_length=60)
    family = models.CharField("指标族", max_length=60, blank=True, help_text="同一事物不同层级的指标归为一族")
    level = models.CharField("层级", max_length=12, choices=Level)
    level_scope = models.CharField("层级范围", max_length=10, choices=LevelScope, default=LevelScope.EXACT)
    level_is_inferred = models.BooleanField("层级系推断", default=False)
    category = models.CharField("分类", max_length=20, blank=True, help_text="规划自己的用词，没有的不填")
    unit = models.CharField("单位", max_length=10)
    decimals = models.PositiveSmallIntegerField("小数位", default=0)
    kind = models.CharField("数值类型", max_length=15, choices=IndicatorKind)
    direction = models.CharField("方向", max_length=10, choices=Direction, default=Direction.RISE)
    nature = models.CharField(
        "约束性或预期性", max_length=8, choices=Nature, blank=True, help_text="原文没有写明的不填"
    )
    roll_up = models.CharField(
        "汇总方式",
        max_length=8,
        choices=RollUp,
        default=RollUp.NONE,
        help_text="规划地区没有自己的数时，如何由县市区得出",
    )
    is_tracked = models.BooleanField("纳入监测", default=True)
    is_internal = models.BooleanField("内部", default=False, help_text="不对外公开")
    is_headline = models.BooleanField("总览页展示", default=False)
    part_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="其中项，属于"
    )
    goals = models.ManyToManyField(
        Goal, through="GoalLink", related_name="indicators", verbose_name="对应目标"
    )
    definition = models.TextField("口径", blank=True, help_text="由科技局填写；原文未给出口径")
    definition_source = models.CharField("口径出处", max_length=300, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    # Written by `targets.review`: from that day on nothing is owed and nothing is judged.
    retired_on = models.DateField("停止监测日期", null=True, blank=True)
    retired_reason = models.CharField("停止监测的理由", max_length=300, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name="接替的指标"
    )

    objects: ClassVar = IndicatorQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "指标"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="indicator_code_once"),
            one_of("kind", IndicatorKind, "indicator_kind_known"),
            one_of("level", Level, "indicator_level_known"),
            one_of("level_scope", LevelScope, "indicator_level_scope_known"),
            one_of("direction", Direction, "indicator_direction_known"),
            one_of("roll_up", RollUp, "indicator_roll_up_known"),
            models.CheckConstraint(
                condition=Q(nature="") | Q(nature__in=Nature.values), name="indicator_nature_known"
            ),
            models.CheckConstraint(condition=~Q(unit=""), name="indicator_has_unit"),
            models.CheckConstraint(condition=Q(decimals__lte=4), name="indicator_decimals_fit"),
            models.CheckConstraint(condition=~Q(part_of=F("id")), name="indicator_not_part_of_itself"),
            # Coefficients and derived values are assumptions.
            models.CheckConstraint(
                condition=Q(is_tracked=False) | ~Q(kind__in=["coefficient", "derived"]),
                name="indicator_assumption_not_tracked",
                violation_error_message="测算系数和推算值不能纳入监测。",
            ),
            models.CheckConstraint(
                condition=Q(definition="") | ~Q(definition_source=""),
                name="indicator_definition_has_source",
                violation_error_message="填写口径时须注明出处。",
            ),
            models.CheckConstraint(
                condition=Q(retired_on=None, retired_reason="", successor=None)
                | (Q(retired_on__isnull=False) & ~Q(retired_reason="")),
                name="indicator_retired_with_reason",
                violation_error_message="停止监测须写明日期和理由；没有停止监测的，没有接替的指标。",
            ),
            models.CheckConstraint(condition=~Q(successor=F("id")), name="indicator_not_its_own_successor"),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"

    def get_absolute_url(self):
        return reverse("indicator", args=[self.plan_id, self.code])

    def told_retirement(self, successor: "Indicator | None") -> str:
        """自2019年1月1日起不再监测，由 I31 接替; `successor` is None where the reader may not see it."""
        day = self.retired_on
        if day is None:
            return ""
        taken_over = f"，由 {successor.code} 接替" if successor else ""
        return f"自{day.year}年{day.month}月{day.day}日起不再监测{taken_over}"

    def is_retired_on(self, day: date) -> bool:
        return self.retired_on is not None and self.retired_on <= day

    def is_tracked_on(self, day: date) -> bool:
        return self.is_tracked and not self.is_retired_on(day)

    @property
    def is_rolled_up(self) -> bool:
        return self.roll_up != RollUp.NONE

    @property
    def is_flow(self) -> bool:
        return self.kind == IndicatorKind.FLOW

    @property
    def level_label(self) -> str:
        """省级 or 省级及以上."""
        scope = self.get_level_scope_display() if self.level_scope == LevelScope.AND_ABOVE else ""
        return f"{self.get_level_display()}{scope}"

    @property
    def scale(self) -> int:
        """Factor from a fraction to a value: 100 for percentages."""
        return 100 if self.unit == "%" else 1

    @property
    def top_baseline(self):
        """The baseline of the plan's top area or None. Needs `with_baselines`."""
        return next((row for row in self.baselines.all() if row.is_of_top), None)

    def baseline_in(self, area):
        """An area's own baseline, else its predecessor's, or None. Needs `with_baselines`."""
        by_area = {row.area_id: row for row in self.baselines.all()}
        return by_area.get(area.pk) or by_area.get(area.predecessor_id)

    @property
    def part_baseline(self):
        """The county's baseline or None. Needs `with_baselines_for`."""
        return next((row for row in self.baselines.all() if not row.is_of_top), None)
