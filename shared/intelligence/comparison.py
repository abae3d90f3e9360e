"""Compares two reports, one aspect after another. A level says how they agree; no level means nothing is known."""

from collections.abc import Callable, Mapping
from datetime import datetime

from shared.geography import distance_km
from shared.intelligence.features import Features

NEAR_KM, REGION_KM = 10, 50


def levels(one: Features, other: Features) -> Mapping[str, str]:
    """``{aspect: level}`` for the aspects that are known of both. It does not matter which of the two comes first."""
    found = {aspect: compare(one, other) for aspect, compare in ASPECTS.items()}
    return {aspect: level for aspect, level in found.items() if level}


def _plate(one: Features, other: Features) -> str | None:
    """A plate has an exact and a folded token: where only one is shared, it is the folded one."""
    if not (one.plates and other.plates):
        return None
    shared = len(one.plates & other.plates)
    return "same" if shared > 1 else "alike" if shared else "different"


def _marks(one: Features, other: Features) -> str | None:
    return _overlap(one.marks, other.marks)


def _worn(one: Features, other: Features) -> str | None:
    return _overlap(one.worn, other.worn)


def _methods(one: Features, other: Features) -> str | None:
    if one.methods == other.methods and len(one.methods) > 1:
        return "all"
    return _overlap(one.methods, other.methods)


def _products(one: Features, other: Features) -> str | None:
    return _overlap(one.products, other.products)


def _overlap(one: frozenset[str], other: frozenset[str]) -> str | None:
    if not (one and other):
        return None
    return ("none", "one", "several")[min(len(one & other), 2)]


def _place(one: Features, other: Features) -> str | None:
    if one.site_id == other.site_id:
        return "site"
    if one.place is None or other.place is None:
        return None
    apart = distance_km(one.place, other.place)
    return "near" if apart <= NEAR_KM else "region" if apart <= REGION_KM else "far"


def _rhythm(one: Features, other: Features) -> str:
    """The time of day goes round: 23:30 and 00:30 are an hour apart."""
    apart = abs(_hour(one.occurred_at) - _hour(other.occurred_at))
    if min(apart, 24 - apart) > 2:
        return "neither"
    return "day_and_hour" if one.occurred_at.weekday() == other.occurred_at.weekday() else "hour"


def _company(one: Features, other: Features) -> str | None:
    if not (one.suspects and other.suspects):
        return None
    if one.suspects == other.suspects:
        return "alone" if one.suspects == 1 else "same_number"
    return "about" if min(one.suspects, other.suspects) > 1 else "different"


def _hour(moment: datetime) -> float:
    return moment.hour + moment.minute / 60


ASPECTS: Mapping[str, Callable[[Features, Features], str | None]] = {
    "plate": _plate,
    "marks": _marks,
    "worn": _worn,
    "methods": _methods,
    "products": _products,
    "place": _place,
    "rhythm": _rhythm,
    "company": _company,
}
