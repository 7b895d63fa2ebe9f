"""Loads a plan: its text and the reviewed annotations in `fixtures/` become rows.

One transaction: if a file has faults, nothing is changed, and all faults of that file are reported.
Rows entered by staff are never changed.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import F, ProtectedError

from measures.loading.annotations import (
    NUMBER_TOKENS,
    OBSERVATIONS,
    PLAN,
    SOURCE_KEYS,
    TABLES,
    FixtureLine,
    FixtureTable,
    PlanFileError,
    read_lines,
    read_text,
)
from measures.models import Citation, NumberToken, Section, SourceText
from measures.reading import outline
from targets import review
from targets.models import Baseline, Grade, Observation, Organization, Period
from targets.records.history import written_by


@dataclass
class LoadingSummary:
    counts: dict[str, Counter] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)

    def add(self, model: type[models.Model], outcome: str, number: int = 1, detail: str = ""):
        self.counts.setdefault(str(model._meta.verbose_name), Counter())[outcome] += number
        if detail:
            self.details.append(detail)


def load(folder: Path) -> LoadingSummary:
    """Raises PlanFileError."""
    loading = _Loading(folder)
    with transaction.atomic(), written_by(None, "载入规划文件"):
        loading.run()
    return loading.summary


class _Loading:
    """One pass over the files; a step collects all its faults."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.summary = LoadingSummary()
        self.faults: list[str] = []
        self.seen: dict[str, set[tuple]] = {}
        self.records: dict[type[models.Model], dict[str, models.Model]] = {}
        self.sections: dict[str, Section] = {}
        self.citations: list[Citation] = []

    def run(self):
        self._load_plan()
        self._stop_at_faults()
        self._load_periods()
        self._stop_at_faults()
        self._load_sections()
        self._stop_at_faults()
        for table in TABLES:
            for line in read_lines(self.folder, table.file, self.faults):
                self._load_line(table, line)
            # Later files refer to these rows and would report the same faults again.
            self._stop_at_faults()
        self._load_observations()
        self._stop_at_faults()
        tokens = self._number_tokens()
        self._stop_at_faults()
        self._replace_marks(Citation, self.citations)
        self._replace_marks(NumberToken, tokens)
        for table in (OBSERVATIONS, *reversed(TABLES)):
            self._clear_leftovers(table)
        self._clear_stale_sections()
        self._check_staff_corrections()
        self._stop_at_faults()

    def _stop_at_faults(self):
        if self.faults:
            raise PlanFileError(self.faults)

    # The text and its tree

    def _load_plan(self):
        lines = read_lines(self.folder, PLAN.file, self.faults)
        if len(lines) != 1:
            raise PlanFileError(self.faults or [f"{PLAN.file}：应恰有一行，即一个规划"])
        self.line = lines[0]
        values = self.line.values
        if missing := SOURCE_KEYS - values.keys():
            raise PlanFileError([self.line.fault(f"缺少字段 {'、'.join(sorted(missing))}")])
        tally = values["tally"]
        if not (isinstance(tally, dict) and all(type(number) is int for number in tally.values())):
            raise PlanFileError([self.line.fault("tally 应为名称和整数的对照")])
        text = read_text(self.folder, self.line)
        own = {name: value for name, value in values.items() if name not in SOURCE_KEYS}
        self.plan = self._load_line(PLAN, FixtureLine(self.line.file, self.line.number, own))
        self._stop_at_faults()
        source = SourceText.objects.filter(plan=self.plan).first() or SourceText(plan=self.plan)
        wanted = {name: values[name] for name in ("sha256", "provenance", "tally")}
        self.source = self._write(source, wanted | {"text": text}, self.line)

    def _load_periods(self):
        """Create the plan's years; staff decide on the due date and the status of existing ones."""
        found = {period.code: period for period in self.plan.periods.all()}
        for year in self.plan.years:
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
        try:
            nodes = outline.parse(self.source.text)
        except outline.OutlineError as error:
            raise PlanFileError([self.line.fault(f"原文无法分出章节：{error}")]) from error
        truncated = self.line.values["truncated_section"]
        if truncated is not None and truncated not in [node.code for node in nodes]:
            raise PlanFileError([self.line.fault(f"truncated_section：没有章节 {truncated}")])
        existing = {section.code: section for section in self.source.sections.all()}
        positions = {code: section.position for code, section in existing.items()}
        if any(positions.get(node.code, place) != place for place, node in enumerate(nodes)):
            # Positions are unique: move all away first, because two may change places.
            self.source.sections.update(position=F("position") + 10_000)
        texts = outline.own_texts(self.source.text, nodes)
        for place, (node, own_text) in enumerate(zip(nodes, texts, strict=True)):
            wanted = vars(node) | {
                "position": place,
                "parent": self.sections.get(node.parent),
                "heading": node.heading(self.source.text),
                "text": own_text,
                "is_truncated": node.code == truncated,
            }
            section = existing.pop(node.code, None) or Section(source=self.source)
            self.sections[node.code] = self._write(section, wanted, self.line)
        self.stale_sections = list(existing.values())
        self.records[Section] = self.sections

    # One line, one row

    def _load_line(self, table: FixtureTable, line: FixtureLine) -> models.Model | None:
        if not self._check_fields(table, line):
            return None
        faults_before = len(self.faults)
        related = {name: self._find(table.model, name, line) for name in table.relations}
        lists = {name: self._find_all(table.model, name, line) for name in table.lists}
        if len(self.faults) > faults_before:
            return None
        key = {name: related.get(name) or line.values[name] for name in table.key}
        row = table.model._default_manager.filter(**key).first()
        if row and table.is_offer:
            self.summary.add(table.model, "left")
            return row
        if row and not _is_loaded(row):
            self._fault(line, f"{row} 由工作人员填写，文件不能覆盖；请在文件中改用别的代码，或先在后台处理")
            return None
        wanted = self._columns(table, line) | related | table.constants | self._surroundings(table, line)
        row = self._write(row or table.model(**key), wanted, line, lists)
        if row and table.key == ("code",):
            self.records.setdefault(table.model, {})[row.code] = row
        if row and table.cited_as:
            self._cite(table, row, line)
        return row

    def _check_fields(self, table: FixtureTable, line: FixtureLine) -> bool:
        """The key must be new in the file."""
        faults = table.faults(line.values)
        if not faults:
            key = tuple(line.values[name] for name in table.key)
            seen = self.seen.setdefault(table.file, set())
            if key in seen:
                faults.append(f"{' '.join(map(str, key))} 重复出现")
            seen.add(key)
        self.faults += map(line.fault, faults)
        return not faults

    def _columns(self, table, line):
        """A missing column gets the model's default."""
        field = table.model._meta.get_field
        return {name: line.values.get(name, field(name).get_default()) for name in table.columns}

    def _surroundings(self, table: FixtureTable, line: FixtureLine) -> dict:
        values: dict[str, models.Model | None] = {}
        if table.belongs_to("plan"):
            values["plan"] = self.plan
        if table.belongs_to("source"):
            values["source"] = self.source
        if "start" in table.columns:
            printed = line.values.get("as_printed", line.values.get("printed"))
            values["section"] = self._section_around(
                line, line.values.get("start"), line.values.get("end"), printed
            )
        return values

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
                _save(row)
        except ValidationError as error:
            self._fault(line, _sentence(error))
            return None
        changed += [name for name, members in (lists or {}).items() if _set_members(row, name, members)]
        if is_new:
            self.summary.add(type(row), "created")
        elif changed:
            labels = "、".join(_label(row, name) for name in changed)
            self.summary.add(type(row), "changed", detail=f"更改 {row._meta.verbose_name} {row}：{labels}")
        else:
            self.summary.add(type(row), "left")
        return row

    def _find(self, model: type[models.Model], name: str, line: FixtureLine) -> models.Model | None:
        code = line.values.get(name)
        return None if code is None else self._by_code(model, name, code, line)

    def _find_all(self, model: type[models.Model], name: str, line: FixtureLine) -> list[models.Model]:
        return [self._by_code(model, name, code, line) for code in line.values.get(name, [])]

    def _by_code(self, model, name, code, line):
        target = model._meta.get_field(name).related_model
        record = self.records.get(target, {}).get(code) if isinstance(code, str) else None
        if record is None:
            self._fault(line, f"{name}：没有代码为 {code} 的{target._meta.verbose_name}")
        return record

    # Figures from outside the plan

    def _load_observations(self):
        for line in read_lines(self.folder, OBSERVATIONS.file, self.faults):
            if not self._check_fields(OBSERVATIONS, line):
                continue
            faults_before = len(self.faults)
            series = {name: self._find(Observation, name, line) for name in OBSERVATIONS.relations}
            if len(self.faults) == faults_before:
                self._publish(series, line)

    def _publish(self, series: dict, line: FixtureLine):
        try:
            row = review.publish_from_outside(**series, **self._columns(OBSERVATIONS, line))
        except review.Refused as refusal:
            self._fault(line, f"{refusal.field}：{refusal.sentence}")
        except ValidationError as error:
            self._fault(line, _sentence(error))
        else:
            if row is None:
                self.summary.add(Observation, "left")
            elif row.revision == 1:
                self.summary.add(Observation, "created")
            else:
                self.summary.add(Observation, "changed", detail=f"更正 完成值 {row}：第 {row.revision} 版")

    # Marks on the text

    def _cite(self, table: FixtureTable, row: models.Model, line: FixtureLine):
        cites = line.values.get("cite") or []
        if not cites and _is_loaded(row):
            self._fault(line, "缺少引文 cite")
        for position, cite in enumerate(cites, 1):
            if not (isinstance(cite, list) and len(cite) == 3):
                self._fault(line, "引文应写作 [起点, 终点, 原文]")
                continue
            start, end, quote = cite
            section = self._section_around(line, start, end, quote)
            values = {"start": start, "end": end, "quote": quote, "position": position, table.cited_as: row}
            self.citations.append(Citation(source=self.source, section=section, **values))

    def _section_around(self, line: FixtureLine, start, end, quote) -> Section | None:
        """The quote must be verbatim."""
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end):
            self._fault(line, f"起止位置 {start}、{end} 无效")
            return None
        found = self.source.text[start:end]
        if found != quote:
            self._fault(line, f"“{quote}”与原文第 {start} 至 {end} 字不符，原文此处为“{found}”")
            return None
        return outline.innermost(list(self.sections.values()), start, end)

    def _number_tokens(self) -> list[NumberToken]:
        """An indicator's code stands for its baseline in the text."""
        rows = Baseline.objects.of_text().filter(indicator__plan=self.plan).select_related("indicator")
        self.records[Baseline] = {row.indicator.code: row for row in rows}
        tokens: list[NumberToken] = []
        for line in read_lines(self.folder, NUMBER_TOKENS.file, self.faults):
            if not self._check_fields(NUMBER_TOKENS, line):
                continue
            faults_before = len(self.faults)
            values = {name: self._find(NumberToken, name, line) for name in NUMBER_TOKENS.relations}
            values |= self._columns(NUMBER_TOKENS, line) | self._surroundings(NUMBER_TOKENS, line)
            if len(self.faults) == faults_before:
                token = NumberToken(code=line.values["code"], **values)
                self._check_token(token, line, tokens)
                tokens.append(token)
        return tokens

    def _check_token(self, token: NumberToken, line: FixtureLine, above: list[NumberToken]):
        try:
            token.clean_fields()
            # The rows of the last loading are still there.
            token.validate_constraints(exclude={"source", "start"})
        except ValidationError as error:
            self._fault(line, _sentence(error))
        for other in above:
            if token.start < other.end and other.start < token.end:
                self._fault(line, f"与数字标注 {other.code} 所在的文字重叠")
            if token.baseline and token.baseline == other.baseline:
                self._fault(line, f"{token.baseline} 已有数字标注 {other.code}")

    def _replace_marks(self, model: type[models.Model], wanted: list[models.Model]):
        """Replace changed marks; no row refers to them."""
        columns = [column.attname for column in model._meta.fields if not column.primary_key]
        missing = {tuple(getattr(mark, name) for name in columns): mark for mark in wanted}
        gone = [
            mark.pk
            for mark in model._default_manager.filter(source=self.source)
            if missing.pop(tuple(getattr(mark, name) for name in columns), None) is None
        ]
        model._default_manager.filter(pk__in=gone).delete()
        model._default_manager.bulk_create(missing.values())
        self.summary.add(model, "created", len(missing))
        self.summary.add(model, "removed", len(gone))
        self.summary.add(model, "left", len(wanted) - len(missing))

    # What the files no longer hold

    def _clear_leftovers(self, table: FixtureTable):
        if table.is_offer:
            return
        rows = table.model._default_manager.all()
        if table.belongs_to("plan"):
            rows = rows.filter(plan=self.plan)
        for row in rows:
            if not _is_loaded(row):
                continue
            values = (getattr(row, name) for name in table.key)
            key = tuple(getattr(value, "code", value) for value in values)
            if key in self.seen.get(table.file, set()):
                continue
            if table.is_words:
                self._remove(row)
            else:
                self.summary.details.append(f"留存 {row._meta.verbose_name} {row}：文件中已无此行，未改动")

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

    def _fault(self, line: FixtureLine, reason: str):
        self.faults.append(line.fault(reason))


def _is_loaded(row: models.Model) -> bool:
    if isinstance(row, Organization):
        return row.is_in_text
    if isinstance(row, Baseline):
        return row.grade == Grade.TEXT
    return getattr(row, "entered_by_id", None) is None


def _save(row: models.Model):
    """Raises ValidationError with the message of the broken constraint.

    Constraints are only validated after a failure: to do so for each row would double the time.
    """
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        row.validate_constraints()
        raise


def _label(row, name) -> str:
    return str(row._meta.get_field(name).verbose_name)


def _sentence(error: ValidationError) -> str:
    parts = []
    for name, messages in error.message_dict.items():
        label = "" if name == "__all__" else f"{name}："
        parts.append(label + "；".join(messages))
    return " ".join(parts)


def _set_members(row: models.Model, name: str, members: list[models.Model]) -> bool:
    """Return whether the members changed."""
    relation = getattr(row, name)
    if set(relation.values_list("pk", flat=True)) == {member.pk for member in members}:
        return False
    relation.set(members)
    return True
