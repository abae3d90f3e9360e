"""What is stored of people, told by the code that stores it: containers, kinds of records and their sealed fields."""

import functools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.alias_generators import to_camel

from shared.sealing.records import Record

TABLE = Path(__file__).with_name("activities.toml")


@dataclass(frozen=True)
class Stored:
    """One kind of record; ``personal`` are the fields that are sealed, as programs name them."""

    name: str
    container: str
    personal: tuple[str, ...]


@dataclass(frozen=True)
class Activity:
    """One row of the record of processing."""

    name: str
    containers: tuple[str, ...]
    about: tuple[str, ...]
    data: tuple[str, ...]
    purposes: tuple[str, ...]
    basis: str
    recipients: tuple[str, ...]
    categories: tuple[str, ...]

    def stored(self) -> list[Stored]:
        return [each for each in inventory() if each.container in self.containers]


@functools.cache
def table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text())


@functools.cache
def activities() -> tuple[Activity, ...]:
    return tuple(_activity(row) for row in table()["activity"])


def _activity(row: dict[str, Any]) -> Activity:
    values: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in row.items()}
    return Activity(**values)


def inventory() -> list[Stored]:
    """Every kind of record that the running application has, in order of container and name."""
    found = {
        Stored(each.__name__, each.container, tuple(to_camel(name) for name in each.sealed_fields))
        for each in _kinds(Record)
        if each.__module__.startswith("shared.")
    }
    return sorted(found, key=lambda each: (each.container, each.name))


def not_described() -> list[Stored]:
    """What holds personal fields and stands in no row yet: an empty list, or work for a privacy officer."""
    known = {container for each in activities() for container in each.containers}
    return [each for each in inventory() if each.personal and each.container not in known]


def _kinds(kind: type[Record]) -> Iterator[type[Record]]:
    """Those that are stored, and not what they have in common."""
    for each in kind.__subclasses__():
        if hasattr(each, "container"):
            yield each
        yield from _kinds(each)
