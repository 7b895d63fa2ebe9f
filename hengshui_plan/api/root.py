"""The root of the API, its schema and the page that explains it, and the one form of its errors."""

from math import ceil

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import JsonResponse
from django.urls import reverse
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.exceptions import APIException, ParseError, Throttled
from rest_framework.response import Response
from rest_framework.views import APIView

from measures.api import words
from targets.api import changes, numbers, progress
from targets.api.public import PublicData, PublicView

ENDPOINTS = {
    "plans": numbers.Plans,
    "areas": numbers.Areas,
    "organizations": numbers.Organizations,
    "sections": words.Sections,
    "corrections": words.Corrections,
    "citations": words.Citations,
    "principles": words.Principles,
    "weaknesses": words.Weaknesses,
    "policies": words.Policies,
    "measures": words.Measures,
    "goals": numbers.Goals,
    "indicators": numbers.Indicators,
    "baselines": numbers.Baselines,
    "baseline-facts": numbers.BaselineFacts,
    "periods": numbers.Periods,
    "duties": numbers.Duties,
    "targets": numbers.Targets,
    "observations": numbers.Observations,
    "assessments": numbers.Assessments,
    "progress": progress.Progress,
    "changes": changes.Changes,
}

SERVER_ERROR = "服务器出错，数据没有受影响。请稍后再试；如仍然出错，请告知管理员网址和时间。"
UNREADABLE = "请求无法读取，请减少参数后再试。"
NO_SUCH_ADDRESS = "没有这个地址。请从 /api/v1/ 查看全部接口。"
# Where the framework's own words do not say what to do next.
MESSAGES = {
    "method_not_allowed": "接口只读，请改用 GET。",
    "throttled": "请求太频繁，请等 Retry-After 所说的秒数再试；要全部数据的，请用 format=csv。",
}


class EndpointSerializer(serializers.Serializer):
    name = serializers.CharField(label="名称")
    label = serializers.CharField(label="中文名称")
    url = serializers.URLField(label="地址")


class RootSerializer(serializers.Serializer):
    title = serializers.CharField(label="标题")
    endpoints = EndpointSerializer(many=True, label="全部接口")


class Root(PublicData, APIView):
    serializer_class = RootSerializer
    label = "全部接口"
    about = "从这里可以找到每个接口的地址。"

    def get(self, request):
        places = [(name, view().label, f"api:{name}-list") for name, view in ENDPOINTS.items()]
        places += [
            ("datapackage.json", "数据包（Frictionless Data Package）", "api:datapackage"),
            ("stratml.xml", "规划和进展（StratML）", "api:stratml"),
        ]
        places += [("schema", "接口描述（OpenAPI）", "api:schema"), ("docs", "接口说明", "api:docs")]
        endpoints = [
            {"name": name, "label": label, "url": request.build_absolute_uri(reverse(route))}
            for name, label, route in places
        ]
        return Response({"title": settings.SPECTACULAR_SETTINGS["TITLE"], "endpoints": endpoints})


class Schema(PublicView, SpectacularAPIView):
    pass


class Docs(PublicView, SpectacularSwaggerSplitView):
    template_name = "api_docs.html"
    url_name = "api:schema"

    def known_parameters(self):
        # The page fetches its script from its own address.
        return ["script"]


def bad_request(request) -> JsonResponse:
    """The answer to a request that Django itself could not read."""
    return _fault(400, "bad_request", UNREADABLE)


def not_found(request) -> JsonResponse:
    """The answer to an unknown address below /api/."""
    return _fault(404, "not_found", NO_SUCH_ADDRESS)


def server_error(request) -> JsonResponse:
    """The answer to a fault of our own; the log says more."""
    return _fault(500, "server_error", SERVER_ERROR)


def answer_fault(error, context) -> JsonResponse | None:
    """The answer to what a view raises; a fault of our own is left to Django, which logs it."""
    if isinstance(error, SuspiciousOperation):
        error = ParseError(UNREADABLE, "bad_request")
    if not isinstance(error, APIException):
        return None
    parameter, detail = None, error.detail
    if isinstance(detail, dict):
        parameter, detail = next(iter(detail.items()))
    if isinstance(detail, list):
        detail = detail[0]
    answer = _fault(error.status_code, detail.code, MESSAGES.get(detail.code, str(detail)), parameter)
    if isinstance(error, Throttled):
        answer["Retry-After"] = ceil(error.wait or 1)
    return answer


def _fault(status: int, code: str, message: str, parameter: str | None = None) -> JsonResponse:
    """A plain JsonResponse, so that views which render YAML or HTML answer faults in JSON too."""
    error = {"code": code, "message": message, "parameter": parameter}
    return JsonResponse({"error": error}, status=status, json_dumps_params={"ensure_ascii": False})
