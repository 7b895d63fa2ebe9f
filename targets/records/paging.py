from django.core.paginator import Paginator
from django.utils.functional import cached_property


class CappedPaginator(Paginator):
    """A full count costs more than the page."""

    CAP = 10_000

    @property
    def is_capped(self) -> bool:
        return self.count >= self.CAP

    @cached_property
    def count(self):
        # With an order, PostgreSQL reads far more rows.
        return self.object_list.order_by()[: self.CAP].count()
