"""The audit log: what auditors search and prove, what everybody may verify, and the timers that seal and forget."""

import logging
from typing import Annotated, Any, Literal

import azure.functions as func
from pydantic import Field, StringConstraints

from shared.audit import ledger, logs, sealer, search, tiles
from shared.audit.disposal import Disposal
from shared.clock import Moment
from shared.errors import NotFound
from shared.http import cursors
from shared.http.door import Call, Door, Reply
from shared.http.models import ApiModel, NoBody, NoQuery
from shared.platform import Platform, current
from shared.policy.decision import Decision, Resource
from shared.retention.schedule import Terms
from shared.storage.cosmos import Document
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.audit")
door = Door()

MOST_DISPOSED = 2_000
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
FOR_SECONDS = {"Cache-Control": "public, max-age=5"}

type Term = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class AuditQuery(ApiModel):
    since: Moment | None = None
    until: Moment | None = None
    actor: Term | None = Field(default=None, description="Id of the user, device or service that acted")
    action: Term | None = Field(default=None, description="For example report:read")
    subject: Term | None = Field(default=None, description="Id of a record that was concerned")
    outcome: Literal["allowed", "denied"] | None = None
    limit: int = Field(default=50, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=400)


class SoughtView(ApiModel):
    text: str
    salt: str


class AuditEntryView(ApiModel):
    """One thing that somebody did or was refused, exactly as it is committed to in the log."""

    id: str
    organisation_id: str
    at: str
    actor: str
    actor_organisation: str
    action: str
    subjects: list[str]
    purpose: str | None
    policies: list[str] = Field(description="The rules that decided")
    outcome: Literal["allowed", "denied"]
    sought_digest: str | None
    nonce: str = Field(description="With it the entry gives the commitment in its leaf")
    leaf_index: int | None = Field(description="Its place in the log; null until the timer has sealed it")
    sought: SoughtView | None = Field(description="What was searched for, while its day's key exists")


class AuditPage(ApiModel):
    entries: list[AuditEntryView]
    next_cursor: str | None


class AuditProofView(ApiModel):
    """Proves the entry to anybody who trusts the public key: see docs/audit.md."""

    entry: AuditEntryView
    origin: str
    public_key: str
    leaf_index: int
    inclusion: list[str] = Field(description="Hashes from the leaf upwards, base64")
    checkpoint: str = Field(description="The signed note")


class AuditLogView(ApiModel):
    log_id: str
    origin: str
    public_key: str
    size: int = Field(description="How many entries have been sealed")


# -- for auditors and privacy officers -------------------------------------------------------------------------------


@door.endpoint(
    "audit_list",
    "GET",
    "audit",
    summary="Who did what to your organisation's data, newest first",
    query=AuditQuery,
    reply=AuditPage,
)
async def list_entries(call: Call[NoBody, AuditQuery]) -> Reply:
    platform, asked, organisation = call.platform, call.query, call.principal.organisation
    decision = await _authorised(call, "audit:list", organisation)
    after = await cursors.read(platform, call.cursor_binding, asked.cursor) if asked.cursor else None
    wanted = search.Wanted(**asked.model_dump(exclude={"limit", "cursor"}))
    found = await search.newest(platform.container("audit"), organisation, wanted, after, asked.limit + 1)
    shown, cursor = found[: asked.limit], None
    if len(found) > asked.limit:
        cursor = await cursors.issue(platform, call.cursor_binding, (shown[-1]["at"], shown[-1]["id"]))
    await _account(call, "audit:list", [each["id"] for each in shown], decision)
    return Reply(AuditPage(entries=[await _view(platform, each) for each in shown], next_cursor=cursor))


@door.endpoint(
    "audit_proof",
    "GET",
    "audit/{entryId:guid}/proof",
    summary="An entry, and the proof that it stands in the log",
    reply=AuditProofView,
)
async def prove(call: Call[NoBody, NoQuery]) -> Reply:
    entry_id, stores = call.params["entryId"].lower(), _stores(call.platform)
    decision = await _authorised(call, "audit:proof", entry_id)
    entry = await ledger.entry(stores, call.principal.organisation, entry_id)
    proof = await ledger.proof(stores, entry)
    await _account(call, "audit:proof", [entry_id], decision)
    return Reply(AuditProofView(**vars(proof) | {"entry": await _view(call.platform, entry)}))


