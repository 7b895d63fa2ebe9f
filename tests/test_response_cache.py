"""The response cache: it returns the bytes of Django's own answer, and only for the current data."""

import gzip
import json
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import BytesIO
from threading import Event, Semaphore
from typing import NamedTuple
from wsgiref.validate import validator

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from hengshui_plan.delivery import response_cache
from hengshui_plan.delivery.response_cache import AnswerStore, ResponseCache
from hengshui_plan.delivery.revision_watch import RevisionWatch
from targets.models import Area, Indicator, Plan, Policy
from tests import api
from tests.clock import Clock
from tests.database import settle
from tests.make import JINGXIAN, bring_to, enter, open_desk, publish
from tests.memory import traced
from tests.shipped import shipped

ADDRESSES = [
    *api.ADDRESSES,
    "/api/v1/plans/sti-13/indicators/?format=csv",
    "/api/v1/plans/sti-13/indicators/?format=jsonstat",
    "/api/v1/plans/sti-13/csv/targets.csv",
    "/api/v1/plans/sti-13/datapackage.json",
    "/api/v1/plans/sti-13/stratml.xml",
    "/sti-13/embed/indicator/I13/",
]
pytestmark = pytest.mark.django_db


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        is_packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if is_packed else self.body).decode()


class Server:
    """The response cache in front of Django; `made` are the paths that Django answered.

    The watch has no interval unless a test gives it one: each request queries the revision.
    """

    def __init__(
        self,
        capacity: int = response_cache.CAPACITY,
        site: Callable | None = None,
        watch: RevisionWatch | None = None,
    ):
        self.made, self.site = [], site or WSGIHandler()
        self.cache = ResponseCache(self._count, capacity, watch or RevisionWatch(interval=0))

    def _count(self, environ, start_response):
        self.made.append(environ["PATH_INFO"])
        return self.site(environ, start_response)

    def ask(self, address: str, method: str = "GET", **headers) -> Answer:
        return answer_of(self.cache, address, method, **headers)

    def ask_often(self, address: str, **headers) -> Answer:
        """Request a path until it is cached, and once more."""
        return [self.ask(address, **headers) for _ in range(3)][-1]


def answer_of(application: Callable, address: str, method: str = "GET", **headers) -> Answer:
    """Call the application as a server does, and check that both keep to the WSGI standard."""
    settle()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    environ = RequestFactory(headers=headers).generic(method, address).environ
    # A server passes no cookie that was not sent.
    environ = {name: value for name, value in environ.items() if name != "HTTP_COOKIE" or "cookie" in headers}
    environ |= {"wsgi.input": BytesIO(), "wsgi.errors": sys.stderr}
    begun = []

    def start_response(status, headers, exc_info=None):
        begun.extend([status, headers])
        return begun.append

    content = validator(application)(environ, start_response)
    body = b"".join(content)
    content.close()
    status, sent = begun
    return Answer(int(status.split()[0]), dict(sent), body)


