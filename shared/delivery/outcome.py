"""How one try ended, in words that hold no data of anybody."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Outcome:
    result: Literal["delivered", "failed", "refused", "cancelled"]
    """``failed`` is worth another try; ``refused`` is not; ``cancelled``: there is no target any more."""
    says: str
    blames_target: bool = True
    """Whether a failure counts in the circuit: not if it is about one mailbox of many behind the same server."""
