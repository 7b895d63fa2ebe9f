"""Rights by role and door (a page, file or act): each cell of the table is an answer for every row.

There are rows of every status in two counties, and assessments of the city. A door answers either
with the rows that it shows or changes, or with a status code for each row.
"""

import csv
import io
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from django.urls import reverse

from targets import review
from targets.engine.quantities import plain
from targets.models import Assessment, Goal, Observation, Period, PeriodReport, ReviewEvent
from targets.review.roles import Role
from tests.api import address
from tests.database import ACCOUNTS, committed_rows, own_models
from tests.make import area, assess, bring_to, duty, enter, full_desk, period, person, reopened
from tests.shipped import shipped

pytestmark = [pytest.mark.one_database, pytest.mark.django_db]

PLACES = {"here": "131127", "there": "131121"}
# Status -> indicator or goal, and year of the row; "successor" is the correction of the superseded row.
SERIES = {
    "draft": ("I13", "G01", "2016"),
    "returned": ("I13", "G02", "2017"),
    "submitted": ("I13", "G03", "2018"),
    "accepted": ("I13", "G04", "2019"),
    "published": ("I13", "G05", "2020"),
    "superseded": ("I16", "G06", "2016"),
    "withdrawn": ("I16", "G07", "2017"),
}
STATUSES = {*SERIES, "successor"}
OUT = {"published", "successor"}


def rows(here=(), there=(), judgements=()) -> set[tuple[str, str]]:
    chosen = {"here": here, "there": there, "judgement": judgements}
    return {(place, status) for place, statuses in chosen.items() for status in statuses}


EVERY = rows(STATUSES, STATUSES, STATUSES)
NONE = rows()
PUBLIC = rows(OUT, OUT, OUT)
OF_HERE = PUBLIC | rows(STATUSES)
OF_CITY = PUBLIC | rows(judgements=STATUSES)

ROLES = {
    "填报员": [Role.REPORTER, "131127"],
    "外县填报员": [Role.REPORTER, "131123"],
    "全市填报员": [Role.REPORTER, "131100"],
    "审核员": [Role.REVIEWER],
    "发布员": [Role.PUBLISHER],
    "审计员": [Role.AUDITOR],
    "规划管理员": [Role.PLAN_EDITOR],
    "无职": [],
    "访客": None,
}


def for_all(answer, **others) -> dict:
    """Return the same answer for every role except the named ones."""
    return dict.fromkeys(ROLES, answer) | others


# A number is the status code for every row; a pair gives the rows with 200, and the code of the others.
LOGIN, FORBIDDEN, MISSING = 302, 403, 404
OUTSIDERS = {"无职": FORBIDDEN, "访客": LOGIN}
SEEN = for_all(EVERY, 填报员=OF_HERE, 外县填报员=PUBLIC, 全市填报员=OF_CITY, 规划管理员=PUBLIC, **OUTSIDERS)
# A hidden row looks like a missing one: the desk redirects to its front page.
SHOWN = {role: answer if isinstance(answer, int) else (answer, 302) for role, answer in SEEN.items()}
# Only those who take part see how a published row was made.
FOLLOWED = SHOWN | {
    "填报员": {200: rows(STATUSES), 403: rows((), OUT, OUT), 302: EVERY - OF_HERE - rows((), OUT, OUT)},
    "外县填报员": {403: PUBLIC, 302: EVERY - PUBLIC},
    "全市填报员": {200: rows((), (), STATUSES), 403: rows(OUT, OUT), 302: EVERY - OF_CITY},
    "规划管理员": {403: PUBLIC, 302: EVERY - PUBLIC},
}
FILLED_IN = {"填报员": rows(STATUSES), "全市填报员": rows(judgements=STATUSES)}
EDITABLE = {"draft", "returned"}

IN_SHEETS = EDITABLE | {"submitted", "accepted"} | OUT
# None of the requested areas belongs to the user.
FORBIDDEN_AREA = 400

