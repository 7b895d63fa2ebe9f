"""What is kept in front of Django: the bytes of Django's own answer, never old ones, for anybody."""

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
from django.db import OperationalError, close_old_connections, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from hengshui_plan.delivery import response_cache
from hengshui_plan.delivery.response_cache import AnswerStore, ResponseCache, RevisionWatch
from targets.models import Area, Indicator, Plan, Policy
from targets.records import revision
from tests import api
from tests.database import settle
from tests.make import JINGXIAN, bring_to, enter, open_desk, publish
from tests.memory import traced

ADDRESSES = [
    *api.ADDRESSES,
    "/api/v1/indicators/?format=csv",
    "/api/v1/indicators/?format=jsonstat",
    "/api/v1/csv/targets.csv",
    "/api/v1/datapackage.json",
    "/api/v1/stratml.xml",
    "/embed/indicator/I13/",
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
    """The kept answers before Django; `made` are the addresses that Django was asked for."""

    def __init__(self, room: int = response_cache.ROOM, site: Callable | None = None):
        self.made, self.site = [], site or WSGIHandler()
        self.kept = ResponseCache(self._count, room)

    def _count(self, environ, start_response):
        self.made.append(environ["PATH_INFO"])
        return self.site(environ, start_response)

    def ask(self, address: str, method: str = "GET", **headers) -> Answer:
        return answer_of(self.kept, address, method, **headers)

    def ask_often(self, address: str, **headers) -> Answer:
        """Until it is kept, and once more."""
        return [self.ask(address, **headers) for _ in range(3)][-1]


def answer_of(application: Callable, address: str, method: str = "GET", **headers) -> Answer:
    """Asked as a server asks, and held to what servers and applications agreed on."""
    settle()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    environ = RequestFactory(headers=headers).generic(method, address).environ
    # As a server has it: a cookie that was not sent is none.
    environ = {name: value for name, value in environ.items() if name != "HTTP_COOKIE" or "cookie" in headers}
    environ |= {"wsgi.input": BytesIO(), "wsgi.errors": sys.stderr}
    begun = []

    def start_response(status, headers, fault=None):
        begun.extend([status, headers])
        return begun.append

    content = validator(application)(environ, start_response)
    body = b"".join(content)
    content.close()
    status, sent = begun
    return Answer(int(status.split()[0]), dict(sent), body)


@pytest.fixture(autouse=True)
def lasting_connection():
    """As Django's own test client does: a request neither begins nor ends the connection of the test."""
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
def test_a_kept_answer_is_the_one_that_django_gives(plan, server, address, packing):
    whole = answer_of(WSGIHandler(), address, accept_encoding=packing)
    given = server.ask_often(address, accept_encoding=packing)
    assert len(server.made) == 2
    assert (given.status, given.text) == (200, whole.text)
    # A file that is sent as it is made has no length, and what is packed is padded at random.
    lengths = {"Content-Length"}
    assert {name: given.headers[name] for name in given.headers.keys() - lengths} == {
        name: whole.headers[name] for name in whole.headers.keys() - lengths
    }
    assert int(given.headers["Content-Length"]) == len(given.body)


def test_a_kept_answer_has_all_that_keeps_a_browser_safe(plan, server):
    given = server.ask_often("/")
    assert given.headers.keys() >= {
        "Content-Security-Policy",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "Referrer-Policy",
        "Cross-Origin-Opener-Policy",
    }


def test_pages_of_other_sites_may_read_a_kept_answer(plan, server):
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


def say_that_it_is_a_demonstration():
    Plan.objects.update(is_demo=True)


@pytest.mark.parametrize(
    "write", [write_through_the_orm, write_raw_sql, write_many, say_that_it_is_a_demonstration]
)
def test_whoever_writes_the_next_request_shows_it(plan, server, write):
    before = server.ask_often("/api/v1/areas/")
    write()
    now = server.ask("/api/v1/areas/")
    fresh = answer_of(WSGIHandler(), "/api/v1/areas/")
    assert now.body != before.body
    assert (now.body, now.headers) == (fresh.body, fresh.headers)
    # What was known to be asked for often is kept again at once.
    assert server.ask("/api/v1/areas/") == now
    assert len(server.made) == 3


def test_a_value_is_shown_from_its_publication_on_and_not_before(plan, server):
    desk, address = open_desk(), "/api/v1/observations/"
    server.ask_often(address)
    row = bring_to(desk, "accepted", enter(desk))
    assert '"count":2' in server.ask(address).text
    assert len(server.made) == 2
    publish(row, by=desk.publisher)
    assert '"count":3' in server.ask(address).text


def test_what_changes_while_an_answer_is_made_is_not_missed(plan):
    site = WSGIHandler()

    def slow_site(environ, start_response):
        content = site(environ, start_response)
        Policy.objects.filter(code="PO01").update(note=str(len(slow.made)))
        settle()
        return content

    slow = Server(site=slow_site)
    slow.ask_often("/api/v1/policies/")
    assert len(slow.made) == 3


def test_an_answer_is_kept_for_the_day(plan, server, monkeypatch):
    server.ask_often("/")
    monkeypatch.setattr("hengshui_plan.delivery.release.today", lambda: date(2030, 1, 1))
    server.ask("/")
    assert len(server.made) == 3


@pytest.mark.parametrize("headers", [{"cookie": "a=b"}, {"authorization": "Basic eDp5"}])
def test_nothing_is_kept_of_or_for_whoever_may_be_somebody(plan, server, headers):
    server.ask_often("/", **headers)
    server.ask_often("/")
    server.ask("/", **headers)
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
        ("/", "HEAD", 200),
        ("/api/v1/areas/", "OPTIONS", 204),
        ("/api/v1/areas/", "POST", 405),
    ],
)
def test_only_an_answer_to_a_public_get_is_kept(plan, server, address, method, status):
    assert server.ask_often(address, method=method).status == status
    assert len(server.made) == 3


