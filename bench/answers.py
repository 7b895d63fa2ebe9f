"""Answers over HTTP: cached, cold, and among many rows."""

from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import urlsplit

import serve
from drive import COLD, Answer, Ratio, Request, fetch
from judge import Run, at_least, at_most
from seed import DEMO

# Of the plan that is filled up.
SITE, API, DESK = "/sti-13", "/api/v1/plans/sti-13", "/admin/sti-13"
PAGE_OF_100 = f"{API}/observations/?period=2018"
AREA = "131127"
CACHED = {
    "page": f"{SITE}/indicators/I13/",
    "API list": PAGE_OF_100,
    "chart": f"{SITE}/indicators/I13/chart.svg",
    "small CSV": f"{API}/observations/?indicator=I13&area={AREA}&format=csv",
}
GZIP = {"Accept-Encoding": "gzip"}
# Rows before the deep page. Following `next` further would take too long.
DEEP = 50_000
# By number of clients.
CACHED_BARS = {1: at_least(1.5), 16: at_least(3.6)}


def kept(run: Run):
    """Cached answers, against a Django view of the same bytes."""
    with serve.product(run.url(run.sizes[0])) as product:
        answers = {name: (path, GZIP, fetch(Request(product, path, GZIP))) for name, path in CACHED.items()}
        path, _, page = answers["page"]
        revalidating = GZIP | {"If-None-Match": page.headers["Etag"]}
        answers["304"] = path, revalidating, fetch(Request(product, path, revalidating))
        constants = [_constant(answer) for *_, answer in answers.values()]
        with serve.bare(constants) as bare, serve.bare(constants, "bytes_alone") as alone:
            for number, (name, (path, headers, answer)) in enumerate(answers.items()):
                is_right = _same_as(answer)
                requests = {
                    "product": Request(product, path, headers, is_right),
                    "bare view": Request(bare, f"/{number}", {}, is_right),
                    "bytes alone": Request(alone, f"/{number}", {}, is_right),
                }
                loads = run.compete(f"kept {name}, {len(answer.body):,} bytes", requests)
                run.hold_rates(f"kept {name}", CACHED_BARS, loads, "product", "bare view")


def _constant(answer: Answer) -> tuple[int, dict, bytes]:
    names = answer.headers.keys() & {"Content-Type", "Content-Encoding"}
    return answer.status, {name: answer.headers[name] for name in names}, answer.body


def _same_as(first: Answer):
    """Compressed bodies are not compared: gzip pads at random."""

    def is_right(answer: Answer) -> bool:
        return answer.status == first.status in (200, 304) and bool(answer.body) == bool(first.body)

    return is_right


def cold(run: Run):
    size = run.size_near(100_000)
    database, work = run.url(size), f"cold page of 100 of {size:,}"
    with ExitStack() as stack:
        product, raw = (stack.enter_context(server(database)) for server in (serve.product, serve.raw))
        requests = {
            "product": Request(product, PAGE_OF_100, COLD, _hundred("results")),
            "raw SQL": Request(raw, "/observations?period=2018", {}, _hundred("results")),
        }
        _must_be_equal(*requests.values())
        requests["tutorial"] = Request(
            stack.enter_context(serve.tutorial(database)),
            "/observations/?period__code=2018",
            {"Accept": "application/json"},
            _hundred("results"),
        )
        if run.is_sqlite:
            requests["Datasette"] = _table_page(stack, run, str(size))
        loads = run.compete(work, requests)
    for rival, limit in {"raw SQL": 0.3, "Datasette": 4, "tutorial": 8}.items():
        if rival in requests:
            run.hold_rates(work, at_least(limit), loads, "product", rival)


def _table_page(stack: ExitStack, run: Run, name: str) -> Request:
    [(period,)] = run.engine.rows(name, "SELECT id FROM targets_period WHERE code = '2018'")
    query = f"_size=100&_labels=on&status=published&period_id={period}"
    datasette = stack.enter_context(serve.datasette(run.engine.path(name)))
    return Request(datasette, f"/{name}/targets_observation.json?{query}", {}, _hundred("rows"))


