"""What the public could see become another."""

from contextlib import closing

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import F

# PostgreSQL keeps the plan of what is inside a function (`targets.tracking`), where SQLite needs none.
NEWEST = {
    "sqlite": "SELECT revision || ' ' || at FROM targets_publicchange"
    " WHERE revision IS NOT NULL ORDER BY revision DESC LIMIT 1",
    "postgresql": "SELECT targets_newest_change()",
}


class PublicChangeQuerySet(models.QuerySet):
    def numbered(self):
        """Those that others can see already: a transaction's own get their number as it commits."""
        return self.filter(revision__isnull=False).order_by("revision")

    def since(self, revision: int):
        return self.numbered().filter(revision__gt=revision)

    def newest(self) -> "PublicChange | None":
        return self.numbered().last()


class PublicChange(models.Model):
    """One change of one public record, written by the database's own triggers (`targets.tracking`).

    `revision` counts them in the order in which they were committed, without a gap: the newest is the data
    revision. With EVERYTHING for its type any record may have changed.
    """

    EVERYTHING = "all"

    revision = models.BigIntegerField("数据版次", null=True, unique=True)
    at = models.DateTimeField("时间", null=True, db_index=True)
    type = models.CharField("记录种类", max_length=20)
    code = models.CharField("记录代码", max_length=200)
    is_deleted = models.BooleanField("是否已不公开")

    objects = PublicChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公开数据的变动"
        ordering = [F("revision").asc(nulls_last=True)]
        default_permissions = []

    def __str__(self):
        return f"{self.revision} {self.type}/{self.code}"

    @staticmethod
    def mark() -> tuple | None:
        """The newest revision and its time in one text, to be compared and not to be read.

        Each request asks for it, a kept answer for nothing else.
        """
        # Each use of `django.db.connection` would find it anew.
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.wrap_database_errors, _quick_cursor(connection) as cursor:
            cursor.execute(NEWEST[connection.vendor])
            return cursor.fetchone()


def _quick_cursor(connection):
    """The driver's own, for Django's takes longer than SQLite does; Django's where queries are counted."""
    if connection.queries_logged:
        return connection.cursor()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    # Whatever is not closed might hold on to what it saw.
    return closing(connection.connection.cursor())