EXPECTED = {
    "list": SEEN,
    "search": SEEN,
    "filter": SEEN,
    "autocomplete": SEEN,
    "row": SHOWN,
    "history": FOLLOWED,
    "restore": for_all(FORBIDDEN, 访客=LOGIN)
    | {
        "填报员": {200: rows(STATUSES), 403: rows((), OUT, OUT), 404: EVERY - OF_HERE},
        "外县填报员": {403: PUBLIC, 404: EVERY - PUBLIC},
        "全市填报员": {200: rows((), (), STATUSES), 403: rows(OUT, OUT), 404: EVERY - OF_CITY},
        "规划管理员": {403: PUBLIC, 404: EVERY - PUBLIC},
    },
    # The successor was written only once: there is no version to restore.
    "restore post": for_all(
        NONE, 填报员=rows(EDITABLE | {"published"}), 全市填报员=rows((), (), EDITABLE | {"published"})
    ),
    "grid": for_all(NONE, 填报员=rows(STATUSES)),
    "grid post": for_all(NONE, 填报员=rows(EDITABLE)),
    "judgements": for_all(NONE, 全市填报员=rows((), (), STATUSES)),
    "judgements post": for_all(NONE, 全市填报员=rows((), (), EDITABLE)),
    "sheet out": for_all(
        rows(IN_SHEETS, IN_SHEETS), 填报员=rows(IN_SHEETS), 规划管理员=FORBIDDEN, **OUTSIDERS
    )
    | dict.fromkeys(["外县填报员", "全市填报员"], FORBIDDEN_AREA),
    "sheet in": for_all(NONE, 填报员=rows(EDITABLE)),
    "correction": for_all({403: rows(OUT, OUT), 404: rows(STATUSES - OUT, STATUSES - OUT)}, 访客=LOGIN)
    | {"填报员": {200: rows(OUT), 403: rows((), OUT), 404: rows(STATUSES - OUT, STATUSES - OUT)}},
    "correction post": for_all(NONE, 填报员=rows(OUT)),
    "report": {
        role: {200: own - gone, 403: seen - own - gone, 404: EVERY - (seen - gone)}
        for gone in [rows(*3 * [{"withdrawn"}])]
        for role in ROLES
        for own in [FILLED_IN.get(role, NONE)]
        for seen in [PUBLIC if role == "无职" else SEEN[role]]
        if role != "访客"
    }
    | {"访客": LOGIN},
    "report post": for_all(NONE, 填报员=rows(EDITABLE), 全市填报员=rows((), (), EDITABLE)),
    "queue": for_all(FORBIDDEN, 访客=LOGIN)
    | dict.fromkeys(["审核员", "发布员", "审计员"], rows(*3 * [{"submitted", "accepted"}])),
    "accept": for_all(NONE, 审核员=rows(*3 * [{"submitted"}])),
    "return": for_all(NONE, 审核员=rows(*3 * [{"submitted", "accepted"}])),
    "publish": for_all(NONE, 发布员=rows(*3 * [{"accepted"}])),
    "publish period": for_all(NONE, 发布员=rows(*3 * [{"accepted"}])),
    "close": for_all(set(), 发布员={"2019"}),
    "reopen": for_all(set(), 发布员={"2018"}),
    "period report": for_all(FORBIDDEN, 发布员=200, 访客=LOGIN),
    "period report post": for_all(set(), 发布员={"2020"}),
}


# The rows


@pytest.fixture(scope="session")
def house_rows(snapshot_of, plan_rows):
    """All rows of the database; `made` has the keys of the tested reports."""

    def make() -> dict:
        plan_rows.put_back()
        desk = full_desk()
        for role, has in ROLES.items():
            if has is not None:
                person(role, *has[:1], areas=has[1:], is_staff=True)
        return dict(reports_of(desk))

    return snapshot_of("house_rows", make, [*ACCOUNTS, *own_models()])


def reports_of(desk):
    duty("I13", PLACES["there"])
    duty("I16", PLACES["there"])
    coverage = {"indicator": desk.coverage, "value": "98.5"}
    for place, code in PLACES.items():
        theirs = SimpleNamespace(**vars(desk) | {"county": area(code)})
        if place == "there":
            theirs.reporter = desk.stranger
        for number, (status, (indicator, _, year)) in enumerate(SERIES.items(), 1):
            values = {"value": str(100 + number)} if indicator == "I13" else coverage
            row = enter(theirs, period=reopened(year), **values)
            yield from brought(theirs, place, status, row)
    for status, (_, goal, year) in SERIES.items():
        row = assess(desk, period=period(year), goal=shipped(Goal).get(code=goal))
        yield from brought(desk, "judgement", status, row)


