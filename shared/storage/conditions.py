"""Conditions of queries, put together clause by clause in forms that Cosmos DB answers from its index.

Values are parameters, always; paths and names are the program's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.clock import rfc3339
from shared.storage.cosmos import has_any


@dataclass
class Where:
    """What has to hold of ``c``, all of it."""

    clauses: list[str] = field(default_factory=list)
    parameters: dict[str, object] = field(default_factory=dict)

    def add(self, clause: str, **parameters: object) -> None:
        self.clauses.append(clause)
        self.parameters |= parameters

    def between(self, path: str, since: datetime | None, until: datetime | None) -> None:
        """From ``since`` on and before ``until``, where they are given."""
        if since:
            self.add(f"c.{path} >= @since", since=rfc3339(since))
        if until:
            self.add(f"c.{path} < @until", until=rfc3339(until))

    def among(self, path: str, values: Sequence[str] | None) -> None:
        """That ``c.path`` is one of the values; nothing is demanded where there are None."""
        if values is not None:
            self.add(f"ARRAY_CONTAINS(@{path}, c.{path})", **{path: list(values)})

    def holds_any(self, path: str, values: Sequence[str]) -> None:
        """That the array ``c.path`` holds at least one of the values, never none."""
        clause, bound = has_any(path, f"p{len(self.parameters)}x", values)
        self.add(clause, **bound)

    @property
    def text(self) -> str:
        return " AND ".join(self.clauses)
