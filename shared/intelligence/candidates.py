"""Which reports are worth comparing with one: found by keys in an index, a bounded number for each report."""

import math
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from shared.intelligence.features import Features

PER_KEY = 150
"""A key that more reports have tells nothing; only the newest are looked at."""
PER_REPORT = 60


def keys(features: Features) -> Iterator[str]:
    """Two reports that share a key may be compared. No key is personal in clear: plates are tokens."""
    worn, products, methods = sorted(features.worn), sorted(features.products), sorted(features.methods)
    yield from (f"plate|{token}" for token in features.plates)
    yield from (f"mark|{mark}" for mark in features.marks)
    yield from (f"worn|{a}|{b}" for a, b in combinations(worn, 2))
    yield from (f"worn|{each}" for each in worn)
    yield from (f"site|{features.site_id}|{each}" for each in (*worn, *products))
    yield from (f"products|{a}|{b}" for a, b in combinations(products, 2))
    yield from (f"way|{method}|{each}" for method in methods for each in (*worn, *products))


class Index:
    """Reports by key, the newest last."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[Features]] = defaultdict(list)
        self._size = 0

    def add(self, features: Features) -> None:
        self._size += 1
        for key in keys(features):
            self._by_key[key].append(features)

    def candidates(self, features: Features) -> list[Features]:
        """Earlier reports, those that share most and rarest keys first, at most ``PER_REPORT``."""
        rank: dict[str, float] = defaultdict(float)
        found: dict[str, Features] = {}
        for key in keys(features):
            sharing = self._by_key.get(key, [])
            for other in sharing[-PER_KEY:]:
                rank[other.report_id] += math.log((self._size + 1) / len(sharing))
                found[other.report_id] = other
        best = sorted(rank, key=lambda each: (-rank[each], each))[:PER_REPORT]
        return [found[each] for each in best if each != features.report_id]
