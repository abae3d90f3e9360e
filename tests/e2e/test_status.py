"""What an operator sees at a glance: all good, or what to look at."""

import re
import subprocess
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from shared.clock import rfc3339
from tests.support.stack import ROOT, StackUnderTest
from tests.support.world import World


def status(stack: StackUnderTest) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "--stack", str(stack.data.root), "status"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


async def test_it_says_what_is_stuck(world: World, stack: StackUnderTest) -> None:
    entry = {"id": "left", "organisationId": "nobody", "reportId": "nothing", "kind": "outbox", "queue": "disposals"}
    entry["createdAt"] = rfc3339(datetime.now(UTC) - timedelta(minutes=10))
    entry["body"] = {}  # type: ignore[assignment]
    await world.platform.container("reports").create(entry)
    done = status(stack)
    await world.platform.container("reports").delete("left", ["nobody", "nothing"])
    assert re.search(r"[1-9]\d* messages have waited", done.stdout), done.stdout + done.stderr
    assert done.stdout.count("good") >= 5, done.stdout  # other files may have left something to look at


async def test_it_counts_what_nobody_could_handle(stack: StackUnderTest) -> None:
    """A message that no version of the app ever sent is tried ten times, then put aside."""
    async with AsyncExitStack() as opened:
        bus = ServiceBusClient.from_connection_string(stack.environment["SERVICEBUS"])
        client = await opened.enter_async_context(bus)
        sender = await opened.enter_async_context(client.get_queue_sender("alert-requests"))
        dead = await opened.enter_async_context(client.get_queue_receiver("alert-requests", sub_queue="deadletter"))
        await sender.send_messages(ServiceBusMessage("no JSON"))
        [message] = await dead.receive_messages(max_message_count=1, max_wait_time=60)
        done = status(stack)
        await dead.complete_message(message)
    assert "alerts.md#dead-letters" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 1


async def test_it_fails_when_something_is_down(world: World, stack: StackUnderTest) -> None:
    with stack.faults("keyvault").happening({"action": "status", "status": 403, "method": "GET", "times": None}):
        done = status(stack)
    assert done.returncode == 1
    assert "no answer: Unavailable" in done.stdout
