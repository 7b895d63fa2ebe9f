"""A crawl of the desk by role: what is of one plan shows nothing of another."""

import re
from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from targets import review
from targets.desk.sheets import KINDS
from targets.models import (
    Area,
    AreaAssignment,
    Assessment,
    Observation,
    Period,
    Plan,
    ReportingDuty,
    Responsibility,
)
from tests.crawl import text_of
from tests.database import MARKS, SECOND
from tests.make import area, assess, bring_to, decide, enter, full_desk
from tests.stored import set_thresholds

pytestmark = pytest.mark.django_db

FIRST, OTHER = "sti-13", "yunli-sti-14"
# What staff write about each plan.
REMARKS = {FIRST: "衡办留言", OTHER: "狸办留言"}
PAGES = [
    "entry/?area=131127&period=2018",
    "assessments/?period=2018",
    "review/",
    "review/?status=accepted",
    "period-reports/?period=2018",
    "targets-of/?indicator=I13&year=2020",
    "publication/",
    "sheets/",
    *(f"sheets/{kind}/" for kind in KINDS),
    *(f"sheets/{kind}/export/?format=csv&years=2018&periods=2018&areas=131127" for kind in KINDS),
]
# Of each list, this many rows are opened.
OPENED = 2
CHOICE_OF_PLAN = re.compile(r'<details data-filter-title="规划".*?</details>', re.S)
# A unit that belongs to no area, such as a university, may be chosen in every plan.
CHOICE_OF_UNIT = re.compile(r'<select name="organization".*?</select>', re.S)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')


@pytest.fixture
def desk(plan):
    """Staff of every role, and their work on both plans in every step of the review."""
    desk = full_desk()
    Period.objects.of_all_plans().update(is_open=True)
    desk.boss = User.objects.create_superuser("站长")
    AreaAssignment.objects.create(user=desk.reporter, area=area("990000"))
    for code, top in ((FIRST, "131100"), (OTHER, "990000")):
        _work_on(desk, code, area(top))
    return desk


def _work_on(desk, code: str, top: Area):
    """Bring reports of 景县 to every status; enter what the editor enters, and publish a period report."""
    plan, said = Plan.objects.get(code=code), REMARKS[code]
    incubators, coverage = (plan.indicators.get(code=one) for one in ("I13", "I16"))
    years = {row.code: row for row in plan.periods.all()}
    unit = plan.organizations.filter(is_in_text=True).exclude(plans__code__in={FIRST, OTHER} - {code}).first()
    for indicator in (incubators, coverage):
        ReportingDuty.objects.get_or_create(indicator=indicator, area=desk.county)
        ReportingDuty.objects.get_or_create(indicator=indicator, area=top)
    for status, indicator, year in (
        ("draft", incubators, "2018"),
        ("submitted", incubators, "2019"),
        ("accepted", incubators, "2020"),
        ("published", coverage, "2018"),
        ("returned", coverage, "2019"),
    ):
        row = enter(desk, "7", indicator=indicator, period=years[year], note=said)
        review.attach(row, title=said, source=said, by=desk.reporter)
        bring_to(desk, status, row)
    goal = plan.goals.get(code="G01")
    bring_to(desk, "submitted", assess(desk, said, goal=goal, period=years["2018"]))
    decide(desk.editor, indicator=incubators, source=said)
    set_thresholds(plan=plan, source=said, reason=said)
    Responsibility.objects.create(organization=unit, role="lead", indicator=incubators, source=said)
    drawn = review.draw_up_period_report(years["2018"], kind="annual")
    review.publish_period_report(years["2018"], by=desk.publisher, kind="annual", shown=drawn.sha256)


def addresses(code: str) -> Iterator[str]:
    """Return the pages of work, the lists, the forms of new rows, and the pages of rows of a plan."""
    yield from (f"/admin/{code}/{page}" for page in PAGES)
    for row in Observation.objects.of_plan(code).exclude(entered_by=None):
        yield reverse("admin:report", args=[code, "observation", row.pk])
        if row.status == "published":
            yield reverse("admin:correct", args=[code, row.pk])
    for row in Assessment.objects.of_plan(code):
        yield reverse("admin:report", args=[code, "assessment", row.pk])
    for model, desk in admin.site._registry.items():
        if getattr(desk, "is_by_plan", False):
            yield from _of_model(model, code)
    row = Plan.objects.get(code=code)
    yield from (_door(row, name, row.pk) for name in ("change", "history"))


def _of_model(model, code: str) -> Iterator[str]:
    yield f"{_door(model, 'changelist')}?plan={code}"
    yield f"{_door(model, 'add')}?plan={code}"
    rows = model.objects.of_plan(code).order_by("-pk")
    if not hasattr(model, "plan_paths"):
        rows = rows.exclude(plans__code__in={FIRST, OTHER} - {code})
    for row in rows[:OPENED]:
        yield from (_door(row, name, row.pk) for name in ("change", "history", "delete"))


def _door(target, name: str, *args) -> str:
    return reverse(f"admin:{target._meta.app_label}_{target._meta.model_name}_{name}", args=args)


def foreign_to(code: str) -> re.Pattern:
    """Return the words that only the other plan has."""
    if code == FIRST:
        return re.compile("|".join(map(re.escape, (*MARKS, OTHER))))
    text = "".join(path.read_text() for path in SECOND.iterdir())
    plan = Plan.objects.get(code=FIRST)
    words = {
        FIRST,
        "十三五",
        REMARKS[FIRST],
        *plan.indicators.values_list("name", flat=True),
        *plan.goals.values_list("statement", flat=True),
        *plan.measures.values_list("name", flat=True),
        *plan.areas.values_list("name", flat=True),
        *plan.organizations.values_list("name", flat=True),
        *plan.policies.values_list("title", flat=True),
    }
    # A help text has one of them as its example.
    words.discard("市直各部门")
    return re.compile("|".join(re.escape(word) for word in words if word not in text))


def shown(response) -> str:
    """Return the page without the choices that name what several plans have."""
    return TOKEN.sub("", CHOICE_OF_UNIT.sub("", CHOICE_OF_PLAN.sub("", text_of(response))))


@pytest.mark.parametrize("code", [FIRST, OTHER])
@pytest.mark.parametrize("who", ["reporter", "reviewer", "publisher", "auditor", "editor", "boss"])
def test_the_desk_of_a_plan_shows_nothing_of_another(desk, logged_in, who, code):
    here, foreign = logged_in(getattr(desk, who)), foreign_to(code)
    answers = {path: here.get(path) for path in addresses(code)}
    pages = {path: shown(answer) for path, answer in answers.items() if answer.status_code == 200}
    assert {path: found for path, text in pages.items() if (found := {*foreign.findall(text)})} == {}
    assert [path for path, text in pages.items() if REMARKS[code] in text] != []
    closed = [path for path in answers.keys() - pages.keys() if not re.search("/(add|delete)/", path)]
    # So that the crawl reaches all that it should.
    assert (closed == []) == (who == "boss")
