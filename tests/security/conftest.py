"""Callers of every kind and place, and something of each kind for them to ask for."""

from collections.abc import AsyncIterator

import pytest

from tests.security.access_world import AccessWorld
from tests.support.world import World


@pytest.fixture(scope="module")
async def access(world: World) -> AsyncIterator[AccessWorld]:
    built = AccessWorld(world)
    await built.build()
    yield built
    await built.close()
