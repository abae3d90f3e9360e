"""``_self`` links, which name resources by their ids: some calls of the SDK use them as paths."""

from local.cosmos.resources import Resources
from local.cosmos.rids import number
from local.cosmos.wire import not_found

_DATABASE_RID_LENGTH = 8


def is_by_rid(parts: list[str], resources: Resources) -> bool:
    if len(parts) < 2 or parts[0] != "dbs":
        return False
    name = parts[1]
    return len(name) == _DATABASE_RID_LENGTH and name.endswith("==") and not resources.database(name)


def by_name(parts: list[str], resources: Resources) -> list[str]:
    """The same path with names."""
    named = list(parts)
    named[1] = _found(resources.name_of(_number(parts[1])))
    if len(parts) > 3:
        named[3] = _found(resources.name_of(_number(parts[3])))
    if len(parts) > 5:
        documents = resources.container(named[1], named[3])
        named[5] = _found(documents.identifier_of(_number(parts[5])) if documents else None)
    return named


def _number(rid: str) -> int:
    found = number(rid)
    if found is None:
        raise not_found()
    return found


def _found(name: str | None) -> str:
    if name is None:
        raise not_found()
    return name