@door.endpoint(
    "audit_log",
    "GET",
    "audit/log",
    summary="Where your organisation's log is published, and its public key",
    reply=AuditLogView,
    personal=False,
)
async def describe(call: Call[NoBody, NoQuery]) -> Reply:
    await _authorised(call, "audit:list", call.principal.organisation)
    state = await ledger.state(_stores(call.platform), call.principal.organisation)
    return Reply(AuditLogView(log_id=state.id, origin=state.origin, public_key=state.public_key, size=state.size))


# -- for everybody: commitments only, laid out as https://c2sp.org/tlog-tiles ----------------------------------------


@door.endpoint(
    "public_log_checkpoint",
    "GET",
    "public/log/{logId:guid}/checkpoint",
    summary="The latest signed checkpoint of a log",
    access="public",
    personal=False,
    media=("text/plain",),
)
async def checkpoint(call: Call[NoBody, NoQuery]) -> Reply:
    found = await _stores(call.platform).latest.read(f"{_log_id(call)}/checkpoint")
    return Reply(found.content, content_type="text/plain", headers=FOR_SECONDS)


@door.endpoint(
    "public_log_key",
    "GET",
    "public/log/{logId:guid}/key",
    summary="The public key of a log",
    access="public",
    personal=False,
    media=("text/plain",),
)
async def public_key(call: Call[NoBody, NoQuery]) -> Reply:
    found = await _stores(call.platform).immutable.read(f"{_log_id(call)}/key")
    return Reply(found.content, content_type="text/plain", headers=FOR_EVER)


@door.endpoint(
    "public_log_tile",
    "GET",
    "public/log/{logId:guid}/tile/{*path}",
    summary="A tile of a log's tree, or a bundle of its entries",
    access="public",
    personal=False,
    media=("application/octet-stream",),
)
async def tile(call: Call[NoBody, NoQuery]) -> Reply:
    path = f"tile/{call.params.get('path', '')}"
    if not tiles.is_path(path):
        raise NotFound("This is not the path of a tile.")
    found = await _stores(call.platform).immutable.read(f"{_log_id(call)}/{path}")
    return Reply(found.content, content_type="application/octet-stream", headers=FOR_EVER)


# -- timers ----------------------------------------------------------------------------------------------------------


@door.blueprint.function_name("audit_seal")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 */5 * * * *")
@traced("audit_seal")
async def seal(timer: func.TimerRequest) -> None:
    outcome = await sealer.seal_all(_stores(current()))
    log.info("audit: %s%s", outcome, ", run was late" if timer.past_due else "")


@door.blueprint.function_name("audit_dispose")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 40 * * * *")
@traced("audit_dispose")
async def dispose(timer: func.TimerRequest) -> None:
    platform = current()
    before = Terms(()).rule("audit").period.before(platform.clock.now())
    disposal = Disposal(platform.container("audit"), platform.keyring, platform.trail)
    count = await disposal.sweep(before, MOST_DISPOSED)
    log.info("audit: %d entries disposed%s", count, ", run was late" if timer.past_due else "")


def _stores(platform: Platform) -> logs.Stores:
    return logs.Stores(
        entries=platform.container("audit"),
        organisations=platform.container("organisations"),
        immutable=platform.blobs.objects(logs.IMMUTABLE),
        latest=platform.blobs.objects(logs.LATEST),
        keyring=platform.keyring,
    )


async def _authorised(call: Call[Any, Any], action: str, subject: str) -> Decision:
    organisation = call.principal.organisation
    return await call.platform.authorise(call.principal, action, Resource("audit", subject, organisation))


async def _account(call: Call[Any, Any], action: str, subjects: list[str], decision: Decision) -> None:
    organisation = call.principal.organisation
    await call.platform.account(call.principal, action, organisation=organisation, subjects=subjects, decision=decision)


async def _view(platform: Platform, entry: Document) -> AuditEntryView:
    sought = await platform.trail.sought(entry)
    known = {name: entry.get(field.alias or name) for name, field in AuditEntryView.model_fields.items()}
    return AuditEntryView(**known | {"sought": SoughtView(**vars(sought)) if sought else None})


def _log_id(call: Call[Any, Any]) -> str:
    return call.params["logId"].lower()
