"""What is refused, the way a stranger would send it: announced over HTTP, sent to the storage, seen by the trigger."""

import httpx
import pytest
from azure.storage.blob.aio import ContainerClient

from shared.evidence.refusals import SENTENCES, Reason
from tests.e2e.test_evidence_api import INVESTIGATE, processed
from tests.support.hostile import Hostile, hostile
from tests.support.media import samples
from tests.support.trust import TRUSTED
from tests.support.waiting import eventually
from tests.support.world import World, fresh_key, problem, submit, theft

HOSTILE = hostile()
NEVER_HERE = {Reason.TOO_LARGE}
"""More than 100 MB: see test_evidence_sniffing."""


@pytest.fixture(scope="module")
async def report(world: World) -> str:
    return str((await submit(world.reporter, theft(world))).json()["id"])


async def sent(world: World, report: str, file: Hostile) -> str:
    """The id of the item."""
    body = {
        "reportId": report,
        "kind": file.announced.kind,
        "mimeType": file.announced,
        "sizeBytes": file.size or len(file.content),
    }
    permission = await world.reporter.api.post("/api/evidence/uploads", json=body, headers=fresh_key())
    assert permission.status_code == 201, permission.text
    url, headers = permission.json()["uploadUrl"], permission.json()["requiredHeaders"]
    async with httpx.AsyncClient(verify=TRUSTED, timeout=60) as storage:
        answer = await storage.put(url, content=file.content, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(permission.json()["evidenceId"])


async def stored(world: World, evidence_id: str) -> list[str]:
    """Names of everything that lies in the storage under an item's id."""
    found = []
    for container in ("uploads", "evidence"):
        connection = world.stack.environment["EVIDENCE_STORAGE"]
        async with ContainerClient.from_connection_string(connection, container) as client:
            found += [name async for name in client.list_blob_names() if evidence_id in name]
    return found


@pytest.mark.parametrize("name", list(HOSTILE))
async def test_it_is_refused_with_its_reason_and_nothing_of_it_stays(world: World, report: str, name: str) -> None:
    file = HOSTILE[name]
    item = await processed(world, await sent(world, report, file), within=60)
    assert item["state"] == "refused"
    assert item["refusal"] == {"code": file.reason, "detail": SENTENCES[file.reason]}

    async def nothing_left() -> bool:
        return not await stored(world, item["id"])

    assert await eventually(nothing_left)  # the upload goes last
    for rendition in ("true", "false"):
        query = INVESTIGATE | {"rendition": rendition}
        gone = await world.investigator.api.get(f"/api/evidence/{item['id']}/content", params=query)
        assert problem(gone)["status"] == 404
    touched = await world.investigator.api.get(f"/api/evidence/{item['id']}/custody", params=INVESTIGATE)
    assert [each["action"] for each in touched.json()["entries"]].count("evidence:refuse") == 1


def test_every_reason_is_tried() -> None:
    assert {each.reason for each in HOSTILE.values()} == set(Reason) - NEVER_HERE


async def test_the_service_goes_on(world: World, report: str) -> None:
    """After everything above, and for every kind."""
    files = [Hostile(content, media_type, Reason.EMPTY) for media_type, content in samples().items()]
    sent_ = [await sent(world, report, file) for file in files]
    assert [(await processed(world, each, within=60))["state"] for each in sent_] == ["stored"] * len(files)
