import re
from collections.abc import Mapping
from math import ceil

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.exceptions import APIException, ParseError, Throttled
from rest_framework.response import Response

from measures.api.citations import Citations
from measures.api.measures import Measures
from measures.api.organizations import Organizations
from measures.api.policies import Policies
from measures.api.principles import Principles, Weaknesses
from measures.api.sections import Corrections, Sections
from targets.api.areas import Areas
from targets.api.assessments import Assessments
from targets.api.baselines import BaselineFacts, Baselines
from targets.api.changes import Changes
from targets.api.duties import Duties
from targets.api.faults import unknown_code
from targets.api.goals import Goals
from targets.api.indicators import Indicators
from targets.api.observations import Observations
from targets.api.plans import Periods, Plans, PlanSerializer, ThresholdDecisions
from targets.api.progress import Progress
from targets.api.public import PublicData, PublicListSet, PublicView
from targets.api.targets import Targets
from targets.models import Plan
from targets.models.plan import CODE
from targets.review import roles

OF_A_PLAN = {
    "sections": Sections,
    "corrections": Corrections,
    "citations": Citations,
    "principles": Principles,
    "weaknesses": Weaknesses,
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
}
FILES_OF_A_PLAN = [
    ("datapackage.json", "数据包（Frictionless Data Package）", "datapackage"),
    ("stratml.xml", "规划和进展（StratML）", "stratml"),
]

PLAN_IN_PATH = re.compile(r"/api/v1/plans/(?P<plan>[^/]+)/")
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


def listed(views: Mapping[str, type[PublicListSet]]) -> list[tuple[str, str, str]]:
    """Name, label and route of each list."""
    return [(name, view().label, f"{name}-list") for name, view in views.items()]


def endpoints(request, addresses: list[tuple[str, str, str]], **kwargs) -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "label": label,
            "url": request.build_absolute_uri(reverse(f"api:{route}", kwargs=kwargs)),
        }
        for name, label, route in addresses
    ]


class PlanWithEndpointsSerializer(PlanSerializer):
    endpoints = serializers.SerializerMethodField(label="这个规划的全部接口")

    class Meta(PlanSerializer.Meta):
        fields = [*PlanSerializer.Meta.fields, "endpoints"]

    @extend_schema_field(EndpointSerializer(many=True))
    def get_endpoints(self, plan) -> list[dict[str, str]]:
        addresses = [*listed(OF_A_PLAN), *FILES_OF_A_PLAN]
        return endpoints(self.context["request"], addresses, plan=plan.code)


class PlansWithEndpoints(Plans):
    """A single plan links its lists."""

    def get_serializer_class(self):
        return PlanWithEndpointsSerializer if self.action == "retrieve" else PlanSerializer


SHARED = {
    "plans": PlansWithEndpoints,
    "areas": Areas,
    "organizations": Organizations,
    "policies": Policies,
    "changes": Changes,
}


class RootSerializer(serializers.Serializer):
    title = serializers.CharField(label="标题")
    endpoints = EndpointSerializer(many=True, label="各规划共用的接口")


class Root(PublicData):
    serializer_class = RootSerializer
    label = "全部接口"
    about = "从这里可以找到每个接口的地址；一个规划的各个列表，见 plans/ 中那个规划的 endpoints。"

    def get(self, request):
        addresses = [
            *listed(SHARED),
            ("schema", "接口描述（OpenAPI）", "schema"),
            ("docs", "接口说明", "docs"),
        ]
        title = settings.SPECTACULAR_SETTINGS["TITLE"]
        return Response({"title": title, "endpoints": endpoints(request, addresses)})


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


def not_found(request: HttpRequest, new_address: str | None) -> JsonResponse:
    """`new_address` is what now stands for an address without a plan, from when the site had one plan."""
    found = PLAN_IN_PATH.match(request.path)
    if new_address:
        message = f"这个地址已改为 {new_address}，请改用新地址。"
    elif found and not _is_seen(found["plan"], request.user):
        message = str(unknown_code(found["plan"], str(Plan._meta.verbose_name)).detail)
    else:
        message = "没有这个地址。请从 /api/v1/ 查看全部接口。"
    return fault(404, "not_found", message)


def _is_seen(plan: str, user) -> bool:
    # A database may refuse what stands in an address.
    return bool(re.match(CODE, plan)) and roles.plans_seen_by(user).filter(code=plan).exists()


def fault(status: int, code: str, message: str, parameter: str | None = None) -> JsonResponse:
    """JSON even from views that render YAML or HTML."""
    error = {"code": code, "message": message, "parameter": parameter}
    return JsonResponse({"error": error}, status=status, json_dumps_params={"ensure_ascii": False})
