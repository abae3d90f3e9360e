"""The answer in the person's hands: a link that works once and for ten minutes, for whoever has the secret.

The link holds no more than random bits, of which only a keyed hash is stored. Fetching is accounted for in the
controller's log before a byte leaves.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from shared.audit.trail import Entry
from shared.errors import Gone, NotFound
from shared.evidence.media_types import MediaType
from shared.platform import Platform
from shared.rights import intake, media
from shared.rights.answer_models import Answer, GivenFile, LinkForm, LinkView, Package, Ticket
from shared.rights.models import AnswerNote
from shared.sealing.keyring import Use
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import token

VALID = timedelta(minutes=10)
FILES = (MediaType.JPEG, MediaType.MP4)
"""What renditions are."""
HANDED_OVER = "evidence:handed-to-data-subject"
"""In the custody of an item: the person has its rendition from here on."""


@dataclass(frozen=True)
class Handed:
    """What a link gives: the whole answer as ``pdf`` or ``json``, or a piece of one of its files."""

    format: str
    package: Package
    file: GivenFile | None = None
    piece: int = 1
    content: bytes = b""


async def link(platform: Platform, reference: str, secret: str, case_id: str, wanted: LinkForm) -> LinkView:
    request = await intake.opened(platform, reference, secret)
    note = next((each for each in request.answers if each.case_id == case_id), None)
    if note is None:
        raise NotFound("There is no such answer to your request.")
    if note.until <= platform.clock.now():
        raise Gone("The time in which this answer could be fetched is over. Make a new request if you need it again.")
    if wanted.format == "file" and not _has(note, wanted):
        raise NotFound("The answer has no such file.")
    code = secrets.token_urlsafe(32)
    slot, expires = await _slot(platform, code), platform.clock.now() + VALID
    await platform.records(Ticket).create(
        Ticket.model_validate(
            {
                "id": slot,
                "organisation_id": PLATFORM,
                "rights_id": slot,
                "format": wanted.format,
                "file": wanted.file,
                "piece": wanted.piece,
                "case_id": case_id,
                "owner_id": note.organisation_id,
                "request_id": reference,
                "expires_at": expires,
            }
        )
    )
    return LinkView(path=f"/api/public/answers/{code}", expires_at=expires)


async def fetch(platform: Platform, code: str) -> Handed:
    """What the link was made for. The ticket is torn before it is looked at, so two fetches cannot both succeed."""
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
    if ticket.format != "file":
        await _account(platform, ticket, f"rights:fetch:{ticket.format}")
        return Handed(ticket.format, answer.package)
    file = answer.package.file(ticket.file)
    content = await media.piece(platform, answer, ticket.file, ticket.piece)
    source = next(each for each in answer.sources if each.number == ticket.file)
    await _account(platform, ticket, HANDED_OVER, source.evidence_id)
    return Handed(ticket.format, answer.package, file, ticket.piece, content)


def _has(note: AnswerNote, wanted: LinkForm) -> bool:
    return any(each.number == wanted.file and wanted.piece <= each.pieces for each in note.files)


async def _account(platform: Platform, ticket: Ticket, action: str, *items: str) -> None:
    await platform.trail.record(
        Entry(
            organisation=ticket.owner_id,
            actor="person",
            actor_organisation=PLATFORM,
            action=action,
            subjects=[ticket.case_id, ticket.request_id, *items],
        )
    )


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
