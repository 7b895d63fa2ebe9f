"""Duties to report, responsible organizations, and the areas of reporters."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import ClassVar, NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When

from targets.engine import periods
from targets.models.area import Area
from targets.models.choices import one_of
from targets.models.goal import Goal
from targets.models.indicator import Indicator
from targets.models.organization import Organization
from targets.models.period import Period
from targets.models.report import Observation
from targets.records.exposure import Exposure
from targets.records.history import Record, RecordQuerySet


class Frequency(models.IntegerChoices):
    """In months between two reports."""

    YEARLY = 12, "每年"
    HALF_YEARLY = 6, "每半年"
    QUARTERLY = 3, "每季度"


class ReportingDutyQuerySet(RecordQuerySet):
    def tracked(self):
        return self.filter(indicator__is_tracked=True)

    def tracked_on(self, day: date):
        """Duties valid on a day, of indicators that nobody has retired by then."""
        rows = self.tracked().valid_on(day)
        return rows.filter(Q(indicator__retired_on=None) | Q(indicator__retired_on__gt=day))

    def of_series(self, duty: "ReportingDuty"):
        """Duties of the same indicator and area, including this one."""
        return self.filter(indicator=duty.indicator_id, area=duty.area_id)

    def valid_on(self, day: date):
        return self.overlapping(day, day)

    def overlapping(self, start: date | None, end: date | None):
        """Duties valid on any of these days; None means no limit."""
        rows = self
        if end:
            rows = rows.filter(Q(valid_from=None) | Q(valid_from__lte=end))
        if start:
            rows = rows.filter(Q(valid_to=None) | Q(valid_to__gte=start))
        return rows

    def expected(self, period):
        """Duties due for a period: of its length, and valid on its last day."""
        duties = self.tracked_on(period.end)
        return duties.filter(indicator__plan=period.plan_id, frequency=period.months)

    def expected_in(self, periods: Iterable[Period]):
        """A row for each duty and each of these periods for which it is due; `due_in` is the period's id."""
        rows = self.tracked().annotate(
            due_in=F("indicator__plan__periods"),
            due_at=F("indicator__plan__periods__end"),
            due_every=Case(
                When(indicator__plan__periods__code__contains="H", then=Frequency.HALF_YEARLY),
                When(indicator__plan__periods__code__contains="Q", then=Frequency.QUARTERLY),
                default=Frequency.YEARLY,
            ),
        )
        rows = rows.filter(due_in__in=[period.pk for period in periods], frequency=F("due_every"))
        has_begun = Q(valid_from=None) | Q(valid_from__lte=F("due_at"))
        is_in_use = Q(indicator__retired_on=None) | Q(indicator__retired_on__gt=F("due_at"))
        return rows.filter(has_begun, is_in_use, Q(valid_to=None) | Q(valid_to__gte=F("due_at")))

    def with_publication(self, period):
        """Add `is_published`. Never reveals that an unpublished report exists."""
        is_published = Exists(_reports(period).published())
        return self.annotate(is_published=is_published, period_code=Value(period.code))

    def for_periods(self, stretch: Iterable[Period]) -> list["Due"]:
        """List the reports due, ordered by period, area and indicator."""
        stretch = list(stretch)
        duties = self.tracked().filter(indicator__plan__in={period.plan_id for period in stretch})
        duties = duties.order_by("area__code", "indicator__code")
        by_months = defaultdict(list)
        columns = ("indicator", "area", "organization", "valid_from", "valid_to", "indicator__retired_on")
        for months, *duty, retired_on in duties.values_list("frequency", *columns):
            duty[-1] = last_day(duty[-1], retired_on)
            by_months[months].append(duty)
        published = Observation.objects.published().filter(
            indicator__in={duty[0] for rows in by_months.values() for duty in rows},
            area__in={duty[1] for rows in by_months.values() for duty in rows},
            period__in=stretch,
        )
        public = set(published.order_by().values_list("indicator", "area", "period"))
        return [
            Due(indicator, area, organization, period, (indicator, area, period.pk) in public)
            for period in stretch
            for indicator, area, organization, first, last in by_months[period.months]
            if periods.is_within(period.end, first, last)
        ]

    def with_status(self, period):
        """Add `report_status` of the newest report for a period, or None.

        `period` may be OuterRef("due_in").
        """
        newest = _reports(period).order_by("-revision").values("status")[:1]
        return self.annotate(report_status=Subquery(newest))

    def by_area(self):
        rows = self.select_related("indicator", "area", "organization")
        return rows.order_by("area__code", "indicator__code")


def _reports(period):
    rows = Observation.objects.kept()
    return rows.filter(indicator=OuterRef("indicator"), area=OuterRef("area"), period=period)


