"""make bench; SIZES, DATABASES, ROUNDS, SECONDS (of a load) and ONLY (measures) select a part."""

import os
import time
import traceback
from collections.abc import Callable

import answers
import chores
import report
from databases import ENGINES
from judge import Run
from seed import SIZES

# With minutes for one engine, five rounds of two seconds, two cores.
MEASURES = {
    "kept": (answers.kept, 6),
    "cold": (answers.cold, 1.5),
    "progress": (answers.progress, 1),
    "growth": (answers.growth, 2),
    "desk": (chores.desk, 1),
    "csv": (chores.csv, 1),
    "sheets": (chores.sheets, 1),
    "pages": (chores.pages, 0.5),
    "memory": (chores.memory, 2),
    "publish": (chores.publish, 0.5),
}


def main():
    engines = [ENGINES[name] for name in _listed("DATABASES", ENGINES)]
    sizes = [int(size) for size in _listed("SIZES", map(str, SIZES))]
    only = _listed("ONLY", MEASURES)
    rounds, seconds = int(os.environ.get("ROUNDS", "5")), float(os.environ.get("SECONDS", "2"))
    estimate = len(engines) * sum(MEASURES[name][1] for name in only) * rounds * seconds / 10
    print(f"About {estimate:.0f} minutes, and a few more for databases that are not there yet.", flush=True)
    began = time.monotonic()
    runs = [Run(engine, sizes, rounds, seconds) for engine in engines]
    failed = [(run, name) for run in runs for name in only if not _done(MEASURES[name][0], run)]
    is_part = any(os.environ.get(name) for name in ("SIZES", "DATABASES", "ONLY"))
    report.write(runs, only, minutes=(time.monotonic() - began) / 60, is_part=is_part)
    if failed:
        raise SystemExit(f"failed: {', '.join(f'{name} on {run.engine.name}' for run, name in failed)}")


def _done(measure: Callable[[Run], None], run: Run) -> bool:
    try:
        measure(run)
    except (Exception, SystemExit):
        traceback.print_exc()
        return False
    return True


def _listed(name: str, default) -> list[str]:
    return [part for part in os.environ.get(name, "").split(",") if part] or list(default)


if __name__ == "__main__":
    main()
