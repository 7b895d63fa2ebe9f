"""What staff enter of the numbers, checked as it is entered."""

from django import forms
from django.core.exceptions import ValidationError

from targets.engine import periods, quantities
from targets.models import (
    Area,
    Baseline,
    Goal,
    Grade,
    Indicator,
    Observation,
    Period,
    Plan,
    ReportingDuty,
    Responsibility,
    Target,
)
from targets.review import ledger
from targets.review.value_rules import fault_of_number, words

# The text looks back to the beginning of the Twelfth Five-Year Plan; a little more room does no harm.
EARLIEST_YEAR = 2000
# 原文 comes from the loading alone, 演示 never stands beside real figures.
STAFF_GRADES = [choice for choice in Grade.choices if choice[0] not in {Grade.TEXT, Grade.DEMO}]


class StaffForm(forms.ModelForm):
    """A row that staff write; its words are kept as `checks.words` takes them, but for verbatim ones."""

    def clean(self):
        cleaned = super().clean()
        for name, field in self.fields.items():
            if isinstance(cleaned.get(name), str) and getattr(field, "strip", True):
                self._take_words(name, field)
        return cleaned

    def _take_words(self, name: str, field: forms.Field):
        try:
            text = self.cleaned_data[name] = words(self.cleaned_data[name])
        except ValidationError as fault:
            self.add_error(name, fault)
            return
        if field.required and not text:
            self.add_error(name, field.error_messages["required"])


