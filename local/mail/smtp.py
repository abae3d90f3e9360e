"""SMTP (RFC 5321) on this machine. An address that begins with ``bounce`` is refused for good, one that begins with
``busy`` for now: so a sender's behaviour can be tried out."""

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from local.mail.inbox import Inbox
from local.serving import LOOPBACK

LARGEST = 10 * 1024 * 1024


class _Keeps:
    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("bounce"):
            return "550 5.1.1 There is no such mailbox"
        if address.startswith("busy"):
            return "450 4.2.1 The mailbox is busy; try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        content = envelope.content or b""
        self._inbox.keep(content if isinstance(content, bytes) else content.encode())
        return "250 OK"


class Smtp:
    """In a thread with a loop of its own."""

    def __init__(self, inbox: Inbox, port: int) -> None:
        self._controller = Controller(_Keeps(inbox), hostname=LOOPBACK, port=port, data_size_limit=LARGEST)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()
