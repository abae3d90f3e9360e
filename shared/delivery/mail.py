"""One e-mail: written here, handed to a mail server (SMTP) or to Azure Communication Services, whichever is set."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

import aiohttp

from shared.clock import Clock
from shared.delivery.outcome import Outcome
from shared.platform import Platform

TIMEOUT_SECONDS = 15.0
PASSWORD = "smtp-password"  # noqa: S105 - the name of the secret
ACS_SCOPE = "https://communication.azure.com/.default"
ACS_VERSION = "2023-03-31"
NO_MAILBOX = frozenset({550, 551, 553, 554, 501})
"""Permanent answers to a recipient (RFC 5321 4.2.3). 552, a full mailbox, may pass."""
ON_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Letter:
    """``id`` is the same however often it is sent, so that a mailbox shows it once."""

    id: str
    to: str
    subject: str
    text: str


async def send(platform: Platform, letter: Letter) -> Outcome:
    if platform.settings.acs_endpoint:
        return await _by_acs(platform, platform.settings.acs_endpoint, letter)
    if platform.settings.smtp_url:
        return await _by_smtp(platform, platform.settings.smtp_url, letter)
    return Outcome("cancelled", "this installation sends no mail")


def written(letter: Letter, sender: str, clock: Clock) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = sender, letter.to
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{letter.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday note answers it
    message.set_content(letter.text)
    return message


async def _by_smtp(platform: Platform, url: str, letter: Letter) -> Outcome:
    message = written(letter, platform.settings.mail_from, platform.clock)
    password = await platform.roots.setting(PASSWORD) if urlsplit(url).username else ""
    try:
        # In a thread: the standard library's client waits, and one mail takes a second at most.
        await asyncio.to_thread(_hand_over, url, password, message)
    except smtplib.SMTPRecipientsRefused as refused:
        return _of_recipient(max(code for code, _ in refused.recipients.values()))
    except smtplib.SMTPResponseException as error:
        return Outcome("failed", f"the mail server answered {error.smtp_code}")
    except (smtplib.SMTPException, OSError):
        return Outcome("failed", "the mail server cannot be reached")
    return Outcome("delivered", "the mail server took it")


def _of_recipient(code: int) -> Outcome:
    if code in NO_MAILBOX:
        return Outcome("refused", f"there is no such mailbox ({code})")
    return Outcome("failed", f"the mailbox does not take it now ({code})", blames_target=False)


def _hand_over(url: str, password: str, message: EmailMessage) -> None:
    parts = urlsplit(url)
    host, trusted = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=trusted)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT_SECONDS)
    with server:
        if parts.scheme == "smtp+starttls":
            server.starttls(context=trusted)
        elif parts.scheme != "smtps" and host not in ON_THIS_MACHINE:
            raise smtplib.SMTPException("mail leaves this machine encrypted or not at all")
        if parts.username:
            server.login(unquote(parts.username), password)
        server.send_message(message)


async def _by_acs(platform: Platform, endpoint: str, letter: Letter) -> Outcome:
    """Source: Microsoft Learn, "Email - Send", REST API of Azure Communication Services, version 2023-03-31."""
    token = (await platform.credential.get_token(ACS_SCOPE)).token
    # The operation id makes a repeated request the same mail.
    headers = {"Authorization": f"Bearer {token}", "Operation-Id": letter.id}
    body = {
        "senderAddress": parseaddr(platform.settings.mail_from)[1],
        "recipients": {"to": [{"address": letter.to}]},
        "content": {"subject": " ".join(letter.subject.split()), "plainText": letter.text},
        "userEngagementTrackingDisabled": True,
    }
    url = f"{endpoint.rstrip('/')}/emails:send?api-version={ACS_VERSION}"
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)) as http,
            http.post(url, json=body, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status == 202:
                return Outcome("delivered", "the mail service took it")
            return Outcome("failed", f"the mail service answered {answer.status}")
    except (aiohttp.ClientError, TimeoutError):
        return Outcome("failed", "the mail service cannot be reached")
