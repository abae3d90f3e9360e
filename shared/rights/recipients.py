"""To whom a record went: the police by a disclosure, and members of communities that it is shared with."""

from shared.alerts.models import AlertRequest, Cause
from shared.cases.bundle_models import BUNDLES, State
from shared.ids import derived_id
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.sharing import disclosures
from shared.storage.outbox import Message

QUEUE_OF_ALERTS = "alert-requests"


async def of_report(platform: Platform, organisation: str, report_id: str) -> list[str]:
    """Names of organisations and communities, in order."""
    police = await disclosures.recipients_of(platform, organisation, report_id)
    names = [(await organisations.organisation(platform, each)).name for each in police]
    entries = platform.container("feed").query(
        "SELECT c.communityId FROM c WHERE c.reportId = @report AND c.organisationId = @owner",
        {"report": report_id, "owner": organisation},
    )
    for community in sorted({str(each["communityId"]) async for each in entries}):
        document = await platform.container("communities").read(community, community)
        names.append(str(document["name"]))
    return names


async def of_bundles(platform: Platform, organisation: str, record_id: str) -> list[str]:
    """To whom a report, an item of evidence or a profile went in a bundle: a police force of the platform by its name,
    anybody else by what they are, because the note on a bundle may name a person there."""
    text = (
        "SELECT c.recipientId, c.recipientKind FROM c WHERE c.kind = 'bundle' AND ARRAY_CONTAINS(@built, c.state) "
        "AND (ARRAY_CONTAINS(c.reportIds, @record) OR ARRAY_CONTAINS(c.evidenceIds, @record) "
        "OR ARRAY_CONTAINS(c.profileIds, @record))"
    )
    asked: dict[str, object] = {"built": [State.READY.value, State.EXPIRED.value], "record": record_id}
    found = [each async for each in platform.container(BUNDLES).query(text, asked, key=organisation)]
    names = [
        (await organisations.organisation(platform, each["recipientId"])).name
        if each.get("recipientId")
        else str(each["recipientKind"])
        for each in found
    ]
    return sorted(set(names))


async def tell(platform: Platform, organisation: str, report_id: str, case_id: str) -> None:
    """Whoever received the report is told that it was corrected. They read it anew where it is: there are no copies."""
    message_id = derived_id("rights-corrected", case_id, report_id)
    request = AlertRequest(
        cause=Cause.CORRECTED,
        id=report_id,
        organisation_id=organisation,
        key=[organisation, report_id],
        message_id=message_id,
    )
    await platform.bus.send(Message(message_id, QUEUE_OF_ALERTS, request.model_dump(mode="json", by_alias=True)))
