"""The story of Reeve, step by step. Each step checks what it claims by the answers it gets, and tells the outcome."""

import asyncio
import json
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from cli import leaks, props, world
from cli.api import PURPOSE, Person, answered, demand, until
from cli.browser import sign_in
from cli.environment import DEVICES, WATCHED, ask_supervisor

HOST_SECONDS = 60.0
RELAY_SECONDS = 60.0
"""An alert whose message was left behind comes with the timer that relays the outbox."""
SETTLE_SECONDS = 2.0
MAILBOX = "quayside.desk@shop.example"
PEOPLE = {
    "Ana": "ana.reporter",
    "Ben": "ben.investigator",
    "Milo": "milo.investigator",
    "Cleo": "cleo.officer",
    "Quinn": "quinn.outsider",
}


@dataclass
class Stage:
    """Where the story plays: who is signed in, and what has come to be so far."""

    stack: Path
    base_url: str
    issuer: str
    inbox: str
    people: dict[str, Person] = field(default_factory=dict)
    site: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    getaway: world.Vehicle = field(default_factory=lambda: random.choice(world.vehicles()))
    passing: world.Vehicle = field(default_factory=lambda: random.choice(world.vehicles()[:WATCHED]))
    candidate: dict[str, Any] = field(default_factory=dict)
    mails: set[str] = field(default_factory=set)
    """What Ana's mailbox held before the match was confirmed."""

    async def aclose(self) -> None:
        for person in self.people.values():
            await person.http.aclose()


type Step = tuple[str, Callable[[Stage], Awaitable[str]]]


async def everybody_signs_in(stage: Stage) -> str:
    for name, sub in PEOPLE.items():
        stage.people[name] = Person(name, stage.base_url, await sign_in(stage.issuer, sub))
    me = await stage.people["Ana"].get("/api/me")
    demand(len(me["sites"]) == 1, "Ana works at one site")
    [site] = me["sites"]
    stage.site = site["id"]
    return f"{len(PEOPLE)} people through the sign-in page, with PKCE; Ana works at {site['name']}"


async def a_theft_is_reported(stage: Stage) -> str:
    form = props.theft(stage.site, stage.getaway)
    stage.report = await stage.people["Ana"].post("/api/reports", form, status=201)
    return f"report {stage.report['id']}, sealed, acknowledged"


async def the_investigator_is_told(stage: Stage) -> str:
    alert = await stage.people["Ben"].told_of(stage.report["id"])
    return f"Ben: “{alert['headline']}”. {alert['why']}"


async def the_community_is_told_less(stage: Stage) -> str:
    for name in ("Milo", "Cleo"):
        await stage.people[name].told_of(stage.report["id"])
        seen = await stage.people[name].get(f"/api/reports/{stage.report['id']}", **_shared(stage))
        demand({"people", "whatHappened"} <= set(seen["withheld"]), "people and story are withheld")
        answer = json.dumps(seen, ensure_ascii=False)
        told = [text for text in (props.STORY, props.CLOTHING, props.NAME) if text in answer]
        demand(not told, "nothing withheld is in the answer")
    return f"Milo next door and officer Cleo read it, without {', '.join(seen['withheld'])}"


async def the_outsider_learns_nothing(stage: Stage) -> str:
    quinn = stage.people["Quinn"]
    demand(not await quinn.alerts_about(stage.report["id"]), "Quinn has not been told")
    await quinn.get(f"/api/reports/{stage.report['id']}", status=404, **_shared(stage))
    return "Quinn has no alert, and to Quinn the report does not exist"


async def she_wants_it_by_mail_too(stage: Stage) -> str:
    """Played again, she has proved the address already: nobody is sent more than a few codes a day."""
    ana = stage.people["Ana"]
    if (await ana.get("/api/me/mail"))["state"] == "verified":
        return f"{MAILBOX} has been proved before"
    before = {mail["id"] for mail in await _mails(stage)}
    answered(await ana.http.put("/api/me/mail", json={"address": MAILBOX}), 200)
    code = await until(lambda: _mail(stage, before), "the code is in the inbox")
    [digits] = re.findall(r"\b[0-9]{8}\b", code["text"])
    proved = await ana.post("/api/me/mail/verification", {"code": digits}, status=200)
    demand(proved["state"] == "verified", "the address is proved")
    return f"{MAILBOX}, proved by the code that was mailed there; alerts that are urgent go there by default"


async def a_camera_reads_a_watched_plate(stage: Stage) -> str:
    camera, message = json.loads((stage.stack / DEVICES).read_text())[0], props.camera_message(stage.passing)
    ben, path = stage.people["Ben"], f"/api/plates/{camera['deviceId']}"
    before = {alert["causeId"] async for alert in ben.alerts()}
    async with httpx.AsyncClient(base_url=stage.base_url, timeout=30) as http:
        for _ in range(2):  # cameras repeat themselves
            answered(await http.post(path, json=message, auth=("camera", camera["secret"])), 200)
        answered(await http.post(path, json=message, auth=("camera", "guess")), 401)
    alert = await ben.told_of_another("plate_candidate", before)
    stage.candidate = await ben.get(f"/api/plates/candidates/{alert['causeId']}", **PURPOSE)
    demand(stage.candidate["plate"] == stage.passing.plate.replace(" ", ""), "the candidate is the passing vehicle")
    return f"posted twice, one candidate; Ben: “{alert['headline']}”"


