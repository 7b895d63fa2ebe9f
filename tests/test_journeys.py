"""Tasks of officials, done from the front page: with and without JavaScript, on wide and narrow screens."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.one_database, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PLAN = "衡水市科技创新“十三五”规划"
YELLOW = "rgb(255, 241, 184)"


@pytest.fixture(
    params=[(True, 1280), (True, 360), (False, 1280), (False, 360)],
    ids=["scripts-1280", "scripts-360", "plain-1280", "plain-360"],
)
def visitor(request, browser):
    """Return a page of a fresh browser."""
    has_javascript, width = request.param
    return browser.new_page(java_script_enabled=has_javascript, viewport={"width": width, "height": 740})


def search(page, site: str, words: str):
    page.goto(site)
    page.get_by_role("searchbox", name="搜索").fill(words)
    page.get_by_role("button", name="搜索").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("搜索")


def found(page, kind: str):
    return page.get_by_role("region", name=PLAN).get_by_role("region", name=kind)


def enter(page, site: str):
    """Go from the front page to the plan."""
    page.goto(site)
    page.get_by_role("main").get_by_role("link", name=PLAN).click()


def fits(page) -> bool:
    width = page.viewport_size["width"]
    box = page.locator("main").bounding_box()
    return box["x"] >= 0 and box["x"] + box["width"] <= width


def test_find_words_that_are_printed_with_a_slip(live_server, plan_live, visitor):
    search(visitor, live_server.url, "绿色发展")
    expect(visitor.get_by_role("main")).to_contain_text("没有连在一起的“绿色发展”")
    sentence = found(visitor, "原文").get_by_role("figure")
    assert sentence.locator("mark").all_inner_texts() == ["发展", "绿", "发展", "发展", "发展"]
    expect(sentence).to_contain_text("原文印作“绿”，勘误 SL02 建议读作“绿色”")
    sentence.get_by_role("link", name="看原文中的这一句").click()
    expect(visitor).to_have_url(f"{live_server.url}/sti-13/text/?corrected=1#c2817")
    expect(visitor.locator("#c2817")).to_be_in_viewport()
    expect(visitor.locator("#SL02 ins")).to_have_text("绿色")
    visitor.get_by_role("link", name="勘误8（非原文）：建议读作“绿色”。").click()
    expect(visitor.get_by_role("row", name="SL02")).to_be_in_viewport()
    visitor.get_by_role("link", name="SL02").click()
    expect(visitor.locator("#SL02")).to_be_in_viewport()
    assert fits(visitor)


def test_find_a_word_that_is_split_by_a_line_break(live_server, plan_live, visitor):
    search(visitor, live_server.url, "重大科技专项")
    sentences = found(visitor, "原文").get_by_role("figure")
    assert sentences.locator("mark").all_inner_texts() == ["重大科技专项", "重大科技专项"]
    sentences.nth(1).get_by_role("link", name="看原文中的这一句").click()
    expect(visitor).to_have_url(f"{live_server.url}/sti-13/text/#c1140")
    sentence = visitor.locator("#c1140")
    expect(sentence).to_be_in_viewport()
    expect(sentence).to_have_css("background-color", YELLOW)
    assert "一批重大科技专项,我市已有6家省级农业科技园区" in sentence.inner_text()
    assert fits(visitor)


def test_find_the_exact_words_of_the_plan_about_incubators(live_server, plan_live, visitor):
    search(visitor, live_server.url, "孵化器")
    assert fits(visitor)
    sentence = found(visitor, "原文").get_by_role("figure").first
    assert sentence.locator("mark").all_inner_texts() == ["孵化器", "孵化器"]
    sentence.get_by_role("link", name="看原文中的这一句").click()
    expect(visitor.locator("#c1074")).to_be_in_viewport()
    expect(visitor.locator("#c1074")).to_have_css("background-color", YELLOW)
    visitor.locator("#c1074").get_by_role("link", name="4家").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("I13 省级科技企业孵化器")
    expect(visitor.get_by_role("main")).to_contain_text("基期值 4家")
    assert fits(visitor)
    visitor.get_by_role("link", name="M03 科技企业孵化器建设").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("M03 科技企业孵化器建设")
    visitor.get_by_role("link", name="2、科技支撑发展能力逐步增强").click()
    expect(visitor).to_have_url(f"{live_server.url}/sti-13/text/#c1074")


def heading(page):
    return page.get_by_role("heading", level=1)


def test_find_the_status_of_a_county_in_2018_and_its_reason(live_server, demo_live, visitor):
    enter(visitor, live_server.url)
    visitor.get_by_role("navigation", name="主导航").get_by_role("link", name="县市区").click()
    visitor.get_by_role("link", name="景县", exact=True).click()
    visitor.get_by_label("截至").select_option(label="2018年末（已报 316 / 317）")
    visitor.get_by_role("button", name="查看").click()
    expect(heading(visitor)).to_have_text("景县进展单 截至2018年末")
    expect(visitor.locator(".lead")).to_have_text(
        "截至2018年末，景县监测的 24 项指标中能判断的有 19 项：15 项不慢于预期或已达标，4 项滞后；"
        "其余 5 项不能判断（5 项未设目标）。"
    )
    assert fits(visitor)
    visitor.get_by_role("region", name="不及预期的指标表").get_by_role("link", name="科技型中小企业").click()
    expect(visitor).to_have_url(
        f"{live_server.url}/sti-13/indicators/I14/?period=2018&area=131127#h-progress"
    )
    visitor.get_by_text("怎么算的", exact=True).click()
    steps = visitor.locator("details", has_text="怎么算的").inner_text()
    assert "完成率：240 / 500 = 0.48" in steps
    assert "判定：滞后" in steps
    assert fits(visitor)


def test_find_the_indicators_of_a_goal_that_are_behind(live_server, demo_live, visitor):
    visitor.goto(f"{live_server.url}/sti-13/?period=2018")
    visitor.get_by_role("navigation", name="主导航").get_by_role("link", name="目标").click()
    visitor.get_by_role("link", name="全市创新能力明显提高").click()
    expect(heading(visitor)).to_have_text("G10 全市创新能力明显提高")
    links = visitor.locator("p", has_text="不及预期的：").get_by_role("link")
    assert [text.split()[0] for text in links.all_inner_texts()] == ["I06", "I08", "I11"]
    assert fits(visitor)
    links.last.click()
    expect(heading(visitor)).to_have_text("I11 省知识产权优势培育单位")


# How wide A4 is between the margins of the print style, in CSS pixels.
PAPER = 688
CUT_OFF = """() => [...document.querySelectorAll("main *")]
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && one.checkVisibility())
  .map(one => one.outerHTML.slice(0, 80))"""


def printed(page) -> dict:
    """Return the number of A4 pages, the elements cut off on them, and those that are useless on paper."""
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    page.set_viewport_size({"width": PAPER, "height": 1000})
    page.emulate_media(media="print")
    return {
        "pages": len(re.findall(rb"/Type\s*/Page\b", paper)),
        "cut": page.evaluate(CUT_OFF),
        "useless": page.get_by_role("button").count() + page.get_by_role("navigation").count(),
    }


def test_print_the_county_sheet(live_server, demo_live, visitor):
    visitor.goto(f"{live_server.url}/sti-13/?period=2018")
    visitor.get_by_role("navigation", name="主导航").get_by_role("link", name="县市区").click()
    visitor.get_by_role("link", name="景县", exact=True).click()
    expect(heading(visitor)).to_have_text("景县进展单 截至2018年末")
    assert printed(visitor) == {"pages": 2, "cut": [], "useless": 0}
    expect(heading(visitor)).to_have_text("景县进展单 截至2018年末")


@pytest.mark.parametrize(("area", "period"), [("131122", "2020"), ("131100", "2018"), ("131100", "2020")])
def test_the_sheet_of_an_area_is_printed_on_two_pages(live_server, demo_live, browser, area, period):
    page = browser.new_page()
    page.goto(f"{live_server.url}/sti-13/areas/{area}/?period={period}")
    assert printed(page) == {"pages": 2, "cut": [], "useless": 0}


def test_print_a_comparison_without_cutting_anything(live_server, demo_live, browser):
    page = browser.new_page(viewport={"width": PAPER, "height": 1000})
    page.emulate_media(media="print")
    for query in ("period=2018", "indicator=I08&period=2020", "indicator=I20&period=2019"):
        page.goto(f"{live_server.url}/sti-13/compare/?{query}")
        assert page.evaluate(CUT_OFF) == []
