"""The files of a plan, one JSON object a line; docs/fixtures.md lists the fields."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from django.db import models

from measures.models import Correction, Measure, NumberToken, Principle, Weakness
from targets.models import (
    Area,
    Baseline,
    BaselineFact,
    Goal,
    GoalLink,
    Indicator,
    Observation,
    Organization,
    Period,
    Plan,
    Policy,
    ReportingDuty,
    Responsibility,
    Target,
    ThresholdDecision,
)

TEXT_FILE = "text.txt"
WORDS_FOR = {str: "加引号的文字", int: "整数", bool: "true 或 false"}
CODE = re.compile(r"[A-Za-z0-9-]+")


class PlanFileError(Exception):
    """`faults` holds a sentence for each fault."""

    def __init__(self, faults: list[str]):
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class FixtureLine:
    file: str
    number: int
    values: dict

    def fault(self, reason: str) -> str:
        return f"{self.file} 第 {self.number} 行：{reason}"


@dataclass(frozen=True)
class FixtureTable:
    """How the lines of a file become rows of a model.

    A line may give any editable field of the model, except those of `omitted` and `constants`.
    """

    file: str
    model: type[models.Model]
    # Fields that the loader sets or leaves empty.
    omitted: tuple[str, ...] = ()
    # Fields that a line sets when its row is created; from then on they are the staff's.
    by_staff: tuple[str, ...] = ()
    key: tuple[str, ...] = ("code",)
    cited_as: str = ""
    constants: dict = field(default_factory=dict)
    # Existing rows are left to staff.
    is_offer: bool = False
    # Other plans may use the rows: see `measures.loading.sharing`.
    is_shared: bool = False
    # Rows that the file no longer has are deleted; others are only reported.
    is_words: bool = False

    @cached_property
    def columns(self) -> list[str]:
        return [column.name for column in self._fields() if not column.is_relation]

    @cached_property
    def offered(self) -> set[str]:
        """Fields that only a new row takes from its line."""
        return {*self.by_staff} & {*self.columns, *self.references}

    @cached_property
    def references(self) -> list[str]:
        """Relations to one record, named by its code."""
        return [column.name for column in self._fields() if column.is_relation and not column.many_to_many]

    @cached_property
    def lists(self) -> list[str]:
        """Relations to several records."""
        return [column.name for column in self._fields() if column.many_to_many]

    def _fields(self) -> list[models.Field]:
        omitted = {*self.key, *self.omitted, *self.constants}
        options = self.model._meta
        return [
            column
            for column in [*options.fields, *options.many_to_many]
            if column.editable and not column.primary_key and column.name not in omitted
        ]

    @property
    def changeable(self) -> set[str]:
        """What may differ from the line because staff have changed it, or the code was taken."""
        is_renamed = self.is_shared and self.cited_as
        return {*self.by_staff, *(self.columns if self.is_offer else []), *(["code"] if is_renamed else [])}

    @property
    def known(self) -> set[str]:
        return set(self.order)

    @cached_property
    def order(self) -> list[str]:
        """The order of the fields in a line: the key, the model's fields, the quotations."""
        fields = [column.name for column in self._fields()]
        return [*self.key, *fields, *(["cite"] if self.cited_as else [])]

    @cached_property
    def needed(self) -> list[str]:
        """Of the key; a field that may be empty may lack."""
        return [name for name in self.key if not self.model._meta.get_field(name).null]

    @property
    def relations(self) -> tuple[str, ...]:
        names = (*self.key, *self.references)
        return tuple(name for name in names if self.model._meta.get_field(name).is_relation)

    def faults(self, values: dict) -> list[str]:
        several = {*self.lists, "cite"}
        code = values.get("code")
        is_odd = isinstance(code, str) and not CODE.fullmatch(code)
        return [
            *(f"不认识的字段 {name}" for name in values if name not in self.known),
            *(f"缺少字段 {name}" for name in self.needed if name not in values),
            *(
                f"{name} 应为{'列表' if name in several else '单个值'}"
                for name, value in values.items()
                if isinstance(value, dict) or isinstance(value, list) != (name in several)
            ),
            *(
                f"{name} 应为{WORDS_FOR[self._type_of(name)]}"
                for name, value in values.items()
                if name in self.known and not isinstance(value, list | dict) and not self._fits(name, value)
            ),
            *([f"代码 {code} 只能用字母、数字和连字符"] if is_odd else []),
        ]

    def _type_of(self, name: str) -> type:
        """Codes, decimals and dates are JSON strings."""
        column = self.model._meta.get_field(name)
        if isinstance(column, models.BooleanField):
            return bool
        return int if isinstance(column, models.IntegerField) else str

    def _fits(self, name: str, value) -> bool:
        # Not isinstance: True is an int.
        return value is None or type(value) is self._type_of(name)

    def rows_of(self, plan: Plan) -> models.QuerySet:
        """Of areas the predecessors too."""
        rows: Any = self.model._default_manager
        return rows.named_in(plan) if self.model is Area else rows.of_plan(plan)

    def belongs_to(self, owner: str) -> bool:
        return any(column.name == owner and column.is_relation for column in self.model._meta.fields)


AREAS = FixtureTable("areas.jsonl", Area, is_shared=True)
PLAN = FixtureTable(
    "plan.jsonl",
    Plan,
    ("document", "areas", "organizations", "policies"),
    by_staff=("is_public", "is_demo", "keeper", "withdrawn_on", "withdrawal_reason"),
)
# Of the line of the plan: what its text needs, and what may lack.
SOURCE_KEYS = ("sha256", "provenance", "truncated_section", "tally")
NEEDED_OF_SOURCE = {"sha256", "provenance"}
# The bureau's own from its first loading on.
PERIODS = FixtureTable("periods.jsonl", Period, ("plan",), is_offer=True)

