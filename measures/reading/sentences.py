from functools import lru_cache

from measures.reading import outline

NESTED_QUOTES = str.maketrans("“”", "‘’")


# A page needs them for each quotation.
@lru_cache(maxsize=4)
def sentences(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(outline.sentences(text, 0, len(text)))


def sentence_at(text: str, place: int) -> tuple[int, int] | None:
    return next((span for span in sentences(text) if span[0] <= place < span[1]), None)


def sentence_around(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the sentence that contains a span; else its paragraph, else the span itself."""
    for first, last in sentences(text):
        if first <= start and end <= last:
            return first, last
    for block in outline.paragraphs(text):
        if block.start <= start and end <= block.end:
            return block.start, block.end
    return start, end


def parts(text: str, start: int, end: int) -> list[tuple[int, int, bool]]:
    """Split a span into its complete sentences (True) and the text between them (False)."""
    cut, at = [], start
    for first, last in sentences(text):
        if start <= first and last <= end:
            cut += [(at, first, False), (first, last, True)]
            at = last
    return [part for part in (*cut, (at, end, False)) if part[0] < part[1]]


def quoted(words: str) -> str:
    """Make inner quotation marks single (GB/T 15834)."""
    return words.translate(NESTED_QUOTES)
