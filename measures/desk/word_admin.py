"""Admin of the text and its records: read-only except corrections."""

from django.contrib import admin
from django.db.models import Prefetch
from django.utils.text import Truncator

from measures.desk import correction_forms
from measures.lists.filters import CITED_CHOICES
from measures.models import (
    CITED,
    FIGURES,
    Citation,
    Correction,
    Measure,
    NumberToken,
    Principle,
    Section,
    SourceText,
    Weakness,
)
from targets.desk.admin.record_admin import (
    OfPlanFilter,
    ReadOnlyAdmin,
    StaffRowsAdmin,
    WordsOfPlanFilter,
    passage,
    quotations,
    row_link,
)


class SupportsFilter(admin.SimpleListFilter):
    title = "所支持的记录"
    parameter_name = "supports"

    def lookups(self, request, model_admin):
        return CITED_CHOICES

    def queryset(self, request, queryset):
        return queryset.filter(**{f"{self.value()}__isnull": False}) if self.value() in CITED else queryset


@admin.register(SourceText)
class SourceTextAdmin(ReadOnlyAdmin):
    fields = ["plan", "words", "provenance", "sha256"]
    list_display = ["plan", "length", "provenance", "sha256"]
    list_select_related = ["plan"]
    ordering = ["plan__code"]
    search_fields = ["text"]
    search_help_text = "按原文用字查找"

    @admin.display(description="字符数")
    def length(self, source):
        return len(source.text)

    @admin.display(description="原文")
    def words(self, source):
        return passage(source.text)


@admin.register(Section)
class SectionAdmin(ReadOnlyAdmin):
    fields = ["code", "kind", "label", "parent", "words", "is_truncated", "start", "end"]
    list_display = ["code", "label", "kind", "beginning", "is_truncated"]
    list_display_links = ["code", "label"]
    list_filter = ["kind", "is_truncated"]
    list_select_related = ["parent"]
    search_fields = ["code", "heading", "text"]
    search_help_text = "按编号、标题或原文用字查找"

    @admin.display(description="标题")
    def label(self, section):
        return section.label

    @admin.display(description="文字")
    def beginning(self, section):
        return Truncator(section.text.strip()).chars(40)

    @admin.display(description="本级文字")
    def words(self, section):
        return passage(section.text)


@admin.register(Correction)
class CorrectionAdmin(StaffRowsAdmin):
    readonly_fields = ["code", "section", "kind", "start", "end", "printed", "entered_by", "entered_at"]
    list_display = ["code", "printed", "reading", "kind", "confidence", "section", "entered_by"]
    list_filter = ["kind", "confidence", ("entered_by", admin.EmptyFieldListFilter)]
    list_select_related = ["section", "entered_by"]
    search_fields = ["code", "as_printed", "suggested", "reason"]
    search_help_text = "按代码、原文所印、建议读法或理由查找"

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = correction_forms.SuggestionForm if obj else correction_forms.CorrectionForm
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["as_printed", "context", "suggested", "kind", "confidence", "reason"]
        place = ["section", "start", "end", "entered_by", "entered_at"]
        return ["code", "printed", "suggested", "kind", "confidence", "reason", *place]

    def get_readonly_fields(self, request, obj=None):
        return self.readonly_fields if obj else []

    @admin.display(description="原文所印", ordering="as_printed")
    def printed(self, correction):
        return f"“{correction.as_printed}”"

    @admin.display(description="建议读作", ordering="suggested")
    def reading(self, correction):
        return correction.suggested or "（删去）"

    def save_model(self, request, obj, form, change):
        if change:
            super().save_model(request, obj, form, change)
        else:
            form.enter(by=request.user)


@admin.register(Citation)
class CitationAdmin(ReadOnlyAdmin):
    fields = ["section", "words", "supports", "position", "start", "end"]
    list_display = ["beginning", "section", "kind", "record"]
    list_filter = [SupportsFilter, ("section", OfPlanFilter)]
    search_fields = ["quote", "section__code"]
    search_help_text = "按引文用字或章节编号查找"

    def get_queryset(self, request):
        return super().get_queryset(request).with_records()

    @admin.display(description="引文", ordering="start")
    def beginning(self, citation):
        return Truncator(citation.joined).chars(40)

    @admin.display(description="引文")
    def words(self, citation):
        return passage(citation.quote)

    @admin.display(description="类别")
    def kind(self, citation):
        return citation.cited._meta.verbose_name

    @admin.display(description="所支持的记录")
    def record(self, citation):
        return citation.cited

    @admin.display(description="所支持的记录")
    def supports(self, citation):
        return row_link(citation.cited, citation.cited)


@admin.register(Principle)
class PrincipleAdmin(ReadOnlyAdmin):
    fields = ["number", "title", "keyword", quotations, "section", "weaknesses"]
    list_display = ["number", "title", "keyword", "section"]
    list_display_links = ["number", "title"]
    list_select_related = ["section"]
    search_fields = ["title", "keyword"]
    search_help_text = "按原则或关键词查找"


@admin.register(Weakness)
class WeaknessAdmin(ReadOnlyAdmin):
    fields = ["code", "text", "group", quotations, "goals"]
    list_display = ["code", "text", "group"]
    list_display_links = ["code", "text"]
    list_filter = [("group", WordsOfPlanFilter)]
    search_fields = ["code", "text"]
    search_help_text = "按代码或用字查找"


@admin.register(Measure)
class MeasureAdmin(ReadOnlyAdmin):
    fields = [
        "code",
        "name",
        "category",
        "status",
        quotations,
        "indicators",
        "principle",
        "policy",
        "organization",
        "area",
        "part_of",
        "note",
    ]
    list_display = ["code", "name", "category", "status", "principle", "organization"]
    list_display_links = ["code", "name"]
    list_filter = [
        ("category", WordsOfPlanFilter),
        ("status", WordsOfPlanFilter),
        ("principle", OfPlanFilter),
    ]
    list_select_related = ["principle", "policy", "organization", "area", "part_of"]
    search_fields = ["code", "name", "note"]
    search_help_text = "按代码、措施或说明查找"


@admin.register(NumberToken)
class NumberTokenAdmin(ReadOnlyAdmin):
    fields = ["code", "printed", "kind", "section", "start", "end", "baselines", "targets", "policy", "note"]
    list_display = ["code", "printed", "kind", "section", "owners", "note"]
    list_display_links = ["code", "printed"]
    list_filter = ["kind"]
    list_select_related = ["section", "policy"]
    search_fields = ["code", "printed", "section__code"]
    search_help_text = "按代码、所印数字或章节编号查找"

    def get_queryset(self, request):
        figures = (
            Prefetch(f"{name}s", CITED[name].objects.of_all_plans().select_related("indicator", "area"))
            for name in FIGURES
        )
        return super().get_queryset(request).prefetch_related(*figures)

    @admin.display(description="属于")
    def owners(self, token):
        rows = [*token.baselines.all(), *token.targets.all(), token.policy]
        return "、".join(str(row) for row in rows if row) or "—"
