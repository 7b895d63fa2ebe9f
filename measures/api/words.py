"""The words over the API."""

from itertools import groupby

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import NotFound
from rest_framework.renderers import BaseRenderer
from rest_framework.views import APIView

from measures.api import serializers, stratml
from measures.lists import filters
from measures.models import Citation, Correction, Measure, Principle, Section, Weakness
from targets.api.numbers import QUOTED
from targets.api.public import PublicData, PublicListSet, PublicViewSet
from targets.models import Plan, Policy


@extend_schema_view(list=extend_schema(responses=serializers.SectionTreeSerializer(many=True)))
class Sections(PublicViewSet):
    queryset = Section.objects.select_related("parent")
    serializer_class = serializers.SectionSerializer
    filterset_class = filters.SectionFilter
    search_fields = ["=code", "heading", "text__joined"]
    about = "依次相连的 text 即为全文；起止位置按字计，从 0 起，不含终点。"

    @property
    def is_tree(self) -> bool:
        return self.request.query_params.get("tree") == "1"

    def get_serializer_class(self):
        return serializers.SectionTreeSerializer if self.is_tree else super().get_serializer_class()

    def get_serializer_context(self):
        context = super().get_serializer_context()
        if self.is_tree:
            sections = self.get_queryset().order_by("parent", "position")
            context["below"] = {pk: list(rows) for pk, rows in groupby(sections, lambda row: row.parent_id)}
        return context


class Corrections(PublicViewSet):
    queryset = Correction.objects.select_related("section")
    serializer_class = serializers.CorrectionSerializer
    filterset_class = filters.CorrectionFilter
    orderings = {"code": ["code"], "start": ["start"]}
    search_fields = ["=code", "as_printed", "suggested", "reason"]
    about = "原文的错漏和建议读法；原文本身从不改动。"


class Citations(PublicListSet):
    # Several records may rest on the same words: without the last key pages could overlap.
    queryset = Citation.objects.with_records().order_by("start", "end", "pk")
    serializer_class = serializers.CitationSerializer
    filterset_class = filters.CitationFilter
    orderings = {"start": ["start", "end"], "section": ["section__code"]}
    search_fields = ["quote__joined"]
    about = "逐字引自原文的一段，和它所支持的一条记录。"


class Principles(PublicViewSet):
    queryset = Principle.objects.select_related("section").prefetch_related(
        "weaknesses", "measures", "citations__section"
    )
    serializer_class = serializers.PrincipleSerializer
    search_fields = ["=code", "title", "keyword", QUOTED]


class Weaknesses(PublicViewSet):
    queryset = Weakness.objects.prefetch_related("goals", "principles", "citations__section")
    serializer_class = serializers.WeaknessSerializer
    filterset_class = filters.WeaknessFilter
    search_fields = ["=code", "text", QUOTED]


class Policies(PublicViewSet):
    queryset = Policy.objects.prefetch_related("measures", "citations__section")
    serializer_class = serializers.PolicySerializer
    filterset_class = filters.PolicyFilter
    orderings = {"code": ["code"], "year": ["year"]}
    search_fields = ["=code", "title", "number", "issuer", "note", QUOTED]
    about = "规划提到的其他文件；本规划自身不在列表中，但可按代码查。"

    def get_queryset(self):
        policies = super().get_queryset()
        return policies.others() if self.action == "list" else policies


class Measures(PublicViewSet):
    queryset = Measure.objects.select_related(
        "principle", "policy", "organization", "area", "part_of"
    ).prefetch_related("indicators", "citations__section")
    serializer_class = serializers.MeasureSerializer
    filterset_class = filters.MeasureFilter
    orderings = {"code": ["code"], "name": ["name"], "category": ["category"], "status": ["status"]}
    search_fields = [
        "=code",
        "name",
        "note",
        QUOTED,
        "principle__title",
        "policy__title",
        "organization__name",
        "area__name",
    ]


class Xml(BaseRenderer):
    media_type, format = "application/xml", "xml"
    schema = {"type": "string"}


class StratML(PublicData, APIView):
    label = "规划和进展（StratML）"
    about = (
        "StratML 第 2 部分（ISO 17469-2）：原则、目标、指标，"
        "及全市的基期值、今日有效的目标值和已发布的完成值。"
    )
    renderer_classes = [Xml]

    @extend_schema(responses={(200, Xml.media_type): Xml.schema})
    def get(self, request):
        plan = Plan.objects.first()
        if plan is None:
            raise NotFound("还没有载入规划。")
        content = stratml.document(plan, request.build_absolute_uri(reverse("plan")), timezone.localdate())
        return HttpResponse(content, content_type="application/xml; charset=utf-8")
