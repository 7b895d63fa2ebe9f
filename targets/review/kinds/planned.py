"""Baselines and definitions, checked by forms that the desk uses too."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from copy import copy
from functools import cached_property

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max

from targets.engine.quantities import plain
from targets.models import Area, Baseline, BaselineQuerySet, Indicator
from targets.records.history import Record
from targets.review.guards import Refused, must_be_tracked
from targets.review.kinds.kind import NOT_THERE, STALE, Entry, PlanKind, StoredRow
from targets.review.kinds.planned_forms import BaselineRowForm, DefinitionForm


class FormKind(PlanKind):
    """The version of a row is the id of the newest line of its history."""

    form: type[forms.ModelForm]

    @cached_property
    def versions(self) -> dict[int, int]:
        lines = self.model.history.order_by().values("id").annotate(last=Max("history_id"))
        return dict(lines.values_list("id", "last"))

    @abstractmethod
    def row(self, key: tuple) -> Record | None: ...

    @abstractmethod
    def new_row(self, key: tuple) -> Record: ...

    def check_key(self, key: tuple, row: Record | None):
        """Raises Refused for a row that staff may not enter."""

    def stored(self, key):
        row = self.row(key)
        return row and StoredRow(self.versions[row.pk], self._values_of(row))

    def filled(self, entry):
        row = self.row(entry.key)
        self.check_key(entry.key, row)
        self.must_be_editor()
        if row is None and entry.version is not None:
            raise Refused(NOT_THERE, "version")
        if row and entry.version != self.versions[row.pk]:
            raise Refused(STALE, "version")
        typed = {name: _as_typed(value) for name, value in self.whole(entry).items()}
        form = self.form(typed, instance=copy(row) if row else self.new_row(entry.key))
        if not form.is_valid():
            raise ValidationError(form.errors.as_data())
        return form.instance


class BaselineKind(FormKind):
    model = Baseline
    form = BaselineRowForm
    key_fields = ("indicator", "area")
    fillable_fields = ("value", "comparator", "basis", "year", "grade", "source", "note")

    def hold(self, entries):
        indicators, areas = zip(*(entry.key for entry in entries), strict=True)
        rows = self._rows().filter(indicator__in=indicators, area__in=areas)
        self.rows = _by_key(rows.select_for_update(of=("self",)).order_by("pk"))

    @cached_property
    def rows(self) -> dict[tuple[int, int], Baseline]:
        return _by_key(self._rows())

    @staticmethod
    def _rows() -> BaselineQuerySet:
        rows = Baseline.objects.of_all_plans()
        return rows.select_related("indicator__plan", "area", "entered_by")

    @staticmethod
    def areas_of(plan):
        return Area.objects.parts_at_baseline(plan)

    def row(self, key):
        indicator, area = key
        return self.rows.get((indicator.pk, area.pk))

    def new_row(self, key):
        indicator, area = key
        return Baseline(indicator=indicator, area=area, entered_by=self.by)

    def check_key(self, key, row):
        indicator, area = key
        if row and row.entered_by_id is None:
            raise Refused("这是据原文载入的基期值，不能改动。")
        must_be_tracked(indicator)
        if area.pk not in self.listed_areas(indicator.plan):
            raise Refused("请填本规划基期当时的县市区；后来更名、撤并的，填在当时的名下。", "area")


class DefinitionKind(FormKind):
    model = Indicator
    form = DefinitionForm
    key_fields = ("indicator",)
    fillable_fields = ("definition", "definition_source")

    def __init__(self, by, *, is_locking: bool = False):
        super().__init__(by, is_locking=is_locking)
        self.held: dict[int, Indicator] = {}

    def hold(self, entries: Sequence[Entry]):
        rows = Indicator.objects.of_all_plans().filter(pk__in=[entry.key[0].pk for entry in entries])
        rows = rows.select_for_update(of=("self",), no_key=True).order_by("pk")
        self.held = {row.pk: row for row in rows}

    def row(self, key):
        [indicator] = key
        return self.held.get(indicator.pk, indicator)

    def new_row(self, key):
        raise NotImplementedError("indicators come with the plan")


def _by_key(rows: Iterable[Baseline]) -> dict[tuple[int, int], Baseline]:
    return {(row.indicator_id, row.area_id): row for row in rows}


def _as_typed(value) -> str:
    if value is None:
        return ""
    return plain(value) if hasattr(value, "as_tuple") else str(value)
