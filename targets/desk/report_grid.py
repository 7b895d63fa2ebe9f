"""The grids of values and judgements: what is expected for a period, what is stored, and what is typed."""

from copy import copy

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from targets import review
from targets.engine import quantities
from targets.engine.progress import Result
from targets.models import (
    Act,
    Area,
    Assessment,
    Goal,
    IndicatorKind,
    Observation,
    Period,
    Report,
    ReportingDuty,
    ReportQuerySet,
    ReportStatus,
)
from targets.review import value_rules
from targets.review.kinds import Kind
from targets.standing.standings import Standings


class NumberField(forms.CharField):
    """A number as people type it; None if empty."""

    unit = ""

    def __init__(self, **kwargs):
        super().__init__(required=False, max_length=40, **kwargs)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "size": 9}

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        try:
            return quantities.typed(text, self.unit)
        except ValueError as fault:
            raise ValidationError(str(fault)) from fault


class ReportForm(forms.Form):
    """What is typed for one report. `version` is that of the report that the page showed, if any."""

    # Shows the faults of fields that the form does not have.
    main_field = "value"
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    @property
    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.fields if name not in {"answer", "version"}}

    @property
    def is_touched(self) -> bool:
        return bool(set(self.changed_data) - {"answer", "version"})

    def refuse(self, fault):
        """Show a refusal at its field. After a conflict the form takes the current version."""
        # The note of an act is not the note of the value.
        fields = {"note": "answer"} if isinstance(fault, review.Refused) else {}
        for name, sentences in review.faults_by_field(fault).items():
            field = fields.get(name, name)
            self.add_error(field if field in self.fields else self.main_field, sentences)
        if isinstance(fault, review.Conflict):
            self.data = self.data.copy()
            self.data[self.add_prefix("version")] = fault.current.version


class CellsForm(ReportForm):
    value = NumberField(label="完成值")
    numerator = NumberField(label="分子")
    denominator = NumberField(label="分母")
    unavailable_reason = forms.CharField(label="无法取得的原因", required=False, max_length=200)
    note = forms.CharField(label="说明", required=False, max_length=300)
    answer = forms.CharField(label="理由", required=False, max_length=500)

    def __init__(self, *args, indicator, report, **kwargs):
        super().__init__(*args, initial=_initial_of(report), **kwargs)
        self.fields["value"].unit = indicator.unit
        if indicator.kind != IndicatorKind.RATIO:
            del self.fields["numerator"], self.fields["denominator"]
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{indicator.name}：{field.label}"


def _initial_of(report: Observation | None) -> dict:
    if report is None:
        return {}
    numbers = {name: getattr(report, name) for name in ("value", "numerator", "denominator")}
    shown = {name: "" if value is None else quantities.plain(value) for name, value in numbers.items()}
    words = {name: getattr(report, name) for name in ("unavailable_reason", "note")}
    return shown | words | {"version": report.version}


class ValueCorrectionForm(CellsForm):
    def __init__(self, data, *, row: Observation):
        super().__init__(data, indicator=row.indicator, report=row)
        self.row = row
        del self.fields["version"]
        self.fields["answer"].label = "更正的理由（公开时随更正一并显示）"

    def save(self, *, by) -> bool:
        if not self.is_valid():
            return False
        try:
            review.correct(self.row, by=by, reason=self.cleaned_data["answer"], **self.values)
        except (review.Refused, ValidationError) as fault:
            self.refuse(fault)
        return self.is_valid()


class JudgementForm(ReportForm):
    main_field = "text"
    text = forms.CharField(label="评价", required=False, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}))

    def __init__(self, data, *, goal: Goal, report: Assessment | None, **kwargs):
        initial = {"text": report.text, "version": report.version} if report else {}
        super().__init__(data, initial=initial, **kwargs)
        self.fields["text"].widget.attrs["aria-label"] = f"{goal.code} {goal.statement}：评价"


class GridRow:
    """One expected report: its open and its published row, if any, and the form if it may be filled in."""

    def __init__(self, key, report, published):
        self.key, self.report, self.published = key, report, published
        self.form = None
        # After a conflict, what somebody else has written.
        self.current = None

    @property
    def is_open(self) -> bool:
        return self.report.is_editable if self.report else self.published is None

    @property
    def shown(self) -> Report | None:
        return self.report or self.published

    @property
    def return_note(self) -> str:
        if not self.report or self.report.status != ReportStatus.RETURNED:
            return ""
        return [event.note for event in self.report.events.all() if event.act == Act.RETURN][-1]

    @property
    def entry(self) -> review.Entry:
        return review.Entry(self.key, self.form.cleaned_data["version"], self.form.values)

    @property
    def report_as_shown(self) -> Report:
        """The report in the form's version, so that a stale form hands in nothing."""
        report = copy(self.report)
        report.version = self.form.cleaned_data["version"] or 0
        return report

    def submit(self, report: Report, by):
        try:
            review.submit([report], by=by, note=self.form.cleaned_data.get("answer", ""))
        except review.Refused as fault:
            self.refuse(fault)

    def refuse(self, fault: review.Refused | ValidationError):
        self.current = getattr(fault, "current", None)
        self.form.refuse(fault)


