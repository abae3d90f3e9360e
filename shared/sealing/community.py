"""The index key of a community: its members, and nobody else, make equal tokens of equal values.

The key is random and the same for all members, wrapped for each under its own root, so it opens with any member's root
and with no other. Whoever leaves takes the knowledge of the past along; therefore those who stay begin a new epoch.
"""

import asyncio
import secrets
from collections.abc import Sequence

from shared.errors import NotFound, PreconditionFailed
from shared.ids import derived_id
from shared.sealing.keyring import Keyring
from shared.sealing.tokens import Index
from shared.storage.cosmos import Container, Document


class CommunityIndex:
    def __init__(self, keyring: Keyring, container: Container) -> None:
        self._keyring, self._container = keyring, container

    async def index(self, community: str, member: str) -> Index:
        """Raises :class:`NotFound` for an organisation that is not in the community."""
        document = await self._container.read(_epochs_id(community), member)
        names = [_key_id(community, epoch) for epoch in document["epochs"]]
        keys = await asyncio.gather(*(self._keyring.fetch(member, name) for name in names))
        return Index(tuple(key.secret for key in keys))

    async def admit(self, community: str, newcomer: str, others: Sequence[str]) -> None:
        """From now on the newcomer makes the same tokens as the ``others``; the first member begins the first epoch.

        Safe to repeat.
        """
        for member in others:
            try:
                document = await self._container.read(_epochs_id(community), member)
            except NotFound:
                continue
            for epoch in document["epochs"]:
                key = await self._keyring.fetch(member, _key_id(community, epoch))
                await self._keyring.adopt(newcomer, key.id, key.secret)
            await self._set_epochs(community, newcomer, document["epochs"])
            return
        await self._keyring.shared(newcomer, _key_id(community, 1))
        await self._set_epochs(community, newcomer, [1])

    async def dismiss(self, community: str, leaver: str, others: Sequence[str]) -> None:
        """The leaver's keys are destroyed, and the ``others`` make their tokens with a new one. Safe to repeat."""
        try:
            epochs = (await self._container.read(_epochs_id(community), leaver))["epochs"]
        except NotFound:
            return
        newest, secret = max(epochs) + 1, secrets.token_bytes(32)
        for member in others:
            await self._keyring.adopt(member, _key_id(community, newest), secret)
            secret = (await self._keyring.fetch(member, _key_id(community, newest))).secret  # as begun before, perhaps
            await self._set_epochs(community, member, [newest, *epochs])
        for epoch in epochs:
            await self._keyring.destroy(leaver, _key_id(community, epoch))
        await self._container.delete(_epochs_id(community), leaver)

    async def _set_epochs(self, community: str, member: str, epochs: list[int]) -> None:
        document: Document = {"id": _epochs_id(community), "organisationId": member, "epochs": epochs}
        try:
            known = await self._container.read(document["id"], member)
        except NotFound:
            await self._container.upsert(document)
            return
        merged = sorted({*known["epochs"], *epochs}, reverse=True)
        try:
            await self._container.replace(known | {"epochs": merged}, known["_etag"])
        except PreconditionFailed:
            await self._set_epochs(community, member, epochs)


def _epochs_id(community: str) -> str:
    return derived_id("community-epochs", community)


def _key_id(community: str, epoch: int) -> str:
    return derived_id("community-index", community, str(epoch))
