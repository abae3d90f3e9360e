"""The package that a person gets: all that was decided and nothing else, put together from the records as they are."""

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.errors import NotFound
from shared.evidence.models import Evidence, State
from shared.organisations import service as organisations
from shared.platform import Platform
from shared.retention import holds
from shared.rights import actions, contents, desk, law, media, recipients, wording
from shared.rights.answer_models import (
    ActedRecord,
    Controller,
    GivenRecord,
    Outcome,
    Package,
    RecordPreview,
    WithheldRecord,
)
from shared.rights.clock import local_day
from shared.rights.contents import MODELS
from shared.rights.decisions import Act, Decided, Disclose, Holding
from shared.rights.models import Case, Identity, Kind
from shared.sealing.records import Record

RESULTS = {
    Act.ERASE: "erased",
    Act.ERASE_PERSON: "erased_person",
    Act.RESTRICT: "restricted",
    Act.CORRECT: "corrected",
    Act.STATEMENT: "statement",
    Act.REFUSE: "refused",
}


KIND_NAMES: dict[Holding, str] = {
    "report": "report",
    "watchlist_entry": "entry",
    "plate_candidate": "candidate",
    "plate_read": "read",
    "profile": "profile",
    "complaint": "complaint",
    "evidence": "evidence",
}


FLAT: set[Holding] = {"watchlist_entry", "complaint"}
"""Kinds whose partition is the whole organisation."""


def regime_of(case: Case, now: datetime) -> str:
    """The regime whose clock the case runs by, and whose words the answer has."""
    return desk.clock_view(case, now).regime


async def find(platform: Platform, organisation: str, kind: Holding, identifier: str) -> Record | None:
    """The controller's own record, also while it is restricted; None once it is gone, or while it has not arrived."""
    model = MODELS[kind]
    where = "c.id = @id AND c.organisationId = @owner AND NOT IS_DEFINED(c.disposing)"
    home = organisation if kind in FLAT else [organisation]
    found = platform.container(model.container).query(
        f"SELECT * FROM c WHERE {where}",  # noqa: S608 - a condition of ours
        {"id": identifier, "owner": organisation},
        key=home,
    )
    async for document in found:
        if document.get("kind") != KIND_NAMES[kind] or (kind == "evidence" and document["state"] != State.STORED):
            continue
        try:
            return await platform.records(model).open(document)
        except NotFound:
            return None
    return None


async def package(platform: Platform, case: Case, note: str | None) -> Package:
    now = platform.clock.now()
    regime, home = regime_of(case, now), await organisations.organisation(platform, case.organisation_id)
    rules = law.regime(regime)
    decided = case.decisions if case.proof.result is Identity.CONFIRMED else []
    open_about = [each for each in decided if not each.decision.neither]
    given = [await _given(platform, case, each) for each in open_about if each.decision.disclose is Disclose.GIVE]
    records = _numbered([each for each in given if each])
    withheld = [_withheld(case, regime, each) for each in open_about if each.decision.disclose is Disclose.WITHHOLD]
    results = [await _acted(platform, case, each) for each in open_about if each.decision.act is not Act.NOTHING]
    neither = len(open_about) < len(decided)
    return Package(
        language=case.language,
        regime=regime,
        law_version=law.version(),
        controller=Controller(name=home.name, contact=home.data_protection_contact, notice=home.privacy_notice),
        reference=case.request_id,
        person=case.facts.full_name,
        kinds=case.kinds,
        received_at=case.received_at,
        answered_at=now,
        outcome=_outcome(case, records, withheld, results, neither=neither),
        neither=neither,
        records=records,
        withheld=withheld,
        results=results,
        note=note,
        authority=wording.of(case.language)["authorities"].get(regime, rules["authority"]),
        authority_url=rules["authority_url"],
    )


def _numbered(records: list[GivenRecord]) -> list[GivenRecord]:
    files = iter(media.numbered([each.file for each in records if each.file]))
    return [each.model_copy(update={"file": next(files)}) if each.file else each for each in records]


