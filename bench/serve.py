"""The contestants, each served by granian with the same workers, and what their processes cost."""

import os
import pickle
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import NamedTemporaryFile

from databases import ROOT

HOST = "127.0.0.1"
# On two cores those of `manage.py serve`.
WORKERS = int(os.environ.get("WORKERS", "2"))
THREADS = int(os.environ.get("THREADS", "4"))
DATASETTE = ROOT / ".venv-bench" / "bin" / "granian"
PRODUCTION = {
    "DEBUG": "0",
    "HTTPS": "0",
    "API_PER_MINUTE": "0",
    "ALLOWED_HOSTS": HOST,
    "SECRET_KEY": "a key for the bench alone, of no use anywhere else",
    "LOG_LEVEL": "CRITICAL",
    "PYTHONPATH": str(ROOT),
}
TICKS = os.sysconf("SC_CLK_TCK")
LONGEST_START = 60


class Server:
    """A running one: where it listens, and its processes."""

    def __init__(self, process: subprocess.Popen, port: int):
        self.process, self.port = process, port

    def connect(self) -> HTTPConnection:
        return HTTPConnection(HOST, self.port, timeout=600)

    def cpu_seconds(self) -> float:
        """User and system time of all its processes so far."""
        return sum(_times(pid) for pid in self._pids()) / TICKS

    def peak_mb(self) -> float:
        """The most that any of its workers ever held in memory since the peak was last set back."""
        return self._most("VmHWM")

    def resident_mb(self) -> float:
        return self._most("VmRSS")

    def _most(self, name: str) -> float:
        # The first of them only watches over the others.
        return max(_status(pid, name) for pid in self._pids()[1:]) / 1024

    def set_peak_back(self):
        for pid in self._pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def _pids(self) -> list[int]:
        """Its own and those of its children."""
        found, fresh = [], [self.process.pid]
        while fresh:
            found += fresh
            fresh = [pid for pid, parent in _parents() if parent in fresh]
        return found


def _parents() -> Iterator[tuple[int, int]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield int(path.parent.name), int(_after_name(path.read_text())[1])
        except OSError:
            # It ended meanwhile.
            continue


def _times(pid: int) -> int:
    fields = _after_name(Path(f"/proc/{pid}/stat").read_text())
    return int(fields[11]) + int(fields[12])


def _after_name(stat: str) -> list[str]:
    """The fields of /proc/PID/stat from the state on: a name may hold blanks."""
    return stat.rpartition(")")[2].split()


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


@contextmanager
def product(url: str, workers: int = WORKERS):
    with _served("hengshui_plan.wsgi:application", {"DATABASE_URL": url}, workers) as server:
        yield server


@contextmanager
def raw(url: str, workers: int = WORKERS):
    with _served("bench.rivals.raw:application", {"DATABASE_URL": url}, workers) as server:
        yield server


@contextmanager
def tutorial(url: str):
    with _served("bench.rivals.tutorial:application", {"DATABASE_URL": url}) as server:
        yield server


@contextmanager
def bare(answers: Iterable[tuple[int, dict, bytes]], application: str = "application"):
    with NamedTemporaryFile() as file:
        file.write(pickle.dumps(list(answers)))
        file.flush()
        with _served(f"bench.rivals.bare:{application}", {"BENCH_ANSWERS": file.name}) as server:
            yield server


@contextmanager
def datasette(path: Path):
    about = {"BENCH_FILE": str(path), "BENCH_NAME": path.stem}
    with _served("bench.rivals.tables:application", about, interface="asgi", program=DATASETTE) as server:
        yield server


@contextmanager
def _served(target: str, env: dict, workers: int = WORKERS, interface: str = "wsgi", program=None):
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [program or Path(sys.executable).parent / "granian", target, "--interface", interface]
    command += ["--port", str(port), "--workers", str(workers), "--no-access-log", "--log-level", "error"]
    if interface == "wsgi":
        command += ["--blocking-threads", str(THREADS), "--no-ws"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | PRODUCTION | env)
    try:
        server = Server(process, port)
        _await(server, target)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _await(server: Server, target: str):
    """Until it answers, whatever it answers."""
    for _ in range(LONGEST_START * 20):
        if server.process.poll() is not None:
            break
        try:
            connection = server.connect()
            connection.request("GET", "/robots.txt")
            connection.getresponse()
            return
        except ConnectionError:
            time.sleep(0.05)
    raise SystemExit(f"{target} does not start")
