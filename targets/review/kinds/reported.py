"""Values, and the judgements of goals without a number."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from django.db.models import Max, prefetch_related_objects

from targets.models import (
    EDITABLE,
    Area,
    Assessment,
    Observation,
    Period,
    Report,
    ReportingDuty,
    ReportQuerySet,
)
from targets.review import roles
from targets.review.guards import (
    CONFLICT_RELATIONS,
    Refused,
    locked_periods,
    locking,
    must_be,
    must_be_in_time,
    must_be_version,
    must_not_be_retired,
    not_due,
    not_theirs,
)
from targets.review.kinds.kind import Kind, StoredRow
from targets.review.value_rules import check_values, fill

Subject = tuple[int, ...]


class PeriodState(NamedTuple):
    """The reports of a period, by the ids of the key without the period."""

    period: Period
    open: dict[Subject, Report]
    published: set[Subject]
    versions: dict[Subject, int]


class ReportKind(Kind):
    """Drafts and returned rows. Costs a fixed number of queries for each period, the last part of a key."""

    model: type[Observation] | type[Assessment]

    def __init__(self, by, *, is_locking: bool = False):
        super().__init__(by, is_locking=is_locking)
        self.states: dict[int, PeriodState] = {}
        self.stored_rows: dict[int, dict[Subject, StoredRow]] = {}
        self.with_conflict_relations: set[int] = set()

    @cached_property
    def own_areas(self) -> set[int]:
        return set(roles.areas_of(self.by).values_list("pk", flat=True))

    @abstractmethod
    def area(self, key: tuple) -> Area:
        """Whose reporters enter it."""

    def must_be_due(self, key: tuple, period: Period):
        must_be_in_time(key[0], period)

    @staticmethod
    def check_values(row):
        """Raises ValidationError by field."""

    @classmethod
    def fill_in(cls, row: Report, by, values: dict) -> Report:
        """Set and check the values, unsaved. Raises ValidationError by field."""
        if unknown := values.keys() - set(row.fillable_fields):
            raise TypeError(f"no reporter fills in {sorted(unknown)}")
        fill(row, {name: values.get(name, getattr(row, name)) for name in row.fillable_fields})
        row.changed_by = by
        cls.check_values(row)
        if row.pk:
            row.version += 1
        return row

    def hold(self, entries):
        for period in locked_periods(entry.key[-1].pk for entry in entries):
            self.states[period.pk] = self._read(period)

    def filled(self, entry):
        *about, period = entry.key
        area = self.area(entry.key)
        if area.pk not in self.own_areas:
            raise not_theirs(area)
        state = self._state(period)
        self.must_be_due(entry.key, state.period)
        subject = _subject(entry.key)
        row = state.open.get(subject)
        if row is None:
            _must_be_begun(entry.version, is_published=subject in state.published)
            row = self.model(entered_by=self.by, version=state.versions.get(subject, 0) + 1)
        for name, value in zip(self.key_fields, (*about, state.period), strict=True):
            setattr(row, name, value)
        if row.pk:
            self._must_be_fillable(row, entry.version, state)
        return self.fill_in(row, self.by, entry.values)

    def stored(self, key):
        period = key[-1]
        if period.pk not in self.stored_rows:
            self.stored_rows[period.pk] = dict(self._read_stored(period))
        return self.stored_rows[period.pk].get(_subject(key))

    def _read_stored(self, period: Period) -> Iterator[tuple[Subject, StoredRow]]:
        """Only values: whole rows take several times the time and memory."""
        rows = roles.reports_seen_by(self.by, self._reports(period))
        names = (*self._subject_fields, "version", "status", *self.fillable_fields)
        # An open row wins over the published one.
        for of_status in (rows.published(), rows.open()):
            for row in of_status.order_by().values(*names):
                yield tuple(row[name] for name in self._subject_fields), StoredRow(row["version"], row)

    @property
    def _subject_fields(self) -> Sequence[str]:
        return self.key_fields[:-1]

    def _state(self, period: Period) -> PeriodState:
        if period.pk not in self.states:
            self.states[period.pk] = self._read(period)
        return self.states[period.pk]

    def _reports(self, period: Period) -> ReportQuerySet:
        return self.model.objects.of_all_plans().filter(period=period)

    def _rows(self, period: Period) -> ReportQuerySet:
        """The reports that may be filled in."""
        return self._reports(period)

    def _read(self, period: Period) -> PeriodState:
        rows = self._rows(period)
        open_rows = locking(rows.open()) if self.is_locking else rows.open()
        versions = rows.order_by().values_list(*self._subject_fields).annotate(Max("version"))
        return PeriodState(
            period,
            {tuple(getattr(row, f"{name}_id") for name in self._subject_fields): row for row in open_rows},
            set(rows.published().values_list(*self._subject_fields)),
            {tuple(subject): version for *subject, version in versions},
        )

    def _must_be_fillable(self, row: Report, version: int | None, state: PeriodState):
        if row.version != version and state.period.pk not in self.with_conflict_relations:
            # Needed for the sentence of a conflict; most batches have none.
            prefetch_related_objects(list(state.open.values()), *CONFLICT_RELATIONS)
            self.with_conflict_relations.add(state.period.pk)
        must_be_version(row, version, is_filling=True)
        must_be([row], EDITABLE, "修改")


class ValueKind(ReportKind):
    model = Observation
    key_fields, fillable_fields = Observation.key_fields, Observation.fillable_fields
    check_values = staticmethod(check_values)

    def __init__(self, by, *, is_locking: bool = False):
        super().__init__(by, is_locking=is_locking)
        self.duties: dict[int, dict[Subject, ReportingDuty]] = {}

    def area(self, key):
        return key[1]

    def must_be_due(self, key, period):
        super().must_be_due(key, period)
        must_not_be_retired(key[0], period)
        duty = self._duties(period).get(_subject(key))
        if duty is None or duty.frequency != period.months:
            raise not_due(key[0], key[1], period, duty)

    def _duties(self, period: Period) -> dict[Subject, ReportingDuty]:
        if period.pk not in self.duties:
            duties = ReportingDuty.objects.of_plan(period.plan_id).tracked_on(period.end)
            duties = duties.filter(area__in=self.own_areas)
            self.duties[period.pk] = {(duty.indicator_id, duty.area_id): duty for duty in duties}
        return self.duties[period.pk]

    def _rows(self, period):
        return super()._rows(period).filter(area__in=self.own_areas)


class JudgementKind(ReportKind):
    model = Assessment
    key_fields, fillable_fields = Assessment.key_fields, Assessment.fillable_fields

    def area(self, key):
        return key[0].plan.top_area

    def must_be_due(self, key, period):
        super().must_be_due(key, period)
        if key[0].parent_id:
            raise Refused("“转变”不单独评价，请写在它所属的目标下。", "goal")


REPORT_KINDS: dict[type[Report], type[ReportKind]] = {kind.model: kind for kind in (ValueKind, JudgementKind)}


def _must_be_begun(version: int | None, *, is_published: bool):
    if is_published:
        raise Refused("这一期已发布。如有变化，请用“更正”，并写明理由。")
    if version is not None:
        raise Refused("这一条已不在填报中，请刷新后查看现在的状态。")


def _subject(key: tuple) -> Subject:
    return tuple(row.pk for row in key[:-1])
