from math import ceil

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import JsonResponse
from django.urls import reverse
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.exceptions import APIException, ParseError, Throttled
from rest_framework.response import Response

from measures.api.citations import Citations
from measures.api.measures import Measures
from measures.api.policies import Policies
from measures.api.principles import Principles, Weaknesses
from measures.api.sections import Corrections, Sections
from targets.api.areas import Areas
from targets.api.assessments import Assessments
from targets.api.baselines import BaselineFacts, Baselines
from targets.api.changes import Changes
from targets.api.duties import Duties
from targets.api.goals import Goals
from targets.api.indicators import Indicators
from targets.api.observations import Observations
from targets.api.organizations import Organizations
from targets.api.plans import Periods, Plans, ThresholdDecisions
from targets.api.progress import Progress
from targets.api.public import PublicData, PublicView
from targets.api.targets import Targets

ENDPOINTS = {
    "plans": Plans,
    "areas": Areas,
    "organizations": Organizations,
    "sections": Sections,
    "corrections": Corrections,
    "citations": Citations,
    "principles": Principles,
    "weaknesses": Weaknesses,
    "policies": Policies,
    "measures": Measures,
    "goals": Goals,
    "indicators": Indicators,
    "baselines": Baselines,
    "baseline-facts": BaselineFacts,
    "periods": Periods,
    "duties": Duties,
    "targets": Targets,
    "thresholds": ThresholdDecisions,
    "observations": Observations,
    "assessments": Assessments,
    "progress": Progress,
    "changes": Changes,
}

UNREADABLE = "请求无法读取，请减少参数后再试。"
# Instead of the framework's messages, which do not say what to do next.
MESSAGES = {
    "method_not_allowed": "接口只读，请改用 GET。",
    "throttled": "请求太频繁，请等 Retry-After 所说的秒数再试；要全部数据的，请用 format=csv。",
}


class EndpointSerializer(serializers.Serializer):
    name = serializers.CharField(label="名称")
    label = serializers.CharField(label="中文名称")  # type: ignore[assignment]  # no attribute, a field
    url = serializers.URLField(label="地址")


class RootSerializer(serializers.Serializer):
    title = serializers.CharField(label="标题")
    endpoints = EndpointSerializer(many=True, label="全部接口")


class Root(PublicData):
    serializer_class = RootSerializer
    label = "全部接口"
    about = "从这里可以找到每个接口的地址。"

    def get(self, request):
        addresses = [
            *((name, view().label, f"{name}-list") for name, view in ENDPOINTS.items()),
            ("datapackage.json", "数据包（Frictionless Data Package）", "datapackage"),
            ("stratml.xml", "规划和进展（StratML）", "stratml"),
            ("schema", "接口描述（OpenAPI）", "schema"),
            ("docs", "接口说明", "docs"),
        ]
        endpoints = [
            {"name": name, "label": label, "url": request.build_absolute_uri(reverse(f"api:{route}"))}
            for name, label, route in addresses
        ]
        return Response({"title": settings.SPECTACULAR_SETTINGS["TITLE"], "endpoints": endpoints})


class Schema(PublicView, SpectacularAPIView):
    pass


class Docs(PublicView, SpectacularSwaggerSplitView):
    template_name = "api_docs.html"
    url_name = "api:schema"

    def known_parameters(self):
        # The page loads its script from its own address.
        return ["script"]


def answer_fault(error, context):
    """DRF's exception handler. Other exceptions are left to Django, which logs them."""
    if isinstance(error, SuspiciousOperation):
        error = ParseError(UNREADABLE, "bad_request")
    if not isinstance(error, APIException):
        return None
    parameter, detail = None, error.detail
    if isinstance(detail, dict):
        parameter, detail = next(iter(detail.items()))
    if isinstance(detail, list):
        detail = detail[0]
    response = fault(error.status_code, detail.code, MESSAGES.get(detail.code, str(detail)), parameter)
    if isinstance(error, Throttled):
        response["Retry-After"] = ceil(error.wait or 1)
    return response


def fault(status: int, code: str, message: str, parameter: str | None = None) -> JsonResponse:
    """JSON even from views that render YAML or HTML."""
    error = {"code": code, "message": message, "parameter": parameter}
    return JsonResponse({"error": error}, status=status, json_dumps_params={"ensure_ascii": False})
