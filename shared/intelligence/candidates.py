"""Which reports are worth comparing with one: those that share most and rarest things, a bounded number for each."""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterator
from operator import itemgetter

from shared.intelligence.features import Features
from shared.intelligence.rates import Rates

PER_KEY = 2000
"""Of a key that more reports have, only the newest are looked at."""
PER_REPORT = 100


def keys(features: Features) -> Iterator[str]:
    """What two reports can share. No key is personal in clear: plates are tokens."""
    yield from (f"plate|{token}" for token in features.plates)
    yield from (f"mark|{mark}" for mark in features.marks)
    yield from (f"worn|{each}" for each in features.worn)
    yield from (f"product|{each}" for each in features.products)
    yield from (f"method|{each}" for each in features.methods)
    yield f"site|{features.site_id}"


class Index:
    """Reports by key, the newest last."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[str]] = defaultdict(list)
        self._size = 0

    def add(self, features: Features) -> None:
        self._size += 1
        for key in keys(features):
            self._by_key[key].append(features.report_id)

    def candidates(self, features: Features, rates: Rates) -> list[str]:
        """Ids of other reports, those that share most and rarest keys first, at most ``PER_REPORT``."""
        rank: dict[str, float] = defaultdict(float)
        for key in keys(features):
            self._count(rank, key)
        share = -math.log(max(rates.mass.get(features.site_id, 1.0), 1e-9))
        for site in rates.near.get(features.site_id, ()):
            for other in self._by_key.get(f"site|{site}", [])[-PER_KEY:]:
                rank[other] += share / 2
        rank.pop(features.report_id, None)
        return [each for each, _ in heapq.nlargest(PER_REPORT, rank.items(), key=itemgetter(1, 0))]

    def _count(self, rank: dict[str, float], key: str) -> None:
        sharing = self._by_key.get(key)
        if sharing:
            tells = math.log((self._size + 1) / len(sharing))
            for other in sharing[-PER_KEY:]:
                rank[other] += tells
