"""HTTP clients in threads, each with one connection."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from typing import NamedTuple

from serve import Server


class Read(NamedTuple):
    path: str
    began: float
    ended: float
    status: int
    body: bytes


def read_all(server: Server, paths: Iterable[str], clients: int, headers: dict) -> list[int]:
    """Return the statuses."""
    waiting = list(paths)[::-1]

    def read_some() -> list[int]:
        return [read.status for read in _reading(server, lambda: waiting.pop() if waiting else None, headers)]

    with ThreadPoolExecutor(clients) as pool:
        futures = [pool.submit(read_some) for _ in range(clients)]
        return [status for future in futures for status in future.result()]


class Crowd:
    """Clients that read until the end of the block. Only bodies of `watched` are kept."""

    def __init__(self, server: Server, paths: Callable[[], str], clients: int, watched: str):
        self.server, self.paths, self.clients, self.watched = server, paths, clients, watched
        self.over = Event()

    def __enter__(self):
        self.pool = ThreadPoolExecutor(self.clients)
        self.futures = [self.pool.submit(self._read) for _ in range(self.clients)]
        return self

    def __exit__(self, *args):
        self.over.set()
        self.pool.shutdown()

    def reads(self) -> list[Read]:
        """Call after the block; raises the error of a client."""
        return [read for future in self.futures for read in future.result()]

    def _read(self) -> list[Read]:
        reads = _reading(self.server, lambda: None if self.over.is_set() else self.paths(), {})
        return [read if read.path == self.watched else read._replace(body=b"") for read in reads]


def _reading(server: Server, next_path: Callable[[], str | None], headers: dict) -> Iterator[Read]:
    with closing(server.connect()) as connection:
        while path := next_path():
            began = time.monotonic()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            yield Read(path, began, time.monotonic(), answer.status, body)
