"""The log of public changes: every change once, in the order of commits, and no trace of drafts.

Triggers of the database write it; `settle` replaces the commit in tests that roll back.
"""

import re
import threading
import time
from datetime import UTC, datetime

import pytest
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection, connections, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils.dateparse import parse_datetime

from measures.loading import loader
from measures.models import Citation, Measure, Principle, SourceText, Weakness
from targets import review
from targets.models import (
    Area,
    Assessment,
    Baseline,
    Evidence,
    Goal,
    GoalLink,
    Indicator,
    IndicatorLink,
    Observation,
    Policy,
    PublicChange,
    ReviewEvent,
    ThresholdDecision,
)
from targets.records import change_triggers
from targets.records.revision import mark
from tests.api import ENDPOINTS, address, ask, fault, rows
from tests.database import FIXTURES, settle
from tests.make import JINGXIAN, ZAOQIANG, another_plan, assess, bring_to, enter, open_desk, publish
from tests.shipped import shipped, shipped_plan
from tests.stored import HIDDEN, observe, set_thresholds, support
from tests.stored import assess as judge

LOGGED = sorted(ENDPOINTS.keys() - {"duties", "progress", "changes"})
FACES = list(change_triggers.exposed_models())


def revision() -> int:
    settle()
    newest = PublicChange.objects.newest()
    return newest.revision if newest else 0


def noted(since: int) -> list[tuple]:
    settle()
    return list(PublicChange.objects.since(since).values_list("type", "code", "is_deleted"))


@pytest.fixture
def desk(plan):
    return open_desk()


# Recorded changes


def test_a_value_leaves_no_trace_before_it_is_published(desk):
    before = revision()
    bring_to(desk, "withdrawn", enter(desk))
    bring_to(desk, "returned", enter(desk))
    enter(desk, "7", version=shipped(Observation).get(status="returned").version)
    bring_to(desk, "accepted", enter(desk, area=desk.city))
    assert noted(before) == []


def test_publishing_is_noted_once(desk):
    row = bring_to(desk, "accepted", enter(desk))
    before = revision()
    publish(row, by=desk.publisher)
    assert noted(before) == [("observation", "I13/131127/2018", False)]


def test_a_published_correction_is_noted_as_one_deletion_and_one_new_row(desk):
    row = bring_to(desk, "published", enter(desk))
    before = revision()
    corrected = review.correct(row, by=desk.reporter, reason="重新核定", value="6")
    assert noted(before) == []
    bring_to(desk, "published", corrected)
    assert noted(before) == [
        ("observation", "I13/131127/2018", True),
        ("observation", "I13/131127/2018", False),
    ]


def test_an_assessment_is_noted_when_it_is_published(desk):
    before = revision()
    bring_to(desk, "published", assess(desk))
    assert noted(before) == [("assessment", "G01/2018", False)]


def test_evidence_is_noted_if_its_report_is_published(desk):
    draft, public = enter(desk), bring_to(desk, "published", assess(desk))
    before = revision()
    support(draft, "公告")
    assert noted(before) == []
    support(public, "公告")
    assert noted(before) == [("assessment", "G01/2018", False)]


def test_a_change_of_private_evidence_fields_is_not_noted(desk):
    support(bring_to(desk, "published", assess(desk)), "公告")
    before = revision()
    shipped(Evidence).update(added_by=desk.publisher)
    assert noted(before) == []


@pytest.mark.parametrize("column", ["version", "entered_by", "changed_by"])
def test_a_change_of_private_fields_of_a_published_row_is_not_noted(desk, column):
    bring_to(desk, "published", enter(desk))
    before = revision()
    value = 99 if column == "version" else desk.publisher
    assert shipped(Observation).filter(indicator__code="I13").update(**{column: value})
    assert noted(before) == []


def test_a_bulk_update_is_noted_row_by_row(plan):
    before = revision()
    Policy.objects.filter(code__in=["PO01", "PO03"]).update(note="x")
    assert sorted(noted(before)) == [("policy", "PO01", False), ("policy", "PO03", False)]


