"""Evidence over the real stores: announced, uploaded, sealed, seen, and refused when it is not what it should be."""

import hashlib
import io
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from azure.storage.blob.aio import ContainerClient
from PIL import ExifTags, Image

from shared.errors import CannotOpen, Conflict, Forbidden, IdempotencyMismatch, NotFound, PreconditionFailed, TooLarge
from shared.evidence import intake, service
from shared.evidence.media_key import ItemMediaKey
from shared.evidence.models import EvidenceView, State, UploadPermission, UploadRequest
from shared.evidence.refusals import Reason
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import Report, ReportSubmission
from shared.retention.schedule import Terms
from shared.sealing.envelope import RecordKey
from shared.storage.cosmos import Container, Document
from tests.support.media import pdf, place
from tests.support.trust import TRUSTED
from tests.support.world import Person, World, theft

INVESTIGATE = Purpose.INVESTIGATE
CAMERA = "Kestrel 9000"
DESCRIPTION = "The man in the waxed jacket at the till"

TERMS = Terms(("GB-ENG", "GB"), ZoneInfo("Europe/London"))


def photo(colour: str = "orange") -> bytes:
    """A picture that tells the camera and the place."""
    exif, written = Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Model] = CAMERA
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (51.0, 1.0, 2.0)}
    )
    Image.new("RGB", (320, 200), colour).save(written, "JPEG", exif=exif)
    return written.getvalue()


@pytest.fixture(scope="module")
async def report(world: World) -> Report:
    return await submitted(world)


async def submitted(world: World) -> Report:
    form = ReportSubmission.model_validate(theft(world))
    return await reports.submit(world.platform, world.reporter.principal, form, uuid.uuid4().hex, notify=False)


def announcement(report: Report, content: bytes, **changes: Any) -> UploadRequest:
    values = {
        "reportId": report.id,
        "kind": "image",
        "mimeType": "image/jpeg",
        "sizeBytes": len(content),
        "description": DESCRIPTION,
        "capturedAt": "2026-11-20T10:00:00Z",
    }
    return UploadRequest.model_validate(values | changes)


async def announce(person: Person, world: World, form: UploadRequest, key: str | None = None) -> UploadPermission:
    return await service.request_upload(world.platform, person.principal, form, key or uuid.uuid4().hex)


async def send(permission: UploadPermission, content: bytes) -> httpx.Response:
    async with httpx.AsyncClient(verify=TRUSTED, timeout=60) as client:
        return await client.put(permission.upload_url, content=content, headers=permission.required_headers)


async def arrive(world: World, permission: UploadPermission, content: bytes) -> None:
    """What the blob trigger does when the upload is there."""
    name = f"{world.home.id}/{permission.evidence_id}"
    await place(world.platform, name, content)
    await intake.process(world.platform, name)


async def upload(world: World, report: Report, content: bytes, **changes: Any) -> str:
    """The whole way in; the id of the item."""
    permission = await announce(world.reporter, world, announcement(report, content, **changes))
    assert (await send(permission, content)).status_code == 201
    await arrive(world, permission, content)
    return permission.evidence_id


async def seen(world: World, evidence_id: str) -> EvidenceView:
    _, view = await service.read(world.platform, world.investigator.principal, evidence_id, INVESTIGATE)
    return view


async def opened(world: World, evidence_id: str, *, rendition: bool = True) -> service.Media:
    principal = world.investigator.principal
    return await service.content(world.platform, principal, evidence_id, INVESTIGATE, rendition=rendition)


class Stored:
    """What lies in a container, sealed or not, read behind the app's back."""

    def __init__(self, client: ContainerClient) -> None:
        self._client = client

    async def names(self, evidence_id: str) -> set[str]:
        return {name async for name in self._client.list_blob_names() if evidence_id in name}

    async def bytes(self, name: str) -> bytes:
        return await (await self._client.download_blob(name)).readall()

    async def put(self, name: str, content: bytes, **options: Any) -> None:
        await self._client.upload_blob(name, content, overwrite=True, **options)

    async def metadata(self, name: str) -> dict[str, str]:
        return (await self._client.get_blob_client(name).get_blob_properties()).metadata


