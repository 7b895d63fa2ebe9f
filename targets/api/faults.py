"""The errors of the API and the form in which they are answered."""

from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError

FAULT_CODES = [
    ("invalid_parameter", "参数的值无法识别"),
    ("unknown_parameter", "不认识的参数"),
    ("repeated_parameter", "参数重复"),
    ("unknown_revision", "还没有这一数据版次"),
    ("bad_request", "请求无法读取"),
    ("not_found", "没有这条记录、这一页或这个地址"),
    ("gone", "规划已撤下"),
    ("method_not_allowed", "不支持的请求方法"),
    ("not_acceptable", "不支持的格式"),
    ("throttled", "请求太频繁"),
    ("server_error", "服务器出错"),
]


class FaultDetailSerializer(serializers.Serializer):
    code = serializers.ChoiceField(FAULT_CODES, label="错误代码")
    message = serializers.CharField(label="错在哪里、下一步怎么办")
    parameter = serializers.CharField(label="有误的参数", allow_null=True)


class FaultSerializer(serializers.Serializer):
    error = FaultDetailSerializer(label="错误")


def invalid(parameter: str, message: str, code: str = "invalid_parameter") -> ValidationError:
    return ValidationError({parameter: message}, code)


def unknown_code(code: str, label: str) -> NotFound:
    return NotFound(f"没有代码为“{code}”的{label}，请在列表中查看全部代码。")
