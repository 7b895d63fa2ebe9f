"""The plan's text as HTML. Without its markup it is the stored text exactly."""

from typing import NamedTuple

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from measures.models import Citation, Section, SectionKind
from measures.reading import marking, outline, sentences, text_search
from measures.reading.layers import Edit

register = template.Library()

# Line breaks and indents, hidden by the style sheet.
HIDDEN = '<span class="as-printed">{}</span>'
CORRECTION = '<span class="correction" id="{}"><del>{}</del><ins>{}</ins></span>'
DOUBT = '<span class="correction" id="{}"><span>{}</span><ins>〔疑作“{}”〕</ins></span>'
SLIP = '<span class="slip" id="{}">{}</span>'
# Their signs come from the style sheet: no character may enter the text.
NOTE = '<a class="note-mark" href="#note-{}" data-number="{}" aria-label="{}" title="{}"></a>'
PERMALINK = '<a class="permalink" href="#c{}" aria-label="链接到本句：{}…" title="链接到本句"></a>'
SENTENCE = '<span class="sentence" id="c{}">{}{}</span>'
HEADING_LEVELS = {SectionKind.CHAPTER: 3, SectionKind.SECTION: 4, SectionKind.ITEM: 5}


class MarkedText(NamedTuple):
    text: str
    marks: list[marking.Mark]
    edits: list[Edit]
    is_corrected: bool
    keep: str


@register.filter
def keeping(address: str, keep: str) -> str:
    path, mark, fragment = address.partition("#")
    return f"{path}{keep.replace('?', '&', 1) if '?' in path else keep}{mark}{fragment}"


@register.simple_tag(takes_context=True)
def section_text(context, section: Section, text: str, marks, edits, is_corrected: bool) -> str:
    """The section without its subsections, one block element per paragraph."""
    marked_text = MarkedText(text, marks, edits, is_corrected, context.get("keep", ""))
    blocks = [block for block in outline.paragraphs(text) if block.end > section.start]
    html, position = [], section.start
    for block in blocks:
        start, end = max(block.start, section.start), min(block.end, section.own_end)
        if start >= section.own_end:
            break
        html += [_between(text[position:start]), _paragraph(section, marked_text, start, end)]
        position = end
    html.append(_between(text[position : section.own_end]))
    return _joined(html)


def _joined(html) -> str:
    return format_html_join("", "{}", ((part,) for part in html))


def _between(words: str) -> str:
    return format_html(HIDDEN, words) if words else ""


def _paragraph(section: Section, marked_text: MarkedText, start: int, end: int) -> str:
    if section.heading_start is None or not start <= section.heading_start < end:
        return format_html("<p>{}</p>", _sentences(marked_text, start, end))
    heading_end = section.words_start
    level = HEADING_LEVELS.get(SectionKind(section.kind), 2)
    words = _sentences(marked_text, start, min(heading_end, end), with_permalinks=False)
    heading = format_html("<h{0}>{1}</h{0}>", level, words)
    if heading_end >= end:
        return heading
    return format_html('<div class="run-in">{}{}</div>', heading, _sentences(marked_text, heading_end, end))


def _sentences(marked_text: MarkedText, start: int, end: int, *, with_permalinks: bool = True) -> str:
    """One element per sentence, with a link to itself.

    Headings get no link: it would become part of their accessible name.
    """
    html = []
    for first, last, is_sentence in sentences.parts(marked_text.text, start, end):
        words = _words(marked_text, first, last)
        opening = marked_text.text[first : first + 8].replace("\n", "")
        link = format_html(PERMALINK, first, opening) if with_permalinks else ""
        html.append(format_html(SENTENCE, first, words, link) if is_sentence else words)
    return _joined(html)


def _words(marked_text: MarkedText, start: int, end: int) -> str:
    text, marks, edits = marked_text.text, marked_text.marks, marked_text.edits
    pieces = marking.pieces(text, start, end, marks, edits)
    return _joined(_piece(piece, marked_text) for piece in pieces)


def _piece(piece: marking.Piece, marked_text: MarkedText) -> str:
    words = _soft_breaks(piece.text)
    if piece.edit:
        words = _edited(words, piece.edit, marked_text.is_corrected)
    if piece.mark:
        words = format_html(
            '<a class="{}" href="{}" title="{}">{}</a>',
            piece.mark.css,
            keeping(piece.mark.href, marked_text.keep),
            piece.mark.title,
            words,
        )
    return format_html("{}{}", words, _note(piece.edit)) if piece.edit else words


def _edited(words: str, edit: Edit, is_corrected: bool) -> str:
    if not is_corrected:
        return format_html(SLIP, edit.code, words)
    return format_html(DOUBT if edit.is_doubt else CORRECTION, edit.code, words, edit.suggested or "（删）")


def _note(edit: Edit) -> str:
    advice = f"建议读作“{edit.suggested}”" if edit.suggested else "建议删去"
    label = f"勘误{edit.number}（非原文）：{'疑误，' if edit.is_doubt else ''}{advice}。"
    return format_html(NOTE, edit.code, edit.number, label, edit.reason)


def _soft_breaks(words: str) -> str:
    """Hide line breaks, which browsers show as blanks between Chinese characters."""
    return format_html_join(
        mark_safe('<span class="as-printed">\n</span>'), "{}", ((part,) for part in words.split("\n"))
    )


@register.simple_tag
def in_context(citation: Citation) -> str:
    """The sentence around a quotation. Needs `citation.source` prefetched."""
    text = citation.source.text
    span = sentences.sentence_around(text, citation.start, citation.end)
    return marked(text_search.runs(text, *span, [(citation.start, citation.end)]))


@register.simple_tag
def marked(runs: list[text_search.TextRun]) -> str:
    return _joined(format_html("<mark>{}</mark>", words) if is_hit else words for words, is_hit in runs)
