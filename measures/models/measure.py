from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from measures.models.principle import Principle
from targets.models import Area, Indicator, Organization, Plan, Policy, one_of
from targets.records.exposure import Exposure
from targets.records.history import Record


class MeasureCategory(models.TextChoices):
    COOPERATION = "cooperation", "产学研"
    PARK = "park", "园区"
    INCUBATOR = "incubator", "载体"
    FIRM = "firm", "主体"
    PROPERTY = "property", "知识产权"
    AGRICULTURE = "agriculture", "农业"
    FUNDING = "funding", "投入"
    SERVICE = "service", "科技服务"
    TRANSFER = "transfer", "成果转化"
    TALENT = "talent", "人才"
    STARTUP = "startup", "双创"
    COORDINATION = "coordination", "协同"
    REFORM = "reform", "改革"


class MeasureStatus(models.TextChoices):
    """How the text describes a measure, as classified by the editors; not a judgement of progress."""

    DONE = "done", "已完成"
    CARRIED_OUT = "carried_out", "已实施"
    UNDER_WAY = "under_way", "已开展"
    PILOT = "pilot", "试点"
    EXPLORED = "explored", "探索"
    PREPARED = "prepared", "筹备"
    RELIED_ON = "relied_on", "依托"
    POLICY = "policy", "政策"
    PLANNED = "planned", "规划"


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
    category = models.CharField("分类", max_length=15, choices=MeasureCategory)
    status = models.CharField("状态", max_length=15, choices=MeasureStatus)
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
            one_of("category", MeasureCategory, "measure_category_known"),
            one_of("status", MeasureStatus, "measure_status_known"),
            models.CheckConstraint(condition=~Q(part_of=F("id")), name="measure_not_part_of_itself"),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"

    def get_absolute_url(self):
        return reverse("measure", args=[self.plan_id, self.code])
