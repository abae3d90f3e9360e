"""A fresh deployment has nobody in it; the first operator gets in, and can do an operator's work."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest

from shared.errors import Conflict
from shared.identity.tokens import Identity
from shared.organisations import management
from shared.organisations.models import OrganisationForm
from shared.platform import Platform, assemble
from shared.sealing.roots import PLATFORM
from shared.settings import load
from tests.support import scripts
from tests.support.settings import settings_of
from tests.support.stack import running_stack

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return scripts.script("deploy_operator")


@pytest.fixture(scope="module")
async def empty(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    """The stores as a deployment leaves them."""
    running = running_stack(ROOT, tmp_path_factory.mktemp("operator"), "--quiet", "--no-host")
    with running as stores, settings_of(stores.environment):
        platform = assemble(load(stores.environment))
        yield platform
        await platform.close()


async def test_the_first_operator_registers_the_first_organisation(empty: Platform, script: ModuleType) -> None:
    identity = Identity("https://issuer.example", uuid.uuid4().hex)
    await script.admit(empty, identity, "Otto Vance", "GB")
    operator = await empty.principals.user(identity)
    form = OrganisationForm.model_validate(
        {
            "name": "Harbour & Pine",
            "kind": "retailer",
            "jurisdiction": "GB",
            "dataProtectionContact": "privacy@harbour.example",
            "privacyNotice": "https://harbour.example/privacy",
            "administrator": "Ana Ruiz",
        }
    )
    made, _ = await management.register(empty, operator, form)
    assert made.name == "Harbour & Pine"
    assert await empty.roots.root(PLATFORM)


async def test_an_identity_gets_in_once_and_a_second_operator_joins_the_first(
    empty: Platform, script: ModuleType
) -> None:
    first, second = (Identity("https://issuer.example", uuid.uuid4().hex) for _ in range(2))
    one = await script.admit(empty, first, "Otto Vance", "GB")
    other = await script.admit(empty, second, "Ida Sands", "GB")
    assert one.organisation_id == other.organisation_id
    with pytest.raises(Conflict):
        await script.admit(empty, first, "Otto Vance", "GB")
