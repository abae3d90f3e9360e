"""One decision: may this principal do this, to this record, for this purpose; by which rules; what stays hidden."""

import functools
import json
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import cedarpy

from shared.identity.principals import Principal

type Relation = Literal["own", "community", "recipient", "stranger"]

HERE = Path(__file__).parent


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


@dataclass(frozen=True)
class Decision:
    allowed: bool
    policies: tuple[str, ...]
    """Names of the policies that made the decision, as their ``@id`` says."""
    withheld: frozenset[str]
    """JSON names of the fields this viewer does not get."""


def policy_texts() -> dict[str, str]:
    """Every policy file by its name, for the decision, for validation and for readers."""
    return {path.stem: path.read_text() for path in sorted((HERE / "rules").glob("*.cedar"))}


def schema_text() -> str:
    return (HERE / "reeve.cedarschema").read_text()


@functools.cache
def _policies() -> cedarpy.PolicySet:
    return cedarpy.PolicySet.from_str("\n".join(policy_texts().values()))


@functools.cache
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_str(schema_text())


@functools.cache
def _visibility() -> dict[str, dict[str, dict[str, list[str]]]]:
    return tomllib.loads((HERE / "visibility.toml").read_text())


def relation(principal: Principal, resource: Resource) -> Relation:
    """What the principal's organisation is to the record, as far as ids tell; sharing is established by services."""
    return "own" if principal.organisation == resource.organisation else "stranger"


def decide(
    principal: Principal, action: str, resource: Resource, purpose: Purpose | None, related: Relation | None = None
) -> Decision:
    related = related or relation(principal, resource)
    context: dict[str, Any] = {
        "relation": related,
        "atSite": resource.site is None or related != "own" or principal.at(resource.site),
    }
    if purpose:
        context["purpose"] = purpose.value
    who, what = f'Principal::"{principal.id}"', f'Record::"{resource.id}"'
    request = {"principal": who, "action": f'Action::"{action}"', "resource": what, "context": context}
    answer = cedarpy.is_authorized(request, _policies(), _entities(principal, resource), _schema())
    names = answer.diagnostics.id_annotations_by_reason
    policies = tuple(names.get(reason, reason) for reason in answer.diagnostics.reasons)
    hidden = _visibility().get(resource.category, {}).get(related, {}).get("withheld", [])
    return Decision(answer.allowed and not answer.diagnostics.errors, policies, frozenset(hidden))


def _entities(principal: Principal, resource: Resource) -> str:
    who = {"kind": principal.kind, "organisation": principal.organisation, "roles": sorted(principal.roles)}
    what = {"category": resource.category, "organisation": resource.organisation}
    return json.dumps(
        [
            {"uid": {"type": "Principal", "id": principal.id}, "attrs": who, "parents": []},
            {"uid": {"type": "Record", "id": resource.id}, "attrs": what, "parents": []},
        ]
    )
