"""Mail to the person who asks: stored sealed beside its cause, in the same batch, and sent by a message of ids.

A letter lives under the key of its request and is deleted as soon as the mail server has it.
"""

import functools
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel

from shared.ids import new_id
from shared.rights.models import RIGHTS, Language, Request
from shared.sealing.records import Record, Sealed
from shared.storage import outbox
from shared.storage.cosmos import Document, Key
from shared.storage.outbox import Message

QUEUE = "rights-mail"
TEXTS = Path(__file__).with_name("letters.toml")
type Topic = Literal["code", "message", "answer"]


class Letter(Record):
    """One mail that is on its way."""

    container: ClassVar[str] = RIGHTS

    rights_id: str
    kind: Literal["letter"] = "letter"
    to: Sealed[str]
    subject: Sealed[str]
    body: Sealed[str]

    @property
    def key(self) -> Key:
        return [self.organisation_id, self.rights_id]

    @property
    def key_id(self) -> str:
        return self.rights_id


class LetterOrder(BaseModel):
    """A message of the ``rights-mail`` queue: ids only."""

    organisation_id: str
    rights_id: str
    letter_id: str
    message_id: str


def write(request: Request, topic: Topic, at: datetime, **values: str) -> tuple[Letter, Message]:
    """The letter, and the message that has it sent."""
    text = _texts()[_spoken(request.language)][topic]
    named = {"reference": request.id, **values}
    letter = Letter(
        id=new_id(at),
        organisation_id=request.organisation_id,
        rights_id=request.rights_id,
        to=request.contact,
        subject=text["subject"].format(**named),
        body=text["body"].format(**named),
    )
    order = LetterOrder(
        organisation_id=letter.organisation_id,
        rights_id=letter.rights_id,
        letter_id=letter.id,
        message_id=f"mail-{letter.id}",
    )
    return letter, Message(order.message_id, QUEUE, order.model_dump())


def outboxed(request: Request, message: Message, at: datetime) -> Document:
    """The outbox document in the partition of the request."""
    return outbox.document(message, {"organisationId": request.organisation_id, "rightsId": request.rights_id}, at)


def until(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _spoken(language: Language) -> str:
    return language.value.partition("-")[0]


@functools.cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(TEXTS.read_text())
