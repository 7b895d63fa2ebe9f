"""One run on one engine: what it measured, and the bars that this is held against."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

import drive
import seed
from databases import ROOT
from drive import Ask, Load, Ratio
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


class Finding(NamedTuple):
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
        self.findings: list[Finding] = []
        self.loads: list[tuple[str, str, Load]] = []

    @property
    def is_sqlite(self) -> bool:
        return self.engine.name == "sqlite"

    def url(self, size: int | str) -> str:
        return self.engine.url(seed.ready(self.engine, size))

    def size_near(self, wanted: int) -> int:
        """The largest of the sizes up to the one wanted, else the smallest."""
        return max((size for size in self.sizes if size <= wanted), default=self.sizes[0])

    def compete(self, what: str, asks: dict[str, Ask], connections=CONNECTIONS) -> dict[int, dict[str, Load]]:
        found = {}
        for number in connections:
            found[number] = drive.compete(asks, number, self.rounds, self.seconds)
            self.loads += [(self.engine.name, what, load) for load in found[number].values()]
        return found

    def hold(self, work: str, bar: Bar, figure: Ratio | float):
        """Write down a figure beside its bar; a number is its own spread."""
        if not isinstance(figure, Ratio):
            figure = Ratio(figure, figure, figure)
        finding = Finding(self.engine.name, work, bar, figure)
        self.findings.append(finding)
        print(f"{self.engine.name}: {work}: {figure.middle:.3g} ({bar})", flush=True)

    def hold_rates(self, work: str, bar: Bar, found: dict[int, dict[str, Load]], above: str, below: str):
        """How many times the requests a second of `below` are those of `above`, with few clients and many."""
        for number, loads in found.items():
            ratio = Ratio.of(loads[above].rates, loads[below].rates)
            self.hold(f"{work} / {below}, {number} at a time", bar, ratio)

    def inside(self, module: str, *arguments: str, database: str) -> dict:
        """What a module of the bench tells that needs Django, set up as the product is served."""
        env = os.environ | PRODUCTION | {"DATABASE_URL": self.engine.url(database)}
        command = [sys.executable, "bench/inside.py", module, *arguments]
        answer = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(answer.stdout)

    def hold_queries(self, bar: Bar, *paths: str, database: str):
        for path, number in self.inside("queries", *paths, database=database).items():
            self.hold(f"queries of {path}, cold", bar, number)
