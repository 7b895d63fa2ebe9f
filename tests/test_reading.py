"""The text as people read it: joined, corrected, searched, marked; plain values without a database."""

import pytest

from measures.reading import outline, sentences, text_search
from measures.reading.layers import Edit
from measures.reading.marking import Mark, Piece, pieces
from measures.reading.text_search import Hit, SearchableText
from tests.database import FIXTURES

pytestmark = pytest.mark.one_database

TEXT = (FIXTURES / "text.txt").read_bytes().decode()
GREEN = Edit(2887, 2888, "绿色")

# Code, parent, start, end: copied from the reviewed reading, not from the program's output.
TREE = """
ROOT - 0 3803
HDR ROOT 0 155
NOTICE ROOT 158 336
PLAN ROOT 339 3803
PLAN.0 PLAN 371 522
1 PLAN 525 2790
1.0 1 539 701
1.1 1 704 2271
1.1.1 1.1 723 937
1.1.2 1.1 940 1398
1.1.3 1.1 1401 1958
1.1.3.1 1.1.3 1417 1649
1.1.3.2 1.1.3 1649 1730
1.1.3.3 1.1.3 1730 1958
1.1.4 1.1 1961 2271
1.2 1 2274 2790
1.2.p1 1.2 2285 2521
1.2.p2 1.2 2524 2790
2 PLAN 2793 3803
2.1 2 2807 3029
2.1.p1 2.1 2817 3029
2.2 2 3032 3532
2.2.1 2.2 3042 3161
2.2.2 2.2 3164 3280
2.2.3 2.2 3283 3423
2.2.4 2.2 3426 3532
2.3 2 3535 3803
2.3.p1 2.3 3545 3803
"""


def quotes(spans):
    return [TEXT[start:end] for start, end in spans]


def test_the_outline_is_the_reviewed_tree():
    nodes = outline.parse(TEXT)
    found = [f"{node.code} {node.parent or '-'} {node.start} {node.end}" for node in nodes]
    assert found == TREE.strip().splitlines()


def test_the_joined_words_of_all_nodes_equal_the_text():
    assert "".join(outline.own_texts(TEXT, outline.parse(TEXT))) == TEXT


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("正文\n", "内容\n"), "没有“正文”一行"),
        (("2016年8月23日", "二〇一六年八月"), "通知没有落款日期"),
    ],
)
def test_a_text_of_another_form_has_no_outline(change, reason):
    with pytest.raises(outline.OutlineError, match=reason):
        outline.parse(TEXT.replace(*change))


def test_five_sentences_are_joined_across_their_breaks():
    breaks = [
        place
        for block in outline.paragraphs(TEXT)
        for place in range(block.start, block.end)
        if TEXT[place] == "\n"
    ]
    assert breaks == [1225, 1803, 2324, 3203, 3663]


def test_a_word_is_found_across_a_line_break():
    assert quotes(text_search.find(TEXT, "重大科技专项")) == ["重大科技专项", "重大科技专\n项"]


def test_a_word_is_found_as_corrected_and_as_printed():
    assert text_search.find(TEXT, "绿色", [GREEN]) == [(2887, 2888)]
    assert text_search.find(TEXT, "绿", [GREEN]) == [(2887, 2888)]
    assert text_search.find(TEXT, "协调、绿色、开放", [GREEN]) == [(2884, 2891)]


def test_without_the_correction_the_corrected_word_is_not_found():
    assert text_search.find(TEXT, "绿色") == []


def test_a_full_width_query_finds_half_width_text():
    assert quotes(text_search.find(TEXT, "创新协会积极探索协会＋人才")) == []
    assert quotes(text_search.find(TEXT, "协会＋人才")) == ["协会+人才"]
    assert quotes(text_search.find(TEXT, "技ｅ网")) == ["技E网"]


def test_an_empty_query_finds_nothing():
    assert text_search.find(TEXT, "") == []


def test_a_hit_never_runs_from_one_paragraph_into_the_next():
    assert text_search.find(TEXT, "2016年至2020年。一、") == []


def test_a_span_is_located_in_its_sentence():
    start, end = sentences.sentence_around(TEXT, 974, 977)
    assert TEXT[start:end].startswith("“十二五”末,全市有效期内高新技术企业92家")
    assert TEXT[start:end].endswith("贯标企业。")


def test_a_span_in_a_heading_is_located_in_its_line():
    start, end = sentences.sentence_around(TEXT, 3538, 3542)
    assert TEXT[start:end] == "(三)发展目标"


def test_the_narrowest_mark_wins_and_no_text_is_lost():
    wide, narrow = Mark(0, 6, "/m/", "", ""), Mark(2, 4, "/i/", "", "")
    assert pieces("abcdefgh", 0, 8, [wide, narrow]) == [
        Piece("ab", wide),
        Piece("cd", narrow),
        Piece("ef", wide),
        Piece("gh"),
    ]


