"""The command line on a machine where something is still missing, and the first account."""

import os
import re
import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command, get_commands

APPS = {"hengshui_plan", "measures", "targets"}
OWN_COMMANDS = sorted(name for name, app in get_commands().items() if app in APPS)
# What a command does not run without.
ARGUMENTS = {"export_plan": ["sti-13", "--to", "exported"]}
# Port 1 is reserved; no PostgreSQL answers there.
UNREACHABLE = "postgresql://postgres@127.0.0.1:1/plan"


def manage(command: str, database_url: str) -> subprocess.CompletedProcess:
    environment = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8", "DEBUG": "1"}
    return subprocess.run(
        [sys.executable, "manage.py", command, *ARGUMENTS.get(command, [])],
        cwd=settings.BASE_DIR,
        env=environment | {"DATABASE_URL": database_url},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def first_account(**options) -> list[str]:
    out = StringIO()
    call_command("first_account", stdout=out, **options)
    return out.getvalue().splitlines()


ADDRESSES = [
    "页面 http://127.0.0.1:8000/",
    "后台 http://127.0.0.1:8000/admin/",
    "接口 http://127.0.0.1:8000/api/v1/",
]


# Without a database


@pytest.mark.parametrize("command", [*OWN_COMMANDS, "runserver"])
def test_a_database_without_tables_gives_a_one_line_error(command, tmp_path):
    run = manage(command, f"sqlite:///{tmp_path / 'plan.sqlite3'}")
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("数据库尚未建表或表结构已过期，请先运行：python manage.py migrate（")
    assert run.stderr.count("\n") == 1


def test_a_site_is_not_served_before_its_database_is_migrated(tmp_path):
    run = manage("serve", f"sqlite:///{tmp_path / 'plan.sqlite3'}")
    assert re.search(r"python manage.py migrate（还有 \d+ 步没有做）", run.stderr)


@pytest.mark.parametrize("text", ["8000", ":8000", "127.0.0.1:0", "localhost:8000", "http://127.0.0.1:8000"])
def test_an_invalid_address_is_refused_with_a_valid_example(text):
    with pytest.raises(CommandError, match=r"请写成 127\.0\.0\.1:8000。"):
        call_command("serve", f"--address={text}")


@pytest.mark.parametrize("command", [*OWN_COMMANDS, "migrate", "runserver"])
def test_an_unreachable_postgresql_gives_a_one_line_error(command):
    run = manage(command, UNREACHABLE)
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("数据库无法使用，请检查 DATABASE_URL 及数据库服务是否已启动（")
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [*OWN_COMMANDS, "migrate", "runserver"])
def test_a_database_file_in_a_missing_folder_gives_a_one_line_error(command, tmp_path):
    run = manage(command, f"sqlite:///{tmp_path / 'nowhere' / 'plan.sqlite3'}")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == (
        "数据库无法使用，请检查 DATABASE_URL 及数据库服务是否已启动"
        "（数据库的说法：unable to open database file）\n"
    )


# The first account


def test_the_first_account_is_a_superuser_whose_password_is_shown_once(db):
    made, remark, *addresses = first_account()
    start, password = made.rsplit(" ", 1)
    assert start == "已新建后台账号 admin，口令"
    assert remark == "口令只显示这一次，请记下；登录后台后可以修改。"
    assert addresses == ADDRESSES
    account = get_user_model().objects.get(username="admin")
    assert account.check_password(password)
    assert (account.is_active, account.is_staff, account.is_superuser) == (True, True, True)


def test_two_first_accounts_have_two_passwords(db):
    said = first_account()
    get_user_model().objects.update(is_active=False)
    first, second = said[0].rpartition(" ")[2], first_account()[0].rpartition(" ")[2]
    assert first != second


def test_a_second_run_creates_no_account_and_says_how_to_set_a_new_password(db):
    first_account()
    accounts = list(get_user_model().objects.values())
    assert first_account() == [
        "已有后台账号。忘记口令时请运行：python manage.py changepassword 用户名",
        *ADDRESSES,
    ]
    assert list(get_user_model().objects.values()) == accounts


def test_no_account_is_created_if_an_active_staff_account_exists(db):
    get_user_model().objects.create_user("zhang", is_staff=True)
    first_account()
    assert list(get_user_model().objects.values_list("username", flat=True)) == ["zhang"]


def test_a_deactivated_admin_stays_deactivated_and_another_account_is_created(db):
    get_user_model().objects.create_superuser("admin", is_active=False)
    get_user_model().objects.create_user("admin2")
    assert first_account()[0].startswith("已新建后台账号 admin3，口令 ")
    assert list(get_user_model().objects.values_list("username", "is_active", "is_staff").order_by("pk")) == [
        ("admin", False, True),
        ("admin2", True, False),
        ("admin3", True, True),
    ]


def test_the_printed_addresses_are_where_the_site_is_served(db):
    assert first_account(address="127.0.0.1:9000")[-3:] == [
        "页面 http://127.0.0.1:9000/",
        "后台 http://127.0.0.1:9000/admin/",
        "接口 http://127.0.0.1:9000/api/v1/",
    ]
