"""Taking in what somebody outside writes, and telling them how it stands. The platform forwards; it never answers.

What is written goes into the partition and under the keys of the organisation that it is for. The reference names a
matter and is no secret; the secret that comes with it is shown once, and derives from the key of the form and a key of
the platform, so that a form that is sent twice gets the same answer and nobody else can know it.
"""

import base64
import contextlib
import hmac
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from shared.audit.trail import Entry
from shared.complaints import limits
from shared.complaints.models import (
    COMPLAINTS,
    ComplaintForm,
    Incoming,
    Kind,
    Receipt,
    StatusForm,
    StatusView,
    Step,
    ThirdPartyForm,
)
from shared.complaints.terms import REMIND_BEFORE, days_of
from shared.errors import Conflict, FieldError, IdempotencyMismatch, Invalid, NotFound
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.organisations.models import Organisation
from shared.pages.languages import Language
from shared.platform import Platform
from shared.retention.terms import terms_of
from shared.sealing.keyring import Use
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import commitment, mail_token
from shared.storage.outbox import Message

UNCLOSED = relativedelta(months=12)
"""If nobody closes a matter, its time of retention starts this long after it came."""
LETTERS = {Kind.COMPLAINT: "C", Kind.THIRD_PARTY_REQUEST: "T"}
SENDER = "somebody outside"
POINTER = "pointer"


async def complain(platform: Platform, form: ComplaintForm, idempotency_key: str, language: Language) -> Receipt:
    return await _take_in(platform, Kind.COMPLAINT, form, idempotency_key, language)


async def request(platform: Platform, form: ThirdPartyForm, idempotency_key: str, language: Language) -> Receipt:
    """By a third party. What becomes of it the controller decides, and records."""
    return await _take_in(platform, Kind.THIRD_PARTY_REQUEST, form, idempotency_key, language)


async def status(platform: Platform, form: StatusForm) -> StatusView:
    """How a matter stands. A wrong reference and a wrong secret are answered alike."""
    nothing = NotFound(
        "There is nothing under this reference and secret. Check both; they are on the page that you got."
    )
    try:
        pointer = await platform.container(COMPLAINTS).read(form.reference, form.reference)
        found = await platform.records(Incoming).read(pointer["matterId"], pointer["ownerId"])
    except NotFound:
        raise nothing from None
    key = await platform.keyring.key_for(PLATFORM, Use.CREDENTIALS)
    if not hmac.compare_digest(commitment(key, form.secret), found.secret_commitment):
        raise nothing
    await _account(platform, found, "complaint:status")
    home = await organisations.organisation(platform, found.organisation_id)
    shown = found.model_dump(include=set(StatusView.model_fields))
    return StatusView(**shown, organisation=home.name)


async def _take_in(
    platform: Platform,
    kind: Kind,
    form: ComplaintForm | ThirdPartyForm,
    idempotency_key: str,
    language: Language,
) -> Receipt:
    home = await _addressee(platform, form.organisation_id)
    key = await platform.keyring.key_for(PLATFORM, Use.CREDENTIALS)
    # Of this organisation: keys of others, which may be alike, lead to other matters with other secrets.
    identifier = derived_id(kind, home.id, idempotency_key)
    secret = _secret(key, identifier, idempotency_key)
    meant = commitment(key, f"{kind}\n{form.model_dump_json()}")
    try:
        stored = await platform.records(Incoming).read(identifier, home.id)
    except NotFound:
        await limits.admit(platform, form.contact)
        fresh = await _incoming(platform, home, kind, form, identifier, language)
        fresh.secret_commitment, fresh.request_commitment = commitment(key, secret), meant
        stored = await _kept(platform, fresh)
    if not hmac.compare_digest(stored.request_commitment, meant):
        raise IdempotencyMismatch("This key was used for something else.")
    await _point_at(platform, stored)
    await tell(platform, home.id, stored.id, "complaint", "received")
    await _account(platform, stored, "complaint:submit")
    shown = stored.model_dump(include=set(Receipt.model_fields) - {"secret"})
    return Receipt(**shown, secret=secret, organisation=home.name)


