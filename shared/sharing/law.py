"""What an owner's law lets it share, read from a table that a lawyer can read too."""

import functools
import tomllib
from pathlib import Path
from typing import Any

from shared.organisations.models import Organisation, OrganisationKind

FILE = Path(__file__).with_name("jurisdictions.toml")


@functools.cache
def table() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text())


def may_share(owner: Organisation, kind: OrganisationKind) -> bool:
    """Whether the owner may share through a community with an organisation of this kind. Unknown means no."""
    country = owner.jurisdiction.partition("-")[0]
    row = table().get(country, table()["default"])
    match kind:
        case OrganisationKind.RETAILER:
            return bool(row["retailers"])
        case OrganisationKind.LAW_ENFORCEMENT:
            return bool(row["police"])
        case _:
            return False
