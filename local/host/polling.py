"""Steps that repeat for as long as the host runs. A failing one is logged and tried again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("local.host")


async def every(seconds: float, step: Callable[[], Awaitable[object]], what: str) -> None:
    failing = False
    while True:
        try:
            await step()
            failing = False
        except Exception as error:
            if not failing:  # once, not with every round
                log.warning("%s: %s: %s; trying again", what, type(error).__name__, str(error).partition("\n")[0])
            failing = True
        await asyncio.sleep(seconds)