def brought(desk, place, status, row):
    """Bring a report to a status; a value is written twice, so that there is a version to restore."""
    write = enter if place != "judgement" else assess
    again = {"period": row.period, "version": row.version}
    if place == "judgement":
        row = write(desk, "改写。", goal=row.goal, **again)
    else:
        row = write(desk, str(row.value - 1), indicator=row.indicator, note="改", **again)
    row = bring_to(desk, status, row)
    yield (place, status), (type(row), row.pk)
    if status == "superseded":
        successor = type(row).objects.published().order_by("pk").last()
        yield (place, "successor"), (type(row), successor.pk)


@pytest.fixture
def reports(db, house_rows):
    """Return the tested reports by area and status."""
    committed_rows.require(house_rows)
    return {name: model.objects.get(pk=pk) for name, (model, pk) in house_rows.made.items()}


# The doors: each returns the rows that it shows, the rows that it changed, or a code for each row


def listed(client, reports, query=lambda place, status: [""]):
    """Return the rows of the lists, or a code if there is no list."""
    found = set()
    keys = {(type(row), row.pk): name for name, row in reports.items()}
    for model in (Observation, Assessment):
        places = ["judgement"] if model is Assessment else PLACES
        for asked in {asked for place in places for status in SERIES for asked in query(place, status)}:
            answer = client.get(url_of(model, "changelist") + asked)
            if answer.status_code != 200:
                return answer.status_code
            found |= {(model, row.pk) for row in answer.context["cl"].result_list}
    return {keys[key] for key in found if key in keys}


def by_search(place, status):
    return [f"?q={SERIES[status][place == 'judgement']}"]


def by_filter(place, status):
    return [f"?status__exact={status}"]


def completed(client, reports):
    """Request the choices of fields that point at reports, as a widget does."""
    found = set()
    for model in (Observation, Assessment):
        name = model._meta.model_name
        for status in SERIES:
            term = SERIES[status][name == "assessment"]
            query = {"app_label": "targets", "model_name": "reviewevent", "field_name": name, "term": term}
            for page in (1, 2):
                answer = client.get("/admin/autocomplete/", query | {"page": page})
                if answer.status_code == 404 and page == 2:
                    break
                if answer.status_code != 200:
                    return answer.status_code
                found |= {(model, int(line["id"])) for line in answer.json()["results"]}
    return {name for name, row in reports.items() if (type(row), row.pk) in found}


def url_of(model, action: str, *args) -> str:
    return reverse(f"admin:targets_{model._meta.model_name}_{action}", args=args)


def codes(client, reports, address) -> dict:
    return {name: client.get(url).status_code for name, row in reports.items() if (url := address(row))}


def to_restore(row) -> str:
    return url_of(type(row), "restore", type(row).history.filter(id=row.pk).earliest("pk").pk)


def to_correct(row) -> str | None:
    return reverse("admin:correct", args=["sti-13", row.pk]) if isinstance(row, Observation) else None


def to_report(row) -> str:
    return reverse("admin:report", args=["sti-13", row._meta.model_name, row.pk])


def grid_of(row) -> str:
    return f"/admin/sti-13/entry/?area={row.area.code}&period={row.period.code}"


def judgements_of(row) -> str:
    return f"/admin/sti-13/assessments/?period={row.period.code}"


def sheets(client, reports, model, address) -> set:
    """Return the rows whose page opens."""
    found = set()
    for key, row in reports.items():
        if isinstance(row, model):
            answer = client.get(address(row))
            if answer.status_code == 200 and answer.context["grid"]:
                found.add(key)
    return found


def changed(reports, act) -> set:
    """Return the rows whose act wrote anything in their series."""
    found = set()
    for key, row in reports.items():
        series = same_series(row)
        before = set(series.values_list("pk", "version"))
        act(row)
        if set(series.values_list("pk", "version")) != before:
            found.add(key)
    return found


def same_series(row):
    names = ["indicator", "area", "period"] if isinstance(row, Observation) else ["goal", "period"]
    return type(row).objects.filter(**{name: getattr(row, name) for name in names})


def statuses_changed(reports) -> set:
    before = {name: row.status for name, row in reports.items()}
    now = {name: type(row).objects.get(pk=row.pk).status for name, row in reports.items()}
    return {name for name in reports if before[name] != now[name]}


