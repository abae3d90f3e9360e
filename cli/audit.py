"""``./reeve audit``: checks an audit log from outside, with nothing but its public key.

Needs no running stack and no account. Only ``--entries`` signs in, to compare what the audit search shows with the log.
"""

import argparse
import asyncio
import base64
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from shared.audit import verifier
from shared.audit.merkle import VerificationError
from shared.audit.notes import Checkpoint, PublicKey
from shared.audit.verifier import Verified
from shared.retention.schedule import Terms

TOKEN = "REEVE_TOKEN"  # noqa: S105 - the name of a variable
KEPT = Terms(()).rule("audit").period.longest
"""An older leaf may have no entry any more."""
INTACT, TAMPERED, UNKNOWN = 0, 1, 2


def add_commands(commands: Any) -> None:
    parser = commands.add_parser("audit", help="check an audit log from outside")
    actions = parser.add_subparsers(dest="action", required=True)
    whole = actions.add_parser("verify", help="recompute a whole log from what it publishes")
    whole.add_argument("log", help="URL of the log, for example https://.../api/public/log/<id>")
    whole.add_argument("--key", required=True, help="the log's public key, or a file that holds it")
    whole.add_argument("--checkpoint", type=Path, help="file of the checkpoint kept from last time; then updated")
    whole.add_argument("--entries", metavar="API", help=f"URL of the API whose audit search to compare; needs {TOKEN}")
    one = actions.add_parser("prove", help="check what GET /api/audit/{id}/proof answered")
    one.add_argument("proof", type=Path, help="file with the answer")
    one.add_argument("--key", required=True, help="the log's public key, or a file that holds it")


def run(options: argparse.Namespace) -> int:
    """The exit code: 0 for an intact log, 1 for one that is not, 2 when that cannot be told."""
    try:
        key = _key(options.key)
        lines = _verify(options, key) if options.action == "verify" else _prove(options.proof, key)
    except VerificationError as error:
        print(f"NOT INTACT: {error}", file=sys.stderr)
        return TAMPERED
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, KeyError) as error:
        print(f"The log could not be checked: {error or type(error).__name__}", file=sys.stderr)
        return UNKNOWN
    print(*lines, sep="\n")
    return INTACT


def _key(given: str) -> PublicKey:
    """The text of a key has pluses in it, the name of a file hardly ever."""
    return PublicKey.parse(given if given.count("+") >= 2 and not Path(given).exists() else Path(given).read_text())


# -- a whole log -----------------------------------------------------------------------------------------------------


def _verify(options: argparse.Namespace, key: PublicKey) -> list[str]:
    kept: Path | None = options.checkpoint
    earlier = kept.read_bytes() if kept and kept.exists() else None
    log = asyncio.run(_fetched(options.log.rstrip("/"), key, earlier))
    lines = [f"intact: {log.checkpoint.size} entries in {log.checkpoint.origin}"]
    if earlier:
        lines.append(f"it continues the checkpoint of {Checkpoint.opened(earlier, key).size} entries in {kept}")
    if options.entries:
        lines.append(_compared(log, _shown(options.entries.rstrip("/"))))
    if kept:
        kept.write_bytes(log.note)
    return lines


async def _fetched(prefix: str, key: PublicKey, earlier: bytes | None) -> Verified:
    async with httpx.AsyncClient(timeout=60) as client:
        return await verifier.verify(_fetcher(client, prefix), key, earlier)


def _fetcher(client: httpx.AsyncClient, prefix: str) -> verifier.Fetch:
    async def fetch(path: str) -> bytes | None:
        answer = await client.get(f"{prefix}/{path}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return answer.raise_for_status().content

    return fetch


# -- stored entries against the log ----------------------------------------------------------------------------------


def _shown(api: str) -> Iterator[dict[str, Any]]:
    """Everything the audit search shows to whoever the token belongs to."""
    headers = {"Authorization": f"Bearer {os.environ[TOKEN]}"}
    asked: dict[str, Any] = {"limit": 100, "until": datetime.now(UTC).isoformat()}
    with httpx.Client(headers=headers, timeout=60) as client:
        while True:
            page = client.get(f"{api}/audit", params=asked).raise_for_status().json()
            yield from page["entries"]
            if not page["nextCursor"]:
                return
            asked["cursor"] = page["nextCursor"]


def _compared(log: Verified, shown: Iterator[dict[str, Any]]) -> str:
    stock = verifier.take_stock(log, shown)
    oldest = (datetime.now(UTC) - KEPT).isoformat()
    removed = [leaf for leaf in stock.missing if leaf["time"] >= oldest]
    if removed:
        raise VerificationError(f"{len(removed)} entries are gone before their time, the first {removed[0]['id']}")
    return (
        f"{stock.matching} stored entries are as they were sealed; {stock.waiting} wait to be sealed, "
        f"{len(stock.missing)} were disposed of at the end of their time, {stock.void} places are void"
    )


# -- one entry -------------------------------------------------------------------------------------------------------


def _prove(path: Path, key: PublicKey) -> list[str]:
    proof = json.loads(path.read_text())
    checkpoint = Checkpoint.opened(proof["checkpoint"], key)
    hashes = [base64.b64decode(each, validate=True) for each in proof["inclusion"]]
    verifier.verify_entry(proof["entry"], proof["leafIndex"], hashes, checkpoint)
    return [f"proven: the entry is number {proof['leafIndex']} of {checkpoint.size} in {checkpoint.origin}"]
