import re

from django import forms
from django.utils import timezone

from measures.models import Correction, SourceText
from measures.reading.corrections import PlaceError, joined, place_of
from targets.desk.staff_forms import StaffForm

STAFF_CODE = re.compile(r"B(\d+)")


def next_code(source: SourceText) -> str:
    """B01, B02, … (B for 补), within the plan's text."""
    codes = source.corrections.filter(code__startswith="B").values_list("code", flat=True)
    numbers = [int(match[1]) for match in map(STAFF_CODE.fullmatch, codes) if match]
    return f"B{max(numbers, default=0) + 1:02}"


def check_suggestion(row: Correction, suggested: str | None):
    """Raise ValidationError if the suggestion for the words of `row` is not new."""
    if suggested == joined(row.as_printed):
        raise forms.ValidationError("与原文所印相同，请写出应当怎样读。")
    same = row.source.corrections.filter(start=row.start, end=row.end, suggested=suggested)
    if other := same.exclude(pk=row.pk).first():
        raise forms.ValidationError(f"勘误 {other.code} 对这几个字已有同样的建议，不必重填。")


class SuggestionMeta:
    model = Correction
    widgets = {"reason": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}
    help_texts = {"suggested": "留空表示应删去。", "reason": "为什么认为有误、依据什么，必填。"}


class SuggestionForm(StaffForm):
    """Changes the suggestion of a correction, but not the words that it is about."""

    class Meta(SuggestionMeta):
        fields = ["suggested", "confidence", "reason"]

    def clean_suggested(self):
        check_suggestion(self.instance, self.cleaned_data["suggested"])
        return self.cleaned_data["suggested"]


class CorrectionForm(StaffForm):
    """Staff copy the words, and the form finds their place."""

    as_printed = forms.CharField(
        label="原文所印",
        max_length=100,
        strip=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="照原文逐字抄写有误的字；句中的换行不必照抄。",
    )
    context = forms.CharField(
        label="前后文",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text="这几个字在原文中不止一处时，连同前后的字照抄一段，以便认出是哪一处。",
    )

    class Meta(SuggestionMeta):
        fields = ["as_printed", "suggested", "kind", "confidence", "reason"]

    def clean_as_printed(self):
        words = self.cleaned_data["as_printed"]
        # A space can itself be the mistake in the text; around words it comes from copying.
        return words.strip() or words

    def clean(self):
        """Find the place and lock the text; must run in the transaction that saves.

        The lock makes two corrections entered at once see each other and get different codes.
        """
        cleaned = super().clean()
        if "as_printed" not in cleaned or "context" not in cleaned:
            return cleaned
        source = SourceText.objects.of_plan(self.plan).select_for_update().first()
        if source is None:
            raise forms.ValidationError("这份规划尚未载入原文，不能填写勘误。请先请管理员载入原文。")
        try:
            span = place_of(source.text, cleaned["as_printed"], cleaned["context"])
        except PlaceError as error:
            self.add_error(error.field, str(error))
            return cleaned
        if self._is_free(source, span):
            self._place(source, span)
        return cleaned

    def _is_free(self, source: SourceText, span: tuple[int, int]) -> bool:
        start, end = span
        overlapping = source.corrections.filter(start__lt=end, end__gt=start)
        if other := overlapping.exclude(start=start, end=end).first():
            fault = (
                f"与勘误 {other.code}（“{other.as_printed}”）所指的字重叠。请改为同样的几个字，或避开它们。"
            )
            self.add_error("as_printed", fault)
        numbers = source.number_tokens.of_figures().filter(start__lt=end, end__gt=start)
        if number := numbers.first():
            fault = f"“{number.printed}”是指标的数，不能用勘误改动；如有更可靠的数，请另报基期值并注明出处。"
            self.add_error("as_printed", fault)
        return other is None and number is None

    def _place(self, source: SourceText, span: tuple[int, int]):
        row = self.instance
        row.source = source
        row.start, row.end = span
        row.section = source.sections.containing(*span).first()
        row.as_printed = self.cleaned_data["as_printed"] = source.text[slice(*span)]
        try:
            check_suggestion(row, self.cleaned_data.get("suggested"))
        except forms.ValidationError as error:
            self.add_error("suggested", error)

    def enter(self, *, by):
        row = self.instance
        row.code = next_code(row.source)
        row.entered_by = by
        row.entered_at = timezone.now()
        row.save()
