"""What an access decision costs: ours, Cedar asked each time, and pycasbin on an equal set of rules."""

import json
import re
import time
from collections.abc import Callable
from itertools import cycle

import casbin
import cedarpy

from shared.identity.principals import Principal
from shared.policy import decision
from shared.policy.decision import Purpose, Resource, decide

SECONDS = 1.0
PAGE = 50
PRINCIPAL = Principal("p", "home", "user", frozenset({"investigator"}), employer="retailer")
QUESTIONS = [
    (action, Resource("report", f"r{number}", "home", "s1"), purpose)
    for number, (action, purpose) in enumerate(
        (action, purpose)
        for action in ("report:read", "report:list", "report:amend", "report:share", "candidate:decide")
        for purpose in (Purpose.INVESTIGATE, Purpose.PREVENT_RISK)
    )
]
CASBIN_MODEL = """
[request_definition]
r = sub, act, rel, atSite, purpose, kind, minor
[policy_definition]
p = role, act, rel, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = p.eft == "deny" && forbidden(p.role, r.sub, r.act, r.rel, r.purpose, r.kind, r.minor) || \
p.eft == "allow" && hasRole(r.sub, p.role) && r.act == p.act && r.rel == p.rel && r.atSite
"""


def rows() -> list[tuple[str, str]]:
    ours = _microseconds(lambda each: decide(PRINCIPAL, each[0], each[1], each[2]))
    return [
        ("decision, as the app makes it", f"{ours:.1f} µs"),
        (f"decisions for a page of {PAGE}", f"{PAGE * ours:.0f} µs"),
        ("the same put to Cedar each time, schema checked", f"{_microseconds(_plain_cedar(checked=True)):.0f} µs"),
        ("the same put to Cedar each time, unchecked", f"{_microseconds(_plain_cedar(checked=False)):.0f} µs"),
        ("pycasbin, the same roles and promises", f"{_microseconds(_casbin()):.0f} µs"),
    ]


def _microseconds(ask: Callable[[tuple[str, Resource, Purpose]], object]) -> float:
    for each in QUESTIONS:
        ask(each)
    began, count, questions = time.perf_counter(), 0, cycle(QUESTIONS)
    while time.perf_counter() - began < SECONDS:
        ask(next(questions))
        count += 1
    return 1e6 * (time.perf_counter() - began) / count


def _plain_cedar(*, checked: bool) -> Callable[[tuple[str, Resource, Purpose]], object]:
    policies = cedarpy.PolicySet.from_str("\n".join(decision.policy_texts().values()))
    schema = cedarpy.Schema.from_str(decision.schema_text()) if checked else None

    def ask(question: tuple[str, Resource, Purpose]) -> object:
        action, resource, purpose = question
        who = {"kind": "user", "roles": sorted(PRINCIPAL.roles), "employer": "retailer"}
        what = {"category": resource.category, "minor": resource.minor, "sharingLawful": resource.sharing_lawful}
        entities = json.dumps(
            [
                {"uid": {"type": "Principal", "id": "who"}, "attrs": who, "parents": []},
                {"uid": {"type": "Record", "id": "what"}, "attrs": what, "parents": []},
            ]
        )
        context = {"relation": "own", "atSite": True, "caseBound": False, "purpose": purpose.value}
        request = {"principal": 'Principal::"who"', "action": f'Action::"{action}"', "resource": 'Record::"what"'}
        return cedarpy.is_authorized(request | {"context": context}, policies, entities, schema)

    return ask


def _casbin() -> Callable[[tuple[str, Resource, Purpose]], object]:
    """Each role and action of the permits as a line, each promise as a deny with the same condition."""
    model = casbin.Model()
    model.load_model_from_text(CASBIN_MODEL)
    enforcer = casbin.Enforcer(model)
    for rule in decision.rules().values():
        if rule.effect == "forbid":
            enforcer.add_policy(rule.id, "*", "*", "deny")
            continue
        for role in re.findall(r'"([a-z_]+)"', " ".join(re.findall(r"contains(?:Any)?\(\[?([^)]*)", rule.source))):
            for action in re.findall(r'Action::"([^"]+)"', rule.source):
                enforcer.add_policy(role, action, "own", "allow")
    enforcer.add_function("hasRole", lambda roles, role: role in roles)
    enforcer.add_function("forbidden", _forbidden)
    return lambda each: enforcer.enforce(PRINCIPAL.roles, each[0], "own", True, each[2].value, "user", each[1].minor)


def _forbidden(rule: str, roles: frozenset[str], act: str, rel: str, purpose: str, kind: str, minor: bool) -> bool:
    match rule:
        case "promise-a-purpose-for-every-use":
            return purpose not in set(Purpose) - {"RESEARCH"}
        case "promise-operators-see-no-personal-data":
            return "operator" in roles
        case "promise-strangers-see-nothing":
            return rel == "stranger"
        case "promise-minors-stay-with-their-organisation":
            return minor and rel == "community"
        case "promise-no-machine-decides-about-a-person":
            return kind != "user"
        case _:
            return False