def type_value(client, row):
    if isinstance(row, Observation):
        code = row.indicator.code
        client.post(grid_of(row), {f"{code}-value": "7", f"{code}-version": row.version, "save": ""})


def taken_out(client, reports):
    """Return the values of an exported sheet, or a code if no area has a sheet."""
    found, refused = set(), set()
    for code in PLACES.values():
        query = {"periods": [str(year) for year in range(2016, 2021)], "areas": code, "format": "csv"}
        answer = client.get("/admin/sti-13/sheets/reports/export/", query)
        if answer.status_code == 200:
            found |= {
                (line["指标代码"], line["县市区代码"], line["报告期"], line["完成值"], line["状态"])
                for line in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
            }
        else:
            refused.add(answer.status_code)
    if not found:
        return refused.pop()
    values = {name: row for name, row in reports.items() if isinstance(row, Observation)}
    return {
        name
        for name, row in values.items()
        if (
            row.indicator.code,
            row.area.code,
            row.period.code,
            plain(row.value),
            row.get_status_display(),
        )
        in found
    }


def bring_value(client, row):
    if isinstance(row, Observation):
        line = {
            "指标代码": row.indicator.code,
            "县市区代码": row.area.code,
            "报告期": row.period.code,
            "完成值": "7",
            "版本": row.version,
        }
        content = ",".join(line) + "\n" + ",".join(map(str, line.values()))
        file = SimpleUploadedFile("表.csv", content.encode())
        answer = client.post("/admin/sti-13/sheets/reports/", {"file": file})
        if answer.status_code == 302:
            client.post(answer.url, {"confirm": ""})


def type_judgement(client, row):
    if isinstance(row, Assessment):
        code = row.goal.code
        posted = {f"{code}-text": "另写。", f"{code}-version": row.version, "save": ""}
        client.post(judgements_of(row), posted)


def act_on_all(client, reports, what) -> set:
    ticks = [f"{row._meta.model_name}-{row.pk}-{row.version}" for row in reports.values()]
    client.post("/admin/sti-13/review/", {"act": what, "row": ticks, "note": "请核对"})
    return statuses_changed(reports)


def waiting(client, reports):
    found = set()
    for status in ("submitted", "accepted"):
        answer = client.get(f"/admin/sti-13/review/?status={status}")
        if answer.status_code != 200:
            return answer.status_code
        found |= {item.row for item in answer.context["waiting"]}
        found |= {row for row, *_ in answer.context["assessments"]}
    return {name for name, row in reports.items() if row in found}


def act_on_period(client, what, code, **more):
    client.post("/admin/sti-13/review/", {"period_act": what, "period_code": code, "reason": "补报", **more})


def switched(client, what, code) -> set:
    if what == "reopen":
        shipped(Period).filter(code=code).update(is_open=False)
    before = set(shipped(Period).filter(is_open=True))
    act_on_period(client, what, code)
    return {row.code for row in before ^ set(shipped(Period).filter(is_open=True))}


def publish_2019(client, reports):
    """Send the mark that the page shows to a publisher: knowing it does not give the right."""
    mark = review.mark_of(review.accepted_in(shipped(Period).filter(code="2019")))
    act_on_period(client, "publish", "2019", **{"shown-2019": mark})
    return statuses_changed(reports)


PERIOD_REPORT = "/admin/sti-13/period-reports/?period=2020&kind=annual"


def period_reports_made(client) -> set:
    """Send the checksum that the preview shows: knowing it does not give the right."""
    period = shipped(Period).get(code="2020")
    client.post(PERIOD_REPORT, {"shown": review.draw_up_period_report(period, kind="annual").sha256})
    return set(shipped(PeriodReport).values_list("period__code", flat=True))


