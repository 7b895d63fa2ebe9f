from itertools import groupby

import django_filters as filters
from django.db.models import Exists, OuterRef
from drf_spectacular.helpers import lazy_serializer
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers

from measures.models import Confidence, Correction, CorrectionKind, Section, SectionKind
from targets.api.public import PublicViewSet
from targets.api.serializers import PageUrl, PublicSerializer
from targets.lists.filters import PlanFilterSet, by_code


class SectionSerializer(PublicSerializer):
    text = serializers.CharField(
        label="本级文字", help_text="自 start 起，至下一节之前；依次相连即为全文。可为空"
    )
    url = PageUrl()

    class Meta:
        model = Section
        fields = [
            "plan",
            "code",
            "parent",
            "position",
            "kind",
            "kind_label",
            "number",
            "heading",
            "start",
            "end",
            "text",
            "is_truncated",
            "url",
        ]
        extra_kwargs = {"is_truncated": {"help_text": "原文在此节中断，其后缺"}}


@extend_schema_field(lazy_serializer("measures.api.sections.SectionTreeSerializer")(many=True))
class Subtree(serializers.Field):
    """`context["below"]` maps the id of a section to its children."""

    def to_representation(self, section):
        return [self.parent.to_representation(child) for child in self.context["below"].get(section.pk, [])]


class SectionTreeSerializer(SectionSerializer):
    # Not required: one schema describes the list with and without `?tree=1`.
    children = Subtree(source="*", required=False, label="下级章节", help_text="仅在 tree=1 时给出")

    class Meta(SectionSerializer.Meta):
        fields = [*SectionSerializer.Meta.fields, "children"]


class SectionFilter(PlanFilterSet):
    kind = filters.ChoiceFilter(choices=SectionKind.choices, label="类别")
    # Last: it depends on the rows left by the others.
    tree = filters.ChoiceFilter(
        choices=[("0", "逐节平列"), ("1", "下级套在上级之内")], method="filter_tree", label="排列"
    )

    def filter_tree(self, queryset, name, value):
        """Keep the topmost sections as rows; the others are nested inside them."""
        above = queryset.filter(
            source=OuterRef("source"), position__lt=OuterRef("position"), end__gte=OuterRef("end")
        )
        return queryset.exclude(Exists(above)) if value == "1" else queryset


@extend_schema_view(list=extend_schema(responses=SectionTreeSerializer(many=True)))
class Sections(PublicViewSet):
    # A section's address holds the plan's code, which its text knows.
    queryset = Section.objects.select_related("parent", "source").defer("source__text")
    serializer_class = SectionSerializer
    filterset_class = SectionFilter
    search_fields = ["=code", "heading", "text__joined"]
    about = "依次相连的 text 即为全文；起止位置按字计，从 0 起，不含终点。"

    @property
    def is_tree(self) -> bool:
        return self.request.query_params.get("tree") == "1"

    def get_serializer_class(self):
        return SectionTreeSerializer if self.is_tree else super().get_serializer_class()

    def get_serializer_context(self):
        context = super().get_serializer_context()
        if self.is_tree:
            sections = self.get_queryset().order_by("parent", "position")
            context["below"] = {pk: list(rows) for pk, rows in groupby(sections, lambda row: row.parent_id)}
        return context


class CorrectionSerializer(PublicSerializer):
    suggested = serializers.CharField(label="建议读作", help_text="空字符串表示删去")

    class Meta:
        model = Correction
        fields = [
            "plan",
            "code",
            "kind",
            "kind_label",
            "section",
            "start",
            "end",
            "as_printed",
            "suggested",
            "confidence",
            "confidence_label",
            "reason",
            "entered_at",
        ]
        extra_kwargs = {"entered_at": {"help_text": "工作人员补充的勘误有此时间，随规划载入的为 null"}}


class CorrectionFilter(PlanFilterSet):
    kind = filters.ChoiceFilter(choices=CorrectionKind.choices, label="类别")
    confidence = filters.ChoiceFilter(choices=Confidence.choices, label="把握")
    section = by_code(Section.objects.of_plan, "章节")


class Corrections(PublicViewSet):
    queryset = Correction.objects.select_related("section")
    serializer_class = CorrectionSerializer
    filterset_class = CorrectionFilter
    orderings = {"code": ["code"], "start": ["start"]}
    search_fields = ["=code", "as_printed", "suggested", "reason"]
    about = "原文的错漏和建议读法；原文本身从不改动。"
