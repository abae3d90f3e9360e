"""Who you are here, and the organisation you work for."""

from shared.http.door import Call, Door, Reply
from shared.http.models import NoBody, NoQuery
from shared.organisations import service
from shared.organisations.models import MeView

door = Door()


@door.endpoint(
    "organisations_me", "GET", "me", summary="Your roles, organisation and sites", reply=MeView, personal=False
)
async def me(call: Call[NoBody, NoQuery]) -> Reply:
    return Reply(await service.me(call.platform, call.principal))
