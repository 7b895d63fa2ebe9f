"""The pages in a real browser: accessible, narrow and wide, without JavaScript, nothing from outside."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser import WCAG
from tests.pages import DEMO_PATHS, PATHS

pytestmark = [pytest.mark.one_database, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(live_server, plan_live):
    return live_server.url


def test_axe_finds_nothing_on_any_page(site, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    found = {}
    for path in PATHS:
        page.goto(site + path)
        violations = Axe().run(page, options=WCAG).response["violations"]
        found[path] = [
            (violation["id"], [node["html"] for node in violation["nodes"]][:2]) for violation in violations
        ]
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_the_demonstration_is_accessible_and_fits_both_widths(live_server, demo_live, browser):
    found = {}
    for width in (1280, 360):
        page = browser.new_page(viewport={"width": width, "height": 740}, bypass_csp=True)
        for path in DEMO_PATHS:
            page.goto(live_server.url + path)
            violations = Axe().run(page, options=WCAG).response["violations"]
            found[path, width] = [
                (violation["id"], [node["html"] for node in violation["nodes"]][:2])
                for violation in violations
            ]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found[path, width].append("too wide")
    assert {place: faults for place, faults in found.items() if faults} == {}


def test_the_explanation_of_a_result_opens_without_javascript(live_server, demo_live, browser):
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{live_server.url}/sti-13/indicators/I09/?period=2018")
    page.get_by_text("怎么算的", exact=True).click()
    assert "完成率：137 / 155 = 0.8839" in page.locator("details", has_text="怎么算的").inner_text()


def test_a_wide_screen_shows_all_columns_of_lights_without_scrolling(live_server, demo_live, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{live_server.url}/sti-13/compare/?period=2018&sort=131127")
    frame = page.get_by_role("region", name="比较表")
    assert frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth")


def test_a_reader_can_compare_and_sort_without_javascript(live_server, demo_live, browser):
    page = browser.new_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page.goto(f"{live_server.url}/sti-13/areas/?period=2018")
    page.get_by_role("link", name="比较各地").click()
    page.get_by_label("指标").select_option(label="I09 有效期内高新技术企业")
    page.get_by_role("button", name="查看").click()
    page.get_by_role("link", name="2018", exact=True).click()
    assert page.locator("tbody th").all_inner_texts()[:3] == ["衡水市", "枣强县", "景县"]
    page.get_by_label("截至").select_option(label="2019年末（已报 172 / 317）")
    page.get_by_role("button", name="查看").click()
    assert page.get_by_role("columnheader", name="2018").get_attribute("aria-sort") == "descending"
    page.get_by_role("rowheader", name="景县").get_by_role("link").click()
    expect(page).to_have_url(f"{live_server.url}/sti-13/indicators/I09/?period=2019&area=131127")


def test_a_browser_draws_the_chart_file_without_cutting_off_words(live_server, demo_live, browser):
    page = browser.new_page()
    page.goto(f"{live_server.url}/sti-13/indicators/I08/chart.svg?period=2018&area=131127")
    outside = """() => [...document.querySelectorAll("text")].filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < 0 || box.right > 640 || box.top < 0;
    }).map(text => text.textContent)"""
    assert page.evaluate(outside) == []
    assert page.locator("text").count() > 10


@pytest.mark.parametrize("width", [1280, 360])
def test_no_page_is_wider_than_the_screen(site, browser, width):
    page = browser.new_page(viewport={"width": width, "height": 740})
    too_wide = []
    for path in PATHS:
        page.goto(site + path)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            too_wide.append(path)
    assert too_wide == []


def test_no_page_violates_the_strict_policy_or_requests_another_host(site, browser):
    page = browser.new_page()
    outside, complaints = [], []
    page.on("request", lambda request: request.url.startswith(site) or outside.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in PATHS:
        page.goto(site + path)
    expected = ["404 (Not Found)", "400 (Bad Request)"]
    assert outside == []
    assert [text for text in complaints if not any(status in text for status in expected)] == []


def test_a_reader_can_filter_and_follow_the_text_without_javascript(site, browser):
    page = browser.new_page(java_script_enabled=False)
    page.goto(site + "/sti-13/indicators/")
    page.get_by_label("分类").select_option(label="创新载体")
    page.get_by_role("button", name="筛选").click()
    page.get_by_role("link", name="省级科技企业孵化器").click()
    page.get_by_role("link", name="2、科技支撑发展能力逐步增强").first.click()
    expect(page).to_have_url(f"{site}/sti-13/text/#c1074")
    page.locator(".source-text").get_by_role("link", name="92家").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("I09 有效期内高新技术企业")


def test_the_first_tab_stop_skips_to_the_main_part(site, browser):
    page = browser.new_page()
    page.goto(site + "/")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "跳到正文"
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_corrections_show_printed_and_suggested_words(site, browser):
    page = browser.new_page()
    page.goto(site + "/sti-13/text/")
    page.get_by_role("link", name="显示勘误").click()
    slip = page.locator("#SL01")
    assert slip.locator("del").inner_text() == "区域特产业基地"
    assert slip.locator("ins").inner_text() == "区域特色产业基地"
    assert page.locator(".correction").count() == 14


def test_the_link_of_a_sentence_works_by_mouse_keyboard_and_touch(site, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(site + "/sti-13/text/")
    sentence = page.locator("#c1074")
    link = sentence.get_by_role("link", name="链接到本句")
    expect(link).to_have_css("opacity", "0")
    sentence.hover()
    expect(link).to_have_css("opacity", "1")
    page.mouse.move(0, 0)
    link.focus()
    expect(link).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/sti-13/text/#c1074")
    finger = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 800, "height": 600})
    page = finger.new_page()
    page.goto(site + "/sti-13/text/")
    link = page.locator("#c1074").get_by_role("link", name="链接到本句")
    expect(link).to_have_css("opacity", "1")
    box = link.bounding_box()
    assert min(box["width"], box["height"]) >= 24


def test_text_copied_from_the_plan_page_equals_the_source(site, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(site + "/sti-13/text/")
    selected = "getSelection().selectAllChildren(document.querySelector('#c736')), getSelection().toString()"
    assert page.evaluate(selected) == (
        "“十二五”期间,全市建成2个国家级、6个省级区域特产业基地,建成1个省级重点试验室,"
        "培育了14家省级工程技术研究中心和10家市级工程技术研究中心。"
    )


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1024, 768)])
def test_the_outline_stays_visible_while_the_text_scrolls(site, browser, width, height):
    page = browser.new_page(viewport={"width": width, "height": height}, java_script_enabled=False)
    page.goto(site + "/sti-13/text/#c3761")
    page.get_by_role("navigation", name="章节").get_by_role("link", name="1、科技创新能力逐步提高").click()
    expect(page).to_have_url(f"{site}/sti-13/text/#s-1.1.1")
    expect(page.get_by_role("navigation", name="章节")).to_be_in_viewport(ratio=0.9)


def test_the_outline_is_folded_on_a_phone_and_opens_without_javascript(site, browser):
    page = browser.new_page(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page.goto(site + "/sti-13/text/?corrected=1")
    outline = page.get_by_role("navigation", name="章节")
    link = outline.get_by_role("link", name="(三)发展目标")
    expect(link).to_be_hidden()
    outline.get_by_text("章节", exact=True).click()
    link.click()
    expect(page).to_have_url(f"{site}/sti-13/text/?corrected=1#s-2.3")
