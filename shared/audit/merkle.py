"""The Merkle tree of RFC 6962 §2.1: hashes, which subtrees a proof is made of, and the verification of proofs.

Nothing here reads or stores anything. A proof is first named as spans of leaves; whoever has the tree looks up their
hashes (:mod:`shared.audit.tree`), and whoever has only a root verifies with the functions at the end.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

type Span = tuple[int, int]
"""The leaves from the first up to, and without, the second."""


class VerificationError(Exception):
    """What is claimed of a log does not follow from what it shows."""


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Node:
    """A complete subtree: the ``index``-th from the left of those with 2**height leaves."""

    height: int
    index: int


def complete_subtrees(span: Span) -> list[Node]:
    """The largest complete subtrees that together are ``span``, from left to right.

    A span begins, as all spans of RFC 6962 do, at a multiple of the least power of two that holds it.
    """
    start, end = span
    found = []
    while start < end:
        height = (end - start).bit_length() - 1
        found.append(Node(height, start >> height))
        start += 1 << height
    return found


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash of a span from those of its complete subtrees, left to right."""
    if not hashes:
        return EMPTY_ROOT
    folded = hashes[-1]
    for left in reversed(hashes[:-1]):
        folded = node_hash(left, folded)
    return folded


@dataclass
class Frontier:
    """A growing tree, of which only the complete subtrees at its right edge are kept."""

    size: int = 0
    _subtrees: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """``leaf`` is a leaf's hash."""
        merged, filled = leaf, self.size
        while filled & 1:
            merged = node_hash(self._subtrees.pop(), merged)
            filled >>= 1
        self._subtrees.append(merged)
        self.size += 1

    @property
    def root(self) -> bytes:
        return fold(self._subtrees)


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over these hashes."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root


# -- which spans a proof is made of ----------------------------------------------------------------------------------


def inclusion_path(index: int, size: int) -> list[Span]:
    """PATH(m, D[n]) of §2.1.1, from the leaf upwards."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")

    def path(start: int, end: int) -> list[Span]:
        if end - start == 1:
            return []
        middle = start + _split(end - start)
        if index < middle:
            return [*path(start, middle), (middle, end)]
        return [*path(middle, end), (start, middle)]

    return path(0, size)


def consistency_path(old: int, size: int) -> list[Span]:
    """PROOF(m, D[n]) of §2.1.2."""
    if not 0 < old <= size:
        raise ValueError(f"a tree of {size} does not follow one of {old}")

    def subproof(start: int, end: int, known: bool) -> list[Span]:
        if old == end:
            return [] if known else [(start, end)]
        middle = start + _split(end - start)
        if old <= middle:
            return [*subproof(start, middle, known), (middle, end)]
        return [*subproof(middle, end, False), (start, middle)]

    return subproof(0, size, True)


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    return 1 << (size - 1).bit_length() - 1


# -- verification, as RFC 9162 §2.1.3.2 and §2.1.4.2 spell it out ----------------------------------------------------


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Raises :class:`VerificationError` unless the leaf's hash stands at ``index`` in the tree with this root."""
    if not 0 <= index < size:
        raise VerificationError(f"leaf {index} lies outside a tree of {size}")
    place, last, found = index, size - 1, leaf
    for each in path:
        if last == 0:
            raise VerificationError("the inclusion proof is too long")
        if place & 1 or place == last:
            found = node_hash(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    if last != 0 or found != root:
        raise VerificationError(f"leaf {index} is not in the tree of {size} with this root")


def verify_consistency(old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> None:
    """Raises :class:`VerificationError` unless the tree of ``size`` begins with the whole tree of ``old``."""
    if not 0 < old <= size:
        raise VerificationError(f"a tree of {size} does not follow one of {old}")
    if old == size:
        if proof or old_root != root:
            raise VerificationError(f"two different trees of {size}")
        return
    hashes = list(proof) if old & (old - 1) else [old_root, *proof]
    if not hashes:
        raise VerificationError("the consistency proof is empty")
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            raise VerificationError("the consistency proof is too long")
        if place & 1 or place == last:
            before, after = node_hash(each, before), node_hash(each, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, each)
        place, last = place >> 1, last >> 1
    if last != 0 or before != old_root or after != root:
        raise VerificationError(f"the tree of {size} does not begin with that of {old}")
