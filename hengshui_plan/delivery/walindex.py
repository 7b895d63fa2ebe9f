"""Whether anything was committed to an SQLite file, told without a query, which would lock it.

In the file's `-shm`, the index of its log, SQLite tells all processes of each commit. The first bytes are
those that SQLite itself compares to find out whether anything changed (https://sqlite.org/walformat.html).
"""

import os
import sqlite3
from mmap import ACCESS_READ, mmap
from threading import Lock

# Bytes of the header. SQLite writes a copy of it first and this one last: when a commit returns, these are
# new. Read half-written they are like neither the old nor the new ones.
HEADER = 48


class WalIndex:
    """Of one database, to the end of the process.

    POSIX takes from a process all its locks on a file as soon as it closes any handle of it: then others
    would write while SQLite reads here. So there is one of each (`opened`), and it is never closed, neither
    the handle opened here nor the one that the mapping has of it.
    """

    def __init__(self, database: str):
        # The index goes with the last connection and comes back as another file: this one keeps it.
        self._connection = sqlite3.connect(database, uri=True, check_same_thread=False)
        _, _, path = self.ask("PRAGMA database_list")
        (mode,) = self.ask("PRAGMA journal_mode")
        if mode != "wal":
            raise OSError(f"{database} has no index of a log")
        self.ask("SELECT 1 FROM sqlite_master")
        self._header = mmap(os.open(f"{path}-shm", os.O_RDONLY), HEADER, access=ACCESS_READ)

    def header(self) -> bytes:
        """Other bytes after each commit, by whichever process."""
        return self._header[:]

    def ask(self, query: str) -> tuple | None:
        """The first row, by a connection that nothing else uses.

        All rows are read: a reading left unfinished would keep the connection to what was before.
        """
        return next(iter(self._connection.execute(query).fetchall()), None)


_opening, _opened = Lock(), {}


def opened(database: str) -> WalIndex | None:
    """None where there is none: of a database in memory, or with a journal of another kind."""
    with _opening:
        if database not in _opened:
            try:
                _opened[database] = WalIndex(database)
            except (OSError, ValueError, sqlite3.Error):
                _opened[database] = None
        return _opened[database]
