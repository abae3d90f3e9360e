"""Who may do what: asked of the access rules themselves, role by role and action by action."""

import functools
from dataclasses import dataclass
from typing import Literal

from shared.identity.principals import Principal, Role
from shared.policy import decision
from shared.policy.decision import Purpose, Relation, Resource, decide

type Allowed = Literal["yes", "with a case", "no"]


@dataclass(frozen=True)
class Row:
    """One action: what each role may, and for which purposes anybody may."""

    action: str
    roles: dict[str, Allowed]
    purposes: tuple[str, ...]
    """Empty where no purpose is asked for."""


@functools.cache
def matrix(employer: str, relation: Relation) -> tuple[Row, ...]:
    """For people who work at an organisation of this kind, about records to which it stands so. Takes a second."""
    return tuple(_row(action, employer, relation) for action in sorted(decision.actions()))


def _row(action: str, employer: str, relation: Relation) -> Row:
    roles: dict[str, Allowed] = {}
    purposes: set[str] = set()
    for role in Role:
        plain = [each for each in (None, *Purpose) if _may(action, role, employer, relation, each, case_bound=False)]
        bound = plain or [each for each in Purpose if _may(action, role, employer, relation, each, case_bound=True)]
        roles[role.value] = "yes" if plain else "with a case" if bound else "no"
        if None not in bound:
            purposes |= {each.value for each in bound if each}
    return Row(action, roles, tuple(each.value for each in Purpose if each.value in purposes))


def _may(
    action: str, role: Role, employer: str, relation: Relation, purpose: Purpose | None, *, case_bound: bool
) -> bool:
    somebody = Principal("somebody", "here", "user", frozenset([role.value]), employer=employer)
    about = Resource(action.partition(":")[0], "what", "here", sharing_lawful=True, case_bound=case_bound)
    return decide(somebody, action, about, purpose, relation).allowed
