"""Plate reads of cameras, watchlists, and the candidates that people decide on."""

import json
import logging

import azure.functions as func

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery, PersonalQuery
from shared.plates import expiry, health, imports, movements, police, search, service, spill, watchlists
from shared.plates.imports import ImportForm, ImportView
from shared.plates.models import (
    CandidateDecision,
    CandidateListQuery,
    CandidatePage,
    CandidateView,
    Receipt,
    ReviewForm,
    WatchlistEntryForm,
    WatchlistEntryView,
    WatchlistPage,
    WatchlistQuery,
)
from shared.plates.movements import MovementQuestion, Movements
from shared.plates.police import SightingForm, SightingView
from shared.plates.search import PlateSearch, SearchQuery, SightingList
from shared.platform import current
from shared.sharing.disclosures import disclosure_view
from shared.sharing.models import DisclosureView, ReceiptQuery
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.plates")
door = Door()


@door.endpoint(
    "plates_post",
    "POST",
    "plates/{deviceId:guid}",
    summary="A camera reports what it read, in its own format",
    access="device",
    personal=False,
    raw_body=True,
    body_limit=8 << 20,
    reply=Receipt,
)
async def post(call: Call[NoBody, NoQuery]) -> Reply:
    heard = await service.receive(call.platform, call.principal, call.headers, call.raw)
    receipt = Receipt(received=len(heard.reads))
    return Reply(json.dumps({**heard.answer, **receipt.model_dump()}) if heard.answer else receipt)


@door.endpoint(
    "plates_candidates_list",
    "GET",
    "plates/candidates",
    summary="Possible matches to compare, newest first",
    query=CandidateListQuery,
    reply=CandidatePage,
)
async def list_candidates(call: Call[NoBody, CandidateListQuery]) -> Reply:
    return Reply(await service.list_candidates(call.platform, call.principal, call.query, call.cursor_binding))


@door.endpoint(
    "plates_candidates_read",
    "GET",
    "plates/candidates/{candidateId:guid}",
    summary="One possible match beside its watchlist entry",
    query=PersonalQuery,
    reply=CandidateView,
)
async def read_candidate(call: Call[NoBody, PersonalQuery]) -> Reply:
    view = await service.read_candidate(
        call.platform, call.principal, call.params["candidateId"].lower(), call.query.purpose
    )
    return Reply(view, etag=view.etag)


@door.endpoint(
    "plates_candidates_picture",
    "GET",
    "plates/candidates/{candidateId:guid}/picture",
    summary="What the camera saw, to compare with the watchlist entry",
    query=PersonalQuery,
    media=("image/jpeg",),
)
async def picture(call: Call[NoBody, PersonalQuery]) -> Reply:
    content = await service.picture_of(
        call.platform, call.principal, call.params["candidateId"].lower(), call.query.purpose
    )
    return Reply(content, content_type="image/jpeg")


@door.endpoint(
    "plates_candidates_decide",
    "POST",
    "plates/candidates/{candidateId:guid}/decision",
    summary="Confirm or reject a possible match after comparing",
    body=CandidateDecision,
    query=PersonalQuery,
    reply=CandidateView,
    changes=True,
)
async def decide(call: Call[CandidateDecision, PersonalQuery]) -> Reply:
    view = await service.decide(
        call.platform,
        call.principal,
        call.params["candidateId"].lower(),
        call.body,
        call.query.purpose,
        call.if_match,
    )
    return Reply(view, etag=view.etag)


@door.endpoint(
    "plates_candidates_police",
    "POST",
    "plates/candidates/{candidateId:guid}/police",
    summary="Send a confirmed match with its report to the police force that covers the site",
    body=SightingForm,
    reply=DisclosureView,
    status=201,
    creates=True,
)
async def notify_police(call: Call[SightingForm, NoQuery]) -> Reply:
    candidate = call.params["candidateId"].lower()
    made = await police.notify(call.platform, call.principal, candidate, call.body, call.idempotency_key)
    return Reply(disclosure_view(made), etag=made.etag)


@door.endpoint(
    "disclosures_sighting",
    "GET",
    "disclosures/{disclosureId:guid}/sighting",
    summary="The confirmed match that was disclosed to you, as the police",
    query=ReceiptQuery,
    reply=SightingView,
)
async def disclosed_sighting(call: Call[NoBody, ReceiptQuery]) -> Reply:
    disclosure, asked = call.params["disclosureId"].lower(), call.query
    return Reply(await police.sighting(call.platform, call.principal, disclosure, str(asked.owner), asked.purpose))


