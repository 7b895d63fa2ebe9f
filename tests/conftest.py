import os
import shutil
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from playwright.sync_api import sync_playwright

from measures import loading

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """What CHROMIUM names, whether it is there or not; else the first that is on the PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def pytest_sessionstart():
    """A PostgreSQL that was asked for and cannot be reached ends the run; it is never a skip."""
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


@pytest.fixture(scope="session")
def plan_rows(django_db_setup, django_db_blocker):
    """All rows that loading gives. Loading takes a second, putting its rows back a moment."""
    models = [
        model
        for label in ("targets", "measures")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
    ]
    with django_db_blocker.unblock(), transaction.atomic():
        loading.load(FIXTURES)
        rows = {model: list(model.objects.all()) for model in models}
        transaction.set_rollback(True)
    return rows


@pytest.fixture
def plan(db, plan_rows):
    """The real plan, loaded from the real files."""
    put_back(plan_rows)


@pytest.fixture
def plan_live(transactional_db, plan_rows):
    """The real plan where the live server sees it too: committed, and flushed afterwards."""
    put_back(plan_rows)


def put_back(plan_rows):
    # Foreign keys are looked at on commit only: the order of the tables is free.
    with transaction.atomic():
        for model, rows in plan_rows.items():
            model.objects.bulk_create(rows)


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
        running.close()


@pytest.fixture
def browser(_running_chromium):
    """A browser without a past: `new_page(viewport=…)` opens a context, closed after the test."""
    yield _running_chromium
    for context in _running_chromium.contexts:
        context.close()
