"""The bars on answers over HTTP: kept ones, cold ones, and how they bear many rows."""

from contextlib import ExitStack
from urllib.parse import urlsplit

import serve
from drive import COLD, Answer, Ask, Ratio, fetch
from judge import Run, at_least, at_most
from seed import DEMO

API = "/api/v1"
PAGE_OF_100 = f"{API}/observations/?period=2018"
AREA = "131127"
KEPT = {
    "page": "/indicators/I13/",
    "API list": PAGE_OF_100,
    "chart": "/indicators/I13/chart.svg",
    "small CSV": f"{API}/observations/?indicator=I13&area={AREA}&format=csv",
}
PACKED = {"Accept-Encoding": "gzip"}
# As deep as whoever takes everything gets before long; deeper, following `next` would take the bench's time.
DEEP = 50_000


def kept(run: Run):
    """What is answered from kept bytes, against a Django view of the same bytes."""
    bar = at_least(2 if run.is_sqlite else 1)
    with serve.product(run.url(run.sizes[0])) as product:
        answers = {name: (path, PACKED, fetch(product, path, PACKED)) for name, path in KEPT.items()}
        path, _, page = answers["page"]
        revalidating = PACKED | {"If-None-Match": page.headers["Etag"]}
        answers["304"] = path, revalidating, fetch(product, path, revalidating)
        constants = [_constant(answer) for _, _, answer in answers.values()]
        with serve.bare(constants) as bare, serve.bare(constants, "bytes_alone") as alone:
            for number, (name, (path, headers, answer)) in enumerate(answers.items()):
                right = _same_as(answer)
                asks = {
                    "product": Ask(product, path, headers, right),
                    "bare view": Ask(bare, f"/{number}", {}, right),
                    "bytes alone": Ask(alone, f"/{number}", {}, right),
                }
                found = run.compete(f"kept {name}, {len(answer.body):,} bytes", asks)
                run.hold_rates(f"kept {name}", bar, found, "product", "bare view")


def _constant(answer: Answer) -> tuple[int, dict, bytes]:
    same = {
        name: answer.headers[name] for name in ("Content-Type", "Content-Encoding") if name in answer.headers
    }
    return answer.status, same, answer.body


def _same_as(kept: Answer):
    """Packed bytes may differ: they are padded at random."""
    return lambda answer: answer.status == kept.status in (200, 304) and bool(answer.body) == bool(kept.body)


def cold(run: Run):
    """A page of 100 observations of a period, with names joined, that nobody asked for before."""
    size = run.size_near(100_000)
    database, what = run.url(size), f"cold page of 100 of {size:,}"
    with ExitStack() as stack:
        product, raw = (stack.enter_context(server(database)) for server in (serve.product, serve.raw))
        asks = {
            "product": Ask(product, PAGE_OF_100, COLD, _hundred("results")),
            "raw SQL": Ask(raw, "/observations?period=2018", {}, _hundred("results")),
        }
        _must_be_alike(*asks.values())
        asks["tutorial"] = Ask(
            stack.enter_context(serve.tutorial(database)),
            "/observations/?period__code=2018",
            {"Accept": "application/json"},
            _hundred("results"),
        )
        if run.is_sqlite:
            asks["Datasette"] = _table_page(stack, run, str(size))
        found = run.compete(what, asks)
    for rival, bar in {"raw SQL": 0.3, "Datasette": 4, "tutorial": 8}.items():
        if rival in asks:
            run.hold_rates(what, at_least(bar), found, "product", rival)


def _table_page(stack: ExitStack, run: Run, name: str) -> Ask:
    [(period,)] = run.engine.rows(name, "SELECT id FROM targets_period WHERE code = '2018'")
    asked = f"_size=100&_labels=on&status=published&period_id={period}"
    datasette = stack.enter_context(serve.datasette(run.engine.path(name)))
    return Ask(datasette, f"/{name}/targets_observation.json?{asked}", {}, _hundred("rows"))


def _hundred(name: str):
    return lambda answer: answer.status == 200 and len(answer.json()[name]) == 100


