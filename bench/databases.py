"""The databases of the bench. A mark says from which sources one was made."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"
POSTGRES_URL = os.environ.get("BENCH_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


class Sqlite:
    """The mark is the `user_version` of the file."""

    name = "sqlite"

    def path(self, name: str) -> Path:
        return FOLDER / f"{name}.sqlite3"

    def url(self, name: str) -> str:
        return f"sqlite:///{self.path(name)}"

    def create(self, name: str, source: str | None = None):
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.drop(name)
        if source:
            with self._opened(source) as old, self._opened(name) as new:
                old.backup(new)

    def drop(self, name: str):
        for ending in ("", "-wal", "-shm"):
            Path(f"{self.path(name)}{ending}").unlink(missing_ok=True)

    def rows(self, name: str, query: str) -> list[tuple]:
        with self._opened(name) as connection:
            return connection.execute(query).fetchall()

    def tidy(self, name: str):
        """No ANALYZE: the product runs without it too."""

    def mark(self, name: str) -> int | None:
        return self.rows(name, "PRAGMA user_version")[0][0] if self.path(name).exists() else None

    def set_mark(self, name: str, mark: int):
        self.rows(name, f"PRAGMA user_version = {mark}")

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def _opened(self, name: str):
        return closing(sqlite3.connect(self.path(name)))


class Postgresql:
    """Databases on the server of BENCH_POSTGRES_URL. The mark is the comment of the database."""

    name = "postgresql"

    def url(self, name: str) -> str:
        return urlunsplit(urlsplit(POSTGRES_URL)._replace(path=f"/bench_{name}"))

    def create(self, name: str, source: str | None = None):
        self.drop(name)
        self._run(f"CREATE DATABASE bench_{name} TEMPLATE {f'bench_{source}' if source else 'template0'}")

    def drop(self, name: str):
        self._run(f"DROP DATABASE IF EXISTS bench_{name} WITH (FORCE)")

    def rows(self, name: str, query: str) -> list[tuple]:
        return self._run(query, self.url(name))

    def tidy(self, name: str):
        """Else autovacuum would do it during a measurement."""
        self._run("VACUUM (ANALYZE)", self.url(name))

    def mark(self, name: str) -> int | None:
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'bench_{}'"
        found = self._run(query.format(name))
        return int(found[0][0]) if found and found[0][0] else None

    def set_mark(self, name: str, mark: int):
        self._run(f"COMMENT ON DATABASE bench_{name} IS '{mark}'")

    def version(self) -> str:
        [(version,)] = self._run("SHOW server_version")
        return f"PostgreSQL {version.split()[0]}"

    def _run(self, statement: str, url: str = POSTGRES_URL) -> list[tuple]:
        with closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []


ENGINES = {engine.name: engine for engine in (Sqlite(), Postgresql())}