def test_a_host_that_is_not_ours_is_refused_each_time(plan, server):
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
def test_who_asks_in_another_way_gets_an_answer_of_their_own(plan, server, headers):
    address = "/api/v1/indicators/?page_size=3" if "accept" not in headers else "/api/v1/indicators/"
    server.ask_often(address)
    given = server.ask_often(address, **headers)
    whole = answer_of(WSGIHandler(), address, **headers)
    assert (given.text, given.headers["Content-Type"]) == (whole.text, whole.headers["Content-Type"])
    assert len(server.made) == 4


def test_links_have_the_scheme_by_which_each_asked(plan, server, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_SSL_REDIRECT = False
    for _ in range(3):
        for scheme in ("http", "https"):
            answer = json.loads(server.ask("/api/v1/periods/?page_size=1", x_forwarded_proto=scheme).text)
            assert answer["next"].startswith(f"{scheme}:")
    assert len(server.made) == 4


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_else_of_a_request_makes_another_answer(plan, address):
    """What a question is told by: these headers are no part of it, and so they must not matter."""
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


def test_nobody_can_have_an_address_read_in_another_charset_for_all(plan):
    address = "/search/?q=%E4%B8%93%E5%88%A9"
    whole, server = Server().ask(address), Server()
    for _ in range(2):
        server.ask(address, content_type="text/plain; charset=gbk")
    assert server.ask(address).text == whole.text
    assert "涓撳埄" not in whole.text


def test_whoever_has_it_still_gets_a_304_without_a_body(plan, server):
    whole = server.ask_often("/api/v1/areas/")
    again = server.ask("/api/v1/areas/", if_none_match=whole.headers["ETag"])
    assert (again.status, again.body, len(server.made)) == (304, b"", 2)
    lasting = {name for name in whole.headers if not name.startswith("Content-")}
    assert again.headers == {name: whole.headers[name] for name in lasting}
    assert server.ask("/api/v1/areas/", if_none_match='"another"') == whole


def test_questions_that_nobody_repeats_take_no_room_and_turn_nothing_out(plan, server):
    server.ask_often("/api/v1/areas/")
    taken = server.kept.shelf.taken
    for number in range(50):
        server.ask(f"/api/v1/areas/?_={number}")
    assert server.kept.shelf.taken == taken
    made = len(server.made)
    server.ask("/api/v1/areas/")
    assert len(server.made) == made


@pytest.mark.parametrize(
    ("address", "headers"),
    [(f"/areas/?x={'x' * 2000}", {}), ("/api/v1/areas/", {"accept": f"text/{'x' * 2000}, */*"})],
)
def test_a_question_as_long_as_an_answer_is_asked_each_time(plan, server, address, headers):
    """The shelf would be filled by what is asked, not by what is answered."""
    assert server.ask_often(address, **headers).status == 200
    assert (len(server.made), server.kept.shelf.taken) == (3, 0)


def test_an_answer_that_there_is_no_more_leaves_the_shelf(plan, server):
    server.ask_often("/areas/131127/")
    assert server.kept.shelf.taken > 0
    Area.objects.filter(code="131127").update(code="131199")
    assert (server.ask("/areas/131127/").status, server.kept.shelf.taken) == (404, 0)


def test_a_file_that_has_grown_too_long_leaves_the_shelf(plan):
    small = Server(room=8 * 100_000)
    small.ask_often("/api/v1/indicators/?format=csv")
    assert small.kept.shelf.taken > 0
    Indicator.objects.filter(code="I13").update(definition="长" * 40_000, definition_source="试")
    small.ask("/api/v1/indicators/?format=csv")
    assert small.kept.shelf.taken == 0


def test_the_questions_remembered_are_bounded(monkeypatch):
    monkeypatch.setattr(response_cache, "REMEMBERED", 3)
    shelf = AnswerStore(room=100_000)
    for question in "abcd":
        shelf.put((question,), stored(b""))
    shelf.put(("a",), stored(b""))
    assert shelf.taken == 0
    shelf.put(("d",), stored(b""))
    assert shelf.taken > 0


def stored(body: bytes, state: tuple = ()) -> response_cache.CachedAnswer:
    return response_cache.CachedAnswer(state, [], body, "")


def test_what_was_asked_for_least_lately_makes_room():
    shelf = AnswerStore(room=10 * stored(b"").size)
    for question in "abcdefghij":
        shelf.put((question,), stored(b""))
        shelf.put((question,), stored(b""))
    shelf.find(("a",), ())
    for _ in range(2):
        shelf.put(("k",), stored(b""))
    assert shelf.taken == shelf.room
    assert [question for question in "abk" if shelf.find((question,), ())] == ["a", "k"]


def test_an_answer_that_would_take_much_of_the_room_is_not_kept(plan):
    small = Server(room=80_000)
    small.ask_often("/api/v1/indicators/")
    assert (len(small.made), small.kept.shelf.taken) == (3, 0)
    small.ask_often("/api/v1/periods/")
    assert (len(small.made), small.kept.shelf.taken > 0) == (5, True)


@pytest.mark.parametrize("length", [0, 1_800])
def test_what_is_kept_takes_no_more_memory_than_is_counted(plan, server, length):
    def keep(numbers):
        for number in numbers:
            # Of each its own, as they come from a server.
            headers = {"accept": f"application/json, text/x{number}{'x' * length}"}
            tag = server.ask_often(f"/api/v1/?_={number}", **headers).headers["ETag"]
            assert server.ask(f"/api/v1/?_={number}", if_none_match=tag, **headers).status == 304

    keep(range(20))
    counted = server.kept.shelf.taken
    taken = traced(lambda: keep(range(20, 60))).left
    assert taken < server.kept.shelf.taken - counted


def test_a_file_that_was_broken_off_is_not_kept(plan, server):
    address = "/api/v1/indicators/?format=csv"
    environ = RequestFactory().get(address).environ
    del environ["HTTP_COOKIE"]
    for _ in range(3):
        content = server.kept(dict(environ), lambda *told: None)
        next(iter(content))
        content.close()
    assert server.kept.shelf.taken == 0
    assert server.ask(address).text == answer_of(WSGIHandler(), address).text


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="tests/test_serving.py ends PostgreSQL's connections"
)
def test_a_database_that_cannot_be_asked_is_left_to_django(plan, server):
    server.ask_often("/")
    answers = iter([sqlite3.SQLITE_DENY])
    connection.connection.set_authorizer(lambda *asked: next(answers, sqlite3.SQLITE_OK))
    try:
        assert (server.ask("/").status, server.ask("/").status) == (200, 200)
    finally:
        connection.connection.set_authorizer(None)
    assert len(server.made) == 3


