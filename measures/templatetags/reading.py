"""The plan's own words in a page, exactly as printed and marked.

Built here and not in templates, where every line break of the template would enter the text.
"""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from measures import outline, reading
from measures.models import Citation, Section, SectionKind

register = template.Library()

# Kept in the page, so that it holds the text to the letter, but not shown: breaks and indents.
HIDDEN = '<span class="as-printed">{}</span>'
CORRECTION = '<span class="correction" id="{}"><del>{}</del><ins>{}</ins></span>'
# What may well be meant as printed is not struck out.
DOUBT = '<span class="correction" id="{}"><span>{}</span><ins>〔疑作“{}”〕</ins></span>'
HEADING_LEVELS = {SectionKind.CHAPTER: 3, SectionKind.SECTION: 4, SectionKind.ITEM: 5}


@register.simple_tag
def section_text(section: Section, text: str, marks, edits) -> str:
    """A section's own words, a block a paragraph. Without the markup it is the text to the letter."""
    blocks = [block for block in outline.paragraphs(text) if block.end > section.start]
    html, at = [], section.start
    for block in blocks:
        start, end = max(block.start, section.start), min(block.end, section.own_end)
        if start >= section.own_end:
            break
        html += [_between(text[at:start]), _paragraph(section, text, start, end, marks, edits)]
        at = end
    html.append(_between(text[at : section.own_end]))
    return format_html_join("", "{}", ((part,) for part in html))


def _between(words: str) -> str:
    return format_html(HIDDEN, words) if words else ""


def _paragraph(section: Section, text: str, start: int, end: int, marks, edits) -> str:
    """A heading line, a run-in heading with its paragraph, or a plain paragraph."""
    if section.heading_start is None or not start <= section.heading_start < end:
        return format_html("<p>{}</p>", _words(text, start, end, marks, edits))
    heading_end = section.words_start
    level = HEADING_LEVELS.get(section.kind, 2)
    heading = format_html("<h{0}>{1}</h{0}>", level, _words(text, start, min(heading_end, end), marks, edits))
    if heading_end >= end:
        return heading
    return format_html(
        '<div class="run-in">{}{}</div>', heading, _words(text, heading_end, end, marks, edits)
    )


def _words(text: str, start: int, end: int, marks, edits) -> str:
    cut = reading.pieces(text, start, end, marks, edits)
    return format_html_join("", "{}", ((_piece(piece),) for piece in cut))


def _piece(piece: reading.Piece) -> str:
    words = _soft_breaks(piece.text)
    if piece.edit:
        words = format_html(
            DOUBT if piece.edit.is_doubt else CORRECTION,
            piece.edit.code,
            words,
            piece.edit.suggested or "（删）",
        )
    if piece.mark:
        words = format_html(
            '<a class="{}" href="{}" title="{}">{}</a>',
            piece.mark.css,
            piece.mark.href,
            piece.mark.title,
            words,
        )
    return words


def _soft_breaks(words: str) -> str:
    """A break inside a sentence would show as a space between two Chinese characters."""
    return format_html_join(
        mark_safe('<span class="as-printed">\n</span>'), "{}", ((part,) for part in words.split("\n"))
    )


@register.simple_tag
def in_context(citation: Citation) -> str:
    """The sentence that a quotation stands in, the quotation marked. Reads `citation.source`: prefetch it."""
    text = citation.source.text
    start, end = reading.sentence_around(text, citation.start, citation.end)
    before, quote, after = text[start : citation.start], citation.quote, text[citation.end : end]
    return format_html("{}<mark>{}</mark>{}", *(part.replace("\n", "") for part in (before, quote, after)))


@register.simple_tag
def hit_in_context(text: str, start: int, end: int) -> str:
    """The sentence around a search hit, the hit marked."""
    first, last = reading.sentence_around(text, start, end)
    parts = (text[first:start], text[start:end], text[end:last])
    return format_html("{}<mark>{}</mark>{}", *(part.replace("\n", "") for part in parts))
