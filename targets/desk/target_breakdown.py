"""县市区分解: the targets of an indicator for a year, of the city and its areas."""

from collections.abc import Callable
from operator import attrgetter

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from targets.desk.report_grid import NumberField
from targets.desk.staff_forms import DecisionForm
from targets.engine import figures, periods
from targets.engine.figures import Figure
from targets.models import Area, Comparator, Indicator, RollUp, Target
from targets.review import Batch, Entry, NotWritten, Overtaken, Refused, TargetKind, faults_by_field


class BreakdownDecisionForm(DecisionForm):
    """What holds for all rows."""

    class Meta(DecisionForm.Meta):
        widgets = {"decided_on": forms.DateInput(attrs={"type": "date"})}
        help_texts = {
            "source": "文件名、文号或网址。",
            "reason": "调整现行目标值时必填，用于各调整的行；个别行另有理由的，写在下面的表里。",
        }

    def _post_clean(self):
        """Leaves the table's rules to `review`."""

    def refuse(self, name: str, sentences: list[str]):
        """Show a fault that several rows share once."""
        for sentence in sentences:
            if sentence not in self.errors.get(name, []):
                self.add_error(name, sentence)


class BreakdownRowForm(forms.Form):
    """What is typed for an area. `shown` is the id of the target that the page showed as in force."""

    shown = forms.IntegerField(required=False, widget=forms.HiddenInput)
    value = NumberField(label="新目标值")
    reason = forms.CharField(label="调整理由", required=False, max_length=300)

    def __init__(self, *args, area, unit, **kwargs):
        super().__init__(*args, prefix=area.code, **kwargs)
        self.fields["value"].unit = unit
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{area.short_name}：{field.label}"

    def clean(self):
        typed = self.cleaned_data
        if typed.get("reason") and typed.get("value", 0) is None:
            self.add_error("reason", "已写理由而没有填新目标值；不调整的，请删去理由。")
        return typed

    def show(self, target):
        if self.is_bound:
            self.data = self.data.copy()
            self.data[self.add_prefix("shown")] = target.pk if target else ""


class BreakdownRow:
    """An area with its target in force and what is typed for it."""

    def __init__(self, breakdown: "TargetBreakdown", area: Area, current: Target | None, data):
        self.breakdown, self.area, self.current = breakdown, area, current
        self.is_part = area != breakdown.city and area.pk in breakdown.reporting
        self.form = BreakdownRowForm(
            data, area=area, unit=breakdown.indicator.unit, initial={"shown": current.pk if current else None}
        )
        self.is_unread = self.form.has_error("value")
        # Kept, because a refusal removes it from the form's data.
        self.typed = self.form.cleaned_data.get("value") if self.form.is_bound else None
        if self.typed is None and not self.is_unread:
            self.form.show(current)

    @property
    def shown(self) -> int:
        return self.form.cleaned_data.get("shown") or 0

    @property
    def is_touched(self) -> bool:
        """Whether another number was typed, or the page showed another target."""
        if self.typed is None or self.form.has_error("reason") or self.form.has_error("shown"):
            return False
        return not self.current or self.typed != self.current.value or self.shown != self.current.pk

    @property
    def comparator(self) -> str:
        """A revision keeps the comparator."""
        return self.current.comparator if self.current else Comparator.EQ

    @property
    def in_force(self) -> Figure | None:
        return Figure(self.current.value, self.comparator) if self.current else None

    @property
    def as_typed(self) -> Figure | None:
        """What would be in force; None if unreadable."""
        if self.typed is not None:
            return Figure(self.typed, self.comparator)
        return None if self.is_unread else self.in_force

    def entry(self, terms: dict) -> Entry:
        reason = self.form.cleaned_data["reason"] or (terms["reason"] if self.current else "")
        values = terms | {"value": self.typed, "comparator": self.comparator, "reason": reason}
        return Entry((self.breakdown.indicator, self.area, self.breakdown.year), self.shown or None, values)

    def refuse(self, fault: Refused | ValidationError):
        form, decision = self.form, self.breakdown.decision
        for name, sentences in faults_by_field(fault).items():
            if name in decision.fields and name not in form.fields:
                decision.refuse(name, sentences)
            else:
                form.add_error(name if name in form.fields else "value", sentences)
        if isinstance(fault, Overtaken):
            self.current = fault.current
            form.show(self.current)


class TargetBreakdown:
    """The city and its areas, saved all or none. Costs a fixed number of queries."""

    def __init__(self, indicator: Indicator, year: int, data=None):
        self.indicator, self.year = indicator, year
        self.decision = BreakdownDecisionForm(data)
        duties = indicator.reporting_duties.tracked_on(periods.span(str(year)).end)
        self.reporting = set(duties.values_list("area", flat=True))
        targets = indicator.targets.filter(year=year).in_force(timezone.localdate())
        current = {row.area_id: row for row in targets.select_related("indicator")}
        areas = Area.objects.of_plan(indicator.plan).with_baselines(indicator)
        self.city = indicator.plan.top_area
        self.rows = [BreakdownRow(self, area, current.get(area.pk), data) for area in areas]

    @property
    def revisable(self) -> list[BreakdownRow]:
        return [row for row in self.rows if row.current]

    @property
    def adds_up(self) -> bool:
        return self.indicator.roll_up == RollUp.SUM

    @property
    def in_force(self) -> figures.Breakdown:
        return self._breakdown(attrgetter("in_force"))

    @property
    def as_typed(self) -> figures.Breakdown:
        return self._breakdown(attrgetter("as_typed"))

    def _breakdown(self, figure_of: Callable[[BreakdownRow], Figure | None]) -> figures.Breakdown:
        """Only areas that report are parts, as on the indicator's page."""
        city = next(figure_of(row) for row in self.rows if row.area == self.city)
        parts = {row.area.code: figure_of(row) for row in self.rows if row.is_part}
        return figures.breakdown(str(self.year), city, parts)

    def save(self, *, by) -> int | None:
        """Return how many targets were decided; None if any is refused, each fault at its field."""
        touched = [row for row in self.rows if row.is_touched]
        if not touched and not self._is_faulty:
            return 0
        if not self.decision.is_valid():
            return None
        batch = Batch(TargetKind, [row.entry(self.decision.cleaned_data) for row in touched], by=by)
        try:
            with transaction.atomic():
                batch.write()
                if self._is_faulty:
                    transaction.set_rollback(True)
        except NotWritten as refused:
            for index, fault in refused.faults.items():
                touched[index].refuse(fault)
        return None if self.decision.errors or self._is_faulty else len(touched)

    @property
    def _is_faulty(self) -> bool:
        return any(row.form.errors for row in self.rows)
