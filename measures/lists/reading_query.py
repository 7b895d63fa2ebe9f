from django import forms


class ReadingForm(forms.Form):
    corrected = forms.ChoiceField(choices=[("0", "照印"), ("1", "显示勘误")], required=False)

    @property
    def is_corrected(self) -> bool:
        return self.is_valid() and self.cleaned_data["corrected"] == "1"

    @property
    def http_status(self) -> int:
        return 200 if self.is_valid() else 400