@pytest.fixture(scope="session")
async def uploads(storage: str) -> AsyncIterator[Stored]:
    async with ContainerClient.from_connection_string(storage, "uploads") as client:
        yield Stored(client)


@pytest.fixture(scope="session")
async def sealed(storage: str) -> AsyncIterator[Stored]:
    async with ContainerClient.from_connection_string(storage, "evidence") as client:
        yield Stored(client)


async def raw(world: World, evidence_id: str) -> Document:
    return await world.platform.container("evidence").read(evidence_id, [world.home.id, evidence_id])


async def audited(world: World, subject: str) -> list[Document]:
    found = world.platform.container("audit").query(
        "SELECT * FROM c WHERE ARRAY_CONTAINS(c.subjects, @subject)", {"subject": subject}, key=[world.home.id]
    )
    return sorted([entry async for entry in found], key=lambda entry: entry["id"])


# -- announcing ------------------------------------------------------------------------------------------------------


async def test_an_announced_item_waits_for_its_upload(world: World, report: Report) -> None:
    content = photo()
    permission = await announce(world.reporter, world, announcement(report, content))
    view = await seen(world, permission.evidence_id)
    assert view.state is State.AWAITING_UPLOAD
    assert view.report_id == report.id
    assert view.description == DESCRIPTION
    assert view.dispose_at == TERMS.dispose_at("evidence_upload", view.requested_at)
    with pytest.raises(NotFound, match="not arrived"):
        await opened(world, permission.evidence_id)


async def test_the_same_key_is_the_same_item_with_a_fresh_permit(world: World, report: Report) -> None:
    form, key = announcement(report, photo()), uuid.uuid4().hex
    first, second = [await announce(world.reporter, world, form, key) for _ in range(2)]
    assert first.evidence_id == second.evidence_id
    assert (await send(second, photo())).status_code == 201


async def test_the_same_key_for_another_file_is_an_error(world: World, report: Report) -> None:
    key = uuid.uuid4().hex
    await announce(world.reporter, world, announcement(report, photo()), key)
    with pytest.raises(IdempotencyMismatch):
        await announce(world.reporter, world, announcement(report, photo(), description="Another one"), key)


async def test_a_key_whose_upload_has_arrived_gives_no_new_permit(world: World, report: Report) -> None:
    content, key = photo(), uuid.uuid4().hex
    form = announcement(report, content)
    permission = await announce(world.reporter, world, form, key)
    await arrive(world, permission, content)
    with pytest.raises(Conflict) as raised:
        await announce(world.reporter, world, form, key)
    assert raised.value.extra == {"evidenceId": permission.evidence_id}


async def test_evidence_needs_a_report_of_the_own_organisation(world: World, report: Report) -> None:
    form = announcement(report, photo())
    with pytest.raises(NotFound):
        await announce(world.partner_investigator, world, form)
    with pytest.raises(NotFound):
        await announce(world.reporter, world, form.model_copy(update={"report_id": uuid.uuid4()}))


@pytest.mark.parametrize("name", ["admin", "operator", "elsewhere"])
async def test_who_may_not_add_evidence_here_is_refused(world: World, report: Report, name: str) -> None:
    with pytest.raises(Forbidden):
        await announce(world.people[name], world, announcement(report, photo()))


# -- uploading -------------------------------------------------------------------------------------------------------


async def test_a_permit_creates_its_blob_once_and_allows_nothing_else(world: World, report: Report) -> None:
    content = photo()
    permission = await announce(world.reporter, world, announcement(report, content))
    assert (await send(permission, content)).status_code == 201
    assert (await send(permission, b"something else")).status_code in {403, 409}
    async with httpx.AsyncClient(verify=TRUSTED, timeout=60) as client:
        assert (await client.get(permission.upload_url)).status_code == 403
        assert (await client.delete(permission.upload_url)).status_code == 403
        another = permission.upload_url.replace(permission.evidence_id, str(uuid.uuid4()))
        answer = await client.put(another, content=content, headers=permission.required_headers)
        assert answer.status_code == 403


