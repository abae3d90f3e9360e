"""Rules as AMQP carries them: maps in requests, described lists in answers.

Source: Microsoft Learn, "AMQP 1.0 in Azure Service Bus: request-response-based operations", "Rule operations".
"""

from typing import Any

from proton import Described, ulong

from local.servicebus.errors import ArgumentError
from local.servicebus.rules import TRUE, Correlation, Rule, correlation

DESCRIPTION, EMPTY_ACTION, SQL_ACTION = 0x0000013700000004, 0x0000013700000005, 0x0000013700000006
SQL_FILTER, TRUE_FILTER, FALSE_FILTER, CORRELATION_FILTER = (0x000001370000006 + number for number in range(4))
"""Filters have one digit less than the rest: so does the service."""
_FIELDS = (
    "correlation-id",
    "message-id",
    "to",
    "reply-to",
    "subject",
    "group-id",
    "reply-to-group-id",
    "content-type",
)
COMPATIBILITY_LEVEL = 20


def read(name: str, description: dict[str, Any]) -> Rule:
    action = (description.get("sql-rule-action") or {}).get("expression")
    if wanted := description.get("correlation-filter"):
        system = {key: value for key, value in wanted.items() if key != "properties"}
        found = correlation(system, dict(wanted.get("properties") or {}))
        return Rule(name, correlation=found, action=action).checked()
    if "sql-filter" not in description:
        raise ArgumentError("A rule has an sql-filter or a correlation-filter.")
    return Rule(name, description["sql-filter"]["expression"], action=action).checked()


def written(rule: Rule) -> Any:
    action = (
        Described(ulong(SQL_ACTION), [rule.action, COMPATIBILITY_LEVEL])
        if rule.action
        else Described(ulong(EMPTY_ACTION), [])
    )
    return Described(ulong(DESCRIPTION), [_filter(rule), action, rule.name])


def _filter(rule: Rule) -> Any:
    if rule.correlation:
        return Described(ulong(CORRELATION_FILTER), _correlation(rule.correlation))
    if rule.expression == TRUE:
        return Described(ulong(TRUE_FILTER), [])
    if rule.expression == "1=0":
        return Described(ulong(FALSE_FILTER), [])
    return Described(ulong(SQL_FILTER), [rule.expression, COMPATIBILITY_LEVEL])


def _correlation(wanted: Correlation) -> list[Any]:
    return [*(wanted.system.get(name) for name in _FIELDS), wanted.user]
