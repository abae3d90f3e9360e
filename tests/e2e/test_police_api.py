"""A report goes to the force that covers its site; its officers are told and answer; everybody else hears nothing."""

from typing import Any

import httpx
import pytest

from shared.organisations import devices
from shared.organisations import service as organisations
from shared.organisations.models import OrganisationKind
from shared.sharing.police import fit_of
from tests.e2e.test_deliveries_api import heard
from tests.e2e.test_plates_api import matched, passage, watch
from tests.e2e.test_reports_api import alerts_about
from tests.support.receiver import receiver
from tests.support.waiting import eventually
from tests.support.world import Person, World, fresh_key, problem, submit, theft

PURPOSE = {"purpose": "NOTIFY_LE"}
FORM = {"caseNumber": "HP-2026-17", "note": "The till camera has it; please call the store manager."}


async def notify(person: Person, report: str, **changes: Any) -> httpx.Response:
    return await person.api.post(f"/api/reports/{report}/police", json=FORM | changes, headers=fresh_key())


async def receive(
    person: Person, made: dict[str, Any], body: dict[str, Any], etag: str | None = None
) -> httpx.Response:
    return await person.api.post(
        f"/api/disclosures/{made['id']}/receipt",
        json=body,
        params=PURPOSE | {"owner": made["organisationId"]},
        headers={"If-Match": etag or made["etag"]},
    )


async def fraud(world: World) -> str:
    """Of a kind that the home organisation does not share with anybody."""
    report: str = (await submit(world.reporter, theft(world, type="fraud"))).json()["id"]
    return report


async def test_the_force_is_told_answers_and_the_sender_hears_of_it(world: World) -> None:
    report = await fraud(world)
    seen = (await world.investigator.api.get(f"/api/reports/{report}/police", params=PURPOSE)).json()
    assert {"id": world.police.id, "name": "Westmere Police"} in seen["covering"]
    assert seen["disclosures"] == []

    made = await notify(world.investigator, report)
    assert made.status_code == 201, made.text
    sent = made.json()
    [told] = await alerts_about(world.officer, sent["id"])
    assert (told["cause"], told["relation"]) == ("police_notice", "recipient")
    assert told["headline"] == "Fraud at Quayside reported to you by Harbour & Pine"
    assert told["causeOrganisationId"] == world.home.id
    for person in (world.reporter, world.partner_investigator, world.stranger, world.investigator):
        assert await alerts_about(person, sent["id"], within=0) == []
    read = await world.officer.api.get(f"/api/reports/{report}", params=PURPOSE | {"owner": world.home.id})
    assert read.status_code == 200

    received = await receive(world.officer, sent, {})
    assert received.status_code == 200, received.text
    assert received.json()["receivedAt"]
    answered = await receive(world.officer, sent, {"policeReference": "WP/9021/26"}, received.json()["etag"])
    assert answered.json()["policeReference"] == "WP/9021/26"
    assert answered.json()["receivedAt"] == received.json()["receivedAt"]

    async def heard() -> list[dict[str, Any]] | None:
        return found if len(found := await alerts_about(world.investigator, sent["id"])) == 2 else None

    heard_of = await eventually(heard, what="word of the receipt and of the reference")
    assert {each["cause"] for each in heard_of} == {"police_receipt", "police_reference"}
    assert all("WP/9021" not in str(each) for each in heard_of)
    [kept] = (await world.investigator.api.get(f"/api/reports/{report}/police", params=PURPOSE)).json()["disclosures"]
    assert (kept["id"], kept["policeReference"]) == (sent["id"], "WP/9021/26")
    assert (await alerts_about(world.officer, sent["id"]))[0]["id"] == told["id"]


async def test_the_forces_own_system_is_told(world: World) -> None:
    """Set up by an administrator of the force."""
    from shared.identity.principals import Role
    from tests.support.world import add_person

    await add_person(world, "police_admin", world.police, Role.ORG_ADMIN)
    async with receiver() as desk:
        form = {"name": "Control room", "url": desk.url, "tells": {"causes": ["police_notice"]}}
        hook = (await world.police_admin.api.post("/api/webhooks", json=form)).json()
        sent = (await notify(world.investigator, await fraud(world))).json()
        [call] = await heard(desk, sent["id"])
        said = call.checked(hook["secret"])
        assert (said["type"], said["data"]["relation"]) == ("alert.police_notice", "recipient")
        for secret in ("HP-2026-17", "store manager", "ZX71", "rucksack"):
            assert secret not in call.body.decode()
        webhook = hook["webhook"]
        await world.police_admin.api.delete(f"/api/webhooks/{webhook['id']}", headers={"If-Match": webhook["etag"]})


async def test_only_those_whom_it_is_for_can_receive_it(world: World) -> None:
    sent = (await notify(world.investigator, await fraud(world))).json()
    assert (await receive(world.investigator, sent, {})).status_code == 403
    for person in (world.stranger, world.partner_investigator):
        assert (await receive(person, sent, {})).status_code == 404
    withdrawn = await world.investigator.api.post(
        f"/api/disclosures/{sent['id']}/withdrawal", headers={"If-Match": sent["etag"]}
    )
    assert withdrawn.status_code == 200
    assert (await receive(world.officer, sent, {}, withdrawn.json()["etag"])).status_code == 404