async def test_an_upload_can_be_read_in_chunks(world: World, uploads: Stored) -> None:
    content = bytes(range(256)) * 40_000
    await uploads.put("someone/large", content)
    assert b"".join([chunk async for chunk in world.platform.blobs.read_upload("someone/large")]) == content
    await world.platform.blobs.delete_upload("someone/large")
    with pytest.raises(NotFound):
        [chunk async for chunk in world.platform.blobs.read_upload("someone/large")]


# -- storing ---------------------------------------------------------------------------------------------------------


async def test_a_photo_is_stored_and_comes_back_without_its_secrets(
    world: World, report: Report, uploads: Stored
) -> None:
    content = photo()
    evidence_id = await upload(world, report, content)
    view = await seen(world, evidence_id)
    assert view.state is State.STORED
    assert view.original
    assert view.original.sha256 == hashlib.sha256(content).hexdigest()
    assert (view.original.size_bytes, view.original.width, view.original.height) == (len(content), 320, 200)
    assert abs(view.dispose_at - TERMS.dispose_at("evidence", report.occurred_at)) < timedelta(milliseconds=1)
    assert view.processed_at

    original, rendition = [await opened(world, evidence_id, rendition=each) for each in (False, True)]
    assert original.content == content
    assert original.file_name == f"{evidence_id}.jpg"
    assert view.rendition
    with Image.open(io.BytesIO(rendition.content)) as shown:
        assert shown.size == (320, 200)
    assert CAMERA.encode() in original.content
    assert CAMERA.encode() not in rendition.content
    assert await uploads.names(evidence_id) == set()


async def test_what_lies_in_the_stores_tells_nothing(world: World, report: Report, sealed: Stored) -> None:
    content = photo()
    evidence_id = await upload(world, report, content)
    assert await sealed.names(evidence_id) == {
        f"{world.home.id}/{evidence_id}/{part}" for part in ("original", "rendition")
    }
    for name in await sealed.names(evidence_id):
        lying = await sealed.bytes(name)
        assert b"\xff\xd8\xff" not in lying
        assert CAMERA.encode() not in lying
        described = json.loads((await sealed.metadata(name))["encryptiondata"])
        assert described["EncryptionAgent"]["Protocol"] == "2.0"
        assert described["WrappedContentKey"]["KeyId"] == evidence_id
    document = json.dumps(await raw(world, evidence_id))
    assert DESCRIPTION not in document
    assert hashlib.sha256(content).hexdigest() not in document


async def test_other_kinds_are_kept_as_they_came(world: World, report: Report) -> None:
    content = pdf()
    evidence_id = await upload(world, report, content, kind="document", mimeType="application/pdf")
    assert (await seen(world, evidence_id)).rendition is None
    assert (await opened(world, evidence_id, rendition=False)).content == content
    with pytest.raises(NotFound, match="rendition=false"):
        await opened(world, evidence_id)


async def test_content_of_several_encrypted_regions_comes_back_whole(world: World, report: Report) -> None:
    content = pdf(padding=9_300_000)
    evidence_id = await upload(world, report, content, kind="document", mimeType="application/pdf")
    assert (await opened(world, evidence_id, rendition=False)).content == content


async def test_content_beyond_a_single_put_comes_back_whole(world: World) -> None:
    content, key = bytes(range(256)) * 280_000, ItemMediaKey(RecordKey("large", bytes(32)))
    await world.platform.blobs.seal("someone/large/original", content, key)
    assert await world.platform.blobs.open("someone/large/original", key) == content
    await world.platform.blobs.delete("someone/large/original")


async def test_content_that_is_too_large_for_an_answer_is_not_opened(world: World, report: Report) -> None:
    content = pdf(padding=service.LARGEST_ANSWER)
    evidence_id = await upload(world, report, content, kind="document", mimeType="application/pdf")
    with pytest.raises(TooLarge):
        await opened(world, evidence_id, rendition=False)


