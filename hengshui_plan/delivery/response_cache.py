"""Answers kept in front of Django: what anybody may read is made once for each state of the data.

A WSGI wrapper. Which answers may be kept is said in one place, `delivery.middleware.revalidate`: those that
 it gives an ETag. Here they are held, as they went out, under all of the request that they could depend
on. Each request makes sure of the state of the data first, so that none is ever stale, whoever wrote.
"""

import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from django.db import Error, connection
from django.middleware.gzip import re_accepts_gzip

from hengshui_plan.delivery import release, walindex
from targets.records import revision

# What tells one question from another. Of its packing an answer depends on whether it is packed at all.
ASKED = (
    "wsgi.url_scheme",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_ACCEPT",
    "HTTP_ORIGIN",
)
# As Django finds it out; its expression is a lazy one, which takes a while at each use.
accepts_gzip = re_accepts_gzip.search
# Whoever sends one of these may get what others must not.
PERSONAL = frozenset({"HTTP_COOKIE", "HTTP_AUTHORIZATION"})
# Of a process; the part of all that one answer may take; how many questions are remembered that were asked
# once; how many answers may be made at the same time.
ROOM, SHARE, REMEMBERED, TURNS = 32 * 2**20, 8, 10_000, 64
# The characters of a question that can be kept; what an answer takes beside its bytes, with its question.
LONGEST, OVERHEAD = 2_000, 8_000

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class CachedAnswer:
    state: tuple
    headers: Headers
    body: bytes
    tag: str

    @property
    def size(self) -> int:
        return len(self.body) + OVERHEAD

    @cached_property
    def headers_unchanged(self) -> Headers:
        """Those of a 304: all but those of the content."""
        return [header for header in self.headers if not header[0].lower().startswith("content-")]


class RevisionWatch:
    """One look at the state of the data serves all who asked before it began, and nobody who asked later.

    On SQLite it also serves those who asked later, as long as the file got no other commit.
    """

    def __init__(self):
        self._lock, self._next = Lock(), []
        # The index of SQLite's log; its header before the newest look, and the mark that was found.
        self._index, self._seen = None, (None, None)

    def state(self) -> tuple | None:
        """None where the database cannot be asked."""
        # Before the look: what is committed meanwhile makes it too old, never too new.
        header = self._index and self._index.header()
        known_by, mark = self._seen
        if header and header == known_by:
            return mark, release.today()
        look = self._next
        with self._lock:
            if not look:
                # Whoever comes from here on gets the next: this one may miss what was committed before.
                self._next = []
                look.append(self._look(header))
            return look[0]

    def _look(self, header: bytes | None) -> tuple | None:
        try:
            if header:
                self._seen = header, self._index.ask(revision.NEWEST)
                return self._seen[1], release.today()
            state = release.state()
        except (Error, sqlite3.Error):
            return None
        if connection.vendor == "sqlite":
            self._index = walindex.opened(str(connection.settings_dict["NAME"]))
        return state


class AnswerStore:
    """Answers by question, within so many bytes: whatever was asked for least lately goes first.

    An answer is put there when its question comes a second time, so that a run of questions that nobody
    repeats, as with random parameters, neither grows it nor empties it.
    """

    def __init__(self, room: int):
        self.room, self.taken = room, 0
        self._answers: OrderedDict[tuple, CachedAnswer] = OrderedDict()
        self._asked_once: OrderedDict[int, None] = OrderedDict()
        self._lock = Lock()

    def find(self, question: tuple, state: tuple) -> CachedAnswer | None:
        with self._lock:
            answer = self._answers.get(question)
            if answer is None or answer.state != state:
                return None
            self._answers.move_to_end(question)
            return answer

    def holds(self, question: tuple) -> bool:
        """An answer to it, of whatever state of the data."""
        return question in self._answers

    def put(self, question: tuple, answer: CachedAnswer):
        with self._lock:
            if question not in self._answers and not self._was_asked(hash(question)):
                return
            self._take_out(question)
            if answer.size > self.room // SHARE:
                return
            self._answers[question] = answer
            self.taken += answer.size
            while self.taken > self.room:
                self._take_out(next(iter(self._answers)))

    def forget(self, question: tuple):
        with self._lock:
            self._take_out(question)

    def _was_asked(self, question: int) -> bool:
        if self._asked_once.pop(question, self) is None:
            return True
        self._asked_once[question] = None
        if len(self._asked_once) > REMEMBERED:
            self._asked_once.popitem(last=False)
        return False

    def _take_out(self, question: tuple):
        if gone := self._answers.pop(question, None):
            self.taken -= gone.size


