"""How one try ended, in words that hold no data of anybody."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Outcome:
    result: Literal["delivered", "failed", "refused", "cancelled"]
    """``failed`` is worth another try and counts against the target; ``refused`` is not; ``cancelled``: no target."""
    says: str
