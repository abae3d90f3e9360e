"""The public side of a request: sent in, confirmed by a code, looked at with its secret.

Nothing here looks at any controller's records. So what is answered, and how long it takes, is the same whether or not
anybody knows the person: who gets the request is found out later, by a message (routing.py).
"""

import hmac
import re
import secrets
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.audit.trail import Entry
from shared.errors import Conflict, FieldError, Gone, Invalid, NotFound
from shared.platform import Platform
from shared.retention import schedule
from shared.rights import letters, limits, routing
from shared.rights.clock import local_day
from shared.rights.correspondence import letter
from shared.rights.models import (
    MOST_MESSAGES,
    Case,
    CaseState,
    Message,
    Request,
    RequestForm,
    RequestReceipt,
    RequestState,
    RequestView,
    RoutingOrder,
)
from shared.sealing.keyring import Use
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import token
from shared.storage.outbox import Message as Order

TO_CONFIRM = timedelta(days=3)
MOST_TRIES, MOST_CODES = 5, 3
OLDEST_INCIDENT = timedelta(days=366 * 7)
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without what is easily taken for something else when it is read out."""
REFERENCE = re.compile(rf"[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{2}}")
NOBODYS = "0000-0000-0000"
"""Looked for in the place of what can be no reference."""


async def submit(platform: Platform, form: RequestForm) -> RequestReceipt:
    """Stores the request and has a code mailed. It goes nowhere until the code comes back, and is deleted otherwise."""
    now = platform.clock.now()
    _check(form, now.date())
    await limits.admit(platform, form.contact)
    reference, secret, code = _reference(), secrets.token_urlsafe(32), _code()
    request = Request(
        id=reference,
        organisation_id=PLATFORM,
        rights_id=reference,
        kinds=sorted(set(form.kinds)),
        language=form.language,
        secret_token=await _hashed(platform, "secret", reference, secret),
        code_token=await _hashed(platform, "code", reference, code),
        confirm_until=now + TO_CONFIRM,
        received_at=now,
        facts=form.facts(),
        contact=form.contact,
        dispose_at=now + TO_CONFIRM,
    )
    order, beside = await letter(platform, request, "code", code=code, until=letters.until(request.confirm_until))
    await platform.records(Request).create(request, *beside)
    await _account(platform, "rights:submit", reference)
    await platform.bus.send_or_leave(order)
    return RequestReceipt(reference=reference, secret=secret, confirm_until=request.confirm_until)


async def new_code(platform: Platform, reference: str, secret: str) -> RequestView:
    """Another code to the same address; the former one works no more."""
    request = await opened(platform, reference, secret)
    if request.state is not RequestState.UNCONFIRMED:
        raise Conflict("Your request has been sent already.")
    if request.codes_sent >= MOST_CODES:
        raise Conflict("Three codes were sent to this address. Make a new request, and check the address.")
    code = _code()
    changed = request.model_copy(
        update={
            "code_token": await _hashed(platform, "code", reference, code),
            "code_tries": 0,
            "codes_sent": request.codes_sent + 1,
        }
    )
    order, beside = await letter(platform, changed, "code", code=code, until=letters.until(request.confirm_until))
    stored = await platform.records(Request).replace(changed, request.etag, *beside)
    await platform.bus.send_or_leave(order)
    return view(stored)


async def confirm(platform: Platform, reference: str, secret: str, code: str) -> RequestView:
    """The contact is proven: from here on the request is on its way, in the same batch that says so."""
    request = await opened(platform, reference, secret)
    if request.state is not RequestState.UNCONFIRMED:
        return view(request)
    if request.confirm_until <= platform.clock.now():
        raise Gone("The code has run out. Make a new request.")
    if request.code_tries >= MOST_TRIES:
        raise Conflict("The code was entered wrongly five times. Ask for a new one.")
    if not hmac.compare_digest(request.code_token, await _hashed(platform, "code", reference, code)):
        tried = request.model_copy(update={"code_tries": request.code_tries + 1})
        await platform.records(Request).replace(tried, request.etag)
        what = FieldError("/code", "wrong_code", "Enter the eight digits of the newest mail.")
        raise Invalid("This is not the code that was mailed to you.", [what])
    now = platform.clock.now()
    sent = request.model_copy(
        update={"state": RequestState.SENT, "confirmed_at": now, "dispose_at": _kept_until(request)}
    )
    order = RoutingOrder(reference=reference, message_id=f"route-{reference}")
    message = Order(order.message_id, routing.QUEUE, order.model_dump(by_alias=True))
    stored = await platform.records(Request).replace(sent, request.etag, letters.outboxed(sent, message, now))
    await _account(platform, "rights:confirm", reference)
    await platform.bus.send_or_leave(message)
    return view(stored)


async def status(platform: Platform, reference: str, secret: str) -> RequestView:
    """Accounted for like every look at personal data: a secret that was stolen leaves a trace."""
    request = await opened(platform, reference, secret)
    await _account(platform, "rights:status", reference)
    return view(request)


async def reply(platform: Platform, reference: str, secret: str, case_id: str, text: str) -> RequestView:
    """To a controller that has written. What it waited for is over: the clock goes on today."""
    request = await opened(platform, reference, secret)
    asked = [each for each in request.messages if each.case_id == case_id]
    if not asked:
        raise NotFound("Nobody has written to you under this number.")
    if len(request.messages) >= MOST_MESSAGES:
        raise Conflict("There are very many messages already. Make a new request if you need to say more.")
    ref = next(each for each in request.cases if each.case_id == case_id)
    case = await platform.records(Case).read(case_id, [ref.organisation_id, case_id])
    if case.state is not CaseState.OPEN:
        raise Conflict("They have answered your request. If you do not agree, the answer says where to turn.")
    now = platform.clock.now()
    message = Message(
        case_id=case_id, organisation=asked[0].organisation, sender="person", topic="reply", text=text, at=now
    )
    if not any(each.sender == "person" and each.text == text for each in case.messages):  # broke off in between
        today = local_day(now, ZoneInfo(case.time_zone))
        waits = [each if each.until else each.model_copy(update={"until": today}) for each in case.waits]
        heard = case.model_copy(update={"messages": [*case.messages, message], "waits": waits})
        await platform.records(Case).replace(heard, case.etag)
    await _account(platform, "rights:reply", reference, case_id)
    said = request.model_copy(update={"messages": [*request.messages, message]})
    return view(await platform.records(Request).replace(said, request.etag))


async def opened(platform: Platform, reference: str, secret: str) -> Request:
    """The request, for whoever has its secret. The same answer for a wrong reference, a wrong secret and one that is
    gone, after the same work."""
    given = await _hashed(platform, "secret", reference, secret)
    known = reference if REFERENCE.fullmatch(reference) else NOBODYS  # the store's own address holds the id
    try:
        document = await platform.container(Request.container).read(known, [PLATFORM, known])
    except NotFound:
        document = {}
    if known != reference or not hmac.compare_digest(str(document.get("secretToken", "")), given):
        raise nothing_there()
    return await platform.records(Request).open(document)


def view(request: Request) -> RequestView:
    shown = set(RequestView.model_fields) - {"reference"}
    return RequestView(reference=request.id, **request.model_dump(include=shown))


def nothing_there() -> NotFound:
    return NotFound(
        "There is no such request, or the secret is not its own. Check both; a lost secret needs a new one."
    )


def _check(form: RequestForm, today: date) -> None:
    errors = []
    if not date(1900, 1, 1) <= form.date_of_birth <= today:
        errors.append(FieldError("/dateOfBirth", "no_birthday", "Give your date of birth as year-month-day."))
    if form.incident.on > today + timedelta(days=1):
        errors.append(FieldError("/incident/on", "future", "Give the day on which it happened."))
    elif form.incident.on < today - OLDEST_INCIDENT:
        errors.append(FieldError("/incident/on", "too_old", "Nothing is kept that long. Check the day."))
    if errors:
        raise Invalid("Some of what was sent needs correcting.", errors)


def _kept_until(request: Request) -> datetime:
    """At the longest. It goes much earlier: when the last answer can no longer be fetched."""
    place = request.facts.incident.region if request.facts else ""
    return schedule.Terms((place,)).dispose_at("rights_request", request.received_at)


async def _account(platform: Platform, action: str, *subjects: str) -> None:
    """In the platform's own log: no controller is concerned yet."""
    entry = Entry(
        organisation=PLATFORM, actor="person", actor_organisation=PLATFORM, action=action, subjects=list(subjects)
    )
    await platform.trail.record(entry)


async def _hashed(platform: Platform, what: str, reference: str, value: str) -> str:
    key = await platform.keyring.key_for(PLATFORM, Use.CREDENTIALS)
    return token(key, f"rights-{what}", f"{reference}|{value}")


def _reference() -> str:
    """60 random bits: enough that nobody meets another's by chance; the secret is what opens it."""
    letters_ = [secrets.choice(ALPHABET) for _ in range(12)]
    return "-".join("".join(letters_[start : start + 4]) for start in (0, 4, 8))


def _code() -> str:
    return f"{secrets.randbelow(10**8):08d}"
