"""The rows of the whole database: read out, compared, and put back."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, models, transaction
from simple_history.models import HistoricalChanges

from targets.models import PublicChange
from targets.review.roles import Role

FIXTURES = Path(settings.BASE_DIR) / "fixtures"


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


def make_groups():
    """The groups of the migration, which the flush after a test with a live server takes away."""
    roles = [Group(pk=pk, name=role) for pk, role in enumerate(Role, 1)]
    Group.objects.bulk_create(roles, ignore_conflicts=True)
