"""Starts the product and its rivals, each with the same workers."""

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
# As `manage.py serve` has on two cores.
WORKERS = int(os.environ.get("WORKERS", "2"))
THREADS = int(os.environ.get("THREADS", "4"))
DATASETTE_GRANIAN = ROOT / ".venv-bench" / "bin" / "granian"
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
MAX_START_SECONDS = 60


class Server:
    def __init__(self, process: subprocess.Popen, port: int):
        self.process, self.port = process, port

    def connect(self) -> HTTPConnection:
        return HTTPConnection(HOST, self.port, timeout=600)

    def cpu_seconds(self) -> float:
        return sum(_times(pid) for pid in self._pids()) / TICKS

    def peak_mb(self) -> float:
        """Largest memory of a worker since `reset_peak()`."""
        return self._largest("VmHWM")

    def resident_mb(self) -> float:
        return self._largest("VmRSS")

    def _largest(self, name: str) -> float:
        # The first process only supervises the workers.
        return max(_status(pid, name) for pid in self._pids()[1:]) / 1024

    def reset_peak(self):
        for pid in self._pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def _pids(self) -> list[int]:
        pids, children = [], [self.process.pid]
        while children:
            pids += children
            children = [pid for pid, parent in _parents() if parent in children]
        return pids


def _parents() -> Iterator[tuple[int, int]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield int(path.parent.name), int(_after_name(path.read_text())[1])
        except OSError:
            continue


def _times(pid: int) -> int:
    fields = _after_name(Path(f"/proc/{pid}/stat").read_text())
    return int(fields[11]) + int(fields[12])


def _after_name(stat: str) -> list[str]:
    """Return the fields of /proc/PID/stat after the name, which may contain spaces."""
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
    env = {"BENCH_FILE": str(path), "BENCH_NAME": path.stem}
    target = "bench.rivals.tables:application"
    with _served(target, env, interface="asgi", program=DATASETTE_GRANIAN) as server:
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
        _wait_for_answer(server, target)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _wait_for_answer(server: Server, target: str):
    for _ in range(MAX_START_SECONDS * 20):
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
