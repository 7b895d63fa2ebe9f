"""Navigation: feed, sitemap, breadcrumbs, neighbours, titles, and pages for missing addresses."""

import re
from html import unescape
from xml.etree import ElementTree

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from targets import review
from targets.models import Goal, Indicator, Observation
from tests.make import assess, bring_to, enter, open_desk, period
from tests.pages import PAGES, page
from tests.shipped import shipped

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

ATOM = "{http://www.w3.org/2005/Atom}"
JINGXIAN = "131127"


@pytest.fixture
def desk(plan):
    return open_desk()


def feed(client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/sti-13/feed/{query}")
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    entries = ElementTree.fromstring(answer.content).findall(f"{ATOM}entry")
    return [
        {name: entry.findtext(ATOM + name) for name in ("title", "id", "summary")}
        | {"link": entry.find(f"{ATOM}link").get("href")}
        for entry in entries
    ]


def head(client, query: str = "") -> dict:
    """Return the feed's own fields."""
    root = ElementTree.fromstring(client.get(f"/sti-13/feed/{query}").content)
    return {
        "language": root.get("{http://www.w3.org/XML/1998/namespace}lang"),
        "title": root.findtext(f"{ATOM}title"),
        "subtitle": root.findtext(f"{ATOM}subtitle"),
        "author": root.findtext(f"{ATOM}author/{ATOM}name"),
        "links": {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")},
    }


# The feed


def test_every_page_links_to_the_feed_for_feed_readers(client, plan):
    link = '<link rel="alternate" href="/sti-13/feed/" type="application/atom+xml" title="最新发布">'
    assert [
        link in page(client, path) for path in ("/sti-13/", "/sti-13/text/", "/sti-13/indicators/I09/")
    ] == [True] * 3


def test_the_feed_states_its_title_and_its_publisher(client, plan):
    name = "衡水市科技创新“十三五”规划"
    told = {
        "language": "zh-CN",
        "title": f"{name}最新发布",
        "subtitle": "已发布的完成值、定性评价和期间报告，新的在前；更正、再版另成一条。",
        "author": name,
        "links": {"alternate": "http://testserver/sti-13/", "self": "http://testserver/sti-13/feed/"},
    }
    assert head(client) == told
    query = f"?area={JINGXIAN}"
    assert head(client, query) == told | {
        "title": f"{name}最新发布：景县",
        "links": {
            "alternate": f"http://testserver/sti-13/areas/{JINGXIAN}/",
            "self": f"http://testserver/sti-13/feed/{query}",
        },
    }


def test_the_feed_lists_each_publication_with_its_source(client, desk):
    bring_to(desk, "published", enter(desk, "4", source="<省科技厅>名单", note="含 <新> 认定"))
    assert feed(client)[0] == {
        "title": "景县 2018年 省级科技企业孵化器：4家",
        "id": "tag:testserver,2016:sti-13/observation/I13/131127/2018/r1",
        "summary": "<p>来源等级：填报。出处：&lt;省科技厅&gt;名单。含 &lt;新&gt; 认定</p>",
        "link": "http://testserver/sti-13/indicators/I13/?period=2018&area=131127",
    }


def test_an_entry_has_the_time_of_its_publication(client, desk):
    row = bring_to(desk, "published", enter(desk, "4"))
    entry = ElementTree.fromstring(client.get("/sti-13/feed/").content).find(f"{ATOM}entry")
    told = [entry.findtext(ATOM + name) for name in ("published", "updated")]
    assert told == [row.published_at.isoformat()] * 2


def test_the_newest_publication_comes_first_even_for_an_older_period(client, demo):
    row = shipped(Observation).published().filter(period__code="2016").first()
    QuerySet(Observation).filter(pk=row.pk).update(published_at=timezone.now())
    assert f"{row.area.short_name} 2016年 {row.indicator.name}：" in feed(client)[0]["title"]


def test_an_entry_has_the_same_id_on_every_port(client, desk):
    bring_to(desk, "published", enter(desk, "4"))
    names = re.compile(r"<id>(tag:.*?)</id>")
    plain, ported = (
        names.findall(client.get("/sti-13/feed/", HTTP_HOST=host).content.decode())
        for host in ("testserver", "testserver:8000")
    )
    assert plain == ported
    assert "tag:testserver,2016:sti-13/observation/I13/131127/2018/r1" in plain


def test_a_correction_has_its_own_entry_and_the_replaced_value_is_gone(client, desk):
    row = bring_to(desk, "published", enter(desk, "977"))
    bring_to(desk, "published", review.correct(row, value="978", reason="漏计一家", by=desk.reporter))
    entry = feed(client)[0]
    assert entry["title"] == "景县 2018年 省级科技企业孵化器：978家（第 2 版，更正）"
    assert entry["id"].endswith("/r2")
    assert "977" not in client.get("/sti-13/feed/").content.decode()


def test_characters_that_xml_forbids_are_removed_from_the_feed(client, desk):
    row = bring_to(desk, "published", enter(desk, "4", note="认定"))
    QuerySet(Observation).filter(pk=row.pk).update(note="认\x0b定\uffff")
    QuerySet(Indicator).filter(plan="sti-13", code="I13").update(name="孵\x0b化器\uffff")
    entry = feed(client)[0]
    assert (entry["title"], entry["summary"]) == ("景县 2018年 孵化器：4家", "<p>来源等级：填报。认定</p>")


def test_the_entry_of_an_assessment_links_to_its_goal(client, desk):
    bring_to(desk, "published", assess(desk, "稳步推进。"))
    entry = feed(client)[0]
    assert entry["title"] == f"G01 {shipped(Goal).get(code='G01').statement} 2018年评价"
    assert (entry["summary"], entry["link"]) == (
        "<p>稳步推进。</p>",
        "http://testserver/sti-13/goals/G01/?period=2018",
    )


def test_a_corrected_assessment_has_its_own_entry(client, desk):
    row = bring_to(desk, "published", assess(desk, "稳步推进。"))
    bring_to(desk, "published", review.correct(row, text="进展缓慢。", reason="核对", by=desk.reporter))
    entry = feed(client)[0]
    assert entry["title"].endswith(" 2018年评价（第 2 版，更正）")
    assert entry["id"] == "tag:testserver,2016:sti-13/assessment/G01/2018/r2"
    assert "稳步推进" not in client.get("/sti-13/feed/").content.decode()


def test_a_period_report_has_an_entry_too(client, desk):
    bring_to(desk, "published", enter(desk, "4"))
    shown = review.draw_up_period_report(period("2018"), kind="annual").sha256
    review.publish_period_report(period("2018"), by=desk.publisher, kind="annual", shown=shown)
    entry = feed(client)[0]
    assert entry["title"] == "2018年度报告第 1 版"
    assert entry["link"] == "http://testserver/sti-13/reports/2018/?edition=1"
    assert entry["summary"] == f"<p>校验值（SHA-256）：{shown}</p>"
    again = review.draw_up_period_report(period("2018"), kind="annual").sha256
    reason = {"reason": "补报 <两项>"}
    review.publish_period_report(period("2018"), by=desk.publisher, kind="annual", shown=again, **reason)
    newer, older = feed(client)[:2]
    assert older == entry
    assert newer == {
        "title": "2018年度报告第 2 版",
        "id": "tag:testserver,2016:sti-13/period-report/2018/2",
        "summary": f"<p>再版理由：补报 &lt;两项&gt;。校验值（SHA-256）：{again}</p>",
        "link": "http://testserver/sti-13/reports/2018/?edition=2",
    }
    assert "报告" not in feed(client, f"?area={JINGXIAN}")[0]["title"]


def test_the_feed_of_an_area_has_only_entries_of_that_area(client, desk):
    bring_to(desk, "published", enter(desk, "6", area=desk.city))
    assert feed(client)[0]["link"] == "http://testserver/sti-13/indicators/I13/?period=2018"
    bring_to(desk, "published", assess(desk, "稳步推进。"))
    assert [entry["title"] for entry in feed(client, f"?area={JINGXIAN}")] == [
        "景县 2018年 有效期内高新技术企业：19家"
    ]


@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "accepted"])
def test_the_feed_shows_nothing_that_is_still_in_review(client, desk, status):
    before = client.get("/sti-13/feed/").content
    for row in (enter(desk, "977"), assess(desk, "未发布的评价")):
        bring_to(desk, status, row)
    assert client.get("/sti-13/feed/").content == before


