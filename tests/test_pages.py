"""The public pages: content, refused requests, queries."""

import json
import re

import pytest

from hengshui_plan.views import pages
from measures.models import Measure, Principle, SourceText, Weakness
from targets.models import Area, Baseline, Goal, GoalLink, Indicator, Observation, Plan, Policy
from tests.pages import PAGES, TEXT, Words, page, raw, rows
from tests.shipped import shipped, shipped_plan

pytestmark = pytest.mark.django_db


# The text


def test_the_plan_page_without_its_markup_is_the_source_text(client, plan):
    assert Words(raw(client, "/sti-13/text/"), "source-text").text == TEXT


def test_the_plan_page_has_all_28_nodes_in_order(client, plan):
    codes = shipped(SourceText).get().sections.values_list("code", flat=True)
    ids = [name for name in Words(page(client, "/sti-13/text/"), "source-text").ids if name.startswith("s-")]
    assert ids == [f"s-{code}" for code in codes]
    assert len(ids) == 28


def test_each_figure_in_the_text_links_to_its_indicator(client, plan):
    links = re.findall(
        r'<a class="figure" href="/sti-13/indicators/(I\d\d)/"[^>]*>([^<]+)</a>',
        page(client, "/sti-13/text/"),
    )
    assert links == [
        (row.indicator.code, row.number_tokens.get().printed)
        for row in shipped(Baseline).order_by("number_tokens__start")
    ]


def test_goals_principles_measures_and_policies_in_the_text_link_to_their_pages(client, plan):
    html = page(client, "/sti-13/text/")
    for record in [*shipped(Goal).all(), *shipped(Measure).all()]:
        assert f'href="{record.get_absolute_url()}"' in html, record
    for policy in Policy.objects.cited_by(shipped_plan()):
        assert f'href="{policy.address_in("sti-13")}"' in html, policy
    for number in (1, 2, 3, 4):
        assert f'href="/sti-13/principles/{number}/"' in html


def test_corrections_are_shown_in_the_text_only_on_request(client, plan):
    corrected = page(client, "/sti-13/text/?corrected=1")
    shown = re.findall(r'<span class="correction" id="(SL\d\d)">', corrected)
    assert sorted(shown) == [f"SL{number:02}" for number in range(1, 15)]
    assert "<del>绿</del><ins>绿色</ins>" in corrected
    assert "<del>" not in page(client, "/sti-13/text/")


def test_an_unknown_way_of_reading_is_answered_400_and_shown_as_printed(client, plan):
    html = raw(client, "/sti-13/text/?corrected=2", 400)
    assert "阅读方式（corrected）无法识别。" in html
    assert Words(html, "source-text").text == TEXT
    for path in ("/sti-13/text/", "/sti-13/text/?corrected=", "/sti-13/text/?corrected=0"):
        assert "无法识别" not in page(client, path)


def test_the_plan_page_says_where_the_text_is_cut_off(client, plan):
    html = page(client, "/sti-13/text/")
    assert "以下原文缺" in html
    assert "具体目标、重点任务、保障措施原文缺" in html


# Lists and records


def test_the_indicator_page_lists_all_26_with_value_level_kind_period_and_quotation(client, plan):
    found = rows(page(client, "/sti-13/indicators/"))
    assert len(found) == 26
    assert (
        found[8] == "I09 有效期内高新技术企业 全市有效期内高新技术企业92家"
        " 创新主体 国家级 推断 时点数 92家 十二五末 — — — ○ 未设目标"
    )
    assert found[15].startswith(
        "I16 主要农作物良种覆盖率 主要农作物良种覆盖率稳定在98%以上 "
        "农业科技 市级 推断 比率 98%以上 十二五期间"
    )
    assert found[18].startswith(
        "I19 市级以上农业攻关计划项目 实施市级以上农业攻关计划项目177项 科技项目 市级及以上 期间累计 177项"
    )
    assert found[21].endswith("4倍 近几年 承上下文 — — — ○ 不监测")


@pytest.mark.parametrize("words", ["12396", "1+3", "〔2016〕21号", "第45次"])
def test_numbers_that_are_not_indicators_are_not_listed_as_indicators(client, plan, words):
    assert not any(words in row for row in rows(page(client, "/sti-13/indicators/")))


@pytest.mark.parametrize(
    ("path", "number"),
    [("/sti-13/goals/", 12), ("/sti-13/measures/", 35), ("/sti-13/policies/", 7), ("/sti-13/areas/", 15)],
)
def test_a_list_page_shows_every_record(client, plan, path, number):
    assert len(rows(page(client, path))) == number


