"""What is done with a record because the person asked: erased, restricted, corrected, a statement attached.

Each is safe to repeat: an answer that broke off is finished by sending it again.
"""

from collections.abc import Callable
from typing import Any

from shared.clock import rfc3339
from shared.errors import FieldError, Invalid, NotFound
from shared.evidence.models import Evidence
from shared.people.models import Profile
from shared.platform import Platform
from shared.reports.models import Correction, Report
from shared.reports.service import suspected, tokens_of
from shared.retention import service as retention
from shared.retention.kinds import KINDS
from shared.rights import recipients
from shared.rights.contents import ERASABLE
from shared.rights.decisions import Act, Decided, Holding
from shared.rights.models import Case
from shared.sharing import feed
from shared.storage.cosmos import Document

RESTRICTABLE = {"report": "reports", "profile": "people", "evidence": "evidence"}
GONE = "[…]"
"""In the place of what was taken out."""
HAS_PEOPLE = {Act.ERASE_PERSON, Act.CORRECT, Act.STATEMENT}


def possible(kind: Holding) -> list[Act]:
    """What can be done with a record of this kind."""
    limits = {
        Act.ERASE: kind in ERASABLE,
        Act.RESTRICT: kind in RESTRICTABLE,
        **dict.fromkeys(HAS_PEOPLE, kind == "report"),
    }
    return [act for act in Act if limits.get(act, True)]


def check(decided: Decided) -> None:
    """Raises :class:`Invalid` for what cannot be done with a record of this kind."""
    act, kind = decided.decision.act, decided.decision.kind
    if act not in possible(kind):
        what = FieldError("/act", "not_possible", "Correct profiles and lists where they are kept, then say so here.")
        raise Invalid("This cannot be done with a record of this kind.", [what])
    if act is Act.ERASE_PERSON and not decided.decision.mine:
        what = FieldError("/mine", "required", "Say which of the people described is the person.")
        raise Invalid("Nobody is named whose description would be taken out.", [what])


async def carry_out(platform: Platform, case: Case, decided: Decided) -> None:
    decision, identifier = decided.decision, decided.record_id
    match decision.act:
        case Act.ERASE:
            await _erase(platform, case, ERASABLE[decision.kind], identifier)
        case Act.RESTRICT:
            for item in await evidence_of(platform, case, identifier) if decision.kind == "report" else []:
                await _restrict(platform, case, "evidence", item)
            await _restrict(platform, case, RESTRICTABLE[decision.kind], identifier)
        case Act.ERASE_PERSON:
            await _change_report(platform, case, identifier, lambda report: _without_person(case, report, decided))
        case Act.CORRECT:
            await _change_report(platform, case, identifier, lambda report: corrected(platform, case, report, decided))
            await recipients.tell(platform, case.organisation_id, identifier, case.id)
        case Act.STATEMENT:
            await _change_report(platform, case, identifier, lambda report: _with_statement(report, decided))
        case _:
            return


async def _erase(platform: Platform, case: Case, kind: str, identifier: str) -> None:
    """What a legal hold keeps is out of use from now on, and goes with the first run after the end of the hold."""
    outcome = await retention.erase(platform, case.organisation_id, kind, identifier)
    if outcome != "held":
        return
    one, now = KINDS[kind], rfc3339(platform.clock.now())
    text = "SELECT * FROM c WHERE c.id = @id AND c.kind = @kind"
    container, asked = platform.container(one.container), {"id": identifier, "kind": kind}
    for document in [each async for each in container.query(text, asked, key=one.home(case.organisation_id))]:
        await container.replace(document | {one.due: min(str(document[one.due]), now)}, document["_etag"])


async def evidence_of(platform: Platform, case: Case, report_id: str) -> list[str]:
    """Ids of what hangs on a report."""
    text = "SELECT c.id FROM c WHERE c.kind = 'evidence' AND c.reportId = @report"
    found = platform.container("evidence").query(text, {"report": report_id}, key=[case.organisation_id])
    return [str(each["id"]) async for each in found]


async def _restrict(platform: Platform, case: Case, container: str, identifier: str) -> None:
    models: dict[str, type[Report | Profile | Evidence]] = {
        "reports": Report,
        "people": Profile,
        "evidence": Evidence,
    }
    records = platform.records(models[container])
    try:
        record: Any = await records.read(identifier, [case.organisation_id, identifier])
    except NotFound:
        return
    if record.restricted_at is None:
        changed = record.model_copy(update={"restricted_at": platform.clock.now()})
        await records.replace(changed, record.etag)


