"""What officials come for, walked from the front page: with JavaScript and without, wide and narrow."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

YELLOW = "rgb(255, 241, 184)"


@pytest.fixture(
    params=[(True, 1280), (True, 360), (False, 1280), (False, 360)],
    ids=["scripts-1280", "scripts-360", "plain-1280", "plain-360"],
)
def visitor(request, browser):
    """A page of a fresh browser."""
    has_javascript, width = request.param
    return browser.new_page(java_script_enabled=has_javascript, viewport={"width": width, "height": 740})


def search(page, site: str, words: str):
    page.goto(site)
    page.get_by_role("searchbox", name="搜索").fill(words)
    page.get_by_role("button", name="搜索").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("搜索")


def found(page, kind: str):
    return page.get_by_role("region", name=kind)


def fits(page) -> bool:
    width = page.viewport_size["width"]
    box = page.locator("main").bounding_box()
    return box["x"] >= 0 and box["x"] + box["width"] <= width


def test_find_what_is_printed_with_a_slip(live_server, plan_live, visitor):
    search(visitor, live_server.url, "绿色发展")
    expect(visitor.get_by_role("main")).to_contain_text("没有找到“绿色发展”")
    visitor.get_by_role("link", name="绿色", exact=True).click()
    sentence = found(visitor, "原文").get_by_role("figure")
    expect(sentence.locator("mark")).to_have_text("绿")
    expect(sentence).to_contain_text("原文印作“绿”，勘误 SL02 建议读作“绿色”")
    sentence.get_by_role("link", name="看原文中的这一句").click()
    assert visitor.url == f"{live_server.url}/plan/?corrected=1#c2817"
    expect(visitor.locator("#c2817")).to_be_in_viewport()
    expect(visitor.locator("#SL02 ins")).to_have_text("绿色")
    visitor.get_by_role("link", name="勘误8（非原文）：建议读作“绿色”。").click()
    expect(visitor.get_by_role("row", name="SL02")).to_be_in_viewport()
    visitor.get_by_role("link", name="SL02").click()
    expect(visitor.locator("#SL02")).to_be_in_viewport()
    assert fits(visitor)


def test_find_a_word_that_the_text_breaks_inside(live_server, plan_live, visitor):
    search(visitor, live_server.url, "重大科技专项")
    sentences = found(visitor, "原文").get_by_role("figure")
    assert sentences.locator("mark").all_inner_texts() == ["重大科技专项", "重大科技专项"]
    sentences.nth(1).get_by_role("link", name="看原文中的这一句").click()
    assert visitor.url == f"{live_server.url}/plan/#c1140"
    sentence = visitor.locator("#c1140")
    expect(sentence).to_be_in_viewport()
    expect(sentence).to_have_css("background-color", YELLOW)
    assert "一批重大科技专项,我市已有6家省级农业科技园区" in sentence.inner_text()
    assert fits(visitor)


def test_what_exactly_the_plan_says_about_incubators(live_server, plan_live, visitor):
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
    assert visitor.url == f"{live_server.url}/plan/#c1074"
