"""From the record that is the cause to what is made known of it: what is said, to whom, and for how long it is kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared.alerts import recipients
from shared.alerts.models import AlertRequest, Cause
from shared.alerts.occasion import Occasion
from shared.alerts.recipients import Recipient
from shared.clock import rfc3339
from shared.errors import NotFound
from shared.identity.principals import Role
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.reports.models import ReportType
from shared.retention.terms import terms_of
from shared.searches import alerting
from shared.sharing import disclosures, feed
from shared.sharing.access import ALL_FIELDS, ALWAYS
from shared.storage.cosmos import Container, Document, Key

OF_DISCLOSURES = {Cause.POLICE_NOTICE, Cause.POLICE_RECEIPT, Cause.POLICE_REFERENCE}
TYPE_IN_WORDS = {
    "theft": "Theft",
    "attempted_theft": "Attempted theft",
    "robbery": "Robbery",
    "violence": "Violence",
    "threat": "Threat",
    "fraud": "Fraud",
    "damage": "Damage",
    "fuel_drive_off": "Fuel drive-off",
    "other": "Incident",
}


HOMES = {Cause.REPORT: "reports", Cause.CORRECTED: "reports", Cause.RIGHTS: "rights"}
RIGHTS_SAY = {
    "received": "A person has asked for their data: confirm receipt, and look at the board of requests",
    "soon": "A person's request is due within a week: look at the board of requests",
    "overdue": "A person's request is overdue: answer it now",
}
URGENT = ("weaponSeen", "anyoneHurt")
ESCALATED = {Role.PRIVACY_OFFICER, Role.ORG_ADMIN}
TOLD_OF_CORRECTIONS = {Role.INVESTIGATOR, Role.OFFICER, Role.PRIVACY_OFFICER}


@dataclass(frozen=True)
class Bulletin:
    occasion: Occasion
    told: Sequence[Recipient]
    ttl: int
    """Seconds for which the alerts are kept."""
    since: datetime | None = None
    """When the record was there that people are warned of; None where nobody measures it."""
    also: "Sequence[Bulletin]" = ()
    """What else is made known of the same record."""


async def bulletin_of(platform: Platform, request: AlertRequest) -> Bulletin | None:
    """None when the record is gone, or nothing is to be done about it any more: then nobody is told."""
    match request.cause:
        case Cause.ALARM:
            return await _alarm(platform, request)
        case Cause.CAMERA_SILENT:
            return await _silence(platform, request)
        case Cause.COMPLAINT | Cause.COMPLAINT_DUE:
            return await _complaint(platform, request)
        case Cause.BREACH:
            return await _breach(platform, request)
        case Cause.CORRECTED:
            return await _correction(platform, request)
    try:
        record = await home(platform, request.cause).read(request.id, partition(request))
    except NotFound:
        return None
    if request.cause is Cause.REPORT:
        return await _report(platform, record)
    if request.cause in OF_DISCLOSURES:
        return await _disclosure(platform, request.cause, record)
    if request.cause is Cause.RIGHTS:
        return await _rights(platform, request, record)
    return await _plate(platform, request.cause, record)


def home(platform: Platform, cause: Cause) -> Container:
    """Where the record is, and beside it the outbox message."""
    if cause in OF_DISCLOSURES:
        return platform.container("disclosures")
    return platform.container(HOMES.get(cause, "plateReads"))


def partition(request: AlertRequest) -> Key:
    """Disclosures are partitioned by one value, reports and candidates by several."""
    return request.key[0] if request.cause in OF_DISCLOSURES else request.key


async def _report(platform: Platform, report: Document) -> Bulletin:
    owner, site_id = report["organisationId"], report["siteId"]
    site = await organisations.site(platform, owner, site_id)
    shared_in = await feed.index(platform, report)
    told = [each async for each in recipients.at_home(platform, owner, site_id) if each.user != report["reportedBy"]]
    through = await recipients.ways(platform, shared_in, report)
    occasion = Occasion(
        cause=Cause.REPORT,
        cause_id=report["id"],
        organisation_id=owner,
        site_id=site_id,
        headline=f"{TYPE_IN_WORDS.get(report['type'], 'Incident')} reported at {site.name}",
        urgent=any(report[each] for each in URGENT),
        time_zone=site.time_zone,
        region=site.region,
        report_type=ReportType(report["type"]),
        loss_minor=report["lossMinor"],
        currency=report["currency"],
    )
    seen = {each.member.organisation_id: _without(occasion, report, each.withheld) for each in through}
    partial: dict[Occasion, list[Recipient]] = {}
    async for each in recipients.in_communities(platform, through):
        as_seen = seen[each.organisation]
        (told if as_seen == occasion else partial.setdefault(as_seen, [])).append(each)
    bulletin = await _bulletin(platform, occasion, told, site_id, _since(report))
    also = [replace(bulletin, occasion=as_seen, told=some) for as_seen, some in partial.items()]
    return replace(bulletin, also=[*also, *await _searches(platform, bulletin, report, through, seen)])


def _without(occasion: Occasion, report: Document, withheld: Collection[str]) -> Occasion:
    """As it is told to those who do not get these fields of the report: neither words nor filters give them away."""
    if "siteId" in withheld:
        occasion = replace(occasion, site_id="", headline=TYPE_IN_WORDS.get(report["type"], "Incident") + " reported")
    if "loss" in withheld:
        occasion = replace(occasion, loss_minor=None, currency=None)
    return replace(occasion, urgent=any(report[each] for each in URGENT if each not in withheld))


async def _searches(
    platform: Platform,
    bulletin: Bulletin,
    report: Document,
    through: Sequence[recipients.Way],
    seen: Mapping[str, Occasion],
) -> list[Bulletin]:
    """One for each saved search that the report fits. It says that a search fits, and nothing of what it looks for.

    ``seen``: what members of communities are told of the report, by organisation.
    """
    made = []
    for fit in await alerting.fitting(platform, report, through):
        plain = seen.get(fit.owner.organisation, bulletin.occasion)
        occasion = replace(
            plain,
            cause=Cause.SAVED_SEARCH,
            search_id=fit.search_id,
            headline=f"Fits a search of yours: {plain.headline}",
        )
        made.append(Bulletin(occasion, [fit.owner], bulletin.ttl))
    return made


async def _plate(platform: Platform, cause: Cause, candidate: Document) -> Bulletin | None:
    """Nobody is asked to compare what has been decided on meanwhile, or has expired."""
    confirmed = cause is Cause.PLATE_CONFIRMED
    if not confirmed and (candidate["state"] != "candidate" or candidate["decideBy"] <= rfc3339(platform.clock.now())):
        return None
    owner, site_id = candidate["organisationId"], candidate["siteId"]
    site = await organisations.site(platform, owner, site_id)
    to_staff = confirmed or (await organisations.organisation(platform, owner)).candidates_to_staff
    roles = recipients.TOLD_AT_HOME | ({Role.REPORTER} if to_staff else set())
    told = [each async for each in recipients.at_home(platform, owner, site_id, roles)]
    says = "Watchlist vehicle confirmed" if confirmed else "Possible watchlist match to compare"
    occasion = Occasion(
        cause=cause,
        cause_id=candidate["id"],
        organisation_id=owner,
        site_id=site_id,
        headline=f"{says} at {site.name}",
        urgent=confirmed,
        time_zone=site.time_zone,
        region=site.region,
        watchlist="community" if candidate.get("listId") else "own",
    )
    return await _bulletin(platform, occasion, told, site_id, _since(candidate))


async def _disclosure(platform: Platform, cause: Cause, disclosure: Document) -> Bulletin | None:
    """To the force that it is for; and what the force answers to whoever sent it."""
    owner, report_id = disclosure["organisationId"], disclosure["reportId"]
    try:
        report = await platform.container("reports").read(report_id, [owner, report_id])
    except NotFound:
        return None
    if disclosure.get("withdrawnAt"):
        return None
    site = await organisations.site(platform, owner, disclosure.get("seenAtSiteId") or report["siteId"])
    what = "Watchlist vehicle" if disclosure.get("candidateId") else TYPE_IN_WORDS.get(report["type"], "Incident")
    withheld = ALL_FIELDS - ALWAYS - set(disclosure["fields"]) if cause is Cause.POLICE_NOTICE else frozenset()
    if cause is Cause.POLICE_NOTICE:
        told = [each async for each in recipients.officers(platform, disclosure["recipientId"])]
        sender = (await organisations.organisation(platform, owner)).name
        where = "" if "siteId" in withheld else f" at {site.name}"
        headline = f"{what}{where} reported to you by {sender}"
    else:
        told = [each async for each in recipients.one(platform, owner, disclosure["disclosedBy"])]
        done = "have given a reference for" if cause is Cause.POLICE_REFERENCE else "have received"
        headline = f"The police {done} your report: {what} at {site.name}"
    occasion = Occasion(
        cause=cause,
        cause_id=disclosure["id"],
        organisation_id=owner,
        site_id="" if "siteId" in withheld else site.id,
        headline=headline,
        urgent=cause is Cause.POLICE_NOTICE and any(report[each] for each in URGENT if each not in withheld),
        time_zone=site.time_zone,
        region=site.region,
        report_type=ReportType(report["type"]),
        loss_minor=None if "loss" in withheld else report["lossMinor"],
        currency=None if "loss" in withheld else report["currency"],
    )
    return await _bulletin(platform, occasion, told, site.id)


async def _alarm(platform: Platform, request: AlertRequest) -> Bulletin:
    """Somebody was refused too often, or read too much. Ids only: who it was stands in the audit log."""
    headline = "Unusual access by one of your users; look at the audit log"
    return await _to_privacy_officers(platform, request, request.message_id, headline, urgent=True)


async def _silence(platform: Platform, request: AlertRequest) -> Bulletin:
    """To those who can have a look at the camera, or at its settings. The message names the silence, not the camera:
    so the next silence is another alert."""
    owner = request.organisation_id
    health = await platform.container("deviceHealth").read(request.id, owner)
    site = await organisations.site(platform, owner, health["siteId"])
    told = [each async for each in recipients.at_home(platform, owner, site.id, {Role.ORG_ADMIN})]
    occasion = Occasion(
        cause=Cause.CAMERA_SILENT,
        cause_id=request.message_id,
        organisation_id=owner,
        site_id=site.id,
        headline=f"A camera at {site.name} has not been heard for hours",
        urgent=False,
        time_zone=site.time_zone,
        region=site.region,
    )
    return await _bulletin(platform, occasion, told, site.id)


async def _complaint(platform: Platform, request: AlertRequest) -> Bulletin:
    """Somebody outside waits for the privacy officers. A reminder is named by its message: each is a new alert."""
    if request.cause is Cause.COMPLAINT_DUE:
        headline = "A complaint or a request from outside is to be answered soon"
        return await _to_privacy_officers(platform, request, request.message_id, headline, urgent=True)
    return await _to_privacy_officers(platform, request, request.id, "Somebody outside has written", urgent=False)


async def _breach(platform: Platform, request: AlertRequest) -> Bulletin:
    """Named by its message, as each hour counts: being told of one, and each reminder, is an alert of its own."""
    headline = "A breach of personal data: somebody must be told"
    return await _to_privacy_officers(platform, request, request.message_id, headline, urgent=True)


async def _to_privacy_officers(
    platform: Platform, request: AlertRequest, cause_id: str, headline: str, *, urgent: bool
) -> Bulletin:
    owner = request.organisation_id
    occasion = Occasion(
        cause=request.cause, cause_id=cause_id, organisation_id=owner, site_id="", headline=headline, urgent=urgent
    )
    return await _bulletin(platform, occasion, [each async for each in recipients.privacy_officers(platform, owner)])


async def _rights(platform: Platform, request: AlertRequest, case: Document) -> Bulletin:
    """The message names the step, not the request: so the reminder is another alert than the receipt."""
    owner, step = request.organisation_id, (case.get("told") or ["received"])[-1]
    roles = ESCALATED if step == "overdue" else {Role.PRIVACY_OFFICER}
    occasion = Occasion(
        cause=Cause.RIGHTS,
        cause_id=request.message_id,
        organisation_id=owner,
        site_id="",
        headline=RIGHTS_SAY[step],
        urgent=step != "received",
    )
    told = [each async for each in recipients.at_home(platform, owner, "", roles)]
    return await _bulletin(platform, occasion, told)


async def _correction(platform: Platform, request: AlertRequest) -> Bulletin | None:
    """To everybody with whom the report is shared, and to the police to whom it was disclosed."""
    owner = request.organisation_id
    try:
        report = await platform.container("reports").read(request.id, request.key)
    except NotFound:
        return None
    shared_in = await feed.index(platform, report)
    through = await recipients.ways(platform, shared_in, report)
    told = [each async for each in recipients.in_communities(platform, through)]
    for police in await disclosures.recipients_of(platform, owner, request.id):
        found = recipients.at_home(platform, police, "", TOLD_OF_CORRECTIONS)
        told += [Recipient(each.user, each.organisation, "recipient") async for each in found]
    occasion = Occasion(
        cause=Cause.CORRECTED,
        cause_id=request.message_id,
        organisation_id=owner,
        site_id="",  # which the owner may keep back from some of them
        headline="A report that you received was corrected: read it again",
        urgent=False,
    )
    return await _bulletin(platform, occasion, list({each.user: each for each in told}.values()), report["siteId"])


async def _bulletin(
    platform: Platform,
    occasion: Occasion,
    told: Sequence[Recipient],
    site_id: str | None = None,
    since: datetime | None = None,
) -> Bulletin:
    terms = await terms_of(platform, occasion.organisation_id, site_id)
    return Bulletin(occasion, told, terms.seconds("alert", platform.clock.now()), since)


def _since(record: Document) -> datetime:
    return datetime.fromisoformat(record.get("decidedAt") or record.get("submittedAt") or record["createdAt"])
