"""What every kind of rows states."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Final, Literal, NamedTuple

from django.core.exceptions import ValidationError

from targets.models import Area, AreaQuerySet, Plan
from targets.records.history import ROWS_AT_ONCE, Record, written_by
from targets.review import roles
from targets.review.guards import Refused, faults_by_field, must_have

NOT_THERE = "库中没有这一行，请核对各代码是否改动过；要新增的，请把“版本”留空。"
STALE = "下载之后库中的内容已有变动，请重新下载、核对后再填。"

# Accepted whatever is stored.
ANY_VERSION: Final = "any"

Refusal = Refused | ValidationError


class Entry(NamedTuple):
    """`version` is that of the row which the user saw, None if there was none.

    `values` are by field; a field that is left out stays as it is.
    """

    key: tuple
    version: int | Literal["any"] | None
    values: dict


class StoredRow(NamedTuple):
    version: int
    values: dict


class Outcome(NamedTuple):
    """What an entry would change, or why it is refused."""

    stored: StoredRow | None
    before: dict
    changed: list[str]
    fault: Refusal | None = None

    @property
    def faults(self) -> dict[str, list[str]]:
        """The sentences by field; "" for the row as a whole."""
        return faults_by_field(self.fault) if self.fault else {}


class Kind(ABC):
    """The rules of one kind of rows for one user. An instance takes each key once."""

    model: type[Record]
    key_fields: tuple[str, ...]
    fillable_fields: tuple[str, ...]

    def __init__(self, by, *, is_locking: bool = False):
        self.by, self.is_locking = by, is_locking

    @abstractmethod
    def hold(self, entries: Sequence[Entry]):
        """Lock and read what the entries need, always in one order."""

    @abstractmethod
    def stored(self, key: tuple) -> StoredRow | None:
        """What the user may see of the stored row."""

    @abstractmethod
    def filled(self, entry: Entry) -> Record:
        """The row as it would be saved. Raises Refused and ValidationError by field."""

    def compare(self, entry: Entry) -> Outcome:
        stored = self.stored(entry.key)
        before = stored.values if stored else self._blank
        changed = [name for name, value in entry.values.items() if not _is_same(value, before[name])]
        return Outcome(stored, before, changed)

    def whole(self, entry: Entry) -> dict:
        """The values of an entry, and what is stored of the fields that it leaves out."""
        stored = self.stored(entry.key)
        return {**(stored.values if stored else self._blank), **entry.values}

    def check(self, entry: Entry) -> Outcome:
        """The rules apply only to an entry that changes something."""
        outcome = self.compare(entry)
        return outcome._replace(fault=self._fault(entry)) if outcome.changed else outcome

    def save(self, rows: list):
        new, stored = [row for row in rows if row.pk is None], [row for row in rows if row.pk]
        with written_by(self.by):
            self.model.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)
            self.model.objects.rewrite(stored)

    def _fault(self, entry: Entry) -> Refusal | None:
        try:
            self.filled(entry)
        except (Refused, ValidationError) as fault:
            return fault
        return None

    @cached_property
    def _blank(self) -> dict:
        return self._values_of(self.model())

    def _values_of(self, row: Record) -> dict:
        return {name: getattr(row, name) for name in self.fillable_fields}


class PlanKind(Kind):
    """What the plan's editor enters."""

    def __init__(self, by, *, is_locking: bool = False):
        super().__init__(by, is_locking=is_locking)
        self._areas: dict[str, set[int]] = {}

    def listed_areas(self, plan: Plan) -> set[int]:
        """The ids of the areas that a row of the plan may name; read once for each plan."""
        if plan.code not in self._areas:
            self._areas[plan.code] = set(self.areas_of(plan).order_by().values_list("pk", flat=True))
        return self._areas[plan.code]

    @staticmethod
    def areas_of(plan: Plan) -> AreaQuerySet:
        return Area.objects.of_plan(plan)

    @cached_property
    def is_editor(self) -> bool:
        return roles.has(self.by, roles.Role.PLAN_EDITOR)

    def must_be_editor(self):
        if not self.is_editor:
            must_have(self.by, roles.Role.PLAN_EDITOR)


def _is_same(one, other) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        # Spreadsheets and browsers have line breaks of their own.
        return (one or "").splitlines() == (other or "").splitlines()
    return one == other
