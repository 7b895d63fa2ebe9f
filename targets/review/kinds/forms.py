"""The forms whose rules are those of a kind: a county's baseline, and an indicator's definition."""

from django import forms
from django.core.exceptions import ValidationError

from targets.engine import quantities
from targets.models import Area, Baseline, Grade, Indicator
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
    """The form of a row whose indicator and area are known; what else the table holds is left to it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["indicator"], self.fields["area"]

    def validate_constraints(self):
        """Each would be a query, and the fields have asked them all."""


class DefinitionForm(StaffForm):
    """What an indicator counts, in the bureau's words: the text does not say."""

    class Meta:
        model = Indicator
        fields = ["definition", "definition_source"]
