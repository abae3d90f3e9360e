"""Which request is for whom."""

from local.cosmos import admin, batch, feeds, items, query
from local.cosmos.documents import Documents
from local.cosmos.narrowing import key_in
from local.cosmos.resources import Resources
from local.cosmos.wire import (
    OWNER_NOT_FOUND,
    RECREATED,
    Answer,
    Exchange,
    Fault,
    feed,
    key_mismatch,
    not_allowed,
    not_served,
)


def answer(exchange: Exchange, resources: Resources, endpoint: str) -> Answer:
    match exchange.parts:
        case []:
            return admin.account(endpoint)
        case ["offers"]:
            return admin.offers(exchange, resources)
        case ["offers", rid]:
            return admin.offer(exchange, resources, rid)
        case ["dbs"]:
            return admin.databases(exchange, resources)
        case ["dbs", name]:
            return admin.database(exchange, resources, name)
        case ["dbs", name, "colls"]:
            return admin.containers(exchange, resources, name)
        case ["dbs", database, "colls", name, *rest]:
            return _in_container(exchange, resources, _documents(exchange, resources, database, name), rest)
    raise not_served("/".join(exchange.parts))


def _documents(exchange: Exchange, resources: Resources, database: str, name: str) -> Documents:
    documents = resources.container(database, name)
    if documents is None:
        raise Fault(404, "Owner resource does not exist.", OWNER_NOT_FOUND if len(exchange.parts) > 4 else 0)
    expected = exchange.headers.get("x-ms-cosmos-intended-collection-rid")
    if expected and expected != documents.container.rid:
        raise Fault(400, "The container was deleted and created again.", RECREATED)
    exchange.answered["x-ms-alt-content-path"] = f"dbs/{database}/colls/{name}"
    exchange.answered["x-ms-content-path"] = documents.container.rid
    return documents


def _in_container(exchange: Exchange, resources: Resources, documents: Documents, rest: list[str]) -> Answer:
    match rest:
        case []:
            return admin.container(exchange, resources, documents)
        case ["pkranges"]:
            return admin.ranges(exchange, documents)
        case ["docs"]:
            return _all_items(exchange, documents)
        case ["docs", identifier]:
            return items.item(exchange, documents, identifier)
        case ["operations", "partitionkeydelete"]:
            return _delete_key(exchange, documents)
        case ["conflicts"]:  # one region never has any
            return Answer(200, feed(documents.container.rid, "Conflicts", []))
    raise not_served("/".join(rest))


def _all_items(exchange: Exchange, documents: Documents) -> Answer:
    match exchange.verb:
        case "get":
            read = feeds.changes if "a-im" in exchange.headers else feeds.read
            return read(exchange, documents)
        case "post" if exchange.flag("x-ms-cosmos-is-batch-request"):
            return batch.execute(exchange, documents)
        case "post" if _is_query(exchange):
            return query.answer(exchange, documents)
        case "post":
            return items.create(exchange, documents)
    raise not_allowed()


def _is_query(exchange: Exchange) -> bool:
    is_said = exchange.flag("x-ms-documentdb-isquery") or exchange.flag("x-ms-cosmos-is-query-plan-request")
    return is_said or "query+json" in exchange.headers.get("content-type", "")


def _delete_key(exchange: Exchange, documents: Documents) -> Answer:
    key = key_in(exchange)
    if key is None:
        raise key_mismatch()
    with documents.transaction():
        documents.delete_key(key)
    return Answer(200)
