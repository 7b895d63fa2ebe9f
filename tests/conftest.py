import os
import shutil
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, models, transaction
from playwright.sync_api import sync_playwright
from simple_history.models import HistoricalChanges

from measures.loading import loader
from targets.models import AccessEntry, PublicChange
from targets.review.roles import Role

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
# How long an example takes says how busy the machine is, no more.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """What CHROMIUM names, whether it is there or not; else the first that is on the PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def pytest_sessionstart():
    """A PostgreSQL that was asked for and cannot be reached ends the run; it is never a skip."""
    # A hash that is slow on purpose would be a tenth of the suite.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if connection.vendor == "postgresql":
        try:
            connection.get_new_connection(
                connection.get_connection_params() | {"connect_timeout": 10}
            ).close()
        except connection.Database.Error as error:
            pytest.exit(f"DATABASE_URL cannot be reached: {' '.join(str(error).split())}", returncode=2)


def pytest_report_header():
    hint = (
        "" if connection.vendor == "postgresql" else " (set DATABASE_URL=postgresql://… to run on PostgreSQL)"
    )
    return [
        f"database: {connection.display_name}{hint}",
        f"chromium: {find_chromium() or 'not found (install chromium or set CHROMIUM=/path/to/it)'}",
    ]


def pytest_collection_modifyitems(items):
    missing = {}
    if connection.vendor != "postgresql":
        missing["postgres"] = "runs on PostgreSQL only: set DATABASE_URL=postgresql://…"
    if not find_chromium():
        missing["browser"] = "needs Chromium: install chromium or set CHROMIUM=/path/to/it"
    for item in items:
        for name, reason in missing.items():
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


def own_models() -> list[type[models.Model]]:
    """All but the log of changes, which the database fills by itself; each after those that it points to."""
    models_left = [
        model
        for label in ("targets", "measures")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if model is not PublicChange
    ]
    ordered = []
    while models_left:
        ordered += [model for model in models_left if not parents(model) & {*models_left} - {model}]
        models_left = [model for model in models_left if model not in ordered]
    return ordered


def settle():
    """Number the changes of this transaction, as PostgreSQL does when it commits."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def parents(model: type[models.Model]) -> set[type[models.Model]]:
    return {field.related_model for field in model._meta.concrete_fields if field.is_relation}


def is_history(model: type[models.Model]) -> bool:
    return issubclass(model, HistoricalChanges)


def database() -> dict:
    """All rows of both apps, primary keys and all."""
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in own_models()}


ACCOUNTS = [User, User.groups.through]


class Snapshot:
    """The rows that `make` leaves in the tables of the models, as the statements that insert them.

    To make them takes seconds, to build the statements a second, to repeat those a moment.
    """

    def __init__(self, make: Callable[[], object], kinds: list[type[models.Model]]):
        self.statements = []
        with transaction.atomic():
            self.made = make()
            rows = {model: list(model.objects.all()) for model in kinds}
            transaction.set_rollback(True)
        with transaction.atomic(), connection.execute_wrapper(self._note):
            for model, theirs in rows.items():
                # A history is rows as well: a plain QuerySet adds no line of its own.
                models.QuerySet(model).bulk_create(theirs)
            transaction.set_rollback(True)

    def _note(self, execute, sql, params, many, context):
        if sql.startswith("INSERT"):
            self.statements.append((sql, params))
        return execute(sql, params, many, context)

    def put_back(self):
        # Foreign keys are looked at on commit only: the order of the tables is free.
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in self.statements:
                cursor.execute(*statement)


@pytest.fixture(scope="session")
def plan_rows(django_db_setup, django_db_blocker) -> Snapshot:
    """All rows that loading gives."""
    with django_db_blocker.unblock():
        return Snapshot(lambda: loader.load(FIXTURES), own_models())


@pytest.fixture
def plan(db, plan_rows):
    """The real plan, loaded from the real files."""
    plan_rows.put_back()


@pytest.fixture
def plan_live(transactional_db, plan_rows):
    """The real plan where the live server sees it too: committed, and flushed afterwards."""
    plan_rows.put_back()


@pytest.fixture
def logged_in(client):
    """The client of a user; without one, a stranger's."""

    def as_user(user):
        client.cookies.clear()
        if user:
            client.force_login(user)
        return client

    return as_user


@pytest.fixture(autouse=True)
def flushable_log(request):
    """A test that commits is followed by a flush, which the triggers of the access log would refuse."""
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames)
    if not commits and not (marker and marker.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    if AccessEntry.objects.exists():
        empty_access_log()


def empty_access_log():
    """As nobody but the owner of the database can: with the triggers put aside."""
    table = AccessEntry._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"DELETE FROM {table}")
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
        )
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(f"DELETE FROM {table}")
        for _, sql in triggers:
            cursor.execute(sql)


class Demonstration(NamedTuple):
    """What load_demo said, and all rows that it gives."""

    said: list[str]
    rows: Snapshot

    @property
    def passwords(self) -> dict[str, str]:
        lines = (line.split() for line in self.said[2:])
        return {name.split("（")[0]: password for name, password in lines}


def load_demo() -> list[str]:
    """What the command says."""
    out = StringIO()
    make_groups()
    call_command("load_demo", stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture(scope="session")
def demo_rows(django_db_setup, django_db_blocker) -> Demonstration:
    with django_db_blocker.unblock():
        rows = Snapshot(load_demo, [*ACCOUNTS, *own_models()])
    return Demonstration(rows.made, rows)


@pytest.fixture
def demo(db, demo_rows) -> Demonstration:
    """The demonstration, as load_demo makes it."""
    make_groups()
    demo_rows.rows.put_back()
    return demo_rows


@pytest.fixture
def demo_live(transactional_db, demo_rows) -> Demonstration:
    """The demonstration where the live server sees it too: committed, and flushed afterwards."""
    make_groups()
    demo_rows.rows.put_back()
    return demo_rows


def make_groups():
    """The groups of the migration, which the flush after a test with a live server takes away."""
    roles = [Group(pk=pk, name=role) for pk, role in enumerate(Role, 1)]
    Group.objects.bulk_create(roles, ignore_conflicts=True)


@pytest.fixture
def elsewhere(tmp_path):
    """A folder and the address at which another site serves it."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; for tests marked `browser`."""
    return find_chromium()


@pytest.fixture(scope="session")
def _running_chromium(chromium):
    arguments = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    arguments += ["--disable-sync", "--no-first-run"]
    # Chromium refuses to sandbox itself as root, which is what a build container runs as.
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield running
        # While Playwright's event loop runs, Django keeps a connection apart for it; what closes the
        # database in the end would not see it.
        connection.close()
        running.close()


@pytest.fixture
def browser(_running_chromium):
    """A browser without a past: `new_page(viewport=…)` opens a context, closed after the test."""
    yield _running_chromium
    for context in _running_chromium.contexts:
        context.close()
