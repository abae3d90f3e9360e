"""Mail addresses of users: given by themselves, proved by a code that the mailbox shows, sealed, removed at once."""

import hmac
import secrets
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from shared.clock import Moment
from shared.delivery import mail, own
from shared.delivery.mail import Letter
from shared.errors import Conflict, FieldError, Invalid, NotFound, QuotaSpent, Unavailable
from shared.http import limits
from shared.http.models import ApiModel
from shared.identity.principals import Principal
from shared.ids import derived_id, new_id
from shared.organisations.models import Mail
from shared.platform import Platform
from shared.sealing.keyring import Use
from shared.sealing.records import Record, Sealed
from shared.sealing.roots import PLATFORM
from shared.sealing.tokens import token

CODE_DIGITS = 8
CODE_VALID = timedelta(minutes=30)
MOST_TRIES = 5
MOST_CODES_A_DAY = 5
"""To one mailbox, by whomever: so that nobody floods a stranger's through us."""
MOST_CODES_BY_ONE = 50


class MailAddress(Record):
    container: ClassVar[str] = "channels"

    kind: Literal["mail"] = "mail"
    user_id: str
    address: Sealed[str]
    state: Literal["unverified", "verified", "bounced"] = "unverified"
    code_token: str | None = None
    code_ends_at: Moment
    tries: int = 0


class MailForm(ApiModel):
    address: Annotated[Mail, StringConstraints(max_length=254)]


class CodeForm(ApiModel):
    code: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{8}$")]


class MailView(ApiModel):
    address: str | None
    state: Literal["none", "unverified", "verified", "bounced"] = Field(
        description="Only a verified address is told anything; bounced: its mailbox refused what was sent"
    )


async def shown(platform: Platform, principal: Principal) -> MailView:
    decision = await own.authorised(platform, principal)
    await own.account(platform, principal, decision)
    return _view(await known(platform, principal.organisation, principal.id))


async def give(platform: Platform, principal: Principal, form: MailForm) -> MailView:
    """Takes the place of an earlier address, and sends it a code."""
    decision = await own.authorised(platform, principal)
    if not platform.settings.sends_mail:
        raise Conflict("This installation sends no mail. Choose another way to be told.")
    await own.account(platform, principal, decision)
    now, current = platform.clock.now(), await known(platform, principal.organisation, principal.id)
    await _count(platform, principal, form.address)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    given = MailAddress(
        id=_id(principal.id),
        organisation_id=principal.organisation,
        user_id=principal.id,
        address=form.address,
        code_token=await _hashed(platform, principal.id, code),
        code_ends_at=now + CODE_VALID,
    )
    store = platform.records(MailAddress)
    stored = await (store.replace(given, current.etag) if current else store.create(given))
    outcome = await mail.send(platform, Letter(new_id(now), form.address, "Your code", _code_text(code)))
    if outcome.result == "refused":
        raise Invalid("Mail to this address is refused.", [FieldError("/address", "no_mailbox", "Check its spelling.")])
    if outcome.result != "delivered":
        raise Unavailable("The code could not be sent. Please try again shortly.", headers={"Retry-After": "60"})
    return _view(stored)


async def verify(platform: Platform, principal: Principal, form: CodeForm) -> MailView:
    decision = await own.authorised(platform, principal)
    await own.account(platform, principal, decision)
    current = await known(platform, principal.organisation, principal.id)
    if current is None or current.code_token is None or platform.clock.now() > current.code_ends_at:
        raise Conflict("There is no code to wait for. Give your address again to get one.")
    if current.tries >= MOST_TRIES:
        raise QuotaSpent("Too many wrong codes. Give your address again to get another.")
    store = platform.records(MailAddress)
    if not hmac.compare_digest(current.code_token, await _hashed(platform, principal.id, form.code)):
        await store.replace(current.model_copy(update={"tries": current.tries + 1}), current.etag)
        what = FieldError("/code", "wrong_code", "Compare it with the newest message; older codes do not work.")
        raise Invalid("The code is wrong.", [what])
    proved = current.model_copy(update={"state": "verified", "code_token": None, "tries": 0})
    return _view(await store.replace(proved, current.etag))


async def remove(platform: Platform, principal: Principal) -> None:
    decision = await own.authorised(platform, principal)
    await own.account(platform, principal, decision)
    identifier = _id(principal.id)
    await platform.keyring.destroy(principal.organisation, identifier)
    await platform.container(MailAddress.container).delete(identifier, principal.organisation)


async def known(platform: Platform, organisation: str, user: str) -> MailAddress | None:
    try:
        return await platform.records(MailAddress).read(_id(user), organisation)
    except NotFound:
        return None


async def bounced(platform: Platform, address: MailAddress) -> None:
    """Nothing more is sent there until its owner proves it anew."""
    await platform.records(MailAddress).replace(address.model_copy(update={"state": "bounced"}), address.etag)


def _id(user: str) -> str:
    return derived_id("mail", user)


async def _count(platform: Platform, principal: Principal, address: str) -> None:
    """By person and by mailbox, apart from the address itself: taking that away and giving it again counts on."""
    by_person = await limits.today(platform, "mail-codes", "mail-code-sender", principal.id)
    to_mailbox = await limits.today(platform, "mail-codes", "mail-code-mailbox", address)
    if to_mailbox > MOST_CODES_A_DAY or by_person > MOST_CODES_BY_ONE:
        raise QuotaSpent("That is more codes than one day needs. Try again tomorrow.")


async def _hashed(platform: Platform, user: str, code: str) -> str:
    key = await platform.keyring.key_for(PLATFORM, Use.CREDENTIALS)
    return token(key, f"mail-code:{user}", code)


def _code_text(code: str) -> str:
    return (
        f"Your code is {code}. Enter it where you gave this address, within {CODE_VALID.seconds // 60} minutes.\n\n"
        "If you did not give it, somebody mistyped theirs: you need do nothing, and will not hear from us again.\n"
    )


def _view(address: MailAddress | None) -> MailView:
    return MailView(address=address.address, state=address.state) if address else MailView(address=None, state="none")