@door.endpoint(
    "watchlists_add",
    "POST",
    "watchlists/entries",
    summary="Put a vehicle on your organisation's watchlist, and on those of communities you name",
    body=WatchlistEntryForm,
    reply=WatchlistEntryView,
    status=201,
    creates=True,
)
async def add(call: Call[WatchlistEntryForm, NoQuery]) -> Reply:
    entry = await watchlists.add(call.platform, call.principal, call.body, call.idempotency_key)
    return Reply(watchlists.view(entry), etag=entry.etag)


@door.endpoint(
    "watchlists_list",
    "GET",
    "watchlists/entries",
    summary="Your organisation's watchlist, newest entry first",
    query=WatchlistQuery,
    reply=WatchlistPage,
)
async def list_entries(call: Call[NoBody, WatchlistQuery]) -> Reply:
    return Reply(await watchlists.list_own(call.platform, call.principal, call.query, call.cursor_binding))


@door.endpoint(
    "watchlists_review",
    "POST",
    "watchlists/entries/{entryId:guid}/review",
    summary="Say that an entry is needed still, until the next review",
    body=ReviewForm,
    reply=WatchlistEntryView,
    changes=True,
)
async def review(call: Call[ReviewForm, NoQuery]) -> Reply:
    entry = await watchlists.review(
        call.platform, call.principal, call.params["entryId"].lower(), call.body, call.if_match
    )
    return Reply(watchlists.view(entry), etag=entry.etag)


@door.endpoint(
    "watchlists_withdraw",
    "DELETE",
    "watchlists/entries/{entryId:guid}",
    summary="Take a vehicle off the watchlist, and off those it is shared on",
    reply=WatchlistEntryView,
    changes=True,
)
async def withdraw(call: Call[NoBody, NoQuery]) -> Reply:
    entry = await watchlists.withdraw(call.platform, call.principal, call.params["entryId"].lower(), call.if_match)
    return Reply(watchlists.view(entry), etag=entry.etag)


@door.endpoint(
    "watchlists_import",
    "POST",
    "watchlists/imports",
    summary="Take over a table of entries, or only look whether it could be; all of it or none",
    body=ImportForm,
    reply=ImportView,
    creates=True,
)
async def import_entries(call: Call[ImportForm, NoQuery]) -> Reply:
    return Reply(await imports.take_over(call.platform, call.principal, call.body, call.idempotency_key))


@door.endpoint(
    "plates_search",
    "POST",
    "plates/searches",
    summary="Where a plate has been seen, for a report or a case; the search itself is remembered",
    body=PlateSearch,
    query=SearchQuery,
    reply=SightingList,
)
async def search_plates(call: Call[PlateSearch, SearchQuery]) -> Reply:
    return Reply(await search.search(call.platform, call.principal, call.body, call.query))


@door.endpoint(
    "plates_movements",
    "POST",
    "plates/movements",
    summary="How the vehicles of one report or case moved: how often where, before and after, in whose company",
    body=MovementQuestion,
    query=PersonalQuery,
    reply=Movements,
)
async def movements_of(call: Call[MovementQuestion, PersonalQuery]) -> Reply:
    return Reply(await movements.answer(call.platform, call.principal, call.body, call.query))


# -- the work --------------------------------------------------------------------------------------------------------


@door.blueprint.function_name("plates_silence")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 25 * * * *")
@traced("plates_silence")
async def tell_of_silence(timer: func.TimerRequest) -> None:
    told = await health.tell_of_silence(current())
    log.info("plates: %d cameras have fallen silent%s", told, ", run was late" if timer.past_due else "")


@door.blueprint.function_name("plates_expire")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 */5 * * * *")
@traced("plates_expire")
async def expire(timer: func.TimerRequest) -> None:
    done = await expiry.expire(current())
    log.info("plates: nobody decided on %d candidates in time%s", done, ", run was late" if timer.past_due else "")


@door.blueprint.function_name("plates_forget_waiting")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 40 * * * *")
@traced("plates_forget_waiting")
async def forget_waiting(timer: func.TimerRequest) -> None:
    done = await spill.forget_put_aside(current())
    log.info("plates: %d messages put aside were forgotten%s", done, ", run was late" if timer.past_due else "")


@door.blueprint.function_name("plates_take_up")
@door.blueprint.service_bus_queue_trigger(arg_name="message", queue_name=spill.QUEUE, connection="SERVICEBUS")
@traced("plates_take_up")
async def take_up(message: func.ServiceBusMessage) -> None:
    done = await service.take_up(current(), json.loads(message.get_body()))
    log.info("plates: reads that were set aside %s", "have been dealt with" if done else "have to wait on")
