from operator import attrgetter
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from targets.engine import basis
from targets.engine.thresholds import DecidedThresholds
from targets.models.choices import one_of
from targets.records.exposure import Exposure
from targets.records.history import Record, RecordQuerySet

CODE = r"\A[a-z][a-z0-9-]{1,38}\Z"


class Completeness(models.TextChoices):
    COMPLETE = "complete", "完整"
    TRUNCATED = "truncated", "不完整"


class Keeper(models.TextChoices):
    """Who keeps the facts of a plan: its files, or its editor at the desk."""

    FOLDER = "folder", "文件"
    DESK = "desk", "后台"


class PlanQuerySet(RecordQuerySet):
    def public(self):
        return self.filter(is_public=True)

    def current_first(self):
        return self.order_by("-is_current", "-start_year", "code")


class Plan(Record):
    exposures = [Exposure("plan", ["code"])]
    plan_paths = ("code",)
    # Of the Plan that a visitor sees: its internal indicators, and what belongs to them, are left out.
    hides_internal = False
    # A plan is shown or hidden as a whole.
    public_gate = "is_public"

    code = models.SlugField("代码", max_length=40, unique=True)
    top_area = models.ForeignKey(
        "targets.Area", models.PROTECT, related_name="topped_plans", verbose_name="规划地区"
    )
    title = models.CharField("名称", max_length=200)
    document_title = models.CharField("印发文件标题", max_length=200)
    number = models.CharField("文号", max_length=60, blank=True)
    issuer = models.CharField("制定机关", max_length=100)
    published_on = models.DateField("公布日期", null=True, blank=True)
    effective_on = models.DateField("施行日期", null=True, blank=True)
    start_year = models.PositiveSmallIntegerField("起始年")
    end_year = models.PositiveSmallIntegerField("结束年")
    baseline_year = models.PositiveSmallIntegerField("基期年")
    completeness = models.CharField("文本完整性", max_length=10, choices=Completeness)
    completeness_note = models.CharField("文本缺失说明", max_length=300, blank=True)
    document = models.OneToOneField(
        "targets.Policy",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="issued_plan",
        verbose_name="本规划的文件",
    )
    areas = models.ManyToManyField("targets.Area", related_name="plans", verbose_name="县市区")
    organizations = models.ManyToManyField(
        "targets.Organization", related_name="plans", blank=True, verbose_name="单位"
    )
    policies = models.ManyToManyField(
        "targets.Policy", related_name="plans", blank=True, verbose_name="政策文件"
    )
    keeper = models.CharField("维护方式", max_length=8, choices=Keeper, default=Keeper.FOLDER, editable=False)
    is_public = models.BooleanField("公开", default=False)
    is_current = models.BooleanField("现行规划", default=False)
    withdrawn_on = models.DateField("撤下日期", null=True, blank=True, editable=False)
    withdrawal_reason = models.CharField("撤下理由", max_length=300, blank=True, editable=False)
    # Set by `load_demo`: reported figures are invented.
    is_demo = models.BooleanField("演示数据", default=False, editable=False)

    objects: ClassVar = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "规划"
        ordering = ["code"]
        constraints = [
            one_of("completeness", Completeness, "plan_completeness_known"),
            one_of("keeper", Keeper, "plan_keeper_known"),
            models.CheckConstraint(
                condition=Q(baseline_year__lt=F("start_year"), start_year__lte=F("end_year")),
                name="plan_years_in_order",
                violation_error_message="基期年应早于起始年，起始年不晚于结束年。",
            ),
            models.CheckConstraint(
                condition=~Q(completeness="truncated") | ~Q(completeness_note=""),
                name="plan_truncation_explained",
                violation_error_message="文本不完整时须写明缺什么。",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=CODE),
                name="plan_code_fits_addresses",
                violation_error_message="规划代码须以小写字母开头，只用小写字母、数字和连字符，2 至 39 字。",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None, withdrawal_reason="")
                | (Q(withdrawn_on__isnull=False, is_public=False) & ~Q(withdrawal_reason="")),
                name="plan_withdrawn_with_reason",
            ),
            models.UniqueConstraint(
                fields=["top_area"],
                condition=Q(is_current=True),
                name="plan_current_once",
                violation_error_message="这个地区已有现行规划，请先取消原来那个的“现行规划”。",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("overview", args=[self.code])

    @property
    def is_truncated(self) -> bool:
        return self.completeness == Completeness.TRUNCATED

    @property
    def state(self) -> str:
        if self.withdrawn_on:
            return "已撤下"
        return "已公开" if self.is_public else "未公开"

    @property
    def reference(self) -> str:
        """As a source is cited: issuer, title and number."""
        return f"{self.issuer}《{self.title}》" + (f"（{self.number}）" if self.number else "")

    @property
    def years(self) -> range:
        return range(self.start_year, self.end_year + 1)

    @property
    def basis_words(self) -> dict[str, str]:
        """By code of a baseline's basis, from the plan's own years; nothing for no basis."""
        return {"": ""} | basis.words(self.start_year, self.end_year, self.baseline_year)

    def is_top(self, area) -> bool:
        """Whether an area is the whole that the plan is about."""
        return area.pk == self.top_area_id

    def decided_thresholds(self) -> list[DecidedThresholds]:
        """The ledger as plain values, in the order of decision."""
        rows = sorted(self.threshold_decisions.all(), key=attrgetter("decided_on"))
        return [DecidedThresholds(row.decided_on, row.thresholds) for row in rows]
