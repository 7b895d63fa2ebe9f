"""What the public sees of a table: a model's `exposures`, the row's own first, without `private_fields`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Exposure:
    """A row as the API record `type`/`code`, or, with `is_part`, as a part of it.

    `code` lists columns (`indicator__code`), of which those of `optional` may be empty; `only` maps columns
    to their value in public rows.
    """

    type: str
    code: Sequence[str]
    only: Mapping[str, str] = field(default_factory=dict)
    is_part: bool = False
    optional: Sequence[str] = ()

    def as_part(self, path: str) -> "Exposure":
        """For a table whose column `path` refers to this one."""
        code = [f"{path}__{step}" for step in self.code]
        only = {f"{path}__{step}": value for step, value in self.only.items()}
        optional = [f"{path}__{step}" for step in self.optional]
        return Exposure(self.type, code, only, is_part=True, optional=optional)
