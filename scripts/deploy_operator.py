#!/usr/bin/env python3
"""Lets the first operator in: the one account that nobody can invite, because nobody is there yet.

    deploy_operator.py --issuer https://login.microsoftonline.com/TENANT/v2.0 --subject SUB --name 'Ada Lovelace'

Issuer and subject are the claims `iss` and `sub` of the operator's own token for the API. An operator registers
organisations and sees no personal data. The platform's root key is made as well, if it is not there yet. The app's
settings must be in the environment (docs/operations/deployment.md).
"""
# ruff: noqa: T201 - it speaks to whoever deploys

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared.errors import Conflict
from shared.identity.principals import Role
from shared.identity.tokens import Identity
from shared.ids import new_id
from shared.organisations import service
from shared.organisations.models import Organisation, OrganisationKind, User
from shared.platform import Platform, assemble
from shared.settings import load

NAME = "Reeve operations"


async def admit(platform: Platform, identity: Identity, name: str, jurisdiction: str) -> User:
    """Raises :class:`shared.errors.Conflict` if the identity has an account already."""
    home = await _home(platform) or await service.onboard(platform, NAME, OrganisationKind.PLATFORM, jurisdiction)
    user = User(id=new_id(platform.clock.now()), organisation_id=home.id, name=name, roles=[Role.OPERATOR])
    await service.bind(platform, user, identity)  # first: a binding that leads nowhere lets nobody in
    return await platform.records(User).create(user)


async def _home(platform: Platform) -> Organisation | None:
    text = "SELECT * FROM c WHERE c.kind = @kind"
    async for found in platform.container("organisations").query(text, {"kind": OrganisationKind.PLATFORM.value}):
        return await platform.records(Organisation).open(found)
    return None


async def run(options: argparse.Namespace) -> User:
    platform = assemble(load())
    try:
        return await admit(platform, Identity(options.issuer, options.subject), options.name, options.jurisdiction)
    finally:
        await platform.close()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--issuer", required=True)
    parser.add_argument("--subject", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--jurisdiction", default="GB", help="of whoever runs the platform, ISO 3166")
    options = parser.parse_args(arguments)
    try:
        user = asyncio.run(run(options))
    except Conflict:
        sys.exit("This identity has an account already.")
    print(f"Operator {user.id}")


if __name__ == "__main__":
    main()
