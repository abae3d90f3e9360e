"""Searches that people keep, and that may tell them of new reports."""

import logging

import azure.functions as func

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, PersonalQuery
from shared.platform import current
from shared.searches import saved
from shared.searches.saved_models import SavedSearchForm, SavedSearchList, SavedSearchView
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.searches")
door = Door()


@door.endpoint(
    "saved_searches_save",
    "POST",
    "saved-searches",
    summary="Keep a search until a day, and be told of new reports that it finds",
    body=SavedSearchForm,
    query=PersonalQuery,
    reply=SavedSearchView,
    status=201,
    creates=True,
)
async def save(call: Call[SavedSearchForm, PersonalQuery]) -> Reply:
    kept = await saved.save(call.platform, call.principal, call.body, call.query, call.idempotency_key)
    return Reply(kept, location=f"/api/saved-searches/{kept.id}")


@door.endpoint(
    "saved_searches_list",
    "GET",
    "saved-searches",
    summary="The searches that you keep",
    query=PersonalQuery,
    reply=SavedSearchList,
)
async def list_own(call: Call[NoBody, PersonalQuery]) -> Reply:
    return Reply(await saved.list_own(call.platform, call.principal, call.query.purpose))


@door.endpoint(
    "saved_searches_remove",
    "DELETE",
    "saved-searches/{searchId:guid}",
    summary="Forget a search that you keep",
    query=PersonalQuery,
    status=204,
)
async def remove(call: Call[NoBody, PersonalQuery]) -> Reply:
    await saved.remove(call.platform, call.principal, call.params["searchId"].lower(), call.query.purpose)
    return Reply(None)


@door.blueprint.function_name("saved_searches_expire")
@door.blueprint.timer_trigger(arg_name="timer", schedule="0 35 * * * *")
@traced("saved_searches_expire")
async def expire(timer: func.TimerRequest) -> None:
    done = await saved.expire(current())
    log.info("searches: %d that nobody renewed are forgotten%s", done, ", run was late" if timer.past_due else "")