async def test_repeated_it_is_sent_once(world: World) -> None:
    report, key = await fraud(world), fresh_key()
    answers = [
        await world.investigator.api.post(f"/api/reports/{report}/police", json=FORM, headers=key) for _ in range(3)
    ]
    [made] = {each.json()["id"] for each in answers}
    assert len(await alerts_about(world.officer, made)) == 1


async def test_what_cannot_be_sent_is_explained(world: World) -> None:
    report = await fraud(world)
    assert (await notify(world.reporter, report)).status_code == 403
    assert (await notify(world.stranger, report)).status_code == 404
    for changes, at in (
        ({"recipientId": world.partner.id}, "/recipientId"),
        ({"caseNumber": ""}, "/caseNumber"),
        ({"note": ""}, "/note"),
        ({"withhold": ["everything"]}, "/withhold"),
    ):
        answer = await notify(world.investigator, report, **changes)
        assert [each["at"] for each in problem(answer)["errors"]] == [at]


async def test_a_force_of_the_county_comes_before_one_of_the_country(world: World) -> None:
    report = await fraud(world)
    police = OrganisationKind.LAW_ENFORCEMENT
    county = await organisations.onboard(world.platform, "County Constabulary", police, "GB", covers=["GB-ENG"])
    elsewhere = await organisations.onboard(world.platform, "Northern Police", police, "GB", covers=["GB-SCT"])
    seen = (await world.investigator.api.get(f"/api/reports/{report}/police", params=PURPOSE)).json()["covering"]
    assert seen[0] == {"id": county.id, "name": "County Constabulary"}
    assert elsewhere.id not in {each["id"] for each in seen}
    assert (await notify(world.investigator, report)).json()["recipientId"] == county.id
    twin = await organisations.onboard(world.platform, "Railway Police", police, "GB", covers=["GB-ENG"])
    several = await notify(world.investigator, report)
    assert [each["code"] for each in problem(several)["errors"]] == ["several"]
    assert (await notify(world.investigator, report, recipientId=twin.id)).json()["recipientId"] == twin.id
    for each in (county, elsewhere, twin):
        now = await organisations.organisation(world.platform, each.id)
        suspended = now.model_copy(update={"state": "suspended"})
        await world.platform.records(type(now)).replace(suspended, now.etag)


@pytest.mark.parametrize(
    ("covers", "fit"), [(["GB"], 2), (["GB-ENG"], 6), (["GB", "GB-ENG"], 6), (["GB-SCT", "NZ"], 0), ([], 0), (["G"], 0)]
)
def test_an_area_holds_its_parts(covers: list[str], fit: int) -> None:
    assert fit_of("GB-ENG", covers) == fit


async def test_a_confirmed_match_goes_to_the_force_where_it_was_seen(world: World) -> None:
    camera = await devices.register_device(world.platform, world.site, "rekor")
    found = await matched(world, camera, await watch(world, "TG19 QVW"), passage("TG19QVW"))
    report, at = await fraud(world), f"/api/plates/candidates/{found['id']}"

    async def send(person: Person) -> httpx.Response:
        return await person.api.post(f"{at}/police", json=FORM | {"reportId": report}, headers=fresh_key())

    assert (await send(world.investigator)).status_code == 409, "nobody has confirmed it yet"
    decision = {"decision": "confirmed", "comparedPlateAndPicture": True}
    headers = {"If-Match": found["etag"]}
    await world.investigator.api.post(f"{at}/decision", json=decision, params=PURPOSE, headers=headers)
    assert (await send(world.reporter)).status_code == 403
    assert (await send(world.stranger)).status_code == 404
    sent = (await send(world.investigator)).json()
    assert sent["candidateId"] == found["id"]
    [told] = await alerts_about(world.officer, sent["id"])
    assert told["headline"] == "Watchlist vehicle at Quayside reported to you by Harbour & Pine"
    where, asked = f"/api/disclosures/{sent['id']}/sighting", PURPOSE | {"owner": world.home.id}
    seen = await world.officer.api.get(where, params=asked)
    assert (seen.status_code, seen.json()["plate"], seen.json()["site"]) == (200, "TG19QVW", "Quayside")
    assert (await world.reporter.api.get(where, params=asked)).status_code == 403
    assert (await world.investigator.api.get(where, params=asked)).status_code == 200
    for person in (world.stranger, world.partner_investigator):
        assert (await person.api.get(where, params=asked)).status_code == 404
    withdrawal = f"/api/disclosures/{sent['id']}/withdrawal"
    assert (await world.investigator.api.post(withdrawal, headers={"If-Match": sent["etag"]})).status_code == 200
    assert (await world.officer.api.get(where, params=asked)).status_code == 404
