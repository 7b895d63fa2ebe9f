"""The search: its hits, where they were found, and the suggestions if there are none."""

import re

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from measures.models import Correction, Measure, SourceText
from targets.models import Indicator
from tests.pages import page
from tests.shipped import shipped

pytestmark = pytest.mark.django_db


def section(html: str, kind: str) -> str:
    """Return the part of the page for one kind."""
    found = re.search(rf'<section aria-labelledby="h-{kind}-sti-13">(.*?)</section>', html, re.S)
    return found[1] if found else ""


def sentences(html: str) -> list[str]:
    return re.findall(r"<blockquote>(.*?)</blockquote>", section(html, "text"))


def records(html: str, kind: str) -> list[str]:
    """Return the codes of the found records, in the order of the page."""
    return re.findall(r'<li><a href="[^"]*"><span class="code">(.*?)</span>', section(html, kind))


def counts(html: str) -> dict[str, int]:
    kinds = re.search(r'<ul class="kinds">(.*?)</ul>', html, re.S)[1]
    return {label: int(number) for label, number in re.findall(r">(\S+) (\d+)</", kinds)}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("绿色", "协调、<mark>绿</mark>、开放"),
        ("绿", "协调、<mark>绿</mark>、开放"),
        ("重大科技专项", "一批<mark>重大科技专项</mark>,我市已有6家"),
        ("重点实验室", "1个省级<mark>重点试验室</mark>"),
        ("孵化器", "已建成4家省级科技企业<mark>孵化器</mark>"),
        ("ｅ网", "“技<mark>E网</mark>”"),
        ("衡政字[2016]21号", "<mark>衡政字〔2016〕21号</mark>"),
        ("高新 92家", "<mark>高新</mark>技术企业<mark>92家</mark>"),
    ],
)
def test_words_are_found_as_printed_or_corrected_across_line_breaks_and_in_full_width(
    client, plan, query, sentence
):
    assert sentence in page(client, f"/search/?q={query}")


def test_hits_are_counted_by_kind(client, plan):
    html = page(client, "/search/?q=孵化器")
    assert counts(html) == {
        "原文": 6,
        "目标": 0,
        "指标": 2,
        "措施": 1,
        "政策文件": 0,
        "原则": 0,
        "问题": 1,
        "勘误": 0,
        "县市区": 0,
    }
    assert "“孵化器”共 10 处" in html
    assert len(sentences(html)) == 3


def test_a_sentence_with_the_words_twice_is_listed_once_with_both_marked(client, plan):
    assert sentences(page(client, "/search/?q=孵化器"))[0] == (
        "科技<mark>孵化器</mark>建设取得成效,现已建成4家省级科技企业<mark>孵化器</mark>。"
    )


def test_a_hit_links_to_its_sentence_and_to_the_records_that_cite_it(client, plan):
    first = section(page(client, "/search/?q=孵化器"), "text").split("</figure>")[0]
    assert re.findall(r'href="([^"]+)"', first) == [
        "/sti-13/text/#c1074",
        "/sti-13/indicators/I13/",
        "/sti-13/measures/M03/",
    ]


def test_a_hit_found_only_in_the_corrected_text_links_there_and_shows_the_printed_words(client, plan):
    found = section(page(client, "/search/?q=绿色"), "text")
    assert 'href="/sti-13/text/?corrected=1#c2817"' in found
    assert 'href="/sti-13/text/?corrected=1#SL02"' in found
    assert (
        re.sub(r"<[^>]+>", "", found)
        .split("段", 1)[1]
        .startswith("原文印作“绿”，勘误 SL02 建议读作“绿色”非原文")
    )
    assert "印作" not in page(client, "/search/?q=绿")


def test_printed_words_are_not_found_again_in_the_corrected_text(client, plan):
    assert sentences(page(client, "/search/?q=产业基地"))[0].count("<mark>") == 1
    assert "6个省级区域特<mark>产业基地</mark>" in page(client, "/search/?q=产业基地")
    assert "6个省级<mark>区域特产业基地</mark>" in page(client, "/search/?q=特色产业基地")


