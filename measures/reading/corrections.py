"""The place of a correction, from words that staff copied."""

from measures.reading.text_search import find


class PlaceError(ValueError):
    """`field` is the input to change."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


def joined(words: str) -> str:
    return "".join(words.splitlines())


def place_of(text: str, words: str, context: str = "") -> tuple[int, int]:
    """Raises PlaceError unless the words have exactly one place in the context."""
    spans = find(text, joined(words))
    if not spans:
        message = f"原文中没有“{words}”。请照原文逐字抄写，不跨段落；句中的换行不影响查找，不必照抄。"
        raise PlaceError("as_printed", message)
    if context:
        passages = find(text, joined(context))
        if not passages:
            raise PlaceError("context", "原文中没有这段话。请照原文逐字抄写，不跨段落。")
        spans = [(start, end) for start, end in spans if any(a <= start and end <= b for a, b in passages)]
    if not spans:
        raise PlaceError("context", f"这段话里没有“{words}”。请连同这几个字一起照抄。")
    if len(spans) > 1:
        message = f"“{words}”有 {len(spans)} 处。请在此抄一段只含其中一处的原文，多抄几个前后的字。"
        raise PlaceError("context", message)
    return spans[0]
