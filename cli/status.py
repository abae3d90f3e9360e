"""``./reeve status``: is everything up, is anything stuck, is any promise late? Counts only; it opens no record.

It runs with the settings of the stack on this machine, or with ``--here`` with those of the environment: then an
operator can ask a deployment, with their own rights on its stores.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from azure.servicebus.exceptions import ServiceBusError
from rich.console import Console
from rich.table import Table

from shared.clock import rfc3339
from shared.errors import Problem
from shared.platform import Platform, assemble
from shared.settings import load

QUEUES = ("alert-requests", "disposals", "plate-reads")
MOST_PEEKED = 100
WAITING_TOO_LONG = timedelta(minutes=2)
UNSEALED_TOO_LONG = timedelta(minutes=15)
NOT_DISPOSED_TOO_LONG = timedelta(hours=24)
PATIENCE_SECONDS = 15

type State = Literal["good", "look", "bad"]
MARK: dict[State, str] = {"good": "[green]good[/]", "look": "[yellow]look[/]", "bad": "[red]bad[/]"}


@dataclass(frozen=True)
class Finding:
    what: str
    state: State
    says: str


async def show() -> int:
    """Prints a table. 1 if anything is bad, so that a script can ask too."""
    platform = assemble(load())
    try:
        findings = await asyncio.gather(*(_checked(what, check(platform)) for what, check in CHECKS.items()))
    finally:
        await platform.close()
    table = Table("", "what", "")
    for each in findings:
        table.add_row(MARK[each.state], each.what, each.says)
    Console().print(table)
    return int(any(each.state == "bad" for each in findings))


async def _checked(what: str, check: Awaitable[tuple[State, str]]) -> Finding:
    began = time.perf_counter()
    try:
        state, says = await asyncio.wait_for(check, PATIENCE_SECONDS)
    except (Problem, ServiceBusError, OSError, TimeoutError) as error:
        return Finding(what, "bad", f"no answer: {type(error).__name__}")
    return Finding(what, state, says or f"{1000 * (time.perf_counter() - began):.0f} ms")


# -- is it up? -------------------------------------------------------------------------------------------------------


def _ping(ping: Callable[[Platform], Awaitable[None]]) -> Callable[[Platform], Awaitable[tuple[State, str]]]:
    async def check(platform: Platform) -> tuple[State, str]:
        await ping(platform)
        return "good", ""

    return check


# -- is anything stuck? ----------------------------------------------------------------------------------------------


def _dead(queue: str) -> Callable[[Platform], Awaitable[tuple[State, str]]]:
    async def check(platform: Platform) -> tuple[State, str]:
        count = await platform.bus.dead_letters(queue, MOST_PEEKED)
        if not count:
            return "good", "none"
        return "bad", f"{count}{' or more' if count == MOST_PEEKED else ''}: docs/operations/alerts.md#dead-letters"

    return check


async def _outbox(platform: Platform) -> tuple[State, str]:
    before = rfc3339(platform.clock.now() - WAITING_TOO_LONG)
    text = "SELECT VALUE COUNT(1) FROM c WHERE c.kind = 'outbox' AND c.createdAt < @before"
    count = sum([await _count(platform, name, text, before=before) for name in ("reports", "plateReads")])
    return ("good", "none") if not count else ("look", f"{count} messages have waited for more than two minutes")


# -- is any promise late? --------------------------------------------------------------------------------------------


async def _disposals(platform: Platform) -> tuple[State, str]:
    failing = await _count(platform, "retention", "SELECT VALUE COUNT(1) FROM c WHERE c.kind = 'failure'")
    before = rfc3339(platform.clock.now() - NOT_DISPOSED_TOO_LONG)
    late = await _count(
        platform,
        "reports",
        "SELECT VALUE COUNT(1) FROM c WHERE c.kind = 'report' AND c.disposeAt < @before "
        "AND NOT IS_DEFINED(c.heldUntil)",
        before=before,
    )
    if late:
        return "bad", f"{late} reports should have gone a day ago; {failing} records fail"
    return ("look", f"{failing} records fail and are tried again") if failing else ("good", "nothing is late")


async def _audit(platform: Platform) -> tuple[State, str]:
    before = rfc3339(platform.clock.now() - UNSEALED_TOO_LONG)
    text = "SELECT VALUE COUNT(1) FROM c WHERE c.kind = 'entry' AND c.unsealed = true AND c.at < @before"
    count = await _count(platform, "audit", text, before=before)
    return (
        ("good", "sealed") if not count else ("bad", f"{count} entries have waited for more than a quarter of an hour")
    )


async def _count(platform: Platform, container: str, text: str, **asked: object) -> int:
    return sum([int(str(each)) async for each in platform.container(container).query(text, asked)])


CHECKS: dict[str, Callable[[Platform], Awaitable[tuple[State, str]]]] = {
    "Cosmos DB, records": _ping(lambda platform: platform.cosmos.ping()),
    "Cosmos DB, keyring": _ping(lambda platform: platform.keys.ping()),
    "Key Vault": _ping(lambda platform: platform.roots.ping()),
    "Blob Storage": _ping(lambda platform: platform.blobs.ping()),
    "Service Bus": _ping(lambda platform: platform.bus.ping("alert-requests")),
    **{f"Dead letters, {queue}": _dead(queue) for queue in QUEUES},
    "Messages left behind": _outbox,
    "Disposals": _disposals,
    "Audit log": _audit,
}