@pytest.mark.parametrize("code", ["131181", "x", "景县", "1%00"])
def test_a_feed_of_an_unknown_area_is_refused_with_the_reason(client, desk, code):
    assert "县市区（area）无法识别，请用区划代码，如 131100。" in page(
        client, f"/sti-13/feed/?area={code}", 400
    )


def test_the_feed_of_the_demonstration_is_marked(client, demo):
    assert "<title>【演示数据】" in client.get("/sti-13/feed/").content.decode()
    titles = [entry["title"] for entry in feed(client)]
    assert [title for title in titles if "报告" in title] == [
        "2018年中期评估报告第 1 版",
        "2017年度报告第 1 版",
        "2016年度报告第 1 版",
    ]
    assert len([title for title in titles if "评价" in title]) == 24
    values = [title for title in titles if "报告" not in title and "评价" not in title]
    # The newest of more than a thousand entries; the demonstration was published period by period.
    assert (len(values), {title.split()[1][:5] for title in values}) == (50, {"2019年"})


@pytest.mark.parametrize("query", ["", f"?area={JINGXIAN}"])
def test_the_feed_costs_a_fixed_number_of_queries(client, demo, django_assert_num_queries, query):
    with django_assert_num_queries(4 if query else 5):
        client.get(f"/sti-13/feed/{query}")


