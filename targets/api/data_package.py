"""The flat lists as a Frictionless Data Package: its descriptor, and the CSV files that it names."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.response import Response
from rest_framework.views import APIView

from targets.api.exchange import datapackage
from targets.api.formats import Csv, FlatList
from targets.api.numbers import Baselines, Indicators, Observations, Targets
from targets.api.progress import Progress
from targets.api.public import PublicData
from targets.models import Plan

FLAT_SETS = {
    "indicators": Indicators,
    "baselines": Baselines,
    "targets": Targets,
    "observations": Observations,
    "progress": Progress,
}
NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="列表的名称", enum=list(FLAT_SETS))
DESCRIPTOR = {
    "type": "object",
    "description": "Frictionless Data Package 的描述文件，见 https://specs.frictionlessdata.io/data-package/",
    "required": ["name", "resources"],
    "properties": {"name": {"type": "string"}, "resources": {"type": "array", "items": {"type": "object"}}},
}


class DataPackage(PublicData, APIView):
    label = "数据包"
    about = (
        "五个列表的 CSV 文件，连同各列的类型、名称、校验值和来源。"
        "文件的地址在描述文件旁边，如 csv/targets.csv。"
    )

    @extend_schema(responses={(200, "application/json"): DESCRIPTOR})
    def get(self, request):
        files = [_described(name, _whole_list(name, request)) for name in FLAT_SETS]
        return Response(datapackage.descriptor(Plan.objects.first(), files))


class CsvFile(PublicData, APIView):
    label = "数据包中的文件"
    about = "即同名列表的 format=csv，全部各行。"
    renderer_classes = [Csv]

    @extend_schema(parameters=[NAME], responses={(200, Csv.media_type): Csv.schema})
    def get(self, request, name):
        if name not in FLAT_SETS:
            known = "、".join(f"{known}.csv" for known in FLAT_SETS)
            raise NotFound(f"没有 {name}.csv，可用：{known}。")
        return _whole_list(name, request).file(Csv())


def _whole_list(name: str, request) -> FlatList:
    """The view of a list, as if it had been asked without parameters."""
    return FLAT_SETS[name](request=request, action="list", args=(), kwargs={}, format_kwarg=None)


def _described(name: str, view: FlatList) -> datapackage.File:
    found = view.found()
    columns = view.flat(found).columns
    return datapackage.File(name, view.label, view.about, columns, Csv().content(view, found))
