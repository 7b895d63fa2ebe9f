"""The page of the plan's text: an anchor for each sentence, notes on slips, links in both directions."""

import re

import pytest

from measures.models import Citation, Correction, SourceText
from measures.reading import outline
from targets.models import Baseline, BaselineFact
from tests.pages import TEXT, Words, raw, tidy
from tests.shipped import shipped

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

RUN_IN_HEADS = {723, 940, 1401, 1961, 3042, 3164, 3283, 3426}
SENTENCES = [start for start, _ in outline.sentences(TEXT, 0, len(TEXT))]


def source_text(html: str) -> str:
    return re.search(r'<article class="source-text.*?</article>', html, re.S)[0]


@pytest.mark.parametrize("path", ["/sti-13/text/", "/sti-13/text/?corrected=1", "/sti-13/text/?period=2018"])
def test_each_sentence_has_an_anchor_named_by_its_offset(client, plan, path):
    ids = [name for name in Words(raw(client, path), "source-text").ids if name.startswith("c")]
    assert ids == [f"c{start}" for start in SENTENCES]


def test_each_of_the_41_sentences_but_no_heading_links_to_itself(client, plan):
    link = r'<a class="permalink" href="#c(\d+)" aria-label="链接到本句：(.{8})…"'
    links = re.findall(link, raw(client, "/sti-13/text/"))
    assert [int(start) for start, _ in links] == [s for s in SENTENCES if s not in RUN_IN_HEADS]
    assert len(links) == 41
    assert all(TEXT[int(start) :].startswith(opening) for start, opening in links)


def test_links_and_notes_add_no_character_to_the_text(client, plan):
    html = source_text(raw(client, "/sti-13/text/"))
    marks = re.findall(r'<a class="(?:permalink|note-mark)"[^>]*>(.*?)</a>', html, re.S)
    assert len(marks) == 41 + 14
    assert set(marks) == {""}
    assert Words(html, "source-text").text == TEXT


def test_no_id_occurs_twice(client, plan):
    for path in ("/sti-13/text/", "/sti-13/text/?corrected=1"):
        ids = re.findall(r' id="([^"]+)"', raw(client, path))
        assert len(ids) == len(set(ids))


def test_every_link_within_the_page_has_a_target(client, plan):
    html = raw(client, "/sti-13/text/?corrected=1")
    ids = set(re.findall(r' id="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= ids


@pytest.mark.parametrize("path", ["/sti-13/text/", "/sti-13/text/?corrected=1"])
def test_each_slip_has_a_numbered_note_with_links_to_the_reason_and_back(client, plan, path):
    html = tidy(raw(client, path))
    mark = r'<a class="note-mark" href="#note-(\w+)" data-number="(\d+)" aria-label="勘误\2（非原文）：[^"]+"'
    notes = re.findall(mark + r' title="([^"]+)"', html)
    rows = re.findall(r'<tr id="note-(\w+)"><td class="nowrap">(\d+) <a href="#\1">', html)
    assert [(code, number) for code, number, _ in notes] == rows
    reasons = dict(shipped(Correction).values_list("code", "reason"))
    assert {code: title for code, _, title in notes} == reasons


def test_the_text_as_printed_marks_slips_without_changing_them(client, plan):
    html = source_text(raw(client, "/sti-13/text/"))
    assert '<span class="slip" id="SL02">绿</span><a class="note-mark" href="#note-SL02"' in html
    assert "绿色" not in re.sub(r"<[^>]+>", "", html)


def test_links_keep_the_way_of_reading_and_the_period(client, plan):
    html = raw(client, "/sti-13/text/?corrected=1&period=2018&area=131127")
    assert 'href="?period=2018&amp;area=131127">照印' in html
    assert 'class="figure" href="/sti-13/indicators/I09/?period=2018&amp;area=131127"' in html
    assert 'href="/sti-13/principles/?period=2018&amp;area=131127#W1"' in html
    printed = raw(client, "/sti-13/text/?period=2018")
    assert 'href="?period=2018&amp;corrected=1">显示勘误' in printed


def test_the_page_of_an_indicator_links_back_to_the_sentence_of_its_figure(client, plan):
    for baseline in shipped(Baseline).select_related("indicator"):
        citation = baseline.citations.get()
        start = max(place for place in SENTENCES if place <= citation.start)
        html = raw(client, f"/sti-13/indicators/{baseline.indicator.code}/?period=2018")
        assert f'href="/sti-13/text/?period=2018#c{start}"' in html


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/sti-13/goals/G08/", "/sti-13/text/#c3697"),
        ("/sti-13/goals/G05/", "/sti-13/text/#c3545"),
        ("/sti-13/measures/", "/sti-13/text/#c1074"),
        ("/sti-13/measures/M03/", "/sti-13/text/#c1074"),
        ("/sti-13/policies/", "/sti-13/text/#c1649"),
        ("/sti-13/policies/PO03/", "/sti-13/text/#c1649"),
        ("/sti-13/principles/", "/sti-13/text/#c2636"),
        ("/sti-13/principles/2/", "/sti-13/text/#c3164"),
        ("/sti-13/principles/2/", "/sti-13/text/#c3187"),
        ("/sti-13/indicators/", "/sti-13/text/#c2168"),
    ],
)
def test_a_quotation_links_to_its_sentence(client, plan, path, address):
    assert f'href="{address}"' in raw(client, path)


def test_a_quotation_outside_sentences_links_to_its_section(client, plan):
    citation = shipped(Citation).select_related("source", "section").get(start=0, end=7)
    assert citation.sentence_url == "/sti-13/text/#s-HDR"


def test_the_gap_is_named_at_the_end_of_the_text_and_in_the_outline(client, plan):
    html = raw(client, "/sti-13/text/")
    after = html.split("</article>")[1]
    assert after.split("</p>")[0].strip().startswith('<div class="after-text">')
    assert 'id="missing"><strong>以下原文缺。</strong>' in after.split("</p>")[0]
    assert html.count('<a href="#missing">以下原文缺</a>') == 2


def test_a_complete_text_shows_no_gap(client, plan):
    plan = shipped(SourceText).select_related("plan").get().plan
    plan.completeness, plan.completeness_note = "complete", ""
    plan.save()
    html = raw(client, "/sti-13/text/")
    assert "原文缺" not in html.split("</article>")[1].split("<section")[0]
    assert "#missing" not in html


OF_BOTH = [
    "/sti-13/text/",
    "/sti-13/principles/",
    "/sti-13/principles/1/",
    "/sti-13/measures/",
    "/sti-13/measures/M03/",
    "/sti-13/policies/",
]


@pytest.mark.parametrize("path", [*OF_BOTH, "/sti-13/policies/PO09/", "/search/?q=孵化器"])
def test_one_legend_explains_text_and_additions(client, plan, path):
    html = raw(client, path)
    assert html.count("<strong>原文与非原文</strong>") == 1
    assert "推断</span>" not in html


def test_facts_without_a_number_link_to_their_sentence_too(client, plan):
    html = raw(client, "/sti-13/text/")
    for fact in shipped(BaselineFact).all():
        assert f'href="{fact.get_absolute_url()}"' in html


@pytest.mark.parametrize("path", ["/sti-13/text/?corrected=1", "/search/?q=科"])
def test_a_long_page_is_compressed(client, plan, path):
    answer = client.get(path, headers={"accept-encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < 15_000
