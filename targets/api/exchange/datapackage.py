"""The descriptor of a Frictionless Data Package: which CSV files there are, and what their columns hold."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from django.utils.timezone import localtime
from rest_framework import serializers

from targets.api.exchange.flat import FlatColumn
from targets.api.serializers.row import Month
from targets.models import Plan, PublicChange

# The first kind that a field is of.
TYPES = [
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


class File(NamedTuple):
    """A CSV file: its name, the title of its list, what its rows are, its columns and its bytes."""

    name: str
    title: str
    about: str
    columns: list[FlatColumn]
    blocks: Iterable[bytes]


def descriptor(plan: Plan | None, files: list[File]) -> dict:
    """What the plan does not say, a licence, is left out."""
    found = {
        "name": "hengshui-plan",
        "profile": "tabular-data-package",
        "resources": [_resource(file) for file in files],
    }
    if plan is None:
        return found
    found |= {
        "title": f"{plan.title}：指标、基期值、目标值、完成值、进展",
        "description": plan.completeness_note,
        "sources": [{"title": plan.reference}],
    }
    if newest := PublicChange.objects.newest():
        found |= {"created": localtime(newest.at).isoformat(), "version": str(newest.revision)}
    if plan.is_demo:
        found["title"] += "（演示数据：随机生成，不得引用）"
    return found


def _resource(file: File) -> dict:
    digest, size = hashlib.sha256(), 0
    for block in file.blocks:
        digest.update(block)
        size += len(block)
    return {
        "name": file.name,
        "path": f"csv/{file.name}.csv",
        "profile": "tabular-data-resource",
        "title": file.title,
        "description": file.about,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": size,
        "hash": f"sha256:{digest.hexdigest()}",
        "schema": {"fields": [_field(column) for column in file.columns], "missingValues": [""]},
    }


def _field(column: FlatColumn) -> dict:
    kind = next(kind for known, kind in TYPES if isinstance(column.field, known))
    found = {"name": column.name, **kind, "title": column.label}
    if column.told:
        found["description"] = column.told
    if codes := getattr(column.field, "choices", None):
        found["constraints"] = {"enum": list(codes)}
    return found
