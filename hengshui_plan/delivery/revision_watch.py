from collections.abc import Callable
from math import inf
from threading import Lock
from time import monotonic

from django.db import Error

from hengshui_plan.delivery import release

Answered = tuple[float, tuple | None]
NEVER: Answered = (-inf, None)
MOST_PLANS = 1000


class RevisionWatch:
    """Queries `release.state(plan)`, and reuses the result for `interval` seconds or until `expire()`."""

    def __init__(self, interval: float = 0.1, clock: Callable[[], float] = monotonic):
        self._interval, self._clock = interval, clock
        self._lock = Lock()
        self._expired_at = -inf
        # By plan, start and result of the last query: one tuple, since threads read it without the lock.
        self._last: dict[str | None, Answered] = {}

    def expire(self):
        """Reject the results of all queries that began before now."""
        self._expired_at = self._clock()

    def state(self, plan: str | None = None) -> tuple | None:
        """Return None if the database cannot be queried."""
        called_at = self._clock()
        began, state = self._last.get(plan, NEVER)
        if self._is_fresh(began, called_at):
            return state
        with self._lock:
            # The thread before may have made the query.
            began, state = self._last.get(plan, NEVER)
            if not self._is_fresh(began, called_at):
                # Before the query: it may miss later commits.
                began = self._clock()
                state = self._query(plan)
                if len(self._last) >= MOST_PLANS:
                    # Addresses may name any plan.
                    self._last.clear()
                self._last[plan] = began, state
            return state

    def _is_fresh(self, began: float, called_at: float) -> bool:
        return began > called_at - self._interval and began > self._expired_at

    def _query(self, plan: str | None) -> tuple | None:
        try:
            return release.state(plan)
        except Error:
            return None
