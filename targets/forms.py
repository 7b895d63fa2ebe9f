"""What staff enter of the numbers, checked as it is entered."""

from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from targets import comparison, ledger, periods, quantities
from targets.checks import fault_of_number, words
from targets.models import (
    Area,
    Baseline,
    Goal,
    Grade,
    Indicator,
    Observation,
    Period,
    PeriodReport,
    Plan,
    ReportingDuty,
    Responsibility,
    Target,
)

# The text looks back to the beginning of the Twelfth Five-Year Plan; a little more room does no harm.
EARLIEST_YEAR = 2000
# 原文 comes from the loading alone, 演示 never stands beside real figures.
STAFF_GRADES = [choice for choice in Grade.choices if choice[0] not in {Grade.TEXT, Grade.DEMO}]


def kept(**chosen) -> str:
    """The query string of what a reader chose; empty where nothing was."""
    query = urlencode({name: value for name, value in chosen.items() if value})
    return f"?{query}" if query else ""


class StandpointForm(forms.Form):
    """Where a page looks from: a year of the plan, or a part of one that is reported, and an area."""

    period = forms.ChoiceField(label="报告期", required=False)
    area = forms.ChoiceField(label="县市区", required=False)

    def __init__(self, data, *, plan):
        super().__init__(data)
        self.plan = plan
        self.default = periods.last_ended(timezone.localdate(), plan.start_year, plan.end_year)
        self._reported = list(plan.periods.within_plan())
        codes = {str(year) for year in plan.years} | {period.code for period in self._reported}
        spans = sorted(map(periods.span, codes), key=lambda span: (span.end, -span.start.toordinal()))
        self.fields["period"].choices = [(span.code, span.label) for span in spans]
        self.areas = {area.code: area for area in Area.objects.current().select_related("parent")}
        self.city = next(area for area in self.areas.values() if area.is_city)
        self.fields["area"].choices = [(area.code, area.short_name) for area in self.areas.values()]

    @property
    def as_of(self) -> str:
        """The period asked for; where none was, or none that can be read, the default."""
        return self._asked("period") or self.default

    @property
    def span(self) -> periods.Span:
        return periods.span(self.as_of)

    @property
    def periods(self) -> list[Period]:
        """What is reported for the stretch looked at: a year with its halves and quarters, as far as over."""
        return [period for period in self._reported if period.is_ended and period.is_within(self.span)]

    @property
    def here(self) -> Area:
        """The area asked for; where none was, or none that can be read, the whole city."""
        return self.areas.get(self._asked("area"), self.city)

    @property
    def period_choices(self) -> list[tuple[str, str, bool]]:
        return self.choices_of("period")

    @property
    def area_choices(self) -> list[tuple[str, str, bool]]:
        return self.choices_of("area")

    def choices_of(self, name: str) -> list[tuple[str, str, bool]]:
        """Code, label, and whether it is the one looked from."""
        chosen = {self.as_of, self.here.code}
        return [(code, label, code in chosen) for code, label in self.fields[name].choices]

    @property
    def http_status(self) -> int:
        return 200 if self.is_valid() else 400

    def keep(self, area: Area) -> str:
        """The query that holds a reader at the period chosen and at an area."""
        is_choice = area.code in self.areas and not area.is_city
        return kept(period=self.data.get("period"), area=area.code if is_choice else None)

    def _asked(self, name: str) -> str:
        self.is_valid()
        return self.cleaned_data.get(name, "")


class EditionForm(forms.Form):
    """Which of a report's editions is read, the newest first."""

    edition = forms.ChoiceField(label="版次", required=False)

    def __init__(self, data, *, editions):
        super().__init__(data)
        self.editions = {str(report.edition): report for report in editions}
        self.fields["edition"].choices = [(edition, edition) for edition in self.editions]

    @property
    def report(self) -> PeriodReport:
        """The edition asked for; where none was, or none that there is, the newest."""
        self.is_valid()
        return self.editions.get(self.cleaned_data.get("edition")) or next(iter(self.editions.values()))

    @property
    def is_newest(self) -> bool:
        return self.report is next(iter(self.editions.values()))

    @property
    def http_status(self) -> int:
        return 200 if self.is_valid() else 400


class ComparisonForm(forms.Form):
    """What is set side by side, in which order, and as what: one indicator, or without one all of them."""

    indicator = forms.ChoiceField(label="指标", required=False)
    sort = forms.CharField(label="排序", required=False)
    format = forms.ChoiceField(label="格式", required=False, choices=[("csv", "CSV"), ("xlsx", "Excel")])

    def __init__(self, data, *, standpoint: StandpointForm, indicators: list[Indicator]):
        super().__init__(data)
        self.indicators = {row.code: row for row in indicators if row.is_tracked}
        self.fields["indicator"].choices = [(code, str(row)) for code, row in self.indicators.items()]
        periods_known = [code for code, _ in standpoint.fields["period"].choices]
        self.sort_keys = {*comparison.KEYS, *standpoint.areas, *periods_known}

    def clean_sort(self):
        sort = self.cleaned_data["sort"]
        if sort and sort.removeprefix("-") not in self.sort_keys:
            raise forms.ValidationError(f"没有“{sort}”这一列，请点表头排序。")
        return sort

    @property
    def indicator_choices(self) -> list[tuple[str, str, bool]]:
        """Code, label, and whether it is the one chosen."""
        return [
            (code, label, code == self.data.get("indicator"))
            for code, label in self.fields["indicator"].choices
        ]

    @property
    def subject(self) -> Indicator | None:
        """The one asked for; of a form that is valid."""
        return self.indicators.get(self.cleaned_data["indicator"])

    @property
    def order(self) -> str:
        return self.cleaned_data["sort"]

    @property
    def file_format(self) -> str:
        return self.cleaned_data["format"]

    def query(self, **changed) -> str:
        """The query of this state with something changed; a download is no state to stay in."""
        names = ("indicator", "period", "area", "sort")
        return kept(**{name: self.data.get(name) for name in names} | changed)


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
