"""Whatever is done to a published log, or to the entries behind it, somebody with the public key finds out."""

from collections.abc import Callable
from typing import Any

import pytest
import rfc8785

from shared.audit import entries, verifier
from shared.audit.growth import Edge
from shared.audit.merkle import VerificationError
from shared.audit.notes import Checkpoint, SigningKey
from shared.audit.tree import StoredTree
from shared.audit.verifier import Verified

KEY = SigningKey("reeve.example/log/one", bytes(range(32)))
SIZES = (3, 256, 300, 700)
"""At each a checkpoint was signed."""


def entry(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"019abc00-0000-7000-8000-{number:012d}",
        "organisationId": "019abc00-0000-7000-8000-00000000aaaa",
        "at": f"2026-11-23T{number // 60 % 24:02d}:{number % 60:02d}:00.000Z",
        "actor": "019abc00-0000-7000-8000-00000000bbbb",
        "actorOrganisation": "019abc00-0000-7000-8000-00000000aaaa",
        "action": "report:read",
        "subjects": [f"019abc00-0000-7000-8000-{number:012x}"],
        "purpose": "INVESTIGATE",
        "policies": ["staff-read-reports-of-their-sites"],
        "outcome": "allowed",
        "soughtDigest": None,
        "nonce": f"{number:064x}",
        "leafIndex": number,
    } | changes


class PublishedLog:
    """The files of a log, as anybody may fetch them."""

    def __init__(self, key: SigningKey = KEY) -> None:
        self.key, self.edge = key, Edge()
        self.files: dict[str, bytes] = {}
        self.notes: dict[int, bytes] = {}

    def grow(self, leaves: list[bytes]) -> "PublishedLog":
        self.files |= self.edge.grown(leaves)
        note = self.key.signed(Checkpoint(self.key.name, self.edge.size, self.edge.root).text).encode()
        self.files["checkpoint"] = self.notes[self.edge.size] = note
        return self

    async def fetch(self, path: str) -> bytes | None:
        return self.files.get(path)

    async def verified(self, earlier: bytes | None = None) -> Verified:
        return await verifier.verify(self.fetch, KEY.public, earlier)


def leaves(first: int, last: int) -> list[bytes]:
    return [entries.leaf(entry(number)) for number in range(first, last)]


@pytest.fixture
def log() -> PublishedLog:
    made = PublishedLog()
    for first, last in zip((0, *SIZES), SIZES, strict=False):
        made.grow(leaves(first, last))
    return made


async def test_an_honest_log_is_intact_and_continues_every_earlier_checkpoint(log: PublishedLog) -> None:
    """Source: RFC 6962 §2.1.2: a later tree holds the whole of every earlier one."""
    assert (await log.verified()).checkpoint.size == 700
    for note in log.notes.values():
        assert (await log.verified(note)).leaves == leaves(0, 700)


async def test_old_partial_tiles_may_be_dropped(log: PublishedLog) -> None:
    """Source: C2SP tlog-tiles: logs MAY delete any partial tile once the corresponding full tile is available."""
    log.files["checkpoint"] = log.notes[300]
    for path in [path for path in log.files if path.startswith(("tile/0/001.p", "tile/entries/001.p"))]:
        del log.files[path]
    assert (await log.verified(log.notes[3])).leaves == leaves(0, 300)


