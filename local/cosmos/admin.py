"""Requests about the account, its databases, containers and throughput offers."""

from typing import Any

import orjson

from local.cosmos.containers import Document
from local.cosmos.definitions import check_name, complete
from local.cosmos.documents import Documents
from local.cosmos.query import Statement
from local.cosmos.resources import Resources
from local.cosmos.sqlite import UniquenessError
from local.cosmos.wire import Answer, Exchange, Fault, feed, not_allowed, not_found, precondition_failed

REGION = "Local"


def account(endpoint: str) -> Answer:
    """The SDK sends everything else to the endpoints that it finds here."""
    locations = [{"name": REGION, "databaseAccountEndpoint": endpoint}]
    replicas = {"minReplicaSetSize": 1, "maxReplicasetSize": 1}
    body = {
        "_self": "",
        "id": "local",
        "_rid": "local",
        "media": "//media/",
        "addresses": "//addresses/",
        "_dbs": "//dbs/",
        "writableLocations": locations,
        "readableLocations": locations,
        "enableMultipleWriteLocations": False,
        "userReplicationPolicy": {"asyncReplication": False, **replicas},
        "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"},
        "systemReplicationPolicy": replicas,
        "readPolicy": {"primaryReadCoefficient": 1, "secondaryReadCoefficient": 1},
        "queryEngineConfiguration": "{}",
    }
    return Answer(200, body)


def databases(exchange: Exchange, resources: Resources) -> Answer:
    if _is_listing(exchange):
        return _list(exchange, "", "Databases", [each.body for each in resources.databases()])
    body = exchange.object()
    check_name(body)
    try:
        return _created(exchange, resources.create_database(body, _throughput(exchange)).body)
    except UniquenessError:
        raise _name_taken() from None


def database(exchange: Exchange, resources: Resources, name: str) -> Answer:
    found = resources.database(name)
    if found is None:
        raise not_found(f"dbs/{name}")
    match exchange.verb:
        case "get":
            return _read(exchange, found.body)
        case "delete":
            resources.drop_database(found)
            return Answer(204)
    raise not_allowed()


def containers(exchange: Exchange, resources: Resources, name: str) -> Answer:
    parent = resources.database(name)
    if parent is None:
        raise not_found(f"dbs/{name}")
    if _is_listing(exchange):
        found = [each.body for each in resources.containers(parent)]
        return _list(exchange, parent.body["_rid"], "DocumentCollections", found)
    body = exchange.object()
    check_name(body)
    try:
        return _created(exchange, resources.create_container(parent, complete(body), _throughput(exchange)).body)
    except UniquenessError:
        raise _name_taken() from None


def container(exchange: Exchange, resources: Resources, documents: Documents) -> Answer:
    found = documents.container
    match exchange.verb:
        case "get":
            return _read_container(exchange, documents)
        case "put":
            _check_match(exchange, found.etag)
            body = _replacement(found.body, exchange.object())
            return _tagged(exchange, Answer(200, resources.replace_container(found, body).body))
        case "delete":
            _check_match(exchange, found.etag)
            resources.drop_container(found)
            return Answer(204)
    raise not_allowed()


def ranges(exchange: Exchange, documents: Documents) -> Answer:
    """The SDK asks again with the ETag until it is told that there is nothing more."""
    found = documents.container
    etag = f'"{found.partitions}"'
    exchange.answered["etag"] = etag
    if exchange.headers.get("if-none-match") == etag:
        return Answer(304)
    body = [
        {
            "_rid": f"{found.rid[:-1]}{each.id}",
            "id": each.id,
            "_etag": etag,
            "minInclusive": each.minimum,
            "maxExclusive": each.maximum,
            "ridPrefix": int(each.id),
            "_self": f"{found.body['_self']}pkranges/{each.id}/",
            "throughputFraction": 1 / found.partitions,
            "status": "online",
            "parents": [],
            "ownedArchivalPKRangeIds": [],
            "_ts": found.body["_ts"],
            "lsn": 1,
        }
        for each in found.ranges
    ]
    return Answer(200, {"_rid": found.rid, "PartitionKeyRanges": body, "_count": len(body)})


def offers(exchange: Exchange, resources: Resources) -> Answer:
    return _list(exchange, "", "Offers", resources.offers())


def offer(exchange: Exchange, resources: Resources, rid: str) -> Answer:
    found = next((each for each in resources.offers() if each["id"].lower() == rid.lower()), None)
    if found is None:
        raise not_found()
    match exchange.verb:
        case "get":
            return Answer(200, found)
        case "put":
            return Answer(200, resources.replace_offer(found, exchange.object().get("content", {})))
    raise not_allowed()


def _read_container(exchange: Exchange, documents: Documents) -> Answer:
    body = dict(documents.container.body)
    if exchange.flag("x-ms-documentdb-populatequotainfo"):
        exchange.answered["x-ms-resource-usage"] = f"documentsCount={documents.count()};"
        exchange.answered["x-ms-resource-quota"] = "documentsCount=-1;"
    if exchange.flag("x-ms-documentdb-populatepartitionstatistics"):
        statistics = {"sizeInKB": 0, "documentCount": 0, "partitionKeys": []}
        body["statistics"] = [{"id": each.id, **statistics} for each in documents.container.ranges]
    return _read(exchange, body)


def _replacement(old: Document, new: Document) -> Document:
    if new.get("id") != old["id"]:
        raise Fault(400, "The id of a container cannot be changed.")
    replaced = old | complete(new)
    for fixed in ("partitionKey", "uniqueKeyPolicy"):
        given = new.get(fixed)
        if given and given.get("paths") != old[fixed].get("paths"):
            raise Fault(400, f"The {fixed} of a container cannot be changed.")
        replaced[fixed] = old[fixed]
    if "defaultTtl" not in new:
        replaced.pop("defaultTtl", None)
    return replaced


def _is_listing(exchange: Exchange) -> bool:
    return exchange.verb == "get" or exchange.flag("x-ms-documentdb-isquery")


def _list(exchange: Exchange, rid: str, label: str, bodies: list[Document]) -> Answer:
    if exchange.verb == "post":
        bodies = list(Statement.of(exchange).plan.over(bodies))
    start = exchange.number("x-ms-continuation", 0)
    end = start + exchange.number("x-ms-max-item-count", len(bodies))
    if end < len(bodies):
        exchange.answered["x-ms-continuation"] = str(end)
    return Answer(200, feed(rid, label, [orjson.dumps(body) for body in bodies[start:end]]))


def _throughput(exchange: Exchange) -> Document | None:
    if settings := exchange.json_header("x-ms-cosmos-offer-autopilot-settings"):
        return {"offerAutopilotSettings": settings}
    throughput = exchange.number("x-ms-offer-throughput", 0)
    return {"offerThroughput": throughput} if throughput else None


def _read(exchange: Exchange, body: Document) -> Answer:
    if exchange.headers.get("if-none-match") == body["_etag"]:
        return Answer(304)
    return _tagged(exchange, Answer(200, body))


def _created(exchange: Exchange, body: Document) -> Answer:
    return _tagged(exchange, Answer(201, body))


def _tagged(exchange: Exchange, answer: Answer) -> Answer:
    body: dict[str, Any] = answer.body
    exchange.answered["etag"] = body["_etag"]
    return answer


def _check_match(exchange: Exchange, etag: str) -> None:
    if exchange.headers.get("if-match") not in {None, "*", etag}:
        raise precondition_failed()


def _name_taken() -> Fault:
    return Fault(409, "Resource with specified id or name already exists.")
