"""The stores that services need, without a functions host that would join in: the tests do what triggers would."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.platform import Platform, assemble
from shared.settings import load
from shared.storage.outbox import Message
from tests.support.desk import Desk
from tests.support.settings import settings_of
from tests.support.stack import StackUnderTest, running_stack
from tests.support.world import World, build

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    with running_stack(ROOT, tmp_path_factory.mktemp("stores"), "--quiet", "--no-host") as running:
        yield running


@pytest.fixture(scope="session")
def storage(stores: StackUnderTest) -> str:
    """The connection string of the evidence account."""
    return stores.environment["EVIDENCE_STORAGE"]


@pytest.fixture(scope="session")
async def platform(stores: StackUnderTest) -> AsyncIterator[Platform]:
    with settings_of(stores.environment):
        assembled = assemble(load(stores.environment))
        yield assembled
        await assembled.close()


@pytest.fixture(scope="module")
async def world(stores: StackUnderTest, platform: Platform) -> AsyncIterator[World]:
    built = await build(stores, platform)
    yield built
    await built.close()


@pytest.fixture
async def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The queue of deliveries, emptied by hand."""
    made = Desk(world.platform)

    async def taken(message: Message) -> bool:
        await made.take(message)
        return True

    monkeypatch.setattr(world.platform.bus, "send", taken)
    monkeypatch.setattr(world.platform.bus, "send_or_leave", taken)
    monkeypatch.setattr(world.platform.bus, "send_at", made.take)
    return made
