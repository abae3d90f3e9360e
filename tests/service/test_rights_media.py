"""Pictures and films in an answer: what is given, how the copy comes to be, and what becomes of the item."""

import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from shared.errors import Conflict, Gone, Invalid, NotFound
from shared.evidence import service as evidence
from shared.evidence import vault
from shared.evidence.models import Evidence
from shared.evidence.obscuring import service as obscuring
from shared.evidence.obscuring.models import RegionsForm
from shared.platform import Platform
from shared.policy.decision import Purpose
from shared.reports.models import Report
from shared.retention import disposal, holds
from shared.retention.disposal import Outcome, order_for
from shared.retention.kinds import KINDS
from shared.retention.models import HoldForm
from shared.rights import answering, handover, media
from shared.rights.answer_models import Answer, AnswerForm
from tests.service.test_retention_service import announce, process
from tests.service.test_rights_erasure import answered, case_of, decided, is_there, reported
from tests.support.world import World

OTHERS = {"x": 0.5, "y": 0.1, "width": 0.4, "height": 0.8, "obscured": True}


async def painted(world: World, item: str, **region: Any) -> Evidence:
    """The picture with somebody painted over by an investigator."""
    investigator, purpose = world.investigator.principal, Purpose.INVESTIGATE
    seen = await obscuring.read_regions(world.platform, investigator, item, purpose)
    form = RegionsForm.model_validate({"regions": [OTHERS | region], "checkedPlatesAndScreens": True})
    await obscuring.decide(world.platform, investigator, item, form, purpose, seen.etag)
    return await stored(world, item)


async def stored(world: World, item: str) -> Evidence:
    return await world.platform.records(Evidence).read(item, [world.home.id, item])


async def picture(world: World) -> tuple[Report, Evidence]:
    report = await reported(world)
    item = await announce(world, report.id)
    await process(world, item)
    return report, await painted(world, item)


def giving(item: Evidence, **changes: Any) -> dict[str, Any]:
    assert item.rendition is not None
    given = {"kind": "evidence", "mine": [], "rendition": item.rendition.sha256, "othersObscured": True}
    return given | changes


async def rendition_of(world: World, item: Evidence) -> bytes:
    return await vault.unseal(world.platform, item, item.rendition_part)


async def fetched(platform: Platform, answer: Answer, number: int = 1) -> bytes:
    pieces = range(1, answer.package.file(number).pieces + 1)
    return b"".join([await media.piece(platform, answer, number, each) for each in pieces])


async def copies(platform: Platform, answer: Answer) -> list[str]:
    return await platform.blobs.sealed_names(f"{answer.organisation_id}/{answer.id}/")


