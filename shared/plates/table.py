"""One list in memory: which entries a token may belong to, in about 40 bytes an entry.

A hash table with open addressing over plain arrays. It holds the first 64 bits of each folded token, which entry it
came from, and until when that is in force. No plate and no text is in it. Two tokens may begin alike, so whoever finds
something looks the entry up before anything is made of it; what is not found is certainly not listed.
"""

import uuid
from array import array
from collections.abc import Iterator
from datetime import datetime

FULLEST = 2 / 3
"""Of its slots that are taken: searching what is not there then looks at five slots on average, at any size."""
SMALLEST = 64
GROWTH = 1.5
ID_BYTES = 16


class Table:
    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * SMALLEST))
        """The numbers that tokens begin with; 0 is an empty slot."""
        self._rows = array("I", bytes(4 * SMALLEST))
        self._ends = array("I")
        """Unix seconds by row; 0 once an entry is out of force."""
        self._ids = bytearray()

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def nbytes(self) -> int:
        arrays = sum(each.itemsize * len(each) for each in (self._slots, self._rows, self._ends))
        return arrays + len(self._ids)

    def put(self, number: int, entry: str, ends: datetime) -> None:
        """Takes in an entry, or what has changed about it."""
        identifier, seconds = uuid.UUID(entry).bytes, max(int(ends.timestamp()), 0)
        for row in self._rows_of(number):
            if self._id(row) == identifier:
                self._ends[row] = seconds
                return
        if len(self) + 1 > FULLEST * len(self._slots):
            self._grow()
        self._place(number or 1, len(self))
        self._ends.append(seconds)
        self._ids += identifier

    def holds(self, number: int) -> bool:
        """Whether anything begins with this number: all that is asked for almost every read."""
        slots, wanted = self._slots, number or 1
        size = len(slots)
        at = wanted % size
        while taken := slots[at]:
            if taken == wanted:
                return True
            at = at + 1 if at + 1 < size else 0
        return False

    def find(self, number: int, now: datetime) -> Iterator[str]:
        """The ids of the entries in force."""
        for row in self._rows_of(number):
            if self._ends[row] > now.timestamp():
                yield str(uuid.UUID(bytes=self._id(row)))

    def _rows_of(self, number: int) -> Iterator[int]:
        size, wanted = len(self._slots), number or 1
        at = wanted % size
        while taken := self._slots[at]:
            if taken == wanted:
                yield self._rows[at]
            at = at + 1 if at + 1 < size else 0

    def _id(self, row: int) -> bytes:
        return bytes(self._ids[row * ID_BYTES : (row + 1) * ID_BYTES])

    def _place(self, number: int, row: int) -> None:
        size = len(self._slots)
        at = number % size
        while self._slots[at]:
            at = at + 1 if at + 1 < size else 0
        self._slots[at], self._rows[at] = number, row

    def _grow(self) -> None:
        """An odd number of slots, so that all bits of a number decide where it goes."""
        slots, rows = self._slots, self._rows
        size = int(len(slots) * GROWTH) | 1
        self._slots, self._rows = array("Q", bytes(8 * size)), array("I", bytes(4 * size))
        for number, row in zip(slots, rows, strict=True):
            if number:
                self._place(number, row)
