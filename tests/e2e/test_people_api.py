"""Profiles over HTTP: opened from reports, linked, corrected, disputed, merged, split and closed."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.identity.principals import Role
from shared.people.models import PEOPLE, Profile
from shared.retention import disposal
from shared.retention.kinds import KINDS
from tests.support.world import World, add_person, fresh_key, problem, submit, theft

INVESTIGATE = {"purpose": "INVESTIGATE"}
NAME = "Erika Mustermann"


def soon(days: int = 60) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def reported(world: World, **changes: Any) -> str:
    answer = await submit(world.reporter, theft(world, **changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def form(*reports: str, **changes: Any) -> dict[str, Any]:
    named = [{"reportId": each, "reason": "Same limp and coat.", "confidence": "probable"} for each in reports]
    whole = {"subject": "person", "label": "Grey coat, trolley", "reason": "Third time this month.", "names": [NAME]}
    return whole | {"clothing": "Long grey coat", "reviewAt": soon(), "reports": named} | changes


async def opened(world: World, *reports: str, **changes: Any) -> httpx.Response:
    answer = await post(world, "/api/profiles", form(*reports or [await reported(world)], **changes))
    assert answer.status_code == 201, answer.text
    return answer


async def post(world: World, path: str, body: Any, before: httpx.Response | None = None) -> httpx.Response:
    headers = {"If-Match": before.headers["etag"]} if before else fresh_key()
    return await world.investigator.api.post(path, json=body, params=INVESTIGATE, headers=headers)


async def seen(world: World, path: str) -> httpx.Response:
    return await world.investigator.api.get(path, params=INVESTIGATE)


async def stored(world: World, profile: str) -> dict[str, Any]:
    return await world.platform.container(PEOPLE).read(profile, [world.home.id, profile])


def linked(answer: httpx.Response) -> set[str]:
    return {each["recordId"] for each in answer.json()["links"]}


async def test_a_profile_with_its_report_its_car_and_a_companion(world: World) -> None:
    report = await reported(world)
    person, companion = await opened(world, report), await opened(world, label="The lookout")
    car = await opened(
        world,
        report,
        subject="vehicle",
        names=[],
        clothing=None,
        vehicle={"plate": "ZX71 QLM"},
        label="Silver hatchback",
    )
    path = person.headers["location"]
    with_car = {"kind": "vehicle", "id": car.json()["id"], "reason": "Got into it.", "confidence": "certain"}
    one = await post(world, f"{path}/links", with_car, person)
    assert one.status_code == 200, one.text
    with_other = {"kind": "person", "id": companion.json()["id"], "reason": "Left together.", "confidence": "possible"}
    two = await post(world, f"{path}/links", with_other, one)
    assert linked(two) == {report, car.json()["id"], companion.json()["id"]}
    twice = await post(world, f"{path}/links", with_other, two)
    assert twice.status_code == 409
    from_the_car = await seen(world, car.headers["location"])
    assert person.json()["id"] in linked(from_the_car)
    found = await world.investigator.api.get("/api/profiles", params=INVESTIGATE | {"record": report})
    assert {each["id"] for each in found.json()["profiles"]} == {person.json()["id"], car.json()["id"]}
    assert [each["what"] for each in two.json()["history"]] == ["opened", "linked", "linked"]


async def test_nothing_of_it_lies_open_and_nothing_scores_a_person(world: World) -> None:
    profile = (await opened(world)).json()
    text = str(await stored(world, profile["id"]))
    for secret in (NAME, "grey coat", "Third time", "limp"):
        assert secret.lower() not in text.lower()
    assert not [name for name in Profile.model_fields if any(word in name for word in ("score", "risk", "rank"))]


async def test_a_correction_keeps_the_reason_and_not_what_was_wrong(world: World) -> None:
    profile = await opened(world)
    path, change = profile.headers["location"], {"names": ["Max Muster"], "correctionReason": "Misheard."}
    answer = await world.investigator.api.patch(
        path, json=change, params=INVESTIGATE, headers={"If-Match": profile.headers["etag"]}
    )
    assert answer.json()["names"] == ["Max Muster"]
    assert answer.json()["history"][-1] | {"at": ""} == {
        "what": "corrected",
        "reason": "Misheard.",
        "by": world.investigator.id,
        "at": "",
        "fields": ["names"],
        "otherId": None,
    }
    assert NAME not in answer.text
    before, after = await stored(world, profile.json()["id"]), change | {"names": [NAME]}
    again = await world.investigator.api.patch(
        path, json=after, params=INVESTIGATE, headers={"If-Match": answer.headers["etag"]}
    )
    assert again.status_code == 200
    assert (await stored(world, profile.json()["id"]))["nameTokens"] != before["nameTokens"]


async def test_a_dispute_is_shown_in_every_list_and_stops_a_merge(world: World) -> None:
    one, other = await opened(world), await opened(world)
    said = {"disputed": True, "reason": "Was abroad that day, with proof."}
    flagged = await world.privacy_officer.api.post(
        f"{one.headers['location']}/dispute",
        json=said,
        params=INVESTIGATE,
        headers={"If-Match": one.headers["etag"]},
    )
    assert flagged.json()["disputed"] is True
    listed = await world.investigator.api.get("/api/profiles", params=INVESTIGATE | {"disputed": "true"})
    assert one.json()["id"] in {each["id"] for each in listed.json()["profiles"]}
    merge = {"otherId": one.json()["id"], "reason": "The same."}
    assert (await post(world, f"{other.headers['location']}/merge", merge, other)).status_code == 409
    settled = await post(world, f"{one.headers['location']}/dispute", said | {"disputed": False}, flagged)
    assert settled.json()["history"][-1]["what"] == "settled"


async def test_merge_moves_links_and_forgets_the_other(world: World) -> None:
    first, second, third = [await reported(world) for _ in range(3)]
    one, other = await opened(world, first, second), await opened(world, second, third, names=["Max Muster"])
    together = {"kind": "person", "id": other.json()["id"], "reason": "Alike.", "confidence": "possible"}
    linked_once = await post(world, f"{one.headers['location']}/links", together, one)
    key = await world.platform.keyring.refetch(world.home.id, one.json()["id"])
    body = {"otherId": other.json()["id"], "reason": "The police say so."}
    merged = await post(world, f"{one.headers['location']}/merge", body, linked_once)
    assert merged.status_code == 200, merged.text
    assert linked(merged) == {first, second, third}
    assert merged.json()["names"] == [NAME, "Max Muster"]
    assert merged.json()["history"][-1]["otherId"] == other.json()["id"]
    assert (await seen(world, other.headers["location"])).status_code == 404
    assert (await world.platform.keyring.refetch(world.home.id, one.json()["id"])).id != key.id


async def test_split_gives_what_moves_a_profile_of_its_own(world: World) -> None:
    first, second = await reported(world), await reported(world)
    profile = await opened(world, first, second, names=[NAME, "Max Muster"])
    [moving] = [each["id"] for each in profile.json()["links"] if each["recordId"] == second]
    path = f"{profile.headers['location']}/split"
    body = {"label": "The other man", "reason": "Two people.", "names": ["Max Muster"], "linkIds": [moving]}
    key, body = fresh_key(), body | {"reviewAt": soon()}
    fresh = await world.investigator.api.post(path, json=body, params=INVESTIGATE, headers=key)
    assert fresh.status_code == 201, fresh.text
    assert (fresh.json()["names"], linked(fresh)) == (["Max Muster"], {second})
    left = await seen(world, profile.headers["location"])
    assert (left.json()["names"], linked(left)) == ([NAME], {first})
    again = await world.investigator.api.post(path, json=body, params=INVESTIGATE, headers=key)
    assert again.json()["id"] == fresh.json()["id"]
    everything = [each["id"] for each in left.json()["links"]]
    refused = await post(world, path, body | {"names": [], "linkIds": everything})
    assert problem(refused)["errors"][0]["code"] == "no_report"


async def test_children_have_no_profiles(world: World) -> None:
    child = await reported(world, people=[{"role": "suspect", "ageBand": "under_18", "clothing": "Blue hoodie"}])
    refused = await post(world, "/api/profiles", form(child))
    assert problem(refused)["errors"][0]["code"] == "minor"
    words = await post(world, "/api/profiles", form(await reported(world), marks="A schoolboy of 14 with a scar"))
    assert problem(words)["status"] == 400
    report = await reported(world)
    profile = await opened(world, report)
    known = await world.investigator.api.get(f"/api/reports/{report}", params=INVESTIGATE)
    judged = await world.investigator.api.post(
        f"/api/reports/{report}/age-judgement",
        json={"finding": "minor", "reason": "The parents came."},
        headers={"If-Match": known.headers["etag"]},
    )
    assert judged.status_code == 200, judged.text
    assert (await seen(world, profile.headers["location"])).status_code == 404


async def test_it_rests_on_a_report_and_needs_a_review(world: World) -> None:
    profile = await opened(world)
    [only] = profile.json()["links"]
    path = f"{profile.headers['location']}/links/{only['id']}/remove"
    assert (await post(world, path, {"reason": "Somebody else."}, profile)).status_code == 409
    late = await post(world, "/api/profiles", form(await reported(world), reviewAt=soon(300)))
    assert problem(late)["errors"][0]["at"] == "/reviewAt"
    ends = datetime.fromisoformat(profile.json()["disposeAt"])
    assert ends - datetime.fromisoformat(profile.json()["reviewAt"]) == timedelta(days=30)
    reviewed = await post(
        world, f"{profile.headers['location']}/review", {"reason": "Was here again.", "reviewAt": soon(100)}, profile
    )
    assert datetime.fromisoformat(reviewed.json()["disposeAt"]) > ends


async def test_profiling_words_and_strange_reports_are_refused(world: World) -> None:
    report = await reported(world)
    words = await post(world, "/api/profiles", form(report, label="Roma woman in a red coat"))
    assert problem(words)["errors"][0]["code"] == "protected_attribute"
    nothing = await post(world, "/api/profiles", form(str(uuid.uuid4())))
    assert problem(nothing)["errors"][0] | {"detail": ""} == {
        "at": "/reports/0/reportId",
        "code": "unknown_record",
        "detail": "",
    }
    mixed = await post(world, "/api/profiles", form(report, vehicle={"plate": "ZX71 QLM"}))
    assert problem(mixed)["status"] == 400


async def test_closed_means_gone_with_its_links_and_keys(world: World) -> None:
    report = await reported(world)
    profile, other = await opened(world, report), await opened(world, report)
    body = {"kind": "person", "id": other.json()["id"], "reason": "Together.", "confidence": "possible"}
    both = await post(world, f"{profile.headers['location']}/links", body, profile)
    closed = await post(world, f"{profile.headers['location']}/close", {"reason": "Not the same."}, both)
    assert closed.status_code == 204
    assert (await seen(world, profile.headers["location"])).status_code == 404
    document = await stored(world, profile.json()["id"])
    outcome = await disposal.dispose(world.platform, disposal.order_for(KINDS["profile"], document))
    assert outcome is disposal.Outcome.DISPOSED
    assert linked(await seen(world, other.headers["location"])) == {report}


async def test_a_report_that_is_forgotten_leaves_no_link(world: World) -> None:
    going, staying = await reported(world), await reported(world)
    profile = await opened(world, going, staying)
    document = await world.platform.container("reports").read(going, [world.home.id, going])
    past = document | {"disposeAt": "2020-01-01T00:00:00.000Z"}
    await world.platform.container("reports").replace(past, document["_etag"])
    await disposal.dispose(world.platform, disposal.order_for(KINDS["report"], past))
    assert linked(await seen(world, profile.headers["location"])) == {staying}


async def test_the_same_key_opens_one_profile(world: World) -> None:
    key, body = fresh_key(), form(await reported(world))
    answers = [
        await world.investigator.api.post("/api/profiles", json=body, params=INVESTIGATE, headers=key) for _ in range(2)
    ]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    other = await world.investigator.api.post(
        "/api/profiles", json=body | {"label": "Another"}, params=INVESTIGATE, headers=key
    )
    assert problem(other)["type"] == "urn:reeve:problem:idempotency-key-reused"


async def test_a_name_is_found_in_any_order_and_spelling_and_nothing_else(world: World) -> None:
    mine = (await opened(world, names=["Zoë Käthe Mustermann"])).json()["id"]
    for sought, found in (("mustermann ZOE", True), ("kathe", True), ("Zoe Muster", False), ("Käthe Schmidt", False)):
        answer = await post(world, "/api/profiles/search", {"name": sought})
        assert (mine in {each["id"] for each in answer.json()["profiles"]}) is found, sought


async def test_who_is_limited_to_sites_finds_only_what_rests_on_a_report_there(world: World) -> None:
    """Three profiles: of a report elsewhere, of one here, and of both. Every way to them is tried by the one who works
    here only."""
    await add_person(world, "local", world.home, Role.INVESTIGATOR, sites=[world.other_site.id])
    there = await reported(world)
    here = (await submit(world.elsewhere, theft(world, siteId=world.other_site.id))).json()["id"]
    strange, mine = await opened(world, there, names=["Quirin Fremd"]), await opened(world, here, names=["Quirin Hier"])
    both = await opened(world, here, there, names=["Quirin Beides"])
    friends = {"kind": "person", "id": strange.json()["id"], "reason": "Left together.", "confidence": "possible"}
    of_both = both.headers["location"]
    both = await post(world, f"{of_both}/links", friends, both)
    ids = [each.json()["id"] for each in (strange, mine, both)]
    allowed, api = set(ids[1:]), world.local.api

    async def asked(method: str, path: str, body: Any = None, etag: str = "") -> httpx.Response:
        headers = {"If-Match": etag} if etag else fresh_key()
        return await api.request(method, path, json=body, params=INVESTIGATE, headers=headers)

    listed = await api.get("/api/profiles", params=INVESTIGATE)
    assert {each["id"] for each in listed.json()["profiles"]} & set(ids) == allowed
    by_report = await api.get("/api/profiles", params=INVESTIGATE | {"record": there})
    assert {each["id"] for each in by_report.json()["profiles"]} == {ids[2]}
    found = await asked("POST", "/api/profiles/search", {"name": "Quirin"})
    assert {each["id"] for each in found.json()["profiles"]} & set(ids) == allowed
    everywhere = await asked("POST", "/api/search", {"name": "Quirin"})
    assert {each["id"] for each in everywhere.json()["people"]["profiles"]} & set(ids) == allowed
    path, etag = strange.headers["location"], strange.headers["etag"]
    tries = {
        "": ("GET", None),
        "/links": ("POST", {"kind": "report", "id": here, "reason": "To get at it.", "confidence": "possible"}),
        "/review": ("POST", {"reason": "Still needed.", "reviewAt": soon()}),
        "/dispute": ("POST", {"disputed": True, "reason": "Says so."}),
        "/close": ("POST", {"reason": "Away with it."}),
        "/merge": ("POST", {"otherId": ids[1], "reason": "The same."}),
    }
    for end, (method, body) in tries.items():
        assert (await asked(method, path + end, body, etag if body else "")).status_code == 404, end
    assert (await asked("PATCH", path, {"label": "Mine now", "correctionReason": "No."}, etag)).status_code == 404
    grabbed = await asked("POST", f"{mine.headers['location']}/links", friends, mine.headers["etag"])
    absorbed = await asked(
        "POST", f"{mine.headers['location']}/merge", {"otherId": ids[0], "reason": "Same."}, mine.headers["etag"]
    )
    assert [problem(each)["errors"][0]["code"] for each in (grabbed, absorbed)] == ["unknown_record"] * 2

    part = await api.get(of_both, params=INVESTIGATE)
    assert linked(part) == {here}
    assert there not in part.text
    assert ids[0] not in part.text
    elsewhere = [each["id"] for each in both.json()["links"] if each["recordId"] == there]
    removed = f"{of_both}/links/{elsewhere[0]}/remove"
    assert (await asked("POST", removed, {"reason": "Not it."}, part.headers["etag"])).status_code == 404
    whole = await asked("POST", f"{of_both}/close", {"reason": "Done."}, part.headers["etag"])
    assert whole.status_code == 403
    links = await api.get(f"/api/reports/{here}/links", params=INVESTIGATE)
    assert {each["recordId"] for each in links.json()["links"]} == allowed
    group = await api.get(f"/api/reports/{here}/group", params=INVESTIGATE)
    assert {each["id"] for each in group.json()["nodes"]} == allowed | {here}
    closed = await asked("POST", f"{mine.headers['location']}/close", {"reason": "Done."}, mine.headers["etag"])
    assert closed.status_code == 204
