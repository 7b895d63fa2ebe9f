"""What every kind of rows states, and how an entry is checked against what stands."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import Final, Literal, NamedTuple

from django.core.exceptions import ValidationError

from targets.records.history import ROWS_AT_ONCE, Record, written_by
from targets.review.guards import Refused

# What a sheet says of a row whose version is not the one in the database.
NOT_THERE = "库中没有这一行，请核对各代码是否改动过；要新增的，请把“版本”留空。"
STALE = "下载之后库中的内容已有变动，请重新下载、核对后再填。"

# The version of an entry that goes in whatever stands.
ANY_VERSION: Final = "any"

Fault = Refused | ValidationError


class Entry(NamedTuple):
    """A row as somebody brings it.

    `key` follows the kind's `key_fields`. `version` is that of the row which was shown, None where none was.
    """

    key: tuple
    version: int | Literal["any"] | None
    values: dict


class StoredRow(NamedTuple):
    """What stands in the database for an entry."""

    version: int
    values: dict


class Outcome(NamedTuple):
    """What becomes of an entry: which fields change, from which values, and why it is refused, if it is."""

    stored: StoredRow | None
    before: dict
    changed: list[str]
    fault: Fault | None = None


class Kind(ABC):
    """The rules of one kind of rows, for one user. What is read is kept, so each key is entered once.

    With `is_locking`, what `hold` names stays locked until the transaction ends.
    """

    model: type[Record]
    key_fields: tuple[str, ...]
    fillable_fields: tuple[str, ...]

    def __init__(self, by, *, is_locking: bool = False):
        self.by, self.is_locking = by, is_locking

    @abstractmethod
    def hold(self, entries: Sequence[Entry]):
        """Lock what the entries are about, always in one order."""

    @abstractmethod
    def stored(self, key: tuple) -> StoredRow | None:
        """What the user may see of what stands."""

    @abstractmethod
    def filled(self, entry: Entry) -> Record:
        """The row as it would be saved. Raises Refused and ValidationError by field."""

    def compare(self, entry: Entry) -> Outcome:
        stored = self.stored(entry.key)
        before = stored.values if stored else self._blank
        changed = [name for name, value in entry.values.items() if not _is_same(value, before[name])]
        return Outcome(stored, before, changed)

    def check(self, entry: Entry) -> Outcome:
        """An entry that changes nothing is not asked any rule."""
        outcome = self.compare(entry)
        return outcome._replace(fault=self._fault(entry)) if outcome.changed else outcome

    def save(self, rows: list):
        """Store what `filled` gave, with a line in the history for each."""
        new, stored = [row for row in rows if row.pk is None], [row for row in rows if row.pk]
        with written_by(self.by):
            self.model.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)
            self.model.objects.rewrite(stored)

    def _fault(self, entry: Entry) -> Fault | None:
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


def _is_same(one, other) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        # Spreadsheets and browsers have line breaks of their own.
        return (one or "").splitlines() == (other or "").splitlines()
    return one == other
