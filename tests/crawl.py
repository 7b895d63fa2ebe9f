"""All public addresses of a plan, and what stands at them."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from hengshui_plan.api.root import OF_A_PLAN
from tests.api import FLAT_SETS
from tests.database import settle


class Answer(NamedTuple):
    status: int
    tag: str
    body: str


def pages_of(client, code: str) -> list[str]:
    """Return the pages that the sitemap lists, and what hangs on them."""
    listed = client.get("/sitemap.xml").content.decode()
    pages = re.findall(rf"<loc>http://testserver(/{code}/[^<]*)</loc>", listed)
    more = ["text/?corrected=1", "feed/", "indicators/I13/chart.svg?period=2020", "embed/indicator/I09/"]
    more += ["areas/131127/?period=2018", "compare/?indicator=I09"]
    return [*pages, *(f"/{code}/{path}" for path in more)]


def files_of(code: str) -> list[str]:
    """Return the lists of the API as JSON and CSV, and the files."""
    home = f"/api/v1/plans/{code}/"
    lists = [f"{home}{name}/" for name in OF_A_PLAN]
    whole = [f"{home}progress/?area=all", f"{home}sections/?tree=1"]
    tables = [f"{home}{name}/?format={form}" for name in FLAT_SETS for form in ("csv", "jsonstat")]
    return [home, *lists, *whole, *tables, f"{home}datapackage.json", f"{home}stratml.xml"]


def text_of(response) -> str:
    return (response.getvalue() if response.streaming else response.content).decode()


def crawl(client, paths: Iterable[str]) -> dict[str, Answer]:
    settle()
    answers = {}
    for path in paths:
        response = client.get(path)
        answers[path] = Answer(response.status_code, response.get("ETag", ""), text_of(response))
    return answers
