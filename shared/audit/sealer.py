"""The timer that puts audit entries into their organisation's log, so that from then on nobody can change them unseen.

Each batch goes through four steps, and any run finishes what another one left behind:

1. *decide*: the entries and their leaves are written into the log's head, under the condition that nobody else has
   moved it. From now on their places are fixed.
2. *mark*: each entry learns the index of its leaf.
3. *publish*: entry bundles and tiles are created, never overwritten, and read back as the proof that the new tree
   continues the old one. Only then the checkpoint is signed.
4. *advance*: the head takes the new size.

Every step can be repeated, and two runs at once do the same things or fail on the condition. A query may show an entry
as unsealed a moment after another run has marked it. The mark, a conditional write, finds out; then the decided
place is filled with a void leaf, so that no entry is in the log twice.

A log whose files do not give the root that was signed is left alone: nothing is signed on top of tampering.
"""

import asyncio
import itertools
import logging
from collections import defaultdict
from dataclasses import dataclass, replace

from shared.audit import logs
from shared.audit.entries import leaf, void_leaf
from shared.audit.growth import stored_edge
from shared.audit.logs import Head, Pending, Place, Stores
from shared.audit.merkle import VerificationError, verify_consistency
from shared.audit.notes import Checkpoint
from shared.audit.tree import StoredTree
from shared.errors import NotFound, PreconditionFailed, Unavailable
from shared.sealing.roots import PLATFORM
from shared.storage.cosmos import Document

log = logging.getLogger("reeve.audit")

MOST_AT_ONCE = 256
MOST_PER_RUN = 5_000
"""Entries of one organisation in one run; the rest waits for the next."""
WRITES_AT_ONCE = 16
LOGS_AT_ONCE = 8
"""A log that is slow, or long, does not hold up the others."""
MOST_ATTEMPTS = 20
"""How often a run yields to others that are faster before it leaves the log to them."""

NEXT = f"""
    SELECT * FROM c WHERE c.kind = 'entry' AND c.unsealed = true ORDER BY c.at, c.id OFFSET 0 LIMIT {MOST_AT_ONCE}
"""  # noqa: S608 - a number of ours


@dataclass
class Outcome:
    """What one run did."""

    sealed: int = 0
    damaged: int = 0
    failed: int = 0

    def __str__(self) -> str:
        return f"{self.sealed} entries sealed, {self.failed} logs not reached, {self.damaged} logs damaged"


async def seal_all(stores: Stores) -> Outcome:
    """One run of the timer: all organisations with entries that wait, several logs at once."""
    outcome, turn = Outcome(), asyncio.Semaphore(LOGS_AT_ONCE)
    alone = defaultdict[str, asyncio.Lock](asyncio.Lock)  # made-up organisations share a log, so they take turns at it

    async def one(organisation: str) -> None:
        try:
            async with turn:
                keeper = await _keeper(stores, organisation)
            async with alone[keeper], turn:
                sealed = await _seal(stores, keeper, organisation, MOST_PER_RUN)
            outcome.sealed += sealed  # not in one line with the await: others count meanwhile
        except VerificationError as error:
            outcome.damaged += 1
            log.error("the audit log of %s has been tampered with: %s", organisation, error)  # noqa: TRY400
        except Exception as error:
            outcome.failed += 1
            log.warning("the audit log of %s could not be continued: %s", organisation, type(error).__name__)

    found = stores.entries.query("SELECT DISTINCT c.organisationId FROM c WHERE c.unsealed = true")
    organisations = [each["organisationId"] async for each in found]
    await asyncio.gather(*(one(each) for each in organisations))
    return outcome


async def seal(stores: Stores, organisation: str, most: int = MOST_PER_RUN) -> int:
    """Seals up to ``most`` of the organisation's entries, in batches, and returns how many."""
    return await _seal(stores, await _keeper(stores, organisation), organisation, most)


async def _seal(stores: Stores, keeper: str, organisation: str, most: int) -> int:
    sealed = attempts = 0
    while sealed < most and attempts < MOST_ATTEMPTS:
        try:
            head = await _decided(stores, await logs.head_of(stores, keeper), organisation)
            if not head.pending:
                break
            await _finish(stores, head)
            sealed += len(head.pending)
        except PreconditionFailed:  # another run was faster: go on from where it is
            attempts += 1
    return sealed


async def _keeper(stores: Stores, organisation: str) -> str:
    """Whose log it is. Somebody may ask for data of an organisation that does not exist: the platform keeps that."""
    try:
        await stores.organisations.read(organisation, organisation)
    except NotFound:
        return PLATFORM
    return organisation


# -- 1: decide -------------------------------------------------------------------------------------------------------


async def _decided(stores: Stores, head: Head, organisation: str) -> Head:
    if head.pending:
        return head
    found = stores.entries.query(NEXT, key=[organisation])
    pending = tuple([_pending(each) async for each in found])
    return await logs.moved(stores, replace(head, pending=pending)) if pending else head


