"""Text to tokens."""

import re
from typing import Any, Literal, NamedTuple

from local.cosmos.sql.errors import near

_TOKEN = re.compile(
    r"""\s+ | --[^\n]* | /\*.*?\*/
    | (?P<number>0x[0-9a-fA-F]+ | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<string>"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*')
    | (?P<parameter>@\w+)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<symbol><=|>=|!=|<>|\|\||\?\?|[-+*/%=<>(){}\[\],.:?|&^~])""",
    re.VERBOSE | re.DOTALL,
)
_KEYWORDS = frozenset(
    {"SELECT", "DISTINCT", "TOP", "VALUE", "AS", "FROM", "JOIN", "IN", "WHERE", "GROUP", "ORDER", "BY", "ASC", "DESC"}
    | {"OFFSET", "LIMIT", "AND", "OR", "NOT", "BETWEEN", "LIKE", "ESCAPE", "EXISTS", "ARRAY"}
    | {"TRUE", "FALSE", "NULL", "UNDEFINED"}
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}

type Kind = Literal["number", "string", "parameter", "name", "keyword", "symbol", "end"]


class Token(NamedTuple):
    kind: Kind
    value: Any
    """The number, the unquoted string, the keyword in capitals, or the text itself."""
    text: str


def tokens(text: str) -> list[Token]:
    found, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise near(text[position : position + 10])
        position = match.end()
        if match.lastgroup:
            found.append(_token(match.lastgroup, match.group()))
    found.append(Token("end", "", ""))
    return found


def _token(group: str, text: str) -> Token:
    match group:
        case "number":
            return Token("number", _number(text), text)
        case "string":
            return Token("string", _unquoted(text), text)
        case "word":
            upper = text.upper()
            return Token("keyword", upper, text) if upper in _KEYWORDS else Token("name", text, text)
        case "parameter":
            return Token("parameter", text, text)
    return Token("symbol", text, text)


def _number(text: str) -> int | float:
    if text.startswith("0x"):
        return int(text, 16)
    return float(text) if re.search(r"[.eE]", text) else int(text)


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(lambda match: _character(match[1]), text[1:-1])


def _character(escape: str) -> str:
    return chr(int(escape[1:], 16)) if len(escape) > 1 else _ESCAPED.get(escape, escape)
