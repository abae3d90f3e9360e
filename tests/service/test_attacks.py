"""What somebody might try who knows the rules well: each was possible once."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.alerts import causes
from shared.alerts.models import AlertRequest, Cause
from shared.cases import bundles, bundling
from shared.cases import service as cases
from shared.cases.bundle_models import Bundle, BundleOrder, State
from shared.cases.models import LinkForm
from shared.complaints import intake as complaints
from shared.complaints.models import ComplaintForm, StatusForm
from shared.delivery import addresses
from shared.delivery.addresses import MOST_CODES_A_DAY, MailForm
from shared.errors import Conflict, Forbidden, IdempotencyMismatch, NotFound, QuotaSpent
from shared.identity.principals import Role
from shared.organisations import management
from shared.organisations.models import User, UserChange
from shared.pages.languages import Language
from shared.people import joining
from shared.people import service as people
from shared.people.models import MergeForm, ProfileForm, SplitForm
from shared.plates import service as sightings
from shared.plates.models import Candidate, CandidateListQuery
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import AgeJudgement, Report, ReportAmendment, ReportType
from shared.retention import holds
from shared.retention.models import HoldForm
from shared.rights import answering
from shared.rights import desk as rights_desk
from shared.rights import intake as rights_intake
from shared.rights.answer_models import AnswerForm
from shared.rights.desk_models import ProofForm
from shared.rights.handover import of_case
from shared.sharing import communities, disclosures, feed
from shared.sharing.models import DisclosureForm, FeedQuery, MembershipSettings, SharingRule
from tests.service.test_cases_bundles import case_of, form_of, profile_of, report
from tests.service.test_rights_erasure import case_of as rights_case_of
from tests.service.test_rights_erasure import decided, reported
from tests.support.desk import Desk
from tests.support.rights import rights_case
from tests.support.world import World, add_person

LEGAL, INVESTIGATE = Purpose.LEGAL_ACTION, Purpose.INVESTIGATE


async def entries(world: World, subject: str, outcome: str = "allowed") -> set[str]:
    """Actions in the log at home that name a record."""
    text = "SELECT c.action FROM c WHERE ARRAY_CONTAINS(c.subjects, @subject) AND c.outcome = @outcome"
    asked: dict[str, object] = {"subject": subject, "outcome": outcome}
    return {str(e["action"]) async for e in world.platform.container("audit").query(text, asked, key=[world.home.id])}


async def test_a_key_that_somebody_else_used_does_not_open_their_complaint(world: World) -> None:
    """A key is chosen by whoever sends a form, so it may be guessed: it must not lead to another one's secret."""
    values = {
        "about": "kept",
        "whatHappened": "They keep a picture of me, and it is another.",
        "name": "Ida Frost",
    }
    one, other = [
        ComplaintForm.model_validate(values | {"organisationId": each, "contact": f"{uuid.uuid4().hex}@mail.example"})
        for each in (world.home.id, world.partner.id)
    ]
    key = uuid.uuid4().hex
    mine, theirs = [await complaints.complain(world.platform, e, key, Language.ENGLISH) for e in (one, other)]
    assert mine.reference != theirs.reference
    assert mine.secret != theirs.secret
    stolen = StatusForm(reference=mine.reference, secret=theirs.secret)
    with pytest.raises(NotFound):
        await complaints.status(world.platform, stolen)


async def test_what_was_packed_before_somebody_decided_anew_never_leaves(world: World) -> None:
    """The answer broke off; then it turned out that an impostor had asked."""
    platform, officer = world.platform, world.privacy_officer.principal
    told = await reported(world)
    case = await decided(world, await rights_case_of(world), told.id)
    packed = await answering._packed(platform, case, None)
    assert packed.package.records
    proof = ProofForm.model_validate({"result": "not_confirmed", "note": "The signature is another one's."})
    case = await rights_desk.prove(platform, officer, case.id, proof, case.etag)
    await answering.answer(platform, officer, case.id, AnswerForm(), case.etag)
    assert (await of_case(platform, world.home.id, case.id)).package.records == []


