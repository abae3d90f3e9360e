"""The story of Reeve, played against the running stack. Each step checks what it claims, by the answer it gets."""

import asyncio
import io
import json
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from rich.console import Console

from cli import leaks, world
from cli.browser import sign_in
from cli.environment import DEVICES

WAIT_SECONDS = 20.0
HOST_SECONDS = 60.0
PURPOSE = {"purpose": "INVESTIGATE"}
STORY = "Filled a foil-lined bag with perfume testers and left by the loading bay at speed."
CLOTHING = "Mustard yellow raincoat and one red glove"
NAME = "Casimir Fenwright"

PEOPLE = {
    "ana": "ana.reporter",
    "ben": "ben.investigator",
    "milo": "milo.investigator",
    "cleo": "cleo.officer",
    "quinn": "quinn.outsider",
}


class StoryError(Exception):
    """Something did not happen as the story says."""


@dataclass
class Stage:
    """Where the story plays: who is signed in, and what has come to be so far."""

    stack: Path
    base_url: str
    issuer: str
    console: Console
    people: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    site: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    candidate: dict[str, Any] = field(default_factory=dict)


type Step = tuple[str, Callable[[Stage], Awaitable[str]]]


async def play(stack: Path) -> bool:
    """Whether everything went as it should."""
    environment = json.loads((stack / "environment.json").read_text())
    console = Console()
    stage = Stage(stack, _base_url(stack), environment["OIDC_ISSUERS"].split()[0], console)
    async with AsyncExitStack() as open_clients:
        for number, (title, step) in enumerate(STEPS, 1):
            with console.status(f"[dim]{number:>2}/{len(STEPS)}[/] {title}"):
                try:
                    outcome = await step(stage)
                except (StoryError, httpx.HTTPError, KeyError, ValueError) as error:
                    console.print(f"[red]✗[/] {title}\n    [red]{type(error).__name__}: {error}[/]")
                    return False
                finally:
                    for client in stage.people.values():
                        open_clients.push_async_callback(client.aclose)
            console.print(f"[green]✓[/] {title}\n    [dim]{outcome}[/]")
    console.print(f"\n[green]All {len(STEPS)} steps went as promised.[/]")
    return True


# -- the steps -------------------------------------------------------------------------------------------------------


async def everybody_signs_in(stage: Stage) -> str:
    for name, sub in PEOPLE.items():
        token = await sign_in(stage.issuer, sub)
        headers = {"Authorization": f"Bearer {token}"}
        stage.people[name] = httpx.AsyncClient(base_url=stage.base_url, headers=headers, timeout=30)
    me = _answered(await stage.people["ana"].get("/api/me"), 200)
    stage.site = me["sites"][0]["id"]
    return f"{len(PEOPLE)} people through the sign-in page, with PKCE; Ana works at {me['sites'][0]['name']}"


async def a_theft_is_reported(stage: Stage) -> str:
    vehicle = world.vehicles()[0].described()
    stage.report = await _report(stage, _theft(stage, vehicles=[vehicle]))
    return f"report {stage.report['id']}, sealed, acknowledged"


async def the_investigator_is_told(stage: Stage) -> str:
    alert = await _alert(stage, "ben", stage.report["id"])
    return f"Ben: “{alert['headline']}”. {alert['why']}"


async def the_community_is_told_less(stage: Stage) -> str:
    owner = {"owner": stage.report["organisationId"], **PURPOSE}
    for name in ("milo", "cleo"):
        await _alert(stage, name, stage.report["id"])
        answer = await stage.people[name].get(f"/api/reports/{stage.report['id']}", params=owner)
        seen = _answered(answer, 200)
        _demand({"people", "whatHappened"} <= set(seen["withheld"]), "people and story are withheld")
        _demand(STORY not in answer.text and CLOTHING not in answer.text, "nothing withheld is in the answer")
    return f"Milo next door and officer Cleo read it, without {', '.join(seen['withheld'])}"


async def the_outsider_learns_nothing(stage: Stage) -> str:
    quinn = stage.people["quinn"]
    alerts = _answered(await quinn.get("/api/alerts"), 200)["alerts"]
    _demand(all(each["causeId"] != stage.report["id"] for each in alerts), "Quinn has not been told")
    asked = {"owner": stage.report["organisationId"], **PURPOSE}
    _answered(await quinn.get(f"/api/reports/{stage.report['id']}", params=asked), 404)
    return "Quinn has no alert, and to Quinn the report does not exist"