def _pending(entry: Document) -> Pending:
    return Pending(entry["organisationId"], entry["day"], entry["id"], leaf(entry).decode())


# -- 2: mark ---------------------------------------------------------------------------------------------------------


async def _marked(stores: Stores, head: Head) -> list[bytes]:
    """The leaves of the batch, once every entry knows its own."""
    leaves: list[bytes] = []
    for batch in itertools.batched(enumerate(head.pending, head.size), WRITES_AT_ONCE, strict=False):
        leaves += await asyncio.gather(*(_mark(stores, pending, index) for index, pending in batch))
    return leaves


async def _mark(stores: Stores, pending: Pending, index: int) -> bytes:
    """The leaf that goes to ``index``: the entry's, unless the entry has another place already."""
    for _ in range(MOST_ATTEMPTS):
        try:
            entry = await stores.entries.read(pending.id, [pending.organisation, pending.day])
            marked = {"leafIndex": index} | entry | {"unsealed": False}
            if marked != entry:
                await stores.entries.replace(marked, entry["_etag"])
        except NotFound:  # somebody has removed it since: the leaf stays and shows that it is missing
            return pending.leaf.encode()
        except PreconditionFailed:  # marked at this very moment: see by whom
            continue
        return pending.leaf.encode() if marked["leafIndex"] == index else void_leaf(pending.id)
    raise Unavailable("The audit entry changes all the time.")


# -- 3 and 4: publish, advance ---------------------------------------------------------------------------------------


async def _finish(stores: Stores, head: Head) -> None:
    place = await logs.place_of(stores, head)
    await _expect(stores, head, place)
    leaves = await _marked(stores, head)

    async def fetch(path: str) -> bytes:
        return await _stored(stores, place, path)

    edge = await stored_edge(fetch, head.size, head.root)
    for path, content in edge.grown(leaves).items():
        await _put(stores, place, path, content)
    await _prove(StoredTree(fetch, edge.size), head, edge.root)

    note = place.key.signed(Checkpoint(place.origin, edge.size, edge.root).text).encode()
    await _put(stores, place, f"checkpoints/{edge.size}", note)
    await _announce(stores, place, note, edge.size)
    await logs.moved(stores, replace(head, size=edge.size, root=edge.root, pending=()))


async def _expect(stores: Stores, head: Head, place: Place) -> None:
    """Nothing may be further than this batch, or the head is not the latest: if no other run has gone on meanwhile,
    somebody has put an older one in its place, and the next checkpoint would contradict those already signed."""
    latest = await logs.latest_checkpoint(stores, place)
    known, after = latest.size if latest else 0, head.size + len(head.pending)
    continues = known == after or (known == head.size and (latest is None or latest.root == head.root))
    if continues and not await _has_others_beyond(stores, head):
        return
    if (await logs.existing_head(stores, head.organisation)).etag != head.etag:
        raise PreconditionFailed("Another run has gone on.")
    raise VerificationError(f"the log's head says {head.size} entries; its checkpoint of {known} or an entry does not")


async def _has_others_beyond(stores: Stores, head: Head) -> bool:
    """Whether any entry has a place that this head has not given away."""
    known = {pending.id for pending in head.pending}
    found = stores.entries.query(
        f"SELECT c.id FROM c WHERE c.kind = 'entry' AND c.leafIndex >= @size OFFSET 0 LIMIT {len(known) + 1}",  # noqa: S608
        {"size": head.size},
        key=[head.organisation],
    )
    return not {each["id"] async for each in found} <= known


async def _prove(tree: StoredTree, head: Head, root: bytes) -> None:
    """A log never signs a tree that does not continue the one it signed before: read back from what is stored."""
    if head.size:
        verify_consistency(head.size, tree.size, head.root, root, await tree.consistency_proof(head.size))
    if await tree.root() != root:
        raise VerificationError(f"the stored tiles do not give the root of the tree of {tree.size}")


async def _stored(stores: Stores, place: Place, path: str) -> bytes:
    try:
        return (await stores.immutable.read(place.name(path))).content
    except NotFound:
        raise VerificationError(f"{path} of the log is missing") from None


async def _put(stores: Stores, place: Place, path: str, content: bytes) -> None:
    """Creates the file, or finds it as it would have been created."""
    created = await stores.immutable.create(place.name(path), content)
    if not created and await _stored(stores, place, path) != content:
        raise VerificationError(f"{path} of the log exists with other content")


async def _announce(stores: Stores, place: Place, note: bytes, size: int) -> None:
    """Makes this the public checkpoint, unless a later one is public already."""
    name = place.name("checkpoint")
    if await stores.latest.create(name, note):
        return
    known = await stores.latest.read(name)
    if Checkpoint.opened(known.content, place.key.public).size < size:
        await stores.latest.replace(name, note, known.etag)
