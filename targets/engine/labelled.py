"""Codes that carry the Chinese word a reader sees."""

from enum import StrEnum
from typing import Self


class LabelledCode(StrEnum):
    label: str

    def __new__(cls, value: str, label: str) -> Self:
        code = str.__new__(cls, value)
        code._value_ = value
        code.label = label
        return code
