"""Whether anything was committed to an SQLite file, told without asking SQLite, which locks it to look.

In the file's `-shm`, the index of its log, SQLite tells all processes of each commit. The first bytes are
those that SQLite itself compares to find out whether anything changed (https://sqlite.org/walformat.html).
"""

import os
import sqlite3
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import Lock

# Bytes of the header, which a copy of it follows.
HEADER = 48


class WalIndex:
    """Of one database, to the end of the process.

    POSIX takes from a process all its locks on a file as soon as it closes any handle of it: then others
    would write while SQLite reads here. So there is one of each (`opened`), and it is never closed.
    """

    def __init__(self, database: str):
        # The index goes with the last connection, and comes back as another file.
        self._connection = sqlite3.connect(database, check_same_thread=False)
        self._connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        handle = os.open(f"{database}-shm", os.O_RDONLY)
        self._header = mmap(handle, HEADER, access=ACCESS_READ)

    def header(self) -> bytes:
        """Other bytes after each commit, by whichever process."""
        return self._header[:]


_opening, _opened = Lock(), {}


def opened(database: str) -> WalIndex | None:
    """None where there is none: of a database in memory, or with a journal of another kind."""
    with _opening:
        if database not in _opened:
            _opened[database] = WalIndex(database) if Path(f"{database}-shm").exists() else None
        return _opened[database]
