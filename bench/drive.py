"""Puts servers under load in turn, each with one request."""

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import NamedTuple

from readers import read_all
from serve import WORKERS, Server

# Any cookie makes a request pass the cache.
COLD = {"Cookie": "a=b"}
# This many requests at the same time reach every worker.
WARM_UP = 12


class Answer(NamedTuple):
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


class Request(NamedTuple):
    server: Server
    path: str
    headers: dict = {}
    is_right: Callable[[Answer], bool] = lambda answer: answer.status == 200


@dataclass
class Load:
    """Rates are requests per second, by round; CPU and response time are seconds."""

    name: str
    connections: int
    rates: list[float] = field(default_factory=list)
    requests: int = 0
    cpu: float = 0
    peak_mb: float = 0
    response_time: float = 0

    @property
    def cpu_ms(self) -> float:
        return self.cpu / self.requests * 1000


def fetch(request: Request) -> Answer:
    connection = request.server.connect()
    connection.request("GET", request.path, headers=request.headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return Answer(answer.status, {name.title(): value for name, value in answer.getheaders()}, body)


def compete(requests: dict[str, Request], connections: int, rounds: int, seconds: float) -> dict[str, Load]:
    """Interleave rounds: a slow moment of the machine affects all servers."""
    loads = {name: Load(name, connections) for name in requests}
    for name, request in requests.items():
        check(name, request)
        loads[name].response_time = _warm_up(request)
    for _ in range(rounds):
        for name, request in requests.items():
            _add_round(loads[name], request, seconds)
    return loads


def check(name: str, request: Request):
    answer = fetch(request)
    if not request.is_right(answer):
        raise SystemExit(f"{name}, {request.path}: wrong answer: {answer.status} {answer.body[:300]}")


def _warm_up(request: Request) -> float:
    """Let each worker answer once, and return the response time in seconds."""
    read_all(request.server, [request.path] * WARM_UP, WARM_UP, request.headers)
    times = []
    for _ in range(3):
        began = perf_counter()
        fetch(request)
        times.append(perf_counter() - began)
    return median(times)


def _add_round(load: Load, request: Request, seconds: float):
    cpu_before = request.server.cpu_seconds()
    # wrk counts only complete answers: it would miss many slow ones.
    expected_wait = load.response_time * max(1, load.connections / WORKERS)
    run = _run_readers if expected_wait > seconds / 4 else _run_wrk
    number, duration = run(request, load, seconds)
    load.cpu += request.server.cpu_seconds() - cpu_before
    load.requests += number
    load.rates.append(number / duration)
    load.peak_mb = max(load.peak_mb, request.server.peak_mb())


def _run_readers(request: Request, load: Load, seconds: float) -> tuple[int, float]:
    """Return the number of answers, and their duration in seconds."""
    number = max(load.connections, round(seconds / load.response_time))
    began = perf_counter()
    statuses = read_all(request.server, [request.path] * number, load.connections, request.headers)
    if set(statuses) != {200}:
        raise SystemExit(f"{request.path}: answered with {set(statuses)}")
    return number, perf_counter() - began


def _run_wrk(request: Request, load: Load, seconds: float) -> tuple[int, float]:
    headers = [part for name, value in request.headers.items() for part in ("-H", f"{name}: {value}")]
    options = ["-t1", f"-c{load.connections}", f"-d{max(1, round(seconds))}s", "--timeout", "60s", *headers]
    url = f"http://127.0.0.1:{request.server.port}{request.path}"
    output = subprocess.run(["wrk", *options, url], capture_output=True, text=True, check=True).stdout
    total = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m),", output)
    if "Non-2xx" in output or "Socket errors" in output or not total or total[1] == "0":
        raise SystemExit(f"{request.path}: {output}")
    return int(total[1]), float(total[2]) * {"ms": 0.001, "s": 1, "m": 60}[total[3]]


class Ratio(NamedTuple):
    """A quotient of two figures, over all rounds."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, numerators: list[float], denominators: list[float]) -> "Ratio":
        ratios = [a / b for a, b in zip(numerators, denominators, strict=True)]
        return cls(median(ratios), min(ratios), max(ratios))
