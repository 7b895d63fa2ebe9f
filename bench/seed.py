"""Makes databases with a given number of published observations, again when a source has changed."""

import os
import subprocess
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from databases import ROOT

DEMO = "demo"
SIZES = [5_000, 100_000, 1_000_000]
SOURCES = [
    "bench/fill.py",
    "fixtures/**/*",
    "*/migrations/*.py",
    "targets/records/change_triggers.py",
    "hengshui_plan/demo/*",
]


def ready(engine, size: int | str) -> str:
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
    """Make a copy for a measure that writes."""
    source = ready(engine, size)
    engine.create("scratch", source)
    return "scratch"


@cache
def _mark() -> int:
    """Hash the sources, to below 2³¹ for SQLite's `user_version`."""
    paths = sorted(path for pattern in SOURCES for path in _files(pattern))
    digest = sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
    return int(digest[:7], 16)


def _files(pattern: str) -> list[Path]:
    if files := [path for path in ROOT.glob(pattern) if path.is_file()]:
        return files
    raise SystemExit(f"bench/seed.py: no file matches {pattern} of SOURCES; correct it if files were moved")


def _python(engine, name: str, *arguments: str):
    env = os.environ | {"DATABASE_URL": engine.url(name), "DEBUG": "1"}
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