async def a_camera_reads_a_watched_plate(stage: Stage) -> str:
    camera = json.loads((stage.stack / DEVICES).read_text())[0]
    async with httpx.AsyncClient(base_url=stage.base_url, timeout=30) as http:
        message, auth = _group(world.vehicles()[3]), ("camera", camera["secret"])
        for _ in range(2):  # cameras repeat themselves
            answer = await http.post(f"/api/plates/{camera['deviceId']}", json=message, auth=auth)
            _answered(answer, 200)
        _answered(await http.post(f"/api/plates/{camera['deviceId']}", json=message, auth=("camera", "guess")), 401)
    alert = await _alert(stage, "ben", None, cause="plate_candidate")
    found = await stage.people["ben"].get(f"/api/plates/candidates/{alert['causeId']}", params=PURPOSE)
    stage.candidate = _answered(found, 200)
    return f"posted twice, one candidate; Ben: “{alert['headline']}”"


async def a_person_confirms(stage: Stage) -> str:
    at = f"/api/plates/candidates/{stage.candidate['id']}/decision"
    etag = {"If-Match": stage.candidate["etag"]}
    body = {"decision": "confirmed", "comparedPlateAndPicture": True}
    early = _answered(await stage.people["ana"].get("/api/alerts"), 200)["alerts"]
    _demand(all(a["causeId"] != stage.candidate["id"] for a in early), "nobody else knows before the confirmation")
    _answered(await stage.people["ben"].post(at, json=body, params=PURPOSE, headers=etag), 200)
    alert = await _alert(stage, "ana", stage.candidate["id"], cause="plate_confirmed")
    return f"only now Ana is told: “{alert['headline']}”"


async def evidence_loses_its_metadata(stage: Stage) -> str:
    ana, ben, photo = stage.people["ana"], stage.people["ben"], _photo()
    form = {"reportId": stage.report["id"], "kind": "image", "mimeType": "image/jpeg", "sizeBytes": len(photo)}
    permission = _answered(await ana.post("/api/evidence/uploads", json=form, headers=_key()), 201)
    async with httpx.AsyncClient(timeout=30) as http:
        sent = await http.put(permission["uploadUrl"], content=photo, headers=permission["requiredHeaders"])
        _demand(sent.status_code == 201, f"the upload is accepted, not {sent.status_code}")
        _demand((await http.get(permission["uploadUrl"])).status_code == 403, "the upload URL cannot read")
    at = f"/api/evidence/{permission['evidenceId']}"

    async def stored() -> dict[str, Any] | None:
        view: dict[str, Any] = _answered(await ben.get(at, params=PURPOSE), 200)
        return view if view["state"] != "awaiting_upload" else None

    view = await _until(stored, "the evidence is processed")
    _demand(view["state"] == "stored", f"the evidence is stored, not {view['state']}")
    content = await ben.get(f"{at}/content", params=PURPOSE)
    picture = Image.open(io.BytesIO(content.content))
    _demand(not picture.getexif() and b"Exif" not in content.content, "no metadata is left")
    return f"SHA-256 {view['original']['sha256'][:16]}…, sealed; the rendition does not say where it was taken"


async def the_host_is_killed(stage: Stage) -> str:
    report = await _report(stage, _theft(stage, type="robbery"))
    await asyncio.to_thread(_local, stage.stack, "kill", "host")
    await asyncio.to_thread(_local, stage.stack, "restart", "host")
    await _until(lambda: _is_up(stage), "the host is back", HOST_SECONDS)
    ben = stage.people["ben"]
    _answered(await ben.get(f"/api/reports/{report['id']}", params=PURPOSE), 200)
    await _alert(stage, "ben", report["id"], within=HOST_SECONDS + 60)
    await asyncio.sleep(2)
    count = sum([each["causeId"] == report["id"] async for each in _alerts(ben)])
    _demand(count == 1, f"the alert is listed once, not {count} times")
    return "SIGKILL right after the acknowledgement; the report is there, the alert exactly once"


async def nothing_has_leaked(stage: Stage) -> str:
    told = (STORY, CLOTHING, NAME, world.vehicles()[0].plate, world.vehicles()[3].plate.replace(" ", ""))
    found = await asyncio.to_thread(leaks.search, stage.stack, told)
    where = ", ".join(sorted({f"{leak.file.name} ({leak.form})" for leak in found}))
    _demand(not found, f"nothing is found, but it was in {where}")
    return f"{len(told)} names, plates and stories: in no database, queue, blob or log"


STEPS: tuple[Step, ...] = (
    ("Everybody signs in", everybody_signs_in),
    ("Ana reports a theft", a_theft_is_reported),
    ("Her company's investigator is told", the_investigator_is_told),
    ("The community is told, and sees less", the_community_is_told_less),
    ("An outsider learns nothing", the_outsider_learns_nothing),
    ("A camera reads a plate from the watchlist", a_camera_reads_a_watched_plate),
    ("A person compares and confirms", a_person_confirms),
    ("A photo becomes evidence", evidence_loses_its_metadata),
    ("The functions host is killed in the middle", the_host_is_killed),
    ("Every file that the stack wrote is searched", nothing_has_leaked),
)


