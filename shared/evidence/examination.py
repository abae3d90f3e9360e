"""Asks the examiner, which is a process of its own."""

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.errors import Unavailable
from shared.evidence.media_types import MediaType
from shared.evidence.obscuring.places import Place
from shared.evidence.refusals import Reason, Refused
from shared.evidence.stripping import Picture

log = logging.getLogger("reeve.evidence")

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "shared.evidence.examiner")
PATIENCE_SECONDS = 90


def picture(content: bytes, media_type: MediaType, regions: Sequence[Place] = (), crop: Place | None = None) -> Picture:
    """The picture with ``regions`` filled, cropped. Raises :class:`Refused`, or Unavailable; call it from a thread."""
    order = {"type": media_type.value, "regions": regions, "crop": crop}
    answer, rendition = _asked(order, content)
    return Picture(answer["width"], answer["height"], rendition, answer["renditionWidth"], answer["renditionHeight"])


def document(content: bytes) -> int:
    """The number of pages. Raises :class:`Refused`."""
    answer, _ = _asked({"type": MediaType.PDF.value}, content)
    return int(answer["pages"])


def _asked(order: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    """A crash is a finding: the file is refused, and nothing else has suffered. The examiner ends by itself when it has
    used up its processor time, so one that takes longer waits for a busy machine, and the file is not to blame."""
    try:
        done = subprocess.run(  # noqa: S603 - a command of our own
            COMMAND,
            input=json.dumps(order).encode() + b"\n" + content,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=True,
            cwd=ROOT,
        )
        line, _, rest = done.stdout.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
    except subprocess.TimeoutExpired:
        raise Unavailable("The file could not be examined just now. It will be tried again.") from None
    except (subprocess.SubprocessError, ValueError) as error:
        log.warning("the examiner failed: %s", type(error).__name__)
        raise Refused(Reason.UNREADABLE) from None
    if "refused" in answer:
        raise Refused(Reason(answer["refused"]))
    return answer, rest
