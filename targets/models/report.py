"""Reports: values, written judgements, and the log of their review."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from targets.engine import quantities
from targets.models.area import Area
from targets.models.baseline import Comparator
from targets.models.choices import Grade, one_of
from targets.models.goal import Goal
from targets.models.indicator import Indicator
from targets.models.period import Period
from targets.records.exposure import Exposure
from targets.records.history import AppendOnly, Record, RecordQuerySet
from targets.records.ownership import OfPlan


class ReportStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "已报送"
    RETURNED = "returned", "退回"
    ACCEPTED = "accepted", "审核通过"
    PUBLISHED = "published", "已发布"
    SUPERSEDED = "superseded", "已更正"
    WITHDRAWN = "withdrawn", "已撤回"


# In review; a series has at most one open row. Not `status__in`: SQLite would not use the index of open rows
# for "status = 'draft'".
IS_OPEN = (
    Q(status=ReportStatus.DRAFT)
    | Q(status=ReportStatus.SUBMITTED)
    | Q(status=ReportStatus.RETURNED)
    | Q(status=ReportStatus.ACCEPTED)
)
# Reporters may change it.
EDITABLE = [ReportStatus.DRAFT, ReportStatus.RETURNED]
# Seen by the public.
OUT = [ReportStatus.PUBLISHED, ReportStatus.SUPERSEDED]


class ReportQuerySet(RecordQuerySet):
    def published(self):
        """The only rows for pages, API and exports."""
        return self.filter(status=ReportStatus.PUBLISHED)

    def open(self):
        return self.filter(IS_OPEN)

    def kept(self):
        """Without withdrawn rows."""
        return self.exclude(status=ReportStatus.WITHDRAWN)

    def waiting_for(self, status: str):
        return self.filter(status=status)


class Report(Record):
    """The review columns of observations and assessments; only `targets.review` writes the status.

    `version` counts the writes of a series and detects stale saves, also across revisions. `revision` counts
    the published rows of a series; the number of a withdrawn row is used again.
    """

    private_fields = ["version", "entered_by", "entered_at", "changed_by"]
    # The columns that name a series, and those that a reporter fills in.
    key_fields: tuple[str, ...]
    fillable_fields: tuple[str, ...]
    # Each concrete table has these; the last two are related managers.
    period_id: int
    evidence: Any
    events: Any

    status = models.CharField(
        "状态", max_length=10, choices=ReportStatus, default=ReportStatus.DRAFT, editable=False
    )
    revision = models.PositiveSmallIntegerField("修订", default=1, editable=False)
    version = models.PositiveIntegerField("版本", default=1, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="填写人",
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name="最后修改人",
    )
    entered_at = models.DateTimeField("填写时间", auto_now_add=True)
    updated_at = models.DateTimeField("最后修改时间", auto_now=True)
    published_at = models.DateTimeField("发布时间", null=True, editable=False)

    objects: ClassVar = ReportQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def in_areas(cls, areas: models.QuerySet) -> Q:
        """The condition for the reports that these areas answer for."""
        raise NotImplementedError

    @property
    def is_editable(self) -> bool:
        return self.status in EDITABLE

    @property
    def key(self) -> dict[str, int]:
        return {f"{name}_id": getattr(self, f"{name}_id") for name in self.key_fields}

    @property
    def series(self) -> ReportQuerySet:
        return type(self).objects.filter(**self.key)


def review_rules(name: str, series: list[str]) -> list[models.BaseConstraint]:
    """Return the constraints of review for a table; `series` are the columns that identify a series."""
    return [
        one_of("status", ReportStatus, f"{name}_status_known"),
        models.UniqueConstraint(
            fields=[*series, "revision"],
            condition=~Q(status=ReportStatus.WITHDRAWN),
            name=f"{name}_revision_once",
        ),
        models.UniqueConstraint(fields=series, condition=IS_OPEN, name=f"{name}_one_open"),
        models.UniqueConstraint(
            fields=series, condition=Q(status=ReportStatus.PUBLISHED), name=f"{name}_one_published"
        ),
        models.CheckConstraint(
            condition=Q(status__in=OUT, published_at__isnull=False)
            | (~Q(status__in=OUT) & Q(published_at=None)),
            name=f"{name}_published_at_some_time",
        ),
    ]


class ObservationQuerySet(ReportQuerySet):
    def of_plan_in_order(self, plan):
        """`of_plan` for lists by time or key: joined, the indicators would lead instead of the index."""
        indicator = Indicator.objects.of_plan(plan).filter(pk=OuterRef("indicator"))
        return self.filter(Exists(indicator))

    def with_values(self):
        """Without reports of unavailable values."""
        return self.exclude(value=None)


class Observation(Report):
    """The value of an indicator in an area and a period, or the reason why there is none."""

    exposures = [
        Exposure(
            "observation",
            ["indicator__code", "area__code", "period__code"],
            {"status": ReportStatus.PUBLISHED},
        )
    ]
    plan_paths = ("indicator__plan",)
    internal_paths = ("indicator__is_internal",)
    key_fields = ("indicator", "area", "period")
    fillable_fields = (
        "value",
        "comparator",
        "numerator",
        "denominator",
        "unavailable_reason",
        "as_of_date",
        "grade",
        "source",
        "note",
    )

    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="observations", verbose_name="指标")
    area = models.ForeignKey(Area, models.PROTECT, related_name="observations", verbose_name="县市区")
    period = models.ForeignKey(Period, models.PROTECT, related_name="observations", verbose_name="报告期")
    value = models.DecimalField("完成值", max_digits=18, decimal_places=4, null=True, blank=True)
    comparator = models.CharField("比较词", max_length=10, choices=Comparator, default=Comparator.EQ)
    numerator = models.DecimalField("分子", max_digits=18, decimal_places=4, null=True, blank=True)
    denominator = models.DecimalField("分母", max_digits=18, decimal_places=4, null=True, blank=True)
    unavailable_reason = models.CharField("无法取得的原因", max_length=200, blank=True)
    as_of_date = models.DateField("数据时点", null=True, blank=True, help_text="不是期末数时填写")
    grade = models.CharField("来源等级", max_length=10, choices=Grade, default=Grade.REPORTED)
    source = models.CharField("出处", max_length=300, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)

    objects: ClassVar = ObservationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "完成值"
        ordering = ["indicator__code", "area__code", "period__end", "revision"]
        indexes = [
            # For the queue and the desk's home. Without published rows, which SQLite would search by status.
            models.Index(fields=["status", "period"], name="observation_waiting", condition=IS_OPEN),
            # Counts published rows of a period from the index alone; the indicator leads to the plan.
            models.Index(fields=["period", "status", "indicator"], name="observation_of_period"),
            # For the entry grid; SQLite would read all rows of the period.
            models.Index(fields=["area", "period", "status"], name="observation_of_grid"),
            # The newest ten for the overview; with `status` SQLite counts from the index alone.
            models.Index(
                fields=["-published_at", "-id", "status"],
                name="observation_newest",
                condition=Q(status=ReportStatus.PUBLISHED),
            ),
        ]
        constraints = [
            *review_rules("observation", ["indicator", "area", "period"]),
            one_of("comparator", Comparator, "observation_comparator_known"),
            # Zero is a value; an unavailable value has a reason; an unreported one has no row.
            models.CheckConstraint(
                condition=Q(value__isnull=False, unavailable_reason="")
                | (Q(value=None) & ~Q(unavailable_reason="")),
                name="observation_value_or_reason",
                violation_error_message="请填完成值；确实无法取得的，请不填数而写明原因。",
            ),
            models.CheckConstraint(
                # For NULL, `denominator__gt=0` is unknown, and a check passes unknown.
                condition=Q(numerator=None, denominator=None)
                | Q(numerator__isnull=False, denominator__isnull=False, denominator__gt=0),
                name="observation_whole_fraction",
                violation_error_message="分子、分母须一并填写，分母大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(value=None) | Q(value__gte=0),
                name="observation_not_negative",
                violation_error_message="请填 0 或正数。",
            ),
            models.CheckConstraint(
                condition=Q(numerator=None) | Q(numerator__gte=0),
                name="observation_numerator_not_negative",
                violation_error_message="分子请填 0 或正数。",
            ),
            models.CheckConstraint(
                condition=Q(grade__in=[grade for grade in Grade.values if grade != Grade.TEXT]),
                name="observation_grade_not_text",
                violation_error_message="“原文”等级只用于规划原文中的数，填报的数请另选来源等级。",
            ),
            models.CheckConstraint(
                condition=Q(grade__in=[Grade.REPORTED, Grade.DEMO]) | ~Q(source=""),
                name="observation_has_source",
                violation_error_message="引自官方发布、媒体或推算的数须注明出处。",
            ),
        ]

    def __str__(self):
        return f"{self.indicator} {self.area} {self.period}"

    @classmethod
    def in_areas(cls, areas):
        return Q(area__in=areas)

    @property
    def shown(self) -> str:
        """Comparator, number and unit, or the reason why there is no value."""
        if self.value is None:
            return f"无法取得：{self.unavailable_reason}"
        return f"{quantities.SIGNS[self.comparator]}{quantities.plain(self.value)}{self.indicator.unit}"


class Assessment(Report):
    """A written judgement of a goal without a number, for a period."""

    exposures = [Exposure("assessment", ["goal__code", "period__code"], {"status": ReportStatus.PUBLISHED})]
    plan_paths = ("goal__plan",)
    key_fields = ("goal", "period")
    fillable_fields = ("text",)

    goal = models.ForeignKey(Goal, models.PROTECT, related_name="assessments", verbose_name="目标")
    period = models.ForeignKey(Period, models.PROTECT, related_name="assessments", verbose_name="报告期")
    text = models.TextField("评价")

    class Meta:
        verbose_name = verbose_name_plural = "定性评价"
        ordering = ["goal__code", "period__end", "revision"]
        constraints = [
            *review_rules("assessment", ["goal", "period"]),
            models.CheckConstraint(condition=~Q(text=""), name="assessment_has_text"),
        ]

    def __str__(self):
        return f"{self.goal} {self.period}"

    @classmethod
    def in_areas(cls, areas):
        return Q(goal__plan__top_area__in=areas)

    @property
    def area(self) -> Area:
        """The plan's top area: judgements are written for it alone."""
        return self.goal.plan.top_area


