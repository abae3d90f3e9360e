"""Damaged files of every kind: each is taken or refused, and none crashes the examiner or eats the machine.

``REEVE_FUZZ=1000`` tries that many of each kind; a few are tried always. The work is done in one process with the
examiner's own limits, so that a crash is seen as one.
"""

import os
import random
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from shared.evidence.media_types import MediaType
from tests.support.media import samples

TIMES = int(os.environ.get("REEVE_FUZZ", "60"))
ROOT = Path(__file__).parents[2]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Flipped, cut, doubled, filled with the numbers that parsers trip over."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed) or 1)
        match chance.randrange(5):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                changed[at : at + 4] = chance.choice([b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff"])
            case 2:
                del changed[at : at + chance.randint(1, 64)]
            case 3:
                changed[at:at] = changed[at : at + chance.randint(1, 64)]
            case _:
                changed[at:at] = bytes(chance.randint(1, 16))
    return bytes(changed)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("media_type", list(MediaType))
def test_no_damage_does_damage(media_type: MediaType) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.test_evidence_fuzz", media_type.value, str(TIMES)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=1700,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    tried, peak = map(int, done.stdout.split())
    assert tried == TIMES
    assert peak < 1_500_000


def main() -> None:
    """Prints how many files were tried, and the most memory that was used, in KiB."""
    from shared.evidence import examiner, sniffing, structure
    from shared.evidence.refusals import Refused

    resource.setrlimit(resource.RLIMIT_AS, (examiner.MEMORY, examiner.MEMORY))
    media_type, times = MediaType(sys.argv[1]), int(sys.argv[2])
    chance, good, tried = random.Random(media_type.value), samples()[media_type], 0
    for _ in range(times):
        content = mutated(good, chance)
        tried += 1
        try:
            sniffing.check_size(len(content), len(content), media_type)
            sniffing.check_head(content[: sniffing.HEAD], media_type)
            walk = structure.walker(media_type, len(content))
            walk.feed(content)
            walk.finish()
        except Refused:
            continue
        if media_type.kind.value in {"image", "document"}:
            examiner.answer({"type": media_type.value, "regions": [], "crop": None}, content)
    print(tried, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    main()
