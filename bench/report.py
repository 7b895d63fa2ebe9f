"""The results as Markdown, on the terminal and under bench/results/."""

import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from statistics import median

from databases import ROOT
from drive import Load
from judge import Judgement, Run
from serve import THREADS, WORKERS

RESULTS = ROOT / "bench" / "results"


def write(runs: list[Run], measures: list[str], minutes: float, is_part: bool):
    judgements = [judgement for run in runs for judgement in run.judgements]
    loads = [load for run in runs for load in run.loads]
    holding = sum(judgement.holds for judgement in judgements)
    parts = [
        f"# Bench of {date.today().isoformat()}",
        _conditions(runs, measures, minutes),
        f"## Bars: {holding} of {len(judgements)} hold",
        _table(["database", "work", "bar", "figure", "spread", "holds"], map(_judgement, judgements)),
        "## Figures of this machine alone",
        _table(
            ["database", "work", "who", "at a time", "requests/s", "spread", "CPU ms", "peak MB"],
            (_load(*load) for load in loads),
        ),
    ]
    text = "\n\n".join(parts) + "\n"
    print(f"\n{text}")
    RESULTS.mkdir(exist_ok=True)
    # A partial run gets a file name of its own.
    part = "-".join(["", *(run.engine.name for run in runs), *measures]) if is_part else ""
    (RESULTS / f"{date.today().isoformat()}{part}.md").write_text(text, encoding="utf-8")


def _conditions(runs: list[Run], measures: list[str], minutes: float) -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    databases = ", ".join(run.engine.version() for run in runs)
    rounds, seconds, sizes = runs[0].rounds, runs[0].seconds, runs[0].sizes
    return (
        f"Commit {described.stdout.strip()}; Python {platform.python_version()}, Django {version('Django')}, "
        f"granian {version('granian')}, {databases}; {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores. Each server: {WORKERS} workers of {THREADS} threads, no access log. "
        f"{rounds} interleaved rounds of {seconds:g} s; medians, spread from the least to the most. "
        f"Rows: {', '.join(f'{size:,}' for size in sizes)}. Measures: {', '.join(measures)}. "
        f"{minutes:.0f} minutes."
    )


def _judgement(judgement: Judgement) -> list[str]:
    middle, least, most = judgement.figure
    spread = "" if least == most else f"{_short(least)}–{_short(most)}"
    holds = "yes" if judgement.holds else "**no**"
    return [judgement.database, judgement.work, str(judgement.bar), _short(middle), spread, holds]


def _load(database: str, work: str, load: Load) -> list[str]:
    rates = load.rates
    spread = f"{_short(min(rates))}–{_short(max(rates))}"
    costs = [_short(load.cpu_ms), f"{load.peak_mb:.0f}"]
    return [database, work, load.name, str(load.connections), _short(median(rates)), spread, *costs]


def _short(number: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
