import re

import pytest
from django.conf import settings
from django.template import Context, Template

from targets.engine.status import labels_under
from tests.pages import PAGES, page

pytestmark = pytest.mark.one_database

FOLDER = settings.BASE_DIR / "templates"
FILES = {path: path.read_text(encoding="utf-8") for path in sorted(FOLDER.rglob("*")) if path.is_file()}
LINES = [
    (str(path.relative_to(FOLDER)), number, line)
    for path, text in FILES.items()
    for number, line in enumerate(text.split("\n"), 1)
]
COMPARISON = re.compile(r"""(?:==|!=)\s*["'][^"']*["']""")
INLINE = r"(?:</?(?:a|code|em|i|q|span|strong)\b[^<>]*>)*"
# Chinese text has no space before the first group of characters, nor after the second.
STRAY_BLANK = re.compile(rf"[ \n]{INLINE}[，。；：、）”》]|[，；、（“《]{INLINE}[ \n]")


def test_no_line_of_a_template_is_longer_than_160_characters():
    assert [(path, number) for path, number, line in LINES if len(line) > 160] == []


def test_a_template_ends_with_one_newline():
    assert [path for path, text in FILES.items() if text != text.rstrip("\n") + "\n"] == []


def test_no_template_compares_a_value_with_a_literal_code():
    """Use a property of the status, model or form instead, so that a new status is defined in one place."""
    assert [(path, number) for path, number, line in LINES if COMPARISON.search(line)] == []


@pytest.mark.parametrize("tag", ['{% if row.status == "achieved" %}', "{% elif kind != 'flow' %}"])
def test_a_comparison_with_a_literal_code_is_found(tag):
    assert COMPARISON.search(tag)


def test_the_statuses_of_a_light_are_listed_as_in_a_sentence():
    assert labels_under("red", last="或") == "滞后、较基期倒退或未达标"
    assert labels_under("yellow", last="或") == "略有滞后"


def oneline(source: str, **values) -> str:
    return Template("{% load site %}{% oneline %}" + source + "{% endoneline %}").render(Context(values))


def test_line_breaks_of_a_template_do_not_reach_a_chinese_sentence():
    source = '\n  甲，\n  {% if shown %}\n    <a href="/b/">乙</a>\n  {% endif %}\n  。\n'
    assert oneline(source, shown=True) == '甲，<a href="/b/">乙</a>。'


def test_a_space_inside_a_line_stays():
    assert oneline("\n  共 {{ n }} 项\n", n=3) == "共 3 项"


def test_a_line_break_inside_a_tag_becomes_one_space():
    assert oneline('<path\n  d="M0"\n  {% if bold %}class="b"{% endif %}/>\n', bold=True) == (
        '<path d="M0" class="b"/>'
    )


def test_a_value_keeps_its_line_breaks():
    assert oneline("\n  <q>\n    {{ text }}\n  </q>\n", text="甲\n乙") == "<q>甲\n乙</q>"


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_space_beside_chinese_punctuation(client, plan, path):
    main = re.search(r"<main.*</main>", page(client, path), re.S)[0]
    text = re.sub(r'<span class="as-printed">.*?</span>|<textarea.*?</textarea>', "", main, flags=re.S)
    assert STRAY_BLANK.findall(text) == []
