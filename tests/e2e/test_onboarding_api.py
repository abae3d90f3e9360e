"""From nothing to a working organisation: registered, invited, terms accepted, users and cameras managed."""

import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.clock import SetClock
from shared.errors import Forbidden
from shared.identity.principals import Principal, Role
from shared.identity.terms import in_force
from shared.identity.tokens import Identity
from shared.ids import new_id
from shared.organisations import invitations
from shared.organisations import service as organisations
from shared.organisations.invitations import AcceptForm, InvitationForm
from shared.organisations.models import OrganisationKind, User
from shared.policy.decision import Purpose, Resource, decide
from tests.support.world import World, problem

FORM = {
    "name": "Tallow & Wick",
    "kind": "retailer",
    "jurisdiction": "GB-ENG",
    "administrator": "Ines Alder",
    "dataProtectionContact": "dpo@tallow.example",
    "privacyNotice": "https://tallow.example/privacy",
}


@pytest.fixture(scope="module")
async def operator(world: World) -> httpx.AsyncClient:
    """Staff of the platform, in the platform's own organisation."""
    home = await organisations.onboard(world.platform, "Reeve", OrganisationKind.PLATFORM, "GB")
    user = User(
        id=new_id(world.platform.clock.now()),
        organisation_id=home.id,
        name="Operator",
        roles=[Role.OPERATOR],
        accepted_terms=in_force().version,
    )
    sub = f"operator-{uuid.uuid4().hex[:8]}"
    await organisations.add_user(world.platform, user, Identity(world.platform.settings.issuers[0], sub))
    return signed_in(world, sub)


def signed_in(world: World, sub: str) -> httpx.AsyncClient:
    return world.anonymous(Authorization=f"Bearer {world.stack.token(sub)}")


