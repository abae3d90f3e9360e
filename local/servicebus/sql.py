"""The SQL of filters and actions: property names become parameters of an expression that SQLite evaluates.

Source: Microsoft Learn, "Subscription rule SQL filter syntax" and "Subscription rule SQL action syntax".
"""

import re
import sqlite3
import uuid
from dataclasses import dataclass
from typing import Protocol

SYSTEM = {
    "contenttype": "content-type",
    "correlationid": "correlation-id",
    "label": "subject",
    "subject": "subject",
    "messageid": "message-id",
    "replyto": "reply-to",
    "replytosessionid": "reply-to-group-id",
    "sessionid": "group-id",
    "to": "to",
}
"""Names that filters know, and the AMQP properties they mean."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*')
    |(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)
    |(?:(?P<scope>sys|user)\s*\.\s*)?(?P<name>\[(?:[^\]]|\]\])+\]|"(?:[^"]|"")+"|[A-Za-z_]\w*)
    |(?P<sign><>|!=|>=|<=|[-+*/%=<>(),;]))""",
    re.VERBOSE | re.IGNORECASE,
)
_OPERATORS = {"AND", "OR", "NOT", "IN", "LIKE", "ESCAPE", "IS", "EXISTS"}
_WORDS = _OPERATORS | {"NULL", "TRUE", "FALSE", "SET", "REMOVE"}
_evaluator = sqlite3.connect(":memory:", check_same_thread=False)
_evaluator.execute("PRAGMA case_sensitive_like = ON")


class SqlError(ValueError):
    """An expression that cannot be understood, or cannot be evaluated for a message."""


class Properties(Protocol):
    """The message as expressions see it."""

    def system(self, name: str) -> object: ...

    def user(self, name: str) -> object: ...


@dataclass(frozen=True)
class Name:
    text: str
    is_system: bool = False

    def of(self, message: Properties) -> object:
        return message.system(SYSTEM[self.text]) if self.is_system else message.user(self.text)


type Token = str | Name


def tokens(expression: str) -> list[Token]:
    found: list[Token] = []
    at, end = 0, len(expression.rstrip())
    while at < end:
        match = _TOKEN.match(expression, at)
        if not match:
            raise SqlError(f"cannot understand {expression[at:].strip()!r}")
        found.append(_token(match))
        at = match.end()
    return found


def _token(match: re.Match[str]) -> Token:
    name = match["name"]
    if name is None:
        return match["text"] or match["number"] or match["sign"]
    if match["scope"] is None and name.upper() in _WORDS:
        return name.upper()
    text = name[1:-1].replace("]]", "]").replace('""', '"') if name[0] in '["' else name
    if (match["scope"] or "").lower() != "sys":
        return Name(text)
    if text.lower() not in SYSTEM:
        raise SqlError(f"sys.{text} is not a property of messages")
    return Name(text.lower(), is_system=True)


class Expression:
    """Compiled once, evaluated for each message. A property that a message lacks is NULL."""

    def __init__(self, text: str | list[Token]) -> None:
        found = tokens(text) if isinstance(text, str) else text
        self._names = [token for token in found if isinstance(token, Name)]
        self._sql = f"SELECT ({' '.join(_with_existence(found))})"
        self._evaluate([None] * len(self._names))

    def value(self, message: Properties) -> object:
        return self._evaluate([_storable(name.of(message)) for name in self._names])

    def _evaluate(self, values: list[object]) -> object:
        try:
            found: object = _evaluator.execute(self._sql, values).fetchone()[0]
        except (sqlite3.Error, OverflowError) as error:
            raise SqlError(str(error)) from None
        return found


def _with_existence(found: list[Token]) -> list[str]:
    """``EXISTS (name)`` is what ``(name IS NOT NULL)`` is here."""
    written: list[str] = []
    waiting = False
    for each in found:
        if each == "EXISTS":
            waiting = True
        elif each == ")" and waiting:
            written.append("IS NOT NULL)")
            waiting = False
        else:
            written.append("?" if isinstance(each, Name) else each)
    return written


def _storable(value: object) -> object:
    if isinstance(value, uuid.UUID):
        return str(value)
    return value if isinstance(value, int | float | bytes | None) else str(value)


class Action:
    """``SET name = expression; REMOVE name``: statements applied one after another."""

    def __init__(self, text: str) -> None:
        self._statements = [_statement(each) for each in _split(tokens(text))]

    def changes(self, message: Properties) -> list[tuple[Name, object]]:
        """The new value of each property that changes; None removes it."""
        return [(name, expression.value(message) if expression else None) for name, expression in self._statements]


def _split(found: list[Token]) -> list[list[Token]]:
    statements: list[list[Token]] = [[]]
    for each in found:
        if each == ";":
            statements.append([])
        else:
            statements[-1].append(each)
    return [each for each in statements if each]


def _statement(found: list[Token]) -> tuple[Name, Expression | None]:
    match found:
        case ["REMOVE", Name() as name]:
            return name, None
        case ["SET", Name() as name, "=", *rest] if rest:
            return name, Expression(rest)
    raise SqlError("an action is SET name = expression or REMOVE name")
