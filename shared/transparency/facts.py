"""What the rules say that the platform runs by, gathered for publication: no sentence here that no code applies."""

import functools
import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

from shared.breaches import duties
from shared.identity.terms import in_force
from shared.policy import decision
from shared.policy.decision import Purpose
from shared.retention import schedule
from shared.rights import terms as rights
from shared.rights.terms import Step
from shared.sharing import law
from shared.transparency.models import (
    AuthorityView,
    KeptHereView,
    KeptView,
    ProcessorView,
    PromiseView,
    RightsView,
)

TABLE = Path(__file__).with_name("platform.toml")


@functools.cache
def table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text())


@functools.cache
def versions() -> dict[str, str]:
    """Of each table of rules; the access rules, which have no date, by a digest of their text."""
    access = hashlib.sha256("\n".join([decision.schema_text(), *decision.policy_texts().values()]).encode())
    return {
        "retention": schedule.version(),
        "rights": rights.version(),
        "breaches": duties.version(),
        "sharing": str(law.table()["version"]),
        "access": access.hexdigest()[:16],
        "terms": in_force().version,
        "platform": str(table()["version"]),
    }


def version_of(content: dict[str, Any]) -> str:
    """The newest date of the tables, and a digest of everything that is said: it changes when a word does."""
    newest = max(each for name, each in versions().items() if name not in {"access", "terms"})
    text = json.dumps(
        {name: each for name, each in content.items() if name not in {"version", "versions"}}, sort_keys=True
    )
    return f"{newest}.{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def purposes() -> list[str]:
    return [each.value for each in Purpose]


def kept() -> list[KeptView]:
    return [
        KeptView(
            category=category,
            says=row["says"],
            starts=row["starts"],
            periods={regime: row[regime] for regime in schedule.regimes()},
            ceiling=row["ceiling"],
            source=row["source"],
        )
        for category, row in schedule.table()["category"].items()
    ]


def kept_here(here: schedule.Terms, categories: list[str] | None = None) -> list[KeptHereView]:
    rules = [here.rule(category) for category in categories or schedule.categories()]
    return [
        KeptHereView(
            category=rule.category,
            says=rule.says,
            starts=rule.starts,
            period=str(rule.period),
            shortened=rule.shortened,
            rule=rule.id,
            source=rule.source,
        )
        for rule in rules
    ]


def promises() -> list[PromiseView]:
    """The rules that forbid: they win over everything that is permitted."""
    return [PromiseView(id=each.id, says=each.says) for each in decision.rules().values() if each.effect == "forbid"]


def rights_under(regime: str) -> RightsView:
    answer, complaint = rights.row(regime, Step.ANSWER), rights.row(regime, Step.ACKNOWLEDGE_COMPLAINT)
    if answer is None:
        raise KeyError(regime)
    longer = rights.extension(regime).most
    return RightsView(
        regime=regime,
        name=str(rights.regime(regime)["name"]),
        answer=_words(answer.term),
        extension=_words(longer) if longer else None,
        acknowledge_complaint=_words(complaint.term) if complaint else None,
        source=answer.source,
    )


def all_rights() -> list[RightsView]:
    return [rights_under(regime) for regime in rights.regimes()]


def authorities(regime: str | None = None) -> list[AuthorityView]:
    rows = [AuthorityView(**row) for row in table()["authority"]]
    return [row for row in rows if regime in {None, row.regime}]


def processors() -> list[ProcessorView]:
    return [ProcessorView(**row) for row in table()["processor"]]


def _words(term: rights.Term) -> str:
    return f"{term.count} {term.unit}{'s' if term.count > 1 else ''}"