def test_a_mark_never_splits_a_correction():
    edit = Edit(2, 6, "XY", "SL")
    found = pieces("abcdefgh", 0, 8, [Mark(4, 8, "/m/", "", "")], [edit])
    assert found == [Piece("ab"), Piece("cdef", None, edit), Piece("gh", Mark(4, 8, "/m/", "", ""))]


def test_the_newer_of_two_corrections_of_one_span_is_shown():
    old, new = Edit(2, 4, "X", "SL01"), Edit(2, 4, "Y", "B01")
    assert [piece.edit for piece in pieces("abcdef", 0, 6, [], [old, new])] == [None, new, None]


def shown(runs):
    return "".join(f"[{run.words}]" if run.is_hit else run.words for run in runs)


def test_a_text_has_49_sentences_including_8_run_in_headings():
    heads = [place for place, _ in sentences.sentences(TEXT) if TEXT[place].isdigit()]
    assert len(sentences.sentences(TEXT)) == 49
    assert len(heads) == 8


def test_a_character_belongs_to_the_sentence_that_begins_before_it():
    assert sentences.sentence_at(TEXT, 974) == (955, 1035)
    assert sentences.sentence_at(TEXT, 955) == (955, 1035)
    assert sentences.sentence_at(TEXT, 954) == (940, 955)
    assert sentences.sentence_at(TEXT, 3538) is None


def test_a_span_is_split_into_sentences_and_the_text_between():
    assert sentences.parts(TEXT, 2636, 2800) == [
        (2636, 2772, True),
        (2772, 2790, True),
        (2790, 2800, False),
    ]
    assert sentences.parts(TEXT, 2773, 2789) == [(2773, 2789, False)]


def test_a_query_is_split_at_spaces_of_any_width():
    assert text_search.terms(" 孵化器\u3000省级 孵化器 ") == ["孵化器", "省级"]
    assert text_search.terms(" \u3000 ") == []


def test_a_hit_only_in_the_corrected_text_is_marked():
    assert SearchableText(TEXT, [GREEN]).hits("绿色") == [Hit(2887, 2888, True)]
    assert SearchableText(TEXT, [GREEN]).hits("绿") == [Hit(2887, 2888)]


def test_the_corrected_text_adds_no_hit_to_a_printed_one():
    slip = Edit(758, 765, "区域特色产业基地")
    assert SearchableText(TEXT, [slip]).hits("产业基地") == [Hit(761, 765)]
    assert SearchableText(TEXT, [slip]).hits("特色产业基地") == [Hit(758, 765, True)]


def test_a_passage_contains_all_words_and_lists_its_hits_in_reading_order():
    (passage,) = SearchableText(TEXT).passages(["省级", "孵化器"])
    assert (passage.start, passage.end) == (1074, 1102)
    assert quotes(hit[:2] for hit in passage.hits) == ["孵化器", "省级", "孵化器"]


def test_words_across_the_end_of_a_sentence_are_found_in_their_paragraph():
    (passage,) = SearchableText(TEXT).passages(["孵化器。“十二五”"])
    assert (passage.start, passage.end) == (940, 1398)


def test_the_longest_parts_of_a_word_in_the_text_are_suggested():
    assert SearchableText(TEXT).shorter_terms("科技孵化园区") == ["科技孵化", "园区"]
    assert SearchableText(TEXT, [GREEN]).shorter_terms("绿色发展") == ["绿色", "发展"]
    assert SearchableText(TEXT).shorter_terms("闫龘") == []


def test_marked_spans_are_merged_and_cut_to_the_passage():
    assert (
        shown(text_search.runs("甲乙丙\n丁戊", 1, 6, [(0, 2), (2, 4), (3, 5), (5, 9)])) == "[乙][丙][丁][戊]"
    )
    assert shown(text_search.runs("甲乙丙丁", 0, 4, [])) == "甲乙丙丁"


def test_an_excerpt_keeps_the_clauses_near_the_first_match():
    text = "一二，三四五，六七八，九十"
    assert shown(text_search.excerpt(text, 0, len(text), [(7, 8)], margin=0)) == "…[六]七八，…"
    assert shown(text_search.excerpt(text, 0, len(text), [(7, 8)])) == "一二，三四五，[六]七八，九十"


def test_quotation_marks_inside_a_quotation_are_single():
    assert sentences.quoted("“一县一业一园”工程") == "‘一县一业一园’工程"


def test_a_suggested_part_never_cuts_a_number():
    readings = SearchableText("共201项，18家。高新技术企业130家。")
    assert readings.shorter_terms("2018") == []
    assert readings.shorter_terms("企业1300") == ["企业"]
    assert readings.shorter_terms("企业130家庭") == ["企业130家"]


def test_a_term_is_split_into_two_words_of_one_sentence():
    readings = SearchableText(TEXT, [GREEN])
    assert readings.split_term("绿色发展") == ["绿色", "发展"]
    assert readings.split_term("绿色火箭") == []
    assert readings.split_term("绿色") == []
