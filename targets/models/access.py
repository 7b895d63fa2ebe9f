"""The access log: logins, and changes of accounts and rights."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from targets.models.choices import one_of
from targets.records.history import AppendOnlyModel, AppendOnlyQuerySet

# Six months are required by law. The table's triggers contain the same number.
KEPT_DAYS = 180


class AccessKind(models.TextChoices):
    LOGIN = "login", "登录"
    LOGOUT = "logout", "退出"
    FAILED = "failed", "登录失败"
    LOCKED = "locked", "登录锁定"
    PASSWORD = "password", "设定密码"
    CREATED = "created", "新建账号"
    DEACTIVATED = "deactivated", "停用账号"
    REACTIVATED = "reactivated", "恢复账号"
    ROLES = "roles", "调整角色"
    AREAS = "areas", "调整县市区"
    EXPORT = "export", "导出"


class AccessEntryQuerySet(AppendOnlyQuerySet):
    def prune(self, days: int) -> int:
        """Delete entries older than `days`, at least KEPT_DAYS; return their number."""
        limit = timezone.now() - timedelta(days=max(days, KEPT_DAYS))
        return models.QuerySet.delete(self.filter(at__lt=limit))[0]


class AccessEntry(AppendOnlyModel):
    """An entry of the access log, written only by `access_log.record`.

    Triggers refuse UPDATE, and DELETE or TRUNCATE of entries younger than KEPT_DAYS. SQLite drops them when a
    migration rebuilds the table: such a migration must create them again.
    """

    at = models.DateTimeField("时间", default=timezone.now, db_index=True)
    kind = models.CharField("事项", max_length=12, choices=AccessKind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="access_entries",
        verbose_name="账号",
    )
    # As typed, or the account's name at that time.
    username = models.CharField("用户名", max_length=150)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="经办人"
    )
    # None for a command on the server.
    address = models.GenericIPAddressField("来访地址", null=True)
    detail = models.CharField("详情", max_length=500)

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "访问日志"
        ordering = ["-pk"]
        base_manager_name = "objects"
        default_permissions = ["view"]
        constraints = [
            one_of("kind", AccessKind, "access_entry_kind_known"),
            # Failed logins may name no existing account.
            models.CheckConstraint(condition=~Q(username=""), name="access_entry_has_username"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.username} {timezone.localtime(self.at):%Y-%m-%d %H:%M}"
