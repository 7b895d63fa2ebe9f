"""What staff enter of the text: corrections, each a row with a reason."""

import re

from django import forms
from django.utils import timezone

from measures.models import Correction, Section, SourceText
from measures.reading.text_search import find
from targets.desk.staff_forms import StaffForm

STAFF_CODE = re.compile(r"B(\d+)")


def next_code() -> str:
    """The code for the next correction that staff enter: B01, B02, … (B for 补)."""
    codes = Correction.objects.filter(code__startswith="B").values_list("code", flat=True)
    numbers = [int(match[1]) for match in map(STAFF_CODE.fullmatch, codes) if match]
    return f"B{max(numbers, default=0) + 1:02}"


def joined(words: str) -> str:
    """Copied words without the line breaks that came along."""
    return "".join(words.splitlines())


def check_suggestion(row: Correction, suggested: str):
    """Raises ValidationError where a suggestion for the words of `row` says nothing new."""
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
    """A second thought about a correction; the words that it is about stay as they are."""

    class Meta(SuggestionMeta):
        fields = ["suggested", "confidence", "reason"]

    def clean_suggested(self):
        check_suggestion(self.instance, self.cleaned_data["suggested"])
        return self.cleaned_data["suggested"]


class CorrectionForm(StaffForm):
    """A new correction: whoever enters it copies the words, the form finds where they stand."""

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
        # A surplus space is a slip that the text has; around other words it is the clipboard's.
        return words.strip() or words

    def clean(self):
        """Find the place; must run inside the transaction that saves.

        The text is locked until that ends, so that two corrections entered at once are checked
        against each other and numbered one after the other.
        """
        cleaned = super().clean()
        if "as_printed" not in cleaned or "context" not in cleaned:
            return cleaned
        source = SourceText.objects.select_for_update().first()
        if source is None:
            raise forms.ValidationError("尚未载入规划原文，不能填写勘误。请先请管理员载入规划。")
        span = self._find(source.text, cleaned["as_printed"], cleaned["context"])
        if span and self._is_free(source, span):
            self._place(source, span)
        return cleaned

    def _find(self, text: str, words: str, context: str) -> tuple[int, int] | None:
        """The one place that is meant; None, with an error at the field to mend, if there is not just one."""
        spans = find(text, joined(words))
        if not spans:
            fault = f"原文中没有“{words}”。请照原文逐字抄写，不跨段落；句中的换行不影响查找，不必照抄。"
            self.add_error("as_printed", fault)
            return None
        if context:
            around = find(text, joined(context))
            if not around:
                self.add_error("context", "原文中没有这段话。请照原文逐字抄写，不跨段落。")
                return None
            spans = [span for span in spans if any(a <= span[0] and span[1] <= b for a, b in around)]
        if not spans:
            self.add_error("context", f"这段话里没有“{words}”。请连同这几个字一起照抄。")
        elif len(spans) > 1:
            fault = f"“{words}”有 {len(spans)} 处。请在此抄一段只含其中一处的原文，多抄几个前后的字。"
            self.add_error("context", fault)
        return spans[0] if len(spans) == 1 else None

    def _is_free(self, source: SourceText, span: tuple[int, int]) -> bool:
        start, end = span
        overlapping = source.corrections.filter(start__lt=end, end__gt=start)
        if other := overlapping.exclude(start=start, end=end).first():
            fault = (
                f"与勘误 {other.code}（“{other.as_printed}”）所指的字重叠。请改为同样的几个字，或避开它们。"
            )
            self.add_error("as_printed", fault)
        if number := source.number_tokens.filter(
            start__lt=end, end__gt=start, baseline__isnull=False
        ).first():
            fault = f"“{number.printed}”是指标的数，不能用勘误改动；如有更可靠的数，请另报基期值并注明出处。"
            self.add_error("as_printed", fault)
        return other is None and number is None

    def _place(self, source: SourceText, span: tuple[int, int]):
        row = self.instance
        row.source = source
        row.start, row.end = span
        row.section = Section.objects.filter(source=source).containing(*span).first()
        row.as_printed = self.cleaned_data["as_printed"] = source.text[slice(*span)]
        try:
            check_suggestion(row, self.cleaned_data.get("suggested"))
        except forms.ValidationError as error:
            self.add_error("suggested", error)

    def enter(self, *, by):
        """Save the new row with its code, who entered it and when."""
        row = self.instance
        row.code = next_code()
        row.entered_by = by
        row.entered_at = timezone.now()
        row.save()
