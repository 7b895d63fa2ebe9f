"""Places of words in a drawing: never overlapping, never cut off."""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple
from unicodedata import east_asian_width

# Shares of the font size; digits are narrower in all fonts of the pages.
WIDE, NARROW = 1, 0.62
ABOVE, BELOW = 0.9, 0.25


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def lies_in(self, other: "Box") -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


class Label(NamedTuple):
    """Words centred on `x` with the baseline `y`."""

    x: float
    y: float
    text: str
    kind: str = ""
    size: int = 12

    @property
    def is_value(self) -> bool:
        return self.kind == "value"

    @property
    def is_target(self) -> bool:
        return self.kind == "target"

    @property
    def box(self) -> Box:
        half = width(self.text, self.size) / 2
        return Box(self.x - half, self.y - ABOVE * self.size, self.x + half, self.y + BELOW * self.size)

    @property
    def ground(self) -> dict[str, float]:
        """The rectangle that hides lines behind the words."""
        box = self.box
        sizes = {"x": box.left, "y": box.top, "width": box.right - box.left, "height": box.bottom - box.top}
        return {name: round(value, 1) for name, value in sizes.items()}


def width(text: str, size: float) -> float:
    """An upper estimate."""
    return sum(WIDE if east_asian_width(char) in "WFA" else NARROW for char in text) * size


def around(x: float, y: float, size: float) -> Box:
    return Box(x - size, y - size, x + size, y + size)


def placed(wanted: Iterable[Label], frame: Box, marks: Iterable[Box]) -> list[Label]:
    """Each label at the first free place around its mark; those without one are left out.

    `wanted` stand on their marks, the most important first.
    """
    taken, labels = list(marks), []
    for label in wanted:
        for place in _places(label):
            if place.box.lies_in(frame) and not any(place.box.overlaps(box) for box in taken):
                labels.append(place)
                taken.append(place.box)
                break
    return sorted(labels)


def _places(label: Label) -> Iterable[Label]:
    size = label.size
    aside = width(label.text, size) / 2 + 8
    level = label.y + 0.35 * size
    shifts = [
        (0, label.y - 11),
        (0, label.y + size + 7),
        (aside, level),
        (-aside, level),
        (aside, label.y - 11),
        (-aside, label.y - 11),
        (aside, label.y + size + 7),
        (0, label.y - 13 - 1.2 * size),
        (0, label.y + 9 + 2.2 * size),
    ]
    return (label._replace(x=round(label.x + dx, 1), y=round(y, 1)) for dx, y in shifts)


def thinned(labels: list[Label], gap: float = 6) -> list[Label]:
    """Every label, or every second, third… so that none touch."""
    kept: list[Label] = []
    for step in range(1, len(labels) + 1):
        kept = labels[::-1][::step][::-1]
        if all(left.box.right + gap <= right.box.left for left, right in pairwise(kept)):
            break
    return kept


def wrapped(text: str, size: float, room: float) -> list[str]:
    lines = [""]
    for word in _unbroken(text):
        if lines[-1] and width(lines[-1] + word.rstrip(), size) > room:
            lines.append("")
        lines[-1] += word
    return [line.strip() for line in lines]


def _unbroken(text: str) -> list[str]:
    """Chinese breaks after every character, Latin words do not."""
    pieces = [""]
    for char in text:
        breaks = east_asian_width(char) in "WFA"
        if breaks or (pieces[-1] and (pieces[-1][-1] == " " or east_asian_width(pieces[-1][-1]) in "WFA")):
            pieces.append("")
        pieces[-1] += char
    return pieces
