"""After a restore what was disposed of goes again; when an organisation leaves, it leaves nothing behind."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

from shared.errors import NotFound, Unauthenticated
from shared.identity.tokens import Identity
from shared.organisations import devices
from shared.platform import Platform, assemble
from shared.reports import service as reports
from shared.reports.models import ReportSubmission
from shared.retention import sweep
from shared.settings import load
from tests.support import scripts
from tests.support.settings import settings_of
from tests.support.stack import running_stack
from tests.support.world import World, build, theft

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return scripts.script("deploy_dispose")


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Stores of its own, without a functions host: the retention timer would join in."""
    running = running_stack(ROOT, tmp_path_factory.mktemp("dispose"), "--quiet", "--no-host")
    with running as stores, settings_of(stores.environment):
        platform = assemble(load(stores.environment))
        built = await build(stores, platform)
        yield built
        await built.close()
        await platform.close()


async def submit(world: World) -> str:
    occurred = (world.platform.clock.now() - timedelta(days=1)).isoformat()
    form = ReportSubmission.model_validate(theft(world, occurredAt=occurred))
    report = await reports.submit(world.platform, world.reporter.principal, form, uuid.uuid4().hex, notify=False)
    return report.id


async def stored(platform: Platform, container: str, key: str | list[str]) -> list[str]:
    found = platform.container(container).query("SELECT c.id FROM c", key=key)
    return [each["id"] async for each in found]


async def test_without_a_single_key_it_refuses(world: World, script: ModuleType) -> None:
    """A wrong keyring looks like a world in which everything was disposed of."""
    report = await submit(world)
    document = await world.platform.container("keyring").read(report, world.home.id)
    await world.platform.keyring.destroy(world.home.id, report)
    with pytest.raises(script.RefusedError, match="wrong keyring"):
        await script.keyless(world.platform, apply=True)
    await world.platform.container("keyring").create({k: v for k, v in document.items() if not k.startswith("_")})


async def test_a_record_that_a_restore_brought_back_goes_again(world: World, script: ModuleType) -> None:
    kept, gone = await submit(world), await submit(world)
    await world.platform.keyring.destroy(world.home.id, gone)  # the restored database still has the document
    assert await script.keyless(world.platform, apply=False) == 1
    assert gone in await stored(world.platform, "reports", [world.home.id])
    assert await script.keyless(world.platform, apply=True) == 1
    assert (await sweep.run(world.platform)).disposed["report"] == 1
    left = await stored(world.platform, "reports", [world.home.id])
    assert kept in left
    assert gone not in left
    assert await script.keyless(world.platform, apply=True) == 0


async def test_nothing_is_removed_from_an_organisation_that_is_open(world: World, script: ModuleType) -> None:
    with pytest.raises(script.RefusedError, match="not closed"):
        await script.remove(world.platform, world.partner.id, apply=True)


async def test_an_organisation_that_leaves_leaves_its_audit_log_only(world: World, script: ModuleType) -> None:
    platform, home = world.platform, world.home.id
    report = await submit(world)
    camera = await devices.register_device(platform, world.site, "rekor")
    partners = await stored(platform, "users", world.partner.id)

    due = await script.close(platform, home, apply=False)
    assert due >= 1
    assert await platform.principals.device(camera.device, camera.secret)
    assert await script.close(platform, home, apply=True) == due
    platform.principals.forget()
    with pytest.raises(Unauthenticated):
        await platform.principals.device(camera.device, camera.secret)
    with pytest.raises(Unauthenticated):
        await platform.principals.user(Identity(world.stack.environment["OIDC_ISSUERS"], world.reporter.sub))
    with pytest.raises(script.RefusedError, match="not through"):
        await script.remove(platform, home, apply=True)

    assert (await sweep.run(platform)).disposed["report"] == due
    assert await script.remove(platform, home, apply=True) > 0
    for container, key in {
        "reports": [home],
        "users": home,
        "sites": home,
        "watchlists": home,
        "plateReads": [home],
    }.items():
        assert await stored(platform, container, key) == [], container
    with pytest.raises(NotFound):
        await platform.container("credentials").read(camera.device, camera.device)
    with pytest.raises(NotFound):
        await platform.container("keyring").read(report, home)
    assert await stored(platform, "audit", [home])
    assert await stored(platform, "users", world.partner.id) == partners

    count = await script.shred(platform, home, apply=False)
    assert await script.shred(platform, home, apply=True) == count > 0
    assert await stored(platform, "keyring", home) == []
    with pytest.raises(script.RefusedError, match="not closed"):
        await script.shred(platform, world.partner.id, apply=True)
