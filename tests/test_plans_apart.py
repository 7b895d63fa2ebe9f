"""Two plans in one database: neither is seen in the other, nor by visitors before it is public."""

import hashlib
import re
from collections.abc import Iterable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hengshui_plan.api.root import OF_A_PLAN
from measures.loading import loader
from targets import review
from targets.models import Area, Goal, Indicator, IndicatorLink, Organization, Plan, PublicChange, Target
from tests.crawl import Answer, crawl, files_of, pages_of
from tests.database import MARKS, SECOND, delete_all_rows, settle
from tests.make import CITY
from tests.pages import PAGES as PAGES_AND_COSTS
from tests.stored import observe

FIRST, OTHER, THIRD = "sti-13", "yunli-sti-14", "a-third-plan"
PAGES = ["", "text/", "principles/", "goals/", "goals/G01/", "indicators/", "indicators/I09/", "areas/"]
PAGES += [
    "areas/131127/",
    "compare/",
    "measures/",
    "measures/M01/",
    "policies/",
    "method/",
    "reports/",
    "feed/",
]
PAGES += ["embed/indicator/I09/"]
LISTS = [f"{name}/" for name in OF_A_PLAN] + ["datapackage.json", "stratml.xml", "observations/?format=csv"]
SHARED = [
    "/",
    "/search/?q=高新",
    "/data/",
    "/sitemap.xml",
    "/areas/131127/",
    "/api/v1/plans/",
    "/api/v1/areas/",
]
SHARED += ["/api/v1/organizations/", "/api/v1/policies/", "/api/v1/changes/"]


@pytest.fixture
def other(plan) -> Plan:
    """The second plan, which stands beside the first in every test."""
    return Plan.objects.get(code=OTHER)


def addresses(code: str) -> list[str]:
    return [f"/{code}/{page}" for page in PAGES] + [f"/api/v1/plans/{code}/{name}" for name in LISTS]


