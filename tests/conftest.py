"""One running stack for all tests that ask for it; nothing is skipped when it does not come up."""

from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest

from shared.platform import assemble
from shared.settings import load
from tests.support.settings import settings_of
from tests.support.stack import StackUnderTest, running_stack
from tests.support.world import World, build

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """The real app on the real local stack, with free ports and empty stores."""
    with running_stack(ROOT, tmp_path_factory.mktemp("stack"), "--quiet") as running:
        yield running


@pytest.fixture(scope="module")
async def world(stack: StackUnderTest) -> AsyncIterator[World]:
    """Organisations and people on the stack, each with an HTTP client in their name. Every file of tests has its own:
    what one file leaves behind, another one's people cannot see."""
    with settings_of(stack.environment):
        platform = assemble(load(stack.environment))
        built = await build(stack, platform)
        yield built
        await built.close()
        await platform.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test on a stack shows what the stack's services logged last."""
    report = yield
    arguments = getattr(item, "funcargs", {})
    for running in arguments.values():
        if report.failed and isinstance(running, StackUnderTest):
            report.sections += [(f"log of {name}", text) for name, text in running.logs().items()]
    return report