async def _change_report(
    platform: Platform, case: Case, identifier: str, changed: Callable[[Report], Report | None]
) -> None:
    """Nothing happens to a report that is gone, or that has been changed by an answer that broke off."""
    try:
        report = await platform.records(Report).read(identifier, [case.organisation_id, identifier])
    except NotFound:
        return
    new = changed(report)
    if new is None:
        return
    index = await platform.keyring.index(case.organisation_id)
    new = new.model_copy(
        update=tokens_of(index.newest, new.vehicles, new.people) | {"amended_at": platform.clock.now()}
    )
    new = await suspected(platform, report, new)
    await platform.records(Report).replace(new, report.etag)
    if new.minor is not report.minor:
        await feed.index(platform, await platform.container(Report.container).read(identifier, report.key))


def _without_person(case: Case, report: Report, decided: Decided) -> Report | None:
    """Repeated, the place may be somebody else's by then: so it is done only while the description is still there."""
    marked = f"erased:{decided.at.isoformat()}"
    if any(each.pointer == marked for each in report.corrections):
        return None
    gone = set(decided.decision.mine)
    names = [each.name for place, each in enumerate(report.people) if f"/people/{place}" in gone]
    plates = [each.plate for place, each in enumerate(report.vehicles) if f"/vehicles/{place}" in gone]
    words = [*filter(None, [*names, *plates]), *decided.decision.redact]
    note = Correction(at=decided.at, by=decided.by, request_id=case.request_id, pointer=marked, before=None, after=GONE)
    earlier = [left for each in report.corrections if (left := _left_of(each, gone, words))]
    return report.model_copy(
        update={
            "people": [each for place, each in enumerate(report.people) if f"/people/{place}" not in gone],
            "vehicles": [each for place, each in enumerate(report.vehicles) if f"/vehicles/{place}" not in gone],
            "what_happened": _taken_out(report.what_happened, words),
            "corrections": [*earlier, note],
        }
    )


def _left_of(note: Correction, gone: set[str], words: list[str]) -> Correction | None:
    """A correction quotes what stood there before: of whoever is erased nothing is left. Places behind move up."""
    _, *path = note.pointer.split("/")
    if len(path) == 3:  # a field of one of the people or vehicles
        kind, place, _ = path
        if f"/{kind}/{place}" in gone:
            return None
        path[1] = str(int(place) - sum(f"/{kind}/{each}" in gone for each in range(int(place))))
    pointer = "/".join(["", *path]) if path else note.pointer
    before = note.before and _taken_out(note.before, words)
    return note.model_copy(update={"pointer": pointer, "before": before, "after": _taken_out(note.after, words)})


def _taken_out(text: str, words: list[str]) -> str:
    for each in words:
        text = text.replace(each, GONE)
    return text


def corrected(platform: Platform, case: Case, report: Report, decided: Decided) -> Report | None:
    """The report with what was put right, and what stood there before, for whoever has to answer for it."""
    document = report.model_dump(mode="json", by_alias=True)
    notes = list[Correction]()
    for pointer, after in sorted(decided.decision.corrections.items()):
        before = put(document, pointer, after)
        if before != after:
            notes.append(
                Correction(
                    at=platform.clock.now(),
                    by=decided.by,
                    request_id=case.request_id,
                    pointer=pointer,
                    before=before,
                    after=after,
                )
            )
    if not notes:
        return None
    fresh = Report.model_validate(document)
    return report.model_copy(
        update={
            "what_happened": fresh.what_happened,
            "police_reference": fresh.police_reference,
            "people": fresh.people,
            "vehicles": fresh.vehicles,
            "corrections": [*report.corrections, *notes],
        }
    )


def put(document: Document, pointer: str, value: str) -> str | None:
    """Sets the value at a JSON pointer, and tells what stood there. Raises :class:`Invalid` for no such place."""
    *path, last = pointer.split("/")[1:]
    place: Any = document
    try:
        for each in path:
            place = place[int(each)] if isinstance(place, list) else place[each]
        before, place[last] = place.get(last), value
    except (KeyError, IndexError):
        what = FieldError(f"/corrections/{pointer}", "no_such_place", "The record has no such place.")
        raise Invalid("What is to be corrected is not in the record.", [what]) from None
    return before if isinstance(before, str) else None


def _with_statement(report: Report, decided: Decided) -> Report | None:
    said = decided.decision.statement or ""
    if said in report.statements:
        return None
    return report.model_copy(update={"statements": [*report.statements, said]})
