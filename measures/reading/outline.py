"""The outline of a plan, by the headings of Chinese official documents (一、 > (一) > 1、 > 一是).

Offsets in this room are code points of the raw text, half-open [start, end).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

INDENT = "\u00a0 "
BLANK = "\u00a0"
NUMERALS = "一二三四五六七八九十"

ISSUE_DATE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
CHAPTER = re.compile(rf"([{NUMERALS}]+、)(.+)")
SECTION = re.compile(rf"(\([{NUMERALS}]+\))(.+)")
ITEM = re.compile(r"(\d+、)([^。]+)。")
SUBITEM = re.compile(rf"(?:^|(?<=。))([{NUMERALS}]是)")
SENTENCE_END = "。!?"


class OutlineError(ValueError):
    pass


@dataclass
class Node:
    """`start` to `end` includes all nodes below."""

    code: str
    parent: str | None
    kind: str
    start: int
    end: int
    number: str = ""
    heading_start: int | None = None
    heading_end: int | None = None
    body_start: int | None = None

    def heading(self, text: str) -> str:
        return "" if self.heading_start is None else text[self.heading_start : self.heading_end]


@dataclass(frozen=True)
class Block:
    start: int
    end: int


def parse(text: str) -> list[Node]:
    """Raises OutlineError if the notice, its date or the plan's title is missing."""
    blocks = paragraphs(text)
    first = _position(text, blocks, lambda words: words == "正文", "没有“正文”一行")
    dated = _position(text, blocks, ISSUE_DATE.fullmatch, "通知没有落款日期")
    if dated + 1 >= len(blocks) or first + 1 > dated:
        raise OutlineError("落款日期之后没有规划正文")
    title, notice, plan = blocks[0], blocks[first + 1], blocks[dated + 1]
    return [
        Node("ROOT", None, "document", 0, len(text), heading_start=title.start, heading_end=title.end),
        Node("HDR", "ROOT", "database_header", 0, blocks[first].end, "", blocks[1].start, blocks[1].end),
        Node("NOTICE", "ROOT", "notice", notice.start, blocks[dated].end, "", notice.start, notice.end),
        Node("PLAN", "ROOT", "plan", plan.start, len(text), "", plan.start, plan.end),
        *_body(text, blocks[dated + 2 :]),
    ]


def paragraphs(text: str) -> list[Block]:
    """After the line 正文, a line without indent continues the one before."""
    blocks: list[Block] = []
    at, in_body, open_paragraph = 0, False, False
    for line in text.split("\n"):
        end = at + len(line)
        indented = line.startswith(INDENT)
        if not line.strip(BLANK + " "):
            open_paragraph = False
        elif in_body and not indented and open_paragraph:
            blocks[-1] = Block(blocks[-1].start, end)
        else:
            blocks.append(Block(at + (len(INDENT) if indented else 0), end))
            open_paragraph = indented
        in_body = in_body or line == "正文"
        at = end + 1
    return blocks


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A line without a full stop is no sentence."""
    spans = []
    for block in paragraphs(text):
        at = max(start, block.start)
        for position in range(at, min(end, block.end)):
            if text[position] in SENTENCE_END:
                spans.append((at, position + 1))
                at = position + 1
    return spans


class TextSpan(Protocol):
    start: int
    end: int


AnySpan = TypeVar("AnySpan", bound=TextSpan)


def innermost(nodes: Sequence[AnySpan], start: int, end: int) -> AnySpan | None:
    """The nodes must be in reading order."""
    around = [node for node in nodes if node.start <= start and end <= node.end]
    return around[-1] if around else None


def own_texts(text: str, nodes: list[Node]) -> list[str]:
    """The text of a node ends at the next one."""
    ends = [node.start for node in nodes[1:]] + [len(text)]
    return [text[node.start : end] for node, end in zip(nodes, ends, strict=True)]


def _position(text: str, blocks: list[Block], fits: Callable[[str], object], fault: str) -> int:
    for index, block in enumerate(blocks):
        if fits(text[block.start : block.end]):
            return index
    raise OutlineError(fault)


def _body(text: str, blocks: list[Block]) -> list[Node]:
    nodes: list[Node] = []
    chapter = section = None
    counts = {"chapter": 0, "section": 0, "item": 0, "paragraph": 0}
    for block in blocks:
        words = text[block.start : block.end]
        if match := CHAPTER.fullmatch(words):
            counts = {"chapter": counts["chapter"] + 1, "section": 0, "item": 0, "paragraph": 0}
            chapter, section = _headed(str(counts["chapter"]), "PLAN", "chapter", block, match), None
            nodes.append(chapter)
        elif chapter and (match := SECTION.fullmatch(words)):
            counts |= {"section": counts["section"] + 1, "item": 0, "paragraph": 0}
            section = _headed(f"{chapter.code}.{counts['section']}", chapter.code, "section", block, match)
            nodes.append(section)
        elif section and (match := ITEM.match(words)):
            counts["item"] += 1
            item = _headed(f"{section.code}.{counts['item']}", section.code, "item", block, match)
            item.body_start = body_start = block.start + match.end()
            nodes += [item, *_subitems(text, item, body_start)]
        elif section:
            counts["paragraph"] += 1
            code = f"{section.code}.p{counts['paragraph']}"
            nodes.append(Node(code, section.code, "paragraph", block.start, block.end))
        elif chapter:
            nodes.append(Node(f"{chapter.code}.0", chapter.code, "intro", block.start, block.end))
        elif not (words.startswith("(") and words.endswith(")")):
            nodes.append(Node("PLAN.0", "PLAN", "preface", block.start, block.end))
        for ancestor in (chapter, section):
            if ancestor:
                ancestor.end = block.end
    return nodes


def _headed(code: str, parent: str, kind: str, block: Block, match: re.Match[str]) -> Node:
    heading = (block.start + match.start(2), block.start + match.end(2))
    return Node(code, parent, kind, block.start, block.end, match[1], *heading)


def _subitems(text: str, item: Node, body_start: int) -> list[Node]:
    marks = list(SUBITEM.finditer(text[body_start : item.end]))
    starts = [body_start + mark.start(1) for mark in marks]
    ends = [*starts[1:], item.end][: len(starts)]
    return [
        Node(
            f"{item.code}.{position}",
            item.code,
            "subitem",
            start,
            end,
            mark[1],
            body_start=start + len(mark[1]),
        )
        for position, (mark, start, end) in enumerate(zip(marks, starts, ends, strict=True), 1)
    ]
