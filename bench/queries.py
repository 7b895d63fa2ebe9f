"""Counts the queries of an answer: python bench/inside.py queries PATH …"""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from serve import HOST


def main(paths: list[str]) -> dict[str, int]:
    client = Client(headers={"host": HOST})
    return {path: _queries(client, path) for path in paths}


def _queries(client: Client, path: str) -> int:
    # Not counted: what is made once per process.
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
        answer.getvalue()
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code}")
    return len(captured)
