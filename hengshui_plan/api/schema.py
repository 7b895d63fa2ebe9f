"""How the views of the API describe themselves in OpenAPI."""

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.utils import OpenApiParameter

from targets.api.serializers import FaultSerializer

FAULTS = {
    "4XX": (
        "出错：400 参数有误，404 没有这条记录或这一页，406 不支持的格式，"
        "429 请求太频繁，响应头 Retry-After 写明几秒后再试"
    ),
    "5XX": "服务器出错",
}


class PublicSchema(AutoSchema):
    """Chinese names from the models, and the one error body."""

    def get_tags(self):
        return [self.view.label]

    def get_summary(self):
        action = getattr(self.view, "action", "")
        return {"list": f"{self.view.label}列表", "retrieve": f"按代码查{self.view.label}"}.get(
            action, self.view.label
        )

    def get_description(self):
        return self.view.about

    def get_auth(self):
        """None: the empty requirement that stands for it is taken for a login by generators of clients."""
        return []

    def get_override_parameters(self):
        parameters = []
        if "{code}" in self.path:
            words = f"{self.view.label}的代码"
            parameters.append(OpenApiParameter("code", str, OpenApiParameter.PATH, description=words))
        if self.view.fields_query_param:
            parameters.append(self._fields_parameter())
        return parameters

    def _fields_parameter(self) -> OpenApiParameter:
        words = "只要这些字段，多个用逗号隔开；不填为全部字段"
        names = {"type": "array", "items": {"type": "string", "enum": list(self._row().fields)}}
        return OpenApiParameter(
            self.view.fields_query_param, names, description=words, style="form", explode=False
        )

    def _row(self):
        """The serializer of one row, be it alone or of a list."""
        serializer = force_instance(self.get_response_serializers())
        return getattr(serializer, "child", serializer)

    def get_operation(self, *args):
        operation = super().get_operation(*args)
        if operation:
            if self.view.fields_query_param:
                # Any field may have been left out.
                self.resolve_serializer(self._row(), "response").schema.pop("required", None)
            self._describe_files(operation)
            for parameter in operation.get("parameters", []):
                # Left empty it is as if left out, but for the numbers of a page, which have a default.
                if parameter["in"] == "query" and "default" not in parameter["schema"]:
                    parameter["allowEmptyValue"] = True
            fault = self.resolve_serializer(FaultSerializer, "response").ref
            content = {"application/json": {"schema": fault}}
            for status, words in FAULTS.items():
                operation["responses"][status] = {"description": words, "content": content}
        return operation

    def _describe_files(self, operation):
        """A list as a file: another schema than that of its rows, and the parameter that asks for it."""
        content = operation["responses"]["200"]["content"]
        for renderer in self.view.get_renderers():
            if schema := getattr(renderer, "schema", None):
                content[renderer.media_type] = {"schema": schema}
        for parameter in operation.get("parameters", []):
            if parameter["name"] == "format":
                parameter["description"] = (
                    "答复的格式，也可用 Accept 请求头指定；json 以外的是整个列表，不分页"
                )
