"""The access log, and the triggers that keep it.

SQLite drops the triggers of a table that a later migration rebuilds: such a migration sets them again
(`keep`), and tests/test_accounts.py notices where it does not.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

TABLE = "targets_accessentry"
REFUSAL = "the access log is only ever added to, and kept for 180 days"

KEEP = {
    "sqlite": [
        f"""
        CREATE TRIGGER access_log_not_changed BEFORE UPDATE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
        """,
        f"""
        CREATE TRIGGER access_log_kept BEFORE DELETE ON {TABLE}
        WHEN OLD.at >= strftime('%Y-%m-%d %H:%M:%f', 'now', '-180 days')
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
        """,
    ],
    "postgresql": [
        f"""
        CREATE FUNCTION access_log_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        f"""
        CREATE FUNCTION access_log_refuses_to_be_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM {TABLE} WHERE at >= now() - interval '180 days') THEN
                RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END $$
        """,
        f"""
        CREATE TRIGGER access_log_not_changed BEFORE UPDATE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION access_log_refuses()
        """,
        f"""
        CREATE TRIGGER access_log_kept BEFORE DELETE ON {TABLE}
        FOR EACH ROW WHEN (OLD.at >= now() - interval '180 days') EXECUTE FUNCTION access_log_refuses()
        """,
        f"""
        CREATE TRIGGER access_log_not_emptied BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION access_log_refuses_to_be_emptied()
        """,
    ],
}
# The triggers go with their table.
LET_GO = {
    "sqlite": [],
    "postgresql": [
        "DROP FUNCTION access_log_refuses CASCADE",
        "DROP FUNCTION access_log_refuses_to_be_emptied CASCADE",
    ],
}


def keep(apps, schema_editor):
    for statement in KEEP[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def let_go(apps, schema_editor):
    for statement in LET_GO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("targets", "0005_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_index=True, default=django.utils.timezone.now, verbose_name="时间"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("login", "登录"),
                            ("logout", "退出"),
                            ("failed", "登录失败"),
                            ("locked", "登录锁定"),
                            ("password", "设定密码"),
                            ("created", "新建账号"),
                            ("deactivated", "停用账号"),
                            ("reactivated", "恢复账号"),
                            ("roles", "调整角色"),
                            ("areas", "调整县市区"),
                            ("export", "导出"),
                        ],
                        max_length=12,
                        verbose_name="事项",
                    ),
                ),
                ("username", models.CharField(max_length=150, verbose_name="用户名")),
                ("address", models.GenericIPAddressField(null=True, verbose_name="来访地址")),
                ("detail", models.CharField(max_length=500, verbose_name="详情")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="经办人",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access_entries",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "访问日志",
                "verbose_name_plural": "访问日志",
                "ordering": ["-pk"],
                "default_permissions": ["view"],
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "login",
                                    "logout",
                                    "failed",
                                    "locked",
                                    "password",
                                    "created",
                                    "deactivated",
                                    "reactivated",
                                    "roles",
                                    "areas",
                                    "export",
                                ],
                            )
                        ),
                        name="access_entry_kind_known",
                        violation_error_message="kind 的值不在可选范围之内。",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("username", ""), _negated=True), name="access_entry_has_username"
                    ),
                ],
            },
        ),
        migrations.RunPython(keep, let_go),
    ]