def _must_be_alike(*asks: Ask):
    """The same rows in the same order with the same values."""
    keys = ("indicator", "area", "period", "value", "revision")
    rows = [fetch(ask.server, ask.path, ask.headers).json()["results"] for ask in asks]
    told = [[[row[key] for key in keys] for row in answer] for answer in rows]
    if told[0] != told[1]:
        raise SystemExit("the raw view does not answer with the rows of the product")


def progress(run: Run):
    """Where all indicators stand, on the demonstration: reckoned, against its inputs fetched alone."""
    path, every_area, single = (f"{API}/progress/{query}" for query in ("", "?area=all", f"?area={AREA}"))
    url = run.url(DEMO)
    run.hold_queries(at_most(12, "queries"), path, every_area, database=DEMO)
    with serve.product(url) as product:
        if run.is_sqlite:
            _against_the_inputs(run, product, path)
        rows = {asked: len(fetch(product, asked, COLD).json()["results"]) for asked in (every_area, single)}
        asks = {asked: Ask(product, asked, COLD, _has(number)) for asked, number in rows.items()}
        loads = run.compete("cold progress", asks, connections=(1,))[1]
    per_row = {asked: [1 / rate / rows[asked] for rate in load.rates] for asked, load in loads.items()}
    work = f"time per row of progress/?area=all ({rows[every_area]} rows) / of one area ({rows[single]})"
    run.hold(work, at_most(1.2), Ratio.of(per_row[every_area], per_row[single]))


def _against_the_inputs(run: Run, product: serve.Server, path: str):
    published = "SELECT COUNT(*) FROM targets_observation WHERE status = 'published'"
    [(least,)] = run.engine.rows(DEMO, published)
    with serve.datasette(run.engine.path(DEMO)) as datasette:
        asks = {
            "product": Ask(product, path, COLD, _has(1)),
            "canned query": Ask(
                datasette,
                "/demo/inputs.json?day=2020-12-31",
                {},
                lambda answer: answer.status == 200 and len(answer.json()["rows"]) > least,
            ),
        }
        found = run.compete("cold progress", asks)
    run.hold_rates("cold progress", at_least(0.5), found, "product", "canned query")


def _has(least: int):
    return lambda answer: answer.status == 200 and len(answer.json()["results"]) >= least


def growth(run: Run):
    """The same work among a few rows and among many."""
    few, many = run.sizes[0], run.sizes[-1]
    if few == many:
        return
    with serve.product(run.url(few)) as small, serve.product(run.url(many)) as large:
        for what, asked in _same_work().items():
            asks = {
                f"{size:,} rows": Ask(server, asked(server, size), COLD, lambda answer: answer.status == 200)
                for size, server in ((few, small), (many, large))
            }
            loads = run.compete(f"cold {what}", asks, connections=(1,))[1]
            times = [[1 / rate for rate in load.rates] for load in loads.values()]
            run.hold(f"time of {what} at {many:,} rows / {few:,}", at_most(1.3), Ratio.of(*reversed(times)))


def _same_work():
    """What is asked, each by a function of a server and its rows, for a cursor is found by following."""
    paths = {
        "first keyset page": f"{API}/observations/?cursor=*&page_size=100",
        "indicator series": f"{API}/observations/?indicator=I13&area={AREA}",
        "progress of one": f"{API}/progress/I13/?area={AREA}",
        "progress": f"{API}/progress/",
    }
    return {"deep keyset page": _deep} | {name: lambda *_, path=path: path for name, path in paths.items()}


def _deep(server: serve.Server, size: int) -> str:
    """A page of 100 after as many rows as are gone through by `next`, at most the half of them."""
    path, seen = f"{API}/observations/?cursor=*&page_size=1000&fields=indicator", 0
    while seen < min(DEEP, size // 2):
        answer = fetch(server, path).json()
        seen += len(answer["results"])
        after = urlsplit(answer["next"])
        path = f"{after.path}?{after.query}"
    return path.replace("page_size=1000", "page_size=100").replace("&fields=indicator", "")
