"""The parts that every endpoint of the issuer works with."""

from dataclasses import dataclass

from local.identity.grants import Grants
from local.identity.tokens import Signer
from local.identity.users import Users


@dataclass(frozen=True)
class Issuer:
    title: str
    identity_header: str
    users: Users
    grants: Grants
    signer: Signer

    @property
    def url(self) -> str:
        return self.signer.issuer
