import django_filters as filters
from rest_framework import serializers

from measures.lists.filters import CITED_CHOICES
from measures.models import FIGURES, Citation, Section
from targets.api.public import PublicListSet
from targets.api.serializers import PlanRowSerializer, QuotationSerializer
from targets.lists.filters import PlanFilterSet, by_code


class CitationSerializer(PlanRowSerializer, QuotationSerializer):
    supports = serializers.ChoiceField(CITED_CHOICES, read_only=True, label="所支持记录的种类")
    supports_label = serializers.CharField(
        source="cited._meta.verbose_name", label="所支持记录的种类（中文）"
    )
    code = serializers.SerializerMethodField(
        label="所支持记录的代码", help_text="基期值和目标值则为其指标的代码"
    )
    area = serializers.SerializerMethodField(label="县市区", help_text="仅基期值和目标值有")
    year = serializers.IntegerField(
        source="target.year", label="年份", help_text="仅目标值有", allow_null=True
    )

    def get_code(self, citation) -> str:
        record = citation.cited
        return record.indicator.code if citation.supports in FIGURES else record.code

    def get_area(self, citation) -> str | None:
        return citation.cited.area.code if citation.supports in FIGURES else None


class CitationFilter(PlanFilterSet):
    section = by_code(Section.objects.of_plan, "章节")
    supports = filters.ChoiceFilter(choices=CITED_CHOICES, method="filter_supports", label="所支持的记录")

    def filter_supports(self, queryset, name, kind):
        return queryset.filter(**{f"{kind}__isnull": False})


class Citations(PublicListSet):
    # Records may cite the same words: without the last key pages could overlap.
    queryset = Citation.objects.with_records().order_by("start", "end", "pk")
    serializer_class = CitationSerializer
    filterset_class = CitationFilter
    orderings = {"start": ["start", "end"], "section": ["section__code"]}
    search_fields = ["quote__joined"]
    about = "逐字引自原文的一段，和它所支持的一条记录。"
