"""Bystanders in videos: faces looked for, a person's decision, the rendition, and how far the work on it is."""

from shared.evidence.video import service
from shared.evidence.video.models import VideoForm, VideoView
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, PersonalQuery

door = Door()

LARGEST_FORM = 4 << 20


@door.endpoint(
    "videos_read",
    "GET",
    "evidence/{evidenceId:guid}/video",
    summary="How far the work on a video is, where faces were found in it, and what was decided about them",
    query=PersonalQuery,
    reply=VideoView,
)
async def read(call: Call[NoBody, PersonalQuery]) -> Reply:
    return _shown(await service.read(call.platform, call.principal, _id(call), call.query.purpose))


@door.endpoint(
    "videos_suggest",
    "POST",
    "evidence/{evidenceId:guid}/video/suggestions",
    summary="Have faces looked for in a video; ask how far it is until it waits for your review",
    query=PersonalQuery,
    reply=VideoView,
    status=202,
    changes=True,
)
async def suggest(call: Call[NoBody, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return _shown(await service.suggest(call.platform, call.principal, _id(call), purpose, etag))


@door.endpoint(
    "videos_decide",
    "PUT",
    "evidence/{evidenceId:guid}/video",
    summary="Decide what is painted over in a video, and when; the rendition is made anew from its pixels",
    body=VideoForm,
    query=PersonalQuery,
    reply=VideoView,
    status=202,
    changes=True,
    body_limit=LARGEST_FORM,
)
async def decide(call: Call[VideoForm, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return _shown(await service.decide(call.platform, call.principal, _id(call), call.body, purpose, etag))


@door.endpoint(
    "videos_cancel",
    "POST",
    "evidence/{evidenceId:guid}/video/cancellation",
    summary="Call off the work on a video; what was made for it so far is deleted",
    query=PersonalQuery,
    reply=VideoView,
    changes=True,
)
async def cancel(call: Call[NoBody, PersonalQuery]) -> Reply:
    purpose, etag = call.query.purpose, call.if_match
    return _shown(await service.cancel(call.platform, call.principal, _id(call), purpose, etag))


def _shown(found: VideoView) -> Reply:
    return Reply(found, etag=found.etag)


def _id(call: Call[NoBody, PersonalQuery] | Call[VideoForm, PersonalQuery]) -> str:
    return call.params["evidenceId"].lower()
