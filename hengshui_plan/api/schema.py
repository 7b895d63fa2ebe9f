from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import OpenApiParameter

from targets.api.faults import FaultSerializer

FAULTS = {
    "4XX": (
        "出错：400 参数有误，404 没有这条记录或这一页，410 规划已撤下，406 不支持的格式，"
        "429 请求太频繁，响应头 Retry-After 写明几秒后再试"
    ),
    "5XX": "服务器出错",
}


class PublicSchema(AutoSchema):
    """Chinese names from the models, and one error body for all operations."""

    def get_tags(self):
        return [self.view.label]

    def get_summary(self):
        label = self.view.label
        summaries = {"list": f"{label}列表", "retrieve": f"按代码查{label}"}
        return summaries.get(getattr(self.view, "action", ""), label)

    def get_description(self):
        return self.view.about

    def get_auth(self):
        """Return no requirement at all: client generators take an empty one for a login."""
        return []

    def get_override_parameters(self):
        parameters = []
        described = {"plan": "规划的代码", "code": f"{self.view.label}的代码"}
        for name, description in described.items():
            if f"{{{name}}}" in self.path:
                parameters.append(OpenApiParameter(name, str, OpenApiParameter.PATH, description=description))
        if self.view.fields_query_param:
            parameters.append(self._fields_parameter())
        return parameters

    def _fields_parameter(self):
        return OpenApiParameter(
            self.view.fields_query_param,
            {"type": "array", "items": {"type": "string", "enum": list(self._row_serializer().fields)}},
            description="只要这些字段，多个用逗号隔开；不填为全部字段",
            style="form",
            explode=False,
        )

    def _row_serializer(self):
        serializer = force_instance(self.get_response_serializers())
        return getattr(serializer, "child", serializer)

    def get_operation(self, *args):
        operation = super().get_operation(*args)
        if operation:
            if self.view.fields_query_param:
                # `fields` may leave out any field.
                self.resolve_serializer(self._row_serializer(), "response").schema.pop("required", None)
            self._describe_files(operation)
            for parameter in operation.get("parameters", []):
                # An empty value counts as none, except for parameters with a default.
                if parameter["in"] == "query" and "default" not in parameter["schema"]:
                    parameter["allowEmptyValue"] = True
            fault = self.resolve_serializer(FaultSerializer, "response").ref
            content = {"application/json": {"schema": fault}}
            for status, description in FAULTS.items():
                operation["responses"][status] = {"description": description, "content": content}
        return operation

    def _describe_files(self, operation):
        """File formats have schemas of their own."""
        content = operation["responses"]["200"]["content"]
        for renderer in self.view.get_renderers():
            if schema := getattr(renderer, "schema", None):
                content[renderer.media_type] = {"schema": schema}
        for parameter in operation.get("parameters", []):
            if parameter["name"] == "format":
                parameter["description"] = (
                    "答复的格式，也可用 Accept 请求头指定；json 以外的是整个列表，不分页"
                )
