"""What belongs to a candidate: its picture, its end, and who may see it before anybody has decided."""

import base64
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.alerts import service as alerts
from shared.alerts.models import AlertRequest, Cause
from shared.clock import Clock
from shared.identity.principals import Role
from shared.organisations import devices
from shared.organisations import service as organisations
from shared.organisations.models import Site
from shared.plates import expiry, lists, pictures
from shared.plates import service as plates
from shared.platform import Platform
from tests.e2e.test_reports_api import alerts_about
from tests.support.lpr import PICTURE, picture
from tests.support.world import World, add_person, fresh_key

ASKED = {"purpose": "INVESTIGATE"}


class SetClock(Clock):
    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


def ahead(platform: Platform, by: timedelta) -> Platform:
    return replace(platform, clock=SetClock(platform.clock.now() + by))


@pytest.fixture
async def found(world: World) -> dict[str, Any]:
    return await match(world)


async def match(world: World, site: Site | None = None, sent: bytes = PICTURE, **changes: Any) -> dict[str, Any]:
    """A vehicle of the watchlist passes a camera that sends pictures."""
    plate = f"CN{uuid.uuid4().hex[:5].upper()}"
    ends = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    form = {"plate": plate, "reason": "Seen at thefts.", "caseReference": "HP-7", "expiresAt": ends}
    assert (await world.investigator.api.post("/api/watchlists/entries", json=form, headers=fresh_key())).is_success
    made = await devices.register_device(world.platform, site or world.site, "plain")
    device = await world.platform.principals.device(made.device, made.secret)
    read = {"plate": plate, "capturedAt": datetime.now(UTC).isoformat(), "picture": base64.b64encode(sent).decode()}
    lists.forget()
    await plates.receive(world.platform, device, {}, json.dumps(read | changes).encode())
    page = await world.investigator.api.get("/api/plates/candidates", params=ASKED)
    [candidate] = [each for each in page.json()["candidates"] if each["plate"] == plate]
    return dict(candidate)