def test_the_principles_page_has_four_principles_and_seven_weaknesses(client, plan):
    html = page(client, "/sti-13/principles/")
    assert re.findall(r'href="/sti-13/principles/(\d)/">\d、', html) == ["1", "2", "3", "4"]
    assert len(rows(html)) == 7


def test_an_indicator_shows_its_quotation_marked_in_its_sentence(client, plan):
    assert "“十二五”末,全市有效期内高新技术企业92家,培育了".replace(
        "全市有效期内高新技术企业92家", "<mark>全市有效期内高新技术企业92家</mark>"
    ) in page(client, "/sti-13/indicators/I09/")


def test_a_derived_value_shows_its_formula(client, plan):
    assert "I21 × I22，即 1.48 × 4 = 5.92；原文印作“近6亿元”" in page(client, "/sti-13/indicators/I23/")


def test_a_reported_value_names_its_source(client, plan):
    assert "2020（媒体 2020-10-16）" in page(client, "/sti-13/")
    assert "13家（2020，媒体 2020-10-16）" in page(client, "/sti-13/indicators/I13/")
    assert 'title="来源：媒体">13' in page(client, "/sti-13/indicators/")
    assert '19<br><span class="quiet-text">2018 · 媒体 2018-05-04</span>' in page(
        client, "/sti-13/areas/131127/"
    )


def test_an_indicator_without_data_says_so(client, plan):
    assert "未设目标" in page(client, "/sti-13/indicators/I09/")
    assert "未填报" in page(client, "/sti-13/areas/131127/")
    assert "未写明" in page(client, "/sti-13/policies/PO04/")
    assert "尚未发布评价" in page(client, "/sti-13/goals/G12/")
    shipped(Observation).all().delete()
    assert "尚未发布任何填报数据" in page(client, "/sti-13/")


def test_a_link_that_the_bureau_rejected_is_not_shown(client, plan):
    shipped(GoalLink).filter(indicator__code="I09").update(standing="rejected")
    assert "I09" not in page(client, "/sti-13/goals/G08/")
    assert "G08" not in page(client, "/sti-13/indicators/I09/")
    assert len(rows(page(client, "/sti-13/indicators/?goal=G08"))) == 6


def test_the_baseline_of_jizhou_city_continues_in_jizhou_district(client, plan):
    Baseline.objects.create(
        indicator=shipped(Indicator).get(code="I09"),
        area=Area.objects.get(code="131181"),
        value=7,
        basis="previous_end",
        grade="official",
        source="冀州市统计公报",
    )
    html = page(client, "/sti-13/indicators/I09/")
    assert "7家" in html
    assert "官方发布：冀州市统计公报（冀州市）" in html
    html = page(client, "/sti-13/areas/131103/")
    assert '<td class="num">7</td>' in html
    assert "基期值出处：官方发布：冀州市统计公报（冀州市）。" in html


def test_an_indicator_without_a_baseline_is_shown(client, plan):
    shipped(Baseline).filter(indicator__code="I09").delete()
    page(client, "/sti-13/indicators/")
    assert "原文未载基期值" in page(client, "/sti-13/indicators/I09/")


def test_quotation_marks_inside_a_quotation_are_single(client, plan):
    assert ">科技信息进村入户‘最后一公里’</q>" in page(client, "/sti-13/measures/")
    for path in (
        "/sti-13/measures/",
        "/sti-13/goals/",
        "/sti-13/indicators/",
        "/sti-13/principles/",
        "/sti-13/principles/3/",
        "/sti-13/goals/G05/",
    ):
        html = page(client, path)
        quotations = re.findall(r"<q[^>]*>([^<]*)</q>", html) + re.findall(r"“([^”<]*“)", html)
        assert [words for words in quotations if "“" in words] == []


# Filters


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("/sti-13/indicators/?category=创新平台", 5),
        ("/sti-13/indicators/?kind=running_total&level=provincial", 1),
        ("/sti-13/indicators/?goal=G09", 4),
        ("/sti-13/indicators/?text=孵化器", 1),
        ("/sti-13/measures/?category=农业", 6),
        ("/sti-13/measures/?indicator=I14", 1),
        ("/sti-13/measures/?principle=PR2", 3),
        ("/sti-13/policies/?level=national", 1),
        ("/sti-13/goals/?kind=2020年结果", 5),
    ],
)
def test_a_filter_narrows_the_list(client, plan, path, number):
    assert len(rows(page(client, path))) == number


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/sti-13/indicators/?kind=unknown", "kind"),
        ("/sti-13/indicators/?goal=G99", "goal"),
        ("/sti-13/measures/?status=x", "status"),
        ("/sti-13/policies/?year=abc", "year"),
        ("/sti-13/goals/?kind=转变", "kind"),
        ("/sti-13/indicators/?text=%00", "text"),
        (f"/sti-13/indicators/?text={'%25' * 60_000}", "text"),
        (f"/sti-13/measures/?text={'%25' * 60_000}", "text"),
    ],
)
def test_an_unreadable_filter_is_answered_400_and_named(client, plan, path, parameter):
    html = page(client, path, 400)
    assert f"（{parameter}）：" in html
    assert "<tbody>" not in html.split("没有数字的基期事实")[0]