async def test_nothing_of_an_erased_person_is_left_in_what_was_corrected_before(world: World) -> None:
    told = await reported(world, vehicles=[{"plate": "AB12 CDE"}, {"plate": "ZX71 QLM"}])
    right = {"/people/0/clothing": "A brown coat", "/people/1/clothing": "A red cap", "/vehicles/1/plate": "ZX71 QLN"}
    right["/whatHappened"] = "Annelise Vantongeren and another left in AB12 CDE with coats."
    for wanted in (
        {"act": "correct", "corrections": right},
        {"act": "erase_person", "mine": ["/people/0", "/vehicles/0"]},
    ):
        case = await decided(world, await rights_case_of(world), told.id, **wanted)
        await answering.answer(world.platform, world.privacy_officer.principal, case.id, AnswerForm(), case.etag)
    left = await world.platform.records(Report).read(told.id, told.key)
    for word in ("Vantongeren", "grey coat", "brown coat", "AB12"):
        assert word not in left.model_dump_json(), word
    places = [each.pointer for each in left.corrections if not each.pointer.startswith("erased")]
    assert places == ["/people/0/clothing", "/vehicles/0/plate", "/whatHappened"]


async def test_a_bundle_that_waited_does_not_hand_over_what_may_not_be_any_more(world: World) -> None:
    """Somebody turns out to be a minor while a colleague has not agreed yet; and whoever agrees has to see it all."""
    platform, author = world.platform, world.investigator.principal
    told = await report(world)
    case, named = await case_of(world, told), await profile_of(world, told, "The grey coat")
    link = LinkForm.model_validate({"kind": "profile", "id": named.id, "reason": "Seen on both films"})
    case = await cases.link(platform, author, case.id, link, INVESTIGATE, case.etag)
    form = form_of(case, profiles=[named.id])
    waiting = await bundles.request(platform, author, case.id, form, uuid.uuid4().hex)
    assert waiting.state is State.WAITING
    assert "case:bundle" in await entries(world, named.id)  # so that it is counted where a breach is looked into
    colleague = replace(author, id=str(uuid.uuid4()))
    limited = replace(colleague, sites=frozenset([world.other_site.id]))
    with pytest.raises(Forbidden):
        await bundles.approve(platform, limited, waiting.id, waiting.etag)
    agreed = await bundles.approve(platform, colleague, waiting.id, waiting.etag)
    stored = await platform.records(Report).read(told.id, told.key)
    judged = AgeJudgement(finding="minor", reason="The police have told us how old she is.")
    await reports.judge_age(platform, author, told.id, judged, stored.etag)
    await bundling.build(platform, BundleOrder.model_validate(bundles.order(agreed).body))
    assert (await platform.records(Bundle).read(agreed.id, agreed.organisation_id)).state is State.FAILED


async def test_which_bundles_others_have_is_not_told_by_how_a_stranger_is_refused(world: World) -> None:
    case = await case_of(world, await report(world))
    author, stranger = world.investigator.principal, world.stranger.principal
    bundle = await bundles.request(world.platform, author, case.id, form_of(case), uuid.uuid4().hex)
    refusals = []
    for each in (bundle.id, str(uuid.uuid4())):
        with pytest.raises(NotFound) as refused:
            await bundles.read(world.platform, stranger, each, world.home.id, LEGAL)
        refusals.append(str(refused.value))
        assert await entries(world, each, "denied") == {"bundle:read"}
    assert refusals[0] == refusals[1]


async def test_a_bundle_is_no_way_round_the_limits_of_sites(world: World) -> None:
    case = await case_of(world, await report(world))
    author = world.investigator.principal
    bundle = await bundles.request(world.platform, author, case.id, form_of(case), uuid.uuid4().hex)
    await bundling.build(world.platform, BundleOrder.model_validate(bundles.order(bundle).body))
    here, elsewhere = [replace(author, sites=frozenset([each.id])) for each in (world.site, world.other_site)]
    _, part = await bundles.content(world.platform, here, bundle.id, None, LEGAL, 0, 100)
    assert len(part) == 100
    with pytest.raises(Forbidden):
        await bundles.content(world.platform, elsewhere, bundle.id, None, LEGAL, 0, 100)
    assert "bundle:read" in await entries(world, bundle.id, "denied")


async def held(world: World, profile: str) -> None:
    values: dict[str, Any] = {"records": [{"kind": "profile", "id": profile}], "caseReference": "WM/1/26"}
    values |= {"until": world.platform.clock.now() + timedelta(days=30), "reason": "The defence has asked for it."}
    officer = world.privacy_officer.principal
    await holds.set_hold(world.platform, officer, HoldForm.model_validate(values), uuid.uuid4().hex)


