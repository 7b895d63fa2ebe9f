import os
import shutil
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import hypothesis
import pytest
from django.conf import settings
from django.db import connection, models
from django.test import TransactionTestCase
from playwright.sync_api import sync_playwright
from pytest_django.plugin import blocking_manager_key

from measures.loading import loader
from tests.database import (
    ACCOUNTS,
    FIXTURES,
    Demonstration,
    Snapshot,
    committed_rows,
    load_demo,
    load_plans,
    own_models,
    take_once,
)
from tests.make import CITY, JINGXIAN, ZAOQIANG
from tests.stored import aim, assess, observe, reports

# No deadline: the time of an example depends on how busy the machine is.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")
# Session fixtures; a fixture comes before those that it is made from.
SNAPSHOTS = ["house_rows", "demo_rows", "plan_rows", "first_rows"]
taken: dict[str, Snapshot] = {}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Return the path in CHROMIUM, even if no file is there; else the first browser on the PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def pytest_sessionstart():
    """End the run if DATABASE_URL names a PostgreSQL that cannot be reached; never skip its tests."""
    TransactionTestCase._fixture_teardown = lambda case: committed_rows.clear()
    # A password hash is slow on purpose and would take a tenth of the suite's time.
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
    skip_what_cannot_run(items)
    # Tests that start from the same rows follow each other, so that the rows are seldom replaced.
    items.sort(key=lambda item: (commits(item), starts_from(item) or ""))


def skip_what_cannot_run(items):
    missing = {}
    if connection.vendor != "postgresql":
        missing["postgres"] = "runs on PostgreSQL only: set DATABASE_URL=postgresql://…"
    if not find_chromium():
        missing["browser"] = "needs Chromium: install chromium or set CHROMIUM=/path/to/it"
    for item in items:
        for name, reason in missing.items():
            if item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=reason))


def commits(item) -> bool:
    marker = item.get_closest_marker("django_db")
    fixtures = {"transactional_db", "live_server"} & set(item.fixturenames)
    return bool(fixtures or (marker and marker.kwargs.get("transaction")))


def starts_from(item) -> str | None:
    return next((name for name in SNAPSHOTS if name in item.fixturenames), None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Commit the snapshot that the test starts from, before its transaction begins."""
    if item.get_closest_marker("django_db") or "_django_db_helper" in item.fixturenames:
        snapshot = taken.get(starts_from(item))
        if snapshot is not committed_rows.snapshot:
            with item.config.stash[blocking_manager_key].unblock():
                committed_rows.switch_to(snapshot)
    return (yield)


@pytest.fixture(scope="session")
def snapshot_of(django_db_setup, django_db_blocker, tmp_path_factory):
    """Return a function that takes the snapshot of a fixture, once for all workers of the run."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def take(name: str, make: Callable[[], object], kinds: list[type[models.Model]]) -> Snapshot:
        with django_db_blocker.unblock():
            taken[name] = take_once(folder / f"{name}.pickle", lambda: Snapshot(make, kinds))
        return taken[name]

    return take


@pytest.fixture(scope="session")
def plan_rows(snapshot_of) -> Snapshot:
    """The rows of the real plan and of those beside it."""
    return snapshot_of("plan_rows", load_plans, own_models())


@pytest.fixture
def plan(db, plan_rows):
    """The real plan, loaded from the real files, and those beside it."""
    committed_rows.require(plan_rows)


@pytest.fixture(scope="session")
def first_rows(snapshot_of) -> Snapshot:
    """What `load_plan` makes of the real files alone."""
    return snapshot_of("first_rows", lambda: loader.load(FIXTURES), own_models())


@pytest.fixture
def first_plan(db, first_rows):
    """The real plan alone, for tests of the loading itself."""
    committed_rows.require(first_rows)


@pytest.fixture
def plan_live(transactional_db, plan_rows):
    """The real plan, committed so that the live server sees it too, and deleted afterwards."""
    committed_rows.require(plan_rows)


@pytest.fixture
def logged_in(client):
    """Return a function that gives the client of a user, or of a visitor without a login."""

    def as_user(user):
        client.cookies.clear()
        if user:
            client.force_login(user)
        return client

    return as_user


@pytest.fixture(scope="session")
def demo_rows(snapshot_of) -> Demonstration:
    rows = snapshot_of("demo_rows", load_demo, [*ACCOUNTS, *own_models()])
    return Demonstration(rows.made, rows)


@pytest.fixture
def demo(db, demo_rows) -> Demonstration:
    """The demonstration, as load_demo makes it."""
    committed_rows.require(demo_rows.rows)
    return demo_rows


@pytest.fixture
def demo_live(transactional_db, demo_rows) -> Demonstration:
    """The demonstration, committed so that the live server sees it too, and deleted afterwards."""
    committed_rows.require(demo_rows.rows)
    return demo_rows


@pytest.fixture
def elsewhere(tmp_path):
    """A folder, and the address at which another site serves its files."""
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
        # While Playwright's event loop runs, Django keeps a separate connection for it, which the code
        # that closes the database at the end would miss.
        connection.close()
        running.close()


@pytest.fixture
def browser(_running_chromium):
    """A fresh browser: `new_page(viewport=…)` opens a context, which is closed after the test."""
    yield _running_chromium
    for context in _running_chromium.contexts:
        context.close()


@pytest.fixture
def figures(plan):
    """A published value halfway to its target, a published assessment, and a value of one of two counties."""
    aim("I09", CITY, 2020, 192)
    observe("I09", CITY, "2018", 142, revision=2)
    assess("G08", "2018", "科技型中小企业明显增多。", revision=2)
    reports("I10", JINGXIAN, ZAOQIANG)
    aim("I10", CITY, 2020, 100)
    observe("I10", JINGXIAN, "2018", 19)