async def a_person_confirms(stage: Stage) -> str:
    ana, ben, candidate = stage.people["Ana"], stage.people["Ben"], stage.candidate
    demand(not await ana.alerts_about(candidate["id"]), "nobody else knows before the confirmation")
    body = {"decision": "confirmed", "comparedPlateAndPicture": True}
    at, if_match = f"/api/plates/candidates/{candidate['id']}/decision", {"If-Match": candidate["etag"]}
    stage.mails = {mail["id"] for mail in await _mails(stage)}
    await ben.post(at, body, status=200, headers=if_match, **PURPOSE)
    alert = await ana.told_of(candidate["id"], "plate_confirmed")
    return f"only now Ana is told: “{alert['headline']}”"


async def the_mail_arrives(stage: Stage) -> str:
    mail = await until(lambda: _mail(stage, stage.mails), "the mail is in the inbox")
    demand("confirmed" in mail["subject"], f"the mail tells of the match, not “{mail['subject']}”")
    told = json.dumps(mail, ensure_ascii=False).replace(" ", "")
    demand(stage.passing.plate.replace(" ", "") not in told, "the plate stays in the app")
    return f"in the inbox at {stage.inbox}/: “{mail['subject']}”, with a link and without the plate"


async def evidence_loses_its_metadata(stage: Stage) -> str:
    ana, ben, photo = stage.people["Ana"], stage.people["Ben"], props.photo()
    demand(props.has_metadata(photo), "the photo that is sent says where it was taken")
    form = {"reportId": stage.report["id"], "kind": "image", "mimeType": "image/jpeg", "sizeBytes": len(photo)}
    permission = await ana.post("/api/evidence/uploads", form, status=201)
    await _upload(permission, photo)
    at = f"/api/evidence/{permission['evidenceId']}"

    async def examined() -> dict[str, Any] | None:
        view: dict[str, Any] = await ben.get(at, **PURPOSE)
        return view if view["state"] != "awaiting_upload" else None

    view = await until(examined, "the evidence is processed")
    demand(view["state"] == "stored", f"the evidence is stored, not {view['state']}")
    picture = await ben.http.get(f"{at}/content", params=PURPOSE)
    demand(picture.status_code == 200, f"the picture can be seen, not {picture.status_code}")
    demand(not props.has_metadata(picture.content), "no metadata is left")
    return f"SHA-256 {view['original']['sha256'][:16]}…, sealed; the rendition does not say where it was taken"


async def the_host_is_killed(stage: Stage) -> str:
    ana, ben = stage.people["Ana"], stage.people["Ben"]
    report = await ana.post("/api/reports", props.theft(stage.site, stage.getaway, type="robbery"), status=201)
    await asyncio.to_thread(ask_supervisor, stage.stack, "kill", "host")
    await asyncio.to_thread(ask_supervisor, stage.stack, "restart", "host")
    await until(lambda: _is_up(ben), "the host is back", HOST_SECONDS)
    await ben.get(f"/api/reports/{report['id']}", **PURPOSE)
    await ben.told_of(report["id"], within=RELAY_SECONDS + HOST_SECONDS)
    await asyncio.sleep(SETTLE_SECONDS)
    count = len(await ben.alerts_about(report["id"]))
    demand(count == 1, f"the alert is listed once, not {count} times")
    return "SIGKILL right after the acknowledgement; the report is there, the alert exactly once"


async def nothing_has_leaked(stage: Stage) -> str:
    plates = {form for each in (stage.getaway, stage.passing) for form in (each.plate, each.plate.replace(" ", ""))}
    told = sorted({props.STORY, props.CLOTHING, props.NAME} | plates)
    found = await asyncio.to_thread(leaks.search, stage.stack, told)
    places = ", ".join(f"{leak.file.relative_to(stage.stack)} ({leak.form})" for leak in found)
    demand(not found, f"nothing personal is in the files, but it is in {places}")
    return f"{len(told)} names, plates and stories: in no database, queue, blob or log"


STEPS: tuple[Step, ...] = (
    ("Everybody signs in", everybody_signs_in),
    ("Ana reports a theft", a_theft_is_reported),
    ("Her company's investigator is told", the_investigator_is_told),
    ("The community is told, and sees less", the_community_is_told_less),
    ("An outsider learns nothing", the_outsider_learns_nothing),
    ("Ana wants urgent alerts by mail too", she_wants_it_by_mail_too),
    ("A camera reads a plate from the watchlist", a_camera_reads_a_watched_plate),
    ("A person compares and confirms", a_person_confirms),
    ("The mail arrives, and tells no more than it must", the_mail_arrives),
    ("A photo becomes evidence", evidence_loses_its_metadata),
    ("The functions host is killed in the middle", the_host_is_killed),
    ("Every file that the stack wrote is searched", nothing_has_leaked),
)


def _shared(stage: Stage) -> dict[str, Any]:
    return {"owner": stage.report["organisationId"], **PURPOSE}


async def _mails(stage: Stage) -> list[dict[str, Any]]:
    """In Ana's mailbox, the newest first."""
    async with httpx.AsyncClient(base_url=stage.inbox, timeout=30) as http:
        found: list[dict[str, Any]] = answered(await http.get("/mails.json", params={"to": MAILBOX}), 200)
    return found


async def _mail(stage: Stage, before: set[str]) -> dict[str, Any] | None:
    """The newest mail that was not there before."""
    return next((mail for mail in await _mails(stage) if mail["id"] not in before), None)


async def _upload(permission: dict[str, Any], content: bytes) -> None:
    """Straight to the blob, with a URL that can do nothing else."""
    url = permission["uploadUrl"]
    async with httpx.AsyncClient(timeout=30) as http:
        sent = await http.put(url, content=content, headers=permission["requiredHeaders"])
        demand(sent.status_code == 201, f"the upload is accepted, not {sent.status_code}")
        demand((await http.get(url)).status_code == 403, "the upload URL cannot read")


async def _is_up(person: Person) -> bool:
    try:
        return (await person.http.get("/api/health/live")).status_code == 200
    except httpx.HTTPError:
        return False
