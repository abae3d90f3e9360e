"""A person's own picture: painted over for everybody else, decided on, handed over once, and who tried in vain."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image

from shared.identity.principals import Role
from shared.ids import new_id
from shared.organisations import service as organisations
from shared.organisations.models import Organisation, Site
from tests.e2e.test_rights_answers import Controller, Forms, confirmed, do, fetched, found, report, text_of
from tests.support.pictures import CAMERA, LEGAL, painted, uploaded
from tests.support.rights import NAME, Asker, sent
from tests.support.world import World, add_person


async def controller(world: World, home: Organisation) -> Controller:
    """A shop in a place of its own, so that nobody else's requests come here."""
    site = await organisations.add_site(
        world.platform,
        Site(
            id=new_id(world.platform.clock.now()),
            organisation_id=home.id,
            name="Branch by the lake",
            region="PT-11",
            time_zone="Europe/Lisbon",
            latitude=38.7,
            longitude=-9.1,
        ),
    )
    for role in (Role.PRIVACY_OFFICER, Role.INVESTIGATOR):
        await add_person(world, f"lake_{role.value}_{home.id}", home, role)
    people = world.people
    return Controller(home, site, people[f"lake_privacy_officer_{home.id}"], people[f"lake_investigator_{home.id}"])


async def test_a_person_gets_the_picture_they_are_in_once_and_nobody_else_in_it(world: World) -> None:
    one = await controller(world, world.home)
    other = await controller(world, world.partner)
    filed = await report(one, world, vehicles=[])
    shown, hidden = await uploaded(one.investigator.api, filed), await uploaded(one.investigator.api, filed)
    await painted(one.investigator.api, shown)
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    asker = await sent(world, plates=[], incident={"region": "PT-11", "place": "By the lake", "on": yesterday})
    case = await confirmed(one.officer, asker)

    # The officer sees what hangs on the report, and decides.
    records = {each["id"]: each for each in await found(one.officer, case)}
    assert {records[each]["whyFound"] for each in (shown, hidden)} == {"report"}
    assert records[hidden]["evidence"]["cannotGive"] == "not_reviewed"
    facts = records[shown]["evidence"]
    assert (facts["reportId"], facts["cannotGive"]) == (filed, None)
    looked = await one.officer.api.get(f"/api/evidence/{shown}/content", params=LEGAL)
    assert looked.status_code == 200

    give = {"kind": "evidence", "disclose": "give", "rendition": facts["rendition"]["sha256"], "othersObscured": True}
    await attacks_on_the_decision(world, one, other, case, shown, give)
    await do(
        one.officer, case, "PUT", f"/records/{filed}", {"kind": "report", "disclose": "give", "mine": ["/people/0"]}
    )
    now = await one.officer.api.get(f"/api/rights/cases/{case['id']}")
    early = await one.officer.api.post(f"{now.url.path}/answer", json={}, headers={"If-Match": now.headers["etag"]})
    assert set(early.json()["ids"]) == {shown, hidden}, "nothing is sent while a picture is undecided"
    await do(one.officer, case, "PUT", f"/records/{shown}", give | {"act": "erase"})
    keep = {"exemption": "crime", "reason": "An investigation is open that would be harmed."}
    await do(one.officer, case, "PUT", f"/records/{hidden}", {"kind": "evidence", "disclose": "withhold"} | keep)
    await do(one.officer, case, "POST", "/answer", {})

    # The person is told of one file, and fetches it.
    [note] = (await asker.status())["answers"]
    assert [(each["number"], each["name"], each["pieces"]) for each in note["files"]] == [(1, "image-1.jpg", 1)]
    await attacks_on_the_link(world, asker, case["id"])
    link = await asker.api.post(f"{asker.path}/answers/{case['id']}/link", json={"format": "file", "file": 1})
    async with world.anonymous() as api:
        first, second = await api.get(link.json()["path"]), await api.get(link.json()["path"])
    assert (first.status_code, second.status_code) == (200, 410)
    assert first.headers["content-type"] == "image/jpeg"
    assert first.headers["content-disposition"] == 'attachment; filename="image-1.jpg"'
    assert first.headers["cache-control"] == "no-store"
    assert CAMERA not in first.content
    with Image.open(io.BytesIO(first.content)) as picture:
        assert max(picture.convert("RGB").getpixel((220, 100))) < 10  # type: ignore[arg-type]
        assert picture.convert("RGB").getpixel((20, 100))[0] > 200  # type: ignore[index]

    # Document, data and page tell of it, and of nothing inside the house.
    pdf, machine = await fetched(asker, case["id"], "pdf"), await fetched(asker, case["id"], "json")
    [listed] = [each["file"] for each in machine.json()["records"] if each["file"]]
    assert listed["sha256"] == hashlib.sha256(first.content).hexdigest()
    for words in (text_of(pdf.content), machine.text):
        assert listed["sha256"] in words
        assert "image-1.jpg" in words
        assert "An investigation is open" in words
        assert all(each not in words for each in (shown, hidden, filed))
    async with world.anonymous(Accept="text/html") as browser:
        mine = {"reference": asker.reference, "secret": asker.secret}
        page = await browser.post("/api/public/my-data/status", data=mine)
        buttons = [body for _, body in Forms(page.text).to("/api/public/my-data/answer")]
        [button] = [each for each in buttons if each["format"] == "file"]
        saved = await browser.post("/api/public/my-data/answer", data=button)
    assert saved.content == first.content

    # The item is gone, its custody stays: handed over twice.
    assert (await one.investigator.api.get(f"/api/evidence/{shown}", params=LEGAL)).status_code == 404
    assert machine.json()["results"][0]["result"] == "erased"
    log = await one.officer.api.get("/api/audit", params={"subject": shown, "limit": 50})
    actions = [each["action"] for each in log.json()["entries"]]
    assert actions.count("evidence:handed-to-data-subject") == 2
    assert {"rights:decide:give", "rights:erase", "rights:answer"} <= set(actions)


