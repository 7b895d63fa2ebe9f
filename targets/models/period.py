"""When progress is reported: years, halves and quarters of the plan."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from targets import periods
from targets.history import Record, RecordQuerySet
from targets.models.plan import Plan


class PeriodQuerySet(RecordQuerySet):
    def open(self):
        return self.filter(is_open=True)

    def ended(self):
        return self.filter(end__lt=timezone.localdate())

    def ended_within(self, span: periods.Span):
        """Those inside a stretch of time, itself included, that are over by now."""
        return self.ended().filter(start__gte=span.start, end__lte=span.end)

    def whole_years(self):
        return self.filter(start__month=1, end__month=12)


class Period(Record):
    """A reporting period; its days follow from its code. Closed, it takes no new report."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="periods", verbose_name="规划")
    code = models.CharField("代码", max_length=7, help_text="2018、2018-H1 或 2018-Q3")
    start = models.DateField("起", editable=False)
    end = models.DateField("止", editable=False)
    due_on = models.DateField("填报截止", null=True, blank=True)
    is_open = models.BooleanField("开放填报", default=True, editable=False)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报告期"
        ordering = ["end", "-start"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "code"], name="period_once"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="period_days_in_order"),
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

    @classmethod
    def of(cls, plan: Plan, code: str, **values) -> "Period":
        """A new, unsaved period with the days of its code. Raises ValueError for what is no period's code."""
        span = periods.span(code)
        return cls(plan=plan, code=code, start=span.start, end=span.end, **values)
