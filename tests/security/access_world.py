"""The people and records of the access matrix: every role in every place, and a fresh target for every request."""

import io
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from PIL import Image

from shared.alerts.models import Alert, Cause
from shared.alerts.occasion import Filter
from shared.breaches import register
from shared.breaches.register_models import BreachForm, BreachView
from shared.cases import bundles
from shared.cases import service as cases
from shared.cases.bundle_models import Bundle, BundleForm
from shared.cases.bundle_models import State as BundleState
from shared.cases.models import Case, CaseForm, LinkForm, TaskForm
from shared.complaints import intake as complaints
from shared.complaints.models import ComplaintForm, Incoming, Receipt
from shared.delivery import push, signature
from shared.delivery.models import Channel, Delivery, Notice, Secret, Webhook
from shared.delivery.models import State as DeliveryState
from shared.delivery.push import BrowserForm
from shared.evidence import vault
from shared.evidence.media_types import MediaKind, MediaType
from shared.evidence.models import Content, Evidence, State
from shared.evidence.vault import Part
from shared.evidence.video.work import Stage, VideoWork
from shared.http.models import PersonalQuery
from shared.identity.principals import Principal, Role
from shared.identity.terms import in_force
from shared.identity.tokens import Identity
from shared.ids import new_id
from shared.intelligence import suggestions
from shared.intelligence.models import ReportLinkMade
from shared.organisations import devices
from shared.organisations import service as organisations
from shared.organisations.models import Organisation, Site, User
from shared.pages.languages import Language
from shared.people import links
from shared.people import service as people
from shared.people.models import Confidence, Profile, ProfileForm
from shared.plates import pictures, watchlists
from shared.plates.models import Candidate, Guess, PlateRead, WatchlistEntry, WatchlistEntryForm
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import Report, ReportSubmission
from shared.retention import holds, terms
from shared.retention.models import HoldForm
from shared.retention.service import NO_SETTINGS
from shared.rights.models import Case as RightsCase
from shared.rights.models import Identity as RightsIdentity
from shared.rights.models import Proof
from shared.searches import saved
from shared.searches.saved_models import SavedSearchForm
from shared.sharing import communities, disclosures, feed
from shared.sharing.access import ALL_FIELDS
from shared.sharing.models import CommunityForm, DisclosureForm, Membership, MembershipSettings
from tests.support import lpr
from tests.support.browser import UserAgent
from tests.support.media import movie
from tests.support.rights import ask, ask_page, rights_case
from tests.support.world import World, fresh_key, theft

PLACES = ("own", "shared", "unshared", "stranger", "suspended", "terms", "nobody")
PURPOSE = {"purpose": "INVESTIGATE"}
NO_REQUEST = {"reference": "2222-2222-2222", "secret": "z" * 43}


@dataclass
class Caller:
    """Somebody in one role in one place. ``nobody`` has no token."""

    place: str
    role: str
    principal: Principal
    api: httpx.AsyncClient
    identity: Identity


@dataclass
class Request:
    params: dict[str, str] = field(default_factory=dict)
    body: Any = None
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


