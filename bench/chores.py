"""The desk, files, memory, and publishing among readers."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from tempfile import TemporaryDirectory

import seed
import serve
from answers import API, AREA, PAGE_OF_100, SITE
from databases import ROOT
from drive import COLD, Ratio, Request, fetch
from judge import Run, at_least, at_most
from readers import Crowd, Read, read_all
from seed import DEMO

FEW, MANY = 1_000, int(os.environ.get("REQUESTS", "100000"))
READERS = 16
# Windows of this length differ even without a commit, so there are many pairs.
WINDOW, PAIRS = 3, 3
# Seconds after which every process shows what another one committed.
MAX_DELAY = 0.1
SHEET = 10_000
PAGES = [f"{SITE}/", f"{SITE}/indicators/I13/", f"{SITE}/areas/{AREA}/"]


def desk(run: Run):
    sizes = [run.sizes[0], run.sizes[-1]]
    if sizes[0] == sizes[1]:
        return
    names = [seed.ready(run.engine, size) for size in sizes]
    rounds = [[run.inside("desk_lists", database=name) for name in names] for _ in range(run.rounds)]
    for page in rounds[0][0]:
        few, many = ([times[index][page] for times in rounds] for index in (0, 1))
        work = f"desk, {page}: time at {sizes[1]:,} rows / {sizes[0]:,}"
        run.hold(work, at_most(1.3), Ratio.of(many, few))


def csv(run: Run):
    size = run.size_near(100_000)
    path, url = f"{API}/observations/?format=csv", run.url(size)

    def is_whole(answer):
        return answer.status == 200 and answer.body.count(b"\n") == size + 1

    with serve.product(url) as product, serve.raw(url) as raw:
        requests = {
            "product": Request(product, path, COLD, is_whole),
            "raw cursor": Request(raw, "/observations.csv", {}, is_whole),
        }
        loads = run.compete(f"CSV of {size:,} rows", requests, connections=(1,))[1]
    times = {name: [1 / rate for rate in load.rates] for name, load in loads.items()}
    work = f"time of a CSV of {size:,} rows / raw cursor"
    run.hold(work, at_most(1.5), Ratio.of(times["product"], times["raw cursor"]))
    with serve.product(url, workers=1) as product:
        fetch(Request(product, f"{path}&area={AREA}", COLD))
        idle = product.resident_mb()
        product.reset_peak()
        fetch(Request(product, path, COLD))
        run.hold(
            f"peak memory of a CSV of {size:,} rows over idle", at_most(30, "MB"), product.peak_mb() - idle
        )


def sheets(run: Run):
    scratch = seed.scratch(run.engine, run.sizes[0])
    with TemporaryDirectory() as folder:
        file = f"{folder}/sheet.xlsx"
        for kind in ("new", "changed"):
            run.inside("sheets", "make", str(SHEET), file, database=scratch)
            for what, figure in run.inside("sheets", "bring", file, database=scratch).items():
                unit = what.split()[1]
                bar = at_most(10 if unit == "s" else 200, unit)
                run.hold(f"sheet of {SHEET:,} {kind} rows: {what}", bar, figure)


def pages(run: Run):
    url = run.url(DEMO)
    run.hold_queries(at_most(20, "queries"), *PAGES, database=DEMO)
    with serve.product(url) as product:
        requests = {path: Request(product, path, COLD) for path in PAGES}
        loads = run.compete("cold page", requests, connections=(1,))[1]
    for path, load in loads.items():
        run.hold(f"CPU of {path}, cold", at_most(60, "ms"), load.cpu_ms)


def memory(run: Run):
    with serve.product(run.url(run.sizes[0]), workers=1) as product:
        addresses, after = _mixed(product), []
        for number in (FEW, MANY - FEW):
            statuses = read_all(product, islice(addresses, number), clients=8, headers={})
            if not set(statuses) <= {200, 404}:
                raise SystemExit(f"mixed requests were answered with {set(statuses)}")
            after.append(product.resident_mb())
    work = f"memory after {MANY:,} mixed requests / {FEW:,} ({after[0]:.0f} MB)"
    run.hold(work, at_most(1.2), after[1] / after[0])


def _mixed(product: serve.Server) -> Iterator[str]:
    """Pages, lists, files, 404s, and URLs that never come twice."""
    indicators = [row["code"] for row in fetch(Request(product, f"{API}/indicators/")).json()["results"]]
    fixed = [
        *PAGES,
        *(f"{SITE}/indicators/{code}/" for code in indicators[:10]),
        *(f"{SITE}/indicators/{code}/chart.svg" for code in indicators[:4]),
        f"{SITE}/indicators/",
        f"{SITE}/areas/",
        f"{SITE}/goals/",
        f"{SITE}/text/",
        f"{SITE}/measures/",
        f"{SITE}/compare/",
        PAGE_OF_100,
        *(f"{API}/progress/{query}" for query in ("", f"?area={AREA}", "?area=all", "?format=csv")),
        *(f"{API}/{name}/" for name in ("goals", "indicators", "baselines", "targets", "periods")),
        *(f"{API}/observations/?area={AREA}&format={form}" for form in ("csv", "xlsx", "jsonstat")),
        "/nowhere/",
        f"{SITE}/areas/nowhere/",
        f"{API}/indicators/I99/",
    ]
    random_ones = [
        f"{SITE}/indicators/I13/?_={{}}",
        f"{API}/observations/?area={AREA}&_={{}}",
        f"{API}/goals/?_={{}}",
    ]
    chance = random.Random(7)
    while True:
        yield chance.choice(fixed + random_ones).format(chance.randrange(10**12))


def publish(run: Run):
    scratch = seed.scratch(run.engine, run.sizes[0])
    with serve.product(run.engine.url(scratch)) as product, _publisher(run, scratch) as publisher:
        addresses = json.loads(publisher.stdout.readline())[: PAIRS * run.rounds]
        rates, stale, faults = [], 0, 0
        for address in addresses:
            committed, reads = _published(product, publisher, address)
            rates.append([_answered(reads, committed + second) for second in (-WINDOW, 1)])
            new_from = committed + MAX_DELAY
            stale += sum(not _shows(read) for read in reads if read.path == address and read.began > new_from)
            faults += sum(read.status != 200 for read in reads)
    work = f"old answers to {READERS} readers {MAX_DELAY} s after a commit"
    run.hold(work, at_most(0, "answers"), stale)
    run.hold(f"errors of {READERS} readers meanwhile", at_most(0, "answers"), faults)
    before, after = zip(*rates, strict=True)
    work = "requests from one second after a commit on / before it"
    run.hold(work, at_least(0.9), Ratio.of(after, before))


@contextmanager
def _publisher(run: Run, database: str):
    env = os.environ | serve.PRODUCTION | {"DATABASE_URL": run.engine.url(database)}
    command = [sys.executable, "bench/inside.py", "publish"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=env, **pipes) as process:
        yield process
        # It ends with its input.
        process.communicate()


def _published(product: serve.Server, publisher: subprocess.Popen, address: str) -> tuple[float, list[Read]]:
    """Return the time of the commit, and all reads around it."""
    chance = random.Random(7)
    paths = [address, PAGE_OF_100, f"{API}/progress/", *PAGES[:2]]
    # Until each worker has cached the answers.
    read_all(product, paths * 10, clients=4, headers={})
    with Crowd(product, lambda: chance.choice(paths), READERS, watched=address) as crowd:
        # One second more: all readers begin at the same time.
        time.sleep(WINDOW + 1)
        publisher.stdin.write("\n")
        publisher.stdin.flush()
        committed = float(publisher.stdout.readline())
        time.sleep(1 + WINDOW + 0.2)
    return committed, crowd.reads()


def _answered(reads: list[Read], since: float) -> int:
    return sum(since <= read.ended < since + WINDOW for read in reads)


def _shows(read: Read) -> bool:
    return json.loads(read.body)["count"] == 1
