"""What many pages ask for, calculated once in each process for a state of the public data."""

from collections.abc import Callable, Hashable
from datetime import date
from threading import RLock
from typing import Any, TypeVar

from django.db import connection
from django.utils import timezone

from targets.models import Area, Plan
from targets.records import revision
from targets.standing.coverage import Coverage, coverage
from targets.standing.standings import Standings

T = TypeVar("T")


class _StateStore:
    """Holds what was read for the newest state of each plan; the first who asks reads, others wait."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._of_plan: dict[str, tuple[tuple | None, dict[Hashable, Any]]] = {}

    def get(self, plan: str, mark: tuple | None, key: Hashable, calculate: Callable[[], T]) -> T:
        with self._lock:
            held, values = self._of_plan.get(plan, (None, {}))
            if mark != held:
                values = {}
            self._of_plan[plan] = mark, values
            if key not in values:
                values[key] = calculate()
            return values[key]


_store = _StateStore()


def standings_at(plan: Plan, as_of: str, area: Area | None = None) -> Standings:
    """All areas and indicators; those of a dissolved `area` are read for it alone.

    Raises ValueError for an unreadable period, or one after the plan's end.
    """
    everything = _shared(
        plan, ("standings", plan.hides_internal), lambda: Standings(plan, str(plan.end_year))
    )
    if area is not None and area not in everything.areas:
        return Standings(plan, as_of, [area, everything.city])
    return everything.at(as_of)


def coverage_today(plan: Plan) -> dict[str, Coverage]:
    today: date = timezone.localdate()
    return _shared(plan, ("coverage", plan.hides_internal, today), lambda: coverage(plan, today))


def _shared(plan: Plan, key: Hashable, calculate: Callable[[], T]) -> T:
    """A transaction sees its own changes, which have no number yet: calculate for it alone."""
    if connection.in_atomic_block:
        return calculate()
    # The mark is queried first: the values may be newer than it, never older.
    return _store.get(plan.code, revision.mark(plan.code), key, calculate)
