"""Reads the files as the values that rows must hold: the loader writes them, `cells` compares them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from measures.loading.annotations import (
    FIGURE_TABLES,
    NEEDED_OF_SOURCE,
    NUMBER_TOKENS,
    PLAN,
    SOURCE_KEYS,
    FixtureLine,
    FixtureTable,
    PlanFileError,
    read_lines,
    read_text,
)
from measures.loading.sharing import top_area_of
from measures.models import Citation, NumberTokenKind, Section, SourceText
from measures.reading import outline
from targets.models import Area, Baseline, Grade, Organization, Period, Plan, Target

# The list of a number token that names the records of its kind.
FIGURES_OF_KIND = {NumberTokenKind.BASELINE: "baselines", NumberTokenKind.TARGET: "targets"}


@dataclass(frozen=True)
class WantedRow:
    """What a line says: the columns that name the row, its other columns, those of a new row, its lists."""

    key: dict[str, Any]
    cells: dict[str, Any]
    offers: dict[str, Any]
    lists: dict[str, list[models.Model]]


class FixtureReader:
    """One pass over the files; faults are collected. A reader sets `plan`, `source` and `records`."""

    plan: Plan
    source: SourceText
    line: FixtureLine
    text: str

    def __init__(self, folder: Path):
        self.folder = folder
        self.faults: list[str] = []
        self.seen: dict[str, set[tuple]] = {}
        self.records: dict[type[models.Model], dict[str, models.Model]] = {}
        self.sections: dict[str, Section] = {}
        self.citations: list[tuple[FixtureLine, Citation]] = []

    # The text and its tree

    def _read_plan(self) -> FixtureLine:
        """Return the line without the columns of the text. Raises PlanFileError."""
        lines = read_lines(self.folder, PLAN.file, self.faults)
        if len(lines) != 1:
            raise PlanFileError(self.faults or [f"{PLAN.file}：应恰有一行，即一个规划"])
        self.line = lines[0]
        values = self.line.values
        if missing := NEEDED_OF_SOURCE - values.keys():
            raise PlanFileError([self.line.fault(f"缺少字段 {'、'.join(sorted(missing))}")])
        tally = values.get("tally", {})
        if not (isinstance(tally, dict) and all(type(number) is int for number in tally.values())):
            raise PlanFileError([self.line.fault("tally 应为名称和整数的对照")])
        self.text = read_text(self.folder, self.line)
        own = {name: value for name, value in values.items() if name not in {*SOURCE_KEYS, "document"}}
        return FixtureLine(self.line.file, self.line.number, own)

    def _source_cells(self) -> dict:
        values = self.line.values
        named = {name: values[name] for name in NEEDED_OF_SOURCE}
        return named | {"tally": values.get("tally", {}), "text": self.text}

    def _section_cells(self) -> list[dict]:
        """In reading order; `parent` is a code. Raises PlanFileError."""
        try:
            nodes = outline.parse(self.text)
        except outline.OutlineError as error:
            raise PlanFileError([self.line.fault(f"原文无法分出章节：{error}")]) from error
        truncated = self.line.values.get("truncated_section")
        if truncated is not None and truncated not in [node.code for node in nodes]:
            raise PlanFileError([self.line.fault(f"truncated_section：没有章节 {truncated}")])
        texts = outline.own_texts(self.text, nodes)
        return [
            vars(node)
            | {
                "position": place,
                "heading": node.heading(self.text),
                "text": own_text,
                "is_truncated": node.code == truncated,
            }
            for place, (node, own_text) in enumerate(zip(nodes, texts, strict=True))
        ]

    # One line, one row

    def _check_fields(self, table: FixtureTable, line: FixtureLine) -> bool:
        """The key must be new in the file."""
        faults = table.faults(line.values)
        if not faults:
            key = tuple(str(line.values.get(name) or "") for name in table.key)
            seen = self.seen.setdefault(table.file, set())
            if key in seen:
                faults.append(f"{' '.join(filter(None, key))} 重复出现")
            seen.add(key)
        self.faults += map(line.fault, faults)
        return not faults

    def _wanted_row(self, table: FixtureTable, line: FixtureLine) -> WantedRow | None:
        """Return None for a line with faults."""
        faults_before = len(self.faults)
        related = {name: self._find(table.model, name, line) for name in table.relations}
        lists = {name: self._find_all(table.model, name, line) for name in table.lists}
        if len(self.faults) > faults_before:
            return None
        key = {name: related.pop(name, None) or self._plain_key(table, name, line) for name in table.key}
        fields = self._columns(table, line) | related
        offers = {name: fields.pop(name) for name in table.offered}
        cells = fields | table.constants | self._surroundings(table, line)
        if len(self.faults) > faults_before:
            return None
        return WantedRow(key, cells, offers, lists)

    def _plain_key(self, table: FixtureTable, name: str, line: FixtureLine):
        """As the column holds it: a day, not its letters."""
        column: Any = table.model._meta.get_field(name)
        try:
            return column.to_python(line.values.get(name))
        except ValidationError as error:
            self._fault(line, f"{name}：{'；'.join(error.messages)}")

    def _is_offer(self, table: FixtureTable, line: FixtureLine) -> bool:
        """Whether an existing row is left to staff; so are figures that the text does not state."""
        return table.is_offer or (table in FIGURE_TABLES and line.values.get("grade") != Grade.TEXT)

    def _columns(self, table: FixtureTable, line: FixtureLine) -> dict:
        """A missing column gets the model's default."""
        default = table.model()
        return {name: line.values.get(name, getattr(default, name)) for name in table.columns}

    def _surroundings(self, table: FixtureTable, line: FixtureLine) -> dict:
        values: dict[str, Any] = {}
        if table.belongs_to("plan"):
            values["plan"] = self.plan
        if table.belongs_to("source"):
            values["source"] = self.source
        if table.model is Organization:
            values["top_area"] = top_area_of(self.plan, line.values)
            # What the text does not name was entered by staff.
            values["is_in_text"] = bool(line.values.get("cite"))
        if table.model is Period:
            values |= self._days(line)
        if "start" in table.columns:
            printed = line.values.get("as_printed", line.values.get("printed"))
            values["section"] = self._section_around(
                line, line.values.get("start"), line.values.get("end"), printed
            )
        return values

    def _days(self, line: FixtureLine) -> dict:
        try:
            period = Period.of(self.plan, str(line.values["code"]))
        except ValueError as error:
            self._fault(line, str(error))
            return {}
        return {"start": period.start, "end": period.end}

    def _find(self, model: type[models.Model], name: str, line: FixtureLine) -> models.Model | None:
        code = line.values.get(name)
        return None if code is None else self._by_code(model, name, code, line)

    def _find_all(self, model: type[models.Model], name: str, line: FixtureLine) -> list[models.Model]:
        return [self._by_code(model, name, code, line) for code in line.values.get(name, [])]

    def _by_code(self, model, name, code, line):
        target = model._meta.get_field(name).related_model
        record = self.records.get(target, {}).get(code) if isinstance(code, str) else None
        if record is None and name == "top_area":
            # A folder need not describe an area that is known already.
            record = self._known_area(code)
        if record is None:
            self._fault(line, f"{name}：没有代码为 {code} 的{target._meta.verbose_name}")
        return record

    def _known_area(self, code) -> Area | None:
        area = Area.objects.filter(code=str(code)).first()
        if area:
            self.records.setdefault(Area, {})[area.code] = area
        return area

    # Marks on the text

    def _cite(self, table: FixtureTable, row: models.Model, line: FixtureLine):
        cites = line.values.get("cite") or []
        if not cites and is_loaded(row):
            self._fault(line, "缺少引文 cite")
        for position, cite in enumerate(cites, 1):
            if not (isinstance(cite, list) and len(cite) == 3):
                self._fault(line, "引文应写作 [起点, 终点, 原文]")
                continue
            start, end, quote = cite
            section = self._section_around(line, start, end, quote)
            values = {"start": start, "end": end, "quote": quote, "position": position, table.cited_as: row}
            self.citations.append((line, Citation(source=self.source, section=section, **values)))

    def _section_around(self, line: FixtureLine, start, end, quote) -> Section | None:
        """The quote must be verbatim."""
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end):
            self._fault(line, f"起止位置 {start}、{end} 无效")
            return None
        found = self.text[start:end]
        if found != quote:
            self._fault(line, f"“{quote}”与原文第 {start} 至 {end} 字不符，原文此处为“{found}”")
            return None
        return outline.innermost(list(self.sections.values()), start, end)

    def _number_tokens(self, figures: Iterable[Any]) -> Iterator[tuple[FixtureLine, WantedRow]]:
        """`figures` are the baselines and targets that the text states."""
        for row in figures:
            self.records.setdefault(type(row), {})[name_of_figure(row, self.plan)] = row
        for line in read_lines(self.folder, NUMBER_TOKENS.file, self.faults):
            if not self._check_fields(NUMBER_TOKENS, line):
                continue
            faults_before = len(self.faults)
            wanted = self._wanted_row(NUMBER_TOKENS, line)
            if wanted and len(self.faults) == faults_before:
                self._check_owners(line, wanted)
                yield line, wanted

    def _check_owners(self, line: FixtureLine, wanted: WantedRow):
        for kind, name in FIGURES_OF_KIND.items():
            is_of_kind = wanted.cells["kind"] == kind
            if is_of_kind and not wanted.lists[name]:
                self._fault(line, f"类别是{kind.label}，请在 {name} 写明是哪一项的")
            if wanted.lists[name] and not is_of_kind:
                self._fault(line, f"{name} 只用于类别 {kind}；请改 kind，或删去 {name}")

    def _fault(self, line: FixtureLine, reason: str):
        self.faults.append(line.fault(reason))


def name_of_figure(row: Any, plan: Plan) -> str:
    """I09, or I09 131127 of another area than the top one; of a target with its year: I09 2020."""
    area = [] if row.area_id == plan.top_area_id else [row.area.code]
    year = [str(row.year)] if isinstance(row, Target) else []
    return " ".join([row.indicator.code, *area, *year])


def is_loaded(row: models.Model) -> bool:
    """Whether the row comes from the files; others are entered by staff."""
    if isinstance(row, Organization):
        return row.is_in_text
    if isinstance(row, Baseline | Target):
        return row.grade == Grade.TEXT
    return getattr(row, "entered_by_id", None) is None


def sentence(error: ValidationError) -> str:
    parts = []
    for name, messages in error.message_dict.items():
        label = "" if name == "__all__" else f"{name}："
        parts.append(label + "；".join(messages))
    return " ".join(parts)
