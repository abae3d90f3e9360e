"""Plays the story against the running stack and shows how each step went."""

import time
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from cli.api import UnexpectedError
from cli.environment import app_url, inbox_url, settings
from cli.story import STEPS, Stage, Step


@dataclass(frozen=True)
class Played:
    """How one step went."""

    title: str
    seconds: float
    failure: str | None = None


async def play(stack: Path) -> bool:
    """Whether everything went as it should. A step builds on those before it, so the first failure ends the story."""
    console = Console()
    stage = Stage(stack, app_url(stack), settings(stack)["OIDC_ISSUERS"].split()[0], inbox_url(stack))
    played: list[Played] = []
    async with aclosing(stage):
        for step in STEPS:
            played.append(await _play(console, stage, len(played) + 1, step))
            if played[-1].failure:
                break
    console.print(_summary(played))
    return len(played) == len(STEPS) and not played[-1].failure


async def _play(console: Console, stage: Stage, number: int, step: Step) -> Played:
    title, perform = step
    started = time.monotonic()
    try:
        with console.status(f"[dim]{number:>2}/{len(STEPS)}[/] {title}"):
            outcome = await perform(stage)
    except (UnexpectedError, httpx.HTTPError, LookupError, ValueError, OSError) as error:
        console.print(f"[red]✗[/] {title}")
        console.print(f"    {type(error).__name__}: {error}", style="red", markup=False, highlight=False)
        return Played(title, time.monotonic() - started, type(error).__name__)
    console.print(f"[green]✓[/] {title}")
    console.print(f"    {outcome}", style="dim", markup=False, highlight=False)
    return Played(title, time.monotonic() - started)


def _summary(played: list[Played]) -> Table:
    table = Table("Step", "Outcome", "Seconds", title="\nThe story in short", title_justify="left")
    table.columns[2].justify = "right"
    for step in played:
        table.add_row(step.title, "[red]failed[/]" if step.failure else "as promised", f"{step.seconds:.1f}")
    for title, _ in STEPS[len(played) :]:
        table.add_row(title, "[dim]not played[/]", "")
    return table
