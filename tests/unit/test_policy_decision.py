"""Who may do what, as one table that a person can read."""

import cedarpy
import pytest

from shared.identity.principals import Principal
from shared.policy.decision import Purpose, Resource, decide, policy_texts, schema_text

HOME, ELSEWHERE, SITE = "org-home", "org-elsewhere", "site-1"
REPORT = Resource("report", "report-1", HOME, SITE, sharing_lawful=True)
INVESTIGATE = Purpose.INVESTIGATE


def someone(
    *roles: str, organisation: str = HOME, sites: frozenset[str] = frozenset(), kind: str = "user"
) -> Principal:
    return Principal("someone", organisation, kind, frozenset(roles), sites)  # type: ignore[arg-type]


def test_every_policy_fits_the_schema() -> None:
    result = cedarpy.validate_policies("\n".join(policy_texts().values()), schema_text())
    assert result.validation_passed, [str(error) for error in result.errors]


def test_every_policy_has_a_name_that_audit_entries_can_keep() -> None:
    for text in policy_texts().values():
        assert text.count("@id(") == sum(text.count(f"\n{verb} (") for verb in ("permit", "forbid"))


# role, action, relation (None: by organisation), allowed
TABLE = [
    ("reporter", "report:submit", None, True),
    ("reporter", "report:read", None, True),
    ("reporter", "report:amend", None, False),
    ("reporter", "evidence:upload", None, True),
    ("reporter", "evidence:read", None, False),
    ("reporter", "candidate:decide", None, False),
    ("investigator", "report:submit", None, True),
    ("investigator", "report:read", None, True),
    ("investigator", "report:amend", None, True),
    ("investigator", "evidence:read", None, True),
    ("investigator", "watchlist:add", None, True),
    ("investigator", "candidate:decide", None, True),
    ("investigator", "report:read", "community", True),
    ("investigator", "report:amend", "community", False),
    ("officer", "report:read", "community", True),
    ("reporter", "report:read", "community", False),
    ("privacy_officer", "report:read", None, True),
    ("privacy_officer", "report:submit", None, False),
    ("org_admin", "report:read", None, False),
    ("auditor", "report:read", None, False),
    ("operator", "report:read", None, False),
]


@pytest.mark.parametrize(("role", "action", "relation", "allowed"), TABLE)
def test_roles(role: str, action: str, relation: str | None, allowed: bool) -> None:
    who = someone(role, organisation=ELSEWHERE if relation else HOME)
    assert decide(who, action, REPORT, INVESTIGATE, relation).allowed is allowed  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "action", ["report:read", "report:submit", "evidence:read", "candidate:read", "watchlist:list"]
)
def test_personal_data_needs_a_purpose_and_research_is_none(action: str) -> None:
    for purpose in (None, Purpose.RESEARCH):
        decision = decide(someone("investigator"), action, REPORT, purpose)
        assert not decision.allowed
        assert "promise-a-purpose-for-every-use" in decision.policies


def test_an_operator_sees_no_personal_data_whatever_else_they_are() -> None:
    decision = decide(someone("operator", "investigator"), "report:read", REPORT, INVESTIGATE)
    assert not decision.allowed
    assert decision.policies == ("promise-operators-see-no-personal-data",)


def test_strangers_see_nothing() -> None:
    decision = decide(someone("investigator", organisation=ELSEWHERE), "report:read", REPORT, INVESTIGATE)
    assert not decision.allowed


def test_roles_hold_only_at_the_users_own_sites() -> None:
    assert decide(someone("reporter", sites=frozenset([SITE])), "report:read", REPORT, INVESTIGATE).allowed
    assert not decide(someone("reporter", sites=frozenset(["site-2"])), "report:read", REPORT, INVESTIGATE).allowed


def test_no_machine_decides_about_a_person() -> None:
    machine = someone("investigator", kind="service")
    assert not decide(machine, "candidate:decide", REPORT, INVESTIGATE).allowed


def test_a_community_sees_a_report_without_people_and_story() -> None:
    decision = decide(someone("officer", organisation=ELSEWHERE), "report:read", REPORT, INVESTIGATE, "community")
    assert {"people", "whatHappened"} <= decision.withheld
    assert decision.policies == ("community-members-read-shared-reports",)
