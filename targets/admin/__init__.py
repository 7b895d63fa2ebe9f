"""The desk's lists and rows, a file a subject; its pages of work are `targets.desk`."""

from targets.admin import plan, reports
from targets.admin.rows import (
    MISSING,
    CheckedLookups,
    ReadOnlyAdmin,
    StaffRowsAdmin,
    passage,
    quotations,
    row_link,
)

__all__ = [
    "MISSING",
    "CheckedLookups",
    "ReadOnlyAdmin",
    "StaffRowsAdmin",
    "passage",
    "plan",
    "quotations",
    "reports",
    "row_link",
]
