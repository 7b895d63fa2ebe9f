"""The plan's own words in a page, exactly as printed and marked.

Built here and not in templates, where every line break of the template would enter the text.
"""

from typing import NamedTuple

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from measures.models import Citation, Section, SectionKind
from measures.reading import marking, outline, sentences, text_search
from measures.reading.layers import Edit

register = template.Library()

# Kept in the page, so that it holds the text to the letter, but not shown: breaks and indents.
HIDDEN = '<span class="as-printed">{}</span>'
CORRECTION = '<span class="correction" id="{}"><del>{}</del><ins>{}</ins></span>'
# What may well be meant as printed is not struck out.
DOUBT = '<span class="correction" id="{}"><span>{}</span><ins>〔疑作“{}”〕</ins></span>'
SLIP = '<span class="slip" id="{}">{}</span>'
# What a reader sees of the two comes from the style sheet: no character may enter the text.
NOTE = '<a class="note-mark" href="#note-{}" data-number="{}" aria-label="{}" title="{}"></a>'
PERMALINK = '<a class="permalink" href="#c{}" aria-label="链接到本句：{}…" title="链接到本句"></a>'
SENTENCE = '<span class="sentence" id="c{}">{}{}</span>'
HEADING_LEVELS = {SectionKind.CHAPTER: 3, SectionKind.SECTION: 4, SectionKind.ITEM: 5}


class Setting(NamedTuple):
    """The text and all that is shown on it: the same for each of its sections."""

    text: str
    marks: list[marking.Mark]
    edits: list[Edit]
    is_corrected: bool
    keep: str


@register.filter
def keeping(address: str, keep: str) -> str:
    """An address with the query string of what a reader chose, in front of any fragment."""
    path, mark, fragment = address.partition("#")
    return f"{path}{keep.replace('?', '&', 1) if '?' in path else keep}{mark}{fragment}"


@register.simple_tag(takes_context=True)
def section_text(context, section: Section, text: str, marks, edits, is_corrected: bool) -> str:
    """A section's own words, a block a paragraph. Without the markup it is the text to the letter."""
    setting = Setting(text, marks, edits, is_corrected, context.get("keep", ""))
    blocks = [block for block in outline.paragraphs(text) if block.end > section.start]
    html, at = [], section.start
    for block in blocks:
        start, end = max(block.start, section.start), min(block.end, section.own_end)
        if start >= section.own_end:
            break
        html += [_between(text[at:start]), _paragraph(section, setting, start, end)]
        at = end
    html.append(_between(text[at : section.own_end]))
    return _joined(html)


def _joined(html) -> str:
    return format_html_join("", "{}", ((part,) for part in html))


def _between(words: str) -> str:
    return format_html(HIDDEN, words) if words else ""


def _paragraph(section: Section, setting: Setting, start: int, end: int) -> str:
    """A heading line, a run-in heading with its paragraph, or a plain paragraph."""
    if section.heading_start is None or not start <= section.heading_start < end:
        return format_html("<p>{}</p>", _sentences(setting, start, end))
    heading_end = section.words_start
    level = HEADING_LEVELS.get(section.kind, 2)
    words = _sentences(setting, start, min(heading_end, end), with_permalinks=False)
    heading = format_html("<h{0}>{1}</h{0}>", level, words)
    if heading_end >= end:
        return heading
    return format_html('<div class="run-in">{}{}</div>', heading, _sentences(setting, heading_end, end))


def _sentences(setting: Setting, start: int, end: int, *, with_permalinks: bool = True) -> str:
    """Each sentence in an element of its own, named by its place in the text, with a link to itself.

    Not in headings: their section has an address, and what names a heading should be its words alone.
    """
    html = []
    for first, last, is_sentence in sentences.parts(setting.text, start, end):
        words = _words(setting, first, last)
        opening = setting.text[first : first + 8].replace("\n", "")
        link = format_html(PERMALINK, first, opening) if with_permalinks else ""
        html.append(format_html(SENTENCE, first, words, link) if is_sentence else words)
    return _joined(html)


def _words(setting: Setting, start: int, end: int) -> str:
    cut = marking.pieces(setting.text, start, end, setting.marks, setting.edits)
    return _joined(_piece(piece, setting) for piece in cut)


def _piece(piece: marking.Piece, setting: Setting) -> str:
    words = _soft_breaks(piece.text)
    if piece.edit:
        words = _corrected(words, piece.edit) if setting.is_corrected else _slip(words, piece.edit)
    if piece.mark:
        words = format_html(
            '<a class="{}" href="{}" title="{}">{}</a>',
            piece.mark.css,
            keeping(piece.mark.href, setting.keep),
            piece.mark.title,
            words,
        )
    return format_html("{}{}", words, _note(piece)) if piece.edit else words


def _corrected(words: str, edit: Edit) -> str:
    return format_html(DOUBT if edit.is_doubt else CORRECTION, edit.code, words, edit.suggested or "（删）")


def _slip(words: str, edit: Edit) -> str:
    return format_html(SLIP, edit.code, words)


def _note(piece: marking.Piece) -> str:
    """The numbered mark that leads to the reason, which it also tells on the spot."""
    edit = piece.edit
    advice = f"建议读作“{edit.suggested}”" if edit.suggested else "建议删去"
    said = f"勘误{edit.number}（非原文）：{'疑误，' if edit.is_doubt else ''}{advice}。"
    return format_html(NOTE, edit.code, edit.number, said, edit.reason)


def _soft_breaks(words: str) -> str:
    """A break inside a sentence would show as a space between two Chinese characters."""
    return format_html_join(
        mark_safe('<span class="as-printed">\n</span>'), "{}", ((part,) for part in words.split("\n"))
    )


@register.simple_tag
def in_context(citation: Citation) -> str:
    """The sentence that a quotation stands in, the quotation marked. Reads `citation.source`: prefetch it."""
    text = citation.source.text
    place = sentences.sentence_around(text, citation.start, citation.end)
    return marked(text_search.runs(text, *place, [(citation.start, citation.end)]))


@register.simple_tag
def marked(runs: list[text_search.TextRun]) -> str:
    """Words with what was looked for marked."""
    return _joined(format_html("<mark>{}</mark>", words) if is_hit else words for words, is_hit in runs)
