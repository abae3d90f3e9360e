"""The world that the attacks are made on."""

from collections.abc import AsyncIterator

import pytest

from shared.platform import assemble
from shared.settings import load
from tests.support.world import Stack, World, build


@pytest.fixture(scope="session")
async def world(stack: Stack) -> AsyncIterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in stack.environment.items():
            patch.setenv(name, value)
        platform = assemble(load(stack.environment))
        built = await build(stack, platform)
        yield built
        await built.close()
        await platform.close()
