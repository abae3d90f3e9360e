"""Public figures: counted over all organisations, silent about what would tell of one of them."""

import dataclasses
import uuid
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from shared.clock import SetClock
from shared.complaints import desk, intake
from shared.complaints.models import Closing, ComplaintForm, Incoming, Outcome, ThirdPartyForm
from shared.identity.principals import Principal
from shared.organisations.models import Organisation
from shared.pages.languages import Language
from shared.retention import service as retention
from shared.transparency import figures
from tests.support.world import World

ANSWER = Closing(outcome=Outcome.UPHELD, answer="You were right, and it was corrected.")


def last_month(world: World) -> datetime:
    return (world.platform.clock.now() - relativedelta(months=1)).replace(day=3, hour=9)


async def complaint(world: World, home: Organisation, came: datetime, days: int) -> Incoming:
    """One that came then and was answered so many days later."""
    then = dataclasses.replace(world.platform, clock=SetClock(came))
    form = ComplaintForm.model_validate(
        {
            "organisationId": home.id,
            "about": "other",
            "whatHappened": "Something that should not have happened.",
            "name": "Ira Fenwick",
            "contact": f"{uuid.uuid4().hex}@fenwick.example",
        }
    )
    receipt = await intake.complain(then, form, uuid.uuid4().hex, Language.ENGLISH)
    pointer = await then.container(Incoming.container).read(receipt.reference, receipt.reference)
    stored = await then.records(Incoming).read(pointer["matterId"], home.id)
    officer = Principal(str(uuid.uuid4()), home.id, "user", frozenset(["privacy_officer"]), employer=home.kind.value)
    later = dataclasses.replace(world.platform, clock=SetClock(came + timedelta(days=days)))
    await desk.close(later, officer, stored.id, ANSWER, stored.etag)
    return stored


async def test_what_is_shown_and_what_is_not(world: World) -> None:
    came = last_month(world)
    stored = [
        await complaint(world, home, came, days)
        for home in (world.home, world.partner, world.outsider)
        for days in (2, 4, 6, 8, 25)
    ]
    form = ThirdPartyForm(
        organisation_id=world.home.id,
        sender="lawyer",
        body="Firm",
        name="Ira Fenwick",
        contact="lawyer@firm.example",
        legal_basis="A court order",
        what_happened="The recording of 3 March at noon.",
    )
    then = dataclasses.replace(world.platform, clock=SetClock(came))
    await intake.request(then, form, uuid.uuid4().hex, Language.ENGLISH)

    told = await figures.count(world.platform)
    received = {(each.what, each.outcome): each.count for each in told.received}
    assert received["complaint", "upheld"] == 15
    assert received["third_party_request", "open"] is None, "one request of one organisation"
    times = {each.what: each for each in told.times}
    assert (times["complaint"].answered, times["complaint"].median_days) == (15, 6)
    assert times["complaint"].in_time_percent == 80, "25 days is later than our 21"
    assert times["third_party_request"].answered == 0

    assert await figures.current(world.platform) == told
    assert not await figures.refresh(world.platform), "once a day is enough"
    tomorrow = SetClock(world.platform.clock.now() + timedelta(days=1))
    assert await figures.refresh(dataclasses.replace(world.platform, clock=tomorrow))
    assert told.first_month < told.last_month < f"{world.platform.clock.now():%Y-%m}"
    for each in stored[:2]:
        await retention.erase(world.platform, each.organisation_id, "complaint", each.id)


async def test_what_is_forgotten_is_counted_from_certificates(world: World) -> None:
    """A certificate of this month is not in it: only whole months are counted."""
    stored = await complaint(world, world.home, last_month(world), 1)
    assert await retention.erase(world.platform, world.home.id, "complaint", stored.id) == "disposed"
    this_month = {each.what: each.count for each in (await figures.count(world.platform)).disposed}
    next_month = dataclasses.replace(
        world.platform, clock=SetClock(world.platform.clock.now() + relativedelta(months=1))
    )
    later = {each.what: each.count for each in (await figures.count(next_month)).disposed}
    assert this_month["complaint"] == 0
    assert later["complaint"] is None, "there is one, of one organisation, so no number is shown"