async def preview(platform: Platform, case: Case, decided: Decided) -> RecordPreview:
    """What the package would say of this record, whatever was decided about it before."""
    wanted = decided.decision
    if wanted.neither:
        return RecordPreview(given=None, withheld=None, done=None)
    withheld = wanted.disclose is Disclose.WITHHOLD
    return RecordPreview(
        given=await _given(platform, case, decided) if wanted.disclose is Disclose.GIVE else None,
        withheld=_withheld(case, regime_of(case, platform.clock.now()), decided) if withheld else None,
        done=await _acted(platform, case, decided) if wanted.act is not Act.NOTHING else None,
    )


def _outcome(
    case: Case,
    records: list[GivenRecord],
    withheld: list[WithheldRecord],
    results: list[ActedRecord],
    *,
    neither: bool,
) -> Outcome:
    if case.proof.result is not Identity.CONFIRMED:
        return "not_identified"
    if records and withheld:
        return "partly"
    if records:
        return "partly" if neither else "given"
    if withheld:
        return "withheld"
    if results:
        return "done"
    return "opt_out" if case.kinds == [Kind.OPT_OUT] else "nothing"


async def _given(platform: Platform, case: Case, decided: Decided) -> GivenRecord | None:
    wanted = decided.decision
    record = await find(platform, case.organisation_id, wanted.kind, decided.record_id)
    if record is None:
        return None
    content = contents.content_of(wanted.kind, record)
    mark = wording.of(case.language)["removed"]
    cut = contents.cut(content, wanted.mine, wanted.redact, wanted.leave_out, mark)
    ends = getattr(record, "dispose_at", None) or getattr(record, "expires_at", None)
    return GivenRecord(
        kind=wanted.kind,
        content=cut.content,
        removed=cut.removed,
        kept_until=local_day(ends, ZoneInfo(case.time_zone)) if ends else None,
        recipients=await _received(platform, case, decided),
        file=media.given(record, wanted) if isinstance(record, Evidence) else None,
    )


def _withheld(case: Case, regime: str, decided: Decided) -> WithheldRecord:
    ground = law.exemptions(regime)[decided.decision.exemption or ""]
    return WithheldRecord(
        kind=decided.decision.kind,
        exemption=ground.code,
        says=wording.of(case.language)["exemptions"].get(ground.code, ground.says),
        source=ground.source.removesuffix(" [C]"),
        reason=decided.decision.reason or "",
    )


async def _acted(platform: Platform, case: Case, decided: Decided) -> ActedRecord:
    act = decided.decision.act
    result = RESULTS[act]
    if act is Act.ERASE and await holds.until(platform, case.organisation_id, await _names(platform, case, decided)):
        result = "held"
    return ActedRecord.model_validate(
        {
            "kind": decided.decision.kind,
            "act": act,
            "result": result,
            "reason": decided.decision.reason,
            "told": await _recipients(platform, case, decided) if act is Act.CORRECT else [],
        }
    )


async def _names(platform: Platform, case: Case, decided: Decided) -> set[str]:
    """Ids by which a hold may name the record, what hangs on it included: held evidence keeps its report."""
    names = {decided.record_id}
    if decided.decision.kind == "evidence":
        item = await find(platform, case.organisation_id, "evidence", decided.record_id)
        names |= {item.report_id} if isinstance(item, Evidence) else set()
    if decided.decision.kind == "report":
        names |= set(await actions.evidence_of(platform, case, decided.record_id))
    return names


async def _received(platform: Platform, case: Case, decided: Decided) -> list[str]:
    """Everybody who was given the record, in a bundle as well."""
    bundled = await recipients.of_bundles(platform, case.organisation_id, decided.record_id)
    told = await _recipients(platform, case, decided)
    return [*told, *(each for each in bundled if each not in told)]


async def _recipients(platform: Platform, case: Case, decided: Decided) -> list[str]:
    if decided.decision.kind != "report":
        return []
    return await recipients.of_report(platform, case.organisation_id, decided.record_id)
