"""The circuits as stored: one for each target, made by its first failure, gone with the next success."""

from datetime import datetime

from shared.delivery.models import Rest
from shared.delivery.patience import Circuit
from shared.errors import NotFound, PreconditionFailed
from shared.ids import derived_id
from shared.platform import Platform


async def known(platform: Platform, organisation: str, target: str) -> Rest | None:
    try:
        return await platform.records(Rest).read(_id(target), organisation)
    except NotFound:
        return None


async def wait_until(platform: Platform, rest: Rest | None) -> datetime | None:
    """When the target may be tried; None: now. If a probe is due, whoever asks first may try, and nobody else."""
    now = platform.clock.now()
    if rest is None:
        return None
    circuit = _circuit(rest)
    if circuit.is_open(now):
        return circuit.open_until
    if not circuit.needs_probe(now):
        return None
    probing = circuit.probing(now)
    try:
        await platform.records(Rest).replace(rest.model_copy(update={"open_until": probing.open_until}), rest.etag)
    except PreconditionFailed:
        return probing.open_until
    return None


async def failed(platform: Platform, organisation: str, target: str, rest: Rest | None) -> None:
    """Two failures at the same moment may count as one: the circuit opens one later, nothing else."""
    after = _circuit(rest).failed(platform.clock.now())
    stored = Rest(id=_id(target), organisation_id=organisation, failures=after.failures, open_until=after.open_until)
    await platform.container(Rest.container).upsert(stored.model_dump(mode="json", by_alias=True))


async def succeeded(platform: Platform, organisation: str, rest: Rest | None) -> None:
    if rest:
        await platform.container(Rest.container).delete(rest.id, organisation)


def _circuit(rest: Rest | None) -> Circuit:
    return Circuit(rest.failures, rest.open_until) if rest else Circuit()


def _id(target: str) -> str:
    return derived_id("circuit", target)
