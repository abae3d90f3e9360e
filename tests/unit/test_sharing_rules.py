"""Who sees what of a shared report: the rule for one view, and random histories against a simple model."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared.identity.principals import Principal
from shared.organisations.models import Organisation, OrganisationKind
from shared.policy.decision import Purpose, decide
from shared.reports.models import Report, ReportType, ReportView
from shared.reports.views import view
from shared.sharing import law, rules
from shared.sharing.feed import resource_of
from shared.sharing.models import FeedEntry, Membership, SharingRule, Wishes, Withholdable

S1, S2, VIEWER = (f"0192a0b0-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RETAILER = OrganisationKind.RETAILER


def member(organisation: str = "owner", **changes: Any) -> Membership:
    values: dict[str, Any] = {
        "id": organisation,
        "organisation_id": organisation,
        "community_id": "c",
        "state": "joined",
        "organisation_kind": RETAILER,
        "organisation_name": organisation,
        "sharing_lawful": {"retailer": True, "law_enforcement": True},
    }
    return Membership.model_validate(values | changes)


def entry(**changes: Any) -> FeedEntry:
    values: dict[str, Any] = {
        "id": "r",
        "organisation_id": "owner",
        "community_id": "c",
        "report_id": "r",
        "type": "theft",
        "site_id": S1,
        "region": "GB-ENG",
        "occurred_at": NOW - timedelta(hours=3),
        "submitted_at": NOW - timedelta(hours=2),
    }
    return FeedEntry.model_validate(values | changes)


def by(*types: str, **changes: Any) -> dict[str, Any]:
    return {"shares": [SharingRule.model_validate({"types": list(types), **changes})]}


@pytest.mark.parametrize(
    ("owner", "viewer", "changes", "is_shared"),
    [
        (by("theft"), {}, {}, True),
        (by("fraud"), {}, {}, False),
        ({}, {}, {}, False),
        (by("theft") | {"state": "left"}, {}, {}, False),
        (by("theft"), {"state": "left"}, {}, False),
        (by("theft"), {"state": "invited"}, {}, False),
        (by("theft", site_ids=[S1]), {}, {}, True),
        (by("theft", site_ids=[S2]), {}, {}, False),
        (by("theft", partners=[VIEWER]), {}, {}, True),
        (by("theft", partners=[S2]), {}, {}, False),
        (by("theft", delay_hours=2), {}, {}, True),
        (by("theft", delay_hours=3), {}, {}, False),
        (by("theft"), {"wishes": Wishes(types=[ReportType.FRAUD])}, {}, False),
        (by("theft"), {"wishes": Wishes(regions=["GB"])}, {}, True),
        (by("theft"), {"wishes": Wishes(regions=["GB-SCT"])}, {}, False),
        ({}, {}, {"choice": "shared"}, True),
        (by("theft"), {}, {"choice": "unshared"}, False),
        ({"state": "left"}, {}, {"choice": "shared"}, False),
        (by("theft"), {"organisation_id": "owner"}, {}, False),
    ],
)
def test_both_sides_count(
    owner: dict[str, Any], viewer: dict[str, Any], changes: dict[str, Any], is_shared: bool
) -> None:
    found = rules.shared(entry(**changes), member(**owner), member(VIEWER, **viewer), NOW)
    assert (found is not None) is is_shared


def test_a_field_is_withheld_only_if_every_matching_rule_withholds_it() -> None:
    first = SharingRule(types=[ReportType.THEFT], withhold=[Withholdable.ITEMS, Withholdable.VEHICLES])
    second = SharingRule(types=[ReportType.THEFT], withhold=[Withholdable.VEHICLES])
    found = rules.shared(entry(), member(shares=[first, second]), member(VIEWER), NOW)
    assert found is not None
    assert found.withheld == {"vehicles"}


@pytest.mark.parametrize(
    ("jurisdiction", "with_retailers", "with_police"),
    [("GB", True, True), ("GB-SCT", True, True), ("IE", False, True), ("DE", False, True), ("XX", False, False)],
)
def test_the_owners_law_comes_first(jurisdiction: str, with_retailers: bool, with_police: bool) -> None:
    owner = Organisation(id="o", organisation_id="o", name="O", kind=RETAILER, jurisdiction=jurisdiction)
    assert law.may_share(owner, RETAILER) is with_retailers
    assert law.may_share(owner, OrganisationKind.LAW_ENFORCEMENT) is with_police
    assert not law.may_share(owner, OrganisationKind.PLATFORM)


def test_every_row_of_the_law_has_its_source() -> None:
    assert all(row["source"] for name, row in law.table().items() if name != "version")


ORGANISATIONS = tuple(f"0192a0b0-0000-7000-8000-0000000000a{n}" for n in range(5))
TYPES = ("theft", "fraud", "violence")


FIELDS = {each.alias: name for name, each in ReportView.model_fields.items() if each.alias}
BY_POLICY = {"people", "whatHappened", "reportedBy", "policeReference"}
STEPS: list[int] = []
ROLES = ("reporter", "investigator", "org_admin", "auditor", "operator")


def stored(identifier: str, organisation: str, kind: str, minor: str) -> Report:
    return Report.model_validate(
        {
            "id": identifier,
            "organisation_id": organisation,
            "report_id": identifier,
            "site_id": S1,
            "type": kind,
            "occurred_at": NOW - timedelta(hours=3),
            "submitted_at": NOW - timedelta(hours=2),
            "how_known": "cctv",
            "methods": ["concealed"],
            "items": [{"product": "Tea", "quantity": 1}],
            "loss_minor": 100,
            "currency": "GBP",
            "weapon_seen": True,
            "anyone_hurt": True,
            "reported_by": "somebody",
            "plate_tokens": [],
            "what_happened": "Filled a bag and left.",
            "people": [{"role": "suspect"}],
            "vehicles": [{"plate": "ZX71 QLM"}],
            "police_reference": "WM/1",
            "request_commitment": "",
            "minor": minor,
            "dispose_at": NOW,
        }
    )


class Sharing(RuleBasedStateMachine):
    """Joining, leaving, sharing, unsharing, settings, suspensions and roles in any order.

    After each step everybody looks at everything, through the rules, the policies and the view; a plain model that
    knows none of them says what each may see.
    """

    @initialize()
    def start(self) -> None:
        self.members = {each: member(each, state="left") for each in ORGANISATIONS}
        self.entries: dict[str, FeedEntry] = {}
        self.reports: dict[str, Report] = {}
        self.joined: set[str] = set()
        self.types: dict[str, set[str]] = {each: set() for each in ORGANISATIONS}
        self.partners: dict[str, set[str]] = {each: set() for each in ORGANISATIONS}
        self.hidden: dict[str, set[str]] = {each: set() for each in ORGANISATIONS}
        self.choices: dict[str, str] = {}
        self.roles = dict.fromkeys(ORGANISATIONS, "investigator")
        self.suspended: set[str] = set()
        self.numbers = itertools.count()

    def _set(self, organisation: str, **changes: Any) -> None:
        self.members[organisation] = self.members[organisation].model_copy(update=changes)

    @rule(organisation=st.sampled_from(ORGANISATIONS))
    def join(self, organisation: str) -> None:
        self.joined.add(organisation)
        self._set(organisation, state="joined")

    @rule(organisation=st.sampled_from(ORGANISATIONS))
    def leave(self, organisation: str) -> None:
        """Leaving forgets the settings, as the service does."""
        self.joined.discard(organisation)
        self.types[organisation], self.partners[organisation] = set(), set()
        self._set(organisation, state="left", shares=[])

    @rule(organisation=st.sampled_from(ORGANISATIONS), role=st.sampled_from(ROLES))
    def change_role(self, organisation: str, role: str) -> None:
        self.roles[organisation] = role

    @rule(organisation=st.sampled_from(ORGANISATIONS), suspended=st.booleans())
    def suspend(self, organisation: str, suspended: bool) -> None:
        (self.suspended.add if suspended else self.suspended.discard)(organisation)

    @rule(
        organisation=st.sampled_from(ORGANISATIONS),
        types=st.sets(st.sampled_from(TYPES), min_size=1),
        partners=st.sets(st.sampled_from(ORGANISATIONS)),
        hidden=st.sets(st.sampled_from(list(Withholdable))),
    )
    def settle(self, organisation: str, types: set[str], partners: set[str], hidden: set[Withholdable]) -> None:
        if organisation not in self.joined:
            return
        self.types[organisation], self.partners[organisation] = types, partners
        self.hidden[organisation] = {each.value for each in hidden}
        shares = [SharingRule(types=[ReportType(t) for t in types], partners=sorted(partners), withhold=sorted(hidden))]
        self._set(organisation, shares=shares)

    @rule(
        organisation=st.sampled_from(ORGANISATIONS),
        kind=st.sampled_from(TYPES),
        minor=st.sampled_from(("no", "no", "cleared", "stated", "suspected")),
    )
    def report(self, organisation: str, kind: str, minor: str) -> None:
        identifier = f"r{next(self.numbers)}"
        self.entries[identifier] = entry(id=identifier, report_id=identifier, organisation_id=organisation, type=kind)
        self.reports[identifier] = stored(identifier, organisation, kind, minor)
        self.choices[identifier] = "by_rule"

    @rule(choice=st.sampled_from(("shared", "unshared")), number=st.integers(0, 200))
    def choose(self, choice: str, number: int) -> None:
        if self.entries:
            identifier = sorted(self.entries)[number % len(self.entries)]
            self.choices[identifier] = choice
            self.entries[identifier] = self.entries[identifier].model_copy(update={"choice": choice})

    @invariant()
    def nobody_sees_what_the_model_withholds(self) -> None:
        STEPS.append(1)
        for identifier in sorted(getattr(self, "entries", {}))[-6:]:
            for viewer in ORGANISATIONS:
                seen = self._seen(identifier, viewer)
                assert (seen is not None) == self._may_see(identifier, viewer)
                if seen is not None:
                    for field in self._withheld(identifier):
                        assert getattr(seen, FIELDS[field]) is None, field

    def _seen(self, identifier: str, viewer: str) -> ReportView | None:
        """As the app does it: the door, the sharing rules, the policies, the view."""
        if viewer in self.suspended:
            return None
        known, report = self.entries[identifier], self.reports[identifier]
        way = rules.shared(known, self.members[known.organisation_id], self.members[viewer], NOW)
        if way is None:
            return None
        document = {
            "id": identifier,
            "organisationId": known.organisation_id,
            "siteId": S1,
            "minor": report.minor.value,
        }
        principal = Principal("p", viewer, "user", frozenset([self.roles[viewer]]), employer="retailer")
        decision = decide(
            principal, "report:read", resource_of(document, lawful=True), Purpose.INVESTIGATE, "community"
        )
        return view(report, decision.withheld | way.withheld) if decision.allowed else None

    def _may_see(self, identifier: str, viewer: str) -> bool:
        known = self.entries[identifier]
        owner, choice = known.organisation_id, self.choices[identifier]
        if viewer == owner or not {viewer, owner} <= self.joined or choice == "unshared":
            return False
        if viewer in self.suspended or self.roles[viewer] != "investigator":
            return False
        if self.reports[identifier].minor.value in {"stated", "suspected"}:
            return False
        partners = self.partners[owner]
        return choice == "shared" or (known.type.value in self.types[owner] and (not partners or viewer in partners))

    def _withheld(self, identifier: str) -> set[str]:
        by_owner = (
            self.hidden[self.entries[identifier].organisation_id] if self.choices[identifier] == "by_rule" else set()
        )
        return BY_POLICY | by_owner


TestSharing = Sharing.TestCase
TestSharing.settings = settings(
    max_examples=120, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_there_were_enough_steps() -> None:
    assert len(STEPS) >= 2_000
