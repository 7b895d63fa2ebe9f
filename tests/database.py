"""The rows of the whole database: read, compared, restored."""

import fcntl
import pickle
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models, transaction
from simple_history.models import HistoricalChanges

from measures.loading import loader
from targets.models import AccessEntry, PublicChange

FIXTURES = Path(settings.BASE_DIR) / "fixtures" / "sti-13"
# A fictional plan. Each of its names and figures has a mark that stands nowhere in the first plan.
SECOND = Path(settings.BASE_DIR) / "tests" / "files" / "plans" / "yunli-sti-14"
MARKS = ("狸", "獭", "7777", "77.77")
# The plans that stand beside the first one in every test.
BESIDE = [SECOND]


def own_models() -> list[type[models.Model]]:
    """Return all models except the log of changes, each after the models that it points to."""
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
    """Return all rows of both apps with their primary keys."""
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in own_models()}


ACCOUNTS = [User, User.groups.through]


class Snapshot:
    """The rows that `make` creates in an empty database, stored as INSERT statements.

    `make` takes several seconds, building the statements one second, and running them much less.
    """

    def __init__(self, make: Callable[[], object], kinds: list[type[models.Model]]):
        self.statements = []
        with transaction.atomic():
            self.made = make()
            rows = {model: list(model.objects.all()) for model in kinds}
            transaction.set_rollback(True)
        with transaction.atomic(), connection.execute_wrapper(self._record):
            for model, objects in rows.items():
                # The rows include their history: a plain QuerySet adds no more.
                models.QuerySet(model).bulk_create(objects)
            transaction.set_rollback(True)

    def _record(self, execute, sql, params, many, context):
        if sql.startswith("INSERT"):
            self.statements.append(repeatable(sql, params))
        return execute(sql, params, many, context)

    def put_back(self):
        # Foreign keys are checked at commit, so the order of the tables does not matter.
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in self.statements:
                cursor.execute(*statement)


def repeatable(sql: str, params: Sequence) -> tuple[str, Sequence | None]:
    """Return the statement with its values; on PostgreSQL as one text, which can be pickled."""
    if connection.vendor == "postgresql":
        return connection.ops.compose_sql(sql, params), None
    return sql, params


def take_once(file: Path, take: Callable[[], Snapshot]) -> Snapshot:
    """Take the snapshot in the first worker of the run; the other workers read its file."""
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            snapshot = take()
            file.write_bytes(pickle.dumps(snapshot))
            return snapshot
    snapshot = pickle.loads(file.read_bytes())
    advance_sequences(snapshot)
    return snapshot


def advance_sequences(snapshot: Snapshot):
    """Give new rows ids above those of the snapshot, which another worker made.

    A rollback does not reset the sequences.
    """
    statements = connection.ops.sequence_reset_sql(no_style(), [*ACCOUNTS, *own_models()])
    with transaction.atomic(), connection.cursor() as cursor:
        snapshot.put_back()
        for statement in statements:
            cursor.execute(statement)
        transaction.set_rollback(True)


class CommittedRows:
    """The snapshot that stays committed between two tests, so that the next test need not insert it.

    A test inside a transaction leaves it as it was. A test that commits leaves an empty database.
    """

    def __init__(self):
        self.snapshot: Snapshot | None = None

    def switch_to(self, snapshot: Snapshot | None):
        self.clear()
        if snapshot:
            snapshot.put_back()
            self.snapshot = snapshot

    def clear(self):
        self.snapshot = None
        delete_all_rows()

    def require(self, snapshot: Snapshot):
        """Insert the rows unless they are committed already."""
        if self.snapshot is not snapshot:
            snapshot.put_back()


committed_rows = CommittedRows()
# Migrations fill these tables.
KEPT_TABLES = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
}


def delete_all_rows():
    """Delete all rows faster than Django's flush, whose TRUNCATE takes seconds on PostgreSQL."""
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    # The log is last: every deletion adds to it.
    log = PublicChange._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor, unguarded(AccessEntry, cursor):
        for table in [*sorted(tables - KEPT_TABLES - {log}), log]:
            cursor.execute(f'DELETE FROM "{table}"')
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@contextmanager
def unguarded(model: type[models.Model], cursor):
    """Disable the triggers of a table, as only the owner of the database can."""
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
    triggers = cursor.fetchall()
    for name, _ in triggers:
        cursor.execute(f"DROP TRIGGER {name}")
    yield
    for _, sql in triggers:
        cursor.execute(sql)


class Demonstration(NamedTuple):
    """The output of load_demo, and all rows that it creates."""

    said: list[str]
    rows: Snapshot

    @property
    def passwords(self) -> dict[str, str]:
        lines = (line.split() for line in self.said[2:])
        return {name.split("（")[0]: password for name, password in lines}


def load_plans():
    for folder in (FIXTURES, *BESIDE):
        loader.load(folder)


def load_demo() -> list[str]:
    """Return the lines that the command prints; the other plans are real ones."""
    out = StringIO()
    call_command("load_demo", stdout=out)
    for folder in BESIDE:
        loader.load(folder)
    return out.getvalue().splitlines()
