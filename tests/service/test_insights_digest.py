"""The letter of the week: to those who chose it and may see totals, once, whatever fires twice, stops or is away."""

import asyncio
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.alerts.preferences import OwnPreferences
from shared.clock import SetClock
from shared.delivery import addresses, choices
from shared.delivery import service as deliveries
from shared.delivery.addresses import CodeForm, MailForm
from shared.identity.principals import Role
from shared.insights import digest
from shared.platform import Platform
from shared.reports import service as reports
from shared.reports.models import ReportSubmission
from tests.support.desk import Desk
from tests.support.post import Post
from tests.support.stack import StackUnderTest
from tests.support.world import Person, World, add_person, theft


def monday_noon() -> datetime:
    """Of this week, some minutes later: the first run that tells of the week before."""
    now = datetime.now(UTC)
    return (now - timedelta(days=now.weekday())).replace(hour=12, minute=45, second=0, microsecond=0)


async def chooses(world: World, person: Person, post: Post) -> str:
    """By now, with a proved address."""
    address, me, now = f"{uuid.uuid4().hex}@shop.example", person.principal, world.platform
    await addresses.give(now, me, MailForm(address=address))
    await addresses.verify(now, me, CodeForm(code=await post.code(address)))
    etag = (await choices.read_own(now, me)).etag
    await choices.set_own(now, me, OwnPreferences(weekly=True), etag)
    return address


async def happened(world: World, day: datetime, site: str, kind: str, count: int) -> None:
    platform = replace(world.platform, clock=SetClock(day + timedelta(hours=1)))
    for _ in range(count):
        form = theft(world, type=kind, occurredAt=day.isoformat(), siteId=site, people=[])
        known = ReportSubmission.model_validate(form)
        await reports.submit(platform, world.investigator.principal, known, uuid.uuid4().hex, notify=False)


async def told(post: Post, address: str) -> list[dict[str, Any]]:
    """Without the code that the address was proved with; the newest first."""
    return [each for each in await post.to(address) if each["subject"] != "Your code"]


async def test_each_reader_is_told_once_of_the_week_at_their_sites(
    world: World, desk: Desk, stores: StackUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, monday, (here, there) = Post(stores), monday_noon(), (world.site.id, world.other_site.id)
    await add_person(world, "local", world.home, Role.INVESTIGATOR, sites=[there])
    people = (world.investigator, world.local, world.reporter)
    whole, local, forbidden = [await chooses(world, each, post) for each in people]
    await happened(world, monday - timedelta(days=4), here, "theft", 12)
    await happened(world, monday - timedelta(days=4), there, "theft", 8)
    await happened(world, monday - timedelta(days=4), there, "fraud", 2)
    await happened(world, monday - timedelta(days=11), here, "theft", 6)
    at = replace(desk.platform, clock=SetClock(monday))
    place, broken = deliveries.place, [True]

    async def breaks_off(platform: Platform, drafts: Any) -> int:
        """After the first letter, once."""
        if broken.pop() if broken else False:
            await place(platform, list(drafts)[:1])
            raise ConnectionError
        return await place(platform, drafts)

    monkeypatch.setattr(deliveries, "place", breaks_off)
    with pytest.raises(ConnectionError):
        await digest.tell(at)
    await asyncio.gather(digest.tell(at), digest.tell(at))
    assert await digest.tell(at) == 0
    await desk.run()
    mine, theirs, nothing = [await told(post, each) for each in (whole, local, forbidden)]
    year, week, _ = (monday - timedelta(days=7)).isocalendar()
    assert [each["subject"] for each in mine] == [f"Week {year}-W{week:02}: 20 reports (the weeks before: 5, 0, 0)"]
    assert [line for line in mine[0]["text"].splitlines() if line.startswith("-")][1:] == [
        "- Fraud: not told",
        "- Theft: not told",
        f"- {world.other_site.name}: 10 reports (the weeks before: 0, 0, 0)",
        f"- {world.site.name}: 10 reports (the weeks before: 5, 0, 0)",
    ]
    [only] = theirs
    assert world.site.name not in only["text"]
    assert "20" not in only["text"].replace(str(year), "")
    assert f"- {world.other_site.name}: 10 reports (the weeks before: 0, 0, 0)" in only["text"]
    assert nothing == []

    # No timer ran for a week: the next letter shows what was missed.
    later = replace(at, clock=SetClock(monday + timedelta(days=15)))
    assert await digest.tell(later) == 2
    await desk.run()
    assert "(the weeks before: 0, 20, 5)" in (await told(post, whole))[0]["subject"]
