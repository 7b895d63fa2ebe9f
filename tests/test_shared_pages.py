"""The pages that all plans share, private and withdrawn plans, and addresses from before plans had codes."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import checks
from django.db.models import QuerySet

from hengshui_plan.views import old_addresses
from measures.models import Measure
from targets.models import Area, Goal, Indicator, Organization, Plan, ReportingDuty, Responsibility
from targets.review import fault_of_code
from targets.review.roles import Role
from tests.make import CITY, JINGXIAN, person
from tests.pages import page, part, raw, words
from tests.shipped import shipped

pytestmark = pytest.mark.django_db

OTHER = "yunhe-14"


def other_plan(code: str = OTHER, title: str = "云河市规划", **values) -> Plan:
    """Create a public plan of another city with one indicator; it lists 景县 too, and names a unit."""
    top = Area.objects.create(
        code=f"99{Plan.objects.count()}100", name="云河市", code_system="stats", kind="city", source="虚构"
    )
    years = {"start_year": 2016, "end_year": 2020, "baseline_year": 2015}
    plan = Plan.objects.create(
        code=code,
        title=title,
        document_title=title,
        issuer="云河市人民政府",
        top_area=top,
        completeness="complete",
        **years | {"is_public": True} | values,
    )
    plan.areas.set([top, Area.objects.get(code=JINGXIAN)])
    plan.organizations.set([Organization.objects.get(code="O01")])
    Indicator.objects.create(
        plan=plan, code="I09", name="云河高企", level="any", category="firm", unit="家", kind="stock"
    )
    Goal.objects.create(plan=plan, code="G01", kind="outcome", statement="云河创新增强")
    return plan


@pytest.fixture
def other(plan) -> Plan:
    return other_plan()


def headings(html: str) -> list[tuple[str, str]]:
    """Return address and text of the headings that are links."""
    return re.findall(r'<h2[^>]*><a href="([^"]+)">([^<]+)</a></h2>', html)


SHIPPED = ("/sti-13/", "衡水市科技创新“十三五”规划")
BESIDE = ("/yunli-sti-14/", "云狸省科技创新规划")


# The front door


def test_the_front_door_leads_to_the_only_public_plan_and_keeps_the_query(client, first_plan):
    assert client.get("/").url == "/sti-13/"
    assert client.get("/?period=2018&area=131127").url == "/sti-13/?period=2018&area=131127"
    other_plan(is_public=False)
    assert client.get("/").url == "/sti-13/"


def test_the_front_door_without_a_public_plan_says_so(client, db):
    assert "还没有公开的规划。" in page(client, "/")


def test_the_front_door_lists_current_plans_first_with_their_state(client, other):
    html = page(client, "/")
    assert headings(html) == [BESIDE, SHIPPED, (f"/{OTHER}/", "云河市规划")]
    assert "<p>截至2020年末，衡水市监测的 24 项指标都还不能判断进展（24 项未设目标）。</p>" in html
    assert "<p>截至2020年末，云河市监测的 1 项指标都还不能判断进展（1 项未设目标）。</p>" in html
    QuerySet(Plan).filter(code="sti-13").update(is_current=False)
    QuerySet(Plan).filter(code=OTHER).update(is_current=True)
    found = [address for address, _ in headings(page(client, "/"))]
    assert found == ["/yunli-sti-14/", f"/{OTHER}/", "/sti-13/"]


def test_the_state_of_a_plan_on_the_front_door_is_that_of_its_own_page(client, demo):
    other_plan()
    verdict = re.search(r'<p class="lead">(.*?)</p>', page(client, "/sti-13/"))[1]
    assert f"<p>{verdict}</p>" in page(client, "/")
    of_county = re.search(r'<p class="lead">(.*?)</p>', page(client, f"/sti-13/areas/{JINGXIAN}/"))[1]
    assert f"<p>{of_county}<a" in page(client, f"/areas/{JINGXIAN}/")


# An area, a unit


def test_the_page_of_an_area_shows_it_in_each_plan_that_lists_it(client, other):
    html = page(client, f"/areas/{JINGXIAN}/?period=2018")
    assert headings(html) == [
        (f"/yunli-sti-14/areas/{JINGXIAN}/", BESIDE[1]),
        (f"/sti-13/areas/{JINGXIAN}/", SHIPPED[1]),
        (f"/{OTHER}/areas/{JINGXIAN}/", "云河市规划"),
    ]
    assert [address for address, _ in headings(page(client, f"/areas/{CITY}/"))] == [f"/sti-13/areas/{CITY}/"]
    assert [address for address, _ in headings(page(client, "/areas/131181/"))] == ["/sti-13/areas/131181/"]


def test_the_page_of_a_unit_says_what_it_leads_reports_and_carries_out_by_plan(client, other):
    unit = Organization.objects.get(code="O01")
    goal, indicator = Goal.objects.get(plan=OTHER, code="G01"), Indicator.objects.get(plan=OTHER, code="I09")
    Responsibility.objects.create(organization=unit, role="lead", goal=goal, source="云科1号")
    Responsibility.objects.create(organization=unit, role="support", indicator=indicator, source="云科2号")
    for area in other.areas.all():
        ReportingDuty.objects.create(indicator=indicator, area=area, organization=unit)
    Measure.objects.filter(plan="sti-13", code="M03").update(organization=unit)
    html = page(client, "/organizations/O01/")
    assert headings(html) == [SHIPPED, (f"/{OTHER}/", "云河市规划")]
    assert part(html, "h-sti-13") == (
        "衡水市科技创新“十三五”规划 牵头与配合 非原文 没有写明它牵头或配合什么。 填报 没有填报任务。"
        f" 提到它的措施 {Measure.objects.get(plan='sti-13', code='M03')}"
    )
    assert part(html, f"h-{OTHER}") == (
        "云河市规划 牵头与配合 非原文 牵头： G01 云河创新增强 出处：云科1号 配合： I09 云河高企 出处：云科2号"
        " 填报 填报任务 指标 频率 县市区 起止 I09 云河高企 每年 景县、云河市 整个规划期"
        " 提到它的措施 没有措施提到它。"
    )


def test_pages_link_to_the_unit_that_they_name(client, plan):
    unit = Organization.objects.get(code="O01")
    goal = shipped(Goal).get(code="G08")
    Responsibility.objects.create(organization=unit, role="lead", goal=goal, source="衡科1号")
    assert f'<a href="/organizations/O01/">{unit.name}</a>' in page(client, "/sti-13/goals/G08/")


# Queries


SHARED = [
    "/",
    f"/areas/{JINGXIAN}/",
    "/organizations/O01/",
    "/search/?q=科技",
    "/search/?q=没有",
    "/data/",
    "/sitemap.xml",
]


@pytest.mark.parametrize("path", SHARED)
def test_a_shared_page_costs_the_same_queries_with_three_plans_as_with_five(
    client, other, django_assert_num_queries, path
):
    costs = {
        "/": 10,
        f"/areas/{JINGXIAN}/": 11,
        "/organizations/O01/": 7,
        "/search/?q=科技": 14,
        "/search/?q=没有": 14,
        "/data/": 3,
        "/sitemap.xml": 10,
    }
    with django_assert_num_queries(costs[path]):
        client.get(path)
    other_plan("yunhe-15", "云河三")
    other_plan("yunhe-16", "云河四")
    with django_assert_num_queries(costs[path]):
        client.get(path)


# Several plans in search, data, feed and sitemap


def test_a_code_that_stands_in_several_plans_gives_one_hit_for_each(client, other):
    html = page(client, "/search/?q=I09")
    assert re.findall(r'<a href="([^"]+)"><span class="code">I09</span> ([^<]+)', html) == [
        ("/yunli-sti-14/indicators/I09/", "狸系高新技术企业"),
        ("/sti-13/indicators/I09/", "有效期内高新技术企业"),
        (f"/{OTHER}/indicators/I09/", "云河高企"),
    ]


def test_hits_are_grouped_by_plan_and_counted_together(client, other):
    html = page(client, "/search/?q=高企&period=2018")
    assert headings(html) == [(f"/{OTHER}/", "云河市规划")]
    assert f'href="/{OTHER}/indicators/I09/"' in html
    found = headings(page(client, "/search/?q=创新"))
    assert found == [BESIDE, SHIPPED, (f"/{OTHER}/", "云河市规划")]


def test_a_private_plan_is_in_no_shared_page_and_no_file(client, plan):
    before = {path: client.get(path).content for path in [*SHARED, "/robots.txt", "/sti-13/"]}
    other_plan(is_public=False)
    assert {path: client.get(path).content for path in before} == before
    assert client.get("/areas/991100/").status_code == 404


def test_the_data_page_has_the_lists_of_each_plan(client, other):
    html = page(client, "/data/")
    assert headings(html) == [BESIDE, SHIPPED, (f"/{OTHER}/", "云河市规划")]
    for code in ("sti-13", "yunli-sti-14", OTHER):
        assert f'href="/api/v1/plans/{code}/progress/?format=csv"' in html


def test_a_shared_page_offers_the_shared_pages_and_a_page_of_a_plan_its_own(client, other):
    nav = re.compile(r'<nav class="site-nav".*?</nav>', re.S)
    assert words(nav.search(page(client, "/data/?period=2018"))[0]) == "全部规划 搜索 数据开放"
    own = nav.search(page(client, f"/{OTHER}/goals/?period=2018"))[0]
    assert f'href="/{OTHER}/indicators/?period=2018"' in own
    assert "sti-13" not in own


OWN = ["", "text/", "principles/", "goals/", "goals/G01/", "indicators/", "indicators/I09/", "areas/"]
OWN += ["measures/", "policies/", "method/", "reports/", "compare/"]


@pytest.mark.parametrize(
    "path",
    [*OWN, f"areas/{JINGXIAN}/", "embed/indicator/I09/", "feed/"],
)
def test_a_page_of_a_plan_says_nothing_of_another(client, other, path):
    html = client.get(f"/{OTHER}/{path}").content.decode()
    assert re.findall("sti-13|十三五|衡政字|高新技术企业", html) == []


def test_a_plan_without_a_text_says_so(client, other):
    assert "这个规划还没有录入原文。" in page(client, f"/{OTHER}/text/", 404)


def test_an_address_below_a_plan_that_has_no_page_offers_the_lists_of_that_plan(client, other):
    html = page(client, f"/{OTHER}/areas/景县/", 404)
    assert f'从<a href="/{OTHER}/areas/">县市区</a>的列表中查找' in html
    assert "sti-13" not in html


# Private and withdrawn plans


def test_a_private_plan_answers_a_visitor_like_an_unknown_code(client, plan):
    other_plan(is_public=False)
    for path in (
        "",
        "goals/",
        "indicators/I09/",
        "feed/",
        "embed/indicator/I09/",
        "indicators/I09/chart.svg",
    ):
        private, unknown = (raw(client, f"/{code}/{path}", 404) for code in (OTHER, "nowhere"))
        assert private == unknown.replace("nowhere", OTHER)


def test_staff_see_a_private_plan_marked_and_never_kept(plan, logged_in):
    other_plan(is_public=False)
    client = logged_in(person("规划甲", Role.PLAN_EDITOR))
    for path in (f"/{OTHER}/", f"/{OTHER}/goals/", "/", "/organizations/O01/", f"/areas/{JINGXIAN}/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store"), path
        assert "未公开" in answer.content.decode(), path
    assert "未公开" not in client.get("/sti-13/").content.decode()
    stranger = logged_in(person("无职乙"))
    assert stranger.get(f"/{OTHER}/").status_code == 404


def test_a_withdrawn_plan_is_gone_and_says_why(client, other):
    QuerySet(Plan).filter(code=OTHER).update(
        is_public=False, withdrawn_on="2026-03-01", withdrawal_reason="重新编制"
    )
    html = page(client, f"/{OTHER}/indicators/I09/", 410)
    assert "《云河市规划》已于 2026年3月1日撤下，不再公布。理由：重新编制。" in html
    assert "云河高企" not in html


# Addresses of the time with one plan


MOVED = {
    "/indicators/": "/sti-13/indicators/",
    "/indicators/I13/": "/sti-13/indicators/I13/",
    "/indicators/I13/chart.svg": "/sti-13/indicators/I13/chart.svg",
    "/plan/": "/sti-13/text/",
    "/principles/2/": "/sti-13/principles/2/",
    "/goals/G08/": "/sti-13/goals/G08/",
    "/measures/M19/": "/sti-13/measures/M19/",
    "/policies/": "/sti-13/policies/",
    "/areas/": "/sti-13/areas/",
    "/compare/": "/sti-13/compare/",
    "/reports/2018/report.json": "/sti-13/reports/2018/report.json",
    "/method/": "/sti-13/method/",
    "/feed/": "/sti-13/feed/",
    "/embed/indicator/I13/": "/sti-13/embed/indicator/I13/",
}


@pytest.mark.parametrize("path", MOVED)
def test_an_address_that_moved_is_answered_404_with_the_new_one(client, plan, path):
    html = page(client, path, 404)
    assert f'<strong>这一页的新网址：</strong><a href="{MOVED[path]}">{MOVED[path]}</a>' in html


def test_an_address_that_moved_to_a_plan_that_is_not_public_leads_to_the_front_door(client, plan):
    QuerySet(Plan).update(is_public=False)
    assert '新网址：</strong><a href="/">' in page(client, "/indicators/I13/", 404)
    assert "sti-13" not in page(client, "/indicators/I13/", 404)


@pytest.mark.parametrize(
    "path", ["/nowhere/", "/areas/999999/", "/sti-13/nowhere/", "/x/indicators/", "/admin/nowhere"]
)
def test_no_other_address_has_moved(plan, path):
    assert old_addresses.new_address(path, AnonymousUser()) is None


# Codes of plans


@pytest.mark.parametrize("code", ["sti-13", "yunhe-14", "a1"])
def test_a_plan_may_have_a_code_of_letters_digits_and_hyphens(code):
    assert fault_of_code(code) == ""


@pytest.mark.parametrize("code", ["", "a", "STI", "1st", "sti_13", "x" * 40, "规划", "a\n"])
def test_a_code_of_another_form_is_refused_with_the_rule(code):
    assert fault_of_code(code) == (
        f"规划代码“{code}”不合规则：须以小写字母开头，只用小写字母、数字和连字符，2 至 39 字。"
    )


@pytest.mark.parametrize(
    "code", ["search", "data", "areas", "organizations", "api", "admin", "static", "login", "targets"]
)
def test_a_code_that_is_an_address_of_the_site_or_the_desk_is_refused(code):
    assert fault_of_code(code) == f"规划代码“{code}”是本站自己的网址，不能使用，请另取一个，如 {code}-plan。"


def test_a_stored_plan_whose_code_became_an_address_is_reported_by_the_checks(plan):
    assert checks.run_checks(databases=["default"]) == []
    other_plan("search")
    [found] = checks.run_checks(databases=["default"])
    assert (found.id, found.msg) == ("targets.E001", f"数据库中的规划打不开：{fault_of_code('search')}")


# The site's name


def test_the_site_is_named_by_its_setting(client, other, settings):
    settings.SITE_NAME = "云上规划"
    html = page(client, "/")
    assert "<title>全部规划 · 云上规划</title>" in html
    assert '<a href="/">云上规划</a>' in html
    assert "<title>目标 · " not in page(client, "/sti-13/goals/")
    assert f" · {SHIPPED[1]}</title>" in page(client, "/sti-13/goals/")