DOORS = {
    "list": listed,
    "search": lambda client, reports: listed(client, reports, by_search),
    "filter": lambda client, reports: listed(client, reports, by_filter),
    "autocomplete": completed,
    "row": lambda client, reports: codes(client, reports, lambda row: url_of(type(row), "change", row.pk)),
    "history": lambda client, reports: codes(
        client, reports, lambda row: url_of(type(row), "history", row.pk)
    ),
    "restore": lambda client, reports: codes(client, reports, to_restore),
    "restore post": lambda client, reports: changed(
        reports, lambda row: client.post(to_restore(row), {"reason": "误改", "seen": row.version})
    ),
    "grid": lambda client, reports: sheets(client, reports, Observation, grid_of),
    "grid post": lambda client, reports: changed(reports, lambda row: type_value(client, row)),
    "judgements": lambda client, reports: sheets(client, reports, Assessment, judgements_of),
    "judgements post": lambda client, reports: changed(reports, lambda row: type_judgement(client, row)),
    "sheet out": taken_out,
    "sheet in": lambda client, reports: changed(reports, lambda row: bring_value(client, row)),
    "correction": lambda client, reports: codes(client, reports, to_correct),
    "correction post": lambda client, reports: changed(
        reports,
        lambda row: to_correct(row) and client.post(to_correct(row), {"value": "3", "answer": "重新核定"}),
    ),
    "report": lambda client, reports: codes(client, reports, to_report),
    "report post": lambda client, reports: changed(
        reports,
        lambda row: client.post(to_report(row), {"act": "withdraw", "version": row.version, "note": "误填"}),
    ),
    "queue": waiting,
    "accept": lambda client, reports: act_on_all(client, reports, "accept"),
    "return": lambda client, reports: act_on_all(client, reports, "return"),
    "publish": lambda client, reports: act_on_all(client, reports, "publish"),
    "publish period": publish_2019,
    "close": lambda client, reports: switched(client, "close", "2019"),
    "reopen": lambda client, reports: switched(client, "reopen", "2018"),
    "period report": lambda client, reports: client.get(PERIOD_REPORT).status_code,
    "period report post": lambda client, reports: period_reports_made(client),
}


def spelt_out(expected, answer):
    """Return a cell of the table in the form of an answer."""
    if not isinstance(answer, dict):
        return expected
    if isinstance(expected, int):
        return dict.fromkeys(answer, expected)
    if isinstance(expected, tuple):
        seen, code = expected
        return {name: 200 if name in seen else code for name in answer}
    return {name: code for code, names in expected.items() for name in names}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_the_expected_rows_at_each_door(reports, logged_in, role, door):
    here = logged_in(User.objects.filter(username=role).first())
    answer = DOORS[door](here, reports)
    assert answer == spelt_out(EXPECTED[door][role], answer)


def test_the_table_has_a_cell_for_every_role_and_door():
    assert {door: set(cells) for door, cells in EXPECTED.items()} == {door: set(ROLES) for door in DOORS}


# The public


PUBLIC_PAGES = [
    "/sti-13/",
    "/sti-13/goals/",
    "/sti-13/goals/G01/",
    "/sti-13/goals/G05/",
    "/sti-13/indicators/",
    "/sti-13/indicators/I13/",
    "/sti-13/indicators/I13/?area=131127",
    "/sti-13/indicators/I13/?area=131127&period=2016",
    "/sti-13/indicators/I16/?area=131127&period=2017",
    "/sti-13/areas/",
    "/sti-13/areas/131127/",
    "/sti-13/areas/131121/?period=2018",
    "/search/?q=孵化器",
    "/data/",
    "/sti-13/reports/",
    *(address(f"{name}/") for name in ("observations", "assessments", "duties", "progress", "periods")),
    "/api/v1/plans/sti-13/observations/?area=131127",
    "/api/v1/plans/sti-13/observations/?period=2016",
    "/api/v1/plans/sti-13/progress/?area=131127&period=2018",
    "/api/v1/plans/sti-13/progress/I13/?area=131127&period=2019",
    "/api/v1/plans/sti-13/duties/?period=2018",
]


def read_all(client) -> dict:
    answers = {url: client.get(url) for url in PUBLIC_PAGES}
    return {url: (answer.status_code, answer.content) for url, answer in answers.items()}


def test_the_public_pages_are_the_same_for_every_role_and_show_nothing_unpublished(reports, logged_in):
    public = read_all(logged_in(None))
    assert {status for status, _ in public.values()} == {200}
    for role in ROLES:
        assert read_all(logged_in(User.objects.filter(username=role).first())) == public, role
    for row in [row for (_, status), row in reports.items() if status not in OUT | {"superseded"}]:
        QuerySet(ReviewEvent).filter(**{row._meta.model_name: row})._raw_delete("default")
        QuerySet(type(row)).filter(pk=row.pk)._raw_delete("default")
    assert read_all(logged_in(None)) == public
