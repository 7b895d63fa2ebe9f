"""The one way to enter rows."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction

from targets.records.history import Record
from targets.review.guards import Refused
from targets.review.kinds import Entry, Kind, Outcome
from targets.review.kinds.kind import Refusal


class NotWritten(Exception):
    """Nothing was written; `faults` are by the index of their entry."""

    def __init__(self, faults: dict[int, Refusal]):
        super().__init__(f"{len(faults)} entries refused")
        self.faults = faults


class Batch:
    """Entries of one kind that are written together; each key occurs once."""

    def __init__(self, kind: type[Kind], entries: Iterable[Entry], *, by):
        self.kind, self.entries, self.by = kind, list(entries), by

    def check(self) -> list[Outcome]:
        kind = self.kind(self.by)
        return [kind.check(entry) for entry in self.entries]

    @transaction.atomic
    def write(self) -> list[Record]:
        """Write all entries, even if they change nothing, or raise NotWritten."""
        if not self.entries:
            return []
        kind = self.kind(self.by, is_locking=True)
        kind.hold(self.entries)
        rows, faults = [], {}
        for index, entry in enumerate(self.entries):
            try:
                rows.append(kind.filled(entry))
            except (Refused, ValidationError) as fault:
                faults[index] = fault
        if faults:
            raise NotWritten(faults)
        kind.save(rows)
        return rows