async def _incoming(
    platform: Platform,
    home: Organisation,
    kind: Kind,
    form: ComplaintForm | ThirdPartyForm,
    identifier: str,
    language: Language,
) -> Incoming:
    now, terms = platform.clock.now(), await terms_of(platform, home.id)
    index = await platform.keyring.index(home.id)
    days = await days_of(platform, home, now, complaint=kind is Kind.COMPLAINT)
    remind = now + max(days.first - now.date() - REMIND_BEFORE, timedelta(days=1))
    return Incoming(
        id=identifier,
        kind=kind,
        reference=reference_of(kind, identifier),
        contact_token=mail_token(index.newest, form.contact) if kind is Kind.COMPLAINT else "",
        secret_commitment="",
        request_commitment="",
        language=language,
        rule=days.rule,
        received_at=now,
        acknowledge_by=days.acknowledge_by,
        answer_by=days.answer_by,
        remind_at=remind,
        steps=[Step(at=now, action="received")],
        kept_from=now + UNCLOSED,
        dispose_at=terms.dispose_at(kind, now + UNCLOSED),
        **form.model_dump(exclude={"organisation_id"}),
        organisation_id=home.id,
    )


async def _kept(platform: Platform, fresh: Incoming) -> Incoming:
    try:
        return await platform.records(Incoming).create(fresh)
    except Conflict:  # sent twice at once
        return await platform.records(Incoming).read(fresh.id, fresh.key)


async def _point_at(platform: Platform, matter: Incoming) -> None:
    """The reference leads to the matter without a search over all organisations; it goes with the matter."""
    pointer = {
        "id": matter.reference,
        "organisationId": matter.reference,
        "kind": POINTER,
        "ownerId": matter.organisation_id,
        "matterId": matter.id,
    }
    with contextlib.suppress(Conflict):
        await platform.container(COMPLAINTS).create(pointer)


async def tell(platform: Platform, organisation: str, identifier: str, cause: str, occasion: str) -> None:
    """An alert to the privacy officers of the organisation; ids only."""
    message_id = derived_id("complaint-alert", identifier, occasion)
    body = {
        "cause": cause,
        "id": identifier,
        "organisationId": organisation,
        "key": [organisation],
        "messageId": message_id,
    }
    await platform.bus.send_or_leave(Message(message_id, "alert-requests", body))


async def _account(platform: Platform, matter: Incoming, action: str) -> None:
    """Into the log of the organisation that it is for; who wrote is not named."""
    entry = Entry(
        organisation=matter.organisation_id,
        actor=SENDER,
        actor_organisation="",
        action=action,
        subjects=[matter.id],
        policies=("public",),
    )
    await platform.trail.record(entry)


async def _addressee(platform: Platform, organisation_id: str) -> Organisation:
    if found := await organisations.controller(platform, organisation_id):
        return found
    what = FieldError("/organisationId", "enum", "Choose one of the organisations; GET /api/public/notices lists them.")
    raise Invalid("There is no such organisation.", [what])


def reference_of(kind: Kind, identifier: str) -> str:
    """``C-7K3M9-QXD4A``: Crockford's alphabet, without letters that are taken for digits."""
    code = base64.b32encode(bytes.fromhex(derived_id("reference", identifier).replace("-", ""))).decode()[:10]
    plain = code.translate(str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
    return f"{LETTERS[kind]}-{plain[:5]}-{plain[5:]}"


def _secret(key: bytes, identifier: str, idempotency_key: str) -> str:
    made = hmac.digest(key, f"complaint secret\n{identifier}\n{idempotency_key}".encode(), "sha256")
    return base64.urlsafe_b64encode(made[:24]).decode()
