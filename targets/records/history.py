"""Every write of a Record adds a history record: user, time, reason and all columns."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NamedTuple, TypeVar

from django.conf import settings
from django.db import connections, models, transaction
from simple_history.manager import HistoricalQuerySet
from simple_history.models import HistoricalRecords

from targets.records.ownership import OfPlan

Method = TypeVar("Method", bound=Callable[..., Any])

ROWS_AT_ONCE = 500


class Writer(NamedTuple):
    user: Any = None
    reason: str = ""


THE_SYSTEM = Writer()
_writer = ContextVar("writer", default=THE_SYSTEM)


@contextmanager
def written_by(user, reason: str = "") -> Iterator[None]:
    """Set user and reason for all writes inside.

    An empty reason keeps the outer one of the same user. Never yield inside: it would apply to the caller.
    """
    outer = _writer.get()
    # Comparing loads the user.
    inherits = bool(not reason and outer.reason and user == outer.user)
    token = _writer.set(Writer(user, outer.reason if inherits else reason))
    try:
        yield
    finally:
        _writer.reset(token)


def current_user():
    """None for the system and anonymous visitors."""
    user = _writer.get().user
    return user if user and user.is_authenticated else None


def alters_data(method: Method) -> Method:
    method.alters_data = True  # type: ignore[attr-defined]  # read by Django
    return method


class AppendOnly:
    @alters_data
    def update(self, **values):
        raise NotImplementedError(f"rows of {self.model._meta.label} are only added, never changed")

    @alters_data
    def bulk_update(self, objs, fields, batch_size=None):
        self.update()

    @alters_data
    def delete(self):
        raise NotImplementedError(f"rows of {self.model._meta.label} are only added, never deleted")

    delete.queryset_only = True  # type: ignore[attr-defined]  # likewise


class AppendOnlyQuerySet(AppendOnly, models.QuerySet):
    pass


class HistoryQuerySet(AppendOnly, HistoricalQuerySet):
    pass


class AppendOnlyModel(models.Model):
    class Meta:
        abstract = True

    @alters_data
    def save_base(self, *args, raw=False, **kwargs):
        if not (raw or self._state.adding):
            raise NotImplementedError(f"rows of {self._meta.label} are only added, never changed")
        super().save_base(*args, raw=raw, **kwargs)

    @alters_data
    def delete(self, *args, **kwargs):
        raise NotImplementedError(f"rows of {self._meta.label} are only added, never deleted")


class HistoryKind(models.TextChoices):
    CREATED = "+", "新建"
    CHANGED = "~", "修改"
    DELETED = "-", "删除"


class RecordHistory(HistoricalRecords):
    def __init__(self, **options):
        super().__init__(historical_queryset=HistoryQuerySet, **options)

    def post_save(self, instance, created, using=None, raw=False, update_fields=None, **kwargs):
        """Record what is stored, not what is set; ignore `skip_history_when_saving`."""
        if raw:
            return
        if update_fields is not None or any(
            hasattr(value, "resolve_expression") for value in _columns(instance)
        ):
            instance = type(instance)._base_manager.using(using).get(pk=instance.pk)
        self.create_historical_record(
            instance, HistoryKind.CREATED if created else HistoryKind.CHANGED, using=using
        )

    def get_history_user(self, instance):
        return current_user()

    def get_change_reason_for_object(self, instance, history_type, using):
        return _writer.get().reason

    def copy_fields(self, model):
        """No search uses another column than the row's key."""
        fields = super().copy_fields(model)
        for name, field in fields.items():
            field.db_index = name == model._meta.pk.attname
        return fields

    def get_extra_fields(self, model, fields):
        return super().get_extra_fields(model, fields) | {
            "history_id": models.BigAutoField(primary_key=True),
            "history_date": models.DateTimeField("时间"),
            "history_type": models.CharField("动作", max_length=1, choices=HistoryKind),
            # Accounts with history are deactivated, not deleted.
            "history_user": models.ForeignKey(
                settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="经办人"
            ),
            "history_change_reason": models.TextField("理由", blank=True),
        }

    def get_meta_options(self, model):
        name = f"{model._meta.verbose_name}的历史"
        # Who may see a row may see its history.
        options = {"verbose_name": name, "verbose_name_plural": name, "default_permissions": ()}
        table = model._meta.db_table
        if table != f"{model._meta.app_label}_{model._meta.model_name}":
            options["db_table"] = table.replace("_", "_historical", 1)
        return super().get_meta_options(model) | options


class RecordQuerySet(OfPlan):
    """Bulk writes add history records too; `bulk_update` calls `update`."""

    @alters_data
    def update(self, **values):
        """Add history records for the rows that actually changed."""
        self._for_write = True
        with transaction.atomic(using=self.db, savepoint=False):
            rows = self.model._base_manager.using(self.db)
            chosen = rows.filter(pk__in=self.order_by().values("pk"))
            before = {row.pk: row for row in chosen.order_by("pk").select_for_update()}
            count = super(RecordQuerySet, self.filter(pk__in=list(before))).update(**values)
            after = rows.in_bulk(before).values()
            changed = [row for row in after if _columns(row) != _columns(before[row.pk])]
            self._add_history(changed, update=True)
        self._result_cache = None
        return count

    @alters_data
    def bulk_create(self, objs, batch_size=None, ignore_conflicts=False, update_conflicts=False, **options):
        if ignore_conflicts or update_conflicts:
            raise NotImplementedError(
                f"{self.model._meta.label} keeps a history, and of rows in conflict the database does not "
                "say which it wrote: look up those that are there first, or use update_or_create"
            )
        self._for_write = True
        with transaction.atomic(using=self.db, savepoint=False):
            rows = super().bulk_create(objs, batch_size, **options)
            self._add_history(rows, update=False)
        return rows

    @alters_data
    def rewrite(self, rows: list):
        """Save all columns of locked rows; `bulk_update` would read them twice."""
        self._for_write = True
        with transaction.atomic(using=self.db, savepoint=False):
            for batch in _batches(rows):
                self._store(batch)
            self._add_history(rows, update=True)

    def _store(self, rows):
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

    def _add_history(self, rows, *, update):
        reason = _writer.get().reason
        for batch in _batches(rows):
            self.model.history.bulk_history_create(batch, update=update, default_change_reason=reason)


def _batches(rows: list) -> Iterator[list]:
    return (rows[start : start + ROWS_AT_ONCE] for start in range(0, len(rows), ROWS_AT_ONCE))


def _columns(row: models.Model) -> list:
    return [getattr(row, field.attname) for field in row._meta.concrete_fields]


class Record(models.Model):
    objects: ClassVar = RecordQuerySet.as_manager()
    history = RecordHistory(inherit=True)

    class Meta:
        abstract = True
        # For writes through a relation.
        base_manager_name = "objects"

    @alters_data
    def save_base(self, *args, using=None, **kwargs):
        """Django's own transaction ends before the history record is added."""
        with transaction.atomic(using=using, savepoint=False):
            super().save_base(*args, using=using, **kwargs)


class LedgerQuerySet(AppendOnly, RecordQuerySet):
    @alters_data
    def rewrite(self, rows):
        self.update()

    @alters_data
    def delete_before_publication(self):
        """Delete rows of a plan that never was public: nobody has relied on them."""
        return super(AppendOnly, self).delete()


class Ledger(AppendOnlyModel, Record):
    """Rows are only added; only a cascade deletes them."""

    objects: ClassVar = LedgerQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = True
