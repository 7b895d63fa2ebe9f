"""Loads a plan: its text and the reviewed annotations in its folder become rows.

One transaction: if a file has faults, nothing is changed, and all faults of that file are reported.
Rows entered by staff are never changed, and no row that another plan uses.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import F, ProtectedError

from measures.loading.annotations import (
    AREAS,
    BUREAU_TABLES,
    OBSERVATIONS,
    PERIODS,
    PLAN,
    TABLES,
    TEXT_FILE,
    FixtureLine,
    FixtureTable,
    PlanFileError,
    read_lines,
)
from measures.loading.cell_words import codes_of, value_of
from measures.loading.fixture_reader import (
    WantedRow,
    is_loaded,
    sentence,
)
from measures.loading.marks import LoadingSummary, MarkLoader, label_of_column
from measures.loading.sharing import (
    MEMBERS,
    REASON,
    contradictions,
    free_code,
    identity,
    is_used,
    is_used_in,
    used_elsewhere,
    users_of,
    was_loaded,
)
from measures.models import Citation, NumberToken, Section, SourceText
from targets import review
from targets.models import (
    Area,
    Grade,
    Indicator,
    Observation,
    Organization,
    Period,
    Plan,
    Policy,
    Target,
)
from targets.models.plan import Keeper
from targets.records.history import written_by
from targets.review.fixed_fields import must_keep_fixed_fields
from targets.review.plan_codes import fault_of_code


def load(folder: Path) -> LoadingSummary:
    """Raises PlanFileError."""
    loading = _Loading(folder)
    with transaction.atomic(), written_by(None, REASON):
        loading.run()
    return loading.summary


class _Loading(MarkLoader):
    """A step collects all its faults."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.elsewhere: dict[type[models.Model], set[int]] = {}

    def run(self):
        own = self._read_plan()
        self._check_plan(own)
        self._stop_at_faults()
        self._load_table(AREAS)
        self._load_plan(own)
        self._stop_at_faults()
        self._load_table(PERIODS)
        self._load_years()
        self._stop_at_faults()
        self._load_sections()
        self._stop_at_faults()
        for table in TABLES:
            self._load_table(table)
        self._share()
        for table in BUREAU_TABLES:
            self._load_table(table)
        self._load_observations()
        self._stop_at_faults()
        tokens = self._checked_tokens()
        self._stop_at_faults()
        self._replace_marks(Citation, [citation for _, citation in self.citations])
        self._replace_marks(NumberToken, [token for token, _ in tokens])
        self._give_numbers(tokens)
        for table in (OBSERVATIONS, *reversed(TABLES), AREAS):
            self._clear_leftovers(table)
        self._clear_stale_sections()
        self._check_staff_corrections()
        self._stop_at_faults()

    def _load_table(self, table: FixtureTable):
        for line in read_lines(self.folder, table.file, self.faults):
            self._load_line(table, line)
        # Later files refer to these rows and would report the same faults again.
        self._stop_at_faults()

    def _share(self):
        """The areas, units and documents that the plan uses."""
        areas = self.records[Area].values()
        before = {area.predecessor_id for area in areas}
        self.plan.areas.add(*(area for area in areas if area.pk not in before))
        self.plan.organizations.add(*self.records.get(Organization, {}).values())
        self.plan.policies.add(*self.records.get(Policy, {}).values())
        code = self.line.values.get("document")
        document = self.records.get(Policy, {}).get(code)
        if code and document is None:
            self._fault(self.line, f"document：没有代码为 {code} 的{Policy._meta.verbose_name}")
        elif taken := Plan.objects.filter(document=document).exclude(pk=self.plan.pk).first():
            self._fault(
                self.line,
                f"document：{document} 已是规划 {taken.code}“{taken}”的文件，一份文件只能是一个规划的；"
                "请核对文号，或删去 document",
            )
        elif self.plan.document != document:
            self.plan.document = document
            self.plan.save()

    def _stop_at_faults(self):
        if self.faults:
            raise PlanFileError(self.faults)

    # The plan, its text and its tree

    def _check_plan(self, own: FixtureLine):
        """What would make the whole folder unloadable."""
        code = str(own.values.get("code"))
        if fault := fault_of_code(code):
            self._fault(own, fault)
        if Plan.objects.filter(code=code, keeper=Keeper.DESK).exists():
            self._fault(
                own,
                f"规划 {code} 来自后台，由规划管理员维护，不能用文件覆盖；"
                "请在后台修改，或在本文件改用别的规划代码",
            )
        known = Plan.objects.filter(code=code).select_related("top_area").first()
        if known and not _is_of(known, own.values):
            self._fault(
                own,
                f"规划代码 {code} 已是{known.top_area}的“{known}”的，不能用于另一个规划；"
                "请在本文件改用别的规划代码",
            )
        same = Plan.objects.filter(source_text__sha256=self.line.values["sha256"])
        if other := same.exclude(code=code).first():
            self._fault(
                own,
                f"这份原文已是规划 {other.code}“{other}”的，两个规划不能用同一份原文；"
                f"请核对 code 和 {TEXT_FILE}",
            )
        if own.values.get("is_current"):
            self._check_current(own, code)

    def _check_current(self, own: FixtureLine, code: str):
        current = Plan.objects.filter(is_current=True, top_area__code=own.values.get("top_area"))
        if other := current.exclude(code=code).select_related("top_area").first():
            self._fault(
                own,
                f"规划 {other.code}“{other}”已是{other.top_area}的现行规划，一地只能有一个；"
                "请先取消那个规划的“现行规划”，或把本行的 is_current 改为 false",
            )

    def _load_plan(self, own: FixtureLine):
        plan: Any = self._load_line(PLAN, own)
        self.plan = plan
        self._stop_at_faults()
        source = SourceText.objects.of_plan(self.plan).first() or SourceText(plan=self.plan)
        self.source = self._write(source, self._source_cells(), self.line)

    def _load_years(self):
        """Create the plan's years; staff decide on the due date and the status of existing ones."""
        found = {period.code: period for period in self.plan.periods.all()}
        for year in self.plan.years:
            if str(year) in self.records.get(Period, {}):
                continue
            if str(year) in found:
                self.summary.add(Period, "left")
                continue
            try:
                found[str(year)] = Period.of(self.plan, str(year))
            except ValueError as error:
                self._fault(self.line, str(error))
                break
            found[str(year)].save()
            self.summary.add(Period, "created")
        self.records[Period] = found

    def _load_sections(self):
        wanted = self._section_cells()
        existing = {section.code: section for section in self.source.sections.all()}
        positions = {code: section.position for code, section in existing.items()}
        if any(positions.get(cells["code"], cells["position"]) != cells["position"] for cells in wanted):
            # Positions are unique: move all away first, because two may change places.
            self.source.sections.update(position=F("position") + 10_000)
        for cells in wanted:
            section = existing.pop(cells["code"], None) or Section(source=self.source)
            parent = self.sections.get(cells["parent"])
            self.sections[cells["code"]] = self._write(section, cells | {"parent": parent}, self.line)
        self.stale_sections = list(existing.values())
        self.records[Section] = self.sections

    # One line, one row

    def _load_line(self, table: FixtureTable, line: FixtureLine) -> models.Model | None:
        if not self._check_fields(table, line):
            return None
        if line.values.get("grade") == Grade.DEMO:
            self._fault(line, "演示数据不能用文件载入；请改写真实的来源等级和出处，或删去这一行")
            return None
        wanted = self._wanted_row(table, line)
        if wanted is None:
            return None
        row = self._stored(table, line, wanted)
        if row and self._is_offer(table, line):
            self.summary.add(table.model, "left")
        elif row and table.is_shared and row.pk in self._used_elsewhere(table.model):
            self._join(row, wanted, line)
        elif row and not table.is_shared and not is_loaded(row):
            self._fault(line, f"{row} 由工作人员填写，文件不能覆盖；请在文件中改用别的代码，或先在后台处理")
            return None
        elif row:
            self._check_fixed_fields(row, wanted, line)
            row = self._write(row, wanted.cells, line, wanted.lists)
        else:
            row = self._write(self._new(table, wanted), wanted.cells | wanted.offers, line, wanted.lists)
        if row and table.key == ("code",):
            self.records.setdefault(table.model, {})[line.values["code"]] = row
        if row and table.cited_as and not (table.is_offer or self._is_offer(table, line)):
            self._cite(table, row, line)
        return row

    def _check_fixed_fields(self, row: models.Model, wanted: WantedRow, line: FixtureLine):
        if isinstance(row, Indicator):
            try:
                must_keep_fixed_fields(row, wanted.cells)
            except review.Refused as refusal:
                self._fault(line, refusal.sentence)

    def _stored(self, table: FixtureTable, line: FixtureLine, wanted: WantedRow) -> models.Model | None:
        if not table.is_shared:
            rows = Plan.objects.all() if table is PLAN else table.rows_of(self.plan)
            return rows.filter(**wanted.key).first()
        plan = None if table is AREAS else self.plan
        if row := table.model._default_manager.filter(**identity(table.model, line.values, plan)).first():
            return row
        if plan is None:
            return None
        # Renamed in the folder.
        own = table.rows_of(plan).filter(**wanted.key)
        return own.exclude(pk__in=self._used_elsewhere(table.model)).first()

    def _used_elsewhere(self, model: type[models.Model]) -> set[int]:
        if model not in self.elsewhere:
            self.elsewhere[model] = used_elsewhere(model, self.line.values["code"])
        return self.elsewhere[model]

    def _new(self, table: FixtureTable, wanted: WantedRow) -> models.Model:
        if table.is_shared and table is not AREAS:
            taken = table.model._default_manager.values_list("code", flat=True)
            return table.model(code=free_code(table.model, wanted.key["code"], set(taken)))
        return table.model(**wanted.key)

    def _join(self, row: models.Model, wanted: WantedRow, line: FixtureLine):
        """Leave a row that others use as it is; the line must not say otherwise."""
        kind = row._meta.verbose_name
        record = type(row)(**wanted.key | wanted.cells)
        try:
            record.clean_fields()
        except ValidationError as error:
            self._fault(line, sentence(error))
            return
        users = users_of(row, self.line.values["code"])
        known = f"规划 {users} 在用" if users else "由工作人员填写"
        for column in contradictions(row, record, line.values.keys()):
            self._fault(
                line,
                f"{kind} {row} 的“{column.verbose_name}”在库中是{value_of(row, column)}（{known}），"
                f"本行写作{value_of(record, column)}；同一{kind}只能有一种说法，"
                "请核对后改正本行，或先改正库中的",
            )
        self.summary.add(type(row), "left")

    def _write(self, row: models.Model, wanted: dict, line: FixtureLine, lists: dict | None = None):
        """Return None if the row breaks a rule."""
        is_new = row.pk is None
        before = {name: getattr(row, name) for name in wanted if not is_new}
        for name, value in wanted.items():
            setattr(row, name, value)
        try:
            row.full_clean(validate_constraints=False)
            changed = [name for name in before if before[name] != getattr(row, name)]
            if is_new or changed:
                _save(row, changed)
        except ValidationError as error:
            self._fault(line, sentence(error))
            return None
        changed += [name for name, members in (lists or {}).items() if _set_members(row, name, members)]
        if is_new:
            self.summary.add(type(row), "created")
        elif changed:
            labels = "、".join(label_of_column(row, name) for name in changed)
            self.summary.add(type(row), "changed", detail=f"更改 {row._meta.verbose_name} {row}：{labels}")
        else:
            self.summary.add(type(row), "left")
        return row

    # Figures from outside the plan

    def _load_observations(self):
        for line in read_lines(self.folder, OBSERVATIONS.file, self.faults):
            if not self._check_fields(OBSERVATIONS, line):
                continue
            if wanted := self._wanted_row(OBSERVATIONS, line):
                self._publish(wanted, line)

    def _publish(self, wanted: WantedRow, line: FixtureLine):
        try:
            row = review.publish_from_outside(**wanted.key, **wanted.cells)
        except review.Refused as refusal:
            self._fault(line, f"{refusal.field}：{refusal.sentence}")
        except ValidationError as error:
            self._fault(line, sentence(error))
        else:
            if row is None:
                self.summary.add(Observation, "left")
            elif row.revision == 1:
                self.summary.add(Observation, "created")
            else:
                self.summary.add(Observation, "changed", detail=f"更正 完成值 {row}：第 {row.revision} 版")

    # What the files no longer hold

    def _clear_leftovers(self, table: FixtureTable):
        if table.is_offer:
            return
        if table.is_shared:
            self._leave(table)
            return
        for row in table.rows_of(self.plan):
            if not is_loaded(row):
                continue
            if codes_of(row, table.key) in self.seen.get(table.file, set()):
                continue
            if table.is_words:
                self._remove(row)
            else:
                self.summary.details.append(f"留存 {row._meta.verbose_name} {row}：文件中已无此行，未改动")

    def _leave(self, table: FixtureTable):
        """Take what the folder no longer names off the plan's list; delete it if nothing else uses it."""
        named = {row.pk for row in self.records.get(table.model, {}).values()}
        for row in table.rows_of(self.plan).exclude(pk__in=named):
            if not was_loaded(row):
                continue
            what = f"{row._meta.verbose_name} {row}：文件中已无此行"
            if is_used_in(self.plan, row):
                self.summary.details.append(f"留存 {what}，本规划的其他记录还在用，未改动")
                continue
            getattr(self.plan, MEMBERS[table.model]).remove(row)
            if is_used(row):
                self.summary.details.append(f"移出 {what}，别处还在用，只移出本规划")
            else:
                self._remove(row)

    def _clear_stale_sections(self):
        for section in reversed(self.stale_sections):
            try:
                self._remove(section)
            except ProtectedError:
                self._fault(self.line, f"新文本中已无章节 {section}，但后台填写的勘误还引用它，请先处理")

    def _remove(self, row: models.Model):
        self.summary.add(type(row), "removed", detail=f"删去 {row._meta.verbose_name} {row}")
        row.delete()

    def _check_staff_corrections(self):
        for correction in self.source.corrections.exclude(entered_by=None):
            if self.source.text[correction.start : correction.end] != correction.as_printed:
                self._fault(self.line, f"新文本与后台填写的勘误 {correction} 不合，请先处理")


def _is_of(plan: Plan, values: dict) -> bool:
    """Whether a line is about a stored plan: its place, and its title or its number."""
    names = values.get("title") == plan.title or values.get("number", "") == plan.number != ""
    return names and values.get("top_area") == plan.top_area.code


def _save(row: models.Model, changed: list[str]):
    """Raises ValidationError with the message of the broken constraint.

    Constraints are only validated after a failure: to do so for each row would double the time.
    """
    try:
        with transaction.atomic():
            if changed and isinstance(row, Target):
                rows = Target.objects.of_plan(row.indicator.plan_id).filter(pk=row.pk)
                rows.read_again(**{name: getattr(row, name) for name in changed})
            else:
                row.save()
    except IntegrityError:
        row.validate_constraints()
        raise


def _set_members(row: models.Model, name: str, members: list[models.Model]) -> bool:
    """Return whether the members changed."""
    relation = getattr(row, name)
    if set(relation.values_list("pk", flat=True)) == {member.pk for member in members}:
        return False
    relation.set(members)
    return True
