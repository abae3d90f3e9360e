"""The tree against published vectors, and against the recursive definitions of RFC 6962 for every small size."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.audit.merkle import (
    EMPTY_ROOT,
    Span,
    VerificationError,
    complete_subtrees,
    consistency_path,
    fold,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# Source: certificate-transparency, merkletree tests; used by every implementation of RFC 6962.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION: dict[tuple[int, int], list[str]] = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY: dict[tuple[int, int], list[str]] = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
SMALL = 40


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(f"entry {index}".encode()) for index in range(size)]


def mth(hashes: list[bytes]) -> bytes:
    """The definition itself. Source: RFC 6962 §2.1."""
    if len(hashes) == 1:
        return hashes[0]
    middle = 1
    while middle * 2 < len(hashes):
        middle *= 2
    return node_hash(mth(hashes[:middle]), mth(hashes[middle:]))


def looked_up(spans: list[Span], hashes: list[bytes]) -> list[bytes]:
    return [mth(hashes[start:end]) for start, end in spans]


def test_the_empty_tree() -> None:
    """Source: RFC 6962 §2.1, MTH({}) = SHA-256()."""
    assert EMPTY_ROOT.hex() == hashlib.sha256().hexdigest() == root_of([]).hex()


@pytest.mark.parametrize("size", range(1, 9))
def test_published_roots(size: int) -> None:
    """Source: certificate-transparency, merkletree tests."""
    assert root_of([leaf_hash(entry) for entry in ENTRIES[:size]]).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_published_inclusion_proofs(index: int, size: int) -> None:
    """Source: certificate-transparency, merkletree tests."""
    hashes = [leaf_hash(entry) for entry in ENTRIES]
    published = [bytes.fromhex(each) for each in INCLUSION[index, size]]
    assert looked_up(inclusion_path(index, size), hashes) == published
    verify_inclusion(hashes[index], index, size, published, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "size"), CONSISTENCY)
def test_published_consistency_proofs(old: int, size: int) -> None:
    """Source: certificate-transparency, merkletree tests."""
    hashes = [leaf_hash(entry) for entry in ENTRIES]
    published = [bytes.fromhex(each) for each in CONSISTENCY[old, size]]
    assert looked_up(consistency_path(old, size), hashes) == published
    verify_consistency(old, size, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[size - 1]), published)


def test_every_small_tree_is_the_one_of_the_definition() -> None:
    """Source: RFC 6962 §2.1."""
    hashes = leaves(SMALL)
    for size in range(1, SMALL + 1):
        assert root_of(hashes[:size]) == mth(hashes[:size])


def test_every_inclusion_proof_of_small_trees_verifies_and_proves_nothing_else() -> None:
    """Source: RFC 6962 §2.1.1, RFC 9162 §2.1.3.2."""
    hashes = leaves(SMALL)
    for size in range(1, SMALL + 1):
        root = mth(hashes[:size])
        for index in range(size):
            proof = looked_up(inclusion_path(index, size), hashes)
            verify_inclusion(hashes[index], index, size, proof, root)
            for wrong in (
                (hashes[index], (index + 1) % size if size > 1 else size, size, proof),
                (leaf_hash(b"another"), index, size, proof),
                (hashes[index], index, size, [*proof, root]),
                (hashes[index], size, size, proof),
            ):
                with pytest.raises(VerificationError):
                    verify_inclusion(*wrong, root)
            if proof:
                with pytest.raises(VerificationError):
                    verify_inclusion(hashes[index], index, size, proof[:-1], root)


def test_every_consistency_proof_of_small_trees_verifies_and_proves_nothing_else() -> None:
    """Source: RFC 6962 §2.1.2, RFC 9162 §2.1.4.2."""
    hashes = leaves(SMALL)
    for size in range(1, SMALL + 1):
        for old in range(1, size + 1):
            before, after = mth(hashes[:old]), mth(hashes[:size])
            proof = looked_up(consistency_path(old, size), hashes)
            verify_consistency(old, size, before, after, proof)
            rewritten = mth([leaf_hash(b"rewritten"), *hashes[1:old]])
            for wrong in ((old, size, rewritten, after, proof), (old, size, before, after, [*proof, after])):
                with pytest.raises(VerificationError):
                    verify_consistency(*wrong)
            if proof:
                with pytest.raises(VerificationError):
                    verify_consistency(old, size, before, after, proof[:-1])


@pytest.mark.parametrize(("old", "size"), [(0, 5), (6, 5), (-1, 5)])
def test_a_tree_follows_only_a_smaller_one_that_has_entries(old: int, size: int) -> None:
    """Source: RFC 6962 §2.1.2, 0 < m <= n."""
    with pytest.raises(ValueError, match="does not follow"):
        consistency_path(old, size)
    with pytest.raises(VerificationError):
        verify_consistency(old, size, EMPTY_ROOT, EMPTY_ROOT, [])


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0)])
def test_there_is_no_proof_for_a_leaf_that_does_not_exist(index: int, size: int) -> None:
    """Source: RFC 6962 §2.1.1, 0 <= m < n."""
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_path(index, size)


@given(st.integers(1, 2**40), st.data())
def test_proofs_of_large_trees_are_short_and_cover_the_tree_once(size: int, data: st.DataObject) -> None:
    """Source: RFC 6962 §2.1.1: at most ceil(log2(n)) hashes, which together with the leaf are the whole tree."""
    index = data.draw(st.integers(0, size - 1))
    spans = inclusion_path(index, size)
    assert len(spans) <= (size - 1).bit_length()
    together = sorted([*spans, (index, index + 1)])
    assert together[0][0] == 0
    assert together[-1][1] == size
    assert all(one[1] == other[0] for one, other in pairwise(together))


@given(st.integers(1, 3000))
def test_the_complete_subtrees_of_a_span_give_its_hash(size: int) -> None:
    """Source: RFC 6962 §2.1."""
    hashes = leaves(size)
    parts = complete_subtrees((0, size))
    folded = fold([mth(hashes[n.index << n.height : (n.index + 1) << n.height]) for n in parts])
    assert folded == mth(hashes)
