"""Requests to the API, as a client sends them."""

import csv
import io
import re
from pathlib import Path

from django.conf import settings

from hengshui_plan.api.root import OF_A_PLAN, SHARED
from tests.make import JINGXIAN

ENDPOINTS = SHARED | OF_A_PLAN
BELOW_A_PLAN = {*OF_A_PLAN, "csv", "datapackage.json", "stratml.xml"}

WITHOUT_CODE = {
    "citations",
    "baselines",
    "duties",
    "targets",
    "thresholds",
    "observations",
    "assessments",
    "changes",
}


def address(path: str, plan: str = "sti-13") -> str:
    """Return the address of a path, below a plan if it is of a list or file of a plan."""
    name = re.match(r"[^/?]*", path)[0]
    return f"/api/v1/plans/{plan}/{path}" if name in BELOW_A_PLAN else f"/api/v1/{path}"


def described_at(path: str) -> str:
    """Return the address of a path as the schema has it."""
    return address(path.partition("?")[0], "{plan}")


def of_one(name: str) -> str:
    """Return the address of one record of a list as the schema has it."""
    return "/api/v1/plans/{plan}/" if name == "plans" else described_at(f"{name}/{{code}}/")


def ask(client, path, status=200, **kwargs):
    response = client.get(address(path), **kwargs)
    assert (response.status_code, response["Content-Type"]) == (status, "application/json")
    return response.json()


def rows(client, path):
    return ask(client, path)["results"]


def codes(client, path):
    return [row["code"] for row in rows(client, path)]


def fault(client, path, status=400):
    error = ask(client, path, status)["error"]
    return error["code"], error["parameter"], error["message"]


EMPTY = {"count": 0, "next": None, "previous": None, "results": []}


OPENAPI = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"


FLAT_SETS = ["indicators", "baselines", "targets", "thresholds", "observations", "progress"]


# One area for each status that hides a row.
HIDDEN_IN = ["131100", "131102", "131103", "131121", "131122", "131123"]


def download(client, path, **kwargs) -> bytes:
    response = client.get(address(path), **kwargs)
    assert response.status_code == 200, path
    return response.getvalue()


def table(client, path) -> tuple[list[str], list[dict[str, str]]]:
    """Return the header and the rows of a CSV."""
    content = download(client, path)
    assert content.startswith(b"\xef\xbb\xbf")
    text = content.decode("utf-8-sig")
    assert text.partition("\n")[0].endswith("\r")
    assert text.endswith("\r\n")
    lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return list(lines.fieldnames), list(lines)


ADDRESSES = [
    "/sti-13/",
    "/sti-13/text/",
    "/sti-13/indicators/I09/",
    "/sti-13/indicators/I13/chart.svg?period=2020",
    f"/sti-13/areas/{JINGXIAN}/",
    "/search/?q=科技",
    "/sti-13/feed/",
    "/sitemap.xml",
    "/api/v1/",
    "/api/v1/schema/",
    "/api/v1/plans/sti-13/indicators/?page_size=3",
    "/api/v1/plans/sti-13/indicators/I09/",
    "/api/v1/plans/sti-13/progress/?area=all",
    "/api/v1/changes/",
]