async def test_the_copy_outlives_the_item_and_goes_with_the_answer(
    world: World, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces and slices as a long film has them; given and erased by one answer, with its report."""
    monkeypatch.setattr(vault, "SLICE", 200)
    monkeypatch.setattr(media, "PIECE", 300)
    report, item = await picture(world)
    content = await rendition_of(world, item)
    case = await decided(world, await case_of(world), item.id, **giving(item, act="erase"))
    case = await decided(world, case, report.id, act="erase")
    package = await answered(world, case)
    [file] = package.files
    assert (file.name, file.size_bytes, file.pieces) == ("image-1.jpg", len(content), -(-len(content) // 300))
    assert file.pieces > 1
    assert {each.result for each in package.results} == {"erased"}
    assert not await is_there(platform, report)
    with pytest.raises(NotFound):
        await stored(world, item.id)

    answer = await handover.of_case(platform, world.home.id, case.id)
    given = await fetched(platform, answer)
    assert given == content
    assert hashlib.sha256(given).hexdigest() == file.sha256
    with Image.open(io.BytesIO(given)) as shown:
        assert shown.getexif() == {}
        inside = (int(shown.width * 0.7), shown.height // 2)
        assert max(shown.convert("RGB").getpixel(inside)) < 10  # type: ignore[arg-type]
    assert len(await copies(platform, answer)) > 1

    document = await platform.container(Answer.container).read(answer.id, answer.key)
    early = document | {"disposeAt": "2026-01-01T00:00:00.000Z"}
    await platform.container(Answer.container).replace(early, document["_etag"])
    assert await disposal.dispose(platform, order_for(KINDS["rights_answer"], early)) is Outcome.DISPOSED
    assert await copies(platform, answer) == []
    with pytest.raises(Gone):
        await handover.of_case(platform, world.home.id, case.id)


async def test_what_was_painted_anew_is_looked_at_anew(world: World, platform: Platform) -> None:
    """Between the decision and the answer, and while an answer is made that broke off: nobody gets what nobody saw."""
    _, item = await picture(world)
    case = await decided(world, await case_of(world), item.id, **giving(item))
    item = await painted(world, item.id, x=0.0)
    with pytest.raises(Conflict, match="painted anew"):
        await answering.draft(platform, world.privacy_officer.principal, case.id, AnswerForm())
    case = await decided(world, case, item.id, **giving(item))
    await answering._packed(platform, case, None)
    item = await painted(world, item.id, x=0.2)
    with pytest.raises(Conflict, match="painted anew"):
        await answered(world, case)
    with pytest.raises(Gone):
        await handover.of_case(platform, world.home.id, case.id)
    case = await decided(world, case, item.id, **giving(item))
    package = await answered(world, case)
    answer = await handover.of_case(platform, world.home.id, case.id)
    assert [each.sha256 for each in package.files] == [giving(item)["rendition"]]
    assert await fetched(platform, answer) == await rendition_of(world, item)


async def test_a_copy_that_broke_off_is_finished_by_sending_the_answer_again(
    world: World, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "SLICE", 200)
    _, item = await picture(world)
    content = await rendition_of(world, item)
    case = await decided(world, await case_of(world), item.id, **giving(item, act="erase"))
    answer = await answering._packed(platform, case, None)
    await platform.blobs.seal(vault._slice_name(answer, "file.1", 0), content[:200], await vault._key(platform, answer))
    await answered(world, case)
    assert await fetched(platform, answer) == content


async def test_only_a_reviewed_rendition_that_the_officer_looked_at_is_given_and_within_bounds(
    world: World, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, case = await reported(world), await case_of(world)
    identifier = await announce(world, report.id)
    with pytest.raises(NotFound):
        await decided(world, case, identifier, kind="evidence", mine=[], disclose="not_theirs")
    await process(world, identifier)
    item = await stored(world, identifier)
    assert item.original is not None
    original = item.original.sha256

    async def refused(item: Evidence, **changes: Any) -> list[str]:
        with pytest.raises(Invalid) as caught:
            await decided(world, case, item.id, **giving(item, **changes))
        return [f"{each.at} {each.code}" for each in caught.value.errors]

    assert await refused(item) == ["/disclose not_reviewed"]
    item = await painted(world, identifier)
    assert await refused(item, othersObscured=False) == ["/othersObscured required"]
    for no_such in (None, "0" * 64, original):
        assert await refused(item, rendition=no_such) == ["/rendition not_this_one"]
    correct = {"act": "correct", "corrections": {"/whatHappened": "Nothing"}}
    assert await refused(item, **correct) == ["/act not_possible"]
    with monkeypatch.context() as patch:
        patch.setattr(media, "LARGEST", 100)
        assert await refused(item) == ["/disclose too_large"]
    case = await decided(world, case, item.id, **giving(item))
    monkeypatch.setattr(media, "MOST_BYTES", 100)
    with pytest.raises(Conflict, match="may have"):
        await answered(world, case)


async def test_a_hold_keeps_a_picture_and_a_restriction_freezes_it_with_its_report(
    world: World, platform: Platform
) -> None:
    (report, item), officer = await picture(world), world.privacy_officer.principal
    form = HoldForm.model_validate(
        {
            "records": [{"kind": "report", "id": report.id}],
            "until": platform.clock.now() + timedelta(days=30),
            "reason": "The prosecution has asked for it.",
            "caseReference": "WM/2/26",
        }
    )
    await holds.set_hold(platform, officer, form, "hold-of-a-picture")
    package = await answered(world, await decided(world, await case_of(world), item.id, **giving(item, act="erase")))
    assert [(each.kind, each.result) for each in package.results] == [("evidence", "held")]
    assert await seen(world, item) == {Purpose.LEGAL_ACTION}

    other, frozen = await picture(world)
    assert await seen(world, frozen) == {Purpose.INVESTIGATE, Purpose.LEGAL_ACTION}
    await answered(world, await decided(world, await case_of(world), other.id, act="restrict"))
    assert await seen(world, frozen) == {Purpose.LEGAL_ACTION}
    listed = await evidence.of_report(platform, world.investigator.principal, other.id, Purpose.LEGAL_ACTION)
    assert [each.id for each in listed] == [frozen.id]
    alone = (await picture(world))[1]
    package = await answered(
        world, await decided(world, await case_of(world), alone.id, **giving(alone, act="restrict"))
    )
    assert [(each.kind, each.result) for each in package.results] == [("evidence", "restricted")]
    assert await seen(world, alone) == {Purpose.LEGAL_ACTION}


async def seen(world: World, item: Evidence) -> set[Purpose]:
    """For which purposes an investigator still sees it."""
    found = set()
    for purpose in (Purpose.INVESTIGATE, Purpose.LEGAL_ACTION):
        try:
            await evidence.read(world.platform, world.investigator.principal, item.id, purpose)
        except NotFound:
            continue
        found.add(purpose)
    return found
