"""Plates, warnings, keys and aggregates of what goes; what failed; and what a restored backup brings back."""

import shutil
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.alerts import service as alerts
from shared.alerts.models import AlertRequest, Cause
from shared.audit import notes
from shared.clock import SetClock
from shared.errors import CannotOpen, NotFound, Unavailable
from shared.identity.principals import Principal
from shared.insights import cubes
from shared.organisations import devices
from shared.organisations import service as organisations
from shared.organisations.models import Site
from shared.plates import days, lists, watchlists
from shared.plates import service as plates
from shared.plates.models import Guess, PlateRead, WatchlistEntryForm
from shared.platform import Platform, assemble
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import AgeJudgement, Report, ReportSubmission
from shared.retention import certificates, disposal, redating, service, sweep, terms
from shared.retention.disposal import Outcome
from shared.retention.kinds import KINDS
from shared.retention.models import (
    CertificateQuery,
    Order,
    PreviewForm,
    SettingsForm,
    Why,
)
from shared.retention.service import NO_SETTINGS
from shared.settings import load
from shared.storage.cosmos import Document
from tests.support.settings import settings_of
from tests.support.stack import running_stack
from tests.support.world import World, build, theft

ROOT = Path(__file__).parents[2]
YEAR = timedelta(days=364)


def at(platform: Platform, ahead: timedelta) -> Platform:
    return replace(platform, clock=SetClock(platform.clock.now() + ahead))


async def submit(world: World, age: timedelta = timedelta(hours=2), **changes: object) -> Report:
    occurred = (world.platform.clock.now() - age).isoformat()
    form = ReportSubmission.model_validate(theft(world, occurredAt=occurred, **({"people": []} | changes)))
    return await reports.submit(world.platform, world.investigator.principal, form, uuid.uuid4().hex, notify=False)


async def order(platform: Platform, kind: str, document: Document, why: Why = Why.DUE) -> Outcome:
    return await disposal.dispose(platform, disposal.order_for(KINDS[kind], document, why))


async def stored(platform: Platform, report: Report) -> Document:
    return await platform.container("reports").read(report.id, report.key)


async def everything(platform: Platform, container: str, where: str = "true", **asked: object) -> list[Document]:
    found = platform.container(container).query(f"SELECT * FROM c WHERE {where}", asked)
    return [each async for each in found]


@pytest.fixture
async def camera(world: World) -> Principal:
    credential = await devices.register_device(world.platform, world.site, "rekor")
    return Principal(credential.device, world.home.id, "device", sites=frozenset([world.site.id]), keeps_unmatched=True)


def read(plate: str, moment: datetime) -> PlateRead:
    return PlateRead(uuid.uuid4().hex, moment, Guess(plate, 0.9))


# -- what goes with a report -----------------------------------------------------------------------------------------


async def test_the_warnings_about_a_report_go_with_it(world: World) -> None:
    report = await submit(world)
    request = AlertRequest(
        cause=Cause.REPORT,
        id=report.id,
        organisation_id=world.home.id,
        key=[world.home.id, report.id],
        message_id="none",
    )
    assert await alerts.dispatch(world.platform, request) > 0
    assert await everything(world.platform, "alerts", "c.causeId = @id", id=report.id)
    later = at(world.platform, 3 * YEAR)
    assert await order(later, "report", await stored(world.platform, report)) is Outcome.DISPOSED
    assert await everything(world.platform, "alerts", "c.causeId = @id", id=report.id) == []


async def test_a_watchlist_entry_goes_with_the_report_it_rests_on(world: World) -> None:
    report, now = await submit(world), world.platform.clock.now()
    form = WatchlistEntryForm.model_validate(
        {"plate": "AB12 XYZ", "reason": "Seen at a theft.", "reportId": report.id}
        | {"expiresAt": now + timedelta(days=90)}
    )
    entry = await watchlists.add(world.platform, world.investigator.principal, form, uuid.uuid4().hex)
    await order(at(world.platform, 3 * YEAR), "report", await stored(world.platform, report))
    with pytest.raises(NotFound):
        await world.platform.container("watchlists").read(entry.id, entry.key)
    with pytest.raises(NotFound):
        await world.platform.container("keyring").read(entry.id, world.home.id)


