from django.db import models
from django.urls import reverse

from measures.models.text import Section
from targets.models import Goal, Plan
from targets.records.exposure import Exposure
from targets.records.history import Record


class Principle(Record):
    exposures = [Exposure("principle", ["code"])]
    plan_paths = ("plan",)

    plan = models.ForeignKey(
        Plan, models.CASCADE, to_field="code", related_name="principles", verbose_name="规划"
    )
    section = models.OneToOneField(Section, models.PROTECT, related_name="principle", verbose_name="章节")
    code = models.CharField("代码", max_length=10)
    number = models.PositiveSmallIntegerField("序号")
    title = models.CharField("原则", max_length=100)
    keyword = models.CharField("关键词", max_length=20, help_text="整理者所取，非原文标题")
    weaknesses = models.ManyToManyField(
        "measures.Weakness",
        related_name="principles",
        blank=True,
        verbose_name="针对的问题",
        help_text="整理者推断，非原文",
    )

    class Meta:
        verbose_name = verbose_name_plural = "原则"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="principle_code_once"),
            models.UniqueConstraint(fields=["plan", "number"], name="principle_number_once"),
        ]

    def __str__(self):
        return f"{self.number}、{self.title}"

    def get_absolute_url(self):
        return reverse("principle", args=[self.plan_id, self.number])


class Weakness(Record):
    exposures = [Exposure("weakness", ["code"])]
    plan_paths = ("plan",)

    plan = models.ForeignKey(
        Plan, models.CASCADE, to_field="code", related_name="weaknesses", verbose_name="规划"
    )
    code = models.CharField("代码", max_length=10)
    text = models.CharField("问题", max_length=100, help_text="承前省略的谓语已补，原文见引文")
    group = models.CharField("类别", max_length=20, blank=True)
    goals = models.ManyToManyField(
        Goal, related_name="weaknesses", blank=True, verbose_name="对应目标", help_text="整理者推断，非原文"
    )

    class Meta:
        verbose_name = verbose_name_plural = "问题"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="weakness_code_once"),
        ]

    def __str__(self):
        return f"{self.code} {self.text}"

    def get_absolute_url(self):
        return f"{reverse('principles', args=[self.plan_id])}#{self.code}"
