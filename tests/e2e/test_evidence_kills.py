"""The host is killed while it works on an upload: nothing is lost, and nothing is made twice."""

import asyncio
import io
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueServiceClient
from PIL import Image

from shared.evidence import custody, intake
from shared.platform import assemble
from shared.settings import load
from tests.e2e.test_evidence_api import INVESTIGATE, processed
from tests.support.settings import settings_of
from tests.support.stack import ROOT, StackUnderTest, running_stack
from tests.support.trust import TRUSTED
from tests.support.waiting import eventually
from tests.support.world import World, build, fresh_key, submit, theft

EXAMINER, DETECTOR = "shared.evidence.examiner", "shared.evidence.obscuring.detector"
MANY_PIXELS = (5000, 4000)
"""Enough for an examination that lasts long enough to be interrupted."""

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux shows the children of a process"),
]


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A stack of its own: its host is killed, which the other tests would not like."""
    with running_stack(ROOT, tmp_path_factory.mktemp("killed"), "--quiet") as running:
        yield running


@pytest.fixture(scope="module")
async def own_world(own_stack: StackUnderTest) -> AsyncIterator[World]:
    with settings_of(own_stack.environment):
        platform = assemble(load(own_stack.environment))
        built = await build(own_stack, platform)
        yield built
        await built.close()
        await platform.close()


def photo() -> bytes:
    rough, written = Image.new("L", (100, 80)), io.BytesIO()
    rough.putdata([random.Random(1).randrange(256) for _ in range(8000)])
    rough.resize(MANY_PIXELS, Image.Resampling.BICUBIC).convert("RGB").save(written, "JPEG")
    return written.getvalue()


async def sent(world: World) -> str:
    report = (await submit(world.reporter, theft(world))).json()["id"]
    content = photo()
    body = {"reportId": report, "kind": "image", "mimeType": "image/jpeg", "sizeBytes": len(content)}
    permission = (await world.reporter.api.post("/api/evidence/uploads", json=body, headers=fresh_key())).json()
    async with httpx.AsyncClient(verify=TRUSTED, timeout=60) as storage:
        headers = permission["requiredHeaders"]
        assert (await storage.put(permission["uploadUrl"], content=content, headers=headers)).status_code == 201
    return str(permission["evidenceId"])


async def at_work(program: str, host: int) -> None:
    """Waits until a descendant of the host runs this program."""

    async def seen() -> bool:
        return any(program in command for command in _commands_below(host))

    assert await eventually(seen, every=0.01, what=f"{program} runs")


def _commands_below(process: int) -> list[str]:
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue  # a thread that has just ended
        for child in children:
            try:
                found.append(Path(f"/proc/{child}/cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
            found += _commands_below(int(child))
    return found


async def redelivered(stack: StackUnderTest, world: World, evidence_id: str) -> None:
    """The queue shows a message again when nobody has settled it within ten minutes; here at once."""
    connection = stack.environment["AzureWebJobsStorage"]
    async with ContainerClient.from_connection_string(stack.environment["EVIDENCE_STORAGE"], "uploads") as uploads:
        name = f"{world.home.id}/{evidence_id}"
        etag = (await uploads.get_blob_client(name).get_blob_properties()).etag
    call = {"Type": "BlobTrigger", "FunctionId": "Host.Functions.evidence_process", "BlobType": "BlockBlob"}
    call |= {"ContainerName": "uploads", "BlobName": name, "ETag": f'"{etag.strip(chr(34))}"'}
    async with QueueServiceClient.from_connection_string(connection) as service:
        [queue] = [each.name async for each in service.list_queues("azure-webjobs-blobtrigger-")]
        client = service.get_queue_client(queue, message_encode_policy=TextBase64EncodePolicy())
        await client.send_message(json.dumps(call))


async def killed(stack: StackUnderTest) -> None:
    """By SIGKILL, as a crash would; then Azure starts another one."""
    await asyncio.to_thread(stack.kill, "host")
    assert stack.status()["host"]["state"] == "stopped"
    await asyncio.to_thread(stack.restart, "host")


async def stored_entries(world: World, evidence_id: str) -> int:
    """In the whole chain of custody, which has an entry for each look as well."""
    chain = await custody.chain(world.platform, world.home.id, evidence_id)
    return [each["action"] for each in chain].count("evidence:store")


async def finished_once(stack: StackUnderTest, world: World, evidence_id: str) -> None:
    """Nothing was lost meanwhile; the next delivery finishes, and one more changes nothing."""
    waiting = await world.investigator.api.get(f"/api/evidence/{evidence_id}", params=INVESTIGATE)
    assert waiting.json()["state"] == "awaiting_upload"
    await redelivered(stack, world, evidence_id)
    item = await processed(world, evidence_id, within=120)
    assert item["state"] == "stored"
    await intake.process(world.platform, f"{world.home.id}/{evidence_id}")
    assert await stored_entries(world, evidence_id) == 1
    async with ContainerClient.from_connection_string(stack.environment["EVIDENCE_STORAGE"], "evidence") as sealed:
        names = [name async for name in sealed.list_blob_names() if evidence_id in name]
    assert len(names) == 2, "the original and its rendition"
    shown = await world.investigator.api.get(f"/api/evidence/{evidence_id}/content", params=INVESTIGATE)
    with Image.open(io.BytesIO(shown.content)) as picture:
        assert picture.size == MANY_PIXELS


@pytest.mark.parametrize("program", [EXAMINER, DETECTOR])
async def test_killed_while_a_picture_is_examined(own_stack: StackUnderTest, own_world: World, program: str) -> None:
    watching = asyncio.create_task(at_work(program, own_stack.status()["host"]["pid"]))
    evidence_id = await sent(own_world)
    await watching
    await killed(own_stack)
    await finished_once(own_stack, own_world, evidence_id)


async def test_killed_between_the_entry_of_custody_and_the_item(own_stack: StackUnderTest, own_world: World) -> None:
    """Everything is sealed and accounted for, only the item does not say so yet: the worst moment."""
    cosmos = own_stack.faults("cosmos")
    with cosmos.happening({"action": "delay", "method": "PUT", "path": "/colls/evidence/docs/", "seconds": 600}):
        evidence_id = await sent(own_world)

        async def taken() -> bool:
            return not cosmos.left()

        assert await eventually(taken, what="the write that is held up")
        await killed(own_stack)
    assert await stored_entries(own_world, evidence_id) == 1, "accounted for, and not stored yet"
    await finished_once(own_stack, own_world, evidence_id)