async def test_what_is_past_its_time_is_out_of_use_before_anybody_disposes_of_it(world: World) -> None:
    report, later = await submit(world), at(world.platform, 3 * YEAR)
    with pytest.raises(NotFound):
        await reports.read(later, world.investigator.principal, report.id, Purpose.INVESTIGATE)
    _, view = await reports.read(world.platform, world.investigator.principal, report.id, Purpose.INVESTIGATE)
    assert view.id == report.id


async def test_a_row_without_its_key_cannot_be_opened(world: World) -> None:
    """As after a restore of the database alone: the keyring's account keeps what was destroyed destroyed."""
    report = await submit(world)
    old = await stored(world.platform, report)
    await order(at(world.platform, 3 * YEAR), "report", old)
    brought_back = {name: value for name, value in old.items() if not name.startswith("_")}
    await world.platform.container("reports").create(brought_back)
    with pytest.raises((NotFound, CannotOpen)):
        await world.platform.records(Report).read(report.id, report.key)
    await world.platform.container("reports").delete(report.id, report.key)


async def test_a_minors_report_goes_sooner_and_a_judgement_moves_its_end(world: World) -> None:
    young = [{"role": "suspect", "ageBand": "under_18", "clothing": "Green jacket"}]
    report = await submit(world, people=young)
    assert report.retention_category == "report_minor"
    judged = await reports.judge_age(
        world.platform,
        world.investigator.principal,
        report.id,
        AgeJudgement(finding="adult", reason="Showed a driving licence."),
        report.etag,
    )
    assert judged.retention_category == "report_person"
    assert judged.dispose_at - report.dispose_at > timedelta(days=500)


# -- plates ----------------------------------------------------------------------------------------------------------


async def test_the_reads_of_a_day_die_with_one_key(world: World, camera: Principal) -> None:
    now = world.platform.clock.now()
    await plates.ingest(world.platform, camera, [read(f"QX{number:02} ABC", now) for number in range(7)])
    day, _ = days.day_of(now, (await terms.terms_of(world.platform, world.home.id, world.site.id)).zone)
    key = [world.home.id, world.site.id, day]
    found = [each async for each in world.platform.container("plateReads").query("SELECT * FROM c", key=key)]
    reads = [each for each in found if each["kind"] == "read"]
    [opened] = [each for each in found if each["kind"] == "day"]
    assert len(reads) >= 7
    assert {each["dayKey"] for each in reads} == {opened["id"]}
    assert datetime.fromisoformat(opened["disposeAt"]) <= now + timedelta(days=7)

    assert await order(world.platform, "day", opened) is Outcome.NOT_DUE
    assert await order(at(world.platform, timedelta(days=8)), "day", opened) is Outcome.DISPOSED
    left = [each async for each in world.platform.container("plateReads").query("SELECT * FROM c", key=key)]
    assert [each for each in left if each["kind"] in {"read", "day"}] == []
    with pytest.raises(NotFound):
        await world.platform.container("keyring").read(opened["id"], world.home.id)
    [certificate] = await everything(world.platform, "retention", "c.subject = @id", id=opened["id"])
    assert f"records: {len(reads)}\n" in certificate["text"]


async def test_a_read_that_comes_after_its_time_is_not_kept(world: World, camera: Principal) -> None:
    long_ago = world.platform.clock.now() - timedelta(days=9)
    await plates.ingest(world.platform, camera, [read("QX99 OLD", long_ago)])
    key = [world.home.id, world.site.id, days.day_of(long_ago, terms.UTC_ZONE)[0]]
    found = [each async for each in world.platform.container("plateReads").query("SELECT * FROM c", key=key)]
    assert [each for each in found if each["kind"] == "read"] == []


async def test_where_plates_may_not_be_read_or_kept(world: World, camera: Principal) -> None:
    """N.H. RSA 261:75-b; and the European row, which keeps no unmatched read at all."""
    platform = world.platform
    for region, refused in (("US-NH", True), ("DE-BE", True), ("IE", False)):
        site = await _site_in(world, region)
        device = replace(camera, sites=frozenset([site.id]))
        if refused:
            with pytest.raises(Exception, match="does not let a private body read number plates"):
                await plates.ingest(platform, device, [read("QX01 LAW", platform.clock.now())])
        else:
            await plates.ingest(platform, device, [read("QX01 LAW", platform.clock.now())])
        assert await everything(platform, "plateReads", "c.siteId = @site", site=site.id) == []


