"""The file everything is in. One process with one connection writes to it, so that nothing needs a lock."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

type Synchronous = Literal["OFF", "NORMAL", "FULL", "EXTRA"]
"""With NORMAL a commit survives the end of the process, with FULL that of the machine."""


class UniquenessError(Exception):
    """Something of that name, or with that unique key, exists already."""


def connect(path: Path, synchronous: Synchronous = "NORMAL") -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    connection.executescript(
        f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA cache_size=-65536;"
        "PRAGMA mmap_size=1073741824; PRAGMA busy_timeout=5000; PRAGMA analysis_limit=400;"
    )
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything inside is kept, or nothing is."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


@contextmanager
def uniqueness() -> Iterator[None]:
    """The one constraint that a request can break, as an error of our own."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise UniquenessError from None
