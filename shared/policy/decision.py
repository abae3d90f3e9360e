"""One decision: may this principal do this, to this record, for this purpose; by which rules; what stays hidden.

A decision depends on a few attributes only (see the schema), so each combination is put to Cedar once per process.
The request names nobody: a rule about one person or one record could not even be written.
"""

import functools
import json
import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import cedarpy

from shared.identity.principals import Principal

type Relation = Literal["own", "community", "recipient", "platform", "stranger"]

HERE = Path(__file__).parent
MOST_REMEMBERED = 20_000
"""Combinations kept. A principal holds few roles, so the real number is some hundreds."""


class Purpose(StrEnum):
    """Why personal data is used. RESEARCH sees only aggregates, so no record may be read for it."""

    PREVENT_RISK = "PREVENT_RISK"
    INVESTIGATE = "INVESTIGATE"
    PREVENT_OFFENCE = "PREVENT_OFFENCE"
    REPEAT_ORGANISED = "REPEAT_ORGANISED"
    NOTIFY_LE = "NOTIFY_LE"
    ALERT_COMMUNITY = "ALERT_COMMUNITY"
    LEGAL_ACTION = "LEGAL_ACTION"
    RESEARCH = "RESEARCH"


@dataclass(frozen=True)
class Resource:
    """What a decision is about. A collection has the organisation's id for its own."""

    category: str
    id: str
    organisation: str
    site: str | None = None
    minor: bool = False
    sharing_lawful: bool = False
    """Whether the owner's law lets it share with an organisation of the principal's kind."""
    case_bound: bool = False
    """Whether the use names a case."""
    open_to_staff: bool = False
    """Whether its organisation lets the staff of its sites see it."""


@dataclass(frozen=True)
class Decision:
    allowed: bool
    policies: tuple[str, ...]
    """Names of the policies that made the decision, as their ``@id`` says."""
    withheld: frozenset[str]
    """JSON names of the fields this viewer does not get."""


@dataclass(frozen=True)
class Rule:
    """A policy as a reader sees it."""

    id: str
    says: str
    effect: Literal["permit", "forbid"]
    file: str
    source: str


@dataclass(frozen=True)
class _Question:
    """Everything that a decision depends on."""

    action: str
    kind: str
    roles: frozenset[str]
    employer: str
    category: str
    minor: bool
    sharing_lawful: bool
    relation: Relation
    at_site: bool
    purpose: str | None
    case_bound: bool
    open_to_staff: bool


def policy_texts() -> dict[str, str]:
    """Every policy file by its name, for the decision, for validation and for readers."""
    return {path.stem: path.read_text() for path in sorted((HERE / "rules").glob("*.cedar"))}


def schema_text() -> str:
    return (HERE / "reeve.cedarschema").read_text()


@functools.cache
def actions() -> frozenset[str]:
    """Every action that the schema knows."""
    return frozenset(re.findall(r'^action "([^"]+)"', schema_text(), re.MULTILINE))


@functools.cache
def rules() -> dict[str, Rule]:
    """Every policy by its id, in words and in Cedar."""
    found = {}
    for name, text in policy_texts().items():
        sources = {match[1]: match[0].strip() for match in re.finditer(r'@id\("([^"]+)"\)[^@]*@says[^@]*', text)}
        for each in json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"].values():
            identifier, says = each["annotations"]["id"], each["annotations"]["says"]
            found[identifier] = Rule(identifier, says, each["effect"], f"{name}.cedar", sources[identifier])
    return found


def relation(principal: Principal, resource: Resource) -> Relation:
    """What the principal's organisation is to the record, as far as ids tell; sharing is established by services."""
    return "own" if principal.organisation == resource.organisation else "stranger"


def decide(
    principal: Principal, action: str, resource: Resource, purpose: Purpose | None, related: Relation | None = None
) -> Decision:
    """What the policies say, with those that said it. An error in evaluating one of them is a no."""
    related = related or relation(principal, resource)
    return _decided(
        _Question(
            action=action,
            kind=principal.kind,
            roles=principal.roles,
            employer=principal.employer,
            category=resource.category,
            minor=resource.minor,
            sharing_lawful=resource.sharing_lawful,
            relation=related,
            at_site=resource.site is None or related != "own" or principal.at(resource.site),
            purpose=purpose.value if purpose else None,
            case_bound=resource.case_bound,
            open_to_staff=resource.open_to_staff,
        )
    )


@functools.lru_cache(maxsize=MOST_REMEMBERED)
def _decided(question: _Question) -> Decision:
    answer = cedarpy.is_authorized(_request(question), _policies(), _entities(question), _schema())
    names = answer.diagnostics.id_annotations_by_reason
    policies = tuple(sorted(names.get(reason, reason) for reason in answer.diagnostics.reasons))
    hidden = visibility().get(question.category, {}).get(question.relation, {}).get("withheld", [])
    return Decision(answer.allowed and not answer.diagnostics.errors, policies, frozenset(hidden))


def _request(question: _Question) -> dict[str, Any]:
    context: dict[str, Any] = {
        "relation": question.relation,
        "atSite": question.at_site,
        "caseBound": question.case_bound,
    }
    if question.purpose:
        context["purpose"] = question.purpose
    action = f'Action::"{question.action}"'
    return {"principal": 'Principal::"who"', "action": action, "resource": 'Record::"what"', "context": context}


def _entities(question: _Question) -> str:
    who = {"kind": question.kind, "roles": sorted(question.roles), "employer": question.employer}
    what = {"category": question.category, "minor": question.minor, "sharingLawful": question.sharing_lawful}
    what["openToStaff"] = question.open_to_staff
    return json.dumps(
        [
            {"uid": {"type": "Principal", "id": "who"}, "attrs": who, "parents": []},
            {"uid": {"type": "Record", "id": "what"}, "attrs": what, "parents": []},
        ]
    )


@functools.cache
def _policies() -> cedarpy.PolicySet:
    return cedarpy.PolicySet.from_str("\n".join(policy_texts().values()))


@functools.cache
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_str(schema_text())


@functools.cache
def visibility() -> dict[str, dict[str, dict[str, list[str]]]]:
    return tomllib.loads((HERE / "visibility.toml").read_text())
