#!/usr/bin/env python3
"""Checks a bundle of evidence. Needs Python 3.9 or later and nothing else; asks no server.

    python3 verify.py bundle.zip [--key LOG-KEY]      the archive as it was handed over
    python3 verify.py DIRECTORY  [--key LOG-KEY]      the same archive, unpacked

It shows that (1) nothing in the bundle was changed since it was made: the archive ends with a signature over every
byte before it, and SHA256SUMS is signed as well; (2) every file has the SHA-256 that the manifest names; (3) each entry
of the chain of custody stands in the audit log whose signed checkpoint is in the bundle (RFC 6962).

The public key comes with the bundle. That it is the right one, only its owner can say: compare it with the key that
the organisation publishes, or pass that one with --key.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Key = tuple[str, bytes]
Point = tuple[int, int, int, int]
DASH = "\u2014"


class Bad(Exception):  # noqa: N818 - this file stands alone
    """Something is not as it was when the bundle was made."""


# -- Ed25519 (RFC 8032, section 5.1), verification only ---------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def _x_of(y: int, sign: int) -> int:
    squared = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(squared, (P + 3) // 8, P)
    if (x * x - squared) % P:
        x = x * ROOT % P
    if (x * x - squared) % P or y >= P or (x == 0 and sign):
        raise Bad("a key or a signature is no point of the curve")
    return P - x if x & 1 != sign else x


def _point(encoded: bytes) -> Point:
    number = int.from_bytes(encoded, "little")
    y = number & ((1 << 255) - 1)
    x = _x_of(y, number >> 255)
    return x, y, 1, x * y % P


def _add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, h - g, h + g, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = _x_of(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    left = _times(scalar, BASE)
    right = _add(_point(signature[:32]), _times(int.from_bytes(digest, "little") % ORDER, _point(key)))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


# -- signed notes (https://c2sp.org/signed-note) -----------------------------------------------------------------------


def key_of(text: str) -> Key:
    name, identifier, encoded = text.strip().split("+", 2)
    content = base64.b64decode(encoded, validate=True)
    if hashlib.sha256(name.encode() + b"\n" + content).digest()[:4].hex() != identifier or content[0] != 1:
        raise Bad("the public key is damaged")
    return name, content[1:]


def text_of(note: bytes, key: Key) -> str:
    """The text of a note with exactly one signature, which must be by this key; written in exactly one way."""
    name, public = key
    try:
        text, line = note.decode().split("\n\n")
        _, _, encoded = line.rstrip("\n").split(" ")
        signature = base64.b64decode(encoded, validate=True)
    except (ValueError, UnicodeDecodeError):
        raise Bad("a signature cannot be read") from None
    text += "\n"
    expected = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4] + signature[4:]
    written = f"{text}\n{DASH} {name} {base64.b64encode(expected).decode()}\n"
    if written.encode() != note or not is_signed(public, text.encode(), signature[4:]):
        raise Bad(f"a signature is not good, or not by {name}")
    return text


def fields_of(text: str) -> dict[str, str]:
    parts = (line.partition(": ") for line in text.splitlines())
    return {name: value for name, _, value in parts}


# -- the audit log (RFC 6962, RFC 9162 section 2.1.3.2) ----------------------------------------------------------------

COMMITTED = (
    "id", "organisationId", "at", "actor", "actorOrganisation", "action",
    "subjects", "purpose", "policies", "outcome", "soughtDigest",
)  # fmt: skip


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def leaf_of(entry: dict[str, Any]) -> bytes:
    content = canonical({name: entry[name] for name in COMMITTED})
    digest = hashlib.sha256(b"reeve audit entry v1\n" + bytes.fromhex(entry["nonce"]) + content).hexdigest()
    leaf = {"commitment": digest, "id": entry["id"], "time": entry["at"][:13] + ":00:00Z", "v": 1}
    return hashlib.sha256(b"\x00" + canonical(leaf)).digest()


def root_from(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    place, last, found = index, size - 1, leaf
    for each in path:
        if last == 0:
            raise Bad("a proof of custody is too long")
        if place & 1 or place == last:
            found = hashlib.sha256(b"\x01" + each + found).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\x01" + found + each).digest()
        place, last = place >> 1, last >> 1
    if last:
        raise Bad("a proof of custody is too short")
    return found


# -- the bundle --------------------------------------------------------------------------------------------------------


def files_of_zip(path: Path, note_of: Callable[[str], Key]) -> tuple[dict[str, bytes], Key]:
    """All files, after the signature over the archive has been checked."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise Bad("two files of the archive have one name")
        comment = archive.comment
        key = note_of(archive.read("audit/key").decode())
        size, digest = path.stat().st_size - len(comment), hashlib.sha256()
        with path.open("rb") as file:
            while size:
                chunk = file.read(min(size, 1 << 20))
                digest.update(chunk)
                size -= len(chunk)
        signed = text_of(comment, key)
        if not signed.startswith("reeve bundle v1\n") or fields_of(signed)["archive"] != digest.hexdigest():
            raise Bad("the archive has been changed since it was signed")
        return {name: archive.read(name) for name in names}, key


