"""What tells of commits to an SQLite file without asking it: of each, by whomever, and no lock is lost."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from hengshui_plan.delivery import walindex
from hengshui_plan.delivery.response_cache import RevisionWatch
from targets.records import revision

WRITE = "INSERT INTO note VALUES ('x')"
EMPTY_THE_LOG = "PRAGMA wal_checkpoint(TRUNCATE)"
RUN = """
import sqlite3, sys
_, database, statement = sys.argv
print(sqlite3.connect(database, timeout=0, isolation_level=None).execute(statement).fetchall())
"""


@pytest.fixture
def database(tmp_path) -> str:
    return str(tmp_path / "plan.sqlite3")


@pytest.fixture
def here(database) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(database, isolation_level=None)
    opened.execute("PRAGMA journal_mode=WAL")
    opened.execute("CREATE TABLE note (text)")
    yield opened
    opened.close()


@pytest.fixture
def changes(database, here, monkeypatch):
    """The one table that is looked at, in what Django then takes for its database."""
    here.execute("CREATE TABLE targets_publicchange (revision, at)")
    here.execute("INSERT INTO targets_publicchange VALUES (1, 'a')")
    monkeypatch.setitem(connection.settings_dict, "NAME", database)


def elsewhere(database: str, statement: str) -> str:
    """By another process, which ends; what it got."""
    command = [sys.executable, "-c", RUN, database, statement]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_each_commit_is_told_by_whomever_and_nothing_else_is(database, here):
    index = walindex.opened(database)
    seen = [index.header()]
    here.execute("SELECT * FROM note").fetchall()
    elsewhere(database, "SELECT * FROM note")
    here.execute("BEGIN IMMEDIATE")
    here.execute(WRITE)
    here.execute("ROLLBACK")
    assert index.header() == seen[0]
    for _ in range(3):
        here.execute(WRITE)
        seen.append(index.header())
        elsewhere(database, WRITE)
        seen.append(index.header())
        # The log begins anew after this.
        elsewhere(database, EMPTY_THE_LOG)
    assert len(set(seen)) == 7


def test_it_stays_the_same_index_when_everybody_else_has_left(database, here):
    index = walindex.opened(database)
    here.close()
    before = index.header()
    elsewhere(database, WRITE)
    assert Path(f"{database}-shm").exists()
    assert index.header() != before


def test_to_look_at_it_takes_no_lock_from_who_reads(database, here):
    here.execute("BEGIN")
    here.execute("SELECT * FROM note").fetchall()
    walindex.opened(database)
    elsewhere(database, WRITE)
    # Busy: it may not empty what is being read.
    assert elsewhere(database, EMPTY_THE_LOG).startswith("[(1, ")
    here.execute("COMMIT")
    assert elsewhere(database, EMPTY_THE_LOG).startswith("[(0, ")


@pytest.mark.parametrize("journal", ["DELETE", "MEMORY"])
def test_where_there_is_no_index_none_is_found(database, tmp_path, journal):
    left_behind(database)
    opened = sqlite3.connect(database)
    opened.execute(f"PRAGMA journal_mode={journal}")
    opened.execute("CREATE TABLE note (text)")
    assert walindex.opened(database) is None
    assert walindex.opened("file:memory?mode=memory&cache=shared") is None
    assert walindex.opened(str(tmp_path)) is None


def left_behind(database: str):
    """What a process leaves that was killed."""
    Path(f"{database}-shm").write_bytes(bytes(32_768))


def test_by_another_name_it_is_the_same_index(database, here, tmp_path):
    link = tmp_path / "link.sqlite3"
    link.symlink_to(database)
    left_behind(str(link))
    before = walindex.opened(str(link)).header()
    elsewhere(database, WRITE)
    assert walindex.opened(str(link)).header() != before


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL is asked each time")
def test_what_is_committed_while_one_looks_is_seen_by_the_next(monkeypatch, here, changes):
    ask = walindex.WalIndex.ask

    def interrupted(index, query):
        found = ask(index, query)
        if found == ("1 a",):
            here.execute("INSERT INTO targets_publicchange VALUES (2, 'b')")
        return found

    monkeypatch.setattr("hengshui_plan.delivery.release.state", lambda: None)
    lookout = RevisionWatch()
    lookout.state()
    monkeypatch.setattr(walindex.WalIndex, "ask", interrupted)
    assert [lookout.state()[0] for _ in range(3)] == [("1 a",), ("2 b",), ("2 b",)]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL is asked each time")
def test_a_look_at_the_data_serves_until_something_is_committed(monkeypatch, database, here, changes):
    looks, ask = [], walindex.WalIndex.ask

    def counted(index, query):
        looks.append(query)
        return ask(index, query)

    day = [date(2020, 1, 1)]
    monkeypatch.setattr("hengshui_plan.delivery.release.state", lambda: ("found by Django", day[0]))
    monkeypatch.setattr("hengshui_plan.delivery.release.today", lambda: day[0])
    lookout = RevisionWatch()
    # Django's connection makes the index.
    assert lookout.state() == ("found by Django", day[0])
    monkeypatch.setattr(walindex.WalIndex, "ask", counted)
    assert [lookout.state() for _ in range(3)] == [(("1 a",), day[0])] * 3
    here.execute("INSERT INTO targets_publicchange VALUES (2, 'b')")
    assert [lookout.state() for _ in range(3)] == [(("2 b",), day[0])] * 3
    assert looks == [revision.NEWEST] * 2
    day[0] = date(2020, 1, 2)
    assert lookout.state() == (("2 b",), day[0])
    elsewhere(database, "DROP TABLE targets_publicchange")
    assert lookout.state() is None
