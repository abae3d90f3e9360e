"""Bundles: built, verified by the program inside them, spoilt, agreed to, expired, and refused where they must be."""

import hashlib
import io
import json
import subprocess
import sys
import uuid
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob.aio import ContainerClient
from PIL import Image
from pypdf import PdfReader

from shared.cases import bundles, bundling, expiry
from shared.cases import service as cases
from shared.cases.bundle_models import Bundle, BundleForm, BundleOrder, State
from shared.cases.models import Case, CaseForm, LinkForm
from shared.clock import rfc3339
from shared.errors import Conflict, Forbidden, Gone, Invalid, NotFound, RangeNotSatisfiable
from shared.evidence import intake
from shared.evidence import service as evidence
from shared.evidence.models import Evidence, UploadRequest
from shared.evidence.obscuring import service as obscuring
from shared.evidence.obscuring.models import RegionsForm
from shared.people import joining
from shared.people import service as people
from shared.people.models import MergeForm, Profile, ProfileForm
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import Report, ReportSubmission
from shared.retention import service as retention
from shared.rights import recipients
from tests.support.media import place
from tests.support.world import Person, World, theft

LEGAL = Purpose.LEGAL_ACTION
NARRATIVE = "He put four bottles of perfume under his coat"


async def report(world: World, **changes: Any) -> Report:
    form = ReportSubmission.model_validate(theft(world) | {"whatHappened": NARRATIVE} | changes)
    return await reports.submit(world.platform, world.reporter.principal, form, uuid.uuid4().hex, notify=False)


async def picture(world: World, of: Report) -> str:
    """A reviewed picture; the id of its item."""
    written = io.BytesIO()
    Image.new("RGB", (640, 400), "orange").save(written, "JPEG")
    content = written.getvalue()
    values = {"reportId": of.id, "kind": "image", "mimeType": "image/jpeg", "sizeBytes": len(content)}
    principal, key = world.reporter.principal, uuid.uuid4().hex
    permit = await evidence.request_upload(world.platform, principal, UploadRequest.model_validate(values), key)
    name = f"{world.home.id}/{permit.evidence_id}"
    await place(world.platform, name, content)
    await intake.process(world.platform, name)
    item = await world.platform.records(Evidence).read(permit.evidence_id, [world.home.id, permit.evidence_id])
    region = {"x": 0.1, "y": 0.1, "width": 0.2, "height": 0.2, "obscured": True}
    form = RegionsForm.model_validate({"regions": [region], "checkedPlatesAndScreens": True})
    author = world.investigator.principal
    await obscuring.decide(world.platform, author, item.id, form, Purpose.INVESTIGATE, item.etag)
    return item.id


async def case_of(world: World, *linked: Report) -> Case:
    author, purpose = world.investigator.principal, Purpose.INVESTIGATE
    form = CaseForm(title="Perfume", reason="The same hand, the same coat")
    case = await cases.open_case(world.platform, author, form, purpose, uuid.uuid4().hex)
    for each in linked:
        link = LinkForm.model_validate({"kind": "report", "id": each.id, "reason": "Same hand"})
        case = await cases.link(world.platform, author, case.id, link, purpose, case.etag)
    return case


def form_of(case: Case, **changes: Any) -> BundleForm:
    values: dict[str, Any] = {
        "recipient": {"kind": "court", "name": "Crown Court at Ashford"},
        "purpose": "LEGAL_ACTION",
        "caseNumber": "T2026/0042",
        "reports": [link.id for link in case.links],
    }
    return BundleForm.model_validate(values | changes)


async def requested(world: World, case: Case, **changes: Any) -> Bundle:
    author = world.investigator.principal
    return await bundles.request(world.platform, author, case.id, form_of(case, **changes), uuid.uuid4().hex)


async def build(world: World, bundle: Bundle) -> Bundle:
    order = BundleOrder.model_validate(bundles.order(bundle).body)
    await bundling.build(world.platform, order)
    return await world.platform.records(Bundle).read(bundle.id, bundle.organisation_id)


async def fetched(world: World, bundle: Bundle, person: Person | None = None) -> bytes:
    principal, whole = (person or world.investigator).principal, b""
    owner = bundle.organisation_id
    while bundle.size_bytes is None or len(whole) < bundle.size_bytes:
        bundle, part = await bundles.content(world.platform, principal, bundle.id, owner, LEGAL, len(whole), 1 << 20)
        whole += part
    return whole