def _hundred(name: str):
    return lambda answer: answer.status == 200 and len(answer.json()[name]) == 100


def _must_be_equal(product: Request, raw: Request):
    keys = ("indicator", "area", "period", "value", "revision")
    lists = [fetch(request).json()["results"] for request in (product, raw)]
    expected, actual = ([[row[key] for key in keys] for row in rows] for rows in lists)
    if actual != expected:
        raise SystemExit("the raw view does not answer with the rows of the product")


def progress(run: Run):
    """On the demonstration; the rival query only fetches the inputs."""
    path, all_areas, one_area = (f"{API}/progress/{query}" for query in ("", "?area=all", f"?area={AREA}"))
    url = run.url(DEMO)
    run.hold_queries(at_most(12, "queries"), path, all_areas, database=DEMO)
    with serve.product(url) as product:
        if run.is_sqlite:
            _against_the_inputs(run, product, path)
        paths = (all_areas, one_area)
        rows = {path: len(fetch(Request(product, path, COLD)).json()["results"]) for path in paths}
        requests = {path: Request(product, path, COLD, _has(number)) for path, number in rows.items()}
        loads = run.compete("cold progress", requests, connections=(1,))[1]
    per_row = {path: [1 / rate / rows[path] for rate in load.rates] for path, load in loads.items()}
    work = f"time per row of progress/?area=all ({rows[all_areas]} rows) / of one area ({rows[one_area]})"
    run.hold(work, at_most(1.2), Ratio.of(per_row[all_areas], per_row[one_area]))


def _against_the_inputs(run: Run, product: serve.Server, path: str):
    published = "SELECT COUNT(*) FROM targets_observation WHERE status = 'published'"
    [(least,)] = run.engine.rows(DEMO, published)
    with serve.datasette(run.engine.path(DEMO)) as datasette:
        requests = {
            "product": Request(product, path, COLD, _has(1)),
            "canned query": Request(
                datasette,
                "/demo/inputs.json?day=2020-12-31",
                {},
                lambda answer: answer.status == 200 and len(answer.json()["rows"]) > least,
            ),
        }
        loads = run.compete("cold progress", requests)
    run.hold_rates("cold progress", at_least(0.5), loads, "product", "canned query")


def _has(least: int):
    return lambda answer: answer.status == 200 and len(answer.json()["results"]) >= least


def growth(run: Run):
    few, many = run.sizes[0], run.sizes[-1]
    if few == many:
        return
    with serve.product(run.url(few)) as small, serve.product(run.url(many)) as large:
        for work, path_of in _paths().items():
            requests = {
                f"{size:,} rows": Request(server, path_of(server, size), COLD)
                for size, server in ((few, small), (many, large))
            }
            loads = run.compete(f"cold {work}", requests, connections=(1,))[1]
            times = [[1 / rate for rate in load.rates] for load in loads.values()]
            run.hold(f"time of {work} at {many:,} rows / {few:,}", at_most(1.3), Ratio.of(*reversed(times)))


def _paths() -> dict[str, Callable[[serve.Server, int], str]]:
    """Functions of a server and its rows: a cursor is found by following `next`."""
    paths = {
        "first keyset page": f"{API}/observations/?cursor=*&page_size=100",
        "indicator series": f"{API}/observations/?indicator=I13&area={AREA}",
        "progress of one": f"{API}/progress/I13/?area={AREA}",
        "progress": f"{API}/progress/",
    }
    return {"deep keyset page": _deep} | {name: lambda *_, path=path: path for name, path in paths.items()}


def _deep(server: serve.Server, size: int) -> str:
    """A page of 100 after DEEP rows, or after half of the rows."""
    path, seen = f"{API}/observations/?cursor=*&page_size=1000&fields=indicator", 0
    while seen < min(DEEP, size // 2):
        answer = fetch(Request(server, path)).json()
        seen += len(answer["results"])
        after = urlsplit(answer["next"])
        path = f"{after.path}?{after.query}"
    return path.replace("page_size=1000", "page_size=100").replace("&fields=indicator", "")
