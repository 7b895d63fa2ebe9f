"""Long lists by the page."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property


class CappedPaginator(Paginator):
    """Counts so far only as anybody pages: to count a long table in full costs more than to show it."""

    CAP = 10_000

    @property
    def is_capped(self) -> bool:
        """There may be more, which no page shows: the reader has to narrow the list."""
        return self.count >= self.CAP

    @cached_property
    def count(self):
        # In the order of the list, PostgreSQL would walk through far more rows to find that many.
        return self.object_list.order_by()[: self.CAP].count()