def test_a_filter_without_results_says_what_to_do(client, plan):
    assert "没有符合条件的指标" in page(client, "/sti-13/indicators/?text=不存在的东西")


# Faults


@pytest.mark.parametrize(
    "path",
    [
        "/sti-13/goals/G99/",
        "/sti-13/goals/T1/",
        "/sti-13/indicators/I99/",
        "/sti-13/areas/999999/",
        "/sti-13/measures/M99/",
        "/sti-13/policies/PO01/",
        "/sti-13/principles/9/",
        "/sti-13/principles/x/",
        "/nowhere/",
        "/sti-13/indicators/%00/",
    ],
)
def test_an_unknown_code_is_answered_with_a_404_page_in_the_site_s_style(client, plan, path):
    html = page(client, path, 404)
    assert "没有这一页" in html
    assert 'class="site-header"' in html


def test_before_a_plan_is_loaded_the_shared_pages_answer(client, db):
    for path in ("/", "/data/", "/search/?q=绿色"):
        page(client, path)
    for path in ("/sti-13/", "/sti-13/text/", "/sti-13/indicators/", "/areas/131127/", "/organizations/O01/"):
        assert "没有这一页" in page(client, path, 404)


def test_a_page_sends_the_strict_content_security_policy(client, plan):
    policy = client.get("/sti-13/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_server_error_is_a_page_in_plain_chinese(rf):
    response = pages.server_error(rf.get("/sti-13/goals/"))
    assert response.status_code == 500
    assert "本页暂时无法显示，数据没有受影响" in response.content.decode()


def test_a_server_error_of_the_api_is_json(rf):
    response = pages.server_error(rf.get("/api/v1/plans/sti-13/goals/"))
    assert response.status_code == 500
    assert json.loads(response.content)["error"]["code"] == "server_error"


# Queries


@pytest.mark.parametrize("path", PAGES)
def test_a_page_costs_a_fixed_number_of_queries(client, plan, django_assert_num_queries, path):
    with django_assert_num_queries(PAGES[path]):
        page(client, path)


def keep(number: int, shown):
    """Keep only the first rows in the shipped plan; what plans share leaves the plan's list."""
    kept = [row.pk for row in shown[:number]]
    lists = {Area: shipped_plan().areas, Policy: shipped_plan().policies}
    if shown.model in lists:
        lists[shown.model].set(kept)
    else:
        shipped(shown.model).exclude(pk__in=kept).delete()


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/sti-13/goals/", shipped(Goal).clauses().order_by("-code")),
        ("/sti-13/indicators/", shipped(Indicator).order_by("code")),
        ("/sti-13/measures/", shipped(Measure).order_by("-part_of__code")),
        ("/sti-13/policies/", shipped(Policy).order_by("-code")),
        ("/sti-13/areas/", shipped(Area).order_by("kind", "-code")),
    ],
)
def test_a_list_costs_the_same_queries_with_one_row_as_with_all(
    client, plan, django_assert_num_queries, path, shown, number
):
    shipped(Plan).update(document=None)
    shipped(Measure).update(part_of=None)
    if shown.model is not Measure:
        shipped(Measure).all().delete()
    shipped(Indicator).update(part_of=None)
    Area.objects.update(predecessor=None)
    shipped(Observation).all().delete()
    keep(number, shown)
    with django_assert_num_queries(PAGES[path]):
        assert len(rows(page(client, path))) == number


@pytest.mark.parametrize("number", [1, 3])
def test_principles_and_weaknesses_cost_the_same_queries_with_one_row_as_with_all(
    client, plan, django_assert_num_queries, number
):
    shipped(Measure).update(part_of=None)
    shipped(Measure).exclude(principle__number=1).delete()
    keep(number, shipped(Principle).order_by("number"))
    keep(number, shipped(Weakness).filter(code__in=["W3", "W5", "W6"]))
    with django_assert_num_queries(PAGES["/sti-13/principles/"]):
        assert len(rows(page(client, "/sti-13/principles/"))) == number