# The sitemap, and other files for programs


def test_every_address_of_the_sitemap_is_a_page(client, plan):
    found = re.findall(r"<loc>http://testserver([^<]+)</loc>", client.get("/sitemap.xml").content.decode())
    assert {client.get(path).status_code for path in found} == {200}
    assert len(found) == len(set(found))


def test_the_sitemap_has_every_page_linked_from_the_navigation_of_each_plan_and_its_lists(client, plan):
    lists, leaves = {"/"}, set()
    for front in ("/sti-13/", "/yunli-sti-14/"):
        nav = page(client, front).split('<nav class="site-nav"')[1].split("</nav>")[0]
        linked = set(re.findall(r'href="([^"]+)"', nav))
        assert len(linked) == 12
        lists |= linked
        leaves |= {
            leaf
            for path in linked - {front}
            for leaf in re.findall(rf'href="({path}\w+/)["?#]', page(client, path))
        }
    dissolved = {"/sti-13/areas/131181/"}
    assert dissolved < leaves
    found = re.findall(r"<loc>http://testserver([^<]+)</loc>", client.get("/sitemap.xml").content.decode())
    areas = {f"/areas/{leaf.split('/areas/')[1]}" for leaf in leaves if "/areas/" in leaf}
    units = {f"/organizations/O{number:02}/" for number in range(1, 21)}
    assert set(found) == (lists | leaves | areas | units) - dissolved - {"/areas/131181/"}


def test_robots_txt_excludes_the_desk_and_names_the_sitemap(client):
    answer = client.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain"
    assert answer.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /search/",
        "Sitemap: http://testserver/sitemap.xml",
    ]


def test_an_old_browser_finds_an_icon(client):
    assert client.get("/favicon.ico").url == "/static/hengshui_plan/favicon.ico"


# Breadcrumbs, titles, neighbours


def heads(client, paths) -> dict[str, tuple[str, str]]:
    found = {}
    for path in paths:
        html = unescape(page(client, path))
        title = re.search(r"<title>(.*?)</title>", html, re.S)[1]
        found[path] = title, re.search(r'<meta name="description" content="(.*?)">', html, re.S)[1]
    return found


def test_each_page_has_a_title_and_a_description_of_its_own(client, plan):
    found = heads(client, [path for path in PAGES if "corrected" not in path])
    # The base template's text for pages without their own.
    frame = "总览 · 衡水市", "衡水市科技创新“十三五”规划：原文、目标、指标与措施。"
    for place in (0, 1):
        told = [head[place] for head in found.values()]
        assert [path for path, head in found.items() if head[place].startswith(frame[place])] == []
        assert [words for words in told if told.count(words) > 1 or not words.strip()] == []


def test_a_title_names_the_chosen_area_and_period(client, plan):
    title, description = heads(client, [f"/sti-13/?period=2018&area={JINGXIAN}"]).popitem()[1]
    assert title == "总览：景县（2018年末） · 衡水市科技创新“十三五”规划"
    assert description.startswith("截至2018年末，景县监测的 24 项指标")


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/sti-13/"])
def test_every_page_except_the_front_page_has_breadcrumbs(client, plan, path):
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', page(client, path), re.S)[0]
    way = r'/sti-13/[^/"]*">总览' if path.startswith("/sti-13/") else r'/">全部规划'
    assert re.search(f'<a href="{way}</a>', crumbs)
    assert re.search(r'<span aria-current="page">[^<]+</span></nav>$', crumbs)