async def test_a_merge_or_a_split_does_not_get_round_a_legal_hold(world: World) -> None:
    platform, author = world.platform, world.investigator.principal
    told, more = await report(world), await report(world)
    one, other = [await profile_of(world, told, label) for label in ("The coat", "The other coat")]
    await held(world, other.id)
    merge = MergeForm.model_validate({"otherId": other.id, "reason": "One man."})
    with pytest.raises(Conflict, match="held"):
        await joining.merge(platform, author, one.id, merge, INVESTIGATE, one.etag)
    values = {
        "subject": "person",
        "label": "Two in one",
        "names": ["Erika Mustermann"],
        "reason": "Seen three times.",
        "reviewAt": platform.clock.now() + timedelta(days=30),
        "reports": [{"reportId": each.id, "reason": "Same coat", "confidence": "probable"} for each in (told, more)],
    }
    two = await people.open_profile(platform, author, ProfileForm.model_validate(values), INVESTIGATE, uuid.uuid4().hex)
    await held(world, two.id)
    _, seen = await people.read(platform, author, two.id, INVESTIGATE)
    apart = {"label": "The second", "linkIds": [seen.links[0].id], "names": [], "reason": "Another man."}
    split = SplitForm.model_validate(apart | {"reviewAt": values["reviewAt"]})
    with pytest.raises(Conflict, match="held"):
        await joining.split(platform, author, two.id, split, INVESTIGATE, uuid.uuid4().hex)


async def test_a_refusal_for_want_of_sites_stands_in_the_log(world: World) -> None:
    named = await profile_of(world, await report(world), "The grey coat")
    limited = replace(world.investigator.principal, sites=frozenset([world.other_site.id]))
    with pytest.raises(NotFound):
        await people.read(world.platform, limited, named.id, INVESTIGATE)
    assert await entries(world, named.id, "denied") == {"profile:read"}
    elsewhere = str(uuid.uuid4())
    with pytest.raises(NotFound):
        await feed.page(world.platform, limited, elsewhere, FeedQuery(purpose=INVESTIGATE), ())
    assert await entries(world, elsewhere, "denied") == {"feed:list"}


async def test_a_repeated_key_does_not_write_a_disclosure_into_the_log_that_never_was(world: World) -> None:
    author, key = world.investigator.principal, uuid.uuid4().hex
    one, other = await report(world), await report(world)
    values = {"recipientId": world.police.id, "purpose": "NOTIFY_LE", "caseNumber": "WM/1/26", "note": "As agreed."}
    form = DisclosureForm.model_validate(values)
    first = await disclosures.disclose(world.platform, author, one.id, form, key)
    assert (await disclosures.disclose(world.platform, author, one.id, form, key)).id == first.id
    with pytest.raises(IdempotencyMismatch):
        await disclosures.disclose(world.platform, author, other.id, form, key)
    assert "report:disclose" not in await entries(world, other.id)


async def test_a_warning_does_not_tell_what_the_owner_keeps_back(world: World) -> None:
    """Neither in words nor by the rules that pick warnings."""
    platform = world.platform
    hidden = SharingRule.model_validate({"types": ["violence"], "withhold": ["siteId", "loss", "weaponSeen"]})
    open_ = SharingRule(types=[ReportType.THEFT, ReportType.ROBBERY])
    member = await communities.membership(platform, world.community, world.home.id)
    assert member
    changed = member.model_copy(update={"shares": MembershipSettings(shares=[open_, hidden]).shares})
    await platform.records(type(member)).replace(changed, member.etag)
    told = await report(world, type="violence", weaponSeen=True)
    request = AlertRequest(
        cause=Cause.REPORT, id=told.id, organisation_id=world.home.id, key=list(told.key), message_id=told.id
    )
    bulletin = await causes.bulletin_of(platform, request)
    assert bulletin
    assert (bulletin.occasion.urgent, bulletin.occasion.site_id) == (True, world.site.id)
    assert {each.organisation for each in bulletin.told} == {world.home.id}
    [outside] = bulletin.also
    assert {each.organisation for each in outside.told} >= {world.partner.id}
    assert (outside.occasion.site_id, outside.occasion.urgent, outside.occasion.loss_minor) == ("", False, None)
    assert world.site.name not in outside.occasion.headline


