"""Paths and contents as C2SP tlog-tiles lays them out, and trees that grow in every way into the same files."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.audit import tiles
from shared.audit.growth import Edge, stored_edge
from shared.audit.merkle import VerificationError, leaf_hash, root_of, verify_consistency, verify_inclusion
from shared.audit.tiles import WIDTH, Tile
from shared.audit.tree import Fetch, StoredTree


def entries(count: int, start: int = 0) -> list[bytes]:
    return [f"entry {index}".encode() for index in range(start, start + count)]


def grown(*batches: int) -> tuple[Edge, dict[str, bytes]]:
    """A tree that has taken in so many entries at a time, with all files it ever wrote."""
    edge, files = Edge(), dict[str, bytes]()
    for count in batches:
        for path, content in edge.grown(entries(count, edge.size)).items():
            assert files.setdefault(path, content) == content, f"{path} would be overwritten"
    return edge, files


def fetcher(files: dict[str, bytes]) -> Fetch:
    async def fetch(path: str) -> bytes:
        return files[path]

    return fetch


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067, WIDTH), "tile/0/x001/x234/067"),
        (Tile(0, 0, WIDTH), "tile/0/000"),
        (Tile(0, 999, WIDTH), "tile/0/999"),
        (Tile(3, 1000, WIDTH), "tile/3/x001/000"),
        (Tile(63, 5, WIDTH), "tile/63/005"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(1, 1, 17), "tile/1/001.p/17"),
        (Tile(2, 0, 1), "tile/2/000.p/1"),
    ],
)
def test_paths(tile: Tile, path: str) -> None:
    """Source: C2SP tlog-tiles, index 1234067 is x001/x234/067."""
    assert tile.path == path
    assert tiles.is_path(path)
    assert tile.bundle_path == path.replace(f"tile/{tile.level}/", "tile/entries/", 1)
    assert tiles.is_path(tile.bundle_path)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/0001",
        "tile/0/001/002",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p",
        "tile/0/../key",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/x/000",
        "checkpoint",
        "",
    ],
)
def test_what_is_not_a_path(path: str) -> None:
    """Source: C2SP tlog-tiles, Merkle Tree."""
    assert not tiles.is_path(path)


def test_the_partial_tiles_of_the_specifications_example() -> None:
    """Source: C2SP tlog-tiles: a tree of size 70,000 has partial tiles of width 112, 17 and 1."""
    assert tiles.edge_tiles(70_000) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]


def test_a_tree_of_256_has_a_full_tile_and_one_of_width_one() -> None:
    """Source: C2SP tlog-tiles: "a tree of size 256 will be represented by a full level 0 tile and a partial level 1
    tile of width 1"."""
    _, files = grown(256)
    assert set(files) == {"tile/0/000", "tile/entries/000", "tile/1/000.p/1"}
    assert len(files["tile/0/000"]) == 8192
    assert files["tile/1/000.p/1"] == root_of([leaf_hash(entry) for entry in entries(256)])


def test_entry_bundles_are_length_prefixed() -> None:
    """Source: C2SP tlog-tiles: sequences of big-endian uint16 length-prefixed log entries."""
    assert tiles.bundled([b"ab", b"", b"c" * 300]) == b"\x00\x02ab\x00\x00\x01\x2c" + b"c" * 300
    assert tiles.unbundled(b"\x00\x02ab\x00\x00", 2) == [b"ab", b""]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x02a", b"\x00", b"\x00\x01a\x00", b"\x00\x01a" * 2],
    ids=["empty", "short entry", "half a length", "trailing byte", "too many"],
)
def test_a_broken_bundle_is_refused(content: bytes) -> None:
    """Source: C2SP tlog-tiles, Log entries."""
    with pytest.raises(VerificationError):
        tiles.unbundled(content, 1)


@pytest.mark.parametrize("length", [0, 95, 97, 32 * 2, 32 * 256], ids=str)
def test_a_tile_of_the_wrong_size_is_refused(length: int) -> None:
    """Source: C2SP tlog-tiles: a tile is W hashes of 32 bytes."""
    with pytest.raises(VerificationError):
        tiles.parted(bytes(length), 3)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=6))
def test_however_a_tree_grows_it_is_the_same_tree(batches: list[int]) -> None:
    """Source: RFC 6962 §2.1; tiles are immutable, so no batch may write over what an earlier one wrote."""
    edge, files = grown(*batches)
    at_once, _ = grown(sum(batches))
    assert edge.root == at_once.root == root_of([leaf_hash(each) for each in entries(sum(batches))])
    assert edge == at_once
    for tile in tiles.edge_tiles(edge.size):
        assert tile.path in files


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_537], ids=str)
async def test_the_edge_is_found_again_in_the_files(size: int) -> None:
    """Source: C2SP tlog-tiles, partial tiles: floor(s / 256**l) mod 256 hashes at level l."""
    edge, files = grown(size)
    assert await stored_edge(fetcher(files), size, edge.root) == edge


@pytest.mark.parametrize(
    "path", ["tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/002.p/188"], ids=["leaves", "above", "entries"]
)
async def test_a_log_does_not_grow_on_files_that_were_tampered_with(path: str) -> None:
    """Source: C2SP tlog-checkpoint: a log MUST NOT sign a checkpoint inconsistent with one it signed before."""
    edge, files = grown(700)
    files[path] = files[path][:-1] + bytes([files[path][-1] ^ 1])
    with pytest.raises(VerificationError):
        await stored_edge(fetcher(files), 700, edge.root)


@pytest.mark.parametrize("size", [1, 3, 256, 300, 700, 65_793], ids=str)
async def test_proofs_come_from_the_tiles_alone(size: int) -> None:
    """Source: C2SP tlog-tiles: clients can fetch all the tiles they need and compute any desired proof."""
    edge, files = grown(size)
    tree = StoredTree(fetcher(files), size)
    hashes = [leaf_hash(entry) for entry in entries(size)]
    assert await tree.root() == edge.root == root_of(hashes)
    for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
        verify_inclusion(hashes[index], index, size, await tree.inclusion_proof(index), edge.root)
    for old in {1, 2, size // 3, size // 2, size - 1, size} & set(range(1, size + 1)):
        proof = await tree.consistency_proof(old)
        verify_consistency(old, size, root_of(hashes[:old]), edge.root, proof)
