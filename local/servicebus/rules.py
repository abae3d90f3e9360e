"""Which messages a subscription gets, and what a rule changes in its copy.

Source: Microsoft Learn, "Topic filters and actions": a message gets one copy for each matching rule that has an action,
and one for all matching rules that have none.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from local.servicebus.errors import ArgumentError
from local.servicebus.messages import Incoming
from local.servicebus.sql import SYSTEM, Action, Expression, SqlError

TRUE = "1=1"


@dataclass(frozen=True)
class Correlation:
    """All that is named must be equal."""

    system: dict[str, str] = field(default_factory=dict)
    user: dict[str, Any] = field(default_factory=dict)

    def matches(self, message: Incoming) -> bool:
        return all(message.text(name) == wanted for name, wanted in self.system.items()) and all(
            message.user(name) == wanted for name, wanted in self.user.items()
        )


@dataclass(frozen=True)
class Rule:
    """Without a correlation filter it has the SQL one."""

    name: str
    expression: str = TRUE
    correlation: Correlation | None = None
    action: str | None = None

    @classmethod
    def from_declaration(cls, name: str, properties: dict[str, Any]) -> "Rule":
        """As the emulator's configuration writes it."""
        action = (properties.get("Action") or {}).get("SqlExpression")
        if properties.get("FilterType", "Sql") == "Correlation":
            wanted = dict(properties["CorrelationFilter"])
            user = wanted.pop("Properties", None) or {}
            return cls(name, correlation=correlation(wanted, user), action=action).checked()
        expression = (properties.get("SqlFilter") or {}).get("SqlExpression", TRUE)
        return cls(name, expression, action=action).checked()

    @classmethod
    def from_json(cls, text: str) -> "Rule":
        fields = json.loads(text)
        found = fields.pop("correlation")
        return cls(**fields, correlation=Correlation(**found) if found else None)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def checked(self) -> "Rule":
        """Raises ArgumentError if one of its expressions makes no sense."""
        try:
            _expression(self.expression)
            if self.action:
                _action(self.action)
        except SqlError as error:
            raise ArgumentError(f"The rule '{self.name}' cannot be understood: {error}") from None
        return self

    def matches(self, message: Incoming) -> bool:
        if self.correlation:
            return self.correlation.matches(message)
        return bool(_expression(self.expression).value(message))


def correlation(system: dict[str, Any], user: dict[str, Any]) -> Correlation:
    """Names of properties in any spelling: ``Label``, ``correlation-id``."""
    named = {name.replace("-", "").lower(): value for name, value in system.items() if value is not None}
    if unknown := named.keys() - SYSTEM.keys():
        raise ArgumentError(f"A correlation filter knows no {', '.join(sorted(unknown))}.")
    return Correlation({SYSTEM[name]: str(value) for name, value in named.items()}, user)


def copies(rules: Sequence[Rule], message: Incoming) -> list[Incoming]:
    """Raises SqlError if a filter or an action cannot be evaluated."""
    matching = [rule for rule in rules if rule.matches(message)]
    found = [message] if any(not rule.action for rule in matching) else []
    return found + [_changed(message, rule.action) for rule in matching if rule.action]


def _changed(message: Incoming, action: str) -> Incoming:
    changes = _action(action).changes(message)
    return message.changed(
        {SYSTEM[name.text]: value for name, value in changes if name.is_system},
        {name.text: value for name, value in changes if not name.is_system},
    )


@lru_cache(maxsize=1024)
def _expression(text: str) -> Expression:
    return Expression(text)


@lru_cache(maxsize=1024)
def _action(text: str) -> Action:
    return Action(text)