def files_of_directory(path: Path, note_of: Callable[[str], Key]) -> tuple[dict[str, bytes], Key]:
    found = {each.relative_to(path).as_posix(): each.read_bytes() for each in path.rglob("*") if each.is_file()}
    return found, note_of(found["audit/key"].decode())


def check_sums(files: dict[str, bytes], key: Key) -> int:
    signed = fields_of(text_of(files["SHA256SUMS.note"], key))
    if signed["sums"] != hashlib.sha256(files["SHA256SUMS"]).hexdigest():
        raise Bad("SHA256SUMS has been changed")
    lines = (line.split("  ", 1) for line in files["SHA256SUMS"].decode().splitlines())
    listed = {name: digest for digest, name in lines}
    for name in sorted(set(files) - {"SHA256SUMS", "SHA256SUMS.note"}):
        if name not in listed:
            raise Bad(f"{name} does not belong to the bundle")
    for name, digest in listed.items():
        if name not in files:
            raise Bad(f"{name} is missing")
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise Bad(f"{name} has been changed")
    return len(listed)


def check_manifest(files: dict[str, bytes]) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(files["manifest.json"])
    for item in manifest["evidence"]:
        if hashlib.sha256(files[item["file"]]).hexdigest() != item["sha256"]:
            raise Bad("{} is not what the manifest names".format(item["file"]))
    return manifest


def check_custody(files: dict[str, bytes], manifest: dict[str, Any], key: Key) -> tuple[int, int]:
    lines = text_of(files["audit/checkpoint"], key).splitlines()
    size, root, proven, waiting = int(lines[1]), base64.b64decode(lines[2]), 0, 0
    for item in manifest["evidence"]:
        for touch in json.loads(files[item["custody"]])["entries"]:
            if item["id"] not in touch["entry"]["subjects"]:
                raise Bad("an entry of custody is about something else")
            if touch["inclusion"] is None:
                waiting += 1
                continue
            path = [base64.b64decode(each) for each in touch["inclusion"]]
            if root_from(leaf_of(touch["entry"]), touch["leafIndex"], size, path) != root:
                raise Bad("an entry of custody is not in the log")
            proven += 1
    return proven, waiting


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks a bundle of evidence.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--key", help="the public key that the organisation publishes")
    asked = parser.parse_args()

    def note_of(text: str) -> Key:
        if asked.key and asked.key.strip() != text.strip():
            raise Bad("the bundle is signed with another key than the one you trust")
        return key_of(text)

    try:
        read = files_of_directory if asked.bundle.is_dir() else files_of_zip
        files, key = read(asked.bundle, note_of)
        count = check_sums(files, key)
        manifest = check_manifest(files)
        proven, waiting = check_custody(files, manifest, key)
    except Bad as problem:
        print(f"NOT GOOD: {problem}")
        return 1
    except Exception as problem:  # a damaged archive fails in many ways
        print(f"NOT GOOD: the bundle cannot be read ({type(problem).__name__})")
        return 1
    print(f"GOOD: {count} files unchanged, {proven} entries of custody proven, {waiting} not sealed yet")
    print(f"Signed by {key[0]}")
    if not asked.key:
        print("Compare audit/key with the key that the organisation publishes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
