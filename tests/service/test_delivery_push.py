"""Push: what arrives in a browser can be read there and nowhere else, and a browser that is gone is forgotten."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from shared.alerts import service as alerts
from shared.alerts.models import AlertListQuery, Outlet
from shared.alerts.preferences import OwnPreferences, Rule
from shared.delivery import choices, push
from shared.delivery.push import MOST_BROWSERS, PADDED_BYTES, BrowserForm
from shared.errors import Conflict, Invalid, NotFound
from tests.support.browser import CURVE, PushService, UserAgent, decoded, push_service
from tests.support.desk import Desk, happened, told_of
from tests.support.world import Person, World


@pytest.fixture(autouse=True)
async def nobody_can_be_reached(world: World) -> None:
    container = world.platform.container("channels")
    for organisation in (world.home.id, world.partner.id, world.police.id):
        for each in [d async for d in container.query("SELECT c.id FROM c", key=organisation)]:
            await container.delete(each["id"], organisation)
    world.platform.keyring.forget()


@pytest.fixture
async def service(desk: Desk, world: World) -> AsyncIterator[PushService]:
    """That of a browser in which the investigator wants to be told of everything."""
    async with push_service() as running:
        await subscribe(desk, world.investigator, running)
        etag = (await choices.read_own(desk.platform, world.investigator.principal)).etag
        own = OwnPreferences(rules=[Rule(outlets=[Outlet.PUSH])])
        await choices.set_own(desk.platform, world.investigator.principal, own, etag)
        yield running


async def subscribe(desk: Desk, person: Person, service: PushService) -> str:
    service.key = (await push.public_key(desk.platform, person.principal)).public_key
    form = BrowserForm.model_validate(service.agent.subscription(service.endpoint))
    return (await push.add(desk.platform, person.principal, form)).id


def test_the_browser_of_the_tests_reads_the_example_of_the_standard() -> None:
    """RFC 8291, appendix A."""
    private = ec.derive_private_key(int.from_bytes(decoded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), CURVE)
    agent = UserAgent(private, decoded("BTBZMqHH6r4Tts7J_aSIgg"))
    body = decoded(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert agent.decrypt(body) == b"When I grow up, I want to be a watermelon"


async def test_it_arrives_readable_by_that_browser_alone(desk: Desk, world: World, service: PushService) -> None:
    report = await happened(desk, world, weaponSeen=True)
    for _ in range(2):
        await alerts.dispatch(desk.platform, report)
    assert await desk.run() == ["delivered"]
    [said] = service.arrived
    link = f"{desk.platform.settings.console_url}/"
    assert {name: said[name] for name in ("headline", "count", "urgent", "link")} == {
        "headline": "Theft reported at Quayside",
        "count": 1,
        "urgent": True,
        "link": link,
    }
    [body], [headers] = service.bodies, service.headers
    assert headers["Urgency"] == "high"
    assert b"Quayside" not in body
    assert len(body) > PADDED_BYTES
    with pytest.raises(InvalidTag):
        UserAgent(service.agent.private).decrypt(body)
    page = await alerts.list_mine(desk.platform, world.investigator.principal, AlertListQuery(limit=50), ())
    [alert] = [each for each in page.alerts if each.cause_id == report.id]
    assert [each.outlet for each in alert.also] == [Outlet.PUSH]


async def test_sent_again_it_takes_the_place_of_the_first(desk: Desk, world: World, service: PushService) -> None:
    service.status = 503
    await alerts.dispatch(desk.platform, await happened(desk, world))
    assert await desk.turn() == "again later"
    service.status = 201
    assert await desk.run() == ["delivered"]
    await alerts.dispatch(desk.platform, await happened(desk, world))
    await desk.run()
    first, second = (headers["Topic"] for headers in service.headers)
    assert first != second
    assert max(len(first), len(second)) <= 32


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(desk: Desk, world: World, service: PushService, status: int) -> None:
    service.status = status
    report = await happened(desk, world)
    await alerts.dispatch(desk.platform, report)
    assert await desk.run() == ["cancelled"]
    assert (await push.listed(desk.platform, world.investigator.principal)).browsers == []
    await alerts.dispatch(desk.platform, await happened(desk, world))
    assert await desk.run() == []


async def test_what_a_push_service_refuses_is_seen_by_administrators(
    desk: Desk, world: World, service: PushService
) -> None:
    service.status = 403
    report = await happened(desk, world)
    await alerts.dispatch(desk.platform, report)
    assert await desk.run() == ["dead"]
    [dead] = await told_of(desk, world.admin, report.id, channel="push")
    assert dead.outcome == "the push service answered 403"


async def test_browsers_are_their_users_own(desk: Desk, world: World, service: PushService) -> None:
    [mine] = (await push.listed(desk.platform, world.investigator.principal)).browsers
    assert mine.service == "127.0.0.1"
    assert await subscribe(desk, world.investigator, service) == mine.id
    assert len((await push.listed(desk.platform, world.investigator.principal)).browsers) == 1
    assert (await push.listed(desk.platform, world.reporter.principal)).browsers == []
    with pytest.raises(NotFound):
        await push.remove(desk.platform, world.reporter.principal, mine.id)
    found = desk.platform.container("channels").query("SELECT * FROM c", key=world.home.id)
    stored = str([each async for each in found])
    assert service.endpoint not in stored
    assert service.agent.subscription("")["keys"]["auth"] not in stored
    await push.remove(desk.platform, world.investigator.principal, mine.id)
    await alerts.dispatch(desk.platform, await happened(desk, world))
    assert await desk.run() == []


async def test_nobody_subscribes_without_end_or_to_the_inside(desk: Desk, world: World) -> None:
    def form(endpoint: str) -> BrowserForm:
        return BrowserForm.model_validate(UserAgent().subscription(endpoint))

    me = world.investigator.principal
    for endpoint in ("https://169.254.169.254/x", "http://push.example.com/x", "https://10.0.0.8/"):
        with pytest.raises(Invalid):
            await push.add(desk.platform, me, form(endpoint))
    for number in range(MOST_BROWSERS):
        await push.add(desk.platform, me, form(f"https://push.example.com/{number}"))
    with pytest.raises(Conflict):
        await push.add(desk.platform, me, form("https://push.example.com/more"))


@pytest.mark.parametrize(
    "keys",
    [
        {"p256dh": "AAAAAAAAAAAAAAAA", "auth": "BTBZMqHH6r4Tts7J_aSIgg"},
        {"auth": "BTBZMqHH6r4Tts7J_aSI"},
        {"auth": "not base64!"},
    ],
)
def test_keys_that_no_browser_has_are_refused(keys: dict[str, Any]) -> None:
    wrong = UserAgent().subscription("https://push.example.com/x")
    wrong["keys"] |= keys
    with pytest.raises(ValueError, match="keys"):
        BrowserForm.model_validate(wrong)


async def test_the_key_of_the_installation_stays(desk: Desk, world: World) -> None:
    first = await push.public_key(desk.platform, world.investigator.principal)
    desk.platform.roots._settings.clear()
    assert await push.public_key(desk.platform, world.reporter.principal) == first
