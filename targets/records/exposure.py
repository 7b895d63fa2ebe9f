"""What the public sees of a table: a model's `exposures`, the row's own first, without `private_fields`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Exposure:
    """A row as the API record `type`/`code`.

    `code` lists the columns of its code (`indicator__code`); `only` maps columns to the value of public rows.
    With `is_part`, the row is a part of that record.
    """

    type: str
    code: Sequence[str]
    only: Mapping[str, str] = field(default_factory=dict)
    is_part: bool = False

    def as_part(self, path: str) -> "Exposure":
        """Return the exposure for a table whose column `path` refers to this one."""
        code = [f"{path}__{step}" for step in self.code]
        only = {f"{path}__{step}": value for step, value in self.only.items()}
        return Exposure(self.type, code, only, is_part=True)
