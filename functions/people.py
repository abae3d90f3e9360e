"""Profiles of people and vehicles of interest, and how they are linked."""

from typing import Any

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, PersonalQuery
from shared.people import finding, joining, service
from shared.people.models import (
    CloseForm,
    DisputeForm,
    LinkForm,
    MergeForm,
    Profile,
    ProfileChange,
    ProfileForm,
    ProfileListQuery,
    ProfilePage,
    ProfileSearch,
    ProfileView,
    ReviewForm,
    SplitForm,
)

door = Door()


@door.endpoint(
    "profiles_open",
    "POST",
    "profiles",
    summary="Open a profile of a person or a vehicle from reports, with a reason and a day of review",
    body=ProfileForm,
    query=PersonalQuery,
    reply=ProfileView,
    status=201,
    creates=True,
)
async def open_profile(call: Call[ProfileForm, PersonalQuery]) -> Reply:
    profile = await service.open_profile(
        call.platform, call.principal, call.body, call.query.purpose, call.idempotency_key
    )
    return await _shown(call, profile, location=f"/api/profiles/{profile.id}")


@door.endpoint(
    "profiles_list",
    "GET",
    "profiles",
    summary="Your organisation's profiles, last changed first",
    query=ProfileListQuery,
    reply=ProfilePage,
)
async def list_profiles(call: Call[NoBody, ProfileListQuery]) -> Reply:
    return Reply(await service.list_profiles(call.platform, call.principal, call.query, call.cursor_binding))


@door.endpoint(
    "profiles_search",
    "POST",
    "profiles/search",
    summary="Find profiles by name; what was sought is remembered, sealed",
    body=ProfileSearch,
    query=PersonalQuery,
    reply=ProfilePage,
)
async def search(call: Call[ProfileSearch, PersonalQuery]) -> Reply:
    return Reply(await finding.search(call.platform, call.principal, call.body, call.query))


@door.endpoint(
    "profiles_read",
    "GET",
    "profiles/{profileId:guid}",
    summary="A profile with its links and its history",
    query=PersonalQuery,
    reply=ProfileView,
)
async def read(call: Call[NoBody, PersonalQuery]) -> Reply:
    profile, view = await service.read(call.platform, call.principal, _id(call), call.query.purpose)
    return Reply(view, etag=profile.etag)


@door.endpoint(
    "profiles_correct",
    "PATCH",
    "profiles/{profileId:guid}",
    summary="Correct a profile, and say why",
    body=ProfileChange,
    query=PersonalQuery,
    reply=ProfileView,
    changes=True,
)
async def correct(call: Call[ProfileChange, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return await _shown(call, await service.correct(call.platform, call.principal, _id(call), call.body, purpose, etag))


@door.endpoint(
    "profiles_link",
    "POST",
    "profiles/{profileId:guid}/links",
    summary="Link a profile with a report, a person or a vehicle: why, and how sure you are",
    body=LinkForm,
    query=PersonalQuery,
    reply=ProfileView,
    changes=True,
)
async def link(call: Call[LinkForm, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return await _shown(call, await service.link(call.platform, call.principal, _id(call), call.body, purpose, etag))


@door.endpoint(
    "profiles_unlink",
    "POST",
    "profiles/{profileId:guid}/links/{linkId:guid}/remove",
    summary="Take away a link that was wrong, and say why",
    body=CloseForm,
    query=PersonalQuery,
    reply=ProfileView,
    changes=True,
)
async def unlink(call: Call[CloseForm, PersonalQuery]) -> Reply:
    link_id, reason = call.params["linkId"].lower(), call.body.reason
    profile = await service.unlink(
        call.platform, call.principal, _id(call), link_id, reason, call.query.purpose, call.if_match
    )
    return await _shown(call, profile)


@door.endpoint(
    "profiles_review",
    "POST",
    "profiles/{profileId:guid}/review",
    summary="Still needed: say why, and when to look again",
    body=ReviewForm,
    query=PersonalQuery,
    reply=ProfileView,
    changes=True,
)
async def review(call: Call[ReviewForm, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return await _shown(call, await service.review(call.platform, call.principal, _id(call), call.body, purpose, etag))


@door.endpoint(
    "profiles_dispute",
    "POST",
    "profiles/{profileId:guid}/dispute",
    summary="Say that somebody disputes a profile, or that it is settled",
    body=DisputeForm,
    query=PersonalQuery,
    reply=ProfileView,
    changes=True,
)
async def dispute(call: Call[DisputeForm, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return await _shown(call, await service.dispute(call.platform, call.principal, _id(call), call.body, purpose, etag))


@door.endpoint(
    "profiles_merge",
    "POST",
    "profiles/{profileId:guid}/merge",
    summary="Merge another profile of the same person or vehicle into this one",
    body=MergeForm,
    query=PersonalQuery,
    reply=ProfileView,
    changes=True,
)
async def merge(call: Call[MergeForm, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return await _shown(call, await joining.merge(call.platform, call.principal, _id(call), call.body, purpose, etag))


@door.endpoint(
    "profiles_split",
    "POST",
    "profiles/{profileId:guid}/split",
    summary="Split a profile that held two: what moves gets a profile of its own, which is answered",
    body=SplitForm,
    query=PersonalQuery,
    reply=ProfileView,
    status=201,
    creates=True,
)
async def split(call: Call[SplitForm, PersonalQuery]) -> Reply:
    _, fresh = await joining.split(
        call.platform, call.principal, _id(call), call.body, call.query.purpose, call.idempotency_key
    )
    return await _shown(call, fresh, location=f"/api/profiles/{fresh.id}")


@door.endpoint(
    "profiles_close",
    "POST",
    "profiles/{profileId:guid}/close",
    summary="Close a profile: nobody sees it any more, and it is forgotten",
    body=CloseForm,
    query=PersonalQuery,
    status=204,
    changes=True,
)
async def close(call: Call[CloseForm, PersonalQuery]) -> Reply:
    await service.close(call.platform, call.principal, _id(call), call.body, call.query.purpose, call.if_match)
    return Reply(None, status=204)


async def _shown(call: Call[Any, PersonalQuery], profile: Profile, location: str = "") -> Reply:
    return Reply(await service.shown(call.platform, call.principal, profile), etag=profile.etag, location=location)


def _id(call: Call[Any, PersonalQuery]) -> str:
    return call.params["profileId"].lower()