async def test_words_that_are_added_later_keep_a_child_at_home_too(world: World) -> None:
    platform, author = world.platform, world.investigator.principal
    told = await report(world)
    document = await platform.container("reports").read(told.id, told.key)
    assert await feed.index(platform, document) == [world.community]
    change = ReportAmendment(what_happened="It was a schoolboy of fourteen in uniform who took the perfume.")
    amended = await reports.amend(platform, author, told.id, change, INVESTIGATE, told.etag)
    assert (amended.minor, amended.retention_category) == ("suspected", "report_minor")
    assert (await platform.container("feed").read_many([(told.id, world.community)])) == [None]
    judged = AgeJudgement(finding="adult", reason="His driving licence was shown to me.")
    cleared = await reports.judge_age(platform, author, told.id, judged, amended.etag)
    again = ReportAmendment(what_happened="The schoolboy in uniform was an actor of thirty.")
    assert (await reports.amend(platform, author, told.id, again, INVESTIGATE, cleared.etag)).minor == "cleared"


@pytest.mark.parametrize("reference", ["..", "x/../../docs/y", "ABCD-EFGH-JKLM/", "\x00", "a" * 2000, "#", "?"])
async def test_what_can_be_no_reference_is_told_like_one_that_is_not_there(world: World, reference: str) -> None:
    with pytest.raises(NotFound) as refused:
        await rights_intake.status(world.platform, reference, "secret")
    assert refused.value == rights_intake.nothing_there()


async def test_nobody_who_has_left_is_told_anything(desk: Desk, world: World) -> None:
    await add_person(world, "leaver", world.home, Role.INVESTIGATOR)
    leaver, admin = world.leaver.principal, world.admin.principal
    await addresses.give(desk.platform, leaver, MailForm(address=f"{uuid.uuid4().hex}@shop.example"))
    user = await desk.platform.records(User).read(leaver.id, leaver.organisation)
    await management.change_user(desk.platform, admin, leaver.id, UserChange(state="suspended"), user.etag)
    assert await addresses.known(desk.platform, leaver.organisation, leaver.id) is None


async def test_what_one_person_said_is_not_proposed_to_be_given_to_another(world: World) -> None:
    told = await report(world, vehicles=[{"plate": "SP34 KER"}])
    stored = told.model_copy(update={"statements": ["I was there to fetch my medicine."]})
    await world.platform.records(Report).replace(stored, told.etag)
    case = await rights_case(world, plates=["SP34 KER"])
    _, shown = await answering.records(world.platform, world.privacy_officer.principal, case.id)
    [found] = [each for each in shown.records if each.id == told.id]
    assert (found.suggested.mine, found.suggested.leave_out) == (["/vehicles/0"], ["statements"])


async def test_a_match_whose_time_is_up_is_out_of_use_before_the_timer_comes(world: World) -> None:
    """As after an erasure that a legal hold delays."""
    platform, author, now = world.platform, world.investigator.principal, world.platform.clock.now()
    values = dict.fromkeys(("id", "device_id", "entry_id"), str(uuid.uuid4())) | dict.fromkeys(("make", "colour"))
    values |= {"organisation_id": world.home.id, "site_id": world.site.id, "day": f"{now:%Y-%m-%d}", "confidence": 0.9}
    values |= {"captured_at": now, "created_at": now, "decide_by": now + timedelta(days=1), "plate": "EX11 PRD"}
    match = await platform.records(Candidate).create(
        Candidate.model_validate(values | {"doubts": [], "dispose_at": now + timedelta(days=1)})
    )
    assert (await sightings.read_candidate(platform, author, match.id, INVESTIGATE)).plate == "EX11 PRD"
    over = match.model_copy(update={"dispose_at": now})
    await platform.records(Candidate).replace(over, match.etag)
    with pytest.raises(NotFound):
        await sightings.read_candidate(platform, author, match.id, INVESTIGATE)
    query = CandidateListQuery(purpose=INVESTIGATE)
    assert match.id not in {e.id for e in (await sightings.list_candidates(platform, author, query, ())).candidates}


async def test_taking_an_address_away_does_not_count_its_codes_anew(desk: Desk, world: World) -> None:
    form, person = MailForm(address=f"{uuid.uuid4().hex}@shop.example"), world.auditor.principal
    for _ in range(MOST_CODES_A_DAY):
        await addresses.give(desk.platform, person, form)
        await addresses.remove(desk.platform, person)
    with pytest.raises(QuotaSpent):
        await addresses.give(desk.platform, person, form)