async def registered(operator: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await operator.post("/api/organisations", json=FORM | changes)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def joined(world: World, code: str, *, terms: bool = True) -> httpx.AsyncClient:
    newcomer = signed_in(world, f"new-{uuid.uuid4().hex[:8]}")
    answer = await newcomer.post("/api/invitations/acceptance", json={"code": code})
    assert answer.status_code == 201, answer.text
    if terms:
        accepted = await newcomer.post("/api/terms/acceptance", json={"version": in_force().version})
        assert accepted.status_code == 200
    return newcomer


async def test_an_organisation_from_registration_to_its_first_report(world: World, operator: httpx.AsyncClient) -> None:
    made = await registered(operator)
    admin = await joined(world, made["invitation"]["code"])
    me = (await admin.get("/api/me")).json()
    assert me["organisation"]["name"] == FORM["name"]
    assert (me["roles"], me["termsAccepted"]) == (["org_admin"], True)

    site = {"name": "Wick Lane", "region": "GB-ENG", "timeZone": "Europe/London", "latitude": 51.5, "longitude": -0.1}
    added = await admin.post("/api/organisation/sites", json=site)
    assert added.status_code == 201
    invited = await admin.post(
        "/api/organisation/invitations",
        json={"name": "Ravi Stone", "roles": ["reporter"], "siteIds": [added.json()["id"]]},
    )
    reporter = await joined(world, invited.json()["code"])
    [seen] = (await reporter.get("/api/me")).json()["sites"]
    assert (seen["name"], seen["latitude"], seen["longitude"]) == ("Wick Lane", 51.5, -0.1)
    report = {
        "type": "theft",
        "occurredAt": "2026-11-01T10:00:00Z",
        "siteId": added.json()["id"],
        "howKnown": "cctv",
        "whatHappened": "Took a lamp from the window and walked out.",
    }
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    assert (await reporter.post("/api/reports", json=report, headers=headers)).status_code == 201
    users = (await admin.get("/api/organisation/users")).json()["users"]
    assert {user["name"] for user in users} == {"Ines Alder", "Ravi Stone"}


async def test_no_data_before_the_terms(world: World, operator: httpx.AsyncClient) -> None:
    made = await registered(operator)
    admin = await joined(world, made["invitation"]["code"], terms=False)
    assert (await admin.get("/api/me")).json()["termsAccepted"] is False
    refused = await admin.get("/api/organisation/users")
    assert refused.status_code == 403
    assert problem(refused)["type"].endswith("terms-not-accepted")
    old = await admin.post("/api/terms/acceptance", json={"version": "2020-01"})
    assert old.status_code == 400
    shown = (await world.anonymous().get("/api/terms")).json()
    assert (await admin.post("/api/terms/acceptance", json={"version": shown["version"]})).status_code == 200
    assert (await admin.get("/api/organisation/users")).status_code == 200


async def test_an_invitation_works_once(world: World, operator: httpx.AsyncClient) -> None:
    code = (await registered(operator))["invitation"]["code"]
    await joined(world, code)
    second = await signed_in(world, f"late-{uuid.uuid4().hex[:8]}").post(
        "/api/invitations/acceptance", json={"code": code}
    )
    assert second.status_code == 403
    guessed = await signed_in(world, "guess").post("/api/invitations/acceptance", json={"code": "g" * 43})
    assert problem(guessed)["detail"] == problem(second)["detail"], "a guesser learns whether a code exists"


async def test_whoever_repeats_a_broken_off_acceptance_is_the_same_user(
    world: World, operator: httpx.AsyncClient
) -> None:
    code = (await registered(operator))["invitation"]["code"]
    person = signed_in(world, f"twice-{uuid.uuid4().hex[:8]}")
    first = await person.post("/api/invitations/acceptance", json={"code": code})
    again = await person.post("/api/invitations/acceptance", json={"code": code})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


async def test_an_invitation_runs_out(world: World) -> None:
    form = InvitationForm(name="Too Late", roles=[Role.REPORTER])
    issued = await invitations.issue(world.platform, world.home.id, form, invited_by="x")
    real = world.platform.clock
    world.platform.clock = SetClock(real.now() + invitations.VALID + timedelta(seconds=1))
    try:
        with pytest.raises(Forbidden):
            await invitations.accept(world.platform, Identity("i", "late"), AcceptForm(code=issued.code))
    finally:
        world.platform.clock = real


async def test_one_sign_in_belongs_to_one_organisation(world: World, operator: httpx.AsyncClient) -> None:
    first, second = [(await registered(operator))["invitation"]["code"] for _ in range(2)]
    person = await joined(world, first)
    assert (await person.post("/api/invitations/acceptance", json={"code": second})).status_code == 409


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"jurisdiction": "England"}, "/jurisdiction"),
        ({"kind": "law_enforcement"}, "/agencyId"),
        ({"agencyId": "WMP-1"}, "/agencyId"),
        ({"dataProtectionContact": "nobody"}, "/dataProtectionContact"),
        ({"privacyNotice": "javascript:alert(1)"}, "/privacyNotice"),
    ],
)
async def test_a_registration_that_lacks_something_says_what(
    operator: httpx.AsyncClient, changes: dict[str, str], at: str
) -> None:
    answer = await operator.post("/api/organisations", json=FORM | changes)
    assert answer.status_code == 400
    assert [each["at"] for each in problem(answer)["errors"]] == [at]


async def test_the_operator_who_registered_it_sees_nothing_of_it(operator: httpx.AsyncClient, world: World) -> None:
    made = await registered(operator)
    listed = await operator.get("/api/reports", params={"purpose": "INVESTIGATE"})
    assert listed.status_code == 403
    assert (await operator.get("/api/organisation/users")).status_code == 403
    assert made["organisation"]["id"] not in (await operator.get("/api/organisation")).text


