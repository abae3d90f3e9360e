"""A member of the public who makes a request, and reads the mail that comes of it."""

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.platform import Platform
from shared.rights.letters import Letter
from shared.rights.models import Case, RequestForm
from shared.sealing.roots import PLATFORM
from tests.support.post import Post
from tests.support.waiting import eventually
from tests.support.world import World

NAME = "Annelise Vantongeren"
"""Nobody's name, and so good to search for in what leaks."""


def ask(**changes: Any) -> dict[str, Any]:
    """A request of somebody who was at a shop yesterday."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    return {
        "kinds": ["access"],
        "fullName": NAME,
        "dateOfBirth": "1991-04-17",
        "incident": {"region": "GB-ENG", "place": "A shop by the water in Westmere", "on": yesterday},
        "contact": f"{NAME.split(maxsplit=1)[0].lower()}.{datetime.now(UTC).timestamp():.6f}@mail.example",
    } | changes


def ask_page(**changes: Any) -> dict[str, Any]:
    """The same as the page sends it."""
    body = ask()
    incident = body.pop("incident")
    return body | {"region": incident["region"], "place": incident["place"], "happenedOn": incident["on"]} | changes


@dataclass
class Asker:
    """Whoever made the request, with what they were given."""

    api: httpx.AsyncClient
    reference: str
    secret: str
    contact: str

    @property
    def path(self) -> str:
        return f"/api/public/requests/{self.reference}"

    async def status(self) -> dict[str, Any]:
        answer = await self.api.get(self.path)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


async def asked(world: World, **changes: Any) -> Asker:
    body = ask(**changes)
    async with world.anonymous() as api:
        answer = await api.post("/api/public/requests", json=body)
    assert answer.status_code == 201, answer.text
    given = answer.json()
    mine = world.anonymous(**{"X-Request-Secret": given["secret"]})
    return Asker(mine, given["reference"], given["secret"], body["contact"])


async def sent(world: World, **changes: Any) -> Asker:
    """Asked, and confirmed with the code of the mail."""
    asker = await asked(world, **changes)
    code = await Post(world.stack).code(asker.contact)
    answer = await asker.api.post(f"{asker.path}/confirmation", json={"code": code})
    assert answer.status_code == 200, answer.text
    return asker


async def stored_code(platform: Platform, reference: str) -> str:
    """From the letter that waits to be sent, where no host sends it."""
    text = "SELECT * FROM c WHERE c.kind = 'letter'"
    found = platform.container("rights").query(text, key=[PLATFORM, reference])
    letters = await platform.records(Letter).open_all([each async for each in found])
    code = re.search(r"\b\d{8}\b", max(letters, key=lambda each: each.id).body)
    assert code
    return code[0]


async def rights_case(world: World, **changes: Any) -> Case:
    """A case at home, as routing opens it."""
    now, identifier = datetime.now(UTC), str(uuid.uuid4())
    form = RequestForm.model_validate(ask(**changes))
    case = Case(
        id=identifier,
        organisation_id=world.home.id,
        rights_id=identifier,
        request_id="2222-2222-2222",
        kinds=form.kinds,
        language=form.language,
        regimes=["UK"],
        place="GB",
        time_zone="Europe/London",
        rule_id="UK-answer",
        received_at=now,
        facts=form.facts(),
        contact=form.contact,
        why_here=["region"],
        kept_from=now,
        dispose_at=now + timedelta(days=700),
    )
    return await world.platform.records(Case).create(case)


async def case_at(api: httpx.AsyncClient, asker: Asker) -> dict[str, Any]:
    """The case that the request became at the organisation of a privacy officer."""

    async def look() -> dict[str, Any] | None:
        answer = await api.get("/api/rights/cases", params={"limit": 50})
        assert answer.status_code == 200, answer.text
        return next((each for each in answer.json()["cases"] if each["reference"] == asker.reference), None)

    found = await eventually(look, what=f"the case of {asker.reference}")
    return dict((await api.get(f"/api/rights/cases/{found['id']}")).json())
