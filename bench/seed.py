"""Databases of so many published observations: python bench/seed.py [sqlite|postgresql …] [rows …]

Each is the demonstration, and beside it the reports of areas that were abolished long ago, each of them the
predecessor of the next: as many areas however many rows, so that rows alone make the difference. The same
rows come out each time. They get in by the triggers, so that the log of changes is as the product writes it.

A database is made anew when what it is made of has changed (MADE_OF).
"""

import os
import subprocess
import sys
from functools import cache
from hashlib import sha256
from time import perf_counter

from databases import ENGINES, ROOT

DEMO = "demo"
SIZES = [5_000, 100_000, 1_000_000]
MADE_OF = [
    "bench/fill.py",
    "fixtures/**/*",
    "*/migrations/*.py",
    "targets/tracking.py",
    *(f"hengshui_plan/{name}.py" for name in ("demo", "invention", "rehearsal", "synthetic")),
]


def ready(engine, size: int | str) -> str:
    """The name of the database of a size, or of the demonstration alone; made where it is not there yet."""
    name = str(size)
    if engine.mark(name) == _mark():
        return name
    if size != DEMO:
        ready(engine, DEMO)
    began = perf_counter()
    engine.create(name, source=None if size == DEMO else DEMO)
    if size == DEMO:
        _python(engine, name, "manage.py", "migrate", "--verbosity", "0")
        _python(engine, name, "manage.py", "load_demo")
    else:
        _python(engine, name, "bench/inside.py", "fill", name)
    engine.tidy(name)
    engine.set_mark(name, _mark())
    print(f"{engine.name}: {name} made in {perf_counter() - began:.0f} s", flush=True)
    return name


def scratch(engine, size: int | str) -> str:
    """A copy that may be written to; the next one takes its place."""
    source = ready(engine, size)
    engine.create("scratch", source)
    return "scratch"


@cache
def _mark() -> int:
    """A number below 2³¹, as SQLite wants it, of all that the rows come from."""
    paths = sorted(path for pattern in MADE_OF for path in ROOT.glob(pattern) if path.is_file())
    digest = sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    return int(digest[:7], 16)


def _python(engine, name: str, *arguments: str):
    env = os.environ | {"DATABASE_URL": engine.url(name), "DEBUG": "1"}
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)


def main(arguments: list[str]):
    sizes = [int(argument) for argument in arguments if argument.isdecimal()] or SIZES
    for name in [argument for argument in arguments if argument in ENGINES] or ENGINES:
        for size in sizes:
            ready(ENGINES[name], size)


if __name__ == "__main__":
    main(sys.argv[1:])
