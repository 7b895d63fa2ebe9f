"""Two acts at once: one wins, the other is refused with a message, and nothing is lost or doubled.

On PostgreSQL the acts run in the database of the suite. On SQLite that one is shared memory: there the acts
run on a copy in a file, which is locked as a real one is.
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from targets import review
from targets.models import Assessment, ReviewEvent
from targets.review.roles import Role
from tests.make import (
    assess,
    bring_to,
    decide,
    enter,
    give_back,
    open_desk,
    period,
    person,
    publish_period,
    reports,
    shown_of,
    submit,
)
from tests.shipped import shipped

# Each race runs in several periods, because a close finish is left to chance.
YEARS = [str(year) for year in range(2016, 2020)]


@pytest.fixture
def desk(plan_live, tmp_path, monkeypatch):
    desk = open_desk()
    desk.other = person("填报丁", Role.REPORTER, areas=["131127", "131100"])
    desk.years = [period(code) for code in YEARS]
    if connection.vendor != "sqlite":
        yield desk
        return
    in_memory, file = connections["default"], str(tmp_path / "race.sqlite3")
    with in_memory.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [file])
    with monkeypatch.context() as patch:
        patch.setitem(in_memory.settings_dict, "NAME", file)
        connections["default"] = connections.create_connection("default")
        yield desk
        connection.close()
    connections["default"] = in_memory


def attempt(act, gate: Barrier):
    """Run an act on its own connection and return its result or its refusal."""
    connection.ensure_connection()
    gate.wait(timeout=30)
    try:
        return act()
    except review.Refused as refused:
        return refused
    finally:
        connection.close()


def race(*acts) -> tuple[list, list[review.Refused]]:
    """Start all acts at the same moment; return the results of the winners and the refusals of the others."""
    gate = Barrier(len(acts))
    with ThreadPoolExecutor(len(acts)) as pool:
        outcomes = [run.result() for run in [pool.submit(attempt, act, gate) for act in acts]]
    refused = [outcome for outcome in outcomes if isinstance(outcome, review.Refused)]
    return [outcome for outcome in outcomes if outcome not in refused], refused


def events(act: str) -> int:
    return shipped(ReviewEvent).filter(act=act).count()


def test_one_of_two_first_drafts_is_kept(desk):
    for year in desk.years:
        [draft], [refused] = race(
            lambda year=year: enter(desk, "5", period=year),
            lambda year=year: enter(desk, "6", period=year, by=desk.other),
        )
        assert isinstance(refused, review.Conflict)
        kept = reports().get(period=year)
        assert (kept, kept.value, kept.entered_by) == (draft, draft.value, draft.entered_by)
        assert refused.current == kept


def test_one_of_two_sheets_with_the_same_rows_is_imported_completely(desk):
    def bring_in(by, value):
        entries = [
            review.Entry((desk.incubators, desk.county, year), None, {"value": value}) for year in desk.years
        ]
        try:
            return review.Batch(review.ValueKind, entries, by=by).write()
        except review.NotWritten as fault:
            return fault

    [one, other], _ = race(lambda: bring_in(desk.reporter, "5"), lambda: bring_in(desk.other, "6"))
    went_in, kept_out = (one, other) if isinstance(one, list) else (other, one)
    assert all(isinstance(fault, review.Conflict) for fault in kept_out.faults.values())
    assert len(kept_out.faults) == len(went_in) == len(desk.years)
    assert set(reports()) == set(went_in)
    assert {row.value for row in reports()} == {row.value for row in went_in}


def test_one_of_two_first_assessments_is_kept(desk):
    for year in desk.years:
        [draft], [refused] = race(
            lambda year=year: assess(desk, "稳步推进。", period=year),
            lambda year=year: assess(desk, "略有滞后。", period=year, by=desk.other),
        )
        assert isinstance(refused, review.Conflict)
        assert Assessment.objects.get(period=year).text == draft.text


def test_one_of_two_edits_of_the_same_version_is_kept(desk):
    for year in desk.years:
        enter(desk, "5", period=year)
        [edited], [refused] = race(
            lambda year=year: enter(desk, "6", period=year, version=1),
            lambda year=year: enter(desk, "7", period=year, version=1, by=desk.other),
        )
        assert isinstance(refused, review.Conflict)
        kept = reports().get(period=year)
        assert (kept.value, kept.changed_by, kept.version) == (edited.value, edited.changed_by, 2)


def test_a_report_is_submitted_once(desk):
    for year in desk.years:
        draft = enter(desk, period=year)
        [submitted], [refused] = race(
            lambda draft=draft: review.submit([draft], by=desk.reporter)[0],
            lambda draft=draft: review.submit([draft], by=desk.other)[0],
        )
        assert isinstance(refused, review.Conflict)
        assert (submitted.version, submitted.events.count()) == (2, 1)
    assert events("submit") == len(YEARS)


def test_a_report_is_published_once(desk):
    for year in desk.years:
        accepted = bring_to(desk, "accepted", enter(desk, period=year))
        [[published]], [refused] = race(
            lambda row=accepted: review.publish([row], by=desk.publisher),
            lambda row=accepted: review.publish([row], by=desk.publisher),
        )
        assert isinstance(refused, review.Conflict)
        assert published.version == 4
    assert events("publish") == len(YEARS)


def test_a_period_is_published_once(desk):
    for year in desk.years:
        for area in (desk.city, desk.county):
            bring_to(desk, "accepted", enter(desk, period=year, area=area))
        shown = shown_of(year)
        [published], [refused] = race(
            lambda year=year, shown=shown: publish_period(year, desk.publisher, shown),
            lambda year=year, shown=shown: publish_period(year, desk.publisher, shown),
        )
        assert (len(published), refused.sentence) == (2, f"{year}没有审核通过而待发布的内容。")
    assert events("publish") == 2 * len(YEARS)


def test_a_report_is_returned_or_published_but_not_both(desk):
    for year in desk.years:
        accepted = bring_to(desk, "accepted", enter(desk, period=year))
        [_], [_] = race(
            lambda row=accepted: review.publish([row], by=desk.publisher),
            lambda row=accepted: give_back(row, desk.reviewer),
        )
        accepted.refresh_from_db()
        assert (accepted.status, accepted.version) in {("published", 4), ("returned", 4)}
    assert events("publish") + events("return") == len(YEARS)


def test_publishing_a_correction_wins_over_beginning_another(desk):
    for year in desk.years:
        old = bring_to(desk, "published", enter(desk, period=year))
        new = review.correct(old, by=desk.reporter, reason="重核", value="6")
        new = bring_to(desk, "accepted", new)
        [[published]], [refused] = race(
            lambda new=new: review.publish([new], by=desk.publisher),
            lambda old=old: review.correct(old, by=desk.other, reason="再核", value="7"),
        )
        assert "更正" in refused.sentence
        rows = reports().filter(period=year).order_by("revision")
        assert list(rows.values_list("revision", "status", "value")) == [
            (1, "superseded", 5),
            (2, "published", 6),
        ]
        assert published == new


def test_one_of_two_corrections_is_begun(desk):
    for year in desk.years:
        old = bring_to(desk, "published", enter(desk, period=year))
        [begun], [refused] = race(
            lambda old=old: review.correct(old, by=desk.reporter, reason="重核", value="6"),
            lambda old=old: review.correct(old, by=desk.other, reason="重核", value="7"),
        )
        assert refused.sentence == "这一条的更正已在填报中，请在那一条上修改。"
        assert reports().open().get(period=year).value == begun.value
    assert events("correct") == len(YEARS)


def test_a_period_closed_at_the_same_time_accepts_no_report(desk):
    for year in desk.years:
        draft = enter(desk, period=year)
        won, refused = race(
            lambda draft=draft: submit(draft, by=desk.reporter),
            lambda year=year: review.close_period(year, by=desk.publisher),
        )
        # The report was submitted before the period closed, or not at all.
        order = shipped(ReviewEvent).order_by("pk").values_list("act", flat=True)
        assert list(order)[-len(won) :] == ["submit", "close"][-len(won) :]
        assert [fault.field for fault in refused] == ["period"][: 2 - len(won)]


def test_the_later_of_two_first_targets_is_refused(desk):
    desk.editors = [person(name, Role.PLAN_EDITOR) for name in ("规划戊", "规划己")]
    for year in range(2016, 2021):
        [won], [refused] = race(
            *(
                lambda by=by, year=year: decide(by, year=year, version=None, reason="同时")
                for by in desk.editors
            )
        )
        assert isinstance(refused, review.Overtaken)
        assert refused.current == won
