#!/usr/bin/env python
"""Django's command line; settings and database errors become one line."""

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

# Messages of SQLite and PostgreSQL about a missing table or column.
NOT_MIGRATED = ("no such table", "no such column", "does not exist")
MIGRATE_FIRST = "数据库尚未建表或表结构已过期，请先运行：python manage.py migrate"


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hengshui_plan.settings")
    try:
        if sys.argv[1:2] in (["runserver"], ["serve"]) and "RUN_MAIN" not in os.environ:
            must_be_migrated()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"设置有误：{error}")
    except (InterfaceError, DatabaseError) as error:
        sys.exit(database_fault(error))


def must_be_migrated():
    """Exit if migrations are missing; Django itself only warns."""
    django.setup()
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        sys.exit(f"{MIGRATE_FIRST}（还有 {len(waiting)} 步没有做）")


def database_fault(error: Exception) -> str:
    reason = " ".join(str(error).split())
    if 'database "' not in reason and any(sign in reason for sign in NOT_MIGRATED):
        return f"{MIGRATE_FIRST}（数据库的说法：{reason}）"
    return f"数据库无法使用，请检查 DATABASE_URL 及数据库服务是否已启动（数据库的说法：{reason}）"


if __name__ == "__main__":
    main()
