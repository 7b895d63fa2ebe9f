"""An invalid setting stops the start with one line that says how to correct it."""

import os
import re
import shutil
import stat
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.one_database

PRODUCTION = {"SECRET_KEY": "k" * 60, "ALLOWED_HOSTS": "plan.example.gov.cn"}
DATABASE_URL_HINT = (
    "设置有误：DATABASE_URL 无法识别，请写成 sqlite:///var/plan.sqlite3"
    " 或 postgresql://用户:口令@主机:5432/库名(口令中的特殊字符须用 % 编码)。\n"
)


def check(folder=settings.BASE_DIR, *options: str, **environment: str) -> subprocess.CompletedProcess:
    """Run `manage.py check` in an environment without other variables."""
    return subprocess.run(
        [sys.executable, "manage.py", "check", *options],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8"} | environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def copy(tmp_path):
    """A copy of the code without the local files: no key, no database."""
    folder = tmp_path / "copy"
    for name in ("hengshui_plan", "measures", "targets"):
        shutil.copytree(settings.BASE_DIR / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(settings.BASE_DIR / "manage.py", folder)
    return folder


REFUSED = {
    "a switch that is neither on nor off": (
        {"DEBUG": "maybe"},
        "设置有误：DEBUG=maybe 无法识别，请设为 1（开）或 0（关）。\n",
    ),
    "another such switch": (
        {"DEBUG": "1", "HTTPS": "perhaps"},
        "设置有误：HTTPS=perhaps 无法识别，请设为 1（开）或 0（关）。\n",
    ),
    "a database address without a scheme": ({"DEBUG": "1", "DATABASE_URL": "foo"}, DATABASE_URL_HINT),
    "a database that is not supported": (
        {"DEBUG": "1", "DATABASE_URL": "mysql://user:word@127.0.0.1/plan"},
        DATABASE_URL_HINT,
    ),
    "a database of a scheme that nobody knows": (
        {"DEBUG": "1", "DATABASE_URL": "postgresq://user:word@127.0.0.1/plan"},
        DATABASE_URL_HINT,
    ),
    "a database port that is no number": (
        {"DEBUG": "1", "DATABASE_URL": "postgresql://user:word@127.0.0.1:port/plan"},
        DATABASE_URL_HINT,
    ),
    "a server without the name of a database": (
        {"DEBUG": "1", "DATABASE_URL": "postgresql://user:word@127.0.0.1:5432"},
        DATABASE_URL_HINT,
    ),
    "an empty database address": ({"DEBUG": "1", "DATABASE_URL": ""}, DATABASE_URL_HINT),
    "a log level that nobody knows": (
        {"DEBUG": "1", "LOG_LEVEL": "loud"},
        "设置有误：LOG_LEVEL=LOUD 无法识别，请设为 DEBUG、INFO、WARNING、ERROR 或 CRITICAL。\n",
    ),
    "a trusted origin without its scheme": (
        {"DEBUG": "1", "CSRF_TRUSTED_ORIGINS": "plan.example.gov.cn"},
        "设置有误：CSRF_TRUSTED_ORIGINS 中的 plan.example.gov.cn 缺少协议，"
        "请写成 https://plan.example.gov.cn\n",
    ),
    "a limit that is no number": (
        {"DEBUG": "1", "LOGIN_FAILURES": "five"},
        "设置有误：LOGIN_FAILURES=five 无法识别，请设为不小于 1 的整数。\n",
    ),
    "a lock of no length": (
        {"DEBUG": "1", "LOGIN_LOCK_MINUTES": "0"},
        "设置有误：LOGIN_LOCK_MINUTES=0 无法识别，请设为不小于 1 的整数。\n",
    ),
    "an access log kept shorter than the law asks": (
        {"DEBUG": "1", "ACCESS_LOG_DAYS": "179"},
        "设置有误：ACCESS_LOG_DAYS=179 无法识别，请设为不小于 180 的整数。\n",
    ),
    "a folder for evidence that is not there": (
        {"DEBUG": "1", "EVIDENCE_DIR": "/no/such/folder"},
        "设置有误：EVIDENCE_DIR=/no/such/folder 不能使用，请先建好目录并让本程序可以写入，再写它的完整路径，"
        "如 EVIDENCE_DIR=/srv/plan/evidence\n",
    ),
    "a folder for evidence that depends on where one stands": (
        {"DEBUG": "1", "EVIDENCE_DIR": "docs"},
        "设置有误：EVIDENCE_DIR=docs 不能使用，请先建好目录并让本程序可以写入，再写它的完整路径，"
        "如 EVIDENCE_DIR=/srv/plan/evidence\n",
    ),
    "an upload smaller than a sheet may be": (
        {"DEBUG": "1", "UPLOAD_MAX_MB": "9"},
        "设置有误：UPLOAD_MAX_MB=9 无法识别，请设为不小于 10 的整数。\n",
    ),
    "a host with its scheme": (
        {"DEBUG": "1", "ALLOWED_HOSTS": "https://plan.example.gov.cn"},
        "设置有误：ALLOWED_HOSTS 只写域名或地址，不写 https:// 和路径。\n",
    ),
    "no key outside of debugging": (
        {"ALLOWED_HOSTS": "plan.example.gov.cn"},
        "设置有误：未设置 SECRET_KEY。在本机试用请设 DEBUG=1（密钥自动生成到 var/secret_key）；"
        "正式运行请设为随机字符串，可用此命令生成："
        'python -c "import secrets; print(secrets.token_urlsafe(50))"\n',
    ),
    "no hosts outside of debugging": (
        {"SECRET_KEY": "k" * 60},
        "设置有误：未设置 ALLOWED_HOSTS。请写上本站的域名或地址，"
        "多个用英文逗号隔开，如 ALLOWED_HOSTS=plan.example.gov.cn\n",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_start_is_refused_in_one_line_for(name):
    environment, complaint = REFUSED[name]
    start = check(**environment)
    assert (start.returncode, start.stdout, start.stderr) == (1, "", complaint)


@pytest.mark.parametrize("https", ["0", "1"])
def test_the_deployment_check_gives_no_warning_about_chosen_settings(https):
    environment = PRODUCTION | {"SECRET_KEY": "a random one: " + "0123456789" * 5, "HTTPS": https}
    start = check(settings.BASE_DIR, "--deploy", **environment)
    assert (start.returncode, start.stderr) == (0, "")


@pytest.mark.parametrize(
    "environment",
    [
        PRODUCTION,
        PRODUCTION | {"HTTPS": "0", "BEHIND_PROXY": "on", "LOG_LEVEL": "warning"},
        PRODUCTION | {"CSRF_TRUSTED_ORIGINS": "https://plan.example.gov.cn, http://10.0.0.8:8000"},
        PRODUCTION | {"DATABASE_URL": "postgresql://user:p%40ss@127.0.0.1:5432/plan"},
        PRODUCTION | {"SECRET_KEY": "$starts-with-a-dollar-sign" * 3},
    ],
    ids=lambda environment: " ".join(sorted(environment.keys() - PRODUCTION.keys())) or "the least",
)
def test_the_start_succeeds_with(environment):
    start = check(**environment)
    assert (start.returncode, start.stderr) == (0, "")


def test_evidence_is_never_stored_among_the_static_files(copy):
    folder = copy / "staticfiles" / "evidence"
    folder.mkdir(parents=True)
    start = check(copy, DEBUG="1", EVIDENCE_DIR=str(folder))
    complaint = f"设置有误：EVIDENCE_DIR={folder} 在对外公开的静态文件目录中，请换一个目录。\n"
    assert (start.returncode, start.stderr) == (1, complaint)
    folder = copy / "evidence"
    folder.mkdir()
    assert check(copy, DEBUG="1", EVIDENCE_DIR=str(folder)).returncode == 0


def test_the_debug_key_is_private_and_created_once(copy):
    assert check(copy, DEBUG="1").returncode == 0
    path = copy / "var" / "secret_key"
    key = path.read_text(encoding="ascii")
    assert len(key) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert check(copy, DEBUG="1").returncode == 0
    assert path.read_text(encoding="ascii") == key


def test_no_key_file_is_written_if_a_key_is_given(copy):
    assert check(copy, **PRODUCTION).returncode == 0
    assert list((copy / "var").iterdir()) == []


def test_every_variable_of_the_settings_is_in_the_documented_table():
    source = (settings.BASE_DIR / "hengshui_plan" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'(?:switch|database|env\.\w+|environ\.get)\(\s*"([A-Z_]+)"', source))
    table = (settings.BASE_DIR / "docs" / "settings.md").read_text(encoding="utf-8")
    assert len(read) >= 11
    assert {name for name in read if f"| `{name}` |" not in table} == set()