CURRENT = [
    "tile/entries/000",
    "tile/entries/001",
    "tile/entries/002.p/188",
    "tile/0/000",
    "tile/0/001",
    "tile/0/002.p/188",
    "tile/1/000.p/2",
    "checkpoint",
]
CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "first byte": lambda content: bytes([content[0] ^ 1]) + content[1:],
    "last byte": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "middle bit": lambda content: (
        content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 4]) + content[len(content) // 2 + 1 :]
    ),
    "cut off": lambda content: content[: len(content) // 2],
    "shortened by a hash": lambda content: content[:-32],
    "emptied": lambda _content: b"",
    "doubled": lambda content: content + content,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("path", CURRENT)
async def test_a_changed_file_is_found(log: PublishedLog, path: str, change: str) -> None:
    """Source: C2SP tlog-tiles: every entry hashes to its place in the level 0 tile, every full tile into the next."""
    log.files[path] = CHANGES[change](log.files[path])
    with pytest.raises(VerificationError):
        await log.verified()


@pytest.mark.parametrize("path", CURRENT)
async def test_a_removed_file_is_found(log: PublishedLog, path: str) -> None:
    """Source: C2SP tlog-tiles: logs MUST serve the tiles corresponding to a checkpoint."""
    del log.files[path]
    with pytest.raises(VerificationError, match="is missing"):
        await log.verified()


def rewritten(*batches: list[bytes]) -> PublishedLog:
    """What somebody who holds the log's key could publish instead, consistent in itself."""
    forged = PublishedLog()
    for batch in batches:
        forged.grow(batch)
    return forged


ALL = leaves(0, 700)
FORGERIES: dict[str, list[bytes]] = {
    "an entry changed": [*ALL[:10], entries.leaf(entry(10, action="report:amend")), *ALL[11:]],
    "an entry removed": [*ALL[:10], *ALL[11:], entries.leaf(entry(700))],
    "two entries swapped": [*ALL[:10], ALL[11], ALL[10], *ALL[12:]],
    "an entry inserted": [*ALL[:10], entries.leaf(entry(700)), *ALL[10:]],
    "the end cut off": ALL[:650],
    "everything but the first cut off": ALL[:1],
    "the last entry changed": [*ALL[:-1], entries.leaf(entry(699, outcome="denied"))],
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_who_keeps_a_checkpoint_finds_a_log_rewritten_with_its_own_key(log: PublishedLog, forgery: str) -> None:
    """Source: C2SP tlog-checkpoint: two checkpoints are inconsistent if there is no consistency proof."""
    forged = rewritten(FORGERIES[forgery])
    assert await forged.verified()  # nothing is wrong with it by itself
    with pytest.raises(VerificationError):
        await forged.verified(log.notes[700])


async def test_a_rollback_to_an_honest_earlier_state_is_found(log: PublishedLog) -> None:
    """Source: C2SP tlog-checkpoint: a log only grows."""
    log.files["checkpoint"] = log.notes[300]
    assert (await log.verified(log.notes[300])).checkpoint.size == 300
    with pytest.raises(VerificationError, match="cut off"):
        await log.verified(log.notes[700])


async def test_another_key_is_not_trusted(log: PublishedLog) -> None:
    """Source: C2SP signed-note: clients MUST reject a note that no known key has signed."""
    other = SigningKey(KEY.name, bytes(32))
    with pytest.raises(VerificationError):
        await verifier.verify(log.fetch, other.public)


async def test_an_earlier_checkpoint_is_trusted_no_more_than_the_log(log: PublishedLog) -> None:
    """A file that somebody kept may have been altered too."""
    with pytest.raises(VerificationError):
        await log.verified(log.notes[300].replace(b"\n300\n", b"\n299\n"))


async def test_the_log_and_its_proofs_agree(log: PublishedLog) -> None:
    """Source: RFC 9162 §2.1.3.2."""
    found = await log.verified()

    async def fetch(path: str) -> bytes:
        return log.files[path]

    tree = StoredTree(fetch, 700)
    for index in (0, 255, 256, 511, 512, 699):
        proof = await tree.inclusion_proof(index)
        verifier.verify_entry(entry(index), index, proof, found.checkpoint)
        with pytest.raises(VerificationError):
            verifier.verify_entry(entry(index, actor="somebody else"), index, proof, found.checkpoint)


# -- stored entries against the log ----------------------------------------------------------------------------------


async def test_stored_entries_that_are_as_they_were_sealed(log: PublishedLog) -> None:
    """All match; those that wait and those that were disposed of are told apart."""
    shown = [entry(number) for number in reversed(range(100, 700))]
    shown += [entry(700, leafIndex=None), entry(701, leafIndex=701)]
    stock = verifier.take_stock(await log.verified(), shown)
    assert (stock.matching, stock.waiting, stock.void) == (600, 2, 0)
    assert [leaf["id"] for leaf in stock.missing] == [entry(number)["id"] for number in range(100)]


@pytest.mark.parametrize("name", [*entries.COMMITTED, "nonce"])
async def test_a_changed_field_of_a_stored_entry_is_found(log: PublishedLog, name: str) -> None:
    """Nothing that an entry says can be changed after it was sealed."""
    changed = {"subjects": [], "policies": [], "nonce": "00" * 32, "id": entry(701)["id"]}.get(name, "2026-11-23T09")
    shown = [entry(number) for number in range(700)]
    shown[5] = entry(5, **{name: changed})
    with pytest.raises(VerificationError, match="is not what was sealed"):
        verifier.take_stock(await log.verified(), shown)


async def test_two_stored_entries_that_changed_places_are_found(log: PublishedLog) -> None:
    """Each entry has one place."""
    shown = [entry(4, leafIndex=5), entry(5, leafIndex=4)]
    with pytest.raises(VerificationError, match="is not what was sealed"):
        verifier.take_stock(await log.verified(), shown)


async def test_an_entry_shown_twice_is_found(log: PublishedLog) -> None:
    """Each place has one entry."""
    with pytest.raises(VerificationError, match="is not what was sealed"):
        verifier.take_stock(await log.verified(), [entry(4), entry(4)])


async def test_a_void_place_is_not_a_missing_entry() -> None:
    """See the sealer: an entry that had its leaf already leaves a void one."""
    log = rewritten([*leaves(0, 2), entries.void_leaf(entry(1)["id"])])
    stock = verifier.take_stock(await log.verified(), [entry(0), entry(1)])
    assert (stock.matching, stock.void, stock.missing) == (2, 1, [])


@pytest.mark.parametrize("leaf", [b"nonsense", b"[]", b'{"v":2,"id":"x"}', b'{"v":1}', b"\xff"])
async def test_a_leaf_of_another_kind_is_not_passed_over(leaf: bytes) -> None:
    """What this version cannot read it must not call intact."""
    log = rewritten([leaf])
    with pytest.raises(VerificationError, match="can read"):
        verifier.take_stock(await log.verified(), [])


# -- what a leaf tells -----------------------------------------------------------------------------------------------


def test_a_leaf_tells_nothing_but_that_there_was_an_entry_in_that_hour() -> None:
    """Only a commitment, the random id and the hour leave the organisation."""
    assert set(entries.read_leaf(entries.leaf(entry(7)))) == {"commitment", "id", "time", "v"}
    assert entries.read_leaf(entries.leaf(entry(67)))["time"] == "2026-11-23T01:00:00Z"
    for name in ("actor", "organisationId", "action", "purpose"):
        assert str(entry(7)[name]).encode() not in entries.leaf(entry(7))


def test_equal_contents_have_unequal_commitments() -> None:
    """A nonce of 256 random bits keeps contents that can be guessed from being tried out."""
    assert entries.commitment(entry(7)) != entries.commitment(entry(7, nonce="ab" * 32))


def test_the_leaf_does_not_depend_on_the_order_of_fields_or_on_anything_that_may_change() -> None:
    """Source: RFC 8785: one content has one canonical form."""
    turned = dict(reversed(entry(7).items())) | {"leafIndex": None, "_etag": "x", "unsealed": True}
    assert entries.leaf(turned) == entries.leaf(entry(7))
    assert entries.leaf(entry(7)) == rfc8785.dumps(entries.read_leaf(entries.leaf(entry(7))))
