"""Database triggers that add a PublicChange for each change of public data, numbered at commit."""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from django.apps import apps
from django.core import checks
from django.db import connections, models, transaction

from targets.records.exposure import Exposure
from targets.records.revision import LOG, NEWEST, NEWEST_ON_POSTGRESQL

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
INTO_LOG = f"INSERT INTO {LOG} (type, code, is_deleted)"
NOTE_EVERYTHING = f"{INTO_LOG} SELECT 'all', '', FALSE;"


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
            _make_newest(connection)


def _make_newest(connection):
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {NEWEST_ON_POSTGRESQL}() RETURNS text"
            f" LANGUAGE plpgsql STABLE AS $$BEGIN RETURN ({NEWEST}); END$$"
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
    if connection.vendor == "postgresql" and not _has_function(connection, NEWEST_ON_POSTGRESQL):
        missing.append(NEWEST_ON_POSTGRESQL)
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
        f"{INTO_LOG} SELECT {note.type}, {note.code}, {note.is_deleted} WHERE {note.condition}; "
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
        f"({part}, {note.type}, {note.code}, {note.is_deleted}, {note.condition})"
        for part, note in enumerate(_notes(model, exposures, event, "old_row", "new_row"))
    )
    body = (
        f"{INTO_LOG} SELECT note.type, note.code, note.is_deleted FROM {rows}"
        f" CROSS JOIN LATERAL (VALUES {notes}) note (part, type, code, is_deleted, is_due)"
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
    is_deleted: str
    condition: str


def _everything(condition: str) -> Note:
    return Note("'all'", "''", "FALSE", condition)


def _notes(
    model: type[models.Model], exposures: list[Exposure], event: str, old_row: str, new_row: str
) -> Iterator[Note]:
    for exposure in exposures:
        old, new = (_seen(model, exposure, row) for row in (old_row, new_row))
        gone = str(not exposure.is_part).upper()
        if event == "DELETE":
            yield from _notes_of(exposure, old, gone)
        if event == "UPDATE":
            # The old record, unless the row still belongs to it.
            yield from _notes_of(exposure, old, gone, but_not=new)
            if exposure.code == ["code"]:
                # Codes of other records may contain it.
                yield _everything(f"{old_row}.code <> {new_row}.code")
        if event != "DELETE":
            yield from _notes_of(exposure, new, "FALSE")


def _notes_of(
    exposure: Exposure, seen: tuple[str, str], is_deleted: str, but_not: tuple[str, str] | None = None
) -> Iterator[Note]:
    code, is_public = seen
    stays = f" AND ({but_not[1]} AND {but_not[0]} = {code}) IS NOT TRUE" if but_not else ""
    yield Note(f"'{exposure.type}'", code, is_deleted, f"{code} IS NOT NULL AND {is_public}{stays}")
    # A missing whole is noted by its own trigger.
    if not exposure.is_part:
        # With deferred foreign keys that record can be missing.
        yield _everything(f"{code} IS NULL AND {is_public}")


def _seen(model: type[models.Model], exposure: Exposure, row: str) -> tuple[str, str]:
    """SQL for a row's code, and whether it is public."""
    code = " || '/' || ".join(_value(model, path, row) for path in exposure.code)
    rules = [f"{_value(model, path, row)} = '{value}'" for path, value in exposure.only.items()]
    return f"({code})", " AND ".join(rules) or "TRUE"


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
