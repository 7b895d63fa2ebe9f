"""Reporting periods: years, halves and quarters."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, ExtractYear
from django.utils import timezone

from targets.engine import periods
from targets.models.plan import Plan
from targets.records.exposure import Exposure
from targets.records.history import Record, RecordQuerySet


class PeriodQuerySet(RecordQuerySet):
    def within_plan(self):
        """Periods of the plan's years."""
        return self.filter(start__year__gte=F("plan__start_year"), end__year__lte=F("plan__end_year"))

    def open(self):
        return self.filter(is_open=True)

    def ended(self):
        return self.filter(end__lt=timezone.localdate())

    def ended_within(self, span: periods.Span):
        """Periods inside a span that are over."""
        return self.ended().filter(start__gte=span.start, end__lte=span.end)

    def whole_years(self):
        return self.filter(start__month=1, end__month=12)


def _days_follow_from_code() -> Q:
    """Start and end must be the days of the code."""
    days = Q()
    for part in ["", *periods.PART_NAMES]:
        days |= _days_of(periods.span(f"2001-{part}".rstrip("-")))
    year = Cast(ExtractYear("start"), models.CharField())
    return Q(code__startswith=year, end__year=ExtractYear("start")) & days


def _days_of(span: periods.Span) -> Q:
    return Q(
        code__regex=rf"\A[0-9]{{4}}{span.code[4:]}\Z",
        start__month=span.start.month,
        start__day=span.start.day,
        end__month=span.end.month,
        end__day=span.end.day,
    )


class Period(Record):
    """A reporting period; closed, it accepts no new report."""

    exposures = [Exposure("period", ["code"])]
    plan_paths = ("plan",)

    plan = models.ForeignKey(
        Plan, models.CASCADE, to_field="code", related_name="periods", verbose_name="规划"
    )
    code = models.CharField("代码", max_length=7, help_text="2018、2018-H1 或 2018-Q3")
    start = models.DateField("起", editable=False)
    end = models.DateField("止", editable=False)
    due_on = models.DateField("填报截止", null=True, blank=True)
    is_open = models.BooleanField("开放填报", default=True, editable=False)

    objects: ClassVar = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报告期"
        ordering = ["end", "-start"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="period_once"),
            models.CheckConstraint(
                condition=Q(code__regex=rf"\A{periods.CODE_SHAPE}\Z"),
                name="period_code_known",
                violation_error_message="报告期请写作 2018、2018-H1 或 2018-Q3。",
            ),
            models.CheckConstraint(
                condition=_days_follow_from_code(),
                name="period_days_follow_from_code",
                violation_error_message="起止日期与报告期代码不符。",
            ),
            models.CheckConstraint(
                condition=Q(due_on=None) | Q(due_on__gte=F("end")),
                name="period_due_after_its_end",
                violation_error_message="填报截止日应不早于报告期结束。",
            ),
        ]

    def __str__(self):
        return periods.span(self.code).label

    @property
    def months(self) -> int:
        return periods.span(self.code).months

    @property
    def is_ended(self) -> bool:
        return self.end < timezone.localdate()

    def is_within(self, span: periods.Span) -> bool:
        return span.start <= self.start and self.end <= span.end

    @classmethod
    def of(cls, plan: Plan, code: str, **values) -> "Period":
        """Return a new, unsaved period. Raises ValueError for an unknown code."""
        span = periods.span(code)
        return cls(plan=plan, code=code, start=span.start, end=span.end, **values)