# -- props -----------------------------------------------------------------------------------------------------------


def _theft(stage: Stage, **changes: Any) -> dict[str, Any]:
    return {
        "type": "theft",
        "occurredAt": (datetime.now(UTC) - timedelta(minutes=20)).isoformat(),
        "siteId": stage.site,
        "howKnown": "witnessed",
        "whatHappened": STORY,
        "items": [{"product": "Perfume 50 ml", "quantity": 4, "value": {"amountMinor": 5900, "currency": "GBP"}}],
        "people": [{"role": "suspect", "ageBand": "adult", "clothing": CLOTHING, "name": NAME}],
    } | changes


def _group(vehicle: world.Vehicle) -> dict[str, Any]:
    """What a Rekor Scout agent posts for one passage."""
    plate, now = vehicle.plate.replace(" ", ""), int(datetime.now(UTC).timestamp() * 1000)
    return {
        "data_type": "alpr_group",
        "version": 2,
        "epoch_start": now - 1500,
        "epoch_end": now,
        "agent_uid": "DEMOAGENT",
        "camera_id": 1,
        "best_uuid": f"DEMOAGENT-cam1-{now}",
        "uuids": [f"DEMOAGENT-cam1-{now}"],
        "best_plate_number": plate,
        "best_confidence": 94.2,
        "candidates": [{"plate": plate, "confidence": 94.2, "matches_template": 1}],
        "vehicle": {
            "make": [{"name": vehicle.make.lower(), "confidence": 88.0}],
            "color": [{"name": vehicle.colour, "confidence": 91.0}],
        },
        "travel_direction": 88.1,
    }


def _photo() -> bytes:
    """A picture whose camera noted where it was taken."""
    image, out = Image.effect_mandelbrot((640, 480), (-2, -1.2, 1, 1.2), 60).convert("RGB"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "DemoCam"
    place = exif.get_ifd(0x8825)
    place.update({1: "N", 2: (50.0, 48.0, 44.3), 3: "W", 4: (1.0, 4.0, 38.6)})
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid.uuid4().hex}


async def _report(stage: Stage, form: dict[str, Any]) -> dict[str, Any]:
    answered: dict[str, Any] = _answered(await stage.people["ana"].post("/api/reports", json=form, headers=_key()), 201)
    return answered


async def _alerts(person: httpx.AsyncClient) -> AsyncIterator[dict[str, Any]]:
    cursor: dict[str, str] = {}
    while True:
        page = _answered(await person.get("/api/alerts", params={"limit": 50, **cursor}), 200)
        for alert in page["alerts"]:
            yield alert
        if not page["nextCursor"]:
            return
        cursor = {"cursor": page["nextCursor"]}


async def _alert(
    stage: Stage, name: str, cause_id: str | None, *, cause: str = "report", within: float = WAIT_SECONDS
) -> dict[str, Any]:
    """The alert of this person about this cause, or their newest unread one of the kind, as soon as it is there."""

    async def told() -> dict[str, Any] | None:
        page = _answered(await stage.people[name].get("/api/alerts", params={"limit": 50}), 200)
        fitting = (a for a in page["alerts"] if a["cause"] == cause and a["state"] == "unread")
        return next((a for a in fitting if cause_id in {None, a["causeId"]}), None)

    return await _until(told, f"{name} is told", within)


async def _until[T](attempt: Callable[[], Awaitable[T | None]], what: str, within: float = WAIT_SECONDS) -> T:
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while loop.time() < end:
        if found := await attempt():
            return found
        await asyncio.sleep(0.2)
    raise StoryError(f"{within:.0f} seconds were not enough until {what}")


async def _is_up(stage: Stage) -> bool:
    try:
        return (await stage.people["ben"].get("/api/health/live")).status_code == 200
    except httpx.HTTPError:
        return False


def _answered(answer: httpx.Response, status: int) -> Any:
    _demand(answer.status_code == status, f"the answer is {status}, not {answer.status_code}: {answer.text[:300]}")
    return answer.json()


def _demand(holds: bool, what: str) -> None:
    if not holds:
        raise StoryError(f"expected that {what}")


def _local(stack: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "local", arguments[0], "--data", str(stack), *arguments[1:]]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    _demand(done.returncode == 0, f"'{' '.join(arguments)}' works: {done.stderr[-300:]}")


def _base_url(stack: Path) -> str:
    command = [sys.executable, "-m", "local", "status", "--data", str(stack), "--json"]
    services = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)  # noqa: S603
    [port] = next(each["ports"] for each in services if each["name"] == "host")
    return f"http://127.0.0.1:{port}"
