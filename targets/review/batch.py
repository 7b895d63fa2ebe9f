"""The one way to enter rows."""

from collections.abc import Iterable, Iterator

from django.core.exceptions import ValidationError
from django.db import transaction

from targets.review.guards import Refused
from targets.review.kinds import Entry, Kind, Outcome
from targets.review.kinds.kind import Refusal


class NotWritten(Exception):
    """Nothing was written; `faults` are by the index of their entry."""

    def __init__(self, faults: dict[int, Refusal]):
        super().__init__(f"{len(faults)} entries refused")
        self.faults = faults


class Batch:
    """Entries of one kind that are written together; each key occurs once.

    A field that an entry leaves out stays as it is stored. Raises TypeError for a field that nobody fills in.
    """

    def __init__(self, kind: type[Kind], entries: Iterable[Entry], *, by):
        self.kind, self.entries, self.by = kind, list(entries), by
        if len({entry.key for entry in self.entries}) < len(self.entries):
            raise ValueError("two entries have the same key")
        for entry in self.entries:
            if unknown := entry.values.keys() - set(kind.fillable_fields):
                raise TypeError(f"nobody fills in {sorted(unknown)}")

    def check(self) -> Iterator[Outcome]:
        """What would become of each entry, one at a time."""
        return map(self.kind(self.by).check, self.entries)

    @transaction.atomic
    def write(self, *, only_changes: bool = False) -> list:
        """Write the entries and return their rows, or raise NotWritten."""
        if not self.entries:
            return []
        kind = self.kind(self.by, is_locking=True)
        kind.hold(self.entries)
        rows, faults = [], {}
        for index, entry in enumerate(self.entries):
            if only_changes and not kind.compare(entry).changed:
                continue
            try:
                rows.append(kind.filled(entry))
            except (Refused, ValidationError) as fault:
                faults[index] = fault
        if faults:
            raise NotWritten(faults)
        kind.save(rows)
        return rows