@pytest.fixture(scope="module")
async def built(world: World) -> tuple[Bundle, bytes]:
    first = await report(world)
    item = await picture(world, first)
    case = await case_of(world, first)
    bundle = await requested(world, case, evidence=[{"id": item}])
    ready = await build(world, bundle)
    assert ready.state is State.READY
    return ready, await fetched(world, ready)


def verify(path: Path, *more: str, program: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The program of the bundle, by an interpreter that sees no package of ours."""
    command = [sys.executable, "-I", "-S", str(program or Path(bundling.__file__).with_name("verify.py")), str(path)]
    return subprocess.run([*command, *more], capture_output=True, text=True, timeout=60, check=False)


def test_it_verifies_with_its_own_program(built: tuple[Bundle, bytes], tmp_path: Path) -> None:
    bundle, content = built
    archive = tmp_path / "bundle.zip"
    archive.write_bytes(content)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "unpacked")
    for path in (archive, tmp_path / "unpacked"):
        found = verify(path, program=tmp_path / "unpacked" / "verify.py")
        assert found.returncode == 0, found.stdout
        assert "0 not sealed yet" in found.stdout
    key = (tmp_path / "unpacked/audit/key").read_text()
    assert verify(archive, "--key", key).returncode == 0
    assert "another key" in verify(archive, "--key", "x").stdout
    assert bundle.sha256 == hashlib.sha256(content).hexdigest()
    manifest = json.loads((tmp_path / "unpacked/manifest.json").read_text())
    assert manifest["caseNumber"] == "T2026/0042"
    assert [each["form"] for each in manifest["evidence"]] == ["rendition"]


async def test_a_person_is_told_who_got_a_bundle_about_them(world: World, built: tuple[Bundle, bytes]) -> None:
    """By what the recipient is: the note on a bundle may name somebody there."""
    bundle, organisation = built[0], built[0].organisation_id
    for record in (*bundle.report_ids, *bundle.evidence_ids):
        assert await recipients.of_bundles(world.platform, organisation, record) == ["court"]
    assert await recipients.of_bundles(world.platform, organisation, bundle.case_id) == []
    assert await recipients.of_bundles(world.platform, world.partner.id, bundle.report_ids[0]) == []


def test_one_byte_anywhere_spoils_it(built: tuple[Bundle, bytes], tmp_path: Path) -> None:
    content, spoilt = built[1], tmp_path / "spoilt.zip"
    last = len(content) - 1
    places = {0, 4, 10, 14, 30, last, last - 1, last - 40, last - 90, last - 200, last - 260}
    places |= {int(last * share / 40) for share in range(40)}
    for at in sorted(places):
        spoilt.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert verify(spoilt).returncode == 1, at
    for changed in (content + b"\0", content[:-1], content[1:], b""):
        spoilt.write_bytes(changed)
        assert verify(spoilt).returncode == 1


def test_an_unpacked_file_that_was_changed_added_or_taken_is_found(built: tuple[Bundle, bytes], tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(built[1])) as opened:
        opened.extractall(tmp_path)
        names = opened.namelist()
    for name in names:
        path = tmp_path / name
        before = path.read_bytes()
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        assert verify(tmp_path).returncode == 1, name
        path.unlink()
        assert verify(tmp_path).returncode == 1, name
        path.write_bytes(before)
    (tmp_path / "more.txt").write_text("added")
    assert "does not belong" in verify(tmp_path).stdout
    (tmp_path / "more.txt").unlink()
    assert verify(tmp_path).returncode == 0


def test_a_custody_entry_that_was_forged_with_all_sums_made_anew_is_found(
    built: tuple[Bundle, bytes], tmp_path: Path
) -> None:
    """The organisation's own key holder cannot change the past either: the log's checkpoint was public before."""
    from shared.cases import verify as program

    with zipfile.ZipFile(io.BytesIO(built[1])) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    manifest = json.loads(files["manifest.json"])
    name = manifest["evidence"][0]["custody"]
    touched = json.loads(files[name])
    touched["entries"][0]["entry"]["actor"] = "somebody-else"
    files[name] = json.dumps(touched).encode()
    with pytest.raises(program.Bad, match="not in the log"):
        program.check_custody(files, manifest, program.key_of(files["audit/key"].decode()))


def test_the_document_tells_what_is_in_it_and_nothing_that_is_withheld(built: tuple[Bundle, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(built[1])) as opened:
        pdf, everything = PdfReader(io.BytesIO(opened.read("report.pdf"))), opened.read("manifest.json")
        stored = b"".join(opened.read(name) for name in opened.namelist() if name.startswith("reports/"))
    text = " ".join("\n".join(page.extract_text() for page in pdf.pages).split())
    for expected in ("Crown Court at Ashford", "T2026/0042", NARRATIVE, "Exhibit 1: image", "evidence:obscure"):
        assert expected in text
    assert b"evidence/001-" in everything
    assert b'"reportedBy": null' in stored
    assert sum(len(page.images) for page in pdf.pages) == 1


def test_what_was_painted_over_is_nowhere_in_it(built: tuple[Bundle, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(built[1])) as opened:
        [name] = [each for each in opened.namelist() if each.startswith("evidence/")]
        rendition = Image.open(io.BytesIO(opened.read(name)))
        pdf = PdfReader(io.BytesIO(opened.read("report.pdf")))
    shown = [image.image for page in pdf.pages for image in page.images]
    for picture_ in (rendition, *shown):
        assert picture_ is not None
        width, height = picture_.size
        pixel = picture_.convert("RGB").getpixel((int(width * 0.2), int(height * 0.2)))
        assert isinstance(pixel, tuple)
        assert max(pixel) < 12


async def test_more_than_five_reports_take_a_second_person(world: World) -> None:
    case = await case_of(world, *[await report(world) for _ in range(6)])
    bundle = await requested(world, case)
    assert (bundle.state, bundle.needs_approval) == (State.WAITING, True)
    await build(world, bundle)
    with pytest.raises(Conflict):
        await bundles.content(
            world.platform, world.investigator.principal, bundle.id, None, LEGAL, 0, 100
        )  # nothing was built
    with pytest.raises(Forbidden, match="You asked"):
        await bundles.approve(world.platform, world.investigator.principal, bundle.id, bundle.etag)
    bundle = await world.platform.records(Bundle).read(bundle.id, bundle.organisation_id)
    by_another = bundle.model_copy(update={"requested_by": "a-colleague"})
    stored = await world.platform.records(Bundle).replace(by_another, bundle.etag)
    agreed = await bundles.approve(world.platform, world.investigator.principal, bundle.id, stored.etag)
    assert agreed.state is State.BUILDING
    assert (await build(world, agreed)).state is State.READY


async def test_the_polices_own_bundle_is_fetched_by_officers_and_by_nobody_else_outside(world: World) -> None:
    case = await case_of(world, await report(world))
    police = {"kind": "law_enforcement", "name": "County Police", "organisationId": world.police.id}
    bundle = await build(world, await requested(world, case, recipient=police, purpose="NOTIFY_LE"))
    content = await fetched(world, bundle, world.officer)
    assert zipfile.is_zipfile(io.BytesIO(content))
    for person in (world.stranger, world.partner_investigator):
        with pytest.raises(NotFound):
            await fetched(world, bundle, person)
    court = await build(world, await requested(world, case))
    with pytest.raises(NotFound):
        await fetched(world, court, world.officer)


async def test_minors_go_to_the_police_only(world: World) -> None:
    young = await report(world, people=[{"role": "suspect", "ageBand": "under_18", "clothing": "Red cap"}])
    case = await case_of(world, young)
    with pytest.raises(Forbidden, match="under 18"):
        await requested(world, case)
    police = {"kind": "law_enforcement", "name": "County Police"}
    assert (await requested(world, case, recipient=police)).state is State.BUILDING


async def test_what_is_not_reviewed_or_not_of_the_case_does_not_go_along(world: World) -> None:
    mine, other = await report(world), await report(world)
    case = await case_of(world, mine)
    item = await picture(world, other)
    with pytest.raises(Invalid, match="does not belong"):
        await requested(world, case, evidence=[{"id": item}])
    with pytest.raises(Invalid, match="does not belong"):
        await requested(world, case, reports=[other.id])
    own = await picture(world, mine)
    stored = await world.platform.records(Evidence).read(own, [world.home.id, own])
    unseen = stored.model_copy(update={"needs_review": True})
    await world.platform.records(Evidence).replace(unseen, stored.etag)
    with pytest.raises(Invalid, match="Bystanders"):
        await requested(world, case, evidence=[{"id": own}])


async def test_an_original_needs_its_reason_and_comes_unchanged(world: World) -> None:
    first = await report(world)
    item, case = await picture(world, first), await case_of(world, first)
    with pytest.raises(ValueError, match="Say why"):
        form_of(case, evidence=[{"id": item, "original": True}])
    choice = {"id": item, "original": True, "reason": "The court asks for the untouched recording"}
    bundle = await build(world, await requested(world, case, evidence=[choice]))
    stored = await world.platform.records(Evidence).read(item, [world.home.id, item])
    with zipfile.ZipFile(io.BytesIO(await fetched(world, bundle))) as opened:
        manifest = json.loads(opened.read("manifest.json"))
    assert stored.original
    assert manifest["evidence"][0]["sha256"] == stored.original.sha256


async def test_it_ends_no_later_than_what_is_in_it(world: World) -> None:
    first = await report(world)
    soon = world.platform.clock.now() + timedelta(days=2)
    shorter = first.model_copy(update={"dispose_at": soon})
    await world.platform.records(Report).replace(shorter, first.etag)
    bundle = await requested(world, await case_of(world, first), days=30)
    assert soon - timedelta(seconds=1) < bundle.expires_at <= soon


async def test_a_record_that_goes_meanwhile_fails_the_bundle_and_says_so(world: World) -> None:
    first = await report(world)
    bundle = await requested(world, await case_of(world, first))
    await world.platform.keyring.destroy(world.home.id, first.id)
    failed = await build(world, bundle)
    assert failed.state is State.FAILED
    assert failed.failure


async def test_building_twice_makes_one_bundle(world: World) -> None:
    bundle = await requested(world, await case_of(world, await report(world)))
    once, twice = await build(world, bundle), await build(world, bundle)
    assert once.sha256 == twice.sha256
    assert once.etag == twice.etag


async def test_withdrawn_and_expired_bundles_are_gone(world: World, storage: str) -> None:
    case = await case_of(world, await report(world))
    author = world.investigator.principal
    first, second = [await build(world, await requested(world, case)) for _ in range(2)]
    await bundles.withdraw(world.platform, author, first.id, first.etag)
    past = second.model_copy(update={"expires_at": world.platform.clock.now() - timedelta(minutes=1)})
    await world.platform.records(Bundle).replace(past, second.etag)
    with pytest.raises(Gone):
        await fetched(world, second)
    await expiry.sweep(world.platform)
    for bundle in (first, second):
        with pytest.raises(Gone):
            await fetched(world, bundle)
        assert not await blobs_of(storage, bundle.id)
    again = await world.platform.records(Bundle).read(second.id, second.organisation_id)
    assert again.state is State.EXPIRED


async def test_a_part_behind_the_end_is_refused(world: World, built: tuple[Bundle, bytes]) -> None:
    bundle, author = built[0], world.investigator.principal
    with pytest.raises(RangeNotSatisfiable):
        await bundles.content(world.platform, author, bundle.id, None, LEGAL, bundle.size_bytes or 0, 10)


async def test_the_handing_over_is_part_of_the_custody(world: World, built: tuple[Bundle, bytes]) -> None:
    from shared.evidence import custody

    actions = [each["action"] for each in await custody.chain(world.platform, world.home.id, built[0].evidence_ids[0])]
    assert actions.index("evidence:upload") < actions.index("evidence:obscure") < actions.index("case:bundle")
    assert {"bundle:build", "bundle:fetch"} <= set(actions)


async def test_it_lies_sealed(built: tuple[Bundle, bytes], storage: str) -> None:
    [content] = await blobs_of(storage, built[0].id)
    assert b"PK\x03\x04" not in content
    assert b"manifest.json" not in content


async def blobs_of(storage: str, identifier: str) -> list[bytes]:
    async with ContainerClient.from_connection_string(storage, "evidence") as client:
        names = [name async for name in client.list_blob_names() if identifier in name]
        return [await (await client.download_blob(name)).readall() for name in names]


# -- profiles in cases -------------------------------------------------------------------------------------------------


async def profile_of(world: World, of: Report, label: str) -> Profile:
    values = {
        "subject": "person",
        "label": label,
        "reason": "Third time this month.",
        "names": ["Erika Mustermann"],
        "reviewAt": world.platform.clock.now() + timedelta(days=60),
        "reports": [{"reportId": of.id, "reason": "The same coat.", "confidence": "probable"}],
    }
    author, form = world.investigator.principal, ProfileForm.model_validate(values)
    return await people.open_profile(world.platform, author, form, Purpose.INVESTIGATE, uuid.uuid4().hex)


async def test_a_profile_in_a_case_is_shown_to_those_who_may_read_it_and_goes_along_only_if_chosen(
    world: World,
) -> None:
    platform, author, purpose = world.platform, world.investigator.principal, Purpose.INVESTIGATE
    event = await report(world)
    case, named = await case_of(world, event), await profile_of(world, event, "The grey coat")
    link = LinkForm.model_validate({"kind": "profile", "id": named.id, "reason": "Seen on both films"})
    limited = replace(author, sites=frozenset([world.other_site.id]))
    with pytest.raises(Invalid):
        await cases.link(platform, limited, case.id, link, purpose, case.etag)
    with pytest.raises(Invalid):
        await requested(world, case, profiles=[named.id])  # not in the case yet
    case = await cases.link(platform, author, case.id, link, purpose, case.etag)
    _, whole = await cases.read(platform, author, case.id, purpose)
    assert [(each.id, each.subject, each.reason) for each in whole.profiles] == [(named.id, "person", link.reason)]
    _, part = await cases.read(platform, limited, case.id, purpose)
    assert [each.model_dump(exclude_none=True) for each in part.profiles] == [{"withheld": True}]
    assert named.id not in part.model_dump_json()
    with pytest.raises(NotFound):
        await cases.unlink(platform, limited, case.id, named.id, purpose, case.etag)

    plain = await requested(world, case)
    assert (plain.state, plain.profile_ids) == (State.BUILDING, [])
    with zipfile.ZipFile(io.BytesIO(await fetched(world, await build(world, plain)))) as opened:
        assert not [name for name in opened.namelist() if name.startswith("profiles/")]
        assert not [name for name in opened.namelist() if b"grey coat" in opened.read(name)]
    chosen = await requested(world, case, profiles=[named.id])
    assert chosen.state is State.WAITING
    second = replace(author, id=str(uuid.uuid4()))
    chosen = await build(world, await bundles.approve(platform, second, chosen.id, chosen.etag))
    with zipfile.ZipFile(io.BytesIO(await fetched(world, chosen))) as opened:
        handed = json.loads(opened.read(f"profiles/{named.id}.json"))
        text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(opened.read("report.pdf"))).pages)
    assert handed["names"] == ["Erika Mustermann"]
    assert {"reason", "history", "links"}.isdisjoint(handed)
    assert "Profile 1: person" in text
    assert await recipients.of_bundles(platform, world.home.id, named.id) == ["court"]


async def test_a_case_follows_a_merge_and_forgets_an_erased_profile(world: World) -> None:
    platform, author, purpose = world.platform, world.investigator.principal, Purpose.INVESTIGATE
    event = await report(world)
    case = await case_of(world, event)
    one, other = [await profile_of(world, event, label) for label in ("The coat", "The other coat")]
    for each in (one, other):
        link = LinkForm.model_validate({"kind": "profile", "id": each.id, "reason": "Seen on film"})
        case = await cases.link(platform, author, case.id, link, purpose, case.etag)
    merge = MergeForm.model_validate({"otherId": other.id, "reason": "One man."})
    await joining.merge(platform, author, one.id, merge, purpose, one.etag)
    merged = await platform.records(Case).read(case.id, case.key)
    assert (merged.profile_ids, [each.id for each in merged.profiles]) == ([one.id], [one.id])
    assert await retention.erase(platform, world.home.id, "profile", one.id) == "disposed"
    left, seen = await cases.read(platform, author, case.id, purpose)
    assert (left.profile_ids, left.profiles, seen.profiles) == ([], [], [])
    assert rfc3339(left.dispose_at) == rfc3339(case.dispose_at)
    assert [each.id for each in left.links] == [event.id]
