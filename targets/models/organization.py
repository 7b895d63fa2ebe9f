"""Organizations that the text names or staff add."""

from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from targets.models.area import Area
from targets.models.choices import one_of
from targets.records.exposure import Exposure
from targets.records.history import Record, RecordQuerySet
from targets.records.ownership import code_of


class OrganizationQuerySet(RecordQuerySet):
    def of_plan(self, plan):
        """The units that a plan names or that staff added to it."""
        return self.filter(plans__code=code_of(plan))

    def choosable_in(self, plan):
        """The units of a plan, those of its top area, and those that belong to no area."""
        of_place = Q(top_area=plan.top_area_id) | Q(top_area=None)
        return self.filter(Q(plans=plan) | of_place).distinct()

    def in_text(self):
        return self.filter(is_in_text=True)

    def used_by(self, plans):
        """The units of any of these plans."""
        return self.filter(Exists(plans.filter(organizations=OuterRef("pk"))))


class OrganizationKind(models.TextChoices):
    CENTRAL = "central", "中央"
    PROVINCIAL = "provincial", "省级机关"
    MUNICIPAL = "municipal", "市级机关"
    COUNTY = "county", "县级机关"
    ZONE = "zone", "功能区管委会"
    UNIVERSITY = "university", "高校"
    INSTITUTE = "institute", "科研院所"
    SOCIETY = "society", "社会组织"
    PARK = "park", "园区"
    AGENCY = "agency", "机构"


class Organization(Record):
    exposures = [Exposure("organization", ["code"])]

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=100)
    # Two cities have a unit of the same name.
    top_area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="organizations", verbose_name="所属地区"
    )
    kind = models.CharField("类别", max_length=12, choices=OrganizationKind)
    is_collective = models.BooleanField("泛指多家", default=False, help_text="如“市直各部门”，原文未逐一列名")
    is_in_text = models.BooleanField("原文提及", default=False, editable=False)
    note = models.CharField("说明", max_length=300, blank=True)

    objects: ClassVar = OrganizationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "单位"
        ordering = ["code"]
        constraints = [
            one_of("kind", OrganizationKind, "organization_kind_known"),
            models.UniqueConstraint(
                fields=["name", "top_area"],
                name="organization_named_once",
                violation_error_message="这个地区已有同名单位。",
            ),
            # NULLs are distinct for the rule above.
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(top_area=None),
                name="organization_named_once_without_area",
                violation_error_message="已有同名单位。",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("organization", args=[self.code])