def test_a_hit_in_a_heading_links_to_its_section(client, plan):
    found = section(page(client, "/search/?q=面临的形势"), "text")
    assert "(二)<mark>面临的形势</mark>" in found
    assert 'href="/sti-13/text/#s-1.2"' in found


def test_several_words_are_found_in_one_sentence_or_record(client, plan):
    html = page(client, "/search/?q=孵化器%E3%80%80省级")
    assert sentences(html) == [
        "科技<mark>孵化器</mark>建设取得成效,现已建成4家<mark>省级</mark>科技企业<mark>孵化器</mark>。"
    ]
    assert records(html, "indicator") == ["I13"]
    assert records(html, "measure") == []


def test_the_words_are_marked_in_a_record(client, plan):
    found = section(page(client, "/search/?q=孵化器"), "indicator")
    assert '<span class="code">I13</span> 省级科技企业<mark>孵化器</mark>' in found
    assert "原文：<q>现已建成4家省级科技企业<mark>孵化器</mark></q>" in found
    assert 'href="/sti-13/text/#c1074"' in found


def test_a_definition_that_staff_entered_is_found_and_marked_as_added(client, plan):
    shipped(Indicator).filter(code="I01").update(
        definition="经认定并在有效期内的基地。", definition_source="甲"
    )
    found = section(page(client, "/search/?q=经认定"), "indicator")
    assert '口径<span class="added">非原文</span>：<mark>经认定</mark>并在有效期内的基地。' in found
    assert records(page(client, "/search/?q=有效期内"), "indicator") == ["I09", "I01"]


def test_a_long_text_is_shortened_around_the_hit(client, plan):
    shipped(Indicator).filter(code="I01").update(
        definition=f"{'前' * 60}，{'中' * 50}经认定{'后' * 60}；{'末' * 9}", definition_source="甲"
    )
    found = section(page(client, "/search/?q=经认定"), "indicator")
    assert f"：…{'中' * 50}<mark>经认定</mark>{'后' * 60}；…</p>" in found


def test_principles_weaknesses_corrections_policies_and_areas_are_found(client, plan):
    assert records(page(client, "/search/?q=根本动力"), "principle") == ["PR3"]
    assert records(page(client, "/search/?q=公共平台"), "weakness") == ["W7"]
    assert records(page(client, "/search/?q=脱漏"), "correction") == ["SL01", "SL03", "SL02", "SL04"]
    assert records(page(client, "/search/?q=〔2015〕36号"), "policy") == ["PO03"]
    assert records(page(client, "/search/?q=景县"), "area") == ["131127"]


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("I09", "/sti-13/indicators/I09/"),
        ("ｉ０９", "/sti-13/indicators/I09/"),
        ("g08", "/sti-13/goals/G08/"),
        ("T1", "/sti-13/goals/G05/#T1"),
        ("M19", "/sti-13/measures/M19/"),
        ("131127", "/sti-13/areas/131127/"),
        ("PO09", "/sti-13/policies/PO09/"),
        ("SL01", "/sti-13/text/?corrected=1#SL01"),
        ("1.1.2", "/sti-13/text/#s-1.1.2"),
        ("W7", "/sti-13/principles/#W7"),
        ("PR2", "/sti-13/principles/2/"),
    ],
)
def test_a_code_offers_its_record_first(client, plan, query, address):
    html = page(client, f"/search/?q={query}")
    first = html.split('aria-labelledby="h-sti-13"')[1].split("<section")[1]
    assert 'id="h-exact-sti-13"' in first
    assert f'href="{address}"' in first


def test_the_plan_itself_is_not_listed_as_a_policy(client, plan):
    assert "没有找到“PO01”" in page(client, "/search/?q=PO01")


def test_choosing_a_kind_hides_other_hits_and_keeps_all_counts(client, plan):
    html = page(client, "/search/?q=孵化器&kind=measure&period=2018")
    assert re.findall(r'<h3 id="h-(\w+)-sti-13"', html) == ["measure"]
    assert counts(html)["原文"] == 6
    assert 'href="?q=%E5%AD%B5%E5%8C%96%E5%99%A8&amp;kind=text&amp;period=2018"' in html
    assert 'href="/sti-13/measures/M03/"' in html
    assert "这一类中没有" in page(client, "/search/?q=孵化器&kind=goal")


