"""The answer in the person's hands: a link that works once and for ten minutes, for whoever has the secret.

The link holds no more than random bits, of which only a keyed hash is stored. Fetching is accounted for in the
controller's log before a byte leaves.
"""

import secrets
from datetime import timedelta

from shared.audit.trail import Entry
from shared.errors import Gone, NotFound
from shared.platform import Platform
from shared.rights import intake
from shared.rights.answer_models import Answer, LinkView, Package, Ticket
from shared.sealing.keyring import Use
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import token

VALID = timedelta(minutes=10)


async def link(platform: Platform, reference: str, secret: str, case_id: str, wanted: str) -> LinkView:
    request = await intake.opened(platform, reference, secret)
    note = next((each for each in request.answers if each.case_id == case_id), None)
    if note is None:
        raise NotFound("There is no such answer to your request.")
    if note.until <= platform.clock.now():
        raise Gone("The time in which this answer could be fetched is over. Make a new request if you need it again.")
    code = secrets.token_urlsafe(32)
    slot, expires = await _slot(platform, code), platform.clock.now() + VALID
    await platform.records(Ticket).create(
        Ticket.model_validate(
            {
                "id": slot,
                "organisation_id": PLATFORM,
                "rights_id": slot,
                "format": wanted,
                "case_id": case_id,
                "owner_id": note.organisation_id,
                "request_id": reference,
                "expires_at": expires,
            }
        )
    )
    return LinkView(path=f"/api/public/answers/{code}", expires_at=expires)


async def fetch(platform: Platform, code: str) -> tuple[str, Package]:
    """The format and the package. The ticket is torn before it is looked at, so two fetches cannot both succeed."""
    slot = await _slot(platform, code)
    try:
        ticket = await platform.records(Ticket).read(slot, [PLATFORM, slot])
    except NotFound:
        raise _used() from None
    if not await platform.container(Ticket.container).delete(slot, ticket.key):
        raise _used()
    if ticket.expires_at <= platform.clock.now():
        raise _used()
    answer = await of_case(platform, ticket.owner_id, ticket.case_id)
    await platform.trail.record(
        Entry(
            organisation=ticket.owner_id,
            actor="person",
            actor_organisation=PLATFORM,
            action=f"rights:fetch:{ticket.format}",
            subjects=[ticket.case_id, ticket.request_id],
        )
    )
    return ticket.format, answer.package


async def of_case(platform: Platform, organisation: str, case_id: str) -> Answer:
    text = "SELECT * FROM c WHERE c.kind = 'rights_answer'"
    found = platform.container(Answer.container).query(text, key=[organisation, case_id])
    answers = await platform.records(Answer).open_all([each async for each in found])
    if not answers or answers[0].dispose_at <= platform.clock.now():
        raise Gone("The time in which this answer could be fetched is over.")
    return answers[0]


async def _slot(platform: Platform, code: str) -> str:
    return token(await platform.keyring.key_for(PLATFORM, Use.CREDENTIALS), "rights-ticket", code)


def _used() -> Gone:
    return Gone("This link was used, or has run out. Ask for a new one on the page of your request.")