def test_raw_sql_is_noted(plan):
    before = revision()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE targets_area SET note = 'x' WHERE code = %s", [JINGXIAN])
    assert noted(before) == [("area", JINGXIAN, False)]


def test_a_deleted_row_and_its_parts_are_noted_as_deleted(plan):
    measure = shipped(Measure).filter(indicators=None, parts=None).first()
    quotations = measure.citations.count()
    before = revision()
    measure.delete()
    changes = noted(before)
    assert changes[-1] == ("measure", measure.code, True)
    assert [is_deleted for type, _, is_deleted in changes if type == "citation"] == [True] * quotations
    assert quotations > 0


def test_a_changed_code_is_noted_as_a_deletion_of_the_old_code(plan):
    before = revision()
    Policy.objects.filter(code="PO01").update(code="PO99")
    assert noted(before) == [("policy", "PO01", True), ("all", "", False), ("policy", "PO99", False)]


def test_a_link_is_noted_for_both_linked_records(plan):
    before = revision()
    GoalLink.objects.create(
        goal=shipped(Goal).get(code="G01"), indicator=shipped(Indicator).get(code="I01"), source="会议纪要"
    )
    assert noted(before) == [("goal", "G01", False), ("indicator", "I01", False)]


def test_a_baseline_is_noted_with_the_indicator_that_shows_it(plan):
    before = revision()
    shipped(Baseline).filter(indicator__code="I09").update(note="x")
    assert noted(before) == [("baseline", "I09/131100", False), ("indicator", "I09", False)]


def test_a_row_whose_parent_is_missing_is_noted_as_a_change_of_everything(plan):
    """This is possible within a transaction, because foreign keys are checked on commit."""
    baseline = shipped(Baseline).get(indicator__code="I09")
    before = revision()
    for indicator in (0, baseline.indicator_id):
        Baseline.objects.filter(pk=baseline.pk).update(indicator=indicator)
    assert noted(before) == [
        ("baseline", "I09/131100", True),
        ("all", "", False),
        ("indicator", "I09", False),
        ("all", "", False),
        ("baseline", "I09/131100", False),
        ("indicator", "I09", False),
    ]


def test_indicators_of_a_measure_are_noted_with_the_measure(plan):
    measure = shipped(Measure).filter(indicators=None).first()
    before = revision()
    measure.indicators.add(shipped(Indicator).get(code="I01"))
    assert sorted(noted(before)) == [("indicator", "I01", False), ("measure", measure.code, False)]


def test_loading_the_same_plan_again_changes_nothing(plan):
    before = revision()
    loader.load(FIXTURES)
    assert noted(before) == []


def test_a_rolled_back_change_is_not_noted(plan):
    before = revision()
    with transaction.atomic():
        Policy.objects.update(note="x")
        transaction.set_rollback(True)
    assert noted(before) == []


def test_saving_an_unchanged_row_is_not_noted(plan):
    before = revision()
    shipped_plan().save()
    assert noted(before) == []


@pytest.mark.parametrize("model", [model for model, _ in FACES], ids=lambda model: model._meta.label)
def test_every_column_that_is_not_private_is_noted(demo, model):
    """Every column is tried whose new value the constraints allow."""
    if model is Evidence:
        support(shipped(Observation).published().first(), "公告")
    if model is ThresholdDecision:
        set_thresholds()
    if model is IndicatorLink:
        earlier = another_plan(is_public=True).indicators.get()
        IndicatorLink.objects.create(
            indicator=shipped(Indicator).get(code="I09"), earlier=earlier, source="对照表"
        )
    is_report = model in (Observation, Assessment)
    rows = shipped(model) if hasattr(model, "plan_paths") else model.objects.all()
    row = (rows.published() if is_report else rows).first()
    assert row is not None
    tried = 0
    for field in model._meta.concrete_fields:
        if field.primary_key or field.is_relation or field.name in getattr(model, "private_fields", ()):
            continue
        before = revision()
        try:
            with transaction.atomic():
                models.QuerySet(model).filter(pk=row.pk).update(**{field.name: another(row, field)})
                settle()
                tried += 1
                assert noted(before), f"{field.name} changed and nothing was noted"
                transaction.set_rollback(True)
        except (IntegrityError, DataError):
            continue
    relations_only = all(field.is_relation or field.primary_key for field in model._meta.concrete_fields)
    assert tried or relations_only