def test_a_kept_answer_costs_one_look_at_the_state_of_the_data(plan, server):
    server.ask_often("/areas/")
    with CaptureQueriesContext(connection) as asked:
        server.ask("/areas/")
    looks = [query["sql"] for query in asked if "CONSTRAINTS" not in query["sql"]]
    by_engine = {"sqlite": revision.NEWEST, "postgresql": f"SELECT {revision.NEWEST_ON_POSTGRESQL}()"}
    assert looks == [by_engine[connection.vendor]]


def test_kept_answers_differ_as_their_data_do(plan, server):
    """Two lists side by side: neither is given for the other."""
    first, second = server.ask_often("/indicators/I09/"), server.ask_often("/indicators/I13/")
    assert Indicator.objects.get(code="I09").name in first.text
    assert Indicator.objects.get(code="I13").name in second.text
    assert server.ask("/indicators/I09/") == first


@pytest.mark.django_db(transaction=True)
def test_after_a_change_one_makes_the_answer_for_all_who_wait(plan_live):
    site, looked, second = WSGIHandler(), Semaphore(0), Event()

    def slow_site(environ, start_response):
        if len(server.made) > 3:
            second.set()
        elif len(server.made) == 3:
            # All have looked up the state of the data: whoever did not wait for this one would be here next.
            assert all(looked.acquire(timeout=20) for _ in range(4))
            second.wait(0.5)
        return site(environ, start_response)

    class Watched(RevisionWatch):
        def state(self):
            found = super().state()
            looked.release()
            return found

    def ask(_):
        try:
            return server.ask("/api/v1/areas/").text
        finally:
            connection.close()

    server = Server(site=slow_site)
    server.ask_often("/api/v1/areas/")
    write_through_the_orm()
    server.kept.lookout = Watched()
    with ThreadPoolExecutor(4) as readers:
        answers = set(readers.map(ask, range(4)))
    assert (len(answers), len(server.made)) == (1, 3)


@pytest.mark.parametrize("first_fails", [False, True])
def test_a_look_serves_whoever_asked_before_it_and_nobody_who_asked_later(monkeypatch, first_fails):
    """Four ask while a look is taken: it is not for them, whatever comes of it, and they share another."""
    looking, asking, go_on = Semaphore(0), Semaphore(0), Semaphore(0)
    looks = iter("abcde")

    def slow_look():
        found = next(looks)
        looking.release()
        assert go_on.acquire(timeout=20)
        if first_fails and found == "a":
            raise OperationalError
        return found

    def ask_later():
        asking.release()
        return lookout.state()

    monkeypatch.setattr("hengshui_plan.delivery.release.state", slow_look)
    lookout = RevisionWatch()
    with ThreadPoolExecutor(5) as readers:
        first = readers.submit(lookout.state)
        assert looking.acquire(timeout=20)
        later = [readers.submit(ask_later) for _ in range(4)]
        assert all(asking.acquire(timeout=20) for _ in later)
        go_on.release(5)
    assert first.result() == (None if first_fails else "a")
    assert not {look.result() for look in later} & {None, "a"}
    # One look at best; of the four one may have been held up before it asked.
    assert next(looks) < "e"