class TeeStream:
    """A file on its way out; once it is whole, `then` gets its bytes, or None where they are too many."""

    def __init__(self, content: Iterable[bytes], longest: int, then: Callable[[bytes | None], None]):
        self._content, self._longest, self._then = content, longest, then

    def __iter__(self) -> Iterator[bytes]:
        parts, size = [], 0
        for part in self._content:
            size += len(part)
            if size <= self._longest:
                parts.append(part)
            else:
                parts.clear()
            yield part
        self._then(b"".join(parts) if size <= self._longest else None)

    def close(self):
        if hasattr(self._content, "close"):
            self._content.close()


class ResponseCache:
    """Django's WSGI application, asked only for what is not kept."""

    def __init__(self, application: Callable, room: int = ROOM):
        self.application, self.lookout, self.shelf = application, RevisionWatch(), AnswerStore(room)
        self._turns = [Lock() for _ in range(TURNS)]

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            # Of what type no content is must not matter: Django would read the address by its charset.
            environ.pop("CONTENT_TYPE", None)
        if environ["REQUEST_METHOD"] != "GET" or not environ.keys().isdisjoint(PERSONAL):
            return self.application(environ, start_response)
        question = _question(environ)
        state = self.lookout.state()
        if state is None:
            # Django finds out by itself, tries a new connection, and says so where that does not help.
            return self.application(environ, start_response)
        answer = self.shelf.find(question, state)
        if answer is None:
            if sum(map(len, filter(None, question[1:]))) > LONGEST:
                return self.application(environ, start_response)
            with self._turn(question):
                answer = self.shelf.find(question, state)
                if answer is None:
                    return self._ask(environ, start_response, question, state)
        return _given(answer, environ, start_response)

    def _turn(self, question: tuple) -> AbstractContextManager:
        """After a change many ask at once for what everybody asks for: one makes it, for all of them."""
        return self._turns[hash(question) % TURNS] if self.shelf.holds(question) else nullcontext()

    def _ask(self, environ, start_response, question: tuple, state: tuple) -> Iterable[bytes]:
        begun = []

        def start(status: str, headers: Headers, *fault):
            begun[:] = [status, headers]
            return start_response(status, headers, *fault)

        content = self.application(environ, start)
        status, headers = begun
        tag = next((value for name, value in headers if name.lower() == "etag"), "")
        if not tag:
            self.shelf.forget(question)
        if not tag or not status.startswith("200 "):
            return content

        def keep(body: bytes | None):
            if body is None:
                self.shelf.forget(question)
            else:
                self.shelf.put(question, CachedAnswer(state, _with_length(headers, body), body, tag))

        if content.streaming:
            return TeeStream(content, self.shelf.room // SHARE, keep)
        keep(content.content)
        return content


def _given(answer: CachedAnswer, environ: dict, start_response: Callable) -> list[bytes]:
    known = environ.get("HTTP_IF_NONE_MATCH")
    # Nearly always one tag, as it was given.
    if known and (known == answer.tag or answer.tag in release.tags_in(known)):
        start_response("304 Not Modified", answer.headers_unchanged)
        return []
    start_response("200 OK", answer.headers)
    return [answer.body]


def _question(environ: dict) -> tuple:
    is_packed = accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")) is not None
    return (is_packed, *map(environ.get, ASKED))


def _with_length(headers: Headers, body: bytes) -> Headers:
    """A file that was sent as it was made had none."""
    told = any(name.lower() == "content-length" for name, _ in headers)
    return headers if told else [*headers, ("Content-Length", str(len(body)))]
