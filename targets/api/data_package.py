"""The flat lists as a Frictionless Data Package: its descriptor and the CSV files that it names."""

import hashlib
from collections.abc import Iterable

from django.utils.timezone import localtime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from targets.api.baselines import Baselines
from targets.api.exchange.flat import FlatColumn
from targets.api.formats import Csv, FlatList
from targets.api.indicators import Indicators
from targets.api.observations import Observations
from targets.api.plans import ThresholdDecisions
from targets.api.progress import Progress
from targets.api.public import PublicData
from targets.api.serializers import Month
from targets.api.targets import Targets
from targets.models import Plan, PublicChange

FLAT_LISTS: dict[str, type[FlatList]] = {
    "indicators": Indicators,
    "baselines": Baselines,
    "targets": Targets,
    "thresholds": ThresholdDecisions,
    "observations": Observations,
    "progress": Progress,
}
NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="列表的名称", enum=list(FLAT_LISTS))
DESCRIPTOR_SCHEMA = {
    "type": "object",
    "description": "Frictionless Data Package 的描述文件，见 https://specs.frictionlessdata.io/data-package/",
    "required": ["name", "resources"],
    "properties": {"name": {"type": "string"}, "resources": {"type": "array", "items": {"type": "object"}}},
}
# The first class that a field is an instance of counts.
FIELD_TYPES = [
    (serializers.ListSerializer, {"type": "array"}),
    (serializers.BooleanField, {"type": "boolean"}),
    (serializers.IntegerField, {"type": "integer"}),
    (serializers.DecimalField, {"type": "number"}),
    (serializers.DateTimeField, {"type": "datetime"}),
    (Month, {"type": "yearmonth"}),
    (serializers.DateField, {"type": "date"}),
    (serializers.URLField, {"type": "string", "format": "uri"}),
    (serializers.Field, {"type": "string"}),
]


class DataPackage(PublicData):
    label = "数据包"
    about = (
        "六个列表的 CSV 文件，连同各列的类型、名称、校验值和来源。"
        "文件的地址在描述文件旁边，如 csv/targets.csv。"
    )

    @extend_schema(responses={(200, "application/json"): DESCRIPTOR_SCHEMA})
    def get(self, request):
        resources = [_resource(name, _whole_list(name, request)) for name in FLAT_LISTS]
        return Response(_descriptor(request.plan, resources))


class CsvFile(PublicData):
    label = "数据包中的文件"
    about = "即同名列表的 format=csv，全部各行。"
    renderer_classes = [Csv]

    @extend_schema(parameters=[NAME], responses={(200, Csv.media_type): Csv.schema})
    def get(self, request, name):
        if name not in FLAT_LISTS:
            known = "、".join(f"{known}.csv" for known in FLAT_LISTS)
            raise NotFound(f"没有 {name}.csv，可用：{known}。")
        return _whole_list(name, request).file(Csv())


def _whole_list(name: str, request) -> FlatList:
    """The view of a list, as if requested without parameters."""
    return FLAT_LISTS[name](request=request, action="list", args=(), kwargs={}, format_kwarg=None)


def _descriptor(plan: Plan, resources: list[dict]) -> dict:
    """No licence: the plan does not state one."""
    descriptor: dict = {
        "name": plan.code,
        "profile": "tabular-data-package",
        "resources": resources,
        "title": f"{plan.title}：指标、基期值、目标值、状态分界、完成值、进展",
        "description": plan.completeness_note,
        "sources": [{"title": plan.reference}],
    }
    if newest := PublicChange.objects.of_plan(plan).newest():
        descriptor |= {"created": localtime(newest.at).isoformat(), "version": str(newest.revision)}
    if plan.is_demo:
        descriptor["title"] += "（演示数据：随机生成，不得引用）"
    return descriptor


def _resource(name: str, view: FlatList) -> dict:
    rows = view.filtered_rows()
    digest, size = _digest_and_size(Csv().content(view, rows))
    return {
        "name": name,
        "path": f"csv/{name}.csv",
        "profile": "tabular-data-resource",
        "title": view.label,
        "description": view.about,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{digest}",
        "schema": {"fields": list(map(_field, view.table(rows).columns)), "missingValues": [""]},
    }


def _digest_and_size(blocks: Iterable[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for block in blocks:
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def _field(column: FlatColumn) -> dict:
    kind = next(kind for field_class, kind in FIELD_TYPES if isinstance(column.field, field_class))
    field: dict = {"name": column.name, **kind, "title": column.label}
    if column.description:
        field["description"] = column.description
    if codes := getattr(column.field, "choices", None):
        field["constraints"] = {"enum": list(codes)}
    return field