async def test_a_suspended_user_is_out_with_the_next_request(world: World, operator: httpx.AsyncClient) -> None:
    """At once in the worker that changed it; the principals' cache bounds it to 30 seconds elsewhere."""
    admin = await joined(world, (await registered(operator))["invitation"]["code"])
    invited = await admin.post("/api/organisation/invitations", json={"name": "Gone Soon", "roles": ["investigator"]})
    person = await joined(world, invited.json()["code"])
    assert (await person.get("/api/reports", params={"purpose": "INVESTIGATE"})).status_code == 200
    user = next(u for u in (await admin.get("/api/organisation/users")).json()["users"] if u["name"] == "Gone Soon")
    path, version = f"/api/organisation/users/{user['id']}", {"If-Match": user["etag"]}
    demoted = await admin.patch(path, json={"roles": ["auditor"]}, headers=version)
    assert (await person.get("/api/reports", params={"purpose": "INVESTIGATE"})).status_code == 403
    suspended = await admin.patch(path, json={"state": "suspended"}, headers={"If-Match": demoted.headers["etag"]})
    assert suspended.status_code == 200
    assert (await person.get("/api/me")).status_code == 401
    stale = await admin.patch(path, json={"state": "active"}, headers=version)
    assert stale.status_code == 412


async def test_nobody_changes_themselves_and_roles_fit_the_organisation(
    world: World, operator: httpx.AsyncClient
) -> None:
    admin = await joined(world, (await registered(operator))["invitation"]["code"])
    me = (await admin.get("/api/organisation/users")).json()["users"][0]
    headers = {"If-Match": me["etag"]}
    own = await admin.patch(f"/api/organisation/users/{me['id']}", json={"roles": ["reporter"]}, headers=headers)
    assert own.status_code == 403
    for roles in (["officer"], ["operator"], ["reporter", "operator"]):
        answer = await admin.post("/api/organisation/invitations", json={"name": "Somebody", "roles": roles})
        assert answer.status_code == 400, roles


async def test_a_camera_is_registered_rotated_with_overlap_and_revoked(world: World) -> None:
    registered = await world.admin.api.post(
        "/api/organisation/devices", json={"siteId": world.site.id, "format": "rekor"}
    )
    device, first = registered.json()["device"], registered.json()["secret"]

    async def knocks(secret: str) -> int:
        async with world.anonymous(**{"X-Device-Key": secret}) as camera:
            return (await camera.post(f"/api/plates/{device}", json={"data_type": "heartbeat"})).status_code

    assert await knocks(first) == 200
    rotated = (
        await world.admin.api.post(f"/api/organisation/devices/{device}/rotation", json={"overlapHours": 1})
    ).json()
    assert [await knocks(secret) for secret in (first, rotated["secret"])] == [200, 200]
    again = (
        await world.admin.api.post(f"/api/organisation/devices/{device}/rotation", json={"overlapHours": 0})
    ).json()
    assert [await knocks(secret) for secret in (first, rotated["secret"], again["secret"])] == [401, 401, 200]
    revoked = await world.admin.api.post(f"/api/organisation/devices/{device}/revocation")
    assert revoked.json()["state"] == "revoked"
    assert await knocks(again["secret"]) == 401
    listed = (await world.admin.api.get("/api/organisation/devices")).json()["devices"]
    assert {"id": device, "state": "revoked"}.items() <= next(d for d in listed if d["id"] == device).items()
    assert again["secret"] not in str(listed)


async def test_the_profile_changes_with_the_version_that_was_read(world: World) -> None:
    read = await world.admin.api.get("/api/organisation")
    change = {"dataProtectionContact": "privacy@harbour.example"}
    changed = await world.admin.api.patch("/api/organisation", json=change, headers={"If-Match": read.headers["etag"]})
    assert changed.json()["dataProtectionContact"] == "privacy@harbour.example"
    stale = await world.admin.api.patch("/api/organisation", json=change, headers={"If-Match": read.headers["etag"]})
    assert stale.status_code == 412


async def test_a_machine_decides_about_nobody() -> None:
    """Whatever roles a service were given by mistake."""
    robot = Principal("robot", "org", "service", frozenset(role.value for role in Role if role is not Role.OPERATOR))
    for action in ("candidate:decide", "report:share", "report:disclose", "report:judge-age", "watchlist:add"):
        decision = decide(robot, action, Resource("report", "r", "org", case_bound=True), Purpose.NOTIFY_LE)
        assert not decision.allowed
        assert "promise-no-machine-decides-about-a-person" in decision.policies
