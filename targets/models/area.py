from typing import ClassVar

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.urls import reverse

from targets.models.baseline import Baseline
from targets.models.choices import one_of
from targets.records.exposure import Exposure
from targets.records.history import Record, RecordQuerySet
from targets.records.ownership import code_of


class AreaQuerySet(RecordQuerySet):
    def of_plan(self, plan):
        """The areas that a plan lists, its top area first."""
        # The join of the filter is used again: another would repeat the top area of several plans.
        is_top = When(pk=F("plans__top_area"), then=0)
        return self.filter(plans__code=code_of(plan)).order_by(Case(is_top, default=1), "code")

    def named_in(self, plan):
        """The areas that a plan lists, and their predecessors."""
        return self.filter(Q(plans__code=code_of(plan)) | Q(successor__plans__code=code_of(plan))).distinct()

    def parts_at_baseline(self, plan):
        """The parts of a plan's area as they were in its baseline year: 冀州市, not its successor 冀州区."""
        return self.named_in(plan).filter(predecessor=None).exclude(pk=plan.top_area_id)

    def with_baselines(self, indicator):
        """Prefetch baselines of an indicator for `Area.baseline_shown`."""
        rows = Baseline.objects.filter(indicator=indicator).select_related("indicator", "area")
        return self.select_related("predecessor").prefetch_related(
            models.Prefetch("baselines", rows, to_attr="own_baselines"),
            models.Prefetch("predecessor__baselines", rows, to_attr="own_baselines"),
        )

    def used_by(self, plans):
        """The areas that any of these plans lists, and their predecessors."""
        its_own = Q(areas=OuterRef("pk")) | Q(areas__predecessor=OuterRef("pk"))
        return self.filter(Exists(plans.filter(its_own)))


class AreaKind(models.TextChoices):
    PROVINCE = "province", "省级"
    CITY = "city", "地级市"
    DISTRICT = "district", "市辖区"
    COUNTY_CITY = "county_city", "县级市"
    COUNTY = "county", "县"
    ZONE = "zone", "功能区"


class CodeSystem(models.TextChoices):
    GB2260 = "gb2260", "GB/T 2260"
    STATS = "stats", "统计用区划代码(非 GB/T 2260)"


class Area(Record):
    exposures = [Exposure("area", ["code"]), Exposure("area", ["predecessor__code"], is_part=True)]

    code = models.CharField("区划代码", max_length=12, unique=True)
    code_system = models.CharField("代码体系", max_length=10, choices=CodeSystem)
    name = models.CharField("名称", max_length=50)
    printed_name = models.CharField("原文用名", max_length=50, blank=True, help_text="规划原文中的称呼")
    kind = models.CharField("类别", max_length=12, choices=AreaKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级"
    )
    predecessor = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="successor", verbose_name="前身"
    )
    # The code lists are monthly: a first day and a last day of a month.
    valid_from = models.DateField("启用", null=True, blank=True)
    valid_to = models.DateField("停用", null=True, blank=True)
    source = models.CharField("代码出处", max_length=300)
    note = models.CharField("说明", max_length=300, blank=True)

    objects: ClassVar = AreaQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "县市区"
        ordering = ["code"]
        constraints = [
            one_of("kind", AreaKind, "area_kind_known"),
            one_of("code_system", CodeSystem, "area_code_system_known"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lt=F("valid_to")),
                name="area_validity_in_order",
                violation_error_message="启用应早于停用。",
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("id")),
                name="area_not_above_itself",
                violation_error_message="上级不能是它自己。",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("area_in_plans", args=[self.code])

    def address_in(self, plan: str) -> str:
        """The area's page in a plan, given by its code."""
        return reverse("area", args=[plan, self.code])

    @property
    def short_name(self) -> str:
        """The common name, such as 工业新区, not the full registered one."""
        return self.printed_name or self.name

    @property
    def baseline_shown(self):
        """The area's own baseline, else its predecessor's. Needs `with_baselines`."""
        rows = self.own_baselines or (self.predecessor.own_baselines if self.predecessor else [])
        return rows[0] if rows else None
