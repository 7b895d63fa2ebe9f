from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from measures.models.principle import Principle
from targets.models import Area, Indicator, Organization, Plan, Policy
from targets.records.exposure import Exposure
from targets.records.history import Record


class Measure(Record):
    exposures = [
        Exposure("measure", ["code"]),
        Exposure("principle", ["principle__code"], is_part=True),
        Exposure("policy", ["policy__code"], is_part=True),
    ]
    plan_paths = ("plan",)

    plan = models.ForeignKey(
        Plan, models.CASCADE, to_field="code", related_name="measures", verbose_name="规划"
    )
    code = models.CharField("代码", max_length=10)
    name = models.CharField("措施", max_length=100)
    category = models.CharField("分类", max_length=20, blank=True)
    status = models.CharField(
        "状态", max_length=20, blank=True, help_text="整理者据原文归类，不是对进展的评价"
    )
    indicators = models.ManyToManyField(
        Indicator, related_name="measures", blank=True, verbose_name="同句所载指标"
    )
    principle = models.ForeignKey(
        Principle, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name="所属原则"
    )
    policy = models.ForeignKey(
        Policy, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name="政策文件"
    )
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name="主体单位"
    )
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, blank=True, related_name="measures", verbose_name="所在地"
    )
    part_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="其中项，属于"
    )
    note = models.CharField("说明", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "措施"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="measure_code_once"),
            models.CheckConstraint(condition=~Q(part_of=F("id")), name="measure_not_part_of_itself"),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"

    def get_absolute_url(self):
        return reverse("measure", args=[self.plan_id, self.code])
