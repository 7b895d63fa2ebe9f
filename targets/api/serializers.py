"""Fields and serializers that the rows of all lists share.

Other records are named by code, a coded value has its Chinese label beside it, what is missing is null.
What stands in the text (citations, weaknesses) is reached by its reverse name: `measures` points here.
"""

from decimal import Decimal
from operator import attrgetter

from django.db import models
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


def json_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


@extend_schema_field(OpenApiTypes.NUMBER)
class Number(serializers.DecimalField):
    """A JSON number: 92, 1.48. JSON readers can rely on 15 digits.

    With `is_exact` in the context, as files need, the Decimal as it was entered.
    """

    def to_representation(self, value):
        if self.context.get("is_exact"):
            return value
        return json_number(value)


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d{2}$"})
class Month(serializers.DateField):
    """YYYY-MM: the official code lists name months, not days."""

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m", **kwargs)


class Codes(serializers.ListField):
    """The codes of related rows; `path` leads from a row to its code."""

    child = serializers.CharField()

    def __init__(self, path="code", **kwargs):
        super().__init__(**kwargs)
        self.code = attrgetter(path)

    def to_representation(self, related):
        return [self.code(row) for row in related.all()]


class PageUrl(serializers.URLField):
    def __init__(self, **kwargs):
        super().__init__(source="get_absolute_url", label="网页地址", **kwargs)

    def to_representation(self, path):
        return self.context["request"].build_absolute_uri(path)


class PlanRowSerializer(serializers.Serializer):
    plan = serializers.CharField(source="plan_code", label="规划")


class QuotationSerializer(serializers.Serializer):
    section = serializers.CharField(source="section.code", label="章节编号")
    quote = serializers.CharField(label="引文", help_text="原文逐字，即全文的 [start, end)")
    start = serializers.IntegerField(label="起点")
    end = serializers.IntegerField(label="终点")


class PublicSerializer(serializers.ModelSerializer):
    """Read-only row of a model. A field `kind_label` is the label of `kind`."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.DecimalField: Number
    }
    # Serialized only where `Meta.fields` names them.
    plan = serializers.CharField(source="plan_code", label="规划")
    citations = QuotationSerializer(many=True, label="引文")

    def build_field(self, field_name, info, model_class, nested_depth):
        if field_name.endswith("_label") and not hasattr(model_class, field_name):
            coded = model_class._meta.get_field(field_name.removesuffix("_label"))
            label = f"{coded.verbose_name}（中文）"
            source = f"get_{coded.name}_display"
            return serializers.CharField, {"source": source, "label": label, "allow_null": coded.blank}
        return super().build_field(field_name, info, model_class, nested_depth)

    def build_standard_field(self, field_name, model_field):
        """Drop limits and validators: nothing is ever written."""
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        kept = {"choices", "label", "help_text", "max_digits", "decimal_places"}
        kwargs = {name: value for name, value in kwargs.items() if name in kept}
        is_text = model_field.empty_strings_allowed
        return field_class, kwargs | {"allow_null": model_field.null or (is_text and model_field.blank)}

    def build_relational_field(self, field_name, relation_info):
        column = relation_info.model_field
        label = (column or relation_info.related_model._meta).verbose_name
        if relation_info.to_many:
            return Codes, {"label": label, "help_text": getattr(column, "help_text", "")}
        kwargs = {"source": f"{field_name}.code", "label": label}
        return serializers.CharField, kwargs | {"allow_null": column is None or column.null}

    def to_representation(self, instance):
        row = super().to_representation(instance)
        return {
            name: None if value == "" and self.fields[name].allow_null else value
            for name, value in row.items()
        }
