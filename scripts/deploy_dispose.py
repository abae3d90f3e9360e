#!/usr/bin/env python3
"""Disposes of what must not be there any more: after a restore, and when an organisation leaves.

    deploy_dispose.py replay SINCE      what was disposed of since then, once more: by the tombstones, after a restore
    deploy_dispose.py keyless           records that a restore brought back although their keys were destroyed
    deploy_dispose.py close ID          an organisation leaves: nobody of it gets in, all its records are due
    deploy_dispose.py remove ID         ... and when they are gone: its people, places, watchlists and alerts
    deploy_dispose.py shred ID          ... and its keys: whatever is left of it can then be opened by nobody

Without --apply it only counts. Records are marked as due, no more: the retention timer then disposes of them as it
always does, with their evidence and with an entry in the audit log. The app's settings must be in the environment, and
whoever runs it needs the app's rights on the stores (docs/operations/restore.md and off-boarding.md).
"""
# ruff: noqa: T201 - it speaks to an operator

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared.clock import rfc3339
from shared.errors import NotFound
from shared.keys import service as keys
from shared.platform import Platform, assemble
from shared.retention import service as retention
from shared.retention import tombstones
from shared.settings import load
from shared.storage.cosmos import Key

type Document = dict[str, Any]

RECORDS = {"reports": "report", "evidence": "evidence"}
"""What retention disposes of, and of which kind it is. Everything else is found through these, or expires by itself."""


class RefusedError(Exception):
    """Why it would be a mistake to go on."""


async def keyless(platform: Platform, *, apply: bool) -> int:
    """A key that is not in the keyring was destroyed: that is how a disposal outlives the restore of a backup."""
    opened, found = 0, []
    for container, kind in RECORDS.items():
        async for document in _records(platform, container, kind):
            try:
                await platform.keyring.fetch(document["organisationId"], document["id"])
                opened += 1
            except NotFound:
                found.append((container, document))
    if found and not opened:
        raise RefusedError("no record at all has a key: this is the wrong keyring, not a restored database")
    if apply:
        for container, document in found:
            await _due_now(platform, container, document)
    return len(found)


async def replay(platform: Platform, since: datetime, *, apply: bool) -> int:
    """A tombstone names a record and holds nothing of it; where the record is gone already, nothing happens."""
    if apply:
        return await retention.repeat_disposals(platform, since)
    return len([order async for order in tombstones.since(platform, since)])


async def close(platform: Platform, organisation: str, *, apply: bool) -> int:
    home = await platform.container("organisations").read(organisation, organisation)
    found = [
        (container, document)
        for container, kind in RECORDS.items()
        async for document in _records(platform, container, kind, [organisation])
    ]
    if apply:
        await platform.container("organisations").replace(home | {"state": "suspended"}, home["_etag"])
        async for credential in _credentials(platform, organisation):
            if credential.get("kind") == "device":
                revoked = credential | {"state": "revoked", "secrets": []}
                await platform.container("credentials").replace(revoked, credential["_etag"])
        for container, document in found:
            await _due_now(platform, container, document)
    return len(found)


async def remove(platform: Platform, organisation: str, *, apply: bool) -> int:
    """Leaves what has to outlast it: the organisation's name, its audit log and its disclosures, until their time."""
    home = await platform.container("organisations").read(organisation, organisation)
    if home.get("state") != "suspended":
        raise RefusedError("the organisation is not closed yet")
    for container, kind in RECORDS.items():
        async for document in _records(platform, container, kind, [organisation]):
            raise RefusedError(f"the retention timer is not through with its {container}, for example {document['id']}")
    count = 0
    async for user in _all(platform, "users", organisation):
        count += await _delete(platform, "alerts", _all(platform, "alerts", user["id"]), _recipient, apply=apply)
    reads = _all(platform, "plateReads", [organisation])
    count += await _delete(platform, "plateReads", reads, _site_and_day, apply=apply)
    for name in ("watchlists", "channels", "deliveries", "searches", "users", "sites"):
        count += await _delete(platform, name, _all(platform, name, organisation), _organisation, apply=apply)
    return count + await _delete(platform, "credentials", _credentials(platform, organisation), _itself, apply=apply)


async def shred(platform: Platform, organisation: str, *, apply: bool) -> int:
    home = await platform.container("organisations").read(organisation, organisation)
    if home.get("state") != "suspended":
        raise RefusedError("the organisation is not closed yet")
    if apply:
        return await keys.shred(platform, organisation)
    found = platform.keys.container("keyring").query("SELECT c.id FROM c", key=organisation)
    return len([each async for each in found])


def _itself(document: Document) -> Key:
    return str(document["id"])


def _organisation(document: Document) -> Key:
    return str(document["organisationId"])


def _recipient(document: Document) -> Key:
    return str(document["recipientId"])


def _site_and_day(document: Document) -> Key:
    return [document["organisationId"], document["siteId"], document["day"]]


def _records(platform: Platform, container: str, kind: str, key: Key | None = None) -> AsyncIterator[Document]:
    text = "SELECT * FROM c WHERE c.kind = @kind"
    return platform.container(container).query(text, {"kind": kind}, key=key)


def _all(platform: Platform, container: str, key: Key) -> AsyncIterator[Document]:
    return platform.container(container).query("SELECT * FROM c", key=key)


def _credentials(platform: Platform, organisation: str) -> AsyncIterator[Document]:
    text = "SELECT * FROM c WHERE c.organisationId = @organisation"
    return platform.container("credentials").query(text, {"organisation": organisation})


async def _due_now(platform: Platform, container: str, document: Document) -> None:
    due = document | {"disposeAt": rfc3339(platform.clock.now())}
    await platform.container(container).replace(due, document["_etag"])


async def _delete(
    platform: Platform,
    container: str,
    found: AsyncIterator[Document],
    key: Callable[[Document], Key],
    *,
    apply: bool,
) -> int:
    """The key of each document goes first, so that no backup of it can be opened either."""
    documents = [document async for document in found]
    for document in documents if apply else []:
        if "sealed" in document:
            await platform.keyring.destroy(document["organisationId"], document["id"])
        await platform.container(container).delete(document["id"], key(document))
    return len(documents)


async def run(options: argparse.Namespace) -> int:
    platform = assemble(load())
    try:
        match options.task:
            case "replay":
                return await replay(platform, datetime.fromisoformat(options.argument), apply=options.apply)
            case "keyless":
                return await keyless(platform, apply=options.apply)
            case "close":
                return await close(platform, options.argument, apply=options.apply)
            case "shred":
                return await shred(platform, options.argument, apply=options.apply)
            case _:
                return await remove(platform, options.argument, apply=options.apply)
    finally:
        await platform.close()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=("replay", "keyless", "close", "remove", "shred"))
    parser.add_argument("argument", nargs="?", help="id of an organisation, or for replay a time: 2026-01-31T08:00Z")
    parser.add_argument("--apply", action="store_true", help="do it; without, only count")
    options = parser.parse_args(arguments)
    if (options.argument is None) != (options.task == "keyless"):
        parser.error(f"{options.task} takes {'no' if options.task == 'keyless' else 'an'} argument")
    try:
        count = asyncio.run(run(options))
    except (RefusedError, NotFound) as error:
        sys.exit(f"Refused: {error}")
    print(f"{count} documents" + ("" if options.apply else " found; say --apply to go on"))


if __name__ == "__main__":
    main()
