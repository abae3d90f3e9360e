"""One running stack for all tests that ask for it; nothing is skipped when it does not come up."""

from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from shared.platform import assemble
from shared.settings import load
from tests.support.settings import settings_of
from tests.support.stack import StackUnderTest, running_stack
from tests.support.world import World, build

ROOT = Path(__file__).parents[1]
# Hypothesis minds neither a slow machine nor a slow example, and takes the same examples each time.
# To look for others: pytest --hypothesis-profile=default
settings.load_profile("ci")


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


LONGEST = (
    "test_every_operation",
    "test_plates_faults",
    "test_access_matrix",
    "test_evidence_kills",
    "test_videos_api",
    "test_demo",
)
"""Files that take minutes, whatever the number of their tests."""
ORDER = ("e2e", "web", "security", "service", "local", "unit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, the shortest last: no worker sits over a long file while the other one has nothing to do.

    Workers know tests by their ids: of several with the same, only one would be run, and nobody would notice."""
    [(most, times)] = Counter(item.nodeid for item in items).most_common(1) or [("", 0)]
    if times > 1:
        raise pytest.UsageError(f"{times} tests are called {most}")

    def place(item: pytest.Item) -> tuple[int, int]:
        directory = item.path.relative_to(ROOT / "tests").parts[0]
        return _index(LONGEST, item.path.stem), _index(ORDER, directory)

    items.sort(key=place)


def _index(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else len(names)


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
