"""Spans and metric points in SQLite, the newest of them: a laptop need not remember for ever."""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_SPANS = 200_000
MOST_POINTS = 50_000


@dataclass(frozen=True)
class Span:
    """One step of a trace; times in nanoseconds since 1970."""

    trace: str
    id: str
    parent: str
    name: str
    begun: int
    ended: int
    failed: bool
    attributes: dict[str, Any]

    @property
    def millis(self) -> float:
        return (self.ended - self.begun) / 1e6


class Store:
    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.executescript("""
            PRAGMA journal_mode = WAL;
            CREATE TABLE IF NOT EXISTS spans (
                number INTEGER PRIMARY KEY, trace TEXT, id TEXT UNIQUE, parent TEXT, name TEXT,
                begun INTEGER, ended INTEGER, failed INTEGER, attributes TEXT
            );
            CREATE INDEX IF NOT EXISTS by_trace ON spans (trace);
            CREATE TABLE IF NOT EXISTS points (
                number INTEGER PRIMARY KEY, name TEXT, at INTEGER, value TEXT, attributes TEXT
            );
        """)

    def add_spans(self, spans: list[Span]) -> None:
        rows = [
            (s.trace, s.id, s.parent, s.name, s.begun, s.ended, int(s.failed), json.dumps(s.attributes)) for s in spans
        ]
        self._connection.executemany("INSERT OR IGNORE INTO spans VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._forget("spans", MOST_SPANS)

    def add_points(self, points: list[tuple[str, int, Any, dict[str, Any]]]) -> None:
        rows = [(name, at, json.dumps(value), json.dumps(attributes)) for name, at, value, attributes in points]
        self._connection.executemany("INSERT INTO points VALUES (NULL, ?, ?, ?, ?)", rows)
        self._forget("points", MOST_POINTS)

    def roots(self, count: int) -> list[tuple[Span, int]]:
        """The first span of each of the newest traces, and how many spans the trace has."""
        text = """
            SELECT first.trace, id, parent, name, begun, whole.ended, failed, attributes, whole.steps
            FROM (SELECT trace, MIN(begun) AS began, MAX(ended) AS ended, COUNT(*) AS steps, MAX(number) AS newest
                  FROM spans GROUP BY trace ORDER BY newest DESC LIMIT ?) AS whole
            JOIN spans AS first ON first.trace = whole.trace AND first.begun = whole.began
            GROUP BY first.trace ORDER BY whole.newest DESC
        """
        return [(_span(row), row[8]) for row in self._connection.execute(text, (count,))]

    def trace(self, identifier: str) -> list[Span]:
        """In order of time."""
        text = (
            "SELECT trace, id, parent, name, begun, ended, failed, attributes FROM spans WHERE trace = ? ORDER BY begun"
        )
        return [_span(row) for row in self._connection.execute(text, (identifier,))]

    def points(self) -> list[dict[str, Any]]:
        """The newest point of each series."""
        text = "SELECT name, attributes, value, MAX(at) FROM points GROUP BY name, attributes ORDER BY name, attributes"
        return [
            {"name": name, "attributes": json.loads(attributes), "value": json.loads(value), "at": at}
            for name, attributes, value, at in self._connection.execute(text)
        ]

    def _forget(self, table: str, most: int) -> None:
        self._connection.execute(
            f"DELETE FROM {table} WHERE number <= (SELECT MAX(number) FROM {table}) - ?",
            (most,),
        )


def _span(row: tuple[Any, ...]) -> Span:
    return Span(row[0], row[1], row[2], row[3], row[4], row[5], bool(row[6]), json.loads(row[7]))