class EntryGrid:
    """Rows that are saved together, all or none."""

    kind: type[Kind]
    rows: list[GridRow]

    @property
    def open_rows(self) -> list[GridRow]:
        return [row for row in self.rows if row.form]

    def save(self, *, by, is_to_submit: bool) -> int | None:
        """Return how many rows were saved or handed in; None if any is refused, each fault at its field."""
        rows = self.open_rows
        # Validates every form, so that all faults show at once.
        if [row for row in rows if not row.form.is_valid()]:
            return None
        touched = [row for row in rows if row.form.is_touched]
        with transaction.atomic():
            reports = {row: row.report_as_shown for row in rows if row.report and is_to_submit}
            reports |= self._write(touched, by)
            for row in rows if is_to_submit else ():
                if row in reports and not row.form.errors:
                    row.submit(reports[row], by)
            if any(row.form.errors for row in rows):
                transaction.set_rollback(True)
                return None
        return len(reports)

    def _write(self, rows: list[GridRow], by) -> dict:
        """Write the rows; if some are refused, write the rest, so that submitting shows its faults too."""
        batch = review.Batch(self.kind, [row.entry for row in rows], by=by)
        try:
            return dict(zip(rows, batch.write(), strict=True))
        except review.NotWritten as refused:
            for index, fault in refused.faults.items():
                rows[index].refuse(fault)
        return self._write([row for row in rows if not row.form.errors], by)


class ValueRow(GridRow):
    def __init__(self, grid: "ReportGrid", duty: ReportingDuty, report, published, data):
        super().__init__((duty.indicator, grid.area, grid.period), report, published)
        self.grid, self.duty, self.indicator = grid, duty, duty.indicator
        if self.is_open:
            code = self.indicator.code
            self.form = CellsForm(data, prefix=code, indicator=self.indicator, report=report)

    @property
    def result(self) -> Result:
        return self.grid.standings.result(self.indicator, self.grid.area)

    @property
    def last(self) -> Observation | None:
        return self.grid.around.last.get(self.indicator.pk)

    @property
    def doubts(self) -> list[str]:
        """What about the stored value needs a reason."""
        if not self.report or not self.is_open:
            return []
        return list(value_rules.doubts(self.report, self.grid.around, list(self.indicator.parts.all())))


class ReportGrid(EntryGrid):
    """All that an area is expected to report for a period. Costs a fixed number of queries."""

    kind = review.ValueKind

    def __init__(self, area: Area, period: Period, data=None):
        self.area, self.period = area, period
        [self.around] = value_rules.surroundings([(area, period)]).values()
        self.standings = Standings(period.plan, period.code, areas=[area])
        values = period.observations.filter(area=area).select_related("indicator")
        reports, published = _open_and_published("indicator_id", values)
        duties = ReportingDuty.objects.of_plan(period.plan_id).filter(area=area).expected(period)
        self.rows = [
            ValueRow(self, duty, reports.get(duty.indicator_id), published.get(duty.indicator_id), data)
            for duty in duties.order_by("indicator__code")
            .select_related("indicator__part_of")
            .prefetch_related("indicator__parts")
        ]


class JudgementRow(GridRow):
    def __init__(self, period: Period, goal: Goal, report, published, data):
        super().__init__((goal, period), report, published)
        self.goal = goal
        if self.is_open:
            self.form = JudgementForm(data, prefix=goal.code, goal=goal, report=report)


class JudgementGrid(EntryGrid):
    kind = review.JudgementKind

    def __init__(self, period: Period, data=None):
        self.period = period
        reports, published = _open_and_published("goal_id", period.assessments.all())
        self.rows = [
            JudgementRow(period, goal, reports.get(goal.pk), published.get(goal.pk), data)
            for goal in period.plan.goals.clauses()
        ]


def _open_and_published(name: str, rows: ReportQuerySet) -> tuple[dict[int, Report], dict[int, Report]]:
    rows = rows.select_related("changed_by").prefetch_related("events")
    by_name = [{getattr(row, name): row for row in part} for part in (rows.open(), rows.published())]
    return by_name[0], by_name[1]
