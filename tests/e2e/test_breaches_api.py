"""Anybody can ask who must be told of a breach by when."""

from tests.support.world import World, problem

ASKED = {
    "jurisdictions": "GB,US-CA,BR",
    "awareAt": "2026-11-20T09:00:00+01:00",
    "risk": "likely",
    "people": "700",
}


async def test_the_deadlines_of_a_breach(world: World) -> None:
    async with world.anonymous() as public:
        answer = await public.get("/api/breaches/deadlines", params=ASKED)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    due = {each["id"]: each["dueAt"] for each in told["duties"]}
    assert due == {
        "uk-authority": "2026-11-23T08:00:00Z",
        "ca-people": "2026-12-20T08:00:00Z",
        "ca-attorney-general": "2027-01-04T08:00:00Z",
    }
    assert told["uncovered"] == ["BR"]
    assert all(each["source"] and each["says"] for each in told["duties"])


async def test_what_cannot_be_counted_is_explained(world: World) -> None:
    async with world.anonymous() as public:
        answer = await public.get("/api/breaches/deadlines", params=ASKED | {"awareAt": "yesterday"})
    assert answer.status_code == 400
    assert [each["at"] for each in problem(answer)["errors"]] == ["query:awareAt"]
