"""Compares every column of every loaded row with what the files say.

A row that loading would write is built from its line, with the model's defaults for all columns that the line
cannot give, and held against the row in the database: a new column is compared without being named here.
What staff may change is no fault if the history names the change.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from measures.loading.annotations import (
    AREAS,
    BUREAU_TABLES,
    FIGURE_TABLES,
    NUMBER_TOKENS,
    OBSERVATIONS,
    PERIODS,
    PLAN,
    TABLES,
    TARGETS,
    FixtureLine,
    FixtureTable,
    PlanFileError,
    read_lines,
)
from measures.loading.cell_words import (
    EMPTY,
    ChangedCell,
    codes_of,
    difference,
    labels_of,
    name_of,
    value_of,
    who_and_when,
)
from measures.loading.fixture_reader import FixtureReader, WantedRow, is_loaded, sentence
from measures.loading.sharing import (
    contradictions,
    identity,
    identity_of,
    is_used_in,
    used_elsewhere,
    was_loaded,
)
from measures.loading.stored import (
    deletion_of,
    histories_of,
    last_write,
    loaded_figures,
    members_of,
    reported_figures,
)
from measures.models import Citation, Section, SourceText
from targets.models import Observation, Period, Policy, ReportStatus
from targets.models.report import OUT
from targets.records.history import HistoryKind
from targets.review.value_rules import fill

# Of these, rows beside those of the files are the bureau's.
BUREAUS = (PERIODS, *BUREAU_TABLES)
# Of these, the bureau may delete rows of the files.
DECIDED = (*BUREAUS, TARGETS)
PERIOD_BY_STAFF = {"due_on", "is_open"}
# When a row was written, which no file holds.
UNCOMPARED = ("entered_at", "updated_at")


@dataclass
class CellReport:
    faults: list[str] = field(default_factory=list)
    staff_changes: list[str] = field(default_factory=list)


def compare(source: SourceText, folder: Path) -> CellReport:
    comparison = _Comparison(source, folder)
    try:
        comparison.run()
    except PlanFileError as error:
        comparison.faults += [fault for fault in error.faults if fault not in comparison.faults]
    return CellReport(comparison.faults, comparison.staff_changes)


class _Comparison(FixtureReader):
    """`records` holds rows as the files want them, with the keys of the stored ones."""

    def __init__(self, source: SourceText, folder: Path):
        super().__init__(folder)
        self.stored_source = source
        self.staff_changes: list[str] = []
        self.changed: dict[Any, list[ChangedCell]] = defaultdict(list)
        self.figures: list[models.Model] = []

    def run(self):
        """Raises PlanFileError."""
        self._compare_table(AREAS)
        self._compare_plan()
        self._compare_sections()
        self._compare_table(PERIODS)
        self._compare_years()
        for table in (*TABLES, *BUREAU_TABLES):
            self._compare_table(table)
        self._compare_document()
        self._compare_observations()
        self._compare_citations()
        self._compare_number_tokens()
        for model, cells in self.changed.items():
            self._explain(model, cells)

    # The text and its tree

    def _compare_plan(self):
        own = self._read_plan()
        wanted = self._wanted_row(PLAN, own) if self._check_fields(PLAN, own) else None
        if wanted is None:
            raise PlanFileError(self.faults)
        cells = wanted.cells | wanted.offers | {"document": self.stored_source.plan.document}
        plan = PLAN.model(**wanted.key, **cells)
        self.plan = self._compare(own, plan, self.stored_source.plan, PLAN.changeable)
        source = SourceText(plan=self.plan, **self._source_cells())
        self.source = self._compare(self.line, source, self.stored_source)

    def _compare_document(self):
        """Which of the documents is the plan's own; they are read after the plan."""
        stored: Any = self.stored_source.plan
        document = self.records.get(Policy, {}).get(self.line.values.get("document", ""))
        self.plan.document = document
        if stored.document_id != (document and document.pk):
            cell = ChangedCell(self.line, self.plan, stored, PLAN.model._meta.get_field("document"))
            self._fault(self.line, difference(cell))

    def _compare_sections(self):
        wanted = self._section_cells()
        stored = {(row.code,): row for row in self.stored_source.sections.all()}
        _pair(stored, [(cells["code"],) for cells in wanted])
        for cells in wanted:
            parent = self.sections.get(cells["parent"])
            section = Section(**cells | {"source": self.source, "parent": parent})
            self.sections[section.code] = self._compare(self.line, section, stored.pop((section.code,), None))
        self._name_extra(PLAN.file, stored.values())
        self.records[Section] = self.sections

    def _compare_years(self):
        stored = {row.code: row for row in self.stored_source.plan.periods.all()}
        years = {}
        for year in self.plan.years:
            if str(year) in self.records.get(Period, {}):
                continue
            try:
                wanted = Period.of(self.plan, str(year))
            except ValueError as error:
                self._fault(self.line, str(error))
                break
            years[wanted.code] = self._compare(self.line, wanted, stored.get(wanted.code), PERIOD_BY_STAFF)
        self.records[Period] = stored | self.records.get(Period, {}) | years

    # One line, one row

    def _compare_table(self, table: FixtureTable):
        found = read_lines(self.folder, table.file, self.faults)
        lines = [line for line in found if self._check_fields(table, line)]
        if table in BUREAUS and not lines:
            return
        stored = self._stored(table, lines)
        plan = self.stored_source.plan
        shared = used_elsewhere(table.model, plan.code) if table.is_shared else set()
        lists = {name: members_of(table, name, plan) for name in table.lists}
        for line in lines:
            if wanted := self._wanted_row(table, line):
                row = stored.pop(self._name(table, line, wanted), None)
                self._compare_line(table, line, wanted, row, is_shared=row is not None and row.pk in shared)
                for name, members in lists.items():
                    self._compare_list(line, row, name, wanted.lists[name], members)
        if table not in BUREAUS:
            self._name_leftovers(table, stored.values())

    def _stored(self, table: FixtureTable, lines: list[FixtureLine]) -> dict[tuple, models.Model]:
        columns: list[Any] = [table.model._meta.get_field(name) for name in table.key]
        related = [column.name for column in columns if column.is_relation]
        rows = table.rows_of(self.stored_source.plan)
        if related:
            rows = rows.select_related(*related)
        if table.is_shared:
            stored = {identity_of(row): row for row in rows}
            wanted = [self._name(table, line) for line in lines]
            _pair_codes(stored, {line.values["code"]: self._name(table, line) for line in lines})
            _pair(stored, wanted)
            return stored
        stored = {tuple(getattr(row, column.attname) for column in columns): row for row in rows}
        if table.key == ("code",):
            _pair(stored, [(line.values["code"],) for line in lines])
        return stored

    def _name(self, table: FixtureTable, line: FixtureLine, wanted: WantedRow | None = None) -> tuple:
        """By which a line finds its stored row."""
        if wanted and not table.is_shared:
            return _key(wanted)
        names = identity(table.model, line.values, self.stored_source.plan)
        return tuple(getattr(value, "pk", value) for value in names.values())

    def _compare_line(
        self,
        table: FixtureTable,
        line: FixtureLine,
        wanted: WantedRow,
        row: models.Model | None,
        *,
        is_shared: bool,
    ):
        record = table.model(**wanted.key, **wanted.cells, **wanted.offers)
        is_offer = self._is_offer(table, line)
        if row is None and is_offer and table in DECIDED and (deletion := deletion_of(table, wanted)):
            self.staff_changes.append(f"{name_of(record)}：删去（{who_and_when(deletion)}）")
        elif is_shared:
            self._compare(line, record, row, shared_with=line.values.keys())
        elif is_offer:
            self._compare(line, record, row, table.known, only=table.known)
        else:
            self._compare(line, record, row, table.changeable)
        if table in FIGURE_TABLES and not is_offer:
            self.figures.append(record)
        if table.key == ("code",):
            self.records.setdefault(table.model, {})[line.values["code"]] = record
        if row and table.cited_as and not is_offer:
            self._cite(table, record, line)

    def _compare(
        self,
        line: FixtureLine,
        wanted: models.Model,
        row: models.Model | None,
        changeable: Collection[str] = (),
        only: Collection[str] | None = None,
        shared_with: Collection[str] | None = None,
    ) -> Any:
        """Return the wanted row with the key of the stored one.

        A row that other plans use must not contradict the fields of the line, `shared_with`.
        """
        options = wanted._meta
        wanted.pk = row and row.pk
        try:
            # Not the relations: each would cost a query.
            wanted.clean_fields(exclude=[column.name for column in options.fields if column.is_relation])
        except ValidationError as error:
            self._fault(line, sentence(error))
            return wanted
        if row is None:
            self._fault(line, f"{name_of(wanted)} 在库中没有")
            return wanted
        columns = [column for column in options.concrete_fields if column.name not in UNCOMPARED]
        if shared_with is not None:
            columns = contradictions(row, wanted, shared_with)
        for column in columns:
            is_same = getattr(wanted, column.attname) == getattr(row, column.attname)
            if is_same or (only is not None and column.name not in only):
                continue
            cell = ChangedCell(line, wanted, row, column)
            if column.name in changeable:
                self.changed[type(row)].append(cell)
            else:
                self._fault(line, difference(cell))
        return wanted

    def _compare_list(self, line, row, name, wanted: list[models.Model], members: dict[int, set[int]]):
        found = members[row.pk] if row else set()
        if row is None or found == {member.pk for member in wanted}:
            return
        column = type(row)._meta.get_field(name)
        rows = column.related_model._default_manager.filter(pk__in=found)
        shown = [labels_of(records) or EMPTY for records in (wanted, rows)]
        self._fault(line, f"{name_of(row)} 的“{column.verbose_name}”应为 {shown[0]}，库中为 {shown[1]}")

    def _name_leftovers(self, table: FixtureTable, rows: Iterable[models.Model]):
        if table.is_shared:
            plan = self.stored_source.plan
            # What the plan's own records use stays on its list.
            extra = [row for row in rows if was_loaded(row) and not is_used_in(plan, row)]
            self._name_extra(table.file, extra)
            return
        loaded = [row for row in rows if is_loaded(row)]
        # A line with faults was not compared.
        extra = [row for row in loaded if codes_of(row, table.key) not in self.seen.get(table.file, set())]
        if table.is_offer:
            self._name_added(table, dict.fromkeys(extra, "新增"))
        else:
            self._name_extra(table.file, extra)

    def _name_extra(self, file: str, rows: Iterable[models.Model]):
        self.faults += [f"{file}：库中的{name_of(row)} 在文件中没有" for row in rows]

    # What staff may change

    def _explain(self, model: Any, cells: list[ChangedCell]):
        histories = histories_of(model, [cell.row for cell in cells])
        for cell in cells:
            write = last_write(histories[cell.row.pk], cell)
            if write is None:
                self._fault(cell.line, f"{difference(cell)}，历史中没有这一改动")
                continue
            if cell.column.name == "code" and write.history_type == HistoryKind.CREATED:
                # The folder's code was taken by another plan.
                continue
            before, after = (value_of(record, cell.column) for record in (cell.wanted, cell.row))
            what = f"{name_of(cell.wanted)} 的“{cell.column.verbose_name}”"
            self.staff_changes.append(f"{what}由{before}改为{after}（{who_and_when(write)}）")

    def _name_added(self, table: FixtureTable, rows: dict[Any, str]):
        """List rows that staff entered, each with what it is."""
        histories = histories_of(table.model, list(rows))
        for row, what in rows.items():
            if versions := histories[row.pk]:
                self.staff_changes.append(f"{name_of(row)}：{what}（{who_and_when(versions[0])}）")
            else:
                self.faults.append(f"{table.file}：库中的{name_of(row)} 在文件和历史中都没有")

    # Figures from outside the plan

    def _compare_observations(self):
        found = read_lines(self.folder, OBSERVATIONS.file, self.faults)
        lines = [line for line in found if self._check_fields(OBSERVATIONS, line)]
        wanted = [(line, row) for line in lines if (row := self._wanted_row(OBSERVATIONS, line))]
        loaded = defaultdict(list)
        figures = loaded_figures(self.stored_source.plan)
        newest = histories_of(Observation, [row for _, row in figures])
        for original, row in figures:
            if original is None:
                self.faults.append(f"{OBSERVATIONS.file}：库中的{name_of(row)} 在历史中没有")
                continue
            original.version = newest[row.pk][-1].version
            loaded[tuple(original.key.values())].append((original, row))
        ours = {row.pk for rows in loaded.values() for _, row in rows}
        reported = reported_figures(self.stored_source.plan, {_key(row) for _, row in wanted}, ours)
        states = {
            row: f"另有填报，第 {row.revision} 版，{row.get_status_display()}"
            for rows in reported.values()
            for row in rows
        }
        self._name_added(OBSERVATIONS, states)
        for line, row in wanted:
            self._compare_series(line, row, loaded.pop(_key(row), []), reported[_key(row)])
        self._name_leftovers(OBSERVATIONS, [rows[-1][0] for rows in loaded.values()])

    def _compare_series(self, line, wanted: WantedRow, loaded: list, reported: list[Observation]):
        """A revision that the file has since replaced, or staff, must be as it was loaded."""
        told = Observation(**wanted.key)
        try:
            fill(told, wanted.cells)
        except ValidationError as error:
            self._fault(line, sentence(error))
            return
        if not loaded and not reported:
            self._fault(line, f"{name_of(told)} 在库中没有")
        for original, row in loaded:
            is_newest = original is loaded[-1][0]
            if is_newest and not reported:
                for name in wanted.cells:
                    setattr(original, name, getattr(told, name))
            is_replaced = not is_newest or any(report.status in OUT for report in reported)
            original.status = ReportStatus.SUPERSEDED if is_replaced else ReportStatus.PUBLISHED
            self._compare(line, original, row)

    # Marks on the text

    def _compare_citations(self):
        rows = Citation.objects.of_plan(self.stored_source.plan)
        stored = {_citation_key(row): row for row in rows}
        for line, wanted in self.citations:
            self._compare(line, wanted, stored.pop(_citation_key(wanted), None))
        files = {table.cited_as: table.file for table in TABLES}
        for row in stored.values():
            self._name_extra(files[row.supports], [row])

    def _compare_number_tokens(self):
        stored = {(row.code,): row for row in self.stored_source.number_tokens.all()}
        wanted = list(self._number_tokens(self.figures))
        _pair(stored, [tuple(row.key.values()) for _, row in wanted])
        lists = {
            name: members_of(NUMBER_TOKENS, name, self.stored_source.plan) for name in NUMBER_TOKENS.lists
        }
        for line, row in wanted:
            found = stored.pop(tuple(row.key.values()), None)
            self._compare(line, NUMBER_TOKENS.model(**row.key, **row.cells), found)
            for name, members in lists.items():
                self._compare_list(line, found, name, row.lists[name], members)
        self._name_extra(NUMBER_TOKENS.file, stored.values())


def _pair(stored: dict[tuple, models.Model], wanted: list[tuple]):
    """Take the only row without a line for the row of the only line without one: its code was changed."""
    missing, extra = [
        [key for key in keys if key not in others] for keys, others in ((wanted, stored), (stored, wanted))
    ]
    loaded = [key for key in extra if is_loaded(stored[key])]
    if len(missing) == len(loaded) == 1:
        stored[missing[0]] = stored.pop(loaded[0])


def _pair_codes(stored: dict[tuple, Any], wanted: dict[str, tuple]):
    """Take the row with the code of a line that no row fits: it was renamed."""
    extra = {row.code: name for name, row in stored.items() if name not in wanted.values()}
    for code, name in wanted.items():
        if name not in stored and code in extra:
            stored[name] = stored.pop(extra[code])


def _key(wanted: WantedRow) -> tuple:
    return tuple(getattr(value, "pk", value) for value in wanted.key.values())


def _citation_key(citation: Citation) -> tuple:
    return citation.supports, getattr(citation, f"{citation.supports}_id"), citation.position
