"""The forms of baselines and definitions."""

from django import forms
from django.core.exceptions import ValidationError

from targets.engine import quantities
from targets.models import Area, Baseline, Basis, Grade, Indicator, Plan
from targets.review.value_rules import fault_of_number, words

EARLIEST_YEAR = 2000
# 原文 is for loaded rows, 演示 for a demonstration.
STAFF_GRADES = [choice for choice in Grade.choices if choice[0] not in {Grade.TEXT, Grade.DEMO}]


class StaffForm(forms.ModelForm):
    """A form that cleans its text fields with `words`, except verbatim ones (`strip=False`).

    What is chosen is of `plan`, which the list sets on its form.
    """

    plan: Plan | None = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = self.choices_of(name, field.queryset)

    def choices_of(self, name: str, rows):
        return rows.of_plan(self.plan)

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
    indicator = forms.ModelChoiceField(Indicator.objects.tracked(), label="指标")
    area = forms.ModelChoiceField(
        Area.objects.all(),
        label="县市区",
        help_text="填基期当时的区划：后来更名、撤并的，填在当时的名下。",
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
        if self.plan and "basis" in self.fields:
            self.fields["basis"].choices = [(code, self.plan.basis_words[code]) for code in Basis.values]
        if self.instance.pk:
            self.initial["value"] = quantities.plain(self.instance.value)

    def choices_of(self, name, rows):
        return rows.parts_at_baseline(self.plan) if name == "area" else super().choices_of(name, rows)

    def clean(self):
        cleaned = super().clean()
        indicator = cleaned.get("indicator") if "indicator" in self.fields else self.instance.indicator
        value = cleaned.get("value")
        if indicator and value is not None and (fault := fault_of_number(indicator, value)):
            self.add_error("value", fault)
        if indicator and cleaned.get("year"):
            self._check_year(indicator.plan, cleaned["year"])
        if cleaned.get("grade") == Grade.DERIVED and not cleaned.get("note"):
            self.add_error("note", "推算的数请在此写明算法和所用的各数。")
        return cleaned

    def _check_year(self, plan, year):
        if not EARLIEST_YEAR <= year <= plan.baseline_year:
            self.add_error("year", f"基期在规划之前，年份应在 {EARLIEST_YEAR} 至 {plan.baseline_year} 之间。")


class BaselineRowForm(BaselineForm):
    """For a sheet, which names indicator and area."""

    # Declared fields are removed so.
    indicator = area = None  # type: ignore[assignment]

    class Meta(BaselineForm.Meta):
        fields = BaselineForm.Meta.fields[2:]

    def validate_constraints(self):
        """Each costs a query, and the fields have covered them all."""


class DefinitionForm(StaffForm):
    class Meta:
        model = Indicator
        fields = ["definition", "definition_source"]