class AccessWorld:
    """Built on the shared world: its home organisation owns the records."""

    def __init__(self, world: World) -> None:
        self.world, self.platform = world, world.platform
        self.callers: dict[tuple[str, str], Caller] = {}
        self.shared_report: Report
        self.unshared_report: Report
        self.sites: dict[str, Site] = {world.home.id: world.site}

    async def build(self) -> None:
        world = self.world
        for place, home in {
            "own": world.home,
            "shared": world.partner,
            "unshared": world.partner,
            "stranger": world.outsider,
            "suspended": world.home,
            "terms": world.home,
        }.items():
            for role in Role:
                at = world.police if role is Role.OFFICER and place in {"shared", "unshared"} else home
                await self._caller(place, role, at)
        for organisation in (world.partner, world.police, world.outsider):
            await self._site(organisation)
        self.callers["nobody", "nobody"] = Caller(
            "nobody", "nobody", Principal("nobody", "", "user"), world.anonymous(), Identity("", "")
        )
        self.shared_report = await self.report("theft")
        self.unshared_report = await self.report("fraud")
        for report in (self.shared_report, self.unshared_report):
            await feed.index(self.platform, await self.document(report))

    async def close(self) -> None:
        for caller in self.callers.values():
            await caller.api.aclose()

    async def report(self, kind: str = "theft") -> Report:
        form = ReportSubmission.model_validate(theft(self.world, type=kind, vehicles=[]))
        key = uuid.uuid4().hex
        author = self.world.reporter.principal
        return await reports.submit(self.platform, author, form, key, notify=False)

    async def document(self, report: Report) -> dict[str, Any]:
        return await self.platform.container("reports").read(report.id, report.key)

    def target(self, place: str) -> Report:
        """The report that a caller of this place asks for."""
        return self.unshared_report if place == "unshared" else self.shared_report

    async def _caller(self, place: str, role: Role, home: Organisation) -> None:
        sub, issuer = f"matrix-{place}-{role.value}-{uuid.uuid4().hex[:6]}", self.platform.settings.issuers[0]
        user = User(
            id=new_id(self.platform.clock.now()),
            organisation_id=home.id,
            name="Matrix",
            roles=[role],
            state="suspended" if place == "suspended" else "active",
            accepted_terms=None if place == "terms" else in_force().version,
        )
        identity = Identity(issuer, sub)
        await organisations.add_user(self.platform, user, identity)
        token = self.world.stack.token(sub)
        principal = Principal(
            user.id,
            home.id,
            "user",
            frozenset([role.value]),
            employer=home.kind.value,
            accepted_terms=in_force().version,
        )
        api = self.world.anonymous(Authorization=f"Bearer {token}")
        self.callers[place, role.value] = Caller(place, role.value, principal, api, identity)

    async def _site(self, organisation: Organisation) -> None:
        site = replace_id(self.world.site, new_id(self.platform.clock.now()), organisation.id)
        self.sites[organisation.id] = await organisations.add_site(self.platform, site)

    # -- one request for each endpoint, with a target of its own where something changes ------------------------------

    async def request(self, endpoint: str, caller: Caller) -> Request:
        return await getattr(self, f"_{endpoint}", self._nothing)(caller)

    async def _nothing(self, _: Caller) -> Request:
        return Request()

    async def _transparency_notice(self, _: Caller) -> Request:
        return Request({"organisationId": self.world.home.id})

    async def _transparency_plates(self, _: Caller) -> Request:
        return Request({"organisationId": self.world.home.id})

    async def _breaches_record(self, _: Caller) -> Request:
        return Request(body=self._breach_form(), headers=fresh_key())

    async def _breaches_read(self, _: Caller) -> Request:
        return Request({"breachId": (await self._breach()).id})

    async def _breaches_change(self, _: Caller) -> Request:
        breach = await self._breach()
        return Request({"breachId": breach.id}, {"people": 12}, headers={"If-Match": breach.etag})

    async def _breaches_done(self, _: Caller) -> Request:
        breach = await self._breach()
        body = {"duty": "uk-authority", "at": datetime.now(UTC).isoformat(), "note": "By its form."}
        return Request({"breachId": breach.id}, body, headers={"If-Match": breach.etag})

    async def _breaches_pass_on(self, _: Caller) -> Request:
        breach = await self._breach()
        body = {"organisations": [self.world.partner.id]}
        return Request({"breachId": breach.id}, body, headers={"If-Match": breach.etag})

    async def _breaches_reach(self, _: Caller) -> Request:
        now = datetime.now(UTC)
        return Request(body={"since": (now - timedelta(hours=1)).isoformat(), "until": now.isoformat()})

    def _breach_form(self) -> dict[str, Any]:
        return {
            "title": "A lost telephone",
            "facts": "A telephone with an open session was lost.",
            "awareAt": datetime.now(UTC).isoformat(),
            "jurisdictions": ["GB"],
            "risk": "likely",
            "people": 40,
        }

    async def _breach(self) -> BreachView:
        form = BreachForm.model_validate(self._breach_form())
        return await register.record(self.platform, self.world.privacy_officer.principal, form, uuid.uuid4().hex)

    async def _accountability_pack(self, _: Caller) -> Request:
        return Request({"pack": "sub-processors"})

    async def _transparency_sign(self, caller: Caller) -> Request:
        return Request({"siteId": self._site_of(caller)})

    async def _complaints_submit(self, _: Caller) -> Request:
        return Request(body=self._complaint_form(), headers=fresh_key())

    async def _complaints_third_party_submit(self, _: Caller) -> Request:
        body = self._complaint_form() | {"sender": "lawyer", "body": "Firm & Partners", "legalBasis": "A court order"}
        return Request(body={name: each for name, each in body.items() if name != "about"}, headers=fresh_key())

    async def _complaints_status(self, _: Caller) -> Request:
        receipt = await self._complaint()
        return Request(body={"reference": receipt.reference, "secret": receipt.secret})

    async def _complaints_read(self, _: Caller) -> Request:
        return Request({"complaintId": (await self._matter()).id})

    async def _complaints_acknowledge(self, _: Caller) -> Request:
        matter = await self._matter()
        return Request({"complaintId": matter.id}, headers={"If-Match": matter.etag})

    async def _complaints_close(self, _: Caller) -> Request:
        matter = await self._matter()
        body = {"outcome": "upheld", "answer": "You were right, and we have corrected it."}
        return Request({"complaintId": matter.id}, body, headers={"If-Match": matter.etag})

    def _complaint_form(self) -> dict[str, str]:
        return {
            "organisationId": self.world.home.id,
            "about": "treated",
            "whatHappened": "I was stopped at the door without any reason.",
            "name": "Matrix",
            "contact": f"{uuid.uuid4().hex}@matrix.example",
        }

    async def _complaint(self) -> Receipt:
        form = ComplaintForm.model_validate(self._complaint_form())
        return await complaints.complain(self.platform, form, uuid.uuid4().hex, Language.ENGLISH)

    async def _matter(self) -> Incoming:
        reference = (await self._complaint()).reference
        pointer = await self.platform.container(Incoming.container).read(reference, reference)
        return await self.platform.records(Incoming).read(pointer["matterId"], self.world.home.id)

    async def _terms_accept(self, _: Caller) -> Request:
        return Request(body={"version": in_force().version})

    async def _invitations_accept(self, caller: Caller) -> Request:
        return Request(body={"code": "x" * 43})

    async def _organisations_register(self, _: Caller) -> Request:
        form = {"name": "New Shop", "kind": "retailer", "jurisdiction": "GB", "administrator": "First Admin"}
        return Request(
            body=form | {"dataProtectionContact": "dpo@shop.example", "privacyNotice": "https://shop.example/p"}
        )

    async def _organisation_change(self, caller: Caller) -> Request:
        organisation = await organisations.organisation(
            self.platform, caller.principal.organisation or self.world.home.id
        )
        return Request(body={"dataProtectionContact": "dpo@shop.example"}, headers={"If-Match": organisation.etag})

    async def _sites_add(self, _: Caller) -> Request:
        site = {"name": "New site", "region": "GB-ENG", "timeZone": "Europe/London", "latitude": 51, "longitude": -1}
        return Request(body=site)

    async def _sites_anpr(self, _: Caller) -> Request:
        return Request({"siteId": self.world.site.id}, {"open": True})

    async def _users_change(self, _: Caller) -> Request:
        user = await self._new_user()
        return Request({"userId": user.id}, {"state": "suspended"}, headers={"If-Match": user.etag})

    async def _users_invite(self, _: Caller) -> Request:
        return Request(body={"name": "Somebody New", "roles": ["org_admin"]})

    async def _devices_register(self, caller: Caller) -> Request:
        return Request(body={"siteId": self._site_of(caller), "format": "rekor"})

    async def _devices_rotate(self, _: Caller) -> Request:
        device = await devices.register_device(self.platform, self.world.site, "rekor")
        return Request({"cameraId": device.device}, {"overlapHours": 1})

    async def _devices_revoke(self, _: Caller) -> Request:
        device = await devices.register_device(self.platform, self.world.site, "rekor")
        return Request({"cameraId": device.device})

    async def _communities_create(self, _: Caller) -> Request:
        return Request(body={"name": "Another Watch", "aim": "To try out who may found one."}, headers=fresh_key())

    async def _communities_invite(self, caller: Caller) -> Request:
        community = await self._community(caller, "joined")
        return Request({"communityId": community}, {"organisationId": self.world.outsider.id})

    async def _communities_join(self, caller: Caller) -> Request:
        return Request({"communityId": await self._community(caller, "invited")}, {})

    async def _communities_settings(self, caller: Caller) -> Request:
        community = await self._community(caller, "joined")
        mine = await communities.membership(
            self.platform, community, caller.principal.organisation or self.world.home.id
        )
        return Request({"communityId": community}, {}, headers={"If-Match": mine.etag if mine else '"none"'})

    async def _communities_leave(self, caller: Caller) -> Request:
        return Request({"communityId": await self._community(caller, "joined")})

    async def _communities_feed(self, _: Caller) -> Request:
        return Request({"communityId": self.world.community}, query=PURPOSE)

    async def _reports_submit(self, caller: Caller) -> Request:
        return Request(body=theft(self.world, siteId=self._site_of(caller)), headers=fresh_key())

    async def _reports_read(self, caller: Caller) -> Request:
        return self._of_report(caller, query=PURPOSE | {"owner": self.world.home.id})

    async def _reports_outcomes(self, _: Caller) -> Request:
        return Request({"reportId": self.shared_report.id}, query=PURPOSE)

    async def _reports_list(self, _: Caller) -> Request:
        return Request(query=PURPOSE)

    async def _reports_search(self, _: Caller) -> Request:
        return Request(body={"types": ["theft"]}, query=PURPOSE)

    def _search_form(self) -> dict[str, Any]:
        return {"label": "Thefts", "criteria": {"types": ["theft"]}, "alerts": False, "endsAt": self._soon()}

    async def _saved_searches_save(self, _: Caller) -> Request:
        return Request(body=self._search_form(), query=PURPOSE, headers=fresh_key())

    async def _saved_searches_list(self, _: Caller) -> Request:
        return Request(query=PURPOSE)

    async def _saved_searches_remove(self, caller: Caller) -> Request:
        """The caller's own, of those who can have one."""
        if not caller.principal.roles & {Role.INVESTIGATOR, Role.PRIVACY_OFFICER}:
            return Request({"searchId": str(uuid.uuid4())}, query=PURPOSE)
        form, query = SavedSearchForm.model_validate(self._search_form()), PersonalQuery(purpose=Purpose.INVESTIGATE)
        kept = await saved.save(self.platform, caller.principal, form, query, uuid.uuid4().hex)
        return Request({"searchId": kept.id}, query=PURPOSE)

    async def _reports_amend(self, caller: Caller) -> Request:
        fresh = await self.report()
        body = {"policeReference": "WM/1/26"}
        return Request({"reportId": fresh.id}, body, PURPOSE, {"If-Match": fresh.etag})

    async def _reports_judge_age(self, caller: Caller) -> Request:
        fresh = await self.report()
        body = {"finding": "adult", "reason": "Known to staff as an adult."}
        return Request({"reportId": fresh.id}, body, headers={"If-Match": fresh.etag})

    async def _reports_share(self, caller: Caller) -> Request:
        fresh = await self.report()
        return Request({"reportId": fresh.id}, {"communityId": self.world.community})

    async def _reports_unshare(self, caller: Caller) -> Request:
        fresh = await self.report()
        return Request({"reportId": fresh.id, "communityId": self.world.community})

    async def _reports_shares(self, caller: Caller) -> Request:
        return self._of_report(caller, query=PURPOSE)

    async def _reports_disclose(self, caller: Caller) -> Request:
        fresh = await self.report()
        return Request({"reportId": fresh.id}, self._disclosure(), headers=fresh_key())

    async def _reports_notify_police(self, caller: Caller) -> Request:
        fresh = await self.report()
        body = {"caseNumber": "HP-2026-17", "note": "Please call the store manager."}
        return Request({"reportId": fresh.id}, body, headers=fresh_key())

    async def _reports_police(self, caller: Caller) -> Request:
        return self._of_report(caller, query=PURPOSE)

    async def _confirmed(self) -> Candidate:
        candidate, now = await self._candidate(), self.platform.clock.now()
        decided = {"state": "confirmed", "decided_by": self.world.investigator.id, "decided_at": now}
        changed = Candidate.model_validate(candidate.model_dump() | decided)
        return await self.platform.records(Candidate).replace(changed, candidate.etag)

    async def _plates_candidates_police(self, _: Caller) -> Request:
        candidate, fresh = await self._confirmed(), await self.report()
        body = {"reportId": fresh.id, "caseNumber": "HP-2026-17", "note": "It is at the site now."}
        return Request({"candidateId": candidate.id}, body, headers=fresh_key())

    async def _disclosures_sighting(self, caller: Caller) -> Request:
        candidate, fresh, author = await self._confirmed(), await self.report(), self.world.investigator.principal
        form = DisclosureForm.model_validate(self._disclosure())
        seen = disclosures.Seen(candidate.id, candidate.site_id, candidate.day)
        key = uuid.uuid4().hex
        made = await disclosures.disclose(self.platform, author, fresh.id, form, key, seen=seen)
        if caller.place == "unshared":
            made = await disclosures.withdraw(self.platform, author, made.id, made.etag)
        return Request({"disclosureId": made.id}, query=PURPOSE | {"owner": self.world.home.id})

    async def _disclosures_receive(self, caller: Caller) -> Request:
        fresh = await self.report()
        form = DisclosureForm.model_validate(self._disclosure())
        author = self.world.investigator.principal
        made = await disclosures.disclose(self.platform, author, fresh.id, form, uuid.uuid4().hex)
        if caller.place == "unshared":
            made = await disclosures.withdraw(self.platform, author, made.id, made.etag)
        asked = PURPOSE | {"owner": self.world.home.id}
        return Request({"disclosureId": made.id}, {"policeReference": "WP/1/26"}, asked, {"If-Match": made.etag})

    async def _disclosures_list(self, _: Caller) -> Request:
        return Request(query=PURPOSE)

    async def _disclosures_withdraw(self, _: Caller) -> Request:
        fresh = await self.report()
        form = DisclosureForm.model_validate(self._disclosure())
        author = self.world.investigator.principal
        made = await disclosures.disclose(self.platform, author, fresh.id, form, uuid.uuid4().hex)
        return Request({"disclosureId": made.id}, headers={"If-Match": made.etag})

    async def _evidence_request_upload(self, caller: Caller) -> Request:
        body = {"reportId": self.target(caller.place).id, "kind": "image", "mimeType": "image/jpeg", "sizeBytes": 99}
        return Request(body=body, headers=fresh_key())

    async def _evidence_read(self, _: Caller) -> Request:
        return Request({"evidenceId": (await self._evidence()).id}, query=PURPOSE)

    async def _evidence_content(self, _: Caller) -> Request:
        return Request({"evidenceId": (await self._evidence()).id}, query=PURPOSE)

    async def _evidence_regions(self, _: Caller) -> Request:
        return Request({"evidenceId": (await self._picture()).id}, query=PURPOSE)

    async def _evidence_obscure(self, _: Caller) -> Request:
        item = await self._picture()
        body = {"regions": [], "checkedPlatesAndScreens": True}
        return Request({"evidenceId": item.id}, body, PURPOSE, {"If-Match": item.etag})

    async def _videos_read(self, _: Caller) -> Request:
        return Request({"evidenceId": (await self._video()).id}, query=PURPOSE)

    async def _videos_suggest(self, _: Caller) -> Request:
        return Request({"evidenceId": (await self._video()).id}, query=PURPOSE, headers={"If-Match": '"0"'})

    async def _videos_decide(self, _: Caller) -> Request:
        body = {"tracks": [], "checkedPlatesAndScreens": True}
        return Request({"evidenceId": (await self._video()).id}, body, PURPOSE, {"If-Match": '"0"'})

    async def _videos_cancel(self, _: Caller) -> Request:
        headers = {"If-Match": '"1-rendering"'}
        return Request({"evidenceId": (await self._video(Stage.RENDERING)).id}, query=PURPOSE, headers=headers)

    async def _evidence_destroy_original(self, _: Caller) -> Request:
        item = await self._picture()
        decided = item.model_copy(update={"obscured_at": self.platform.clock.now(), "obscured_by": "somebody-else"})
        stored = await self.platform.records(Evidence).replace(decided, item.etag)
        return Request({"evidenceId": item.id}, query=PURPOSE, headers={"If-Match": stored.etag})

    async def _evidence_of_report(self, caller: Caller) -> Request:
        return self._of_report(caller, query=PURPOSE)

    async def _evidence_custody(self, _: Caller) -> Request:
        return Request({"evidenceId": (await self._evidence()).id}, query=PURPOSE)

    async def _cases_open(self, _: Caller) -> Request:
        body = {"title": "Thefts at the tills", "reason": "The same van was seen twice."}
        return Request(body=body, query=PURPOSE, headers=fresh_key())

    async def _cases_list(self, _: Caller) -> Request:
        return Request(query=PURPOSE)

    async def _cases_read(self, _: Caller) -> Request:
        return Request({"caseId": (await self._case()).id}, query=PURPOSE)

    async def _cases_change(self, _: Caller) -> Request:
        return await self._of_case({"status": "with_police"})

    async def _cases_link(self, _: Caller) -> Request:
        item = await self._evidence()
        return await self._of_case({"kind": "evidence", "id": item.id, "reason": "It shows the van."})

    async def _cases_unlink(self, _: Caller) -> Request:
        case = await self._case()
        return Request({"caseId": case.id, "recordId": case.record_ids[0]}, None, PURPOSE, {"If-Match": case.etag})

    async def _cases_note(self, _: Caller) -> Request:
        return await self._of_case({"notes": "Rang the officer."})

    async def _cases_task(self, _: Caller) -> Request:
        return await self._of_case({"notes": "Ask for the film."})

    async def _cases_change_task(self, _: Caller) -> Request:
        wanted = await self._of_case({"done": True})
        wanted.params["taskId"] = self.task
        return wanted

    async def _profiles_open(self, _: Caller) -> Request:
        return Request(body=self._profile_form(), query=PURPOSE, headers=fresh_key())

    async def _profiles_list(self, _: Caller) -> Request:
        return Request(query=PURPOSE)

    async def _profiles_search(self, _: Caller) -> Request:
        return Request(body={"name": "Erika Mustermann"}, query=PURPOSE)

    async def _profiles_read(self, _: Caller) -> Request:
        return Request({"profileId": (await self._profile()).id}, query=PURPOSE)

    async def _profiles_correct(self, _: Caller) -> Request:
        return await self._of_profile({"marks": "Scar on the left hand", "correctionReason": "Seen on film."})

    async def _profiles_link(self, _: Caller) -> Request:
        other = await self._profile()
        body = {"kind": "person", "id": other.id, "reason": "Left together.", "confidence": "possible"}
        return await self._of_profile(body)

    async def _profiles_unlink(self, _: Caller) -> Request:
        profile = await self._profile(2)
        [first, *_] = await links.of(self.platform, profile.organisation_id, profile.id)
        params = {"profileId": profile.id, "linkId": first.id}
        return Request(params, {"reason": "Somebody else."}, PURPOSE, {"If-Match": profile.etag})

    async def _profiles_review(self, _: Caller) -> Request:
        return await self._of_profile({"reason": "Still comes back.", "reviewAt": self._soon()})

    async def _profiles_dispute(self, _: Caller) -> Request:
        return await self._of_profile({"disputed": True, "reason": "Says that it was not them."})

    async def _profiles_merge(self, _: Caller) -> Request:
        return await self._of_profile({"otherId": (await self._profile()).id, "reason": "One and the same."})

    async def _profiles_split(self, _: Caller) -> Request:
        profile = await self._profile(2)
        [first, *_] = await links.of(self.platform, profile.organisation_id, profile.id)
        body = {"label": "The other one", "reason": "Two people.", "linkIds": [first.id], "reviewAt": self._soon()}
        return Request({"profileId": profile.id}, body, PURPOSE, fresh_key())

    async def _profiles_close(self, _: Caller) -> Request:
        return await self._of_profile({"reason": "Not needed any more."})

    async def _suggestions_report(self, _: Caller) -> Request:
        return Request({"reportId": self.shared_report.id}, query=PURPOSE)

    async def _suggestions_case(self, _: Caller) -> Request:
        return Request({"caseId": (await self._case()).id}, query=PURPOSE)

    async def _suggestions_decide(self, _: Caller) -> Request:
        params = {"reportId": self.shared_report.id, "otherId": (await self.report()).id}
        return Request(params, {"verdict": "rejected", "reason": "Read both."}, PURPOSE)

    async def _groups_list(self, _: Caller) -> Request:
        return Request(query=PURPOSE)

    async def _groups_read(self, _: Caller) -> Request:
        return Request({"reportId": self.shared_report.id}, query=PURPOSE)

    async def _links_list(self, _: Caller) -> Request:
        return Request({"reportId": self.shared_report.id}, query=PURPOSE)

    async def _links_make(self, _: Caller) -> Request:
        body = {"otherId": (await self.report()).id, "reason": "One call.", "confidence": "certain"}
        return Request({"reportId": self.shared_report.id}, body, PURPOSE, fresh_key())

    async def _links_remove(self, _: Caller) -> Request:
        other, author = await self.report(), self.world.investigator.principal
        form = ReportLinkMade(other_id=other.id, reason="One call.", confidence=Confidence.CERTAIN)
        made = await suggestions.link(self.platform, author, self.shared_report.id, form, Purpose.INVESTIGATE)
        [link] = [each for each in made.links if each.record_id == other.id]
        params = {"reportId": self.shared_report.id, "linkId": link.id}
        return Request(params, {"reason": "Wrong."}, PURPOSE)

    async def _cases_bundle(self, _: Caller) -> Request:
        case = await self._case()
        return Request({"caseId": case.id}, self._bundle_form(case), headers=fresh_key())

    async def _cases_bundles(self, _: Caller) -> Request:
        return Request({"caseId": (await self._case()).id}, query=PURPOSE)

    async def _bundles_read(self, _: Caller) -> Request:
        return Request({"bundleId": (await self._bundle()).id}, query=PURPOSE)

    async def _bundles_content(self, _: Caller) -> Request:
        bundle = await self._bundle()
        await vault.seal_stream(self.platform, bundle, vault.ARCHIVE, _once(b"archive"))
        ready = bundle.model_copy(update={"state": BundleState.READY, "size_bytes": 7})
        await self.platform.records(Bundle).replace(ready, bundle.etag)
        return Request({"bundleId": bundle.id}, query=PURPOSE)

    async def _bundles_approve(self, _: Caller) -> Request:
        bundle = await self._bundle()
        waiting = bundle.model_copy(update={"state": BundleState.WAITING, "requested_by": "somebody-else"})
        stored = await self.platform.records(Bundle).replace(waiting, bundle.etag)
        return Request({"bundleId": bundle.id}, headers={"If-Match": stored.etag})

    async def _bundles_withdraw(self, _: Caller) -> Request:
        bundle = await self._bundle()
        return Request({"bundleId": bundle.id}, headers={"If-Match": bundle.etag})

    async def _plates_post(self, _: Caller) -> Request:
        device = await devices.register_device(self.platform, self.world.site, "rekor")
        return Request({"deviceId": device.device}, {})

    async def _plates_search(self, _: Caller) -> Request:
        return Request(body={"plate": "ZX71 QLM", "caseReference": "HP-1"}, query=PURPOSE)

    async def _plates_movements(self, _: Caller) -> Request:
        return Request(body={"question": "frequency", "reportId": (await self.report()).id}, query=PURPOSE)

    async def _plates_candidates_list(self, _: Caller) -> Request:
        return Request(query=PURPOSE)

    async def _plates_candidates_read(self, _: Caller) -> Request:
        return Request({"candidateId": (await self._candidate()).id}, query=PURPOSE)

    async def _plates_candidates_picture(self, _: Caller) -> Request:
        return Request({"candidateId": (await self._candidate()).id}, query=PURPOSE)

    async def _plates_candidates_decide(self, _: Caller) -> Request:
        candidate = await self._candidate()
        body = {"decision": "rejected", "comparedPlateAndPicture": True}
        return Request({"candidateId": candidate.id}, body, PURPOSE, {"If-Match": candidate.etag})

    async def _watchlists_add(self, _: Caller) -> Request:
        ends = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        body = {"plate": "ZX71 QLM", "reason": "Seen at thefts.", "caseReference": "HP-1", "expiresAt": ends}
        return Request(body=body, headers=fresh_key())

    async def _watchlists_review(self, _: Caller) -> Request:
        entry = await self._entry()
        soon = (datetime.now(UTC) + timedelta(days=20)).isoformat()
        return Request({"entryId": entry.id}, {"stillNeeded": True, "reviewAt": soon}, headers={"If-Match": entry.etag})

    async def _watchlists_withdraw(self, _: Caller) -> Request:
        entry = await self._entry()
        return Request({"entryId": entry.id}, headers={"If-Match": entry.etag})

    async def _entry(self) -> WatchlistEntry:
        form = WatchlistEntryForm(
            plate="ZX71 QLM",
            reason="Seen at thefts.",
            case_reference="HP-1",
            expires_at=datetime.now(UTC) + timedelta(days=30),
        )
        return await watchlists.add(self.platform, self.world.investigator.principal, form, uuid.uuid4().hex)

    async def _watchlists_import(self, _: Caller) -> Request:
        ends = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        table = f"plate,reason,caseReference,expiresAt\nZX71 QLN,Seen at thefts.,HP-1,{ends}\n"
        return Request(body={"csv": table}, headers=fresh_key())

    async def _watchlists_list(self, _: Caller) -> Request:
        return Request(query=PURPOSE)

    async def _alerts_acknowledge(self, caller: Caller) -> Request:
        alert = await self._alert(caller.principal)
        return Request({"alertId": alert.id}, headers={"If-Match": alert.etag})

    async def _webhooks_register(self, _: Caller) -> Request:
        # A full house is no reason to be kept out: it is answered with 409.
        return Request(body={"name": "Control room", "url": "https://hooks.example.com/reeve"})

    async def _webhooks_change(self, _: Caller) -> Request:
        return await self._of_webhook({"state": "paused"})

    async def _webhooks_remove(self, _: Caller) -> Request:
        return await self._of_webhook(None)

    async def _webhooks_rotate(self, _: Caller) -> Request:
        return await self._of_webhook({"overlapHours": 1})

    async def _webhooks_ping(self, _: Caller) -> Request:
        return await self._of_webhook(None)

    async def _deliveries_replay(self, _: Caller) -> Request:
        dead = await self._dead_delivery()
        return Request({"deliveryId": dead.id}, headers={"If-Match": dead.etag})

    async def _mail_give(self, _: Caller) -> Request:
        return Request(body={"address": f"{uuid.uuid4().hex}@shop.example"})

    async def _push_add(self, _: Caller) -> Request:
        return Request(body=UserAgent().subscription(f"https://push.example.com/{uuid.uuid4().hex}"))

    async def _push_remove(self, caller: Caller) -> Request:
        form = BrowserForm.model_validate(UserAgent().subscription(f"https://push.example.com/{uuid.uuid4().hex}"))
        if not caller.principal.organisation:
            return Request({"browserId": str(uuid.uuid4())})
        return Request({"browserId": (await push.add(self.platform, caller.principal, form)).id})

    async def _mail_verify(self, caller: Caller) -> Request:
        return Request(body={"code": "12345678"})

    async def _preferences_set(self, _: Caller) -> Request:
        return Request(body={"rules": []}, headers={"If-Match": '"another"'})

    async def _organisation_preferences_set(self, _: Caller) -> Request:
        return Request(body={"rules": []}, headers={"If-Match": '"another"'})

    async def _alerts_colleagues(self, caller: Caller) -> Request:
        return Request({"alertId": (await self._alert(caller.principal)).id})

    async def _alerts_hand_over(self, caller: Caller) -> Request:
        """To somebody of the same role, who may be told what the caller was told."""
        alert, kind = await self._alert(caller.principal), Role.INVESTIGATOR
        home = caller.principal.organisation or self.world.home.id
        user = User(id=new_id(self.platform.clock.now()), organisation_id=home, name="Colleague", roles=[kind])
        await organisations.add_user(self.platform, user, Identity(self.platform.settings.issuers[0], uuid.uuid4().hex))
        return Request({"alertId": alert.id}, {"userId": user.id}, headers={"If-Match": alert.etag})

    async def _audit_proof(self, _: Caller) -> Request:
        return Request({"entryId": str(uuid.uuid4())})

    async def _public_log_checkpoint(self, _: Caller) -> Request:
        return Request({"logId": str(uuid.uuid4())})

    async def _public_log_key(self, _: Caller) -> Request:
        return Request({"logId": str(uuid.uuid4())})

    async def _public_log_tile(self, _: Caller) -> Request:
        return Request({"logId": str(uuid.uuid4()), "path": "0/000"})

    async def _policy_explain(self, caller: Caller) -> Request:
        return Request(body={"userId": caller.principal.id, "action": "report:read", "purpose": "INVESTIGATE"})

    async def _breaches_deadlines(self, _: Caller) -> Request:
        aware = datetime.now(UTC).isoformat()
        return Request(query={"jurisdictions": "GB", "awareAt": aware, "risk": "likely", "people": "1"})

    async def _text_screen(self, _: Caller) -> Request:
        return Request(body={"text": "Ran off with a rucksack."})

    async def _keys_rotate(self, _: Caller) -> Request:
        return Request(body={"what": "root"}, headers=fresh_key())

    async def _insights_table(self, _: Caller) -> Request:
        return Request(query={"purpose": "RESEARCH", "view": "month_by_type"})

    async def _insights_changes(self, _: Caller) -> Request:
        return Request(query={"purpose": "RESEARCH"})

    async def _insights_seasons(self, _: Caller) -> Request:
        return Request(query={"purpose": "RESEARCH", "unit": "week"})

    async def _insights_sites(self, _: Caller) -> Request:
        return Request(query={"purpose": "RESEARCH"})

    async def _insights_export(self, _: Caller) -> Request:
        return Request(query={"purpose": "RESEARCH", "view": "type_by_hour"})

    async def _retention_shorten(self, caller: Caller) -> Request:
        settings = await terms.settings_of(self.platform, caller.principal.organisation or self.world.home.id)
        etag = settings.etag if settings else NO_SETTINGS
        return Request(body={"shortened": {"alert": "P60D"}}, headers={"If-Match": etag})

    async def _retention_preview(self, _: Caller) -> Request:
        return Request(body={"shortened": {"report": "P3M"}})

    async def _retention_restore(self, _: Caller) -> Request:
        return Request(body={"since": datetime.now(UTC).isoformat()})

    async def _holds_set(self, caller: Caller) -> Request:
        item = await self._evidence(caller.principal.organisation or self.world.home.id)
        return Request(body=self._hold_form(item), headers=fresh_key())

    async def _holds_approve(self, _: Caller) -> Request:
        return await self._of_hold()

    async def _holds_review(self, _: Caller) -> Request:
        wanted = await self._of_hold()
        wanted.body = {}
        return wanted

    async def _holds_release(self, _: Caller) -> Request:
        return await self._of_hold()

    # -- targets -----------------------------------------------------------------------------------------------------

    def _of_report(self, caller: Caller, **more: Any) -> Request:
        return Request({"reportId": self.target(caller.place).id}, **more)

    def _site_of(self, caller: Caller) -> str:
        return self.sites.get(caller.principal.organisation, self.world.site).id

    def _disclosure(self) -> dict[str, Any]:
        form = {"recipientId": self.world.police.id, "purpose": "NOTIFY_LE", "caseNumber": "WM/4471/26"}
        return form | {"note": "As agreed by telephone."}

    def _hold_form(self, item: Evidence) -> dict[str, Any]:
        ends = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        held = {"records": [{"kind": "evidence", "id": item.id}], "until": ends}
        return held | {"reason": "The prosecution has asked for it.", "caseReference": "WM/4471/26"}

    async def _case(self) -> Case:
        """One with a report and a task in it."""
        author, purpose = self.world.investigator.principal, Purpose.INVESTIGATE
        form = CaseForm(title="Thefts at the tills", reason="The same van was seen twice.")
        case = await cases.open_case(self.platform, author, form, purpose, uuid.uuid4().hex)
        added = LinkForm.model_validate({"kind": "report", "id": self.shared_report.id, "reason": "It began here."})
        case = await cases.link(self.platform, author, case.id, added, purpose, case.etag)
        case = await cases.add_task(self.platform, author, case.id, TaskForm(notes="Call"), purpose, case.etag)
        self.task = case.tasks[0].id
        return case

    def _soon(self) -> str:
        return (datetime.now(UTC) + timedelta(days=60)).isoformat()

    def _profile_form(self, *reports: str) -> dict[str, Any]:
        named = [
            {"reportId": each, "reason": "Seen on film.", "confidence": "probable"}
            for each in reports or (self.shared_report.id,)
        ]
        form = {"subject": "person", "label": "Green jacket", "reason": "Comes back.", "names": ["Max Mustermann"]}
        return form | {"reviewAt": self._soon(), "reports": named}

    async def _profile(self, reports: int = 1) -> Profile:
        ids = [self.shared_report.id, self.unshared_report.id][:reports]
        form, author = ProfileForm.model_validate(self._profile_form(*ids)), self.world.investigator.principal
        return await people.open_profile(self.platform, author, form, Purpose.INVESTIGATE, uuid.uuid4().hex)

    async def _of_profile(self, body: dict[str, Any]) -> Request:
        profile = await self._profile()
        return Request({"profileId": profile.id}, body, PURPOSE, {"If-Match": profile.etag})

    async def _bundle(self) -> Bundle:
        """One that no message has built: it was stored without one."""
        case, author = await self._case(), self.world.investigator.principal
        form = BundleForm.model_validate(self._bundle_form(case))
        fields, key = sorted(ALL_FIELDS), uuid.uuid4().hex
        draft = await bundles.drafted(self.platform, author, case, form, fields, None, key)
        return await self.platform.records(Bundle).create(draft)

    def _bundle_form(self, case: Case) -> dict[str, Any]:
        recipient = {"kind": "court", "name": "Crown Court"}
        form = {"recipient": recipient, "purpose": "LEGAL_ACTION", "caseNumber": "T2026/0042"}
        return form | {"reports": case.record_ids}

    async def _of_case(self, body: dict[str, Any]) -> Request:
        case = await self._case()
        return Request({"caseId": case.id}, body, PURPOSE, {"If-Match": case.etag})

    async def _of_hold(self) -> Request:
        form = HoldForm.model_validate(self._hold_form(await self._evidence()))
        author = self.world.privacy_officer.principal
        hold = await holds.set_hold(self.platform, author, form, uuid.uuid4().hex)
        return Request({"holdId": hold.id}, headers={"If-Match": hold.etag})

    async def _of_webhook(self, body: Any) -> Request:
        now = self.platform.clock.now()
        webhook = await self.platform.records(Webhook).create(
            Webhook(
                id=new_id(now),
                organisation_id=self.world.home.id,
                name="Control room",
                url="http://127.0.0.1:9/nobody-listens",
                secrets=[Secret(key=signature.new_secret())],
                tells=Filter(causes=[Cause.ALARM]),  # never told of anything
                created_at=now,
            )
        )
        return Request({"webhookId": webhook.id}, body, headers={"If-Match": webhook.etag})

    async def _dead_delivery(self) -> Delivery:
        now = self.platform.clock.now()
        notice = Notice(
            cause=Cause.REPORT,
            cause_id="x",
            cause_organisation_id=self.world.home.id,
            relation="own",
            site_id="x",
            headline="Theft",
            urgent=False,
            created_at=now,
        )
        return await self.platform.records(Delivery).create(
            Delivery(
                id=new_id(now),
                organisation_id=self.world.home.id,
                channel=Channel.WEBHOOK,
                target_id=new_id(now),
                notices=[notice],
                state=DeliveryState.DEAD,
                due_at=now,
                give_up_at=now,
                created_at=now,
                ttl=600,
            )
        )

    async def _new_user(self) -> User:
        user = User(
            id=new_id(self.platform.clock.now()),
            organisation_id=self.world.home.id,
            name="Target",
            roles=[Role.REPORTER],
        )
        return await organisations.add_user(
            self.platform, user, Identity(self.platform.settings.issuers[0], uuid.uuid4().hex)
        )

    async def _community(self, caller: Caller, state: str) -> str:
        """A community of its own for this request; the caller's organisation joined it or was invited."""
        identifier = new_id(self.platform.clock.now())
        form = CommunityForm(name="For one request", aim="To try out who may do what.")
        home = await organisations.organisation(self.platform, caller.principal.organisation or self.world.home.id)
        await self._forget_communities(home)
        founder = self.world.outsider if home.id != self.world.outsider.id else self.world.partner
        founder = await organisations.organisation(self.platform, founder.id)
        await self._forget_communities(founder)
        await communities.found(self.platform, await self._again(founder), identifier, form)
        await communities.enter(self.platform, identifier, await self._again(home), MembershipSettings())
        if state == "invited":
            mine = await communities.membership(self.platform, identifier, home.id)
            assert mine is not None
            invited = mine.model_copy(update={"state": "invited"})
            await self.platform.records(Membership).replace(invited, mine.etag)
        return identifier

    async def _again(self, organisation: Organisation) -> Organisation:
        return await organisations.organisation(self.platform, organisation.id)

    async def _forget_communities(self, organisation: Organisation) -> None:
        """So that the limit of communities is never reached."""
        current = await self._again(organisation)
        kept = [each for each in current.communities if each == self.world.community]
        if len(current.communities) > len(kept):
            shorter = current.model_copy(update={"communities": kept})
            await self.platform.records(Organisation).replace(shorter, current.etag)

    async def _evidence(self, organisation: str | None = None) -> Evidence:
        owner = organisation or self.world.home.id
        identifier, now = new_id(self.platform.clock.now()), self.platform.clock.now()
        return await self.platform.records(Evidence).create(
            Evidence(
                id=identifier,
                organisation_id=owner,
                evidence_id=identifier,
                media_kind="image",
                report_id=self.shared_report.id,
                site_id=self.sites[owner].id,
                event_at=now,
                state=State.AWAITING_UPLOAD,
                announced_type="image/jpeg",
                announced_bytes=10,
                uploaded_by="somebody-else",
                requested_at=now,
                captured_at=None,
                description=None,
                request_commitment="",
                dispose_at=now + timedelta(days=10),
            )
        )

    async def _picture(self) -> Evidence:
        """An item whose picture has arrived."""
        written = io.BytesIO()
        Image.new("RGB", (64, 48), "orange").save(written, "JPEG")
        content, item = written.getvalue(), await self._evidence()
        described = Content(mime_type=MediaType.JPEG, size_bytes=len(content), sha256="")
        await vault.seal(self.platform, item, Part.ORIGINAL, content)
        stored = item.model_copy(update={"state": State.STORED, "original": described, "rendition": described})
        return await self.platform.records(Evidence).replace(stored, item.etag)

    async def _video(self, stage: Stage | None = None) -> Evidence:
        """An item whose video has arrived, perhaps with work on it under way."""
        content, item = movie(), await self._evidence()
        described = Content(mime_type=MediaType.MP4, size_bytes=len(content), sha256="")
        await vault.seal(self.platform, item, Part.ORIGINAL, content)
        work = VideoWork(stage=stage, number=1, asked_by="somebody-else", asked_at=item.requested_at) if stage else None
        changes = {"state": State.STORED, "media_kind": MediaKind.VIDEO, "original": described, "video": work}
        return await self.platform.records(Evidence).replace(item.model_copy(update=changes), item.etag)

    async def _candidate(self) -> Candidate:
        """With a picture beside it."""
        now = self.platform.clock.now()
        read = PlateRead("r", now, Guess("ZX71QLM", 0.9), pictures=(lpr.PICTURE,))
        candidate = Candidate(
            id=new_id(now),
            organisation_id=self.world.home.id,
            site_id=self.world.site.id,
            day=now.date().isoformat(),
            device_id="d",
            entry_id="e",
            captured_at=now,
            created_at=now,
            decide_by=now + timedelta(hours=1),
            confidence=0.9,
            picture_until=now + timedelta(hours=1),
            plate="ZX71QLM",
            make=None,
            colour=None,
            doubts=[],
            dispose_at=now + timedelta(days=30),
        )
        picture = pictures.of(candidate, read)
        assert picture
        return await self.platform.records(Candidate).create(candidate, picture)

    async def _alert(self, recipient: Principal) -> Alert:
        now = self.platform.clock.now()
        return await self.platform.records(Alert).create(
            Alert(
                id=new_id(now),
                organisation_id=recipient.organisation,
                recipient_id=recipient.id,
                cause=Cause.REPORT,
                cause_id="x",
                cause_organisation_id="x",
                relation="own",
                site_id="x",
                headline="Theft",
                urgent=False,
                created_at=now,
                ttl=600,
            )
        )

    # -- requests of persons ------------------------------------------------------------------------------------------

    async def _rights_submit(self, _: Caller) -> Request:
        return Request(body=ask())

    async def _rights_status(self, _: Caller) -> Request:
        return Request({"reference": "2222-2222-2222"})

    async def _rights_confirm(self, _: Caller) -> Request:
        return Request({"reference": "2222-2222-2222"}, {"code": "00000000"})

    async def _rights_new_code(self, _: Caller) -> Request:
        return Request({"reference": "2222-2222-2222"})

    async def _rights_reply(self, _: Caller) -> Request:
        return Request({"reference": "2222-2222-2222", "caseId": str(uuid.uuid4())}, {"message": "Anything at all"})

    async def _rights_read(self, _: Caller) -> Request:
        return await self._of_rights_case()

    async def _rights_acknowledge(self, _: Caller) -> Request:
        return await self._of_rights_case({})

    async def _rights_prove(self, _: Caller) -> Request:
        return await self._of_rights_case({"result": "confirmed", "how": "facts_match", "note": "Name and day agree."})

    async def _rights_ask(self, _: Caller) -> Request:
        return await self._of_rights_case({"reason": "clarification", "message": "Which of our shops was it?"})

    async def _rights_extend(self, _: Caller) -> Request:
        latest = (datetime.now(UTC) + timedelta(days=50)).date().isoformat()
        return await self._of_rights_case({"ground": "complexity", "until": latest, "message": "Many records."})

    async def _rights_page_ask_send(self, _: Caller) -> Request:
        return Request(body=ask_page())

    async def _rights_page_confirm_send(self, _: Caller) -> Request:
        return Request(body=NO_REQUEST | {"code": "00000000"})

    async def _rights_page_status_send(self, _: Caller) -> Request:
        return Request(body=NO_REQUEST)

    async def _rights_page_reply(self, _: Caller) -> Request:
        return Request(body=NO_REQUEST | {"caseId": str(uuid.uuid4()), "message": "Anything at all"})

    async def _rights_page_answer(self, _: Caller) -> Request:
        return Request(body=NO_REQUEST | {"caseId": str(uuid.uuid4()), "format": "pdf"})

    async def _rights_link(self, _: Caller) -> Request:
        return Request({"reference": "2222-2222-2222", "caseId": str(uuid.uuid4())}, {})

    async def _rights_fetch(self, _: Caller) -> Request:
        return Request({"code": "y" * 43})

    async def _rights_records(self, _: Caller) -> Request:
        return await self._of_rights_case()

    async def _rights_decide(self, _: Caller) -> Request:
        wanted = await self._of_rights_case({"kind": "report", "disclose": "not_theirs"})
        fresh = await self.report()
        return Request(wanted.params | {"recordId": fresh.id}, wanted.body, headers=wanted.headers)

    async def _rights_preview(self, caller: Caller) -> Request:
        return await self._rights_decide(caller)

    async def _rights_draft(self, _: Caller) -> Request:
        return await self._of_rights_case({})

    async def _rights_answer(self, _: Caller) -> Request:
        nowhere = {"region": "GB-WLS", "place": "Far from everything", "on": "2026-01-01"}
        case = await rights_case(self.world, incident=nowhere)
        proven = case.model_copy(update={"proof": Proof(result=RightsIdentity.CONFIRMED)})
        proven = await self.platform.records(RightsCase).replace(proven, case.etag)
        return Request({"caseId": case.id}, {}, headers={"If-Match": proven.etag})

    async def _of_rights_case(self, body: Any = None) -> Request:
        case = await rights_case(self.world)
        return Request({"caseId": case.id}, body, headers={"If-Match": case.etag})


def replace_id(site: Site, identifier: str, organisation: str) -> Site:
    return site.model_copy(update={"id": identifier, "organisation_id": organisation, "etag": ""})
