"""The examples of docs/api.md, each run unchanged against the demonstration."""

import contextlib
import io
import re
import subprocess
from typing import NamedTuple

import pandas
import pytest
from django.conf import settings

from targets.models import Plan

pytestmark = pytest.mark.one_database

DOCUMENT = settings.BASE_DIR / "docs" / "api.md"
DEMO = "http://127.0.0.1:8001"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    language: str
    program: str
    output: str


EXAMPLES = [Example(*found.groups("")) for found in BLOCK.finditer(DOCUMENT.read_text(encoding="utf-8"))]


def of(*languages: str) -> list:
    return [
        pytest.param(example, id=f"{example.language}-{number}")
        for number, example in enumerate(EXAMPLES)
        if example.language in languages
    ]


@pytest.fixture
def site(demo_live, live_server) -> str:
    """The document is about the demonstration alone: a visitor does not see the plan beside it."""
    Plan.objects.filter(code="yunli-sti-14").update(is_public=False)
    return live_server.url


def run_sh(program: str) -> str:
    return subprocess.run(["sh", "-euc", program], capture_output=True, text=True, check=True).stdout


def run_python(program: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program, DOCUMENT, "exec"), {})
    return printed.getvalue()


@pytest.mark.parametrize("example", of("sh", "python"))
def test_an_example_prints_the_output_shown_in_the_document(site, example):
    run = {"sh": run_sh, "python": run_python}[example.language]
    printed = run(example.program.replace(DEMO, site))
    # A byte order mark is invisible.
    assert printed.replace(site, DEMO).strip("\ufeff\n") == example.output.strip() != ""


@pytest.mark.browser
@pytest.mark.parametrize("example", of("js"))
def test_a_browser_example_runs_on_a_page_of_another_site(site, browser, elsewhere, example):
    page, printed = browser.new_page(), []
    page.on("console", lambda message: printed.append(message.text) if message.type == "log" else None)
    folder, address = elsewhere
    (folder / "dashboard.html").write_text("<title>elsewhere</title>")
    page.goto(f"{address}/dashboard.html")
    page.evaluate(f"async () => {{ {example.program.replace(DEMO, site)} }}")
    assert printed == [example.output.strip()]


@pytest.mark.parametrize("example", of("powerquery"))
def test_the_query_of_excel_finds_the_columns_that_it_names(site, example):
    """Excel is not available here: the test requests the same address and reads the file."""
    [address] = re.findall(r'Web\.Contents\("(.*?)"\)', example.program)
    columns = re.findall(r'\{"(\w+)", type (text|number)\}', example.program)
    table = pandas.read_csv(address.replace(DEMO, site), encoding="utf-8", dtype={"area": str})
    kinds = {name: "number" if table[name].dtype.kind in "if" else "text" for name, _ in columns}
    assert kinds == dict(columns)
    assert len(table) > 300


def test_every_language_named_in_the_document_has_an_example():
    assert {example.language for example in EXAMPLES} == {"sh", "python", "js", "powerquery"}


def test_every_example_with_output_is_tested():
    assert all(example.output for example in EXAMPLES if example.language != "powerquery")


def test_every_address_of_an_example_is_an_address_of_the_demonstration():
    addresses = re.findall(r"https?://[^\s\"']+", DOCUMENT.read_text(encoding="utf-8"))
    assert {address[: len(DEMO)] for address in addresses} == {DEMO}