async def decide(world: World, candidate: dict[str, Any], decision: str) -> dict[str, Any]:
    answer = await world.investigator.api.post(
        f"/api/plates/candidates/{candidate['id']}/decision",
        json={"decision": decision, "comparedPlateAndPicture": True},
        params=ASKED,
        headers={"If-Match": candidate["etag"]},
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_picture_is_there_to_compare_and_on_record(world: World, found: dict[str, Any]) -> None:
    assert found["pictureUntil"]
    shown = await world.investigator.api.get(f"/api/plates/candidates/{found['id']}/picture", params=ASKED)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.headers["cache-control"] == "no-store"
    assert shown.content == pictures.bare(PICTURE)
    asked = {"action": "candidate:picture", "actor": world.investigator.id}
    entries = (await world.auditor.api.get("/api/audit", params=asked)).json()["entries"]
    assert entries[0]["subjects"] == [found["id"]]


async def test_nobody_else_sees_it(world: World, found: dict[str, Any]) -> None:
    at = f"/api/plates/candidates/{found['id']}/picture"
    assert (await world.reporter.api.get(at, params=ASKED)).status_code == 403
    assert (await world.stranger.api.get(at, params=ASKED)).status_code == 404
    assert (await world.partner_investigator.api.get(at, params=ASKED)).status_code == 404
    assert (await world.investigator.api.get(at)).status_code == 400


async def test_it_is_sealed_and_has_a_clock_of_its_own(world: World, found: dict[str, Any]) -> None:
    text = "SELECT * FROM c WHERE c.kind = 'picture' AND c.candidateId = @id"
    stored = world.platform.container("plateReads").query(text, {"id": found["id"]}, key=[world.home.id])
    [document] = [each async for each in stored]
    assert 0 < document["ttl"] <= pictures.KEPT.total_seconds()
    assert set(document["sealed"]) == {"content"}
    assert base64.b64encode(PICTURE[:60]).decode()[:40] not in json.dumps(document)


@pytest.mark.parametrize(("decision", "status"), [("rejected", 404), ("confirmed", 200)])
async def test_a_rejected_one_has_none_any_more(
    world: World, found: dict[str, Any], decision: str, status: int
) -> None:
    decided = await decide(world, found, decision)
    assert bool(decided["pictureUntil"]) is (status == 200)
    shown = await world.investigator.api.get(f"/api/plates/candidates/{found['id']}/picture", params=ASKED)
    assert shown.status_code == status
    assert await pictures_of(world, found) == (1 if status == 200 else 0)


async def pictures_of(world: World, candidate: dict[str, Any]) -> int:
    text = "SELECT VALUE COUNT(1) FROM c WHERE c.kind = 'picture' AND c.candidateId = @id"
    found = world.platform.container("plateReads").query(text, {"id": candidate["id"]}, key=[world.home.id])
    return sum([int(str(each)) async for each in found])


async def test_without_a_usable_picture_there_is_a_candidate_all_the_same(world: World) -> None:
    for odd in (b"no picture", picture(size=(1600, 1200))[: pictures.MOST_BYTES + 10]):
        found = await match(world, sent=odd)
        assert found["pictureUntil"] is None
        at = f"/api/plates/candidates/{found['id']}/picture"
        assert (await world.investigator.api.get(at, params=ASKED)).status_code == 404


async def test_what_nobody_decides_on_expires_once_and_is_on_record(world: World, found: dict[str, Any]) -> None:
    later = ahead(world.platform, timedelta(hours=24, seconds=1))
    assert await expiry.expire(world.platform) == 0
    assert await expiry.expire(later) >= 1
    assert await expiry.expire(later) == 0
    page = await world.investigator.api.get("/api/plates/candidates", params=ASKED | {"state": "expired"})
    [expired] = [each for each in page.json()["candidates"] if each["id"] == found["id"]]
    assert (expired["state"], expired["decidedBy"], expired["pictureUntil"]) == ("expired", None, None)
    assert expired["plate"] == found["plate"]  # it was not opened, and can be
    assert await pictures_of(world, found) == 0
    entries = (await world.auditor.api.get("/api/audit", params={"action": "candidate:expire"})).json()["entries"]
    assert [each["actor"] for each in entries if found["id"] in each["subjects"]] == [expiry.ACTOR]
    late = await world.investigator.api.post(
        f"/api/plates/candidates/{found['id']}/decision",
        json={"decision": "confirmed", "comparedPlateAndPicture": True},
        params=ASKED,
        headers={"If-Match": expired["etag"]},
    )
    assert late.status_code == 409


async def test_staff_of_a_site_see_candidates_if_their_organisation_lets_them(world: World) -> None:
    here, there = await match(world), await match(world, world.other_site)
    assert await alerts_about(world.reporter, here["id"], within=2) == []
    listed = await world.reporter.api.get("/api/plates/candidates", params=ASKED)
    assert listed.status_code == 403
    await allow(world, allowed=True)
    try:
        page = await world.reporter.api.get("/api/plates/candidates", params=ASKED)
        seen = {each["id"]: each for each in page.json()["candidates"]}
        assert here["id"] in seen
        assert there["id"] not in seen
        assert (seen[here["id"]]["state"], seen[here["id"]]["listed"]) == ("candidate", None)
        at = f"/api/plates/candidates/{here['id']}"
        assert (await world.reporter.api.get(f"{at}/picture", params=ASKED)).status_code == 200
        assert (await world.reporter.api.get(at, params=ASKED)).json()["listed"] is None
        told = await match(world)
        [alert] = await alerts_about(world.reporter, told["id"])
        assert "Possible" in alert["headline"]
        assert await alerts_about(world.elsewhere, told["id"], within=2) == []
        elsewhere = f"/api/plates/candidates/{there['id']}"
        assert (await world.reporter.api.get(elsewhere, params=ASKED)).status_code == 403
        decision = {"decision": "confirmed", "comparedPlateAndPicture": True}
        etag = {"If-Match": here["etag"]}
        assert (
            await world.reporter.api.post(f"{at}/decision", json=decision, params=ASKED, headers=etag)
        ).status_code == 403
    finally:
        await allow(world, allowed=False)
    assert (await world.reporter.api.get("/api/plates/candidates", params=ASKED)).status_code == 403


async def allow(world: World, *, allowed: bool) -> None:
    etag = (await organisations.organisation(world.platform, world.home.id)).etag
    answer = await world.admin.api.patch(
        "/api/organisation", json={"candidatesToStaff": allowed}, headers={"If-Match": etag}
    )
    assert (answer.status_code, answer.json()["candidatesToStaff"]) == (200, allowed)


async def test_nobody_is_asked_to_compare_what_has_been_decided_on(world: World) -> None:
    """A message that comes late, or again, to somebody who was not told yet."""
    rejected, open_still = await match(world), await match(world)
    await decide(world, rejected, "rejected")
    assert await alerts_about(world.investigator, open_still["id"])  # so that its first message is over
    await add_person(world, "newcomer", world.home, Role.INVESTIGATOR)
    for candidate, told in ((rejected, 0), (open_still, 1)):
        request = AlertRequest(
            cause=Cause.PLATE_CANDIDATE,
            id=candidate["id"],
            organisation_id=world.home.id,
            key=[world.home.id, world.site.id, candidate["capturedAt"][:10]],
            message_id=str(uuid.uuid4()),
        )
        assert await alerts.dispatch(world.platform, request) == told
        assert len(await alerts_about(world.newcomer, candidate["id"], within=0)) == told
