"""The register of breaches: clocks that run, people who are told, organisations that learn of it, who reached what."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.breaches import register
from shared.breaches.register_models import BREACHES
from shared.clock import SetClock
from shared.errors import NotFound
from shared.identity.principals import Role
from shared.organisations import service as organisations
from shared.organisations.models import OrganisationKind
from shared.retention import service as retention
from tests.support.waiting import eventually
from tests.support.world import World, add_person, fresh_key, problem, submit, theft

FACTS = "A telephone with an open session was left on a train near the harbour."
PURPOSE = {"purpose": "INVESTIGATE"}


@pytest.fixture(scope="module")
async def staffed(world: World) -> World:
    """With staff of the platform, who work at an organisation of their own, and a privacy officer at the partner."""
    platform = await organisations.onboard(world.platform, "Reeve Cooperative", OrganisationKind.PLATFORM, "GB")
    await add_person(world, "runner", platform, Role.OPERATOR)
    await add_person(world, "partner_privacy", world.partner, Role.PRIVACY_OFFICER)
    return world


def breach(**changes: Any) -> dict[str, Any]:
    return {
        "title": "A lost telephone",
        "facts": FACTS,
        "awareAt": (datetime.now(UTC) - timedelta(hours=70)).isoformat(),
        "jurisdictions": ["GB"],
        "risk": "likely",
        "people": 40,
    } | changes


async def recorded(api: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await api.post("/api/breaches", json=breach(**changes), headers=fresh_key())
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def changed(api: httpx.AsyncClient, path: str, body: dict[str, Any], etag: str, verb: str = "POST") -> Any:
    return await api.request(verb, f"/api/breaches/{path}", json=body, headers={"If-Match": etag})


async def test_from_learning_of_it_to_its_closing(world: World) -> None:
    api = world.privacy_officer.api
    found = await recorded(api)
    [duty] = found["duties"]
    assert duty["id"] == "uk-authority"
    assert 1.9 < duty["hoursLeft"] < 2.1, "72 hours, of which 70 are over"
    line = next(each for each in (await api.get("/api/breaches")).json()["breaches"] if each["id"] == found["id"])
    assert (line["openDuties"], line["late"]) == (1, False)

    worse = await changed(api, found["id"], {"risk": "serious"}, found["etag"], "PATCH")
    assert {each["id"] for each in worse.json()["duties"]} == {"uk-authority", "uk-people"}
    early = await changed(api, found["id"], {"state": "closed"}, worse.headers["etag"], "PATCH")
    assert early.status_code == 409
    assert "Information Commissioner" in problem(early)["detail"]

    etag, now = worse.headers["etag"], datetime.now(UTC).isoformat()
    for each in ("uk-authority", "uk-people"):
        note = {"duty": each, "at": now, "note": "By its form, by the privacy officer."}
        answer = await changed(api, f"{found['id']}/duties", note, etag)
        assert answer.status_code == 200, answer.text
        etag = answer.headers["etag"]
    assert answer.json()["toldPeopleAt"] is not None
    assert all(each["doneAt"] and each["hoursLeft"] is None for each in answer.json()["duties"])
    assert (await changed(api, found["id"], {"state": "closed"}, etag, "PATCH")).status_code == 409, "nor its effects"
    closing = {"state": "closed", "effects": "Nobody opened a record.", "remedy": "The session was ended."}
    closed = await changed(api, found["id"], closing, etag, "PATCH")
    assert closed.json()["closedAt"], closed.text
    late = await changed(api, found["id"], {"people": 3}, closed.headers["etag"], "PATCH")
    assert late.status_code == 409
    again = await changed(api, found["id"], {"state": "open"}, closed.headers["etag"], "PATCH")
    assert again.json()["closedAt"] is None


async def test_what_cannot_be_is_refused(world: World) -> None:
    api = world.privacy_officer.api
    future = breach(awareAt=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    assert (await api.post("/api/breaches", json=future, headers=fresh_key())).status_code == 400
    for wrong in ({"jurisdictions": ["England"]}, {"jurisdictions": []}, {"people": 0}, {"risk": "some"}):
        assert (await api.post("/api/breaches", json=breach(**wrong), headers=fresh_key())).status_code == 400, wrong
    key = fresh_key()
    assert (
        await api.post("/api/breaches", json=breach(awareAt="2026-11-01T00:00:00Z"), headers=key)
    ).status_code == 201
    assert (await api.post("/api/breaches", json=breach(people=41), headers=key)).status_code == 422
    found = await recorded(api)
    note = {"duty": "ca-people", "at": datetime.now(UTC).isoformat(), "note": "By letter."}
    assert (await changed(api, f"{found['id']}/duties", note, found["etag"])).status_code == 400


async def test_nothing_of_it_can_be_read_in_the_store(world: World) -> None:
    await recorded(world.privacy_officer.api)
    dump = json.dumps([each async for each in world.platform.container(BREACHES).query("SELECT * FROM c")])
    assert '"kind": "breach"' in dump
    assert "telephone" not in dump


async def test_only_those_who_answer_for_it_see_it(staffed: World) -> None:
    found = await recorded(staffed.privacy_officer.api)
    path = f"/api/breaches/{found['id']}"
    assert (await staffed.auditor.api.get(path)).status_code == 200
    for person in (staffed.reporter, staffed.investigator, staffed.admin, staffed.operator):
        assert (await person.api.get(path)).status_code == 403
    for person in (staffed.partner_privacy, staffed.runner):
        assert (await person.api.get(path)).status_code == 404


async def test_the_platform_tells_those_whose_data_it_is(staffed: World) -> None:
    runner, officer = staffed.runner.api, staffed.partner_privacy.api
    own = await recorded(runner, who="processor", title="A stolen laptop of the platform")
    assert [each["id"] for each in own["duties"]] == ["uk-processor"]
    before = {each["id"] for each in (await officer.get("/api/breaches")).json()["breaches"]}
    passed = await changed(runner, f"{own['id']}/organisations", {"organisations": [staffed.partner.id]}, own["etag"])
    assert passed.json()["passedOnIds"] == [staffed.partner.id], passed.text
    again = await changed(
        runner, f"{own['id']}/organisations", {"organisations": [staffed.partner.id]}, passed.headers["etag"]
    )
    assert again.status_code == 200
    [theirs] = [each for each in (await officer.get("/api/breaches")).json()["breaches"] if each["id"] not in before]
    assert theirs["who"] == "controller"
    assert 71.9 < theirs["hoursLeft"] <= 72, "their clock starts when they are told"
    read = (await officer.get(f"/api/breaches/{theirs['id']}")).json()
    assert (read["sourceId"], read["facts"]) == (own["id"], FACTS)
    assert (await runner.get(f"/api/breaches/{theirs['id']}")).status_code == 404, "what they add is theirs"
    unknown = {"organisations": ["00000000-0000-7000-8000-000000000000"]}
    assert (await changed(runner, f"{own['id']}/organisations", unknown, again.headers["etag"])).status_code == 400
    mine = await recorded(staffed.privacy_officer.api)
    forbidden = await changed(
        staffed.privacy_officer.api,
        f"{mine['id']}/organisations",
        {"organisations": [staffed.partner.id]},
        mine["etag"],
    )
    assert forbidden.status_code == 403

    async def told() -> bool:
        alerts = (await officer.get("/api/alerts")).json()["alerts"]
        return any(each["cause"] == "breach" and each["urgent"] for each in alerts)

    assert await eventually(told, what="the privacy officer is told")


async def test_who_reached_what_is_counted_from_the_log(staffed: World) -> None:
    await add_person(staffed, "careless", staffed.home, Role.INVESTIGATOR)
    since = datetime.now(UTC) - timedelta(seconds=5)
    for _ in range(3):
        created = (await submit(staffed.reporter, theft(staffed))).json()["id"]
        for _ in range(2):
            await staffed.careless.api.get(f"/api/reports/{created}", params=PURPOSE)
    asked = {
        "since": since.isoformat(),
        "until": (datetime.now(UTC) + timedelta(minutes=1)).isoformat(),
        "actor": staffed.careless.id,
    }
    for api in (staffed.privacy_officer.api, staffed.runner.api):
        told = (await api.post("/api/breaches/reach", json=asked)).json()
        assert told == {
            "organisations": [{"organisationId": staffed.home.id, "entries": 6, "records": 3}],
            "records": 3,
            "complete": True,
        }
    elsewhere = (await staffed.partner_privacy.api.post("/api/breaches/reach", json=asked)).json()
    assert elsewhere["organisations"] == [], "an organisation counts in its own log only"
    long = asked | {"since": (datetime.now(UTC) - timedelta(days=100)).isoformat()}
    assert (await staffed.runner.api.post("/api/breaches/reach", json=long)).status_code == 400


async def test_reminders_come_until_everybody_is_told(world: World) -> None:
    found = await recorded(world.privacy_officer.api, awareAt=datetime.now(UTC).isoformat())

    async def at(moment: datetime) -> datetime | None:
        await register.remind(dataclasses.replace(world.platform, clock=SetClock(moment)))
        stored = await world.platform.container(BREACHES).read(found["id"], world.home.id)
        return datetime.fromisoformat(stored["remindAt"]) if stored["remindAt"] else None

    now = datetime.now(UTC).replace(microsecond=0)
    first = await at(now)
    assert first is not None
    assert timedelta(hours=11) < first - now < timedelta(hours=13)
    assert await at(first + timedelta(minutes=1)) == first + timedelta(hours=12, minutes=1)
    note = {"duty": "uk-authority", "at": now.isoformat(), "note": "By its form."}
    etag = (await world.privacy_officer.api.get(f"/api/breaches/{found['id']}")).headers["etag"]
    await changed(world.privacy_officer.api, f"{found['id']}/duties", note, etag)
    assert await at(now + timedelta(days=9)) is None


async def test_an_entry_can_be_forgotten(world: World) -> None:
    found = await recorded(world.privacy_officer.api)
    assert await retention.erase(world.platform, world.home.id, "breach", found["id"]) == "disposed"
    with pytest.raises(NotFound):
        await world.platform.container(BREACHES).read(found["id"], world.home.id)
