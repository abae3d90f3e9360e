"""Queues, topics and subscriptions as the configuration of Microsoft's Service Bus emulator declares them.

Source: Microsoft Learn, "Test locally by using the Azure Service Bus emulator", and the Config.json it ships with.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_pascal

from local.servicebus.rules import Rule

DEAD_LETTERS = "/$DeadLetterQueue"
TRANSFER_DEAD_LETTERS = "/$Transfer/$DeadLetterQueue"
NEVER = 1 << 31


class _Declared(BaseModel):
    """An option that the stand-in does not know is refused, not ignored."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="forbid", frozen=True)


class _Properties(_Declared):
    lock_duration: timedelta = timedelta(minutes=1)
    max_delivery_count: int = 10
    default_message_time_to_live: timedelta | None = None
    dead_lettering_on_message_expiration: bool = False
    dead_lettering_on_filter_evaluation_exceptions: bool = True
    requires_duplicate_detection: bool = False
    duplicate_detection_history_time_window: timedelta = timedelta(minutes=10)
    requires_session: bool = False
    forward_to: str | None = None
    forward_dead_lettered_messages_to: str | None = None


class _Queue(_Declared):
    name: str
    properties: _Properties = _Properties()


class _Rule(_Declared):
    name: str
    properties: dict[str, Any]


class _Subscription(_Queue):
    rules: list[_Rule] | None = None


class _Topic(_Queue):
    subscriptions: list[_Subscription] = []


class _Namespace(_Declared):
    name: str = ""
    queues: list[_Queue] = []
    topics: list[_Topic] = []


class _UserConfig(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, extra="ignore")

    namespaces: list[_Namespace]


class _Configuration(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal)

    user_config: _UserConfig


@dataclass
class Entity:
    """Somewhere messages are: a queue, a subscription, one of their dead-letter queues; or a topic, which keeps none.

    Durations are milliseconds.
    """

    name: str
    lock_ms: int = 60_000
    max_deliveries: int = 10
    ttl_ms: int | None = None
    dead_letters_expired: bool = False
    dead_letters_filter_errors: bool = True
    duplicates_ms: int | None = None
    sessions: bool = False
    forward_to: str | None = None
    forward_dead_letters_to: str | None = None
    is_dead_letters: bool = False
    declared_rules: list[Rule] = field(default_factory=list)
    subscriptions: list["Entity"] | None = None

    @property
    def is_topic(self) -> bool:
        return self.subscriptions is not None


type Entities = dict[str, Entity]
"""By lower-case name: addresses are matched without regard to case."""


def read(path: Path) -> Entities:
    """Raises ValueError if the file is not a configuration that the stand-in can honour."""
    return declared(path.read_text())


def declared(configuration: str) -> Entities:
    found: list[Entity] = []
    for namespace in _Configuration.model_validate_json(configuration).user_config.namespaces[:1]:
        found += [_entity(queue.name, queue.properties) for queue in namespace.queues]
        for topic in namespace.topics:
            subscriptions = [_subscription(topic.name, each) for each in topic.subscriptions]
            found += [_entity(topic.name, topic.properties, subscriptions=subscriptions), *subscriptions]
    found += [dead for entity in found if not entity.is_topic for dead in _sub_queues(entity)]
    entities = {entity.name.lower(): entity for entity in found}
    _check_targets(entities)
    return entities


def _entity(name: str, properties: _Properties, **more: Any) -> Entity:
    return Entity(
        name=name,
        lock_ms=_milliseconds(properties.lock_duration),
        max_deliveries=properties.max_delivery_count,
        ttl_ms=_milliseconds(properties.default_message_time_to_live) or None,
        dead_letters_expired=properties.dead_lettering_on_message_expiration,
        dead_letters_filter_errors=properties.dead_lettering_on_filter_evaluation_exceptions,
        duplicates_ms=_milliseconds(properties.duplicate_detection_history_time_window)
        if properties.requires_duplicate_detection
        else None,
        sessions=properties.requires_session,
        forward_to=properties.forward_to or None,
        forward_dead_letters_to=properties.forward_dead_lettered_messages_to or None,
        **more,
    )


def _subscription(topic: str, subscription: _Subscription) -> Entity:
    """A subscription without rules takes everything, by a rule named ``$Default``."""
    name = f"{topic}/Subscriptions/{subscription.name}"
    rules = [Rule.from_declaration(rule.name, rule.properties) for rule in subscription.rules or []]
    return _entity(name, subscription.properties, declared_rules=rules or [Rule("$Default")])


def _sub_queues(entity: Entity) -> list[Entity]:
    return [
        Entity(entity.name + suffix, lock_ms=entity.lock_ms, max_deliveries=NEVER, is_dead_letters=True)
        for suffix in (DEAD_LETTERS, TRANSFER_DEAD_LETTERS)
    ]


def _check_targets(entities: Entities) -> None:
    for entity in entities.values():
        for target in (entity.forward_to, entity.forward_dead_letters_to):
            if target and target.lower() not in entities:
                raise ValueError(f"{entity.name} forwards to {target}, which is not declared")


def _milliseconds(duration: timedelta | None) -> int:
    return int(duration.total_seconds() * 1000) if duration else 0
