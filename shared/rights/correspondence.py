"""What a controller says reaches the person: copied to their request, with a letter that something is there.

The copy is made whole each time from the case, so whatever broke off is made good by the next step or by the timer.
"""

from shared.errors import NotFound, PreconditionFailed
from shared.platform import Platform
from shared.rights import letters
from shared.rights.models import Case, Message, Request
from shared.sealing.records import sealed
from shared.sealing.roots import PLATFORM
from shared.storage.cosmos import Document
from shared.storage.outbox import Message as Order

ATTEMPTS = 5


async def bring_up_to_date(platform: Platform, case: Case) -> bool:
    """Whether there was anything new for the person."""
    for _ in range(ATTEMPTS):
        try:
            request = await platform.records(Request).read(case.request_id, [PLATFORM, case.request_id])
        except NotFound:
            return False  # the person's copy has had its time
        new = missing(request.messages, case.messages)
        if not new:
            return False
        changed = request.model_copy(update={"messages": [*request.messages, *new]})
        order, beside = await letter(platform, request, "message")
        try:
            await platform.records(Request).replace(changed, request.etag, *beside)
        except PreconditionFailed:
            continue  # another controller has written at this moment
        await platform.bus.send_or_leave(order)
        return True
    raise PreconditionFailed("Many are writing to this person at once. Repeat this in a moment.")


def missing(there: list[Message], here: list[Message]) -> list[Message]:
    """What the controller said and the person's copy has not yet."""
    known = {(each.case_id, each.at, each.topic) for each in there}
    return [each for each in here if each.sender == "controller" and (each.case_id, each.at, each.topic) not in known]


async def letter(
    platform: Platform, request: Request, topic: letters.Topic, **values: str
) -> tuple[Order, list[Document]]:
    """The message that has a letter sent, and the documents that go into the batch of its cause."""
    now = platform.clock.now()
    written, order = letters.write(request, topic, now, **values)
    key = await platform.keyring.create(request.organisation_id, request.rights_id)
    return order, [sealed(written, key), letters.outboxed(request, order, now)]