def last_day(valid_to: date | None, retired_on: date | None) -> date | None:
    """A duty ends with its indicator; None is no limit."""
    ends = [valid_to, retired_on and retired_on - timedelta(days=1)]
    return min(filter(None, ends), default=None)


class Due(NamedTuple):
    """A report due for a period."""

    indicator_id: int
    area_id: int
    organization_id: int | None
    period: Period
    is_published: bool


class ReportingDuty(Record):
    """An area's duty to report an indicator.

    A duty with reports is ended and replaced, never edited: what was due in the past must not change.
    """

    exposures = [Exposure("duty", ["indicator__code", "area__code"])]
    plan_paths = ("indicator__plan",)
    internal_paths = ("indicator__is_internal",)

    indicator = models.ForeignKey(
        Indicator, models.CASCADE, related_name="reporting_duties", verbose_name="指标"
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="reporting_duties", verbose_name="县市区")
    frequency = models.PositiveSmallIntegerField("频率", choices=Frequency, default=Frequency.YEARLY)
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reporting_duties",
        verbose_name="填报单位",
    )
    valid_from = models.DateField("起", null=True, blank=True, help_text="不填即自规划起始")
    valid_to = models.DateField("止", null=True, blank=True, help_text="不填即长期有效")

    objects: ClassVar = ReportingDutyQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "填报任务"
        ordering = ["indicator__code", "area__code", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["indicator", "area", "valid_from"], name="reporting_duty_once"),
            # NULLs are distinct for the rule above.
            models.UniqueConstraint(
                fields=["indicator", "area"],
                condition=Q(valid_from=None),
                name="reporting_duty_once_without_start",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_from__lte=F("valid_to")),
                name="reporting_duty_days_in_order",
                violation_error_message="“止”应不早于“起”。",
            ),
            models.CheckConstraint(
                condition=Q(frequency__in=Frequency.values), name="reporting_duty_frequency_known"
            ),
        ]

    def __str__(self):
        return f"{self.indicator} {self.area} {self.get_frequency_display()}"

    @property
    def ends_on(self) -> date | None:
        """The last day on which anything is owed; None is no limit."""
        return last_day(self.valid_to, self.indicator.retired_on)

    def reports(self):
        """Reports for periods that end while the duty is valid."""
        rows = Observation.objects.filter(indicator=self.indicator_id, area=self.area_id)
        if self.valid_from:
            rows = rows.filter(period__end__gte=self.valid_from)
        if self.valid_to:
            rows = rows.filter(period__end__lte=self.valid_to)
        return rows


class ResponsibilityRole(models.TextChoices):
    LEAD = "lead", "牵头"
    SUPPORT = "support", "配合"


class Responsibility(Record):
    """Who leads or supports a goal or an indicator, with a source: the text names nobody."""

    exposures = [
        Exposure("goal", ["goal__code"], is_part=True),
        Exposure("indicator", ["indicator__code"], is_part=True),
    ]
    plan_paths = ("goal__plan", "indicator__plan")
    internal_paths = ("indicator__is_internal",)

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="responsibilities", verbose_name="单位"
    )
    role = models.CharField("角色", max_length=8, choices=ResponsibilityRole)
    goal = models.ForeignKey(
        Goal, models.CASCADE, null=True, blank=True, related_name="responsibilities", verbose_name="目标"
    )
    indicator = models.ForeignKey(
        Indicator,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="responsibilities",
        verbose_name="指标",
    )
    source = models.CharField("出处", max_length=300, help_text="文件名、文号或网址")

    class Meta:
        verbose_name = verbose_name_plural = "责任单位"
        ordering = ["role", "organization__code"]
        constraints = [
            one_of("role", ResponsibilityRole, "responsibility_role_known"),
            models.CheckConstraint(
                condition=Q(goal__isnull=False, indicator=None) | Q(goal=None, indicator__isnull=False),
                name="responsibility_for_one_thing",
                violation_error_message="请只选目标或指标之一。",
            ),
            models.UniqueConstraint(fields=["organization", "goal"], name="responsibility_for_a_goal_once"),
            models.UniqueConstraint(
                fields=["organization", "indicator"], name="responsibility_for_an_indicator_once"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="responsibility_has_source"),
        ]

    def __str__(self):
        return f"{self.get_role_display()} {self.organization}"


class AreaAssignment(Record):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="area_assignments", verbose_name="填报员"
    )
    area = models.ForeignKey(Area, models.CASCADE, related_name="area_assignments", verbose_name="县市区")

    class Meta:
        verbose_name = verbose_name_plural = "填报员所属县市区"
        constraints = [models.UniqueConstraint(fields=["user", "area"], name="area_assignment_once")]

    def __str__(self):
        return f"{self.user} {self.area}"
