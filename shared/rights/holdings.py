"""What a controller may hold about a person: ids only, found by blind tokens and by the time and place of an event.

Nothing is opened here. Whether a record really is about the person, a privacy officer sees when looking at it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from shared.clock import rfc3339
from shared.platform import Platform
from shared.rights.decisions import Holding
from shared.rights.models import Facts, Incident
from shared.sealing.tokens import Index, mail_token, name_tokens, plate_tokens
from shared.storage.cosmos import Key

type Why = Literal["plate", "name", "contact", "event", "report"]

MOST = 100
"""Of each kind. A person who is found in more has a case that is worked on by hand."""
AROUND = timedelta(hours=36)
"""People err by a day, and a day there began earlier or later than in UTC."""


@dataclass(frozen=True)
class Found:
    """A record that may be about the person, and why it was found; evidence names the report that it hangs on."""

    kind: Holding
    id: str
    key: tuple[str, ...]
    why: Why
    report_id: str | None = None


async def of(platform: Platform, organisation: str, facts: Facts, contact: str) -> list[Found]:
    """Every candidate record of one controller; each once, those found by a token first.

    ``contact`` is the mailbox that the person proved to be theirs.
    """
    tokens = await _tokens(platform, organisation, facts)
    found = [
        *await _reports_by_plate(platform, organisation, tokens),
        *await _watchlist(platform, organisation, tokens),
        *await _passages(platform, organisation, tokens),
        *await _profiles(platform, organisation, facts, tokens),
        *await _complaints(platform, organisation, contact),
        *await _reports_by_event(platform, organisation, facts.incident),
    ]
    once = list({(each.kind, each.id): each for each in reversed(found)}.values())[::-1]
    return [*once, *await _evidence(platform, organisation, [each.id for each in once if each.kind == "report"])]


async def _tokens(platform: Platform, organisation: str, facts: Facts) -> list[str]:
    index: Index = await platform.keyring.index(organisation)
    return sorted({token for key in index.keys for plate in facts.plates for token in plate_tokens(key, plate)})


async def _reports_by_plate(platform: Platform, organisation: str, tokens: list[str]) -> list[Found]:
    where = "c.kind = 'report' AND EXISTS(SELECT VALUE t FROM t IN c.plateTokens WHERE ARRAY_CONTAINS(@tokens, t))"
    found = await _ids(platform, "reports", where, {"tokens": tokens}, [organisation]) if tokens else []
    return [Found("report", each["id"], (organisation, each["id"]), "plate") for each in found]


async def _reports_by_event(platform: Platform, organisation: str, incident: Incident) -> list[Found]:
    """Reports of that time in that region in which somebody is described: their words may be about the person."""
    since, until = around(incident)
    sites = await site_ids(platform, organisation, incident.region)
    where = (
        "c.kind = 'report' AND c.occurredAt >= @since AND c.occurredAt < @until AND ARRAY_CONTAINS(@sites, c.siteId) "
        "AND ARRAY_CONTAINS(@described, c.retentionCategory)"
    )
    asked: dict[str, object] = {
        "since": rfc3339(since),
        "until": rfc3339(until),
        "sites": sites,
        "described": ["report_person", "report_minor"],
    }
    found = await _ids(platform, "reports", where, asked, [organisation]) if sites else []
    return [Found("report", each["id"], (organisation, each["id"]), "event") for each in found]


async def _watchlist(platform: Platform, organisation: str, tokens: list[str]) -> list[Found]:
    where = "c.kind = 'entry' AND (ARRAY_CONTAINS(@tokens, c.exactToken) OR ARRAY_CONTAINS(@tokens, c.foldedToken))"
    found = await _ids(platform, "watchlists", where, {"tokens": tokens}, organisation) if tokens else []
    return [Found("watchlist_entry", each["id"], (organisation,), "plate") for each in found]


async def _passages(platform: Platform, organisation: str, tokens: list[str]) -> list[Found]:
    where = (
        "ARRAY_CONTAINS(@kinds, c.kind) AND EXISTS(SELECT VALUE t FROM t IN c.tokens WHERE ARRAY_CONTAINS(@tokens, t))"
    )
    kinds: dict[str, Holding] = {"candidate": "plate_candidate", "read": "plate_read"}
    asked: dict[str, object] = {"tokens": tokens, "kinds": list(kinds)}
    found = await _ids(platform, "plateReads", where, asked, [organisation]) if tokens else []
    return [
        Found(kinds[each["kind"]], each["id"], (organisation, each["siteId"], each["day"]), "plate") for each in found
    ]


async def _profiles(platform: Platform, organisation: str, facts: Facts, tokens: list[str]) -> list[Found]:
    """By a plate, or by every word of the name: few bits each, so that what is found may well be somebody else."""
    found = list[Found]()
    if tokens:
        where = "c.kind = 'profile' AND EXISTS(SELECT VALUE t FROM t IN c.plateTokens WHERE ARRAY_CONTAINS(@tokens, t))"
        by_plate = await _ids(platform, "people", where, {"tokens": tokens}, [organisation])
        found += [Found("profile", each["id"], (organisation, each["id"]), "plate") for each in by_plate]
    index = await platform.keyring.index(organisation)
    for key in index.keys:
        words = {f"w{number}": each for number, each in enumerate(name_tokens(key, facts.full_name))}
        where = " AND ".join(["c.kind = 'profile'", *(f"ARRAY_CONTAINS(c.nameTokens, @{each})" for each in words)])
        by_name = await _ids(platform, "people", where, dict(words), [organisation]) if words else []
        found += [Found("profile", each["id"], (organisation, each["id"]), "name") for each in by_name]
    return found


async def _complaints(platform: Platform, organisation: str, contact: str) -> list[Found]:
    """What the person complained of from the same mailbox."""
    index: Index = await platform.keyring.index(organisation)
    where = "c.kind = 'complaint' AND ARRAY_CONTAINS(@tokens, c.contactToken)"
    asked: dict[str, object] = {"tokens": [mail_token(key, contact) for key in index.keys]}
    found = await _ids(platform, "complaints", where, asked, organisation)
    return [Found("complaint", each["id"], (organisation,), "contact") for each in found]


async def _evidence(platform: Platform, organisation: str, reports: list[str]) -> list[Found]:
    """What hangs on the reports. Nothing in a picture is indexed and no face is compared: a person looks at each."""
    where = "c.kind = 'evidence' AND c.state = 'stored' AND ARRAY_CONTAINS(@reports, c.reportId)"
    found = await _ids(platform, "evidence", where, {"reports": reports}, [organisation]) if reports else []
    return [
        Found("evidence", each["id"], (organisation, each["id"]), "report", each["reportId"])
        for each in sorted(found, key=lambda each: (reports.index(each["reportId"]), each["id"]))
    ]


async def site_ids(platform: Platform, organisation: str, region: str) -> list[str]:
    found = platform.container("sites").query("SELECT c.id, c.region FROM c", key=organisation)
    return [str(each["id"]) async for each in found if within(str(each["region"]), region)]


def within(place: str, region: str) -> bool:
    """A country stands for all its parts, on either side: who says GB may mean GB-ENG, and the other way round."""
    return place == region or place.startswith(f"{region}-") or region.startswith(f"{place}-")


def around(incident: Incident) -> tuple[datetime, datetime]:
    begins = datetime.combine(incident.on, time(), UTC)
    return begins - AROUND, begins + timedelta(days=1) + AROUND


async def _ids(
    platform: Platform, container: str, where: str, asked: dict[str, object], key: Key
) -> list[dict[str, str]]:
    text = f"SELECT c.id, c.kind, c.siteId, c.day, c.reportId FROM c WHERE {where} OFFSET 0 LIMIT {MOST:d}"  # noqa: S608 - conditions of ours
    return [each async for each in platform.container(container).query(text, asked, key=key)]
