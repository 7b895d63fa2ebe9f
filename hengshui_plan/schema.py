"""How the views of the API describe themselves in OpenAPI."""

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from targets.serializers import FaultSerializer

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
        if "{code}" not in self.path:
            return []
        words = f"{self.view.label}的代码"
        return [OpenApiParameter("code", str, OpenApiParameter.PATH, description=words)]

    def get_operation(self, *args):
        operation = super().get_operation(*args)
        if operation:
            for parameter in operation.get("parameters", []):
                # Left empty it is as if left out, but for the numbers of a page, which have a default.
                if parameter["in"] == "query" and "default" not in parameter["schema"]:
                    parameter["allowEmptyValue"] = True
            fault = self.resolve_serializer(FaultSerializer, "response").ref
            content = {"application/json": {"schema": fault}}
            for status, words in FAULTS.items():
                operation["responses"][status] = {"description": words, "content": content}
        return operation
