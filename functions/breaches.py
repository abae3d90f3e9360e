"""Breaches of personal data: who must be told of one by when, and the register of those that happened."""

import logging

import azure.functions as func

from shared.breaches import reach as reaching
from shared.breaches import register, service
from shared.breaches.models import DeadlinesQuery, DeadlinesView
from shared.breaches.register_models import (
    BreachBoard,
    BreachChange,
    BreachForm,
    BreachView,
    DoneForm,
    PassOnForm,
    ReachForm,
    ReachView,
)
from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery
from shared.platform import current
from shared.telemetry.tracing import traced

log = logging.getLogger("reeve.breaches")
door = Door()


@door.endpoint(
    "breaches_deadlines",
    "GET",
    "breaches/deadlines",
    summary="Who must be told of a breach by when, with the sources; nothing is stored",
    access="public",
    personal=False,
    query=DeadlinesQuery,
    reply=DeadlinesView,
)
async def deadlines(call: Call[NoBody, DeadlinesQuery]) -> Reply:
    return Reply(service.deadlines(call.query, call.platform.clock.now()))


# -- the register ----------------------------------------------------------------------------------------------------


@door.endpoint(
    "breaches_record",
    "POST",
    "breaches",
    summary="Enter a breach into the register: the clocks of its duties start",
    body=BreachForm,
    reply=BreachView,
    status=201,
    creates=True,
)
async def record(call: Call[BreachForm, NoQuery]) -> Reply:
    found = await register.record(call.platform, call.principal, call.body, call.idempotency_key)
    return Reply(found, etag=found.etag, location=f"/api/breaches/{found.id}")


@door.endpoint(
    "breaches_board",
    "GET",
    "breaches",
    summary="The register: what is open, what must be told next, how many hours are left",
    reply=BreachBoard,
)
async def board(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await register.board(call.platform, call.principal))


@door.endpoint(
    "breaches_read",
    "GET",
    "breaches/{breachId:guid}",
    summary="A breach, and what became of each duty",
    reply=BreachView,
)
async def read(call: Call[NoBody, NoQuery]) -> Reply:
    found = await register.read(call.platform, call.principal, call.params["breachId"].lower())
    return Reply(found, etag=found.etag)


@door.endpoint(
    "breaches_change",
    "PATCH",
    "breaches/{breachId:guid}",
    summary="Correct the facts or the assessment, or close it once everybody was told",
    body=BreachChange,
    reply=BreachView,
    changes=True,
)
async def change(call: Call[BreachChange, NoQuery]) -> Reply:
    identifier = call.params["breachId"].lower()
    found = await register.change(call.platform, call.principal, identifier, call.body, call.if_match)
    return Reply(found, etag=found.etag)


@door.endpoint(
    "breaches_done",
    "POST",
    "breaches/{breachId:guid}/duties",
    summary="Note that somebody was told, when and how, or why not",
    body=DoneForm,
    reply=BreachView,
    changes=True,
)
async def done(call: Call[DoneForm, NoQuery]) -> Reply:
    identifier = call.params["breachId"].lower()
    found = await register.done(call.platform, call.principal, identifier, call.body, call.if_match)
    return Reply(found, etag=found.etag)


@door.endpoint(
    "breaches_pass_on",
    "POST",
    "breaches/{breachId:guid}/organisations",
    summary="Tell the organisations whose data is affected: each gets it into its own register",
    body=PassOnForm,
    reply=BreachView,
    changes=True,
)
async def pass_on(call: Call[PassOnForm, NoQuery]) -> Reply:
    identifier = call.params["breachId"].lower()
    found = await register.pass_on(call.platform, call.principal, identifier, call.body, call.if_match)
    return Reply(found, etag=found.etag)


@door.endpoint(
    "breaches_reach",
    "POST",
    "breaches/reach",
    summary="How many records somebody saw or changed in a time, by organisation, from the audit log",
    body=ReachForm,
    reply=ReachView,
)
async def reach(call: Call[ReachForm, NoQuery]) -> Reply:
    return Reply(await reaching.reach(call.platform, call.principal, call.body))


@door.blueprint.function_name("breaches_remind")
@door.blueprint.timer_trigger(arg_name="timer", schedule="30 */15 * * * *")
@traced("breaches_remind")
async def remind(timer: func.TimerRequest) -> None:
    count = await register.remind(current())
    log.info("breaches: %d reminders%s", count, ", run was late" if timer.past_due else "")
