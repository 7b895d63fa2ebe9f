"""Database triggers that add a PublicChange for each change of public data, numbered at commit."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from django.apps import apps
from django.core import checks
from django.db import connections, models, transaction

from targets.records.exposure import Exposure
from targets.records.revision import FUNCTIONS, LOG

PREFIX = "face_"
# Unique among this database's locks.
LOCK = 2016_21

NUMBER = {
    "sqlite": f"""
        UPDATE {LOG} SET at = strftime('%Y-%m-%d %H:%M:%f000', 'now'),
            revision = (SELECT COALESCE(MAX(revision), 0) + 1 FROM {LOG})
        WHERE id = NEW.id;
    """,
    "postgresql": f"""
        PERFORM pg_advisory_xact_lock({LOCK});
        UPDATE {LOG} SET at = clock_timestamp(),
            revision = (SELECT COALESCE(MAX(revision), 0) + 1 FROM {LOG})
        WHERE id = NEW.id;
    """,
}
INTO_LOG = f"INSERT INTO {LOG} (type, code, plan, is_deleted)"
NOTE_EVERYTHING = f"{INTO_LOG} SELECT 'all', '', '', FALSE;"


def exposed_models() -> Iterator[tuple[type[models.Model], list[Exposure]]]:
    for model in apps.get_models(include_auto_created=True):
        exposures = _of_both_ends(model) if model._meta.auto_created else getattr(model, "exposures", [])
        if exposures:
            yield model, exposures


def _of_both_ends(through: type[models.Model]) -> list[Exposure]:
    """A many-to-many row is a part of both ends."""
    ends = [column for column in through._meta.concrete_fields if column.is_relation]
    return [
        exposure.as_part(end.name) for end in ends for exposure in getattr(end.related_model, "exposures", [])
    ]


def types() -> dict[str, str]:
    return {
        exposure.type: str(model._meta.verbose_name)
        for model, exposures in exposed_models()
        for exposure in exposures
        if not exposure.is_part
    }


def install(connection):
    """Create missing triggers and drop old ones; then everything may have changed."""
    present, wanted = _present(connection), _wanted(connection.vendor)
    if present == wanted.keys():
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name in present - wanted.keys():
            _drop(cursor, name)
        for name in sorted(wanted.keys() - present):
            for statement in wanted[name]:
                cursor.execute(statement)
        cursor.execute(NOTE_EVERYTHING)


def remove(connection):
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name in _present(connection):
            _drop(cursor, name)


def install_after_migrating(using, **kwargs):
    connection = connections[using]
    if LOG in connection.introspection.table_names():
        install(connection)
        if connection.vendor == "postgresql":
            _make_functions(connection)


def _make_functions(connection):
    with connection.cursor() as cursor:
        for signature, query in FUNCTIONS.items():
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {signature} RETURNS text"
                f" LANGUAGE plpgsql STABLE AS $$BEGIN RETURN ({query}); END$$"
            )


def remove_before_migrating(using, plan, **kwargs):
    """SQLite alters no table that a trigger names; on PostgreSQL the trigger would fail later."""
    if plan:
        remove(connections[using])


@checks.register(checks.Tags.database)
def check_triggers(databases=None, **kwargs) -> list[checks.CheckMessage]:
    return [
        checks.Warning(
            f"数据库中缺少记录公开数据变动的触发器或函数，变动接口和缓存校验会漏掉改动或出错：{'、'.join(missing)}",
            hint="请运行 manage.py migrate，会自动补上。",
            id="targets.W001",
        )
        for alias in databases or []
        if (missing := _missing(connections[alias]))
    ]


def _missing(connection) -> list[str]:
    if LOG not in connection.introspection.table_names():
        return []
    missing = sorted(_wanted(connection.vendor).keys() - _present(connection))
    if connection.vendor == "postgresql":
        names = [signature.partition("(")[0] for signature in FUNCTIONS]
        missing += [name for name in names if not _has_function(connection, name)]
    return missing


def _has_function(connection, name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc(%s) IS NOT NULL", [name])
        return cursor.fetchone()[0]


def _present(connection) -> set[str]:
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall() if name.startswith(PREFIX)}


def _drop(cursor, name: str):
    if cursor.db.vendor == "sqlite":
        cursor.execute(f'DROP TRIGGER "{name}"')
    else:
        cursor.execute(f'DROP FUNCTION "{name}" CASCADE')


class Trigger(NamedTuple):
    table: str
    event: str
    body: str
    condition: str = ""

    def named(self, vendor: str) -> tuple[str, list[str]]:
        """Return its name and its statements."""
        make = {"sqlite": self._on_sqlite, "postgresql": self._on_postgresql}[vendor]
        digest = sha256("".join(make("")).encode()).hexdigest()[:8]
        name = f"{PREFIX}{self.table}_{self.event.lower()}_{digest}"
        return name, make(name)

    def _on_sqlite(self, name: str) -> list[str]:
        when = f"WHEN {self.condition}" if self.condition else ""
        return [
            f'CREATE TRIGGER "{name}" AFTER {self.event} ON "{self.table}"'
            f" FOR EACH ROW {when} BEGIN {self.body} END"
        ]

    def _on_postgresql(self, name: str) -> list[str]:
        return [
            f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql'
            f" AS $$BEGIN {self.body} RETURN NULL; END$$",
            self._once_a_row_at_commit(name) if self.table == LOG else self._once_a_statement(name),
        ]

    def _once_a_row_at_commit(self, name: str) -> str:
        return (
            f'CREATE CONSTRAINT TRIGGER "{name}" AFTER {self.event} ON "{self.table}"'
            f' DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({self.condition}) EXECUTE FUNCTION "{name}"()'
        )

    def _once_a_statement(self, name: str) -> str:
        rows = {
            "INSERT": "REFERENCING NEW TABLE AS new_rows",
            "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
            "DELETE": "REFERENCING OLD TABLE AS old_rows",
            "TRUNCATE": "",
        }
        return (
            f'CREATE TRIGGER "{name}" AFTER {self.event} ON "{self.table}" {rows[self.event]}'
            f' FOR EACH STATEMENT EXECUTE FUNCTION "{name}"()'
        )


@cache
def _wanted(vendor: str) -> dict[str, list[str]]:
    return dict(trigger.named(vendor) for trigger in _triggers(vendor))


def _triggers(vendor: str) -> Iterator[Trigger]:
    yield Trigger(LOG, "INSERT", NUMBER[vendor], "NEW.revision IS NULL")
    trigger_of = {"sqlite": _trigger_of_a_row, "postgresql": _trigger_of_a_statement}[vendor]
    for model, exposures in exposed_models():
        for event in ("INSERT", "UPDATE", "DELETE"):
            yield trigger_of(model, exposures, event)
        if vendor == "postgresql":
            yield Trigger(model._meta.db_table, "TRUNCATE", NOTE_EVERYTHING)


def _trigger_of_a_row(model: type[models.Model], exposures: list[Exposure], event: str) -> Trigger:
    body = "".join(
        f"{INTO_LOG} SELECT {note.type}, {note.code}, {note.plan}, {note.is_deleted} WHERE {note.condition}; "
        for note in _notes(model, exposures, event, "OLD", "NEW")
    )
    condition = _differs(model, "IS NOT", "OLD", "NEW") if event == "UPDATE" else ""
    return Trigger(model._meta.db_table, event, body, condition)


def _trigger_of_a_statement(model: type[models.Model], exposures: list[Exposure], event: str) -> Trigger:
    """One INSERT for all rows, in their order."""
    row = "old_row" if event == "DELETE" else "new_row"
    rows, differs = f"(SELECT *, row_number() OVER () AS place FROM {row}s) {row}", "TRUE"
    if event == "UPDATE":
        key = f'"{model._meta.pk.column}"'
        # FULL: a new key is one row deleted and one added.
        rows += f" FULL JOIN old_rows old_row ON old_row.{key} = new_row.{key}"
        differs = _differs(model, "IS DISTINCT FROM", "old_row", "new_row")
    notes = ", ".join(
        f"({part}, {note.type}, {note.code}, {note.plan}, {note.is_deleted}, {note.condition})"
        for part, note in enumerate(_notes(model, exposures, event, "old_row", "new_row"))
    )
    body = (
        f"{INTO_LOG} SELECT note.type, note.code, note.plan, note.is_deleted FROM {rows}"
        f" CROSS JOIN LATERAL (VALUES {notes}) note (part, type, code, plan, is_deleted, is_due)"
        f" WHERE ({differs}) AND note.is_due ORDER BY {row}.place, note.part;"
    )
    return Trigger(model._meta.db_table, event, body)


def _differs(model: type[models.Model], unlike: str, old: str, new: str) -> str:
    """SQL: a column changed that is not private."""
    private_fields = getattr(model, "private_fields", ())
    columns = [field.column for field in model._meta.concrete_fields if field.name not in private_fields]
    return " OR ".join(f'{old}."{column}" {unlike} {new}."{column}"' for column in columns)


class Note(NamedTuple):
    """A line of the log and its condition, as SQL."""

    type: str
    code: str
    plan: str
    is_deleted: str
    condition: str


class Seen(NamedTuple):
    """A row as a record of the public, as SQL: its code, its plan, and whether the public sees it."""

    code: str
    plan: str
    is_public: str

    def note(self, exposure: Exposure, is_deleted: str, condition: str = "TRUE") -> Note:
        seen = f"{self.code} IS NOT NULL AND {self.is_public} AND {condition}"
        return Note(f"'{exposure.type}'", self.code, self.plan, is_deleted, seen)

    def everything(self, condition: str) -> Note:
        """Any record of the plan may have changed."""
        return Note("'all'", "''", self.plan, "FALSE", f"{self.is_public} AND {condition}")

    def is_not(self, other: "Seen") -> str:
        same = f"{other.is_public} AND {other.code} = {self.code} AND {other.plan} = {self.plan}"
        return f"({same}) IS NOT TRUE"


def _notes(
    model: type[models.Model], exposures: list[Exposure], event: str, old_row: str, new_row: str
) -> Iterator[Note]:
    if event != "UPDATE":
        row, is_new = (new_row, True) if event == "INSERT" else (old_row, False)
        for exposure in exposures:
            yield from _notes_of(exposure, _seen(model, exposure, row), _gone(exposure, is_new))
        return
    turned = "FALSE"
    if gate := getattr(model, "public_gate", None):
        turned = f"{old_row}.{gate} <> {new_row}.{gate}"
        plan = _seen(model, exposures[0], new_row).plan
        was_shown = " OR ".join(f"({_is_of_public_plan(model, row)})" for row in (old_row, new_row))
        yield Note("'all'", "''", plan, "FALSE", f"{turned} AND ({was_shown})")
    for note in _notes_of_update(model, exposures, old_row, new_row):
        yield note._replace(condition=f"NOT ({turned}) AND {note.condition}")


def _notes_of_update(model, exposures: list[Exposure], old_row: str, new_row: str) -> Iterator[Note]:
    for exposure in exposures:
        old, new = (_seen(model, exposure, row) for row in (old_row, new_row))
        # The old record, unless the row still belongs to it.
        yield from _notes_of(exposure, old, _gone(exposure, is_new=False), old.is_not(new))
        if exposure.code == ["code"]:
            # Codes of other records may contain it.
            yield new.everything(f"{old_row}.code <> {new_row}.code")
        yield from _notes_of(exposure, new, "FALSE")


def _gone(exposure: Exposure, is_new: bool) -> str:
    return str(not is_new and not exposure.is_part).upper()


def _notes_of(exposure: Exposure, seen: Seen, is_deleted: str, condition: str = "TRUE") -> Iterator[Note]:
    yield seen.note(exposure, is_deleted, condition)
    # A missing whole is noted by its own trigger.
    if not exposure.is_part:
        # With deferred foreign keys that record can be missing.
        yield seen.everything(f"{seen.code} IS NULL")


def _seen(model: type[models.Model], exposure: Exposure, row: str) -> Seen:
    parts = [
        f"COALESCE({_value(model, path, row)}, '')" if path in exposure.optional else _value(model, path, row)
        for path in exposure.code
    ]
    code = " || '/' || ".join(parts)
    rules = [f"{_value(model, path, row)} = '{value}'" for path, value in exposure.only.items()]
    rules += [_is_of_public_plan(model, row), *_is_not_internal(model, row)]
    plan = _plan(model, row)
    return Seen(f"({code})", f"COALESCE({plan}, '')" if plan else "''", " AND ".join(rules))


def _plan(model: type[models.Model], row: str) -> str:
    """SQL for the code of the plan that owns a row; empty for a shared model."""
    values = [_value(model, path, row) for path in _paths(model, "plan_paths")]
    return f"COALESCE({', '.join(values)}, NULL)" if values else ""


def _is_of_public_plan(model: type[models.Model], row: str) -> str:
    """SQL; with deferred foreign keys the plan can be missing, which counts as public."""
    if getattr(model, "public_gate", None) == "is_public":
        return f"{row}.is_public"
    if plan := _plan(model, row):
        return (
            f"({plan} IS NULL OR EXISTS (SELECT 1 FROM targets_plan owner"
            f" WHERE owner.code = {plan} AND owner.is_public))"
        )
    return _is_used(model, row)


def _is_used(model: type[models.Model], row: str) -> str:
    """SQL: a public plan uses a row that plans share, or the row that succeeds it."""
    members = model._meta.get_field("plans").through  # type: ignore[union-attr]  # a many-to-many relation
    [end] = [column for column in members._meta.concrete_fields if column.related_model is model]
    used = f'member."{end.column}" = {row}."{model._meta.pk.column}"'
    if hasattr(model, "predecessor"):
        table = model._meta.db_table
        used += f' OR member."{end.column}" IN (SELECT id FROM {table} WHERE predecessor_id = {row}.id)'
    return (
        f"EXISTS (SELECT 1 FROM {members._meta.db_table} member"
        f" JOIN targets_plan its_plan ON its_plan.id = member.plan_id WHERE ({used}) AND its_plan.is_public)"
    )


def _is_not_internal(model: type[models.Model], row: str) -> list[str]:
    return [
        f"COALESCE({_value(model, path, row)}, '0') IN ('0', 'false')"
        for path in _paths(model, "internal_paths")
    ]


def _paths(model: type[models.Model], name: str) -> list[str]:
    """What a model declares; of a many-to-many table what its ends declare."""
    if not model._meta.auto_created:
        return list(getattr(model, name, ()))
    ends = [column for column in model._meta.concrete_fields if column.is_relation]
    return [f"{end.name}__{path}" for end in ends for path in getattr(end.related_model, name, ())]


def _value(model, path: str, row: str) -> str:
    """SQL for the text of a column."""
    name, _, rest = path.partition("__")
    column = model._meta.get_field(name)
    if not rest:
        return f'CAST({row}."{column.column}" AS text)'
    related, alias = column.related_model, f"{row}_{name}"
    return (
        f"(SELECT {_value(related, rest, alias)} FROM {related._meta.db_table} {alias}"
        f' WHERE {alias}."{column.target_field.column}" = {row}."{column.column}")'
    )