# -- refusing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "size", "reason"),
    [
        (b"", 10, Reason.EMPTY),
        (photo()[:-1], len(photo()), Reason.WRONG_SIZE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None, Reason.TYPE_NOT_ACCEPTED),
        (b"%PDF-1.7\n", None, Reason.TYPE_MISMATCH),
        (b"\xff\xd8\xff\xe0 not a picture", None, Reason.UNREADABLE),
    ],
)
async def test_what_is_refused_leaves_a_reason_and_no_content(
    world: World, report: Report, uploads: Stored, sealed: Stored, content: bytes, size: int | None, reason: Reason
) -> None:
    evidence_id = await upload(world, report, content, sizeBytes=size or len(content))
    view = await seen(world, evidence_id)
    assert view.state is State.REFUSED
    assert view.refusal
    assert view.refusal.code is reason
    assert view.refusal.detail.endswith(".")
    assert view.original is None
    assert view.dispose_at == TERMS.dispose_at("evidence_upload", view.requested_at)
    assert await uploads.names(evidence_id) | await sealed.names(evidence_id) == set()
    with pytest.raises(NotFound, match="refused"):
        await opened(world, evidence_id)


async def test_the_uploader_sees_what_became_of_the_upload_but_not_of_others(world: World, report: Report) -> None:
    mine = await upload(world, report, b"<html></html>")
    _, view = await service.read(world.platform, world.reporter.principal, mine, Purpose.PREVENT_RISK)
    assert view.refusal
    content = photo()
    permission = await announce(world.investigator, world, announcement(report, content))
    with pytest.raises(Forbidden):
        await service.read(world.platform, world.reporter.principal, permission.evidence_id, Purpose.PREVENT_RISK)


# -- again, and after a crash ----------------------------------------------------------------------------------------


async def test_a_second_delivery_changes_nothing(world: World, report: Report, uploads: Stored) -> None:
    content = photo()
    permission = await announce(world.reporter, world, announcement(report, content))
    await arrive(world, permission, content)
    before = await raw(world, permission.evidence_id)
    await send(permission, photo("purple"))
    await arrive(world, permission, photo("purple"))
    assert await raw(world, permission.evidence_id) == before
    assert (await opened(world, permission.evidence_id, rendition=False)).content == content
    assert await uploads.names(permission.evidence_id) == set()


