"""Rules for every page: small, plain markup, usable by keyboard and in old browsers."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.browser import Markup, weights
from tests.pages import DEMO_PATHS, PATHS

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

KILOBYTES = 60
# Newer than Chrome 109, which is the last one on Windows 7.
TOO_NEW = [
    # Nested rules, with or without &: braces in braces, except in an @ rule.
    r"&[\s:.>+~]",
    r"(?:^|[{};])[^{};@]*\{[^{}]*\{",
    r"\b(color-mix|light-dark|linear|oklch|oklab|lch|lab|round|mod|rem|sign|abs|anchor)\(",
    r"(?<![\w-])(color|calc-size|sqrt|pow|exp|log|hypot|a?sin|a?cos|a?tan2?)\(",
    r"\((from|scripting|update)\b|\bstyle\(",
    r"\d(rlh|rcap|rex|ric|cap)\b",
    r"@(scope|starting-style|layer-name|view-transition|position-try)\b",
    r"\b(text-wrap|white-space-collapse|field-sizing|interpolate-size|offset-path|animation-timeline)\s*:",
    r"\b(text-box|text-spacing-trim|font-size-adjust|anchor-name|scrollbar-(color|width))\s*:",
    r"(?<![\w-])(mask(-\w+)?|text-autospace|transition-behavior)\s*:|\bauto-phrase\b",
    r"\bsubgrid\b",
    r":(user-valid|user-invalid|open|popover-open|state|dir)\b",
    r":nth-[\w-]+\([^)]*\bof\b",
    r"@media[^{]*\b(width|height)\s*[<>]=?\s*[^)]*[<>]",
]


def faults(client, paths) -> dict[str, list[str]]:
    found = {path: Markup(client.get(path).content.decode()).faults for path in paths}
    return {path: told for path, told in found.items() if told}


def test_no_page_has_inline_style_or_script_or_a_bare_table(client, plan):
    assert faults(client, PATHS) == {}


def test_no_page_of_the_demonstration_has_inline_style_or_script_or_a_bare_table(client, demo):
    assert faults(client, DEMO_PATHS) == {}


@pytest.mark.parametrize("name", ["site.css", "embed.css", "admin.css"])
def test_the_style_sheets_need_no_newer_browser_than_chrome_109(name):
    css = Path(settings.BASE_DIR, "hengshui_plan/static/hengshui_plan", name).read_text()
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    assert [match[0] for pattern in TOO_NEW for match in re.finditer(pattern, css)] == []


@pytest.fixture
def demo_site(live_server, demo_live):
    return live_server.url


@pytest.fixture
def site(live_server, plan_live):
    return live_server.url


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_page_is_too_heavy_for_a_slow_connection(site, browser):
    found = weights(browser, site, PATHS)
    assert min(found.values()) > 3
    assert {path: size for path, size in found.items() if size > KILOBYTES} == {}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_page_of_the_demonstration_is_too_heavy_for_a_slow_connection(demo_site, browser):
    found = weights(browser, demo_site, DEMO_PATHS)
    assert {path: size for path, size in found.items() if size > KILOBYTES} == {}


FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  return [
    [...document.querySelectorAll("*")].indexOf(at),
    style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    at.checkVisibility({checkOpacity: true}) && box.width > 0 && box.height > 0 &&
      box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight,
  ];
}"""
OPERABLE = """() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
  .filter(one => one.type !== "hidden" && one.checkVisibility()).length"""


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_tab_key_reaches_everything_in_order_with_visible_focus(demo_site, browser):
    page = browser.new_page()
    found = {}
    for path in ["/sti-13/text/?corrected=1", "/search/?q=创新", *DEMO_PATHS]:
        page.goto(demo_site + path)
        expected = page.evaluate(OPERABLE)
        stops = []
        for _ in range(expected):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(FOCUSED))
        places = [place for place, _, _ in stops]
        found[path] = [
            "reaches all" if len(set(places)) == expected else f"{len(set(places))} of {expected} reached",
            "in order" if places == sorted(places) else "out of order",
            "visible" if all(is_outlined and is_seen for _, is_outlined, is_seen in stops) else "unseen",
        ]
    assert set(map(tuple, found.values())) == {("reaches all", "in order", "visible")}, found
