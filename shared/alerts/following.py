"""Where somebody is in the stream of their alerts: everything that was stored later is new to them, once.

The store counts in whole seconds (``_ts``), so a place is the last second seen and the alerts that were seen of it:
what is written later in that very second is still new. Clocks of workers play no part.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

PLACE = re.compile(r"[0-9]{1,11}(\.[0-9a-f]{12})*")
LONGEST_PLACE = 6000
"""Characters: some 460 alerts to one person within one second, and short enough for a URL."""


@dataclass(frozen=True)
class Seen:
    """An alert as far as order matters: when the store took it, in seconds of Unix time, and a part of its id."""

    second: int
    mark: str

    @classmethod
    def of(cls, second: int, alert_id: str) -> Self:
        return cls(second, alert_id.replace("-", "")[:12])


@dataclass(frozen=True)
class Place:
    second: int = 0
    marks: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of a text that matches :data:`PLACE`."""
        second, *marks = text.split(".")
        return cls(int(second), frozenset(marks))

    def __str__(self) -> str:
        return ".".join([str(self.second), *sorted(self.marks)])

    def is_new(self, alert: Seen) -> bool:
        return alert.second > self.second or (alert.second == self.second and alert.mark not in self.marks)

    def past(self, shown: Sequence[Seen]) -> "Place":
        """The place after these, the oldest of what was new."""
        latest = max([self.second, *(each.second for each in shown)])
        before = self.marks if latest == self.second else frozenset()
        return Place(latest, before | {each.mark for each in shown if each.second == latest})