async def _site_in(world: World, region: str) -> Site:
    site = world.site.model_copy(update={"id": str(uuid.uuid4()), "region": region, "etag": ""})
    return await world.platform.records(Site).create(site)


async def test_a_candidate_goes_with_its_key(world: World, camera: Principal) -> None:
    platform, now = world.platform, world.platform.clock.now()
    form = WatchlistEntryForm.model_validate(
        {"plate": "CD34 EFG", "reason": "Seen at a theft.", "caseReference": "HP-1"}
        | {"expiresAt": now + timedelta(days=90)}
    )
    entry = await watchlists.add(platform, world.investigator.principal, form, uuid.uuid4().hex)
    lists.forget()
    await plates.ingest(platform, camera, [read("CD34 EFG", now)])
    [document] = await everything(platform, "plateReads", "c.kind = 'candidate' AND c.entryId = @entry", entry=entry.id)
    await platform.container("keyring").read(document["id"], world.home.id)
    assert await order(at(platform, timedelta(days=31)), "candidate", document) is Outcome.DISPOSED
    with pytest.raises(NotFound):
        await platform.container("keyring").read(document["id"], world.home.id)


# -- proof -----------------------------------------------------------------------------------------------------------


async def test_a_certificate_is_named_by_the_log_and_signed_by_its_key(world: World) -> None:
    report = await submit(world)
    await order(at(world.platform, 3 * YEAR), "report", await stored(world.platform, report))
    officer = world.privacy_officer.principal
    query = CertificateQuery.model_validate({"subject": report.id})
    page = await certificates.list_certificates(world.platform, officer, query, ("test",))
    [certificate] = page.certificates
    assert "the end of its time" in certificate.text
    assert f"record: {report.id}" in certificate.text
    assert "rule: report-UK-P12M@" in certificate.text
    place = await certificates._place(world.platform, world.home.id)
    assert notes.opened(certificate.note, place.key.public) == certificate.text
    [entry] = await everything(
        world.platform, "audit", "c.action = 'retention:dispose' AND ARRAY_CONTAINS(c.subjects, @id)", id=report.id
    )
    assert certificate.id in entry["subjects"]


async def test_an_erasure_says_so_and_is_no_statistic(world: World) -> None:
    report = await submit(world)
    before = await _counted(world)
    assert await service.erase(world.platform, world.home.id, "report", report.id) == "disposed"
    assert await service.erase(world.platform, world.home.id, "report", report.id) == "gone"
    [certificate] = await everything(world.platform, "retention", "c.subject = @id", id=report.id)
    assert "reason: a request for erasure" in certificate["text"]
    assert await _counted(world) == before


# -- aggregates ------------------------------------------------------------------------------------------------------


async def _counted(world: World) -> int:
    cells = await everything(
        world.platform, cubes.CONTAINER, "c.kind = 'cell' AND c.organisationId = @o", o=world.home.id
    )
    return sum(each["count"] for each in cells)


async def test_a_report_leaves_one_count_and_nothing_that_leads_to_it(world: World) -> None:
    report, before = await submit(world), await _counted(world)
    await order(at(world.platform, 3 * YEAR), "report", await stored(world.platform, report))
    assert await _counted(world) == before + 1
    left = await everything(world.platform, cubes.CONTAINER)
    assert report.id not in str(left)
    # The site is named where nothing is counted but sites, and nowhere else.
    beside = [each for each in left if each.get("table") != cubes.Tables.SITES]
    assert world.site.id not in str(beside)


async def test_a_contribution_counts_once_however_often_it_is_made(world: World) -> None:
    document, before = await stored(world.platform, await submit(world)), await _counted(world)
    tallied = await _tallied(world, document)
    for once in ("one", "one", "two", "one"):
        await cubes.contribute(world.platform, document, f"{document['id']}-{once}")
    assert await _counted(world) == before + 2
    assert await _tallied(world, document) == {name: count + 2 for name, count in tallied.items()}


