"""A cache of public answers in front of Django: see docs/decisions/0004-response-cache.md."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from django.middleware.gzip import re_accepts_gzip

from hengshui_plan.delivery import release
from hengshui_plan.delivery.revision_watch import RevisionWatch

KEY_VARIABLES = (
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
# Once: Django's expression is a slow lazy object.
accepts_gzip = re_accepts_gzip.search
PERSONAL = frozenset({"HTTP_COOKIE", "HTTP_AUTHORIZATION"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# Bytes in each process; one answer may take 1 / MAX_SHARE of them.
CAPACITY, MAX_SHARE = 32 * 2**20, 8
# Characters of a key; bytes of an answer besides its body.
MAX_KEY_LENGTH, OVERHEAD = 2_000, 9_000
MAX_SEEN_ONCE = 10_000
KEY_LOCKS = 64

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
    def headers_of_304(self) -> Headers:
        return [header for header in self.headers if not header[0].lower().startswith("content-")]


class AnswerStore:
    """Stores a key at its second request, so that random ones take no space."""

    def __init__(self, capacity: int):
        self.capacity, self.size = capacity, 0
        self._answers: OrderedDict[tuple, CachedAnswer] = OrderedDict()
        self._seen_once: OrderedDict[int, None] = OrderedDict()
        self._lock = Lock()

    @property
    def max_answer_size(self) -> int:
        return self.capacity // MAX_SHARE

    def get(self, key: tuple, state: tuple) -> CachedAnswer | None:
        with self._lock:
            answer = self._answers.get(key)
            if answer is None or answer.state != state:
                return None
            self._answers.move_to_end(key)
            return answer

    def has(self, key: tuple) -> bool:
        return key in self._answers

    def put(self, key: tuple, answer: CachedAnswer):
        with self._lock:
            if key not in self._answers and not self._was_seen(hash(key)):
                return
            self._remove(key)
            if answer.size > self.max_answer_size:
                return
            self._answers[key] = answer
            self.size += answer.size
            while self.size > self.capacity:
                self._remove(next(iter(self._answers)))

    def remove(self, key: tuple):
        with self._lock:
            self._remove(key)

    def _was_seen(self, key_hash: int) -> bool:
        if key_hash in self._seen_once:
            del self._seen_once[key_hash]
            return True
        self._seen_once[key_hash] = None
        if len(self._seen_once) > MAX_SEEN_ONCE:
            self._seen_once.popitem(last=False)
        return False

    def _remove(self, key: tuple):
        if answer := self._answers.pop(key, None):
            self.size -= answer.size


class TeeStream:
    """Passes a stream on, then calls `done` with all bytes, or None if too many."""

    def __init__(self, content: Iterable[bytes], max_size: int, done: Callable[[bytes | None], None]):
        self._content, self._max_size, self._done = content, max_size, done

    def __iter__(self) -> Iterator[bytes]:
        parts, size = [], 0
        for part in self._content:
            size += len(part)
            if size <= self._max_size:
                parts.append(part)
            else:
                parts.clear()
            yield part
        self._done(b"".join(parts) if size <= self._max_size else None)

    def close(self):
        if hasattr(self._content, "close"):
            self._content.close()


class ResponseCache:
    def __init__(self, application: Callable, capacity: int = CAPACITY, watch: RevisionWatch | None = None):
        self.application, self.store = application, AnswerStore(capacity)
        self.watch = watch or RevisionWatch()
        self._locks = [Lock() for _ in range(KEY_LOCKS)]

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method not in SAFE_METHODS:
            return self._write(environ, start_response)
        if method in ("GET", "HEAD"):
            # Django would decode the query by its charset.
            environ.pop("CONTENT_TYPE", None)
        if method != "GET" or not environ.keys().isdisjoint(PERSONAL):
            return self.application(environ, start_response)
        state = self.watch.state(release.plan_in(environ["PATH_INFO"]))
        if state is None:
            # Django reconnects, or reports the error.
            return self.application(environ, start_response)
        key = cache_key(environ)
        answer = self.store.get(key, state)
        if answer is None:
            if sum(map(len, filter(None, key[1:]))) > MAX_KEY_LENGTH:
                return self.application(environ, start_response)
            with self._lock_for(key):
                answer = self.store.get(key, state)
                if answer is None:
                    return self._make_answer(environ, start_response, key, state)
        return _send(answer, environ, start_response)

    def _write(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        try:
            return self.application(environ, start_response)
        finally:
            # The view has committed.
            self.watch.expire()

    def _lock_for(self, key: tuple) -> AbstractContextManager:
        """After a change one thread makes a popular answer; the others wait."""
        return self._locks[hash(key) % KEY_LOCKS] if self.store.has(key) else nullcontext()

    def _make_answer(self, environ: dict, start_response: Callable, key: tuple, state: tuple):
        started: list = []

        def start(status: str, headers: Headers, *exc_info):
            started[:] = [status, headers]
            return start_response(status, headers, *exc_info)

        environ[release.STATE_KEY] = state
        content = self.application(environ, start)
        status, headers = started
        tag = next((value for name, value in headers if name.lower() == "etag"), "")
        if not tag:
            self.store.remove(key)
        if not tag or not status.startswith("200 "):
            return content

        def store(body: bytes | None):
            if body is None:
                self.store.remove(key)
            else:
                self.store.put(key, CachedAnswer(state, _with_length(headers, body), body, tag))

        if content.streaming:
            return TeeStream(content, self.store.max_answer_size, store)
        store(content.content)
        return content


def _send(answer: CachedAnswer, environ: dict, start_response: Callable) -> list[bytes]:
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and (known == answer.tag or answer.tag in release.weak_tags(known)):
        start_response("304 Not Modified", answer.headers_of_304)
        return []
    start_response("200 OK", answer.headers)
    return [answer.body]


def cache_key(environ: dict) -> tuple:
    is_packed = accepts_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")) is not None
    return (is_packed, *map(environ.get, KEY_VARIABLES))


def _with_length(headers: Headers, body: bytes) -> Headers:
    has_length = any(name.lower() == "content-length" for name, _ in headers)
    return headers if has_length else [*headers, ("Content-Length", str(len(body)))]