async def attacks_on_the_decision(
    world: World, one: Controller, other: Controller, case: dict[str, Any], item: str, give: dict[str, Any]
) -> None:
    """The original, another's eyes, another's item, another's case: none of it leads to a decision."""
    path = f"/api/rights/cases/{case['id']}/records/{item}"
    headers = {"If-Match": (await one.officer.api.get(f"/api/rights/cases/{case['id']}")).headers["etag"]}
    view = (await one.investigator.api.get(f"/api/evidence/{item}", params=LEGAL)).json()
    for wrong, at in (
        (give | {"rendition": view["original"]["sha256"]}, "/rendition"),
        (give | {"othersObscured": False}, "/othersObscured"),
    ):
        refused = await one.officer.api.put(path, json=wrong, headers=headers)
        assert (refused.status_code, refused.json()["errors"][0]["at"]) == (400, at), refused.text
    theirs = await report(other, world, people=[], whatHappened="A window was broken.", vehicles=[])
    foreign = await uploaded(other.investigator.api, theirs)
    refused = await one.officer.api.put(path.replace(item, foreign), json=give, headers=headers)
    missing = await one.officer.api.put(path.replace(item, case["id"]), json=give, headers=headers)
    assert (refused.status_code, refused.json()["detail"]) == (404, missing.json()["detail"])
    for person in (one.investigator, other.officer):
        assert (await person.api.put(path, json=give, headers=headers)).status_code in {403, 404}


async def attacks_on_the_link(world: World, asker: Asker, case_id: str) -> None:
    """Neither a file nor a piece that the answer has not, nor anybody without the secret; and all look the same."""
    path = f"{asker.path}/answers/{case_id}/link"
    for wrong in ({"file": 2}, {"file": 1, "piece": 2}):
        assert (await asker.api.post(path, json={"format": "file"} | wrong)).status_code == 404
    for malformed in ({"file": 0}, {"file": -1}, {"file": "1' OR 1=1"}, {"piece": 101}):
        assert (await asker.api.post(path, json={"format": "file"} | malformed)).status_code == 400
    async with world.anonymous(**{"X-Request-Secret": "x" * 43}) as api:
        known = await api.post(path, json={"format": "file", "file": 1})
        unknown = await api.post("/api/public/requests/2222-2222-2222/answers/x/link", json={"format": "file"})
        guessed = await api.post(path, json={"format": "file", "file": 99})
    assert known.status_code == guessed.status_code == 404
    assert known.json()["detail"] == guessed.json()["detail"]
    assert unknown.status_code == 404
    assert NAME not in known.text
