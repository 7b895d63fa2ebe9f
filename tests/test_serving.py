"""`manage.py serve`, with workers that die, restart and lose their database."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.slow
ROOT = Path(settings.BASE_DIR)
AREAS = "/api/v1/areas/"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def production(tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[dict]:
    """The environment of a served site, on a database of its own that contains the plan."""
    folder = tmp_path_factory.mktemp("served")
    name = f"served_{os.getpid()}"
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    else:
        url = f"sqlite:///{folder}/plan.sqlite3"
    environment = {key: value for key, value in os.environ.items() if key not in ("DEBUG", "LOG_LEVEL")} | {
        "DATABASE_URL": url,
        "SECRET_KEY": "of a test, long enough, and of no use to anybody: 0123456789",
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "0",
        "API_PER_MINUTE": "0",
    }
    for command in (["migrate", "--verbosity", "0"], ["load_plan"]):
        manage(environment, *command)
    yield environment
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def write_note(environment: dict, note: str) -> float:
    """Change an area in another process; return when it was committed, by the clock of all processes."""
    program = (
        "import time; from targets.models import Area;"
        f"Area.objects.filter(code='131127').update(note='{note}');"
        "print(time.monotonic())"
    )
    return float(manage(environment, "shell", "-v", "0", "-c", program))


def manage(environment: dict, *command: str) -> str:
    line = [sys.executable, "manage.py", *command]
    return subprocess.run(line, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout


class Site(NamedTuple):
    address: str
    process: subprocess.Popen
    log: Path

    def get(self, path: str, **kwargs) -> requests.Response:
        # A connection each: workers take turns.
        return requests.get(self.address + path, timeout=20, **kwargs)

    def areas_after(self, committed: float) -> list[str]:
        """Answers to requests that began at least 0.1 s after a commit; those before may be older."""
        answers = []
        while len(answers) < 12:
            began, text = monotonic(), self.get(AREAS).text
            if began >= committed + 0.1:
                answers.append(text)
        return answers

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @property
    def workers(self) -> list[int]:
        return [int(pid) for pid in re.findall(r"Spawning worker-\d+ with PID: (\d+)", self.output)]

    @property
    def started(self) -> int:
        """How many workers have started so far."""
        return self.output.count("Started worker")

    def wait_for_workers(self, started: int):
        deadline = monotonic() + 60
        while self.started < started:
            assert self.process.poll() is None, self.output
            assert monotonic() < deadline, self.output
            Event().wait(0.05)


@contextmanager
def serving(environment: dict, log: Path) -> Iterator[Site]:
    port = free_port()
    line = [sys.executable, "manage.py", "serve", "--address", f"127.0.0.1:{port}", "--workers", "2"]
    with log.open("w") as out:
        process = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    served = Site(f"http://127.0.0.1:{port}", process, log)
    try:
        served.wait_for_workers(2)
        yield served
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def site(production, tmp_path_factory) -> Iterator[Site]:
    with serving(production, tmp_path_factory.mktemp("log") / "log") as served:
        yield served


class Readers:
    """Threads that request one path until the end of the block: `answers` are statuses, `faults` errors."""

    def __init__(self, site: Site, path: str, number: int = 4):
        self.number = number
        self.answers: list[int] = []
        self.faults: list[str] = []
        self._over = Event()
        self._site, self._path = site, path
        self._threads = [Thread(target=self._read) for _ in range(number)]

    def _read(self):
        while not self._over.is_set():
            try:
                self.answers.append(self._site.get(self._path).status_code)
            except requests.RequestException as error:
                self.faults.append(str(error))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc_info):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, number: int = 20):
        wanted, deadline = len(self.answers) + number, monotonic() + 60
        while len(self.answers) < wanted:
            assert monotonic() < deadline, self.faults
            Event().wait(0.05)


def test_pages_data_and_styles_are_served(site):
    page, data = site.get("/"), site.get(AREAS)
    style = re.search(r'href="(/static/[^"]+\.css)"', page.text)[1]
    assert [answer.status_code for answer in (page, data, site.get(style))] == [200, 200, 200]
    assert site.get(style).headers["Content-Type"].startswith("text/css")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert site.get(AREAS, headers={"If-None-Match": data.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/static/../manage.py", "/static/%2e%2e/manage.py", "/static//etc/passwd"])
def test_only_static_files_are_served_under_static(site, path):
    with socket.create_connection(("127.0.0.1", int(site.address.rpartition(":")[2]))) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 404")


def test_all_workers_show_what_another_process_wrote_after_a_tenth_of_a_second(site, production):
    before = [site.get(AREAS).text for _ in range(12)]
    assert len(set(before)) == 1
    for note in ("其一", "其二"):
        committed = write_note(production, note)
        assert all(note in text for text in site.areas_after(committed))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL is restored while nobody is served")
def test_a_backup_restored_into_the_database_file_is_shown_after_a_tenth_of_a_second(
    site, production, tmp_path
):
    write_note(production, "备份时")
    live = sqlite3.connect(production["DATABASE_URL"].removeprefix("sqlite:///"))
    copy = sqlite3.connect(tmp_path / "copy.sqlite3")
    live.backup(copy)
    committed = write_note(production, "备份后")
    assert all("备份后" in text for text in site.areas_after(committed))
    copy.backup(live)
    assert all("备份时" in text for text in site.areas_after(monotonic()))
    live.execute("UPDATE targets_area SET note = '原样' WHERE code = '131127'")
    live.commit()
    assert all("原样" in text for text in site.areas_after(monotonic()))
    manage(
        production, "shell", "-c", "from django.db import connection; connection.cursor().execute('VACUUM')"
    )
    assert all("原样" in text for text in site.areas_after(monotonic()))


def test_a_worker_that_dies_is_replaced_and_the_others_go_on(site):
    with Readers(site, "/sti-13/areas/") as readers:
        readers.wait_for_more()
        started = site.started
        os.kill(site.workers[-1], signal.SIGKILL)
        site.wait_for_workers(started + 1)
        readers.wait_for_more()
        faults = len(readers.faults)
        readers.wait_for_more()
    # The requests of the dead worker are lost, including those that it had not read.
    assert faults <= 2 * readers.number
    assert len(readers.faults) == faults
    assert set(readers.answers) == {200}


def test_a_restart_loses_at_most_one_request_of_each_reader(site):
    """`kill -HUP` replaces the workers one after the other."""
    with Readers(site, "/sti-13/areas/") as readers:
        readers.wait_for_more()
        started = site.started
        site.process.send_signal(signal.SIGHUP)
        site.wait_for_workers(started + 2)
        readers.wait_for_more()
        faults = len(readers.faults)
        readers.wait_for_more()
    # A request that a worker had accepted but not read before it ended must be repeated.
    assert faults <= readers.number
    assert (len(readers.faults), set(readers.answers)) == (faults, {200})


def test_an_aborted_download_does_not_affect_other_requests(site):
    for _ in range(12):
        with site.get("/api/v1/plans/sti-13/indicators/?format=csv", stream=True) as answer:
            answer.raw.read(1)
    assert site.get(AREAS).status_code == 200
    assert len(site.get("/api/v1/plans/sti-13/indicators/?format=csv").text.splitlines()) > 20


@pytest.mark.postgres
@pytest.mark.parametrize("headers", [{}, {"Cookie": "a=b"}], ids=["cached", "not cached"])
def test_the_site_reconnects_after_the_database_was_unreachable(site, production, django_db_blocker, headers):
    name = urlsplit(production["DATABASE_URL"]).path[1:]

    def statuses() -> set[int]:
        """Send more requests at once than there are threads, so that each thread opens a connection."""
        with ThreadPoolExecutor(16) as clients:
            return set(clients.map(lambda path: site.get(path, headers=headers).status_code, [AREAS] * 64))

    assert statuses() == {200}
    with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    assert statuses() == {200}


def test_two_servers_do_not_share_a_port(site, production):
    line = [sys.executable, "manage.py", "serve", "--address", site.address.removeprefix("http://")]
    second = subprocess.run(line, cwd=ROOT, env=production, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert "请先停止占用它的程序，或用 --address 换一个端口。" in second.stderr


def test_the_server_stops_on_sigterm(production, tmp_path):
    with serving(production, tmp_path / "log") as site, Readers(site, "/sti-13/areas/", number=1) as readers:
        readers.wait_for_more(5)
        site.process.terminate()
        assert site.process.wait(timeout=60) == 0
    assert set(readers.answers) == {200}
