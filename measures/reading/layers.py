"""The text without line breaks, as printed or as corrected."""

from collections.abc import Iterable
from typing import NamedTuple

from measures.reading import outline


class Edit(NamedTuple):
    """A correction; `number` and `reason` are those of its footnote."""

    start: int
    end: int
    suggested: str
    code: str = ""
    is_doubt: bool = False
    number: int = 0
    reason: str = ""


class Layer(NamedTuple):
    """`spans[i]` is the raw span that `words[i]` stands for."""

    words: str
    spans: list[tuple[int, int]]

    def words_between(self, start: int, end: int) -> str:
        pairs = zip(self.words, self.spans, strict=True)
        return "".join(word for word, (first, last) in pairs if start <= first and last <= end)


def layer(text: str, edits: Iterable[Edit] = ()) -> Layer:
    by_start = {edit.start: edit for edit in edits}
    words, spans = [], []
    for block in outline.paragraphs(text):
        at = block.start
        while at < block.end:
            edit = by_start.get(at)
            end, shown = (edit.end, edit.suggested) if edit else (at + 1, text[at].replace("\n", ""))
            words.append(shown)
            spans += [(at, end)] * len(shown)
            at = end
        words.append("\n")
        spans.append((block.end, block.end))
    return Layer("".join(words), spans)
