"""What is reported: values and written judgements, and the trail of their review."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from targets.engine import quantities
from targets.models.area import Area
from targets.models.baseline import Comparator
from targets.models.choices import Grade, one_of
from targets.models.goal import Goal
from targets.models.indicator import Indicator
from targets.models.period import Period
from targets.records.exposure import Exposure
from targets.records.history import AppendOnlyQuerySet, Record, RecordQuerySet


class ReportStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "已报送"
    RETURNED = "returned", "退回"
    ACCEPTED = "accepted", "审核通过"
    PUBLISHED = "published", "已发布"
    SUPERSEDED = "superseded", "已更正"
    WITHDRAWN = "withdrawn", "已撤回"


# Still on its way; a series has at most one such row at a time. One by one: to SQLite "status = 'draft'" does
# not imply "status IN (…)", and it would pass by an index of those that are open.
IS_OPEN = (
    Q(status=ReportStatus.DRAFT)
    | Q(status=ReportStatus.SUBMITTED)
    | Q(status=ReportStatus.RETURNED)
    | Q(status=ReportStatus.ACCEPTED)
)
# Whoever fills in may still change it.
EDITABLE = [ReportStatus.DRAFT, ReportStatus.RETURNED]
# The public has seen it.
OUT = [ReportStatus.PUBLISHED, ReportStatus.SUPERSEDED]


class ReportQuerySet(RecordQuerySet):
    def published(self):
        """The only rows that pages, API and exports may see."""
        return self.filter(status=ReportStatus.PUBLISHED)

    def open(self):
        return self.filter(IS_OPEN)

    def kept(self):
        """Without those that were given up before they were handed in: they stand for nothing."""
        return self.exclude(status=ReportStatus.WITHDRAWN)

    def waiting_for(self, status: str):
        return self.filter(status=status)


class Report(Record):
    """What observations and assessments share: the way through review.

    A status is written by `targets.review` alone. `version` counts the writes of a series, so that a stale
    save is noticed, be it of the row before this one; `revision` counts the published rows of a series, and a
    withdrawn row leaves its number free.
    """

    private_fields = ["version", "entered_by", "entered_at", "changed_by"]
    # The columns that name a series, and those that a reporter fills in.
    key_fields: tuple[str, ...]
    fillable_fields: tuple[str, ...]

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
    """The constraints that the way through review puts on a table; `series` are the columns of one series."""
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
    def with_values(self):
        """Without those that say that a value cannot be had."""
        return self.exclude(value=None)


class Observation(Report):
    """The value of an indicator in an area and a period, or why it cannot be had."""

    exposures = [
        Exposure(
            "observation",
            ["indicator__code", "area__code", "period__code"],
            {"status": ReportStatus.PUBLISHED},
        )
    ]
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
            # What waits is asked for by status, period by period: the queue and the desk's front page. The
            # published rows, nearly all that there are, are left out: SQLite would seek them by their status.
            models.Index(fields=["status", "period"], name="observation_waiting", condition=IS_OPEN),
            # How many are published for a period, counted from the index alone: a list of one tells it.
            models.Index(fields=["period", "status"], name="observation_of_period"),
            # What the entry grid of an area and a period holds: SQLite would go through the period's rows.
            models.Index(fields=["area", "period", "status"], name="observation_of_grid"),
            # The ten published last, for the overview. With the status, so that SQLite can count what is
            # published from the index alone.
            models.Index(
                fields=["-published_at", "-id", "status"],
                name="observation_newest",
                condition=Q(status=ReportStatus.PUBLISHED),
            ),
        ]
        constraints = [
            *review_rules("observation", ["indicator", "area", "period"]),
            one_of("comparator", Comparator, "observation_comparator_known"),
            # Zero is a value, "cannot be had" is another thing, and silence is no row at all.
            models.CheckConstraint(
                condition=Q(value__isnull=False, unavailable_reason="")
                | (Q(value=None) & ~Q(unavailable_reason="")),
                name="observation_value_or_reason",
                violation_error_message="请填完成值；确实无法取得的，请不填数而写明原因。",
            ),
            models.CheckConstraint(
                # `denominator__gt=0` alone is unknown for NULL, and a check lets the unknown pass.
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
        """The number with its comparator's sign and unit, or why there is none."""
        if self.value is None:
            return f"无法取得：{self.unavailable_reason}"
        return f"{quantities.SIGNS[self.comparator]}{quantities.plain(self.value)}{self.indicator.unit}"


class Assessment(Report):
    """A period's written judgement of a goal that has no number."""

    exposures = [Exposure("assessment", ["goal__code", "period__code"], {"status": ReportStatus.PUBLISHED})]
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
        return Q(pk__isnull=False) if areas.cities().exists() else Q(pk=None)

    @property
    def area(self) -> Area:
        """The whole city: judgements are written for it alone."""
        return Area.objects.cities().get()


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
    REPORT = "report", "发布期间报告"


class ReviewEvent(models.Model):
    """Who did what to a report or a period, when, and why. Rows are only ever added."""

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

    objects = AppendOnlyQuerySet.as_manager()

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
        """The report or the period that it tells of."""
        return self.observation or self.assessment or self.period
