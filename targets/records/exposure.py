"""What of a table the public sees, so that the database itself can tell when that changes.

A model lists its `exposures`, first that of the row itself where the API lists such rows; `change_triggers`
makes triggers of them. A write to one of its `private_fields` is no public change. The table of a plain
many-to-many field is a part of both its ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Exposure:
    """A row of the table as the record `type`/`code` of the API.

    `code` lists the paths to the columns that make up the record's code: `indicator__code`. `only` says
    which rows are public at all, by the one value that a path must have; a row whose code leads nowhere is
    not. With `is_part` the row is seen as a part of another record, which stays when the row goes.
    """

    type: str
    code: Sequence[str]
    only: Mapping[str, str] = field(default_factory=dict)
    is_part: bool = False

    def as_part(self, path: str) -> "Exposure":
        """The exposure as it is seen from a table of parts, of which the column `path` names the whole."""
        code = [f"{path}__{step}" for step in self.code]
        only = {f"{path}__{step}": value for step, value in self.only.items()}
        return Exposure(self.type, code, only, is_part=True)
