"""A chart as a file of its own, with a title above and its sources below."""

from collections.abc import Iterable
from typing import NamedTuple

from targets.engine.charts.lettering import wrapped
from targets.engine.charts.series import Chart

MARGIN, TITLE_SIZE, NOTE_SIZE = 14, 16, 11
TITLE_LINE, NOTE_LINE = 24, 17


class TextLine(NamedTuple):
    y: float
    text: str


class ChartFile(NamedTuple):
    """`offset` is the top of the chart."""

    title: list[TextLine]
    notes: list[TextLine]
    offset: int
    width: int
    height: int
    margin: int = MARGIN
    title_size: int = TITLE_SIZE
    note_size: int = NOTE_SIZE


def drawing(chart: Chart, title: str, notes: Iterable[str]) -> ChartFile:
    room = chart.width - 2 * MARGIN
    title_lines = wrapped(title, TITLE_SIZE, room)
    note_lines = [line for note in notes for line in wrapped(note, NOTE_SIZE, room)]
    offset = len(title_lines) * TITLE_LINE + MARGIN
    foot = offset + chart.height
    return ChartFile(
        [TextLine(TITLE_LINE * place, text) for place, text in enumerate(title_lines, 1)],
        [TextLine(foot + NOTE_LINE * place, text) for place, text in enumerate(note_lines, 1)],
        offset,
        chart.width,
        foot + NOTE_LINE * len(note_lines) + MARGIN,
    )
