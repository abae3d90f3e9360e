"""Deliveries on real stores with the broker's part played by hand, so that hours pass in a moment."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.alerts.models import AlertRequest, Cause
from shared.clock import SetClock
from shared.delivery import administration, service
from shared.delivery.models import DeliveryQuery, DeliveryRequest, DeliveryView
from shared.platform import Platform
from shared.reports import service as reports
from shared.reports.models import ReportSubmission
from shared.storage.outbox import Message
from tests.support.world import Person, World, fresh_key, theft


class Desk:
    """The broker's part, played by hand: what was sent and when it is due. One message id is delivered once."""

    def __init__(self, platform: Platform) -> None:
        self.clock = SetClock(platform.clock.now())
        settings = platform.settings.model_copy(update={"webhook_loopback": True})
        self.platform = replace(platform, clock=self.clock, settings=settings)
        self.waiting: dict[str, tuple[datetime, Message]] = {}
        self.seen: set[str] = set()

    async def take(self, message: Message, moment: datetime | None = None) -> None:
        if message.queue == service.QUEUE and message.id not in self.seen:
            self.seen.add(message.id)
            self.waiting[message.id] = (moment or self.clock.now(), message)

    async def turn(self) -> str:
        """The next message, when its time has come."""
        due, message = min(self.waiting.values(), key=lambda each: each[0])
        del self.waiting[message.id]
        self.clock.moment = max(self.clock.moment, due)
        return await service.deliver(self.platform, DeliveryRequest.model_validate(message.body))

    async def run(self) -> list[str]:
        done = []
        while self.waiting:
            done.append(await self.turn())
        return done


async def happened(desk: Desk, world: World, **changes: Any) -> AlertRequest:
    """A report, stored with its outbox message; nobody has been told yet."""
    form = ReportSubmission.model_validate(theft(world, **changes))
    key = fresh_key()["Idempotency-Key"]
    report = await reports.submit(desk.platform, world.reporter.principal, form, key, notify=False)
    return AlertRequest(
        cause=Cause.REPORT,
        id=report.id,
        organisation_id=report.organisation_id,
        key=list(report.key),
        message_id=report.id,
    )


async def told_of(
    desk: Desk, who: Person, cause: str, *, channel: str = "webhook", gathered: bool = False
) -> list[DeliveryView]:
    """The deliveries about ``cause``; without the digests that begin with it unless it was not ``gathered``."""
    page = await administration.list_deliveries(desk.platform, who.principal, DeliveryQuery(limit=50), ())
    found = [each for each in page.deliveries if each.cause_id == cause and each.channel == channel]
    return [each for each in found if not gathered or each.digest_id]
