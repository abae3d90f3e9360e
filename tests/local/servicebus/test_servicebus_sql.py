"""The language of filters and actions, as far as the broker speaks it.

Source of every case: Microsoft Learn, "Subscription rule SQL filter syntax" and "… SQL action syntax".
"""

import uuid
from typing import Any

import pytest

from local.servicebus.sql import Action, Expression, Name, SqlError


class Message:
    def __init__(self, **user: Any) -> None:
        self._user = user

    def system(self, name: str) -> object:
        return {"subject": "it's", "message-id": "m-1"}.get(name)

    def user(self, name: str) -> object:
        return self._user.get(name)


MESSAGE = Message(
    colour="red", qty=12, price=1.5, urgent=True, id=uuid.UUID(int=1), **{"two words": "x", "a]b": 1, "order": 3}
)


@pytest.mark.parametrize(
    "expression",
    [
        "colour = 'red'",
        "user.colour = 'red' AND sys.MessageId = 'm-1'",
        "sys.Label = 'it''s'",
        "colour <> 'blue' and colour != 'green'",
        "qty > 10 AND qty >= 12 AND qty < 13 AND qty <= 12",
        "qty % 5 = 2 AND qty * 2 - 4 = 20 AND (qty + 1) / 13 = 1",
        "-qty < 0",
        "price = 1.5 AND price < 2e0",
        "urgent = TRUE",
        "NOT urgent = FALSE",
        "colour IN ('blue', 'red')",
        "colour NOT IN ('blue')",
        "colour LIKE 'r_d' AND colour LIKE 'r%'",
        "colour NOT LIKE 'R%'",
        "'10%' LIKE '10!%' ESCAPE '!'",
        "missing IS NULL AND colour IS NOT NULL",
        "EXISTS(colour) AND NOT EXISTS(missing)",
        "EXISTS ( [two words] )",
        "[two words] = 'x' AND [a]]b] = 1 AND \"order\" = 3",
        "id = '00000000-0000-0000-0000-000000000001'",
        "1=1",
    ],
)
def test_true(expression: str) -> None:
    assert Expression(expression).value(MESSAGE)


@pytest.mark.parametrize(
    "expression",
    [
        "colour = 'RED'",
        "missing = 'red'",
        "NOT missing = 'red'",
        "missing <> 'red'",
        "qty = '12'",
        "user.Label = 'it''s'",
        "1=0",
    ],
)
def test_not_true(expression: str) -> None:
    """A comparison with a property that the message lacks is unknown, and so is its negation."""
    assert not Expression(expression).value(MESSAGE)


@pytest.mark.parametrize(
    "expression",
    [
        *("", "colour =", "(colour = 'red'", "colour = 'red", "colour == == 1", "sys.Nonsense = 1", "colour; qty"),
        *("SELECT 1", "load_extension('x')", "colour GLOB 'r*'", "colour = ?", "qty & 1"),
    ],
)
def test_no_sense(expression: str) -> None:
    with pytest.raises(SqlError):
        Expression(expression)


@pytest.mark.parametrize(
    ("action", "changes"),
    [
        ("SET qty = qty + 1", [(Name("qty"), 13)]),
        ("set sys.Label = 'x'; REMOVE colour;", [(Name("label", is_system=True), "x"), (Name("colour"), None)]),
        ("SET [two words] = sys.MessageId", [(Name("two words"), "m-1")]),
    ],
)
def test_actions(action: str, changes: list[tuple[Name, object]]) -> None:
    assert Action(action).changes(MESSAGE) == changes


@pytest.mark.parametrize("action", ["SET qty", "SET qty =", "REMOVE", "DROP qty", "SET 1 = 2"])
def test_no_actions(action: str) -> None:
    with pytest.raises(SqlError):
        Action(action)
