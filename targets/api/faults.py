"""What an asker is told who asked wrongly."""

from rest_framework.exceptions import NotFound, ValidationError


def invalid(parameter: str, message: str, code: str = "invalid_parameter") -> ValidationError:
    return ValidationError({parameter: message}, code)


def unknown_code(code: str, label: str) -> NotFound:
    return NotFound(f"没有代码为“{code}”的{label}，请在列表中查看全部代码。")
