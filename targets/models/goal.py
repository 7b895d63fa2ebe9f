"""The goals of the plan and their indicators."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from targets.models.choices import one_of
from targets.models.plan import Plan
from targets.records.exposure import Exposure
from targets.records.history import Record, RecordQuerySet


class GoalLinkQuerySet(RecordQuerySet):
    def in_use(self):
        return self.exclude(standing=Standing.REJECTED)


class Standing(models.TextChoices):
    SUGGESTED = "suggested", "推断，待确认"
    CONFIRMED = "confirmed", "已确认"
    REJECTED = "rejected", "不采用"


class GoalLink(Record):
    """An indicator that measures a goal: an inference, not from the text, until the bureau confirms it."""

    exposures = [
        Exposure("goal", ["goal__code"], is_part=True),
        Exposure("goal", ["goal__parent__code"], is_part=True),
        Exposure("indicator", ["indicator__code"], is_part=True),
    ]

    plan_paths = ("goal__plan",)
    internal_paths = ("indicator__is_internal",)

    goal = models.ForeignKey(
        "targets.Goal", models.CASCADE, related_name="indicator_links", verbose_name="目标"
    )
    indicator = models.ForeignKey(
        "targets.Indicator", models.CASCADE, related_name="goal_links", verbose_name="指标"
    )
    standing = models.CharField("状态", max_length=10, choices=Standing, default=Standing.SUGGESTED)
    source = models.CharField("依据", max_length=300)

    objects: ClassVar = GoalLinkQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "目标与指标的对应（非原文）"
        ordering = ["goal__code", "indicator__code"]
        constraints = [
            one_of("standing", Standing, "goal_link_standing_known"),
            models.UniqueConstraint(fields=["goal", "indicator"], name="goal_link_once"),
            models.CheckConstraint(condition=~Q(source=""), name="goal_link_has_source"),
        ]

    def __str__(self):
        return f"{self.goal.code} ← {self.indicator.code}"


class GoalQuerySet(RecordQuerySet):
    def clauses(self):
        """The clauses of 发展目标, without the transformations below the fifth."""
        return self.filter(parent=None)

    def with_links(self, plan):
        """Prefetch the links to the indicators that the asker sees of a plan."""
        links = GoalLink.objects.of_plan(plan).in_use().select_related("indicator")
        return self.prefetch_related(models.Prefetch("indicator_links", links))


class Goal(Record):
    exposures = [
        Exposure("goal", ["code"]),
        Exposure("goal", ["parent__code"], is_part=True),
    ]
    plan_paths = ("plan",)

    plan = models.ForeignKey(Plan, models.CASCADE, to_field="code", related_name="goals", verbose_name="规划")
    code = models.CharField("代码", max_length=10)
    kind = models.CharField("类别", max_length=20, blank=True, help_text="规划自己的用词，没有的不填")
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="transformations", verbose_name="所属目标"
    )
    statement = models.CharField("表述", max_length=200, help_text="已按勘误整理，原文见引文")
    degree = models.CharField("程度词", max_length=20, blank=True)
    deadline_year = models.PositiveSmallIntegerField("期限年", null=True, blank=True)
    deadline_is_inherited = models.BooleanField("期限承前句", default=False)
    note = models.CharField("说明", max_length=300, blank=True)

    objects: ClassVar = GoalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "目标"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="goal_code_once"),
            models.CheckConstraint(
                condition=~Q(parent=F("id")),
                name="goal_not_below_itself",
                violation_error_message="目标不能从属于它自己。",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.statement}"

    def get_absolute_url(self):
        if self.parent_id:
            return f"{reverse('goal', args=[self.plan_id, self.parent.code])}#{self.code}"
        return reverse("goal", args=[self.plan_id, self.code])