ORGANIZATIONS = FixtureTable(
    "organizations.jsonl", Organization, ("top_area",), cited_as="organization", is_shared=True
)
POLICIES = FixtureTable("policies.jsonl", Policy, cited_as="policy", is_words=True, is_shared=True)
BASELINES = FixtureTable("baselines.jsonl", Baseline, key=("indicator", "area"), cited_as="baseline")
TARGETS = FixtureTable(
    "targets.jsonl", Target, key=("indicator", "area", "year", "decided_on"), cited_as="target"
)
# Of these the text states some rows; the others the bureau enters at the desk.
FIGURE_TABLES = (BASELINES, TARGETS)
TABLES = (
    ORGANIZATIONS,
    FixtureTable("goals.jsonl", Goal, ("plan",), cited_as="goal"),
    FixtureTable(
        "indicators.jsonl",
        Indicator,
        ("plan", "goals"),
        by_staff=(
            *("is_tracked", "is_internal", "is_headline", "roll_up", "definition", "definition_source"),
            *("retired_on", "retired_reason", "successor"),
        ),
    ),
    FixtureTable(
        "goal_links.jsonl", GoalLink, by_staff=("standing",), key=("goal", "indicator"), is_offer=True
    ),
    *FIGURE_TABLES,
    FixtureTable("baseline_facts.jsonl", BaselineFact, ("plan",), cited_as="baseline_fact"),
    FixtureTable("corrections.jsonl", Correction, ("source", "section"), is_words=True),
    FixtureTable("weaknesses.jsonl", Weakness, ("plan",), cited_as="weakness", is_words=True),
    FixtureTable("principles.jsonl", Principle, ("plan",), cited_as="principle", is_words=True),
    POLICIES,
    FixtureTable("measures.jsonl", Measure, ("plan",), cited_as="measure", is_words=True),
)
# What the bureau enters at the desk, and an export brings along.
BUREAU_TABLES = (
    FixtureTable("duties.jsonl", ReportingDuty, key=("indicator", "area", "valid_from"), is_offer=True),
    FixtureTable("thresholds.jsonl", ThresholdDecision, ("plan",), key=("decided_on",), is_offer=True),
    FixtureTable(
        "responsibilities.jsonl", Responsibility, key=("organization", "goal", "indicator"), is_offer=True
    ),
)

NUMBER_TOKENS = FixtureTable("number_tokens.jsonl", NumberToken, ("source", "section"))

# Published by others after the plan; `targets.review` checks these rows.
OBSERVATIONS = FixtureTable(
    "observations.jsonl",
    Observation,
    ("numerator", "denominator", "unavailable_reason"),
    key=("indicator", "area", "period"),
)


def read_lines(folder: Path, name: str, faults: list[str]) -> list[FixtureLine]:
    """Add unreadable lines to `faults`; an absent file is an empty table.

    Raises PlanFileError if the file is empty or cannot be read.
    """
    lines: list[FixtureLine] = []
    if not (folder / name).exists():
        return lines
    for number, raw in enumerate(_read_bytes(folder, name).split(b"\n"), 1):
        if not raw.strip():
            continue
        line = FixtureLine(name, number, {})
        try:
            # Some editors write a byte order mark.
            values = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once_each)
        except UnicodeDecodeError:
            faults.append(line.fault("不是 UTF-8 编码，请另存为 UTF-8"))
        except json.JSONDecodeError as error:
            faults.append(line.fault(f"不是合格的 JSON（第 {error.colno} 个字符起）"))
        except _TwiceError as error:
            faults.append(line.fault(f"字段 {error} 写了两次"))
        except (ValueError, RecursionError):
            faults.append(line.fault("不是合格的 JSON（数字过长或层次过深）"))
        else:
            if _has_odd_characters(values):
                faults.append(line.fault("含有不能存储的字符（空字符或残缺的编码）"))
            elif isinstance(values, dict):
                lines.append(FixtureLine(name, number, values))
            else:
                faults.append(line.fault("应为一个 JSON 对象"))
    return lines


def read_text(folder: Path, line: FixtureLine) -> str:
    """Raises PlanFileError if the hash of the text is not the one in the line."""
    raw = _read_bytes(folder, TEXT_FILE)
    if hashlib.sha256(raw).hexdigest() != line.values["sha256"]:
        raise PlanFileError(
            [line.fault(f"{TEXT_FILE} 的 SHA-256 与所记不符：原文不得改动；如系换用新文本，请重新核定注解")]
        )
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        number = raw[: error.start].count(b"\n") + 1
        raise PlanFileError(
            [FixtureLine(TEXT_FILE, number, {}).fault("不是 UTF-8 编码，请另存为 UTF-8")]
        ) from error


def _has_odd_characters(values) -> bool:
    words = json.dumps(values, ensure_ascii=False)
    return "\\u0000" in words or any("\ud800" <= character <= "\udfff" for character in words)


class _TwiceError(ValueError):
    pass


def _once_each(pairs: list[tuple[str, object]]) -> dict:
    values: dict[str, object] = {}
    for key, value in pairs:
        if key in values:
            raise _TwiceError(key)
        values[key] = value
    return values


def _read_bytes(folder: Path, name: str) -> bytes:
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise PlanFileError([f"{name}：文件不存在或无法读取"]) from error
    # An empty file must not clear a whole table.
    if not content.strip():
        raise PlanFileError([f"{name}：文件是空的"])
    return content
