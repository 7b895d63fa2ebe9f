from django import forms

from targets.lists.standpoint import query_string
from targets.models import Indicator, PeriodReport
from targets.standing import comparison


class EditionForm(forms.Form):
    """One of the editions of a period report, given newest first; by default the newest."""

    edition = forms.ChoiceField(label="版次", required=False)

    def __init__(self, data, *, editions):
        super().__init__(data)
        self.editions = {str(report.edition): report for report in editions}
        self.fields["edition"].choices = [(edition, edition) for edition in self.editions]

    @property
    def report(self) -> PeriodReport:
        self.is_valid()
        return self.editions.get(self.cleaned_data.get("edition")) or next(iter(self.editions.values()))

    @property
    def is_newest(self) -> bool:
        return self.report is next(iter(self.editions.values()))

    @property
    def http_status(self) -> int:
        return 200 if self.is_valid() else 400


class ComparisonForm(forms.Form):
    """Compare areas by one indicator or, without one, by all of them."""

    indicator = forms.ChoiceField(label="指标", required=False)
    sort = forms.CharField(label="排序", required=False)
    format = forms.ChoiceField(label="格式", required=False, choices=[("csv", "CSV"), ("xlsx", "Excel")])

    def __init__(self, data, *, standpoint, indicators):
        super().__init__(data)
        self.indicators = {row.code: row for row in indicators if row.is_tracked}
        self.fields["indicator"].choices = [(code, str(row)) for code, row in self.indicators.items()]
        self.sort_keys = {*comparison.KEYS, *standpoint.areas, *dict(standpoint.choices["period"])}

    def clean_sort(self):
        sort = self.cleaned_data["sort"]
        if sort and sort.removeprefix("-") not in self.sort_keys:
            raise forms.ValidationError(f"没有“{sort}”这一列，请点表头排序。")
        return sort

    @property
    def indicator_choices(self) -> list[tuple[str, str, bool]]:
        chosen = self.data.get("indicator")
        return [(code, str(row), code == chosen) for code, row in self.indicators.items()]

    @property
    def subject(self) -> Indicator | None:
        """The chosen indicator, once the form is valid."""
        return self.indicators.get(self.cleaned_data["indicator"])

    @property
    def order(self) -> str:
        return self.cleaned_data["sort"]

    @property
    def file_format(self) -> str:
        return self.cleaned_data["format"]

    def query(self, **changed) -> str:
        """Return this query string with changes; `format` is not kept."""
        names = ("indicator", "period", "area", "sort")
        return query_string(**{name: self.data.get(name) for name in names} | changed)