def body(client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return response.getvalue().decode() if response.streaming else response.content.decode()


def tags(client, paths: list[str]) -> dict[str, str]:
    settle()
    return {path: client.get(path).headers.get("ETag", "") for path in paths}


def marks_in(text: str) -> list[str]:
    return [mark for mark in MARKS if mark in text]


@pytest.mark.parametrize("path", addresses(FIRST))
def test_the_first_plan_says_nothing_of_the_other(client, other, path):
    assert marks_in(body(client, path)) == []


@pytest.mark.parametrize("path", addresses(OTHER))
def test_the_other_plan_says_nothing_of_the_first(client, other, path):
    text = re.sub("衡水市科学技术局|衡科字|景县|衡水市", "", body(client, path))
    assert re.findall("sti-13|十三五|衡政字", text.replace(OTHER, "")) == []


def test_a_publication_moves_no_tag_of_another_plan(client, other):
    before = tags(client, addresses(FIRST)), tags(client, addresses(OTHER))
    assert "" not in [*before[0].values(), *before[1].values()]
    observe("I13", CITY, "2018", 7)
    after = tags(client, addresses(FIRST)), tags(client, addresses(OTHER))
    assert after[1] == before[1]
    assert not before[0].items() & after[0].items()


def test_a_publication_moves_the_tags_of_a_plan_that_continues_the_indicator(client, other):
    own, earlier = (Indicator.objects.of_plan(code).get(code="I13") for code in (OTHER, FIRST))
    IndicatorLink.objects.create(indicator=own, earlier=earlier, source="对照表")
    before = tags(client, [f"/{OTHER}/"])
    observe("I13", CITY, "2018", 7)
    assert tags(client, [f"/{OTHER}/"]) != before


@pytest.fixture
def private(other) -> Plan:
    """The second plan before it is public."""
    Plan.objects.filter(pk=other.pk).update(is_public=False)
    settle()
    return Plan.objects.get(pk=other.pk)


@pytest.mark.parametrize("path", addresses(OTHER))
def test_a_private_plan_answers_a_visitor_like_an_unknown_code(client, private, path):
    unknown = path.replace(OTHER, "no-such-plan")
    response = client.get(path)
    assert response.status_code == client.get(unknown).status_code == 404
    assert marks_in(response.content.decode()) == []


@pytest.mark.parametrize("path", [*SHARED, *addresses(FIRST)])
def test_nothing_that_plans_share_shows_a_private_plan(client, private, path):
    response = client.get(path, follow=True)
    text = (response.getvalue() if response.streaming else response.content).decode()
    assert response.status_code == 200
    assert [word for word in (*MARKS, "云狸省") if word in text] == []


def test_edits_of_a_private_plan_are_no_public_change_and_move_no_tag(client, private):
    paths = [*SHARED[1:], *addresses(FIRST)]
    before, since = tags(client, paths), PublicChange.objects.newest().revision
    Goal.objects.of_plan(OTHER).update(note="改")
    Indicator.objects.of_plan(OTHER).update(note="改")
    Area.objects.filter(code="990100").update(note="改")
    Organization.objects.filter(name="云狸省人民政府").update(note="改")
    Target.objects.create(
        indicator=Indicator.objects.of_plan(OTHER).get(code="I09"),
        area=Area.objects.get(code="990000"),
        year=2022,
        value=9,
        grade="official",
        source="通知",
        decided_on=date(2018, 8, 1),
    )
    settle()
    assert list(PublicChange.objects.since(since).values_list("type", "code")) == []
    assert tags(client, paths) == before


def test_making_it_public_is_one_row_of_everything_of_the_plan(client, private):
    publisher = User.objects.create_superuser("发布")
    since = PublicChange.objects.newest().revision
    review.make_public(private, by=publisher)
    settle()
    rows = PublicChange.objects.since(since).values_list("type", "code", "plan", "is_deleted")
    assert list(rows) == [("all", "", OTHER, False)]
    assert marks_in(body(client, f"/{OTHER}/")) != []


def test_a_withdrawn_plan_answers_410_and_says_so_in_one_row(client, other):
    since = PublicChange.objects.newest().revision
    review.withdraw_plan(other, by=User.objects.create_superuser("站长"), reason="重复录入")
    settle()
    rows = PublicChange.objects.since(since).values_list("type", "code", "plan", "is_deleted")
    assert list(rows) == [("all", "", OTHER, False)]
    for path in addresses(OTHER):
        assert marks_in(body(client, path, 410).replace("云狸省科技创新规划", "")) == [], path
    assert OTHER in body(client, f"/api/v1/changes/?since={since}")


# A third plan


@pytest.fixture
def third_folder(tmp_path) -> Path:
    """The second plan's folder with other names and marks, and a code that sorts before all."""
    folder = tmp_path / "third"
    folder.mkdir()
    for path in SECOND.iterdir():
        text = path.read_bytes().decode()
        for mark, other in {"狸": "狐", "獭": "獾", "7777": "8888", "77.77": "88.88", OTHER: THIRD}.items():
            text = text.replace(mark, other)
        (folder / path.name).write_bytes(re.sub(r'"99(0\d{3})"', r'"98\1"', text).encode())
    plan, digest = folder / "plan.jsonl", hashlib.sha256((folder / "text.txt").read_bytes()).hexdigest()
    plan.write_text(re.sub(r'"sha256": "\w+"', f'"sha256": "{digest}"', plan.read_text()))
    return folder


def test_a_plan_with_an_earlier_code_changes_no_answer_of_the_others(client, other, third_folder):
    paths = [path for code in (FIRST, OTHER) for path in (*pages_of(client, code), *files_of(code))]
    before, shared = crawl(client, paths), crawl(client, SHARED)
    loader.load(third_folder)
    after = crawl(client, paths)
    assert {answer.status for answer in before.values()} == {200}
    assert {path: (before[path], after[path]) for path in paths if before[path] != after[path]} == {}
    assert [path for path, answer in crawl(client, SHARED).items() if answer.body == shared[path].body] == []
    assert "云狐省" in body(client, f"/{THIRD}/")


@pytest.fixture
def third(plan, third_folder) -> Plan:
    loader.load(third_folder)
    return Plan.objects.get(code=THIRD)


# List or file of a plan -> number of queries.
FILES = {
    "sections/": 3,
    "corrections/": 3,
    "citations/": 4,
    "principles/": 7,
    "weaknesses/": 7,
    "measures/": 6,
    "goals/": 11,
    "indicators/": 8,
    "baselines/": 5,
    "baseline-facts/": 5,
    "periods/": 3,
    "duties/": 4,
    "targets/": 3,
    "thresholds/": 3,
    "observations/": 3,
    "observations/?format=csv": 2,
    "assessments/": 3,
    "progress/": 12,
    "datapackage.json": 25,
    "stratml.xml": 15,
}


def costs(client, paths: Iterable[str]) -> dict[str, int]:
    found = {}
    for path in paths:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        found[path] = len(queries)
    return found


OF_FIRST = {path: number for path, number in PAGES_AND_COSTS.items() if path.startswith(f"/{FIRST}/")}


def test_pages_and_lists_of_the_only_plan_cost_as_many_queries_as_with_others_beside_it(client, first_plan):
    expected = OF_FIRST | {f"/api/v1/plans/{FIRST}/{name}": number for name, number in FILES.items()}
    assert costs(client, expected) == expected


def test_pages_and_lists_cost_as_many_queries_with_three_plans(client, third):
    expected = PAGES_AND_COSTS | {f"/api/v1/plans/{FIRST}/{name}": number for name, number in FILES.items()}
    assert costs(client, expected) == expected


# The exported plan


def test_the_exported_plan_loaded_on_an_empty_database_gives_the_same_answers(client, other, tmp_path):
    paths = [*pages_of(client, OTHER), *files_of(OTHER)]
    before = crawl(client, paths)
    call_command("export_plan", OTHER, folder=tmp_path / "out", stdout=StringIO())
    delete_all_rows()
    loader.load(tmp_path / "out")
    assert [*pages_of(client, OTHER), *files_of(OTHER)] == paths
    after = crawl(client, paths)
    changed = [path for path in paths if timeless(before[path]) != timeless(after[path])]
    assert changed == []


def timeless(answer: Answer) -> tuple[int, str]:
    """Leave out when a figure from outside was published, which a folder does not tell, and what follows.

    The version of a data package counts the changes of its database.
    """
    moment, follows = r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+\d\d:\d\d)", r'"hash": ?"[^"]+"|"version": ?"\d+"'
    return answer.status, re.sub(f"{moment}|{follows}", "", answer.body)


# Internal indicators


@pytest.fixture
def internal(plan) -> Indicator:
    """An indicator that the bureau follows but does not show, with a mark in its name and figures."""
    row = Indicator.objects.of_plan(FIRST).get(code="I09")
    observe("I09", CITY, "2018", 777777)
    Indicator.objects.filter(pk=row.pk).update(is_internal=True, name="密标指标")
    return row


@pytest.mark.parametrize(
    "path",
    [
        *(path for path in addresses(FIRST) if "I09" not in path),
        *SHARED,
        "/search/?q=I09",
        f"/{FIRST}/compare/?format=csv",
        f"/{FIRST}/areas/{CITY}/?period=2018",
        f"/api/v1/plans/{FIRST}/progress/?area=all&period=2018",
    ],
)
def test_an_internal_indicator_is_nowhere_seen_by_a_visitor(client, internal, path):
    response = client.get(path, follow=True)
    text = (response.getvalue() if response.streaming else response.content).decode()
    assert response.status_code == 200
    # A search repeats what was asked.
    sought = "密标指标|777777" if "/search/" in path else "密标指标|777777|I09"
    assert re.findall(sought, text.replace(f"/{OTHER}/indicators/I09/", "")) == []


OF_ONE = ["indicators/I09/", "progress/I09/", "indicators/I09/chart.svg"]


@pytest.mark.parametrize(
    "path",
    [
        *(path for path in addresses(FIRST) if "I09" in path),
        *(f"/api/v1/plans/{FIRST}/{name}" for name in OF_ONE),
    ],
)
def test_the_pages_of_an_internal_indicator_answer_a_visitor_404(client, internal, path):
    assert client.get(path).status_code == 404