def test_a_hit_in_the_only_plan_keeps_the_standpoint(client, first_plan):
    html = page(client, "/search/?q=孵化器&kind=measure&period=2018")
    assert 'href="/sti-13/measures/M03/?period=2018"' in html


@pytest.mark.parametrize("kind", ["unknown", "text,goal", "organization"])
def test_an_unknown_kind_is_answered_400_naming_it(client, plan, kind):
    html = page(client, f"/search/?q=孵化器&kind={kind}", 400)
    assert "类别（kind）无法识别" in html
    assert "<blockquote>" not in html


def test_an_empty_query_is_answered_with_how_to_search(client, plan):
    assert "请在页首的搜索框里输入要找的词" in page(client, "/search/")
    assert "没有输入要找的词" not in page(client, "/search/")
    for blank in ("%20", "%E3%80%80%20"):
        assert "没有输入要找的词" in page(client, f"/search/?q={blank}")


def test_a_search_without_hits_suggests_shorter_words_of_the_text(client, plan):
    html = page(client, "/search/?q=孵化园区")
    assert "没有找到“孵化园区”" in html
    offered = re.findall(r'<a href="(\?q=[^"]+)">(\S+)</a>（(\d+) 处）', html)
    assert [(word, number) for _, word, number in offered] == [("孵化", "6"), ("园区", "1")]
    for address, _, number in offered:
        by_plan = re.findall(r"，(\d+) 处）", page(client, f"/search/{address}"))
        assert sum(map(int, by_plan)) == int(number)


def test_words_that_never_occur_together_are_suggested_one_by_one(client, plan):
    html = page(client, "/search/?q=孵化器 绿色 量子")
    assert re.findall(r">(\S+)</a>（(\d+) 处）", html) == [("孵化器", "6"), ("绿色", "1")]


def test_a_search_without_suggestions_offers_the_outlines_of_all_plans(client, plan):
    html = page(client, "/search/?q=闫龘")
    assert "请换用更短的词" in html
    assert '也可以从<a href="/">全部规划</a>中选一个，按原文的章节查找。' in html


def test_a_search_in_the_only_plan_without_suggestions_links_to_the_outline_and_names_the_gap(
    client, first_plan
):
    html = page(client, "/search/?q=闫龘")
    assert "请换用更短的词" in html
    assert 'href="/sti-13/text/#missing"' in html
    assert "具体目标、重点任务、保障措施原文缺" in html


def test_a_query_cannot_become_markup(client, plan):
    html = page(client, "/search/?q=<script>alert(1)</script>")
    assert "<script>" not in html
    shipped(Measure).filter(code="M03").update(name="<b>孵化器</b>")
    assert "&lt;b&gt;<mark>孵化器</mark>&lt;/b&gt;" in page(client, "/search/?q=孵化器")


@pytest.mark.parametrize(
    ("query", "reason"), [("长" * 51, "太长，请不超过 50 字"), ("\x00", "含有看不见的字符，请删去。")]
)
def test_an_invalid_query_is_refused_with_a_reason(client, plan, query, reason):
    response = client.get("/search/", {"q": query})
    assert response.status_code == 400
    html = response.content.decode()
    assert "搜索词无法识别" in html
    assert reason in html


def test_the_newer_of_two_corrections_of_the_same_words_is_shown(client, plan):
    entered = {"entered_by": User.objects.create(username="甲"), "entered_at": timezone.now()}
    old = shipped(Correction).filter(code="SL02").values("source_id", "section_id", "kind", "start", "end")
    Correction.objects.create(
        code="B01", as_printed="绿", suggested="绿化", confidence="low", reason="乙", **old[0], **entered
    )
    found = section(page(client, "/search/?q=绿化"), "text")
    assert re.findall(r">(\w+)</a> (建议读作“.*?”)", found) == [("B01", "建议读作“绿化”")]


def test_a_search_finds_nothing_before_the_plan_is_loaded(client, db):
    assert not shipped(SourceText).exists()
    assert "没有找到“孵化器”" in page(client, "/search/?q=孵化器")
