"""What all sheets share."""

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from targets.desk.sheets.field import SheetField
from targets.models import Area, Indicator, Plan
from targets.review import Batch, Entry
from targets.review.kinds import Kind, Outcome, StoredRow
from targets.spreadsheets import Cell, Column, Table, TableRow


class Verdict(Enum):
    NEW = "新增"
    CHANGED = "修改"
    SAME = "未变"
    EMPTY = "未填"
    REFUSED = "有误"


class CellChange(NamedTuple):
    label: str
    before: str
    after: str


class Fault(NamedTuple):
    """What is wrong with a cell, by its row number and column letter."""

    row: int
    letter: str
    label: str
    typed: str
    sentence: str


class ReadRow(NamedTuple):
    """A row of a file; without an entry if a cell cannot be read, see `faults` by label."""

    line: TableRow
    about: str
    entry: Entry | None
    faults: dict[str, str]


class Judged(NamedTuple):
    """What becomes of a row of a file."""

    line: TableRow
    about: str
    verdict: Verdict
    changes: list[CellChange] = []
    faults: list[Fault] = []

    @property
    def is_to_write(self) -> bool:
        return self.verdict in (Verdict.NEW, Verdict.CHANGED)


class Sheet(ABC):
    """A sheet of one kind of rows of a plan. An instance checks or writes one file for one user."""

    # Templates get the classes.
    do_not_call_in_templates = True

    kind: type[Kind]
    name: str
    title: str
    a_row_is: str
    # The key, the columns shown beside it, and the field that shows the faults of a whole row.
    keys: dict[str, Column]
    fields: list[SheetField]
    shown: list[Column] = []
    main: str = "value"
    hints: list[str]
    # What to do after the import.
    afterwards = ""

    plan_code = Column("规划", 12, is_shown=True)
    version = Column("版本", 6, is_shown=True)
    indicator_name = Column("指标名称", 26, is_shown=True)
    area_name = Column("县市区", 12, is_shown=True)
    unit = Column("单位", 8, is_shown=True)

    def __init__(self, by, plan: Plan):
        self.by, self.plan = by, plan
        self.rules = self.kind(by)
        self.indicators = {row.code: row for row in self.known_indicators()}
        self.areas = {row.code: row for row in self.known_areas()}

    def known_indicators(self):
        return self.plan.indicators.all()

    def known_areas(self):
        return Area.objects.of_plan(self.plan)

    @property
    def columns(self) -> list[Column]:
        filled = (field.column for field in self.fields)
        return [*self.keys.values(), *self.shown, *filled, self.version, self.plan_code]

    @property
    def needed(self) -> list[str]:
        main = next(field.label for field in self.fields if field.name == self.main)
        return [*(column.label for column in self.keys.values()), main, self.version.label]

    @classmethod
    @abstractmethod
    def may_export(cls, user) -> bool: ...

    @classmethod
    @abstractmethod
    def may_import(cls, user) -> bool: ...

    # Out

    @abstractmethod
    def rows(self, choice) -> Iterator[dict]:
        """The cells of each exported row by label. `choice` is the cleaned data of its form."""

    def cells(self, choice) -> Iterator[list[Cell]]:
        for row in self.rows(choice):
            named = row | {self.plan_code.label: self.plan.code}
            yield [named.get(column.label) for column in self.columns]

    def cells_of(self, stored: StoredRow | None) -> dict[str, Cell]:
        if stored is None:
            return {}
        filled = {field.label: field.cell(stored.values[field.name]) for field in self.fields}
        return filled | {self.version.label: stored.version}

    # In

    def other_plan(self, table: Table) -> str | None:
        """The code of another plan, if a row of the file is of one. A file need not name its plan."""
        codes = (line.cells.get(self.plan_code.label) for line in table.lines)
        return next((code for code in codes if code and code != self.plan.code), None)

    def judge(self, table: Table) -> Iterator[Judged]:
        """Check each row of a file, in its order."""
        rows = list(self._read(table))
        outcomes = Batch(self.kind, (row.entry for row in rows if row.entry), by=self.by).check()
        for row in rows:
            if row.entry:
                yield self._judged(row, row.entry, next(outcomes), table)
            else:
                yield self._refused(row, table)

    def write(self, table: Table) -> int:
        """Write what the file changes and return how many rows; 0 if a row cannot be read.

        Raises NotWritten.
        """
        entries = []
        for row in self._read(table):
            if row.entry is None:
                return 0
            entries.append(row.entry)
        return len(Batch(self.kind, entries, by=self.by).write(only_changes=True))

    def _read(self, table: Table) -> Iterator[ReadRow]:
        seen: dict[tuple, int] = {}
        for line in table.lines:
            about = " ".join(line.cells[column.label] for column in self.keys.values())
            faults: dict[str, str] = {}
            entry = None
            key = self._key(line.cells, faults)
            if not faults:
                about = self.about(key)
                entry = self._entry(line, key, seen, faults)
            yield ReadRow(line, about, None if faults else entry, faults)

    def _entry(
        self, line: TableRow, key: tuple, seen: dict[tuple, int], faults: dict[str, str]
    ) -> Entry | None:
        first = seen.setdefault(key, line.number)
        if first != line.number:
            label = next(iter(self.keys.values())).label
            faults[label] = f"与第 {first} 行重复，请只留一行。"
            return None
        self._check_names(key, line.cells, faults)
        return Entry(key, self._version(line.cells, faults), self._values(key, line.cells, faults))

    def _judged(self, row: ReadRow, entry: Entry, outcome: Outcome, table: Table) -> Judged:
        if outcome.fault:
            faults = self._labelled(self.faults(entry, outcome))
            return self._refused(row._replace(faults=faults), table)
        return Judged(row.line, row.about, _verdict(outcome), self._changes(entry, outcome))

    def _changes(self, entry: Entry, outcome: Outcome) -> list[CellChange]:
        return [
            CellChange(
                field.label, field.shown(outcome.before[field.name]), field.shown(entry.values[field.name])
            )
            for field in self.fields
            if field.name in outcome.changed
        ]

    def _refused(self, row: ReadRow, table: Table) -> Judged:
        line = row.line
        faults = [
            Fault(line.number, table.letters.get(label, ""), label, line.cells.get(label, ""), sentence)
            for label, sentence in row.faults.items()
        ]
        return Judged(line, row.about, Verdict.REFUSED, faults=faults)

    def _key(self, cells: dict[str, str], faults: dict[str, str]) -> tuple:
        key = []
        for name, column in self.keys.items():
            try:
                key.append(self.look_up(name, cells[column.label]))
            except ValueError as fault:
                faults[column.label] = str(fault)
        return tuple(key)

    def look_up(self, name: str, text: str):
        """The row that a cell of the key names. Raises ValueError with a sentence."""
        code = "".join(unicodedata.normalize("NFKC", text).split()).upper()
        known, noun = {"indicator": (self.indicators, "指标"), "area": (self.areas, "县市区")}[name]
        if code not in known:
            raise ValueError(
                f"没有代码为“{text}”的{noun}，请用从这里下载的表填写。" if text else "请填代码。"
            )
        return known[code]

    def _check_names(self, key: tuple, cells: dict[str, str], faults: dict[str, str]):
        """If only one column of a file was sorted, the names stand beside the wrong codes."""
        for row in key:
            if isinstance(row, Indicator):
                column, names = self.indicator_name, {row.name}
            elif isinstance(row, Area):
                column, names = self.area_name, {row.name, row.short_name}
            else:
                continue
            if cells.get(column.label) and cells[column.label] not in names:
                faults[column.label] = f"{row.code} 是“{min(names, key=len)}”，请核对这一行是否错位。"

    def _version(self, cells: dict[str, str], faults: dict[str, str]) -> int | None:
        text = cells[self.version.label]
        if text and not re.fullmatch(r"[0-9]{1,18}", text):
            faults[self.version.label] = "版本由系统填写，请勿改动；请重新下载后再填。"
            return None
        return int(text) if text else None

    def _values(self, key: tuple, cells: dict[str, str], faults: dict[str, str]) -> dict:
        unit = next((row.unit for row in key if isinstance(row, Indicator)), "")
        values = {}
        for field in self.fields:
            if field.label in cells:
                try:
                    own = unit if field.name == self.main else ""
                    values[field.name] = field.read(cells[field.label], own)
                except ValueError as fault:
                    faults[field.label] = str(fault)
        return values

    def about(self, key: tuple) -> str:
        return " ".join(row.short_name if isinstance(row, Area) else str(row) for row in key)

    def faults(self, entry: Entry, outcome: Outcome) -> dict[str, list[str]]:
        """Why a row is refused, by field."""
        return outcome.faults

    def _labelled(self, faults: dict[str, list[str]]) -> dict[str, str]:
        labels = {name: column.label for name, column in self.keys.items()}
        labels |= {field.name: field.label for field in self.fields} | {"version": self.version.label}
        labelled: dict[str, str] = {}
        for name, sentences in faults.items():
            label = labels.get(name, labels[self.main])
            labelled[label] = labelled.get(label, "") + "".join(sentences)
        return labelled


def _verdict(outcome: Outcome) -> Verdict:
    if outcome.changed:
        return Verdict.CHANGED if outcome.stored else Verdict.NEW
    return Verdict.SAME if outcome.stored else Verdict.EMPTY
