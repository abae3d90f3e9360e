"""Communities and their feeds, the sharing of single reports, and disclosures to law enforcement."""

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery, PersonalQuery
from shared.sharing import communities, disclosures, feed, police
from shared.sharing.models import (
    CommunityForm,
    CommunityList,
    CommunityView,
    DisclosureForm,
    DisclosurePage,
    DisclosureQuery,
    DisclosureView,
    FeedPage,
    FeedQuery,
    InviteForm,
    MembershipSettings,
    PoliceForm,
    PoliceView,
    ReceiptForm,
    ReceiptQuery,
    ShareForm,
    SharesView,
    ShareView,
)

door = Door()


@door.endpoint(
    "communities_create",
    "POST",
    "communities",
    summary="Found a community",
    body=CommunityForm,
    reply=CommunityView,
    status=201,
    creates=True,
)
async def create(call: Call[CommunityForm, NoQuery]) -> Reply:
    return Reply(await communities.create(call.platform, call.principal, call.body, call.idempotency_key))


@door.endpoint(
    "communities_list",
    "GET",
    "communities",
    summary="Your communities, their members, and what you share",
    reply=CommunityList,
    personal=False,
)
async def list_mine(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await communities.list_mine(call.platform, call.principal))


@door.endpoint(
    "communities_invite",
    "POST",
    "communities/{communityId:guid}/invitations",
    summary="Invite an organisation",
    body=InviteForm,
    reply=CommunityView,
)
async def invite(call: Call[InviteForm, NoQuery]) -> Reply:
    invited = str(call.body.organisation_id)
    return Reply(await communities.invite(call.platform, call.principal, call.params["communityId"].lower(), invited))


@door.endpoint(
    "communities_join",
    "POST",
    "communities/{communityId:guid}/membership",
    summary="Accept an invitation, with what you share and what you want to see",
    body=MembershipSettings,
    reply=CommunityView,
)
async def join(call: Call[MembershipSettings, NoQuery]) -> Reply:
    return Reply(await communities.accept(call.platform, call.principal, call.params["communityId"].lower(), call.body))


@door.endpoint(
    "communities_settings",
    "PUT",
    "communities/{communityId:guid}/membership",
    summary="Change what you share and what you want to see",
    body=MembershipSettings,
    reply=CommunityView,
    changes=True,
)
async def settings(call: Call[MembershipSettings, NoQuery]) -> Reply:
    community = call.params["communityId"].lower()
    return Reply(await communities.change(call.platform, call.principal, community, call.body, call.if_match))


@door.endpoint(
    "communities_leave",
    "DELETE",
    "communities/{communityId:guid}/membership",
    summary="Leave a community, at once and on both sides",
    status=204,
)
async def leave(call: Call[NoBody, NoQuery]) -> Reply:
    await communities.leave(call.platform, call.principal, call.params["communityId"].lower())
    return Reply(None)


@door.endpoint(
    "communities_feed",
    "GET",
    "communities/{communityId:guid}/feed",
    summary="What the other members share with you, newest first",
    query=FeedQuery,
    reply=FeedPage,
)
async def read_feed(call: Call[NoBody, FeedQuery]) -> Reply:
    community = call.params["communityId"].lower()
    binding = (*call.cursor_binding, community)
    return Reply(await feed.page(call.platform, call.principal, community, call.query, binding))


@door.endpoint(
    "reports_share",
    "POST",
    "reports/{reportId:guid}/shares",
    summary="Share one report with a community",
    body=ShareForm,
    reply=ShareView,
)
async def share(call: Call[ShareForm, NoQuery]) -> Reply:
    report, community = call.params["reportId"].lower(), str(call.body.community_id)
    return Reply(await feed.share(call.platform, call.principal, report, community))


