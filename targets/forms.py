"""What staff enter of the numbers, checked as it is entered."""

from datetime import date

from django import forms

from targets import periods, quantities
from targets.models import Area, Baseline, Grade, Indicator

# The text looks back to the beginning of the Twelfth Five-Year Plan; a little more room does no harm.
EARLIEST_YEAR = 2000
# 原文 comes from the loading alone, 演示 never stands beside real figures.
STAFF_GRADES = [choice for choice in Grade.choices if choice[0] not in {Grade.TEXT, Grade.DEMO}]


class AsOfForm(forms.Form):
    """The period that a page looks back from: a year of the plan, or a part of one that is reported."""

    period = forms.ChoiceField(label="截至", required=False)

    def __init__(self, data, *, plan):
        super().__init__(data)
        self.default = ""
        if plan:
            codes = {str(year) for year in plan.years} | set(plan.periods.values_list("code", flat=True))
            spans = sorted(map(periods.span, codes), key=lambda span: (span.end, -span.start.toordinal()))
            self.fields["period"].choices = [(span.code, span.label) for span in spans]
            self.default = periods.last_ended(date.today(), plan.start_year, plan.end_year)
        self.initial["period"] = self.default

    @property
    def as_of(self) -> str:
        """The period asked for; where none was, or none that can be read, the default."""
        return (self.is_valid() and self.cleaned_data["period"]) or self.default

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        return [(code, label, code == self.as_of) for code, label in self.fields["period"].choices]

    @property
    def http_status(self) -> int:
        return 200 if self.is_valid() else 400


class BaselineForm(forms.ModelForm):
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
        indicator, value = cleaned.get("indicator"), cleaned.get("value")
        if indicator and value is not None:
            self._check_value(indicator, value)
        if indicator and cleaned.get("year"):
            self._check_year(indicator.plan, cleaned["year"])
        if cleaned.get("grade") == Grade.DERIVED and not cleaned.get("note"):
            self.add_error("note", "推算的数请在此写明算法和所用的各数。")
        return cleaned

    def _check_value(self, indicator, value):
        if value != round(value, indicator.decimals):
            allowed = f"最多填 {indicator.decimals} 位小数" if indicator.decimals else "请填整数"
            self.add_error("value", f"“{indicator.name}”以“{indicator.unit}”计，{allowed}。")
        if indicator.unit == "%" and value > 100:
            self.add_error("value", "百分比应在 0 到 100 之间。")

    def _check_year(self, plan, year):
        if not EARLIEST_YEAR <= year <= plan.baseline_year:
            self.add_error("year", f"基期在规划之前，年份应在 {EARLIEST_YEAR} 至 {plan.baseline_year} 之间。")

    def enter(self, *, by):
        """Save the row; a new one bears the name of whoever enters it."""
        if self.instance.pk is None:
            self.instance.entered_by = by
        self.instance.save()