@pytest.mark.parametrize(
    ("path", "trail", "here"),
    [
        ("/sti-13/method/?period=2018", [("/sti-13/?period=2018", "总览")], "监测办法"),
        (
            "/sti-13/indicators/I09/?period=2018",
            [("/sti-13/?period=2018", "总览"), ("/sti-13/indicators/?period=2018", "指标")],
            "I09",
        ),
        (
            f"/sti-13/areas/{JINGXIAN}/?period=2018",
            [
                (f"/sti-13/?period=2018&area={JINGXIAN}", "总览"),
                (f"/sti-13/areas/?period=2018&area={JINGXIAN}", "县市区"),
            ],
            "景县",
        ),
        ("/sti-13/compare/?indicator=I09", [("/sti-13/", "总览"), ("/sti-13/compare/", "比较")], "I09"),
    ],
)
def test_breadcrumbs_keep_the_standpoint(client, plan, path, trail, here):
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', unescape(page(client, path)), re.S)[0]
    assert re.findall(r'<a href="([^"]+)">([^<]+)</a>', crumbs) == trail
    assert re.findall(r'<span aria-current="page">([^<]*)</span>', crumbs) == [here]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("/sti-13/indicators/I09/", "/sti-13/indicators/I08/", "/sti-13/indicators/I10/"),
        ("/sti-13/indicators/I01/", None, "/sti-13/indicators/I02/"),
        ("/sti-13/goals/G11/", "/sti-13/goals/G10/", "/sti-13/goals/G12/"),
        ("/sti-13/goals/G12/", "/sti-13/goals/G11/", None),
        ("/sti-13/measures/M19/", "/sti-13/measures/M18/", "/sti-13/measures/M20/"),
        ("/sti-13/principles/2/", "/sti-13/principles/1/", "/sti-13/principles/3/"),
        ("/sti-13/areas/131127/", "/sti-13/areas/131126/", "/sti-13/areas/131128/"),
        ("/sti-13/areas/131100/", None, "/sti-13/areas/131102/"),
        ("/sti-13/areas/131181/", None, None),
    ],
)
def test_links_to_the_next_and_previous_page_keep_the_standpoint(client, plan, path, before, after):
    html = page(client, f"{path}?period=2018")
    found = [re.search(rf'rel="{way}" href="([^"]+)"', html) for way in ("prev", "next")]
    assert [match and match[1] for match in found] == [
        way and f"{way}?period=2018" for way in (before, after)
    ]


# Missing addresses


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (
            "/sti-13/indicators/i09/",
            '<a href="/search/?q=i09">搜索“i09”</a>，从<a href="/sti-13/indicators/">指标</a>的',
        ),
        ("/sti-13/areas/景县/", '搜索“景县”</a>，从<a href="/sti-13/areas/">县市区</a>的列表中查找'),
        ("/nowhere/", '您可以<a href="/search/">搜索</a>，或者从<a href="/">全部规划</a>中查找。'),
        ("/nowhere/areas/", '搜索“areas”</a>，或者从<a href="/">全部规划</a>中查找。'),
        (f"/x/{'长' * 60}", f"搜索“{'长' * 50}”"),
        ("/x/<b>&y=1/", '<a href="/search/?q=%3Cb%3E%26y%3D1">搜索“&lt;b&gt;&amp;y=1”</a>'),
    ],
)
def test_a_404_page_offers_a_search(client, plan, path, words):
    assert words in page(client, path, 404)


def test_a_404_page_of_a_site_with_one_plan_offers_its_lists(client, first_plan):
    ways = '从<a href="/sti-13/indicators/">指标</a>、'
    assert f'您可以<a href="/search/">搜索</a>，{ways}' in page(client, "/nowhere/", 404)
    assert f"搜索“areas”</a>，{ways}" in page(client, "/nowhere/areas/", 404)


@pytest.mark.parametrize("path", ["/search/", "/data/", "/areas/131127/", "/organizations/O01/"])
def test_a_shared_page_of_a_site_with_one_plan_leads_back_to_it(client, first_plan, path):
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', page(client, path), re.S)[0]
    assert '<a href="/sti-13/">总览</a>' in crumbs


def test_a_request_with_a_foreign_host_gets_a_helpful_page(client, plan):
    html = client.get("/sti-13/goals/", HTTP_HOST="elsewhere.example.org")
    assert (html.status_code, "请求无法识别" in html.content.decode()) == (400, True)
    assert "elsewhere" not in html.content.decode()


def test_an_unreadable_request_to_the_api_is_answered_in_json(client, plan):
    answer = client.post("/api/v1/areas/", {"a" * 5: "b"}, HTTP_HOST="elsewhere.example.org")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