async def _tallied(world: World, report: Document) -> dict[str, int]:
    """How much there is of each that the report counts in: its hour, site, week and goods."""
    names = [each.id for each in cubes.tallies(report, world.site.time_zone)]
    kept = await everything(
        world.platform, cubes.CONTAINER, "c.kind = 'tally' AND c.organisationId = @o", o=world.home.id
    )
    assert len(names) == len(cubes.Tables)
    return dict.fromkeys(names, 0) | {each["id"]: each["count"] for each in kept if each["id"] in names}


# -- what cannot be disposed of --------------------------------------------------------------------------------------


async def test_records_that_fail_do_not_starve_the_rest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run takes four at a time; eight fail for good and are due first, the ninth is reached all the same."""
    later = at(world.platform, YEAR)
    while (await sweep.run(later)).disposed:
        pass
    names = [(await submit(world, timedelta(days=20 - day))).id for day in range(9)]
    destroy = later.keyring.destroy

    async def failing(organisation: str, record: str) -> None:
        if record in names[:8]:
            raise Unavailable("away")
        await destroy(organisation, record)

    with monkeypatch.context() as patch:
        patch.setattr(later.keyring, "destroy", failing)
        runs = [await sweep.run(later, most=4) for _ in range(4)]
    assert sum(run.disposed["report"] for run in runs) == 1
    with pytest.raises(NotFound):
        await world.platform.container("reports").read(names[8], [world.home.id, names[8]])
    known = await service.progress(world.platform, world.privacy_officer.principal)
    assert {each.id for each in known.failures if each.error == "Unavailable"} >= set(names[:8])
    assert max(each.times for each in known.failures) >= 1
    while (await sweep.run(later)).disposed:
        pass
    known = await service.progress(world.platform, world.privacy_officer.principal)
    assert not {each.id for each in known.failures} & set(names)


async def test_orders_go_out_once_and_are_spread(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    later, sent = at(world.platform, YEAR), []
    while (await sweep.run(later)).disposed:
        pass
    made = {(await submit(world, timedelta(days=9))).id for _ in range(3)}

    async def taken(messages: list[object], begin: datetime, per_second: float) -> None:
        sent.extend(messages)
        assert per_second == sweep.PER_SECOND

    monkeypatch.setattr(later.bus, "send_spread", taken)
    assert await sweep.hand_out(later) == 3
    orders = [Order.model_validate(each.body) for each in sent]  # type: ignore[attr-defined]
    assert {each.id for each in orders} == made
    assert [await sweep.carry_out(later, each) for each in [*orders, orders[0]]] == [
        *[Outcome.DISPOSED] * 3,
        Outcome.GONE,
    ]


# -- what a controller shortens --------------------------------------------------------------------------------------


async def test_a_shortened_rule_brings_existing_records_forward_and_never_back(world: World) -> None:
    platform, officer = world.platform, world.privacy_officer.principal
    old, new = await submit(world, timedelta(days=100)), await submit(world, timedelta(days=3))
    ends = {report.id: (await stored(platform, report))["disposeAt"] for report in (old, new)}
    etag = (await service.read_schedule(platform, officer)).etag
    foreseen = await service.preview(platform, officer, PreviewForm(shortened={"report": "P3M"}))
    [count] = [each.count for each in foreseen.counts if each.category == "report"]
    assert count >= 1
    view = await service.shorten(platform, officer, SettingsForm(shortened={"report": "P3M"}), etag)
    [rule] = [each for each in view.rules if each.category == "report"]
    assert (rule.period, rule.default_period, rule.shortened) == ("P3M", "P12M", True)
    while await redating.go_on(platform, pages=1):
        pass
    known = await service.progress(platform, officer)
    assert known.redatings[-1].finished_at
    assert known.redatings[-1].brought_forward >= 2
    earlier = {report.id: (await stored(platform, report))["disposeAt"] for report in (old, new)}
    assert all(earlier[each] < ends[each] for each in ends)
    assert datetime.fromisoformat(earlier[old.id]) < platform.clock.now()

    await service.shorten(platform, officer, SettingsForm(shortened={}), view.etag)
    while await redating.go_on(platform, pages=1):
        pass
    assert (await stored(platform, new))["disposeAt"] == earlier[new.id]
    assert (await submit(world)).dispose_at > platform.clock.now() + timedelta(days=300)


@pytest.mark.parametrize(
    ("shortened", "code"), [({"report": "P13M"}, "too_long"), ({"audit": "P1M"}, "too_short")], ids=str
)
async def test_a_controller_stays_within_the_bounds(world: World, shortened: dict[str, str], code: str) -> None:
    with pytest.raises(Exception, match="within its bounds") as refused:
        await service.shorten(
            world.platform, world.privacy_officer.principal, SettingsForm(shortened=shortened), NO_SETTINGS
        )
    [error] = refused.value.errors  # type: ignore[attr-defined]
    assert error.code == code


async def test_a_new_version_of_the_schedule_looks_at_everything(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await redating.start_for_new_schedule(world.platform)
    monkeypatch.setattr("shared.retention.schedule.version", lambda: "2099-01-01")
    await redating.start_for_new_schedule(world.platform)
    while await redating.go_on(world.platform):
        pass
    known = await service.progress(world.platform, world.privacy_officer.principal)
    assert "schedule 2099-01-01" in {each.cause for each in known.redatings if each.finished_at}


async def test_a_site_that_moves_to_another_regime_ends_its_records_sooner(world: World) -> None:
    site = await _site_in(world, "GB-ENG")
    report = await submit(world, siteId=site.id, people=[{"role": "suspect", "ageBand": "adult", "clothing": "Cap"}])
    document = await stored(world.platform, report)
    moved = site.model_copy(update={"region": "IE"})
    await world.platform.records(Site).replace(moved, site.etag)
    terms.forget(world.home.id)

    organisations._sites.clear()
    assert await redating._bring_forward(world.platform, KINDS["report"], document) == 1
    ends = datetime.fromisoformat((await stored(world.platform, report))["disposeAt"])
    assert ends < report.dispose_at - timedelta(days=300)


# -- restored backups ------------------------------------------------------------------------------------------------


@pytest.fixture
async def own_world(tmp_path: Path) -> AsyncIterator[World]:
    """A stack of its own, because its database is stopped and put back."""
    with running_stack(ROOT, tmp_path / "stack", "--quiet", "--no-host") as stores, settings_of(stores.environment):
        platform = assemble(load(stores.environment))
        built = await build(stores, platform)
        yield built
        await built.close()
        await platform.close()


def assemble_again(environment: dict[str, str]) -> Platform:
    from shared.platform import assemble

    return assemble(load(environment))


async def test_what_a_backup_brings_back_goes_again(own_world: World, tmp_path: Path) -> None:
    """Yesterday's database is put in the place of today's, keys included; the tombstones are elsewhere."""
    world, stack = own_world, own_world.stack
    platform, data, snapshot = world.platform, stack.data.of("cosmos"), tmp_path / "snapshot"  # type: ignore[attr-defined]
    kept, gone = await submit(world), await submit(world)
    stack.kill("cosmos")  # type: ignore[attr-defined]
    shutil.copytree(data, snapshot)
    stack.restart("cosmos")  # type: ignore[attr-defined]
    await order(at(platform, 3 * YEAR), "report", await stored(platform, gone))
    since = platform.clock.now() - timedelta(hours=1)

    stack.kill("cosmos")  # type: ignore[attr-defined]
    shutil.rmtree(data)
    shutil.copytree(snapshot, data)
    stack.restart("cosmos")  # type: ignore[attr-defined]
    platform.keyring.forget()
    assert (await platform.records(Report).read(gone.id, gone.key)).what_happened  # it is back, and can be opened

    later = at(platform, 3 * YEAR)
    assert await service.repeat_disposals(later, since) == 1
    assert await service.repeat_disposals(later, since) == 0
    with pytest.raises(NotFound):
        await stored(platform, gone)
    with pytest.raises(NotFound):
        await platform.container("keyring").read(gone.id, world.home.id)
    assert (await platform.records(Report).read(kept.id, kept.key)).id == kept.id
