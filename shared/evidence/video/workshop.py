"""Has one step done by a process of its own, and hands over what it asks for, piece by piece."""

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import IO, Any

from shared.evidence import vault
from shared.evidence.models import Evidence
from shared.evidence.obscuring.detection import ONE_THREAD
from shared.evidence.vault import Part
from shared.evidence.video.unworkable import Unworkable
from shared.evidence.video.work import Failure
from shared.platform import Platform

log = logging.getLogger("reeve.evidence")

ROOT = Path(__file__).parents[3]
MODULE = "shared.evidence.video.process"
PATIENCE_SECONDS = 270
"""Less than a message's lock is renewed for (host.json)."""
LONGEST_LINE = 16 << 20


class BrokeDownError(Exception):
    """The process ended without an answer: it may have been killed, so a repetition can help."""


async def done(
    platform: Platform, item: Evidence, number: int, order: dict[str, Any], made: IO[bytes]
) -> dict[str, Any]:
    """What was found; what was made is in ``made``. Raises :class:`Unworkable` or :class:`BrokeDownError`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", MODULE, str(made.fileno())),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # codecs write there what they read
        pass_fds=[made.fileno()],
        cwd=ROOT,
        env=ONE_THREAD | {"PYTHONPATH": ":".join(filter(None, sys.path))},
        limit=LONGEST_LINE,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await _conversation(platform, item, number, order, process)
    except (TimeoutError, OSError, ValueError) as error:
        log.warning("the work on a video broke down: %s", type(error).__name__)
        raise BrokeDownError from None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    if "broke" in answer:
        log.warning("the work on a video broke down: %s", answer["broke"])
        raise BrokeDownError
    if "failure" in answer:
        raise Unworkable(Failure(answer["failure"]))
    return answer


async def _conversation(
    platform: Platform, item: Evidence, number: int, order: dict[str, Any], process: asyncio.subprocess.Process
) -> dict[str, Any]:
    said, heard = process.stdin, process.stdout
    assert said is not None  # noqa: S101 - both are pipes
    assert heard is not None  # noqa: S101
    said.write(json.dumps(order).encode() + b"\n")
    while line := await heard.readline():
        answer: dict[str, Any] = json.loads(line)
        if "read" in answer:
            said.write(await vault.unseal_part(platform, item, Part.ORIGINAL, *answer["read"]))
        elif "piece" in answer:
            content = await vault.unseal(platform, item, vault.video_piece(number, answer["piece"]))
            said.write(b"%d\n" % len(content) + content)
        else:
            return answer
        await said.drain()
    raise BrokeDownError