STEPS = ["seal original", "seal rendition", "change state", "delete upload"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_crash_at_any_step_is_finished_by_the_next_delivery(
    world: World, report: Report, uploads: Stored, monkeypatch: pytest.MonkeyPatch, step: str, *, after: bool
) -> None:
    content = photo()
    permission = await announce(world.reporter, world, announcement(report, content))
    await send(permission, content)
    with monkeypatch.context() as patch:
        crash(patch, world.platform, step, after=after)
        with pytest.raises(Crash):
            await arrive(world, permission, content)
    await arrive(world, permission, content)
    assert (await seen(world, permission.evidence_id)).state is State.STORED
    assert (await opened(world, permission.evidence_id, rendition=False)).content == content
    assert CAMERA.encode() not in (await opened(world, permission.evidence_id)).content
    assert await uploads.names(permission.evidence_id) == set()


class Crash(BaseException):
    """The process dies here."""


def crash(patch: pytest.MonkeyPatch, platform: Platform, step: str, *, after: bool) -> None:
    """Lets the platform die at ``step``: just before it, or just after it has taken effect."""
    owner, name, suffix = {
        "seal original": (type(platform.blobs), "seal", "/original"),
        "seal rendition": (type(platform.blobs), "seal", "/rendition"),
        "change state": (Container, "replace", ""),
        "delete upload": (type(platform.blobs), "delete_upload", ""),
    }[step]
    plain = getattr(owner, name)

    async def dying(self: object, first: Any, *rest: Any) -> Any:
        fatal = isinstance(first, dict) or first.endswith(suffix)
        if fatal and not after:
            raise Crash
        done = await plain(self, first, *rest)
        if fatal:
            raise Crash
        return done

    patch.setattr(owner, name, dying)


async def test_an_upload_without_an_item_is_deleted(world: World, uploads: Stored) -> None:
    for name in (f"{world.home.id}/{uuid.uuid4()}", "a-single-name", "one/two/three"):
        await uploads.put(name, b"stray")
        await intake.process(world.platform, name)
        assert await uploads.names(name) == set()


async def test_of_two_deliveries_at_once_one_stores(
    world: World, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that comes second meets a changed item, and is delivered again."""
    content = photo()
    permission = await announce(world.reporter, world, announcement(report, content))
    plain, first = intake._store, []

    async def overtaken(*arguments: Any) -> None:
        if not first:
            first.append(True)
            await arrive(world, permission, content)
        await plain(*arguments)

    monkeypatch.setattr(intake, "_store", overtaken)
    with pytest.raises(PreconditionFailed):
        await arrive(world, permission, content)
    await arrive(world, permission, content)
    assert (await opened(world, permission.evidence_id, rendition=False)).content == content


# -- seeing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("reporter", Forbidden),
        ("admin", Forbidden),
        ("operator", Forbidden),
        ("elsewhere", Forbidden),
        ("partner_investigator", NotFound),
        ("officer", NotFound),
        ("stranger", NotFound),
    ],
)
async def test_content_is_for_investigators_of_the_organisation(
    world: World, report: Report, name: str, error: type[Exception]
) -> None:
    evidence_id = await upload(world, report, photo())
    principal = world.people[name].principal
    for rendition in (True, False):
        with pytest.raises(error):
            await service.content(world.platform, principal, evidence_id, INVESTIGATE, rendition=rendition)


async def test_evidence_is_not_read_for_research(world: World, report: Report) -> None:
    evidence_id = await upload(world, report, photo())
    with pytest.raises(Forbidden):
        await service.read(world.platform, world.investigator.principal, evidence_id, Purpose.RESEARCH)


async def test_every_use_is_accounted_for(world: World, report: Report) -> None:
    evidence_id = await upload(world, report, photo())
    await seen(world, evidence_id)
    await opened(world, evidence_id)
    await opened(world, evidence_id, rendition=False)
    entries = await audited(world, evidence_id)
    assert {entry["action"] for entry in entries} == {
        "evidence:upload",
        "evidence:store",
        "evidence:read",
        "evidence:open-rendition",
        "evidence:open-original",
    }
    looked = [entry for entry in entries if entry["actor"] == world.investigator.id]
    assert all(entry["purpose"] == "INVESTIGATE" and entry["policies"] for entry in looked)


async def test_no_entry_no_content(world: World, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    evidence_id = await upload(world, report, photo())

    async def away(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(world.platform.trail, "record", away)
    with pytest.raises(ConnectionError):
        await opened(world, evidence_id)


async def test_without_its_key_the_media_cannot_be_opened_by_anybody(
    world: World, report: Report, sealed: Stored
) -> None:
    evidence_id = await upload(world, report, photo())
    await world.platform.keyring.destroy(world.home.id, evidence_id)
    with pytest.raises(NotFound):
        await opened(world, evidence_id)
    assert await sealed.names(evidence_id)


async def test_media_that_were_swapped_do_not_open(world: World, report: Report, sealed: Stored) -> None:
    mine, other = [await upload(world, report, photo(colour)) for colour in ("red", "blue")]
    name, source = f"{world.home.id}/{mine}/rendition", f"{world.home.id}/{other}/rendition"
    await sealed.put(name, await sealed.bytes(source), metadata=await sealed.metadata(source))
    with pytest.raises(CannotOpen):
        await opened(world, mine)


async def test_an_original_in_the_place_of_its_rendition_is_not_shown(
    world: World, report: Report, sealed: Stored
) -> None:
    evidence_id = await upload(world, report, photo())
    name = f"{world.home.id}/{evidence_id}/rendition"
    source = f"{world.home.id}/{evidence_id}/original"
    await sealed.put(name, await sealed.bytes(source), metadata=await sealed.metadata(source))
    with pytest.raises(CannotOpen, match="fingerprint"):
        await opened(world, evidence_id)


async def test_media_that_were_put_there_unsealed_do_not_open(world: World, report: Report, sealed: Stored) -> None:
    evidence_id = await upload(world, report, photo())
    await sealed.put(f"{world.home.id}/{evidence_id}/rendition", photo())
    with pytest.raises(CannotOpen):
        await opened(world, evidence_id)


async def test_an_investigator_of_other_sites_does_not_see_it(world: World, report: Report) -> None:
    evidence_id = await upload(world, report, photo())
    there = replace(world.investigator.principal, sites=frozenset([world.other_site.id]))
    with pytest.raises(Forbidden):
        await service.read(world.platform, there, evidence_id, INVESTIGATE)