class BaselineForm(StaffForm):
    """A county's baseline, with its source. The city's own stand in the text and are loaded."""

    indicator = forms.ModelChoiceField(Indicator.objects.tracked(), label="指标")
    area = forms.ModelChoiceField(
        # Baselines belong to the areas of their time: 冀州市, not the 冀州区 that followed it.
        Area.objects.filter(parent__isnull=False, predecessor=None),
        label="县市区",
        help_text="填基期当时的区划：今冀州区的基期值填在冀州市名下。",
    )
    value = forms.DecimalField(label="数值", min_value=0, max_digits=18, decimal_places=4)
    grade = forms.ChoiceField(label="来源等级", choices=STAFF_GRADES)
    source = forms.CharField(
        label="出处",
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="文件名、文号或网址，必填。",
    )

    class Meta:
        model = Baseline
        fields = ["indicator", "area", "value", "comparator", "basis", "year", "grade", "source", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["value"] = quantities.plain(self.instance.value)

    def clean(self):
        cleaned = super().clean()
        # Of a form that leaves none to choose it is that of the row.
        indicator = cleaned.get("indicator") if "indicator" in self.fields else self.instance.indicator
        value = cleaned.get("value")
        if indicator and value is not None:
            self._check_value(indicator, value)
        if indicator and cleaned.get("year"):
            self._check_year(indicator.plan, cleaned["year"])
        if cleaned.get("grade") == Grade.DERIVED and not cleaned.get("note"):
            self.add_error("note", "推算的数请在此写明算法和所用的各数。")
        return cleaned

    def _check_value(self, indicator, value):
        if fault := fault_of_number(indicator, value):
            self.add_error("value", fault)

    def _check_year(self, plan, year):
        if not EARLIEST_YEAR <= year <= plan.baseline_year:
            self.add_error("year", f"基期在规划之前，年份应在 {EARLIEST_YEAR} 至 {plan.baseline_year} 之间。")

    def enter(self, *, by):
        """Save the row; a new one bears the name of whoever enters it."""
        if self.instance.pk is None:
            self.instance.entered_by = by
        self.instance.save()


class DefinitionForm(StaffForm):
    """What an indicator counts, in the bureau's words: the text does not say."""

    class Meta:
        model = Indicator
        fields = ["definition", "definition_source"]

    def enter(self, *, by):
        self.instance.save(update_fields=self.Meta.fields)


class PeriodForm(StaffForm):
    """A period by its code; its days follow from it."""

    class Meta:
        model = Period
        fields = ["code", "due_on"]

    def clean_code(self):
        code = self.cleaned_data["code"]
        plan = Plan.objects.first()
        try:
            span = periods.span(code)
        except ValueError as fault:
            raise forms.ValidationError(f"{fault}。") from fault
        if not plan or not plan.start_year <= span.year <= plan.end_year:
            raise forms.ValidationError("报告期应在规划期之内。")
        if plan.periods.filter(code=code).exists():
            raise forms.ValidationError("这一报告期已经有了。")
        self.instance.plan, self.instance.start, self.instance.end = plan, span.start, span.end
        return code

    def clean_due_on(self):
        due_on, end = self.cleaned_data["due_on"], self.instance.end
        if due_on and end and due_on < end:
            raise forms.ValidationError(f"填报截止日应不早于报告期结束（{end}）。")
        return due_on


class ReportingDutyForm(StaffForm):
    indicator = forms.ModelChoiceField(Indicator.objects.tracked(), label="指标")
    area = forms.ModelChoiceField(Area.objects.current(), label="县市区")

    class Meta:
        model = ReportingDuty
        fields = ["indicator", "area", "frequency", "organization", "valid_from", "valid_to"]

    def clean(self):
        cleaned = super().clean()
        # Of a duty with reports only the end and the organization are in the form.
        entered = ReportingDuty(
            **{
                name: cleaned.get(name) if name in self.fields else getattr(self.instance, name)
                for name in ("indicator", "area", "valid_from", "valid_to")
            }
        )
        if not self.errors and not self._ends_too_early(entered):
            self._check_others(entered)
        return cleaned

    def _ends_too_early(self, entered: ReportingDuty) -> bool:
        reports = self.instance.reports() if self.instance.pk else Observation.objects.none()
        last = reports.order_by("-period__end").select_related("period").first()
        if not (last and entered.valid_to and entered.valid_to < last.period.end):
            return False
        self.add_error("valid_to", f"{last.period}已有填报，“止”应不早于 {last.period.end}。")
        return True

    def _check_others(self, entered: ReportingDuty):
        others = ReportingDuty.objects.of_series(entered).exclude(pk=self.instance.pk)
        other = others.overlapping(entered.valid_from, entered.valid_to).first()
        if other:
            span = f"{other.valid_from or '规划起始'} 至 {other.valid_to or '长期'}"
            self.add_error(
                "valid_from", f"与已有的任务（{span}）重叠。请先填写那一条的“止”，再从其后一日起新建。"
            )


class ResponsibilityForm(StaffForm):
    goal = forms.ModelChoiceField(Goal.objects.clauses(), label="目标", required=False)

    class Meta:
        model = Responsibility
        fields = ["organization", "role", "goal", "indicator", "source"]


class DecisionForm(StaffForm):
    """What is told of a decision, on one target or on a sheet of them: its day, its source, and why."""

    grade = forms.ChoiceField(label="来源等级", choices=STAFF_GRADES)

    class Meta:
        model = Target
        fields = ["decided_on", "grade", "source", "reason"]
        error_messages = {"source": {"required": "请注明出处。"}}


class TargetForm(DecisionForm):
    """A decision on a target: the first of its year, or a revision that says why."""

    indicator = forms.ModelChoiceField(Indicator.objects.tracked(), label="指标")
    area = forms.ModelChoiceField(Area.objects.current(), label="县市区")
    value = forms.DecimalField(label="目标值", min_value=0, max_digits=18, decimal_places=4)

    class Meta(DecisionForm.Meta):
        fields = [
            "indicator",
            "area",
            "year",
            "value",
            "comparator",
            "decided_on",
            "grade",
            "source",
            "reason",
        ]

    def clean(self):
        cleaned = super().clean()
        if set(self.fields) <= cleaned.keys():
            try:
                ledger.check(Target(**cleaned))
            except ValidationError as fault:
                self.add_error(None, fault)
        return cleaned

    def enter(self, *, by):
        """Put the decision in the ledger; the desk goes on with the form's own row."""
        self.instance.pk = ledger.decide(by=by, **self.cleaned_data).pk