class Act(models.TextChoices):
    SUBMIT = "submit", "报送"
    ACCEPT = "accept", "审核通过"
    RETURN = "return", "退回"
    PUBLISH = "publish", "发布"
    SUPERSEDE = "supersede", "以更正代替"
    CORRECT = "correct", "更正"
    WITHDRAW = "withdraw", "撤回"
    CLOSE = "close", "关闭报告期"
    REOPEN = "reopen", "重开报告期"
    PERIOD_REPORT = "report", "发布期间报告"


class ReviewEventQuerySet(AppendOnly, OfPlan):
    pass


class ReviewEvent(models.Model):
    """An entry of the review log of a report or a period."""

    plan_paths = ("observation__indicator__plan", "assessment__goal__plan", "period__plan")

    observation = models.ForeignKey(
        Observation, models.PROTECT, null=True, blank=True, related_name="events", verbose_name="完成值"
    )
    assessment = models.ForeignKey(
        Assessment, models.PROTECT, null=True, blank=True, related_name="events", verbose_name="定性评价"
    )
    period = models.ForeignKey(
        Period, models.PROTECT, null=True, blank=True, related_name="events", verbose_name="报告期"
    )
    act = models.CharField("动作", max_length=10, choices=Act)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="review_events", verbose_name="经办人"
    )
    at = models.DateTimeField("时间", auto_now_add=True)
    from_status = models.CharField("原状态", max_length=10, choices=ReportStatus, blank=True)
    to_status = models.CharField("新状态", max_length=10, choices=ReportStatus, blank=True)
    note = models.CharField("说明", max_length=500, blank=True)

    objects = ReviewEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审核记录"
        ordering = ["at", "pk"]
        constraints = [
            one_of("act", Act, "review_event_act_known"),
            models.CheckConstraint(
                condition=Q(observation__isnull=False, assessment=None, period=None)
                | Q(observation=None, assessment__isnull=False, period=None)
                | Q(observation=None, assessment=None, period__isnull=False),
                name="review_event_about_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(act__in=[Act.RETURN, Act.REOPEN, Act.CORRECT, Act.WITHDRAW]) | ~Q(note=""),
                name="review_event_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(from_status=F("to_status")) | Q(from_status=""), name="review_event_moves"
            ),
        ]

    def __str__(self):
        return f"{self.get_act_display()} {self.at_shown}"

    @property
    def at_shown(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M}"

    @property
    def actor_name(self) -> str:
        return self.actor.get_full_name() or self.actor.get_username()

    @property
    def about(self):
        return self.observation or self.assessment or self.period

    @property
    def plan_code(self) -> str:
        return (self.period or self.about.period).plan_id
