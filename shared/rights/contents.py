"""What of a record can be given to a person, and what has to be taken out of it. Pure functions on JSON.

A record tells of several people. Given is what is the person's; every other person and vehicle is taken out as a
whole, their names and plates out of every text as well, and whatever an officer names. What is taken out is not in the
package at all: nothing is painted over that could be looked under.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.complaints.models import Incoming
from shared.errors import FieldError, Invalid
from shared.evidence.models import Evidence
from shared.people.models import Profile
from shared.plates.models import Candidate, KeptRead, WatchlistEntry
from shared.reports.models import Report
from shared.rights.decisions import Holding
from shared.sealing.records import Record
from shared.sealing.tokens import normalised_name, normalised_plate

MODELS: dict[Holding, type[Record]] = {
    "report": Report,
    "watchlist_entry": WatchlistEntry,
    "plate_candidate": Candidate,
    "plate_read": KeptRead,
    "profile": Profile,
    "complaint": Incoming,
    "evidence": Evidence,
}
ERASABLE: dict[Holding, str] = {
    "report": "report",
    "watchlist_entry": "entry",
    "plate_candidate": "candidate",
    "profile": "profile",
    "complaint": "complaint",
    "evidence": "evidence",
}
"""The kinds of the retention engine. A kept read goes with its day, in some days at most."""
FIELDS: dict[Holding, tuple[str, ...]] = {
    "report": (
        "type", "occurredAt", "submittedAt", "howKnown", "whatHappened", "methods", "items", "people", "vehicles",
        "weaponSeen", "anyoneHurt", "policeReference", "status", "statements",
    ),
    "watchlist_entry": ("plate", "reason", "caseReference", "make", "colour", "createdAt", "expiresAt"),
    "plate_candidate": ("plate", "capturedAt", "state", "confidence", "make", "colour"),
    "plate_read": ("plate", "capturedAt", "make", "colour"),
    "profile": (
        "subject", "label", "reason", "names", "clothing", "marks", "carried", "behaviour", "vehicle", "disputed",
        "openedAt", "lastEventAt",
    ),
    "complaint": (
        "reference", "about", "receivedAt", "name", "contact", "whatHappened", "wanted", "state", "outcome", "answer",
    ),
    "evidence": ("mediaKind", "eventAt", "capturedAt", "description"),
}  # fmt: skip
"""What tells of the person. Who wrote it, tokens, commitments and the like tell of nobody but staff."""
LISTS = ("people", "vehicles")


@dataclass(frozen=True)
class Cut:
    """What is left, and how many passages were taken out."""

    content: dict[str, Any]
    removed: int


def content_of(kind: Holding, record: Record) -> dict[str, Any]:
    """Everything of it that tells of somebody, under its JSON names."""
    document = record.model_dump(mode="json", by_alias=True)
    return {name: document[name] for name in FIELDS[kind] if document.get(name) not in (None, [], "")}


def theirs(content: Mapping[str, Any], full_name: str, plates: Iterable[str]) -> list[str]:
    """Which people and vehicles of a record look like the person's: by name, and by plate. A suggestion."""
    known = {normalised_plate(each) for each in plates}
    words = set(normalised_name(full_name).split())
    people = [
        f"/people/{place}"
        for place, each in enumerate(content.get("people", []))
        if each.get("name") and words <= set(normalised_name(each["name"]).split())
    ]
    vehicles = [
        f"/vehicles/{place}"
        for place, each in enumerate(content.get("vehicles", []))
        if each.get("plate") and normalised_plate(each["plate"]) in known
    ]
    return people + vehicles


def cut(
    content: Mapping[str, Any], mine: Iterable[str], redact: Iterable[str], leave_out: Iterable[str], mark: str
) -> Cut:
    """The content without what is not the person's. ``mark`` stands where something was taken out of a text.

    Raises :class:`Invalid` for a passage, a field or a place that is not in the record: a slip of the pen must not let
    something through.
    """
    mine, redact, leave_out = set(mine), list(redact), list(leave_out)
    _check(content, mine, redact, leave_out)
    kept, removed, others = dict[str, Any](), 0, list[str]()
    for name, value in content.items():
        if name in leave_out:
            removed += 1
        elif name in LISTS:
            own = [each for place, each in enumerate(value) if f"/{name}/{place}" in mine]
            strangers = [each for place, each in enumerate(value) if f"/{name}/{place}" not in mine]
            removed += len(strangers)
            others += [text for each in strangers for text in (each.get("name"), each.get("plate")) if text]
            if own:
                kept[name] = [{key: one for key, one in each.items() if one is not None} for each in own]
        else:
            kept[name] = value
    own_words = {normalised_name(str(each.get("name") or "")) for each in kept.get("people", [])}
    others = [each for each in others if normalised_name(each) not in own_words]
    cleaned, count = _without(kept, [*redact, *others, *_single_words(others)], mark)
    return Cut(cleaned, removed + count)


def _single_words(names: Iterable[str]) -> list[str]:
    """Texts often name somebody by the first or last name alone."""
    return [word for each in names for word in re.findall(r"[^\W\d_]{3,}", each)]


def _without(value: Any, passages: list[str], mark: str) -> tuple[Any, int]:
    if isinstance(value, str):
        count = 0
        for each in sorted(set(passages), key=len, reverse=True):
            pattern = r"(?<!\w)" + r"[\s-]*".join(re.escape(part) for part in each.split()) + r"(?!\w)"
            value, times = re.subn(pattern, mark.replace("\\", r"\\"), value, flags=re.IGNORECASE)
            count += times
        return value, count
    if isinstance(value, list):
        parts = [_without(each, passages, mark) for each in value]
        return [part for part, _ in parts], sum(count for _, count in parts)
    if isinstance(value, dict):
        found = {name: _without(each, passages, mark) for name, each in value.items()}
        return {name: part for name, (part, _) in found.items()}, sum(count for _, count in found.values())
    return value, 0


def _check(content: Mapping[str, Any], mine: set[str], redact: list[str], leave_out: list[str]) -> None:
    errors = []
    for each in sorted(mine):
        _, name, place = each.split("/")
        if int(place) >= len(content.get(name, [])):
            errors.append(FieldError("/mine", "no_such_place", f"The record has no {each}."))
    texts = " ".join(_texts(content)).casefold()
    for number, each in enumerate(redact):
        if each.casefold() not in texts:
            errors.append(
                FieldError(f"/redact/{number}", "not_in_it", "The record has no such passage; copy it from it.")
            )
    for number, each in enumerate(leave_out):
        if each not in content:
            errors.append(FieldError(f"/leaveOut/{number}", "no_such_field", "The record has no such field."))
    if errors:
        raise Invalid("What is to be taken out is not in the record as you wrote it.", errors)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else []
