"""The messages as files, one each, so that any mail program opens them."""

import email
import email.policy
import itertools
import time
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

MOST_SHOWN = 200


@dataclass(frozen=True)
class Mail:
    id: str
    sender: str
    to: list[str]
    subject: str
    date: str
    headers: dict[str, str]
    text: str


class Inbox:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = itertools.count()

    def keep(self, content: bytes) -> None:
        """Names sort by time of arrival."""
        name = f"{time.time_ns():020d}-{next(self._numbers):06d}"
        draft = self._directory / f".{name}"
        draft.write_bytes(content)
        draft.rename(self._directory / f"{name}.eml")

    def newest(self, to: str = "") -> list[Mail]:
        files = sorted(self._directory.glob("*.eml"), reverse=True)
        found = (_read(file) for file in files)
        return list(itertools.islice((each for each in found if not to or to in each.to), MOST_SHOWN))

    def one(self, identifier: str) -> Mail | None:
        """None for whatever is no message of this directory."""
        file = self._directory / f"{identifier}.eml"
        return _read(file) if identifier.replace("-", "").isdigit() and file.exists() else None

    def empty(self) -> None:
        for file in self._directory.glob("*.eml"):
            file.unlink(missing_ok=True)


def _read(file: Path) -> Mail:
    message = email.message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    return Mail(
        id=file.stem,
        sender=str(message["from"] or ""),
        to=[each.strip() for each in str(message["to"] or "").split(",")],
        subject=str(message["subject"] or ""),
        date=str(message["date"] or ""),
        headers={name: str(value) for name, value in message.items()},
        text=body.get_content() if body else "",
    )