@door.endpoint(
    "reports_unshare",
    "DELETE",
    "reports/{reportId:guid}/shares/{communityId:guid}",
    summary="Take one report back from a community, at once",
    reply=ShareView,
)
async def unshare(call: Call[NoBody, NoQuery]) -> Reply:
    report, community = call.params["reportId"].lower(), call.params["communityId"].lower()
    return Reply(await feed.unshare(call.platform, call.principal, report, community))


@door.endpoint(
    "reports_shares",
    "GET",
    "reports/{reportId:guid}/shares",
    summary="With which communities a report is shared",
    query=PersonalQuery,
    reply=SharesView,
)
async def shares(call: Call[NoBody, PersonalQuery]) -> Reply:
    return Reply(await feed.shares(call.platform, call.principal, call.params["reportId"].lower(), call.query.purpose))


@door.endpoint(
    "reports_disclose",
    "POST",
    "reports/{reportId:guid}/disclosures",
    summary="Hand a report to law enforcement for a case",
    body=DisclosureForm,
    reply=DisclosureView,
    status=201,
    creates=True,
)
async def disclose(call: Call[DisclosureForm, NoQuery]) -> Reply:
    report = call.params["reportId"].lower()
    made = await disclosures.disclose(call.platform, call.principal, report, call.body, call.idempotency_key)
    return Reply(disclosures.disclosure_view(made), etag=made.etag)


@door.endpoint(
    "reports_notify_police",
    "POST",
    "reports/{reportId:guid}/police",
    summary="Send a report to the police force that covers its site; its officers are told",
    body=PoliceForm,
    reply=DisclosureView,
    status=201,
    creates=True,
)
async def notify_police(call: Call[PoliceForm, NoQuery]) -> Reply:
    report = call.params["reportId"].lower()
    made = await police.notify(call.platform, call.principal, report, call.body, call.idempotency_key)
    return Reply(disclosures.disclosure_view(made), etag=made.etag)


@door.endpoint(
    "reports_police",
    "GET",
    "reports/{reportId:guid}/police",
    summary="Which forces cover the site of a report, and what came of telling them",
    query=PersonalQuery,
    reply=PoliceView,
)
async def police_overview(call: Call[NoBody, PersonalQuery]) -> Reply:
    report = call.params["reportId"].lower()
    return Reply(await police.overview(call.platform, call.principal, report, call.query.purpose))


@door.endpoint(
    "disclosures_receive",
    "POST",
    "disclosures/{disclosureId:guid}/receipt",
    summary="Confirm, as the police, that you have a disclosure; give your reference",
    body=ReceiptForm,
    query=ReceiptQuery,
    reply=DisclosureView,
    changes=True,
)
async def receive(call: Call[ReceiptForm, ReceiptQuery]) -> Reply:
    disclosure, asked = call.params["disclosureId"].lower(), call.query
    received = await police.receive(
        call.platform, call.principal, disclosure, str(asked.owner), call.body, asked.purpose, call.if_match
    )
    return Reply(disclosures.disclosure_view(received), etag=received.etag)


@door.endpoint(
    "disclosures_withdraw",
    "POST",
    "disclosures/{disclosureId:guid}/withdrawal",
    summary="Withdraw a disclosure: the recipient sees nothing more",
    reply=DisclosureView,
    changes=True,
)
async def withdraw(call: Call[NoBody, NoQuery]) -> Reply:
    disclosure = call.params["disclosureId"].lower()
    changed = await disclosures.withdraw(call.platform, call.principal, disclosure, call.if_match)
    return Reply(disclosures.disclosure_view(changed), etag=changed.etag)


@door.endpoint(
    "disclosures_list",
    "GET",
    "disclosures",
    summary="What your organisation disclosed, or received if it is law enforcement",
    query=DisclosureQuery,
    reply=DisclosurePage,
)
async def list_disclosures(call: Call[NoBody, DisclosureQuery]) -> Reply:
    return Reply(await disclosures.list_disclosures(call.platform, call.principal, call.query, call.cursor_binding))
