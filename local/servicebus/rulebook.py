"""The rules of subscriptions: as declared at first, then as clients add and remove them over AMQP."""

import sqlite3

from local.servicebus.entities import Entities, Entity
from local.servicebus.errors import EntityNotFoundError, RuleExistsError
from local.servicebus.rules import Rule


class Rulebook:
    """Also in memory, because every published message asks."""

    def __init__(self, database: sqlite3.Connection, entities: Entities) -> None:
        self._db = database
        self._rules: dict[str, dict[str, Rule]] = {}
        for entity in entities.values():
            if entity.declared_rules:
                self._declare(entity)
        database.commit()

    def of(self, entity: Entity) -> list[Rule]:
        return list(self._rules.get(entity.name, {}).values())

    def add(self, entity: Entity, rule: Rule) -> None:
        rules = self._of(entity)
        if rule.name.lower() in rules:
            raise RuleExistsError(f"The rule '{rule.name}' exists already.")
        self._db.execute("INSERT INTO rule VALUES(?,?,?)", (entity.name, rule.name, rule.to_json()))
        rules[rule.name.lower()] = rule

    def remove(self, entity: Entity, name: str) -> None:
        if self._of(entity).pop(name.lower(), None) is None:
            raise EntityNotFoundError(f"{entity.name}/Rules/{name}")
        self._db.execute("DELETE FROM rule WHERE entity=? AND name=?", (entity.name, name))

    def _of(self, entity: Entity) -> dict[str, Rule]:
        try:
            return self._rules[entity.name]
        except KeyError:
            raise EntityNotFoundError(f"{entity.name}/Rules") from None

    def _declare(self, entity: Entity) -> None:
        """What clients changed stays until the declaration itself changes."""
        declared = "\n".join(rule.to_json() for rule in entity.declared_rules)
        known = self._db.execute("SELECT rules FROM declared WHERE entity=?", (entity.name,)).fetchone()
        if known is None or known[0] != declared:
            self._db.execute("REPLACE INTO declared VALUES(?,?)", (entity.name, declared))
            self._db.execute("DELETE FROM rule WHERE entity=?", (entity.name,))
            self._db.executemany(
                "INSERT INTO rule VALUES(?,?,?)",
                [(entity.name, rule.name, rule.to_json()) for rule in entity.declared_rules],
            )
        rows = self._db.execute("SELECT rule FROM rule WHERE entity=?", (entity.name,))
        rules = [Rule.from_json(row[0]) for row in rows]
        self._rules[entity.name] = {rule.name.lower(): rule for rule in rules}
