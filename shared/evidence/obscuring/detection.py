"""Asks the detector. Where it fails, nothing is suggested and a person has to look all the same."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from shared.evidence.obscuring.regions import Region, What

log = logging.getLogger("reeve.evidence")

ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "shared.evidence.obscuring.detector")
PATIENCE_SECONDS = 120
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Threads of the detector wait for each other with their cores running: one alone takes half of that time or less."""
MOST = 512
"""What the detector finds at most: where it finds so many, there are more."""


def suggested(jpeg: bytes) -> list[Region] | None:
    """Faces in a picture; None if nobody could tell. Computation in another process: call it from a thread."""
    try:
        done = subprocess.run(  # noqa: S603 - a command of our own
            COMMAND,
            input=jpeg,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=True,
            cwd=ROOT,
            env=os.environ | ONE_THREAD,
        )
        boxes = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        log.warning("the face detector failed: %s", type(error).__name__)
        return None
    return [_region(*box) for box in boxes[:MOST]]


def _region(x: float, y: float, width: float, height: float, confidence: int) -> Region:
    return Region(
        x=x,
        y=y,
        width=min(width, 1 - x),
        height=min(height, 1 - y),
        what=What.FACE,
        origin="suggested",
        confidence=confidence / 100,
    )
