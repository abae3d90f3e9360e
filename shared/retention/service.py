"""The retention timer's work: what has reached the end of its time is disposed of, and the disposal is accounted for.

Each disposal destroys the key before anything else that is the record's own: from then on nobody can open it, however
much is still to be deleted. The document by which the timer finds the record goes last, so a run that was interrupted
at any step is finished by the next one. Alerts and plate reads are not found here: Cosmos DB lets them expire.
"""

import logging
from dataclasses import dataclass

from shared.audit.trail import Entry
from shared.clock import rfc3339
from shared.evidence import vault
from shared.evidence.models import State
from shared.platform import Platform
from shared.storage.cosmos import Document

log = logging.getLogger("reeve.retention")

MOST_PER_RUN = 200
ACTOR = "retention"


@dataclass
class Outcome:
    """What one run did."""

    reports: int = 0
    evidence: int = 0
    failed: int = 0

    def __str__(self) -> str:
        done = self.reports + self.evidence
        return f"{done} disposed ({self.reports} reports, {self.evidence} evidence), {self.failed} failed"


async def sweep(platform: Platform, most: int = MOST_PER_RUN) -> Outcome:
    """Disposes of up to ``most`` records that are due, reports with their evidence first. Safe to run any time."""
    outcome = Outcome()
    for report in await _due(platform, "reports", "report", most):
        try:
            await _dispose_of_report(platform, report, outcome)
        except Exception as error:
            _failed(outcome, "report", report, error)
    for item in await _due(platform, "evidence", "evidence", most - outcome.reports - outcome.failed):
        try:
            await _dispose_of_evidence(platform, item, outcome)
        except Exception as error:
            _failed(outcome, "evidence", item, error)
    return outcome


async def _due(platform: Platform, container: str, kind: str, most: int) -> list[Document]:
    if most <= 0:
        return []
    text = f"SELECT * FROM c WHERE c.kind = @kind AND c.disposeAt <= @now OFFSET 0 LIMIT {most:d}"  # noqa: S608
    found = platform.container(container).query(text, {"kind": kind, "now": rfc3339(platform.clock.now())})
    return [each async for each in found]


def _failed(outcome: Outcome, what: str, found: Document, error: Exception) -> None:
    outcome.failed += 1
    log.warning("%s %s could not be disposed of: %s", what, found["id"], type(error).__name__)


async def _dispose_of_report(platform: Platform, report: Document, outcome: Outcome) -> None:
    """What points to the report goes before the report, so that nothing is left pointing at nothing."""
    organisation, report_id = report["organisationId"], report["id"]
    await _delete_feed_entries(platform, organisation, report_id)
    for item in await _evidence_of(platform, organisation, report_id):
        await _dispose_of_evidence(platform, item, outcome)
    await _delete_messages(platform, organisation, report_id)
    await platform.keyring.destroy(organisation, report_id)
    await _account(platform, organisation, report_id, "report")
    await platform.container("reports").delete(report_id, [organisation, report_id])
    outcome.reports += 1


async def _delete_feed_entries(platform: Platform, organisation: str, report_id: str) -> None:
    """In every community where the report was shared, also in those that the organisation has left since."""
    feed = platform.container("feed")
    text = "SELECT c.id, c.communityId FROM c WHERE c.reportId = @report AND c.organisationId = @owner"
    entries = [entry async for entry in feed.query(text, {"report": report_id, "owner": organisation})]
    for entry in entries:
        await feed.delete(entry["id"], entry["communityId"])


async def _delete_messages(platform: Platform, organisation: str, report_id: str) -> None:
    """Outbox messages about the report that nobody confirmed: they share its partition."""
    reports = platform.container("reports")
    found = reports.query("SELECT c.id FROM c WHERE c.kind = 'outbox'", key=[organisation, report_id])
    for message in [each async for each in found]:
        await reports.delete(message["id"], [organisation, report_id])


async def _evidence_of(platform: Platform, organisation: str, report_id: str) -> list[Document]:
    text = "SELECT * FROM c WHERE c.kind = 'evidence' AND c.reportId = @report"
    found = platform.container("evidence").query(text, {"report": report_id}, key=[organisation])
    return [item async for item in found]


async def _dispose_of_evidence(platform: Platform, item: Document, outcome: Outcome) -> None:
    organisation, evidence_id = item["organisationId"], item["id"]
    await _claim(platform, item)
    await platform.keyring.destroy(organisation, evidence_id)
    await vault.discard(platform, organisation, evidence_id)
    await _account(platform, organisation, evidence_id, _category(item))
    await platform.container("evidence").delete(evidence_id, [organisation, evidence_id])
    outcome.evidence += 1


async def _claim(platform: Platform, item: Document) -> None:
    """Marks the item as found, unless it has changed since: its upload may have been stored at this very moment,
    which gives it more time. An upload that comes after the claim finds no item and is discarded."""
    if item["state"] != State.DISPOSING:
        await platform.container("evidence").replace({**item, "state": State.DISPOSING.value}, item["_etag"])


def _category(item: Document) -> str:
    """By which row of the retention table the item goes: content that was kept, or an upload that came to nothing."""
    kept = item["processedAt"] and not item["refusal"]
    return "evidence" if kept else "evidence_upload"


async def _account(platform: Platform, organisation: str, subject: str, category: str) -> None:
    """Before the last step: an interrupted disposal may be accounted for twice, never not at all."""
    await platform.trail.record(
        Entry(
            organisation=organisation,
            actor=ACTOR,
            actor_organisation=organisation,
            action="retention:dispose",
            subjects=[subject],
            policies=(f"retention-{category}",),
        )
    )
