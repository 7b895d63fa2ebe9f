"""What all sheets share: their columns, and how a row of a file is judged before anything is written."""

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from targets.desk.sheets.field import SheetField
from targets.models import Area, Indicator
from targets.review import Refused
from targets.spreadsheets import Cell, Column, Table, TableRow

NOT_THERE = "库中没有这一行，请核对各代码是否改动过；要新增的，请把“版本”留空。"


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
    """What is wrong with a cell, named as the spreadsheet names it: row 3, column F."""

    row: int
    letter: str
    label: str
    typed: str
    sentence: str


class There(NamedTuple):
    """What stands in the database for a row of a sheet."""

    version: int
    values: dict
    row: object = None


class Judged(NamedTuple):
    """What becomes of a row: `key` and `values` are what is to be written of it, `there` what it replaces."""

    line: TableRow
    about: str
    verdict: Verdict
    changes: list[CellChange] = []
    faults: list[Fault] = []
    key: tuple = ()
    version: int | None = None
    values: dict = {}
    there: There | None = None

    @property
    def is_to_write(self) -> bool:
        return self.verdict in (Verdict.NEW, Verdict.CHANGED)


class Sheet(ABC):
    """A kind of sheet: what it shows, what is filled in, and the door that its rows go through.

    One object judges or writes one file for one user; what it looks up it keeps.
    """

    # A template is handed the kinds themselves.
    do_not_call_in_templates = True

    name: str
    title: str
    a_row_is: str
    # What a row is about, what is shown beside it, and the field at which a fault is told that names none.
    keys: dict[str, Column]
    fields: list[SheetField]
    shown: list[Column] = []
    main: str = "value"
    hints: list[str]
    # What is to be done once the rows are written.
    afterwards = ""

    version = Column("版本", 6, is_shown=True)
    indicator_name = Column("指标名称", 26, is_shown=True)
    area_name = Column("县市区", 12, is_shown=True)
    unit = Column("单位", 8, is_shown=True)

    def __init__(self, by):
        self.by = by
        self.is_writing = False
        self.indicators = {row.code: row for row in self.known_indicators()}
        self.areas = {row.code: row for row in Area.objects.select_related("parent")}

    def known_indicators(self):
        return Indicator.objects.select_related("plan")

    @property
    def columns(self) -> list[Column]:
        return [*self.keys.values(), *self.shown, *(field.column for field in self.fields), self.version]

    @property
    def needed(self) -> list[str]:
        """The labels without which a file cannot be read."""
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
        """What is exported: the cells of each row by label. `choice` are the cleaned data of its form."""

    def cells(self, choice) -> Iterator[list[Cell]]:
        for row in self.rows(choice):
            yield [row.get(column.label) for column in self.columns]

    def stands(self, row, version: int) -> There:
        return There(version, {field.name: getattr(row, field.name) for field in self.fields}, row)

    def cells_of(self, there: There | None) -> dict[str, Cell]:
        """Those to be filled in, as they stand now."""
        if there is None:
            return {}
        filled = {field.label: field.cell(there.values[field.name]) for field in self.fields}
        return filled | {self.version.label: there.version}

    # In

    def judge(self, table: Table) -> Iterator[Judged]:
        """Each row of a file, in its order. Nothing is written."""
        seen: dict[tuple, int] = {}
        for line in table.lines:
            judged, faults = self._judge(line, seen)
            found = [
                Fault(line.number, table.letters.get(label, ""), label, line.cells.get(label, ""), sentence)
                for label, sentence in faults.items()
            ]
            yield judged._replace(verdict=Verdict.REFUSED, faults=found) if found else judged

    def to_write(self, table: Table) -> list[Judged]:
        """What `write` is to be handed of a file: nothing where a row is wrong."""
        self.is_writing = True
        rows = []
        for row in self.judge(table):
            if row.faults:
                return []
            if row.is_to_write:
                rows.append(row)
        return rows

    def _judge(self, line: TableRow, seen: dict[tuple, int]) -> tuple[Judged, dict[str, str]]:
        cells, faults = line.cells, {}
        judged = Judged(line, " ".join(cells[column.label] for column in self.keys.values()), Verdict.EMPTY)
        key = self._key(cells, faults)
        if faults:
            return judged, faults
        judged = judged._replace(key=key, about=self.about(key))
        first = seen.setdefault(key, line.number)
        if first != line.number:
            label = next(iter(self.keys.values())).label
            return judged, {label: f"与第 {first} 行重复，请只留一行。"}
        self._check_names(key, cells, faults)
        version, values = self._version(cells, faults), self._values(key, cells, faults)
        if faults:
            return judged, faults
        return self._weigh(judged._replace(version=version, values=values, there=self.there(key)))

    def _weigh(self, judged: Judged) -> tuple[Judged, dict[str, str]]:
        """Against what stands in the database, and by the door."""
        there, values = judged.there, judged.values
        fields = [field for field in self.fields if field.name in values]
        before = there.values if there else {field.name: field.default or None for field in fields}
        changes = [
            CellChange(field.label, field.shown(before[field.name]), field.shown(values[field.name]))
            for field in fields
            if not field.is_same(values[field.name], before[field.name])
        ]
        if not changes:
            return judged._replace(verdict=Verdict.SAME if there else Verdict.EMPTY), {}
        judged = judged._replace(verdict=Verdict.CHANGED if there else Verdict.NEW, changes=changes)
        return judged, self._labelled(self.fault(judged))

    def _key(self, cells: dict[str, str], faults: dict[str, str]) -> tuple:
        key = []
        for name, column in self.keys.items():
            try:
                key.append(self.look_up(name, cells[column.label]))
            except ValueError as fault:
                faults[column.label] = str(fault)
        return tuple(key)

    def look_up(self, name: str, text: str):
        """What a cell of the key names. Raises ValueError with a sentence."""
        code = "".join(unicodedata.normalize("NFKC", text).split()).upper()
        known, what = {"indicator": (self.indicators, "指标"), "area": (self.areas, "县市区")}[name]
        if code not in known:
            raise ValueError(
                f"没有代码为“{text}”的{what}，请用从这里下载的表填写。" if text else "请填代码。"
            )
        return known[code]

    def _check_names(self, key: tuple, cells: dict[str, str], faults: dict[str, str]):
        """A sheet that was sorted by one column alone has its names beside the wrong codes."""
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
        """Of the columns that the file has: what it leaves out stays as it is."""
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

    @abstractmethod
    def there(self, key: tuple) -> There | None:
        """What the user may see of what stands for a row."""

    @abstractmethod
    def fault(self, judged: Judged) -> Refused | ValidationError | None:
        """Why the door would refuse a row; None where it would let it through."""

    def _labelled(self, fault: Refused | ValidationError | None) -> dict[str, str]:
        """By the label of the column at which it is told."""
        if fault is None:
            return {}
        labels = {name: column.label for name, column in self.keys.items()}
        labels |= {field.name: field.label for field in self.fields} | {"version": self.version.label}
        main = labels[self.main]
        if isinstance(fault, Refused):
            return {labels.get(fault.field, main): fault.sentence}
        told: dict[str, str] = {}
        for name, sentences in fault.update_error_dict({}).items():
            label = main if name == NON_FIELD_ERRORS else labels.get(name, main)
            text = "".join(ValidationError(sentences).messages)
            told[label] = told.get(label, "") + text
        return told

    @abstractmethod
    def write(self, rows: list[Judged]):
        """Write what `judge` let through, all or nothing. Raises what the door refuses."""
