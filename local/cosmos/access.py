"""By which way SQLite reaches the items of a query.

Its planner knows neither how often a token occurs nor that a query stops after the first page. So this counts, and no
further than ``FEW``: what few items meet is where to begin, and they are sorted afterwards. If there is no such
condition, the items are met in the order that is wanted, until there are enough.
"""

from collections.abc import Sequence
from typing import NamedTuple

from local.cosmos.documents import Condition, Documents
from local.cosmos.sql.plan import Plan
from local.cosmos.sql.pushdown import Pushed

FEW = 3000


class Way(NamedTuple):
    via: str = ""
    """Which index SQLite has to take: INDEXED BY one, or NOT INDEXED, which leaves the number of the item; else any."""
    more: tuple[Condition, ...] = ()


ANY = Way()


def way(documents: Documents, part: Sequence[Condition], pushed: Pushed | None, plan: Plan) -> Way:
    """``part``: the conditions on the partition key, which are not in ``pushed``."""
    by_elements = _by_elements(documents, pushed) if pushed else None
    if by_elements:
        return by_elements
    if not documents.container.is_hierarchical or any(each.text.startswith("pk=") for each in part):
        return ANY  # one partition, which all indexes of such a container begin with
    return _by_few(documents, part, pushed) or _in_order(documents, plan)


def _by_elements(documents: Documents, pushed: Pushed) -> Way | None:
    counted = [(documents.holders(each, FEW), number) for number, each in enumerate(pushed.lookups)]
    count, number = min(counted, default=(FEW, 0))
    if count >= FEW:
        return None
    rarest = pushed.lookups[number]
    union = " UNION ALL ".join(f"SELECT seq FROM {each.table} WHERE value=?" for each in rarest)
    return Way("NOT INDEXED", (Condition(f"seq IN ({union})", [each.value for each in rarest]),))


def _by_few(documents: Documents, part: Sequence[Condition], pushed: Pushed | None) -> Way | None:
    if part and documents.meeting(part, "", FEW) < FEW:
        return ANY
    best, fewest = None, FEW
    for each in pushed.single if pushed else []:
        name = documents.ordered_by.get(("/".join(map(str, each.about)),))
        if name:
            via = f"INDEXED BY {name}"
            count = documents.meeting([Condition(each.condition, each.arguments), *part], via, fewest)
            if count < fewest:
                best, fewest = via, count
    return Way(best) if best else None


def _in_order(documents: Documents, plan: Plan) -> Way:
    """In the order of their making, where any will do."""
    if plan.order:
        wanted = tuple("/".join(map(str, keys)) for keys, _ in plan.order)
        one_way = len({down for _, down in plan.order}) == 1
        name = documents.ordered_by.get(wanted) if one_way else None
        return Way(f"INDEXED BY {name}") if name else ANY
    return ANY if plan.query.order or plan.query.group or plan.aggregates else Way("NOT INDEXED")
