"""What becomes of a record: each write leaves a line that says who, when, why, and how the row stood then.

A model that derives from Record keeps a history; the lines of a row are `row.history`, newest first.
Whoever writes says so with `written_by`; a request does for whoever is logged in. Nothing of it is laid on
the row, so that the reason of one save cannot stick to the next.

The lines themselves are only ever added, and so are the rows of a Ledger.

Rows are kept whole, the text of a plan too: it is replaced a few times in its life, and how it read before is
just what one would ask.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from django.conf import settings
from django.db import connections, models, transaction
from simple_history.manager import HistoricalQuerySet
from simple_history.models import HistoricalRecords


class Writer(NamedTuple):
    user: object = None
    reason: str = ""


# How many rows, and lines of them, are made ready for the database at a time.
ROWS_AT_ONCE = 500

THE_SYSTEM = Writer()
_writer = ContextVar("writer", default=THE_SYSTEM)


@contextmanager
def written_by(user, reason: str = "") -> Iterator[None]:
    """What is written inside bears this name and reason; the innermost holds. No user: the system did it.

    Within the same user's own an empty reason leaves the outer one standing; another's is never taken over.
    A generator that is suspended inside leaves its name to whoever runs on: end the `with` before a yield.
    """
    outer = _writer.get()
    # Only a reason to inherit is worth looking up who the user of a request is: most requests write nothing.
    inherits = bool(not reason and outer.reason and user == outer.user)
    token = _writer.set(Writer(user, outer.reason if inherits else reason))
    try:
        yield
    finally:
        _writer.reset(token)


def current_user():
    """Whoever is writing now; None for the system and for a visitor without an account."""
    user = _writer.get().user
    return user if user and user.is_authenticated else None


class AppendOnly(models.QuerySet):
    """Rows that tell what was: none is changed or taken away."""

    def update(self, **values):
        raise NotImplementedError(f"rows of {self.model._meta.label} are only added, never changed")

    update.alters_data = True

    def bulk_update(self, objs, fields, batch_size=None):
        self.update()

    bulk_update.alters_data = True

    def delete(self):
        raise NotImplementedError(f"rows of {self.model._meta.label} are only added, never deleted")

    delete.alters_data = True
    delete.queryset_only = True


class HistoryQuerySet(AppendOnly, HistoricalQuerySet):
    """The lines of a history."""


class HistoryKind(models.TextChoices):
    CREATED = "+", "新建"
    CHANGED = "~", "修改"
    DELETED = "-", "删除"


class RecordHistory(HistoricalRecords):
    """The table beside a record's own, named and read in this project's way."""

    def __init__(self, **options):
        super().__init__(historical_queryset=HistoryQuerySet, **options)

    def post_save(self, instance, created, using=None, raw=False, update_fields=None, **kwargs):
        """The line tells what is stored: not what was set beside the fields saved, nor an expression.

        Nothing on the instance keeps its line from being written.
        """
        if raw:
            return
        if update_fields is not None or any(map(_is_expression, _columns(instance))):
            instance = type(instance)._base_manager.using(using).get(pk=instance.pk)
        self.create_historical_record(
            instance, HistoryKind.CREATED if created else HistoryKind.CHANGED, using=using
        )

    def get_history_user(self, instance):
        return current_user()

    def get_change_reason_for_object(self, instance, history_type, using):
        return _writer.get().reason

    def copy_fields(self, model):
        """A history is looked up by its row alone; more indexes would only slow each write."""
        fields = super().copy_fields(model)
        for name, field in fields.items():
            field.db_index = name == model._meta.pk.attname
        return fields

    def get_extra_fields(self, model, fields):
        return super().get_extra_fields(model, fields) | {
            "history_id": models.BigAutoField(primary_key=True),
            "history_date": models.DateTimeField("时间"),
            "history_type": models.CharField("动作", max_length=1, choices=HistoryKind),
            # A trail that forgets who is none: an account with a past is switched off, not deleted.
            "history_user": models.ForeignKey(
                settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="经办人"
            ),
            "history_change_reason": models.TextField("理由", blank=True),
        }

    def get_meta_options(self, model):
        name = f"{model._meta.verbose_name}的历史"
        # Nobody is given leave to write a history; whoever may see a row may see its own.
        options = {"verbose_name": name, "verbose_name_plural": name, "default_permissions": ()}
        table = model._meta.db_table
        if table != f"{model._meta.app_label}_{model._meta.model_name}":
            options["db_table"] = table.replace("_", "_historical", 1)
        return super().get_meta_options(model) | options


class RecordQuerySet(models.QuerySet):
    """Whose bulk writes leave their lines too, in the same transaction; `bulk_update` goes by `update`.

    Deletions, of many and by cascade, take each row in hand by themselves, because its history listens.
    """

    def update(self, **values):
        """A line for each row that is another afterwards."""
        self._for_write = True
        with transaction.atomic(using=self.db, savepoint=False):
            rows = self.model._base_manager.using(self.db)
            chosen = rows.filter(pk__in=self.order_by().values("pk"))
            before = {row.pk: row for row in chosen.order_by("pk").select_for_update()}
            count = super(RecordQuerySet, self.filter(pk__in=list(before))).update(**values)
            after = rows.in_bulk(before).values()
            changed = [row for row in after if _columns(row) != _columns(before[row.pk])]
            self._leave_lines(changed, update=True)
        self._result_cache = None
        return count

    update.alters_data = True

    def bulk_create(self, objs, batch_size=None, ignore_conflicts=False, update_conflicts=False, **options):
        if ignore_conflicts or update_conflicts:
            raise NotImplementedError(
                f"{self.model._meta.label} keeps a history, and of rows in conflict the database does not "
                "say which it wrote: look up those that are there first, or use update_or_create"
            )
        self._for_write = True
        with transaction.atomic(using=self.db, savepoint=False):
            rows = super().bulk_create(objs, batch_size, **options)
            self._leave_lines(rows, update=False)
        return rows

    bulk_create.alters_data = True

    def rewrite(self, rows: list):
        """Store rows that are there and that the caller holds locked, as a `save` of each would.

        One short statement is run for all. `bulk_update` makes long ones, with a case for each row and
        column, and here reads the rows before and after.
        """
        self._for_write = True
        with transaction.atomic(using=self.db, savepoint=False):
            for some in _some_at_once(rows):
                self._store(some)
            self._leave_lines(rows, update=True)

    rewrite.alters_data = True

    def _store(self, rows: list):
        connection, meta = connections[self.db], self.model._meta
        quote = connection.ops.quote_name
        fields = [field for field in meta.concrete_fields if field is not meta.pk]
        columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
        statement = f"UPDATE {quote(meta.db_table)} SET {columns} WHERE {quote(meta.pk.column)} = %s"
        values = [
            [
                *(field.get_db_prep_save(field.pre_save(row, add=False), connection) for field in fields),
                row.pk,
            ]
            for row in rows
        ]
        with connection.cursor() as cursor:
            cursor.executemany(statement, values)

    def _leave_lines(self, rows, *, update: bool):
        reason = _writer.get().reason
        for some in _some_at_once(rows):
            self.model.history.bulk_history_create(some, update=update, default_change_reason=reason)


def _some_at_once(rows: list) -> Iterator[list]:
    return (rows[start : start + ROWS_AT_ONCE] for start in range(0, len(rows), ROWS_AT_ONCE))


def _columns(row: models.Model) -> list:
    return [getattr(row, field.attname) for field in row._meta.concrete_fields]


def _is_expression(value) -> bool:
    return hasattr(value, "resolve_expression")


class Record(models.Model):
    """A row that somebody answers for, and whose past is kept."""

    objects = RecordQuerySet.as_manager()
    history = RecordHistory(inherit=True)

    class Meta:
        abstract = True
        # What Django does behind a relation (`area.children.add(…)`) is recorded as well.
        base_manager_name = "objects"

    def save_base(self, *args, using=None, **kwargs):
        """The line is written after Django's own transaction has ended: put one around both."""
        with transaction.atomic(using=using, savepoint=False):
            super().save_base(*args, using=using, **kwargs)

    save_base.alters_data = True


class LedgerQuerySet(AppendOnly, RecordQuerySet):
    def rewrite(self, rows):
        self.update()

    rewrite.alters_data = True


class Ledger(Record):
    """A record whose rows are only ever added. Gone is a row only with what it is about, by cascade."""

    objects = LedgerQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = True

    def save_base(self, *args, raw=False, **kwargs):
        if not (raw or self._state.adding):
            raise NotImplementedError(f"rows of {self._meta.label} are only added, never changed")
        super().save_base(*args, raw=raw, **kwargs)

    save_base.alters_data = True

    def delete(self, *args, **kwargs):
        raise NotImplementedError(f"rows of {self._meta.label} are only added, never deleted")

    delete.alters_data = True