def another(row, field):
    value = getattr(row, field.name)
    match field:
        case models.BooleanField():
            return not value
        case models.DateTimeField() | models.DateField():
            return (
                value.replace(year=2019)
                if value and value.year != 2019
                else datetime(2017, 1, 31, tzinfo=UTC)
            )
        case models.DecimalField() | models.IntegerField():
            return (value or 0) + 1
        case _:
            return f"{value or ''}9"


FLAT = {
    "baselines": ["indicator", "area"],
    "targets": ["indicator", "area", "year", "decided_on"],
    "thresholds": ["plan", "decided_on"],
    "observations": ["indicator", "area", "period"],
    "assessments": ["goal", "period"],
    "citations": ["section", "start", "end"],
}


def records(client) -> dict[tuple[str, str], dict]:
    """Return all rows of the lists by the type and code that the log uses."""
    return {
        (ENDPOINTS[name].queryset.model.exposures[0].type, "/".join(str(row[key]) for key in keys)): row
        for name in LOGGED
        for keys in [FLAT.get(name, ["code"])]
        for row in rows(client, f"{name}/?page_size=1000")
    }


ACTS = {
    "a problem without its goals": lambda: [row.goals.clear() for row in shipped(Weakness).all()],
    "a principle of other problems": lambda: (
        shipped(Principle).first().weaknesses.set(shipped(Weakness).all())
    ),
    "a measure of another principle": lambda: (
        shipped(Measure).filter(principle=None).update(principle=shipped(Principle).first())
    ),
    "a measure of no principle": lambda: shipped(Measure).update(principle=None),
    "a measure of another document": lambda: shipped(Measure).update(
        policy=Policy.objects.cited_by("sti-13").first()
    ),
    "a measure of no document": lambda: shipped(Measure).update(policy=None),
    "a measure of an indicator": lambda: shipped(Measure).first().indicators.set(shipped(Indicator).all()),
    "an area after another": lambda: Area.objects.filter(code=JINGXIAN).update(
        predecessor=Area.objects.get(code="131172")
    ),
    "a link to a transformation": lambda: GoalLink.objects.create(
        goal=shipped(Goal).exclude(parent=None).first(),
        indicator=shipped(Indicator).get(code="I01"),
        source="会议纪要",
    ),
    "a link that is not used": lambda: shipped(GoalLink).update(standing="rejected"),
    "a quotation of a transformation less": lambda: (
        shipped(Citation).filter(goal__parent__isnull=False).delete()
    ),
    "an area of another code": lambda: Area.objects.filter(code="131100").update(code="131199"),
    "a quotation of nothing": lambda: shipped(Citation).all().delete(),
    "a transformation said otherwise": lambda: shipped(Goal).filter(parent__isnull=False).update(note="x"),
    "a problem said otherwise": lambda: shipped(Weakness).update(text="x"),
    "an indicator of another name": lambda: shipped(Indicator).update(note="x"),
    "a part of another indicator": lambda: (
        shipped(Indicator).filter(code="I02").update(part_of=shipped(Indicator).get(code="I01"))
    ),
    "a text from elsewhere": lambda: shipped(SourceText).update(provenance="x"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_every_change_of_the_public_lists_is_noted(client, plan, act):
    before, since = records(client), revision()
    act()
    after, told = records(client), {(type, code) for type, code, _ in noted(since)}
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert changed
    assert ("all", "") in told or changed - told == set()


# Watched tables


def tables_read(client, path: str) -> set[str]:
    """Return our tables that an answer reads."""
    found = set()

    def note(execute, sql, params, many, context):
        found.update(re.findall(r'(?:FROM|JOIN) "((?:targets|measures)_\w+)"', sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        response = client.get(path)
    assert response.status_code == 200, path
    return found


def test_no_public_answer_uses_a_table_without_change_triggers(client, demo):
    codes = {
        "goals": "G08",
        "indicators": "I09",
        "areas": JINGXIAN,
        "measures": "M19",
        "policies": "PO03",
        "principles": "1",
        "reports": "2018",
    }
    pages = ["", "text/", "compare/", "method/", "feed/"]
    pages += [f"{name}/" for name in codes] + [f"{name}/{code}/" for name, code in codes.items()]
    pages += [f"areas/{JINGXIAN}/?period=2018", "indicators/I09/?area=131127&period=2018"]
    pages += ["indicators/I09/chart.svg", "reports/2018/report.json", "compare/?indicator=I09"]
    pages = [f"sti-13/{page}" for page in pages]
    pages += ["search/?q=科技", "data/", "sitemap.xml", f"areas/{JINGXIAN}/", "organizations/O01/"]
    paths = [*(f"{name}/" for name in ENDPOINTS), "progress/I09/", "progress/?area=all"]
    pages += [address(path).removeprefix("/") for path in paths]
    watched = {model._meta.db_table for model, _ in FACES} | {PublicChange._meta.db_table}
    # The reason of a correction changes only in the transaction that publishes it.
    watched.add(ReviewEvent._meta.db_table)
    found = {page: tables_read(client, f"/{page}") - watched for page in pages}
    assert {page: unwatched for page, unwatched in found.items() if unwatched} == {}


def test_a_missing_trigger_is_reported_and_migrate_creates_it_again(plan):
    [name] = [
        name for name in change_triggers._present(connection) if name.startswith("face_targets_area_update")
    ]
    with connection.cursor() as cursor:
        change_triggers._drop(cursor, name)
    [warning] = change_triggers.check_triggers(databases=["default"])
    assert name in warning.msg
    assert "migrate" in warning.hint
    before = revision()
    change_triggers.install_after_migrating(using="default")
    assert change_triggers.check_triggers(databases=["default"]) == []
    # Changes made without the trigger are unknown.
    assert noted(before) == [("all", "", False)]


@pytest.mark.postgres
def test_a_missing_trigger_function_is_reported_and_migrate_creates_it_again(plan):
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION targets_newest_change()")
    [warning] = change_triggers.check_triggers(databases=["default"])
    assert "targets_newest_change" in warning.msg
    call_command("migrate", verbosity=0)
    assert change_triggers.check_triggers(databases=["default"]) == []
    newest = revision()
    assert mark()[0].startswith(f"{newest} ")


def test_a_trigger_of_another_release_is_removed(plan):
    with connection.cursor() as cursor:
        for statement in change_triggers.Trigger(
            "targets_area", "DELETE", change_triggers.NOTE_EVERYTHING
        ).named(connection.vendor)[1]:
            cursor.execute(statement)
    change_triggers.install_after_migrating(using="default")
    assert change_triggers._present(connection) == set(change_triggers._wanted(connection.vendor))


def test_migrate_without_migrations_notes_no_change(plan):
    before = revision()
    call_command("migrate", verbosity=0)
    assert noted(before) == []


@pytest.mark.django_db(transaction=True)
def test_a_migration_removes_and_restores_the_triggers_and_notes_a_change_of_everything(plan_live):
    before = revision()
    call_command("migrate", "sessions", "zero", verbosity=0)
    assert change_triggers.check_triggers(databases=["default"]) == []
    assert noted(before) == [("all", "", False)]
    call_command("migrate", verbosity=0)
    before = revision()
    Policy.objects.filter(code="PO01").update(note="y")
    assert noted(before) == [("policy", "PO01", False)]


@pytest.mark.django_db(transaction=True)
def test_a_column_can_be_altered_while_the_triggers_are_removed(plan_live):
    [name] = [
        name for name in change_triggers._present(connection) if name.startswith("face_targets_indicator_ins")
    ]
    past = MigrationExecutor(connection).loader.project_state().apps.get_model("targets", "Indicator")
    wider = models.CharField("名称", max_length=300)
    wider.set_attributes_from_name("name")
    change_triggers.remove_before_migrating(using="default", plan=[("a migration", False)])
    with connection.schema_editor() as editor:
        editor.alter_field(past, past._meta.get_field("name"), wider)
    assert name not in change_triggers._present(connection)
    change_triggers.install_after_migrating(using="default")
    before = revision()
    shipped(Indicator).filter(code="I09").update(note="x")
    assert noted(before) == [("indicator", "I09", False)]


# Reading the log


def test_changes_are_listed_from_a_revision_on(client, desk):
    before = revision()
    bring_to(desk, "published", enter(desk))
    settle()
    answer = ask(client, f"changes/?since={before}")
    [row] = answer.pop("results")
    poll = answer.pop("poll")
    assert answer == {"revision": before + 1, "next": None}
    assert client.get(poll).json() == answer | {"results": [], "poll": poll}
    assert parse_datetime(row.pop("at")) == PublicChange.objects.newest().at
    assert row == {
        "revision": before + 1,
        "plan": "sti-13",
        "type": "observation",
        "type_label": "完成值",
        "code": "I13/131127/2018",
        "deleted": False,
    }


def test_pages_of_changes_follow_each_other_without_a_gap(client, plan):
    settle()
    address, seen = "/api/v1/changes/?page_size=200", []
    for _ in range(2000):
        if address is None:
            break
        answer = client.get(address).json()
        seen += [row["revision"] for row in answer["results"]]
        address = answer["next"]
    assert seen == list(range(1, revision() + 1))
    assert len(seen) > 400


def test_a_full_page_that_ends_with_the_last_change_has_no_next_page(client, plan):
    before = revision()
    Policy.objects.filter(code__in=["PO01", "PO03"]).update(note="x")
    settle()
    answer = ask(client, f"changes/?since={before}&page_size=2")
    assert (len(answer["results"]), answer["next"]) == (2, None)


def test_changes_of_one_type_include_changes_of_everything(client, plan):
    before = revision()
    Policy.objects.filter(code="PO01").update(note="x")
    with connection.cursor() as cursor:
        cursor.execute(change_triggers.NOTE_EVERYTHING)
        cursor.execute("UPDATE targets_area SET note = 'x' WHERE code = %s", [JINGXIAN])
    settle()
    found = ask(client, f"changes/?since={before}&type=area")["results"]
    assert [(row["type"], row["code"]) for row in found] == [("all", ""), ("area", JINGXIAN)]


def test_no_changes_are_listed_before_the_first_change(client, db):
    PublicChange.objects.all().delete()
    assert ask(client, "changes/") == {"revision": 0, "next": None, "results": [], "poll": None}


@pytest.mark.parametrize("since", ["-1", "1.5", "x", "01", "9" * 10, "１", "%00"])
def test_an_invalid_revision_is_refused(client, plan, since):
    assert fault(client, f"changes/?since={since}")[:2] == ("invalid_parameter", "since")


def test_a_future_revision_is_refused_with_advice(client, plan):
    now = revision()
    assert fault(client, f"changes/?since={now + 1}") == (
        "unknown_revision",
        "since",
        f"还没有第 {now + 1} 版，目前到第 {now} 版；数据库可能恢复过，请从头取全部数据。",
    )


def test_a_restored_database_that_reaches_the_same_revision_again_is_noticed(client, plan):
    settle()
    poll = ask(client, "changes/")["poll"]
    PublicChange.objects.update(at="2018-01-01T00:00:00Z")
    refused = client.get(poll)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "unknown_revision")
    assert "请从头取全部数据" in refused.json()["error"]["message"]


def test_a_revision_made_at_a_whole_second_is_recognized(client, plan):
    """SQLite's trigger writes such a time once in a thousand times."""
    settle()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE targets_publicchange SET at = '2018-07-01 00:00:00.000000'")
    assert client.get(ask(client, "changes/")["poll"]).status_code == 200


@pytest.mark.parametrize(
    "at", ["x", "2018-13-01T00:00:00Z", "2018", "2018-01-01T00:00:00", "0001-01-01T00:00:00%2B23:00"]
)
def test_a_revision_with_an_invalid_time_is_refused(client, plan, at):
    settle()
    assert fault(client, f"changes/?since=1&at={at}")[:2] == ("unknown_revision", "since")


@pytest.mark.parametrize("status", HIDDEN)
def test_an_unpublished_row_does_not_change_the_revision(plan, status):
    before = revision()
    support(observe("I10", ZAOQIANG, "2018", 987, status), "未发布的材料")
    support(judge("G09", "2018", "未发布的评价", status), "未发布的材料")
    shipped(Observation).exclude(status="published").update(value=988, note="x")
    shipped(Evidence).update(title="y")
    shipped(Evidence).all().delete()
    shipped(Observation).exclude(status="published").delete()
    assert noted(before) == []


# Filter by time of change


@pytest.mark.parametrize(
    "moment",
    [
        "2018-07-01",
        "2018-07-01T00:00:00",
        "2018-07-01T00:00:00%2B08:00",
        "2018-07-01T00:00:00+08:00",
        "2018-06-30T16:00:00Z",
    ],
)
def test_rows_are_filtered_by_time_of_change(client, plan, moment):
    settle()
    PublicChange.objects.update(at="2018-06-30T15:59:59Z")
    Policy.objects.filter(code="PO03").update(note="x")
    shipped(Baseline).filter(indicator__code="I09").update(note="x")
    shipped(Observation).filter(indicator__code="I13").update(note="x")
    settle()
    PublicChange.objects.exclude(at="2018-06-30T15:59:59Z").update(at="2018-06-30T16:00:00Z")
    answers = [(name, rows(client, f"{name}/?updated_since={moment}")) for name in LOGGED]
    found = [(name, some) for name, some in answers if some]
    assert {name: [row.get("code") or row["indicator"] for row in some] for name, some in found} == {
        "policies": ["PO03"],
        "baselines": ["I09"],
        "observations": ["I13"],
        "indicators": ["I09"],
    }
    assert ask(client, "policies/?updated_since=2018-06-30")["count"] == 10


@pytest.mark.parametrize("name", LOGGED)
def test_the_log_knows_every_row_of_every_list(client, demo, name):
    """Rows are compared by code: a row whose code the log writes differently would be missing."""
    # The demonstration has none.
    set_thresholds()
    settle()
    PublicChange.objects.filter(type="all").delete()
    assert ask(client, f"{name}/?updated_since=2000-01-01")["count"] == ask(client, f"{name}/")["count"] > 0


def test_after_a_gap_in_the_log_every_row_counts_as_changed(client, plan):
    settle()
    PublicChange.objects.update(at="2018-06-30T15:59:59Z")
    with connection.cursor() as cursor:
        cursor.execute(change_triggers.NOTE_EVERYTHING)
    settle()
    assert ask(client, "policies/?updated_since=2018-07-01")["count"] == 10


@pytest.mark.parametrize("moment", ["x", "2018", "2018-02-30", "2018-07-01T25:00", "1e5", "9999-99-99", "0"])
def test_an_invalid_time_is_refused(client, plan, moment):
    assert fault(client, f"policies/?updated_since={moment}")[:2] == ("invalid_parameter", "updated_since")


# Paging by cursor


def walk(client, size: int, between=lambda: None) -> list[tuple]:
    address, seen = f"/api/v1/plans/sti-13/observations/?cursor=*&page_size={size}", []
    for _ in range(2000):
        if address is None:
            break
        answer = client.get(address).json()
        assert answer["count"] is None
        seen += [(row["indicator"], row["area"], row["period"]) for row in answer["results"]]
        address = answer["next"]
        between()
    return seen


def test_paging_by_cursor_returns_every_value_once(client, demo):
    every = [
        tuple(codes)
        for codes in shipped(Observation)
        .published()
        .values_list("indicator__code", "area__code", "period__code")
    ]
    assert sorted(walk(client, 313)) == sorted(every)
    assert len(every) > 1000


def test_paging_by_cursor_ends_with_a_full_last_page(client, plan):
    answer = ask(client, "observations/?cursor=*&page_size=2")
    assert (len(answer["results"]), answer["next"]) == (2, None)


def test_paging_by_cursor_returns_every_lasting_value_while_others_come_and_go(client, plan):
    for code in ("131121", "131122", "131123", "131124"):
        observe("I13", code, "2018", 5)
    stays = set(walk(client, 10)) - {("I13", "131121", "2018")}

    def between():
        shipped(Observation).filter(area__code="131121").delete()
        if not shipped(Observation).filter(area__code="131126").exists():
            observe("I13", "131126", "2018", 5)

    met = walk(client, 1, between)
    assert len(met) == len(set(met))
    assert stays <= set(met)


@pytest.mark.parametrize(
    "cursor", ["x", "%2A%2A", "STA5", "STA5LzEzMTEyNy8yMDE4L3g", "____", "STA5LwAvMjAxOA", "5rGJ5a2X"]
)
def test_a_forged_cursor_is_refused(client, plan, cursor):
    assert fault(client, f"observations/?cursor={cursor}") == (
        "invalid_parameter",
        "cursor",
        "cursor 无法识别。请照上次答复中的 next 取，或从 cursor=* 重新开始。",
    )


@pytest.mark.parametrize("query", ["page=1", "ordering=value"])
def test_a_cursor_allows_no_page_or_ordering_parameter(client, plan, query):
    assert fault(client, f"observations/?cursor=*&{query}")[1] == query.partition("=")[0]


# Concurrency


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_readers_see_changes_of_all_writers_once_in_commit_order(plan_live):
    """Four writers in transactions of their own, some rolled back; two readers that poll."""
    seconds, since = 30, revision()
    ends = time.monotonic() + seconds
    is_over = threading.Event()
    committed, read = [[] for _ in range(4)], [[] for _ in range(2)]
    policies = list(Policy.objects.order_by("code").values_list("pk", flat=True))[:4]

    def write(number: int):
        count = 0
        while time.monotonic() < ends:
            count += 1
            with transaction.atomic():
                # Write a row of its own, and one row that all writers share.
                Policy.objects.filter(pk=policies[number]).update(note=f"{number}/{count}")
                shipped(Baseline).filter(indicator__code=f"I{number + 1:02}").update(note=f"{number}/{count}")
                if count % 5 == 0:
                    transaction.set_rollback(True)
                else:
                    committed[number].append(count)
        connections.close_all()

    def poll(number: int):
        client, last = Client(), since
        while not is_over.is_set() or client.get(f"/api/v1/changes/?since={last}").json()["results"]:
            answer = client.get(f"/api/v1/changes/?since={last}&page_size=1000").json()
            read[number] += answer["results"]
            last = answer["results"][-1]["revision"] if answer["results"] else last
        connections.close_all()

    writers = [threading.Thread(target=write, args=[number]) for number in range(4)]
    readers = [threading.Thread(target=poll, args=[number]) for number in range(2)]
    for thread in [*writers, *readers]:
        thread.start()
    for thread in writers:
        thread.join()
    is_over.set()
    for thread in readers:
        thread.join()

    expected = list(PublicChange.objects.since(since).values_list("revision", "type", "code"))
    # Each transaction changes a policy, a baseline and the indicator that shows it.
    assert len(expected) == 3 * sum(map(len, committed)) > 300
    for seen in read:
        assert [(row["revision"], row["type"], row["code"]) for row in seen] == expected
        assert [row["revision"] for row in seen] == list(range(since + 1, since + 1 + len(expected)))
