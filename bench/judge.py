"""A run on one database engine, judged by limits ("bars")."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

import drive
import seed
from databases import ROOT
from drive import Load, Ratio, Request
from serve import PRODUCTION

CONNECTIONS = (1, 16)


class Bar(NamedTuple):
    limit: float
    is_least: bool
    unit: str = "×"

    def __str__(self):
        return f"{'≥' if self.is_least else '≤'} {self.limit:g} {self.unit}"

    def holds(self, figure: float) -> bool:
        return figure >= self.limit if self.is_least else figure <= self.limit


def at_least(limit: float, unit: str = "×") -> Bar:
    return Bar(limit, True, unit)


def at_most(limit: float, unit: str = "×") -> Bar:
    return Bar(limit, False, unit)


class Judgement(NamedTuple):
    database: str
    work: str
    bar: Bar
    figure: Ratio

    @property
    def holds(self) -> bool:
        return self.bar.holds(self.figure.middle)


class Run:
    def __init__(self, engine, sizes: list[int], rounds: int, seconds: float):
        self.engine, self.sizes, self.rounds, self.seconds = engine, sorted(sizes), rounds, seconds
        self.judgements: list[Judgement] = []
        self.loads: list[tuple[str, str, Load]] = []

    @property
    def is_sqlite(self) -> bool:
        return self.engine.name == "sqlite"

    def url(self, size: int | str) -> str:
        return self.engine.url(seed.ready(self.engine, size))

    def size_near(self, wanted: int) -> int:
        """Return the largest size up to `wanted`, else the smallest."""
        return max((size for size in self.sizes if size <= wanted), default=self.sizes[0])

    def compete(
        self, work: str, requests: dict[str, Request], connections=CONNECTIONS
    ) -> dict[int, dict[str, Load]]:
        """Return loads by number of clients, then by name."""
        loads = {}
        for number in connections:
            loads[number] = drive.compete(requests, number, self.rounds, self.seconds)
            self.loads += [(self.engine.name, work, load) for load in loads[number].values()]
        return loads

    def hold(self, work: str, bar: Bar, figure: Ratio | float):
        if not isinstance(figure, Ratio):
            figure = Ratio(figure, figure, figure)
        judgement = Judgement(self.engine.name, work, bar, figure)
        self.judgements.append(judgement)
        print(f"{self.engine.name}: {work}: {figure.middle:.3g} ({bar})", flush=True)

    def hold_rates(
        self, work: str, bar: Bar | dict[int, Bar], loads: dict[int, dict[str, Load]], name: str, rival: str
    ):
        """Judge the rate of `name` divided by the rate of `rival`."""
        for number, by_name in loads.items():
            ratio = Ratio.of(by_name[name].rates, by_name[rival].rates)
            limit = bar[number] if isinstance(bar, dict) else bar
            self.hold(f"{work} / {rival}, {number} at a time", limit, ratio)

    def inside(self, module: str, *arguments: str, database: str) -> dict:
        """Return the result of a module that needs Django."""
        env = os.environ | PRODUCTION | {"DATABASE_URL": self.engine.url(database)}
        command = [sys.executable, "bench/inside.py", module, *arguments]
        answer = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(answer.stdout)

    def hold_queries(self, bar: Bar, *paths: str, database: str):
        for path, number in self.inside("queries", *paths, database=database).items():
            self.hold(f"queries of {path}, cold", bar, number)
