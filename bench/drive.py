"""Contestants driven in turn: one address each, checked first, then so many seconds in each round."""

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

# A cookie that is not the session's: nothing is answered from what was kept, and nothing else is changed.
COLD = {"Cookie": "a=b"}
# So many requests at the same time find each worker.
WARM_UP = 12


class Answer(NamedTuple):
    status: int
    headers: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


class Ask(NamedTuple):
    """What is asked of a contestant, and whether the answer is right."""

    server: Server
    path: str
    headers: dict = {}
    is_right: Callable[[Answer], bool] = lambda answer: answer.status == 200


@dataclass
class Load:
    """What a contestant bore: requests a second in each round, CPU for each, and the memory of a worker."""

    name: str
    connections: int
    rates: list[float] = field(default_factory=list)
    requests: int = 0
    cpu: float = 0
    peak_mb: float = 0
    slowness: float = 0

    @property
    def cpu_ms(self) -> float:
        return self.cpu / self.requests * 1000


def fetch(server: Server, path: str, headers: dict = {}) -> Answer:  # noqa: B006 - is only read
    connection = server.connect()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return Answer(answer.status, {name.title(): value for name, value in answer.getheaders()}, body)


def compete(asks: dict[str, Ask], connections: int, rounds: int, seconds: float) -> dict[str, Load]:
    """Each in each round, one after the other, so that a slow moment of the machine hits all alike."""
    loads = {name: Load(name, connections) for name in asks}
    for name, ask in asks.items():
        check(name, ask)
        loads[name].slowness = _warmed_up(ask)
    for _ in range(rounds):
        for name, ask in asks.items():
            _add(loads[name], ask, seconds)
    return loads


def check(name: str, ask: Ask):
    answer = fetch(ask.server, ask.path, ask.headers)
    if not ask.is_right(answer):
        raise SystemExit(f"{name}, {ask.path}: not the answer expected: {answer.status} {answer.body[:300]}")


def _warmed_up(ask: Ask) -> float:
    """The seconds of an answer, once each worker has given it."""
    # At the same time: of requests one after the other an idle worker may get all.
    read_all(ask.server, [ask.path] * WARM_UP, WARM_UP, ask.headers)
    taken = []
    for _ in range(3):
        began = perf_counter()
        fetch(ask.server, ask.path, ask.headers)
        taken.append(perf_counter() - began)
    return median(taken)


def _add(load: Load, ask: Ask, seconds: float):
    before = ask.server.cpu_seconds()
    # wrk counts whole answers only: of those that take long it would miss many.
    waiting = load.slowness * max(1, load.connections / WORKERS)
    drive = _one_by_one if waiting > seconds / 4 else _wrk
    requests, taken = drive(ask, load, seconds)
    load.cpu += ask.server.cpu_seconds() - before
    load.requests += requests
    load.rates.append(requests / taken)
    load.peak_mb = max(load.peak_mb, ask.server.peak_mb())


def _one_by_one(ask: Ask, load: Load, seconds: float) -> tuple[int, float]:
    """How many requests were answered in how many seconds: as many as take that long, one of each client."""
    number = max(load.connections, round(seconds / load.slowness))
    began = perf_counter()
    statuses = read_all(ask.server, [ask.path] * number, load.connections, ask.headers)
    if set(statuses) != {200}:
        raise SystemExit(f"{ask.path}: answered with {set(statuses)}")
    return number, perf_counter() - began


def _wrk(ask: Ask, load: Load, seconds: float) -> tuple[int, float]:
    headers = [part for name, value in ask.headers.items() for part in ("-H", f"{name}: {value}")]
    # It takes whole seconds only.
    options = ["-t1", f"-c{load.connections}", f"-d{max(1, round(seconds))}s", "--timeout", "60s", *headers]
    url = f"http://127.0.0.1:{ask.server.port}{ask.path}"
    told = subprocess.run(["wrk", *options, url], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m),", told)
    if "Non-2xx" in told or "Socket errors" in told or not found or found[1] == "0":
        raise SystemExit(f"{ask.path}: {told}")
    return int(found[1]), float(found[2]) * {"ms": 0.001, "s": 1, "m": 60}[found[3]]


class Ratio(NamedTuple):
    """Of two figures round by round: the middle one, the least and the most."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, above: list[float], below: list[float]) -> "Ratio":
        ratios = [a / b for a, b in zip(above, below, strict=True)]
        return cls(median(ratios), min(ratios), max(ratios))