@pytest.fixture(autouse=True)
def lasting_connection():
    """As with Django's test client, a request neither opens nor closes the connection of the test."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.mark.parametrize("packing", ["gzip", "identity"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_cached_answer_equals_the_answer_of_django(plan, server, address, packing):
    whole = answer_of(WSGIHandler(), address, accept_encoding=packing)
    given = server.ask_often(address, accept_encoding=packing)
    assert len(server.made) == 2
    assert (given.status, given.text) == (200, whole.text)
    # A streamed file has no length, and gzip pads at random.
    lengths = {"Content-Length"}
    assert {name: given.headers[name] for name in given.headers.keys() - lengths} == {
        name: whole.headers[name] for name in whole.headers.keys() - lengths
    }
    assert int(given.headers["Content-Length"]) == len(given.body)


def test_a_cached_answer_has_all_security_headers(plan, server):
    given = server.ask_often("/sti-13/")
    assert given.headers.keys() >= {
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "Referrer-Policy",
        "Cross-Origin-Opener-Policy",
    }


def test_pages_of_other_sites_may_read_a_cached_answer(plan, server):
    other = {"origin": "https://dashboard.example"}
    server.ask_often("/api/v1/areas/")
    assert server.ask_often("/api/v1/areas/", **other).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in server.ask("/api/v1/areas/").headers


def write_through_the_orm():
    Area.objects.filter(code=JINGXIAN).update(note="x")


def write_raw_sql():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE targets_area SET note = 'x' WHERE code = %s", [JINGXIAN])


def write_many():
    areas = list(Area.objects.all())
    for area in areas:
        area.note = "x"
    Area.objects.bulk_update(areas, ["note"])


def mark_as_demonstration():
    shipped(Plan).update(is_demo=True)


@pytest.mark.parametrize("write", [write_through_the_orm, write_raw_sql, write_many, mark_as_demonstration])
def test_the_next_query_of_the_revision_sees_every_kind_of_write(plan, server, write):
    before = server.ask_often("/api/v1/areas/")
    write()
    now = server.ask("/api/v1/areas/")
    fresh = answer_of(WSGIHandler(), "/api/v1/areas/")
    assert now.body != before.body
    assert (now.body, now.headers) == (fresh.body, fresh.headers)
    # A popular answer is cached again at its first request.
    assert server.ask("/api/v1/areas/") == now
    assert len(server.made) == 3


def test_a_value_is_shown_when_published_and_not_before(plan, server):
    desk, address = open_desk(), "/api/v1/plans/sti-13/observations/"
    server.ask_often(address)
    row = bring_to(desk, "accepted", enter(desk))
    assert '"count":2' in server.ask(address).text
    assert len(server.made) == 2
    publish(row, by=desk.publisher)
    assert '"count":3' in server.ask(address).text


def test_a_change_while_an_answer_is_made_is_not_missed(plan):
    site = WSGIHandler()

    def slow_site(environ, start_response):
        content = site(environ, start_response)
        Policy.objects.filter(code="PO01").update(note=str(len(slow.made)))
        settle()
        return content

    slow = Server(site=slow_site)
    slow.ask_often("/api/v1/policies/")
    assert len(slow.made) == 3


def test_an_answer_is_cached_for_one_day(plan, server, monkeypatch):
    server.ask_often("/sti-13/")
    monkeypatch.setattr("hengshui_plan.delivery.release.localdate", lambda: date(2030, 1, 1))
    server.ask("/sti-13/")
    assert len(server.made) == 3


@pytest.mark.parametrize("headers", [{"cookie": "a=b"}, {"authorization": "Basic eDp5"}])
def test_a_request_with_a_cookie_or_login_passes_the_cache(plan, server, headers):
    server.ask_often("/sti-13/", **headers)
    server.ask_often("/sti-13/")
    server.ask("/sti-13/", **headers)
    assert len(server.made) == 6


@pytest.mark.parametrize(
    ("address", "method", "status"),
    [
        ("/nowhere/", "GET", 404),
        ("/api/v1/nowhere/", "GET", 404),
        ("/api/v1/areas/?page=x", "GET", 400),
        ("/favicon.ico", "GET", 302),
        ("/admin/", "GET", 302),
        ("/admin/login/", "GET", 200),
        ("/sti-13/", "HEAD", 200),
        ("/api/v1/areas/", "OPTIONS", 204),
        ("/api/v1/areas/", "POST", 405),
    ],
)
def test_only_a_public_answer_to_a_get_is_cached(plan, server, address, method, status):
    assert server.ask_often(address, method=method).status == status
    assert len(server.made) == 3


def test_a_foreign_host_is_refused_each_time(plan, server):
    server.ask_often("/api/v1/")
    assert server.ask_often("/api/v1/", host="evil.example").status == 400
    assert "evil" not in server.ask("/api/v1/").text


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost"},
        {"accept": "text/csv"},
        {"accept_encoding": "gzip"},
        {"origin": "https://x.example"},
    ],
)
def test_a_request_that_differs_in_the_key_gets_its_own_answer(plan, server, headers):
    address = (
        "/api/v1/plans/sti-13/indicators/?page_size=3"
        if "accept" not in headers
        else "/api/v1/plans/sti-13/indicators/"
    )
    server.ask_often(address)
    given = server.ask_often(address, **headers)
    whole = answer_of(WSGIHandler(), address, **headers)
    assert (given.text, given.headers["Content-Type"]) == (whole.text, whole.headers["Content-Type"])
    assert len(server.made) == 4


def test_links_have_the_scheme_of_the_request(plan, server, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = False
    for _ in range(3):
        for scheme in ("http", "https"):
            answer = json.loads(
                server.ask("/api/v1/plans/sti-13/periods/?page_size=1", x_forwarded_proto=scheme).text
            )
            assert answer["next"].startswith(f"{scheme}:")
    assert len(server.made) == 4


@pytest.mark.parametrize("address", ADDRESSES)
def test_headers_outside_of_the_key_do_not_change_the_answer(plan, address):
    others = {
        "user_agent": "Mozilla/4.0 (compatible; MSIE 8.0)",
        "accept_language": "en",
        "referer": "https://x.example/",
        "range": "bytes=0-9",
        "if_modified_since": "Sat, 29 Oct 2050 19:43:31 GMT",
        "x_requested_with": "XMLHttpRequest",
        "x_forwarded_host": "evil.example",
        "x_forwarded_for": "10.0.0.9",
        "x_http_method_override": "DELETE",
        "sec_fetch_dest": "iframe",
        "dnt": "1",
    }
    plainly, otherwise = (answer_of(WSGIHandler(), address, **headers) for headers in ({}, others))
    assert (otherwise.status, otherwise) == (200, plainly)


def test_nobody_can_make_the_cache_store_a_query_read_in_another_charset(plan):
    address = "/search/?q=%E4%B8%93%E5%88%A9"
    whole, server = Server().ask(address), Server()
    for _ in range(2):
        server.ask(address, content_type="text/plain; charset=gbk")
    assert server.ask(address).text == whole.text
    assert "涓撳埄" not in whole.text


def test_a_client_that_has_the_answer_gets_a_304_without_a_body(plan, server):
    whole = server.ask_often("/api/v1/areas/")
    again = server.ask("/api/v1/areas/", if_none_match=whole.headers["ETag"])
    assert (again.status, again.body, len(server.made)) == (304, b"", 2)
    lasting = {name for name in whole.headers if not name.startswith("Content-")}
    assert again.headers == {name: whole.headers[name] for name in lasting}
    assert server.ask("/api/v1/areas/", if_none_match='"another"') == whole


def test_requests_that_nobody_repeats_are_not_cached_and_remove_nothing(plan, server):
    server.ask_often("/api/v1/areas/")
    taken = server.cache.store.size
    for number in range(50):
        server.ask(f"/api/v1/areas/?_={number}")
    assert server.cache.store.size == taken
    made = len(server.made)
    server.ask("/api/v1/areas/")
    assert len(server.made) == made


@pytest.mark.parametrize(
    ("address", "headers"),
    [(f"/sti-13/areas/?x={'x' * 2000}", {}), ("/api/v1/areas/", {"accept": f"text/{'x' * 2000}, */*"})],
)
def test_a_request_with_a_very_long_key_is_not_cached(plan, server, address, headers):
    """Otherwise keys would fill the cache instead of answers."""
    assert server.ask_often(address, **headers).status == 200
    assert (len(server.made), server.cache.store.size) == (3, 0)


def test_an_answer_that_became_a_404_leaves_the_cache(plan, server):
    server.ask_often("/sti-13/areas/131127/")
    assert server.cache.store.size > 0
    Area.objects.filter(code="131127").update(code="131199")
    assert (server.ask("/sti-13/areas/131127/").status, server.cache.store.size) == (404, 0)


def test_a_file_that_grew_too_large_leaves_the_cache(plan):
    small = Server(capacity=8 * 100_000)
    small.ask_often("/api/v1/plans/sti-13/indicators/?format=csv")
    assert small.cache.store.size > 0
    shipped(Indicator).filter(code="I13").update(definition="长" * 40_000, definition_source="试")
    small.ask("/api/v1/plans/sti-13/indicators/?format=csv")
    assert small.cache.store.size == 0


def test_the_number_of_remembered_keys_is_limited(monkeypatch):
    monkeypatch.setattr(response_cache, "MAX_SEEN_ONCE", 3)
    store = AnswerStore(capacity=100_000)
    for key in "abcd":
        store.put((key,), answer(b""))
    store.put(("a",), answer(b""))
    assert store.size == 0
    store.put(("d",), answer(b""))
    assert store.size > 0


def answer(body: bytes, state: tuple = ()) -> response_cache.CachedAnswer:
    return response_cache.CachedAnswer(state, [], body, "")


def test_the_least_recently_used_answer_is_removed_first():
    store = AnswerStore(capacity=10 * answer(b"").size)
    for key in "abcdefghij":
        store.put((key,), answer(b""))
        store.put((key,), answer(b""))
    store.get(("a",), ())
    for _ in range(2):
        store.put(("k",), answer(b""))
    assert store.size == store.capacity
    assert [key for key in "abk" if store.get((key,), ())] == ["a", "k"]


def test_an_answer_that_would_fill_much_of_the_cache_is_not_stored(plan):
    small = Server(capacity=80_000)
    small.ask_often("/api/v1/plans/sti-13/indicators/")
    assert (len(small.made), small.cache.store.size) == (3, 0)
    small.ask_often("/api/v1/plans/sti-13/periods/")
    assert (len(small.made), small.cache.store.size > 0) == (5, True)


@pytest.mark.parametrize("length", [0, 1_800])
def test_cached_answers_take_no_more_memory_than_is_counted(plan, server, length):
    def keep(numbers):
        for number in numbers:
            # Strings are new objects each time, as from a server.
            headers = {"accept": f"application/json, text/x{number}{'x' * length}"}
            tag = server.ask_often(f"/api/v1/?_={number}", **headers).headers["ETag"]
            assert server.ask(f"/api/v1/?_={number}", if_none_match=tag, **headers).status == 304

    keep(range(20))
    counted = server.cache.store.size
    taken = traced(lambda: keep(range(20, 60))).left
    assert taken < server.cache.store.size - counted


def test_a_download_that_was_broken_off_is_not_cached(plan, server):
    address = "/api/v1/plans/sti-13/indicators/?format=csv"
    environ = RequestFactory().get(address).environ
    del environ["HTTP_COOKIE"]
    for _ in range(3):
        content = server.cache(dict(environ), lambda *args: None)
        next(iter(content))
        content.close()
    assert server.cache.store.size == 0
    assert server.ask(address).text == answer_of(WSGIHandler(), address).text


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="tests/test_serving.py ends PostgreSQL's connections"
)
def test_a_database_that_cannot_be_queried_is_left_to_django(plan, server):
    server.ask_often("/sti-13/")
    answers = iter([sqlite3.SQLITE_DENY])
    connection.connection.set_authorizer(lambda *args: next(answers, sqlite3.SQLITE_OK))
    try:
        assert (server.ask("/sti-13/").status, server.ask("/sti-13/").status) == (200, 200)
    finally:
        connection.connection.set_authorizer(None)
    assert len(server.made) == 3


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watching(clock) -> Server:
    """A server that queries the revision at most every 0.1 s, as in production."""
    return Server(watch=RevisionWatch(clock=clock))


def revision_queries(run: Callable) -> int:
    """Count the queries of the revision while `run` runs."""
    marks = {"sqlite": "SELECT revision || ' ' || at FROM", "postgresql": "targets_newest_change"}
    with CaptureQueriesContext(connection) as captured:
        run()
    return sum(marks[connection.vendor] in query["sql"] for query in captured)


def test_a_commit_of_another_process_shows_after_a_tenth_of_a_second(plan, watching, clock):
    before = watching.ask_often("/api/v1/areas/")
    write_through_the_orm()
    clock.now = 0.09
    assert watching.ask("/api/v1/areas/") == before
    clock.now = 0.1
    now = watching.ask("/api/v1/areas/")
    assert (now.body, now.headers["ETag"]) != (before.body, before.headers["ETag"])
    assert now.body == answer_of(WSGIHandler(), "/api/v1/areas/").body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_through_the_same_process_shows_at_once(plan, clock, method):
    django = WSGIHandler()

    def site(environ, start_response):
        if environ["REQUEST_METHOD"] == method:
            write_through_the_orm()
        return django(environ, start_response)

    server = Server(site=site, watch=RevisionWatch(clock=clock))
    before = server.ask_often("/api/v1/areas/")
    server.ask("/admin/", method=method)
    clock.now += 0.001
    assert server.ask("/api/v1/areas/").body != before.body


def test_a_write_that_ends_with_an_error_shows_at_once(plan, clock):
    django = WSGIHandler()

    def site(environ, start_response):
        if environ["REQUEST_METHOD"] == "POST":
            write_through_the_orm()
            raise ValueError("after the commit")
        return django(environ, start_response)

    server = Server(site=site, watch=RevisionWatch(clock=clock))
    before = server.ask_often("/api/v1/areas/")
    with pytest.raises(ValueError, match="after the commit"):
        server.ask("/admin/", method="POST")
    clock.now += 0.001
    assert server.ask("/api/v1/areas/").body != before.body


def test_new_content_under_the_tag_of_an_older_state_gets_a_new_tag_after_the_interval(plan, watching, clock):
    watching.ask("/api/v1/policies/")
    write_through_the_orm()
    early = watching.ask_often("/api/v1/areas/")
    assert early.body == answer_of(WSGIHandler(), "/api/v1/areas/").body
    clock.now += 0.1
    later = watching.ask("/api/v1/areas/", if_none_match=early.headers["ETag"])
    assert (later.status, later.body) == (200, early.body)
    assert later.headers["ETag"] == answer_of(WSGIHandler(), "/api/v1/areas/").headers["ETag"]


def test_a_visitor_costs_one_query_of_the_revision_in_a_tenth_of_a_second(plan, watching, clock):
    # Django uses the state that the cache knows.
    assert revision_queries(lambda: watching.ask_often("/sti-13/areas/")) == 1
    assert (len(watching.made), revision_queries(lambda: watching.ask("/sti-13/text/"))) == (2, 0)
    clock.now += 0.1
    assert revision_queries(lambda: watching.ask("/sti-13/areas/")) == 1
    with CaptureQueriesContext(connection) as captured:
        watching.ask("/sti-13/areas/")
    assert not [query for query in captured if "CONSTRAINTS" not in query["sql"]]


def test_a_request_never_gets_the_answer_of_another(plan, server):
    first, second = server.ask_often("/sti-13/indicators/I09/"), server.ask_often("/sti-13/indicators/I13/")
    assert shipped(Indicator).get(code="I09").name in first.text
    assert shipped(Indicator).get(code="I13").name in second.text
    assert server.ask("/sti-13/indicators/I09/") == first


@pytest.mark.django_db(transaction=True)
def test_one_thread_makes_the_answer_for_all_waiting_requests_after_a_change(plan_live):
    site, queried, second = WSGIHandler(), Semaphore(0), Event()

    def slow_site(environ, start_response):
        if len(server.made) > 3:
            second.set()
        elif len(server.made) == 3:
            # All threads know the state of the data: a thread that did not wait would be next here.
            assert all(queried.acquire(timeout=20) for _ in range(4))
            second.wait(0.5)
        return site(environ, start_response)

    class Watched(RevisionWatch):
        def state(self, plan=None):
            state = super().state(plan)
            queried.release()
            return state

    def ask(_):
        try:
            return server.ask("/api/v1/areas/").text
        finally:
            connection.close()

    server = Server(site=slow_site)
    server.ask_often("/api/v1/areas/")
    write_through_the_orm()
    server.cache.watch = Watched()
    with ThreadPoolExecutor(4) as readers:
        answers = set(readers.map(ask, range(4)))
    assert (len(answers), len(server.made)) == (1, 3)
