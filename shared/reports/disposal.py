"""How a report is disposed of: what points to it goes before it, so that nothing is left pointing at nothing."""

from collections.abc import AsyncIterator

from shared.insights import cubes
from shared.people import links
from shared.platform import Platform
from shared.reports.models import PersonRole, Report, ReportSubmission
from shared.retention.disposable import Disposable, Row
from shared.storage.cosmos import Document, Key

CATEGORIES = ("report", "report_person", "report_minor")


def category_of(report: Report | ReportSubmission, *, minor: bool) -> str:
    """By which row of the retention schedule a report goes."""
    if minor:
        return "report_minor"
    described = any(person.role is PersonRole.SUSPECT for person in report.people)
    return "report_person" if described else "report"


def key_of(report: Document) -> Key:
    return [report["organisationId"], report["id"]]


async def _dispose(platform: Platform, report: Document) -> int:
    await _delete_feed_entries(platform, report)
    await _delete_alerts(platform, report)
    await _delete_messages(platform, report)
    return 1 + await links.forget(platform, report["organisationId"], report["id"])


async def _delete_feed_entries(platform: Platform, report: Document) -> None:
    """In every community where the report was shared, also in those that the organisation has left since."""
    feed = platform.container("feed")
    text = "SELECT c.id, c.communityId FROM c WHERE c.reportId = @report AND c.organisationId = @owner"
    found = feed.query(text, {"report": report["id"], "owner": report["organisationId"]})
    for entry in await _all(found):
        await feed.delete(entry["id"], entry["communityId"])


async def _delete_alerts(platform: Platform, report: Document) -> None:
    """A warning about a report that is gone would only lead nowhere."""
    alerts = platform.container("alerts")
    found = alerts.query("SELECT c.id, c.recipientId FROM c WHERE c.causeId = @report", {"report": report["id"]})
    for alert in await _all(found):
        await alerts.delete(alert["id"], alert["recipientId"])


async def _delete_messages(platform: Platform, report: Document) -> None:
    """Outbox messages about the report that nobody confirmed: they share its partition."""
    reports, key = platform.container("reports"), key_of(report)
    for message in await _all(reports.query("SELECT c.id FROM c WHERE c.kind = 'outbox'", key=key)):
        await reports.delete(message["id"], key)


async def _children(platform: Platform, report: Document) -> list[Document]:
    """Evidence never outlives its report, and neither does a watchlist entry that rests on it."""
    owner, asked = report["organisationId"], {"report": report["id"]}
    evidence = platform.container("evidence").query(
        "SELECT * FROM c WHERE c.kind = 'evidence' AND c.reportId = @report", asked, key=[owner]
    )
    entries = platform.container("watchlists").query(
        "SELECT * FROM c WHERE c.kind = 'entry' AND c.reportId = @report AND c.organisationId = @owner",
        asked | {"owner": owner},
    )
    return [*await _all(evidence), *await _all(entries)]


async def _all(found: AsyncIterator[Document]) -> list[Document]:
    return [each async for each in found]


REPORT = Disposable(
    name="report",
    container="reports",
    rows=tuple(Row(each, "occurredAt", f"c.retentionCategory = '{each}'") for each in CATEGORIES),
    category=lambda report: str(report["retentionCategory"]),
    key=key_of,
    dispose=_dispose,
    children=_children,
    counted=cubes.contribute,
)
