"""The small page of an indicator for frames on other sites."""

import html
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from targets.models import Indicator, Observation, ReportStatus
from tests.browser import WCAG, Markup, weights
from tests.shipped import shipped

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

KILOBYTES = 20
EMBEDDED = "/sti-13/embed/indicator/I09/"
FRAMED = [
    EMBEDDED,
    "/sti-13/embed/indicator/I23/",
    "/sti-13/embed/indicator/X/",
    f"{EMBEDDED}?period=x&area=1",
]
FRAMED_DEMO = [
    f"{EMBEDDED}?period=2018",
    "/sti-13/embed/indicator/I08/?period=2019&area=131127",
    "/sti-13/embed/indicator/I21/",
]


def words(client, path: str, status: int = 200) -> str:
    """Return the visible text with spaces folded."""
    response = client.get(path)
    assert response.status_code == status
    body = response.content.decode().partition("<main>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


# Content


def test_the_embed_shows_value_time_target_light_and_source(client, demo):
    assert words(client, f"{EMBEDDED}?period=2018") == (
        "演示数据，随机生成，不得引用 有效期内高新技术企业 衡水市 · 截至2018年末 · 单位：家 "
        "137家 2018 ● 符合预期 目标值 155家（2020年） 完成率 88.4% "
        "2016—2020年，纵轴 80—160家。 ● 完成值 ○ 基期 ◇ 目标 "
        "来源： 衡水市科技创新“十三五”规划 （衡政字〔2016〕21号；原文、演示）"
    )


def test_the_embed_of_a_county_dates_an_old_value_and_lights_nothing(client, demo):
    said = words(client, "/sti-13/embed/indicator/I08/?period=2019&area=131127")
    assert (
        "专利授权量 景县 · 截至2019年末 · 单位：件 1211件 2018-H2 ○ 未更新 按2018年下半年：快于预期" in said
    )


def test_the_embed_states_missing_figures_and_invents_none(client, plan):
    assert words(client, EMBEDDED) == (
        "有效期内高新技术企业 衡水市 · 截至2020年末 · 单位：家 "
        "完成值 未填报 ○ 未设目标 基期值 92家 目标值 未设目标 "
        "来源： 衡水市科技创新“十三五”规划 （衡政字〔2016〕21号；原文）"
    )


def test_a_derived_value_or_coefficient_is_not_judged(client, plan):
    said = words(client, "/sti-13/embed/indicator/I23/")
    assert "基期值 近6亿元 ○ 不监测 这是推算，不是观测值。" in said


def test_the_embed_links_to_the_full_page_in_a_new_window(client, demo):
    content = client.get(f"{EMBEDDED}?period=2018&area=131127").content.decode()
    assert re.findall(r"<a [^>]*>", content) == [
        '<a href="http://testserver/sti-13/indicators/I09/?period=2018&amp;area=131127"'
        ' target="_blank" rel="noopener">'
    ]


def test_a_draft_is_not_shown(client, demo):
    before = words(client, f"{EMBEDDED}?period=2018")
    row = shipped(Observation).get(
        indicator__code="I09", area__code="131100", period__code="2018", status=ReportStatus.PUBLISHED
    )
    row.pk, row.status, row.published_at = None, ReportStatus.DRAFT, None
    row.revision, row.value = row.revision + 1, 999
    row.save()
    assert words(client, f"{EMBEDDED}?period=2018") == before


# Errors are shown in the frame


@pytest.mark.parametrize("code", ["X", "i09", "绿", "x" * 2000])
def test_an_unknown_code_is_answered_with_a_small_page(client, plan, code):
    said = words(client, f"/sti-13/embed/indicator/{code}/", 404)
    assert said.startswith(f"没有这项指标 没有代码为“{code[:20]}"[:30])
    assert said.endswith("请嵌入此框的网站核对代码。 查看全部指标")


def test_without_a_plan_there_is_no_indicator(client):
    assert client.get(EMBEDDED).status_code == 404


def test_a_period_and_an_area_that_cannot_be_read_are_answered_400_and_named(client, plan):
    said = words(client, f"{EMBEDDED}?period=x&area=1", 400)
    assert "嵌入地址中的报告期（period）无法识别，现按2020年末显示。" in said
    assert "嵌入地址中的县市区（area）无法识别，现按衡水市显示。" in said


# Who may frame which page


@pytest.mark.parametrize("path", FRAMED)
def test_every_site_may_frame_the_embed_and_no_other_rule_is_relaxed(client, plan, settings, path):
    response = client.get(path)
    policy = dict(rule.split(" ", 1) for rule in response["Content-Security-Policy"].split("; "))
    kept = {name: " ".join(sources) for name, sources in settings.SECURE_CSP.items()}
    assert "X-Frame-Options" not in response
    assert policy == kept | {"frame-ancestors": "*"}
    assert response.cookies == {}


@pytest.mark.parametrize(
    "path",
    [
        "/sti-13/",
        "/sti-13/indicators/I09/",
        "/sti-13/indicators/I09/chart.svg",
        "/sti-13/embed/",
        "/admin/login/",
        "/api/v1/",
        "/sti-13/feed/",
    ],
)
def test_no_other_page_may_be_framed(client, plan, path):
    response = client.get(path)
    assert response["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


# The embed code


def code_of(client, path: str) -> str:
    content = client.get(path).content.decode()
    return html.unescape(
        re.search(r'<textarea id="embed-code"[^>]* readonly[^>]*>(.*?)</textarea>', content)[1]
    )


def test_the_page_of_an_indicator_offers_the_embed_code_of_its_standpoint(client, demo):
    assert code_of(client, "/sti-13/indicators/I09/?period=2018&area=131127") == (
        '<iframe src="http://testserver/sti-13/embed/indicator/I09/?period=2018&amp;area=131127" '
        'title="有效期内高新技术企业：景县" width="360" height="340" '
        'style="border:0;max-width:100%"></iframe>'
    )


def test_a_name_with_html_is_escaped(client, plan):
    shipped(Indicator).filter(code="I09").update(name='"><script>&')
    assert 'title="&quot;&gt;&lt;script&gt;&amp;：衡水市"' in code_of(client, "/sti-13/indicators/I09/")


# Markup and look


def test_the_embed_has_plain_markup_without_a_script(client, demo):
    content = [client.get(path).content.decode() for path in [*FRAMED, *FRAMED_DEMO]]
    assert [Markup(page).faults for page in content] == [[]] * len(content)
    assert [page for page in content if "<script" in page or "<nav" in page] == []


@pytest.mark.parametrize("code", ["I09", "I16", "I23"])
def test_a_baseline_from_the_text_is_marked_as_such(client, plan, code):
    page = client.get(f"/sti-13/embed/indicator/{code}/").content.decode()
    assert "基期值" in page
    assert "21号；原文）" in page


def test_the_embed_costs_a_fixed_number_of_queries(client, demo, django_assert_num_queries):
    for path in FRAMED_DEMO:
        with django_assert_num_queries(13 if "period" in path else 15):
            client.get(path)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_page_of_another_site_shows_the_embed_with_the_copied_code(
    live_server, demo_live, client, browser, elsewhere
):
    folder, site = elsewhere
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{live_server.url}/sti-13/indicators/I09/?period=2018")
    page.get_by_text("嵌入到其他网页").click()
    code = page.get_by_label("把下面的代码贴进网页").input_value()
    (folder / "framed.html").write_text(f'<meta charset="utf-8">{code}', encoding="utf-8")
    page.goto(f"{site}/framed.html")
    frame = page.frame_locator("iframe[title='有效期内高新技术企业：衡水市']")
    expect(frame.get_by_role("heading", name="有效期内高新技术企业")).to_be_visible()
    expect(frame.get_by_role("img", name="衡水市：2018 137家")).to_be_in_viewport(ratio=1)
    expect(frame.get_by_text("来源：")).to_be_in_viewport(ratio=1)
    with page.expect_popup() as opened:
        frame.get_by_role("link").click()
    expect(opened.value).to_have_url(f"{live_server.url}/sti-13/indicators/I09/?period=2018")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_page_of_another_site_cannot_frame_other_pages(live_server, plan_live, browser, elsewhere):
    folder, site = elsewhere
    (folder / "framed.html").write_text(f'<iframe src="{live_server.url}/sti-13/indicators/I09/"></iframe>')
    page = browser.new_page()
    with page.expect_console_message(lambda message: "frame" in message.text.lower()):
        page.goto(f"{site}/framed.html")
    expect(page.frame_locator("iframe").get_by_role("heading", name="有效期内高新技术企业")).to_have_count(0)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("data", "paths"), [("plan_live", FRAMED), ("demo_live", FRAMED_DEMO)])
def test_the_embed_is_accessible_and_small_and_fits_every_width(live_server, browser, request, data, paths):
    request.getfixturevalue(data)
    found = {
        path: size for path, size in weights(browser, live_server.url, paths).items() if size > KILOBYTES
    }
    page = browser.new_page(bypass_csp=True)
    for width in (240, 360, 800):
        page.set_viewport_size({"width": width, "height": 300})
        for path in paths:
            page.goto(live_server.url + path)
            faults = [fault["id"] for fault in Axe().run(page, options=WCAG).response["violations"]]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append("too wide")
            if faults:
                found[path, width] = faults
    assert found == {}
