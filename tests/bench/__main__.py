"""``make bench``: what things cost. Ratios and counts are the message; absolute times are this machine's.

It starts a stack of its own, so that a running one keeps its data and its peace.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shared.platform import assemble
from shared.settings import load
from tests.bench import (
    decisions,
    endpoints,
    imports,
    intelligence,
    obscuring,
    plates_load,
    plates_matching,
    screening,
    sealing,
    stand_ins,
    video,
)
from tests.bench.faces import flashes, recall
from tests.support.settings import settings_of
from tests.support.stack import ROOT, StackUnderTest, running_stack
from tests.support.world import build

console = Console()


def main() -> None:
    show("Cold start (whole fresh processes)", imports.rows())
    show("Access decisions", decisions.rows())
    show("Free-text screen", screening.rows())
    show("Making bystanders unrecognisable (processor time)", obscuring.rows())
    show("Videos: processor seconds for a minute of 720p at 25 pictures a second", video.rows())
    show("Faces found (1080p where nothing else is said)", recall.rows())
    show("Films painted as suggested: faces covered, people bare in at least one picture", flashes.rows())
    show("Suggested links between reports, held-out world", intelligence.rows())
    show("Sealing and tokens beside the bare primitives", sealing.rows())
    show("Matching number plates", plates_matching.rows())
    with tempfile.TemporaryDirectory() as place:
        with running_stack(ROOT, Path(place) / "stack", "--quiet") as stack:
            asyncio.run(on_a_stack(stack))
        with broker(Path(place) / "broker") as connection:
            show("Service Bus through the SDK, one after another", asyncio.run(stand_ins.bus(connection)))


async def on_a_stack(stack: StackUnderTest) -> None:
    with settings_of(stack.environment):
        platform = assemble(load(stack.environment))
        world = await build(stack, platform)
        try:
            show("Cosmos calls, estimated request units and time per request (warm)", await endpoints.costs(world))
            show("Keys", await sealing.fetches(world))
            show("Functions host", await endpoints.rates(world))
            show("Number plates", await plates_load.rows(world, seconds=4))
            show("Stand-ins through the SDKs, one after another", await stand_ins.rows(platform))
        finally:
            await world.close()
            await platform.close()


@contextmanager
def broker(data: Path) -> Iterator[str]:
    data.mkdir()
    queues = {"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [{"Name": "bench"}], "Topics": []}]}}
    (data / "config.json").write_text(json.dumps(queues))
    command = [sys.executable, "-m", "local.servicebus", "--data", str(data), "--config", str(data / "config.json")]
    command += ["--port", "0", "--http-port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        port = process.stdout.readline().strip().rsplit(":", 1)[1]
        yield (
            f"Endpoint=sb://localhost:{port};SharedAccessKeyName=RootManageSharedAccessKey;"
            "SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;"
        )
    finally:
        process.terminate()
        process.wait(15)


def show(title: str, rows: list[tuple[str, str]]) -> None:
    table = Table("what", "measured", title=title, title_justify="left", min_width=72)
    for what, measured in rows:
        table.add_row(what, measured)
    console.print(table)


if __name__ == "__main__":
    main()
