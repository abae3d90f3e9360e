"""The public reads what is done with data: the rules in force, as pages and as JSON, and what they were before."""

import uuid

import pytest

from shared.organisations.models import Organisation
from shared.pages.languages import Language
from shared.retention import schedule, terms
from shared.retention.models import Settings
from shared.transparency import figures
from tests.e2e.test_public_pages import BROWSER
from tests.support import accessibility
from tests.support.world import World, problem


async def test_the_statement_says_what_the_rules_say(world: World) -> None:
    async with world.anonymous() as public:
        answer = await public.get("/api/public/privacy")
        rules = (await public.get("/api/policy")).json()["rules"]
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [each["category"] for each in told["kept"]] == schedule.categories()
    kept = {each["category"]: each["periods"] for each in told["kept"]}
    assert kept["plate_read"] == {"EU": "PT0H", "UK": "P7D", "NZ": "P2D", "AU": "P7D", "CA": "P7D", "US": "P7D"}
    assert {each["id"] for each in told["promises"]} == {each["id"] for each in rules if each["effect"] == "forbid"}
    answers = {each["regime"]: each["answer"] for each in told["rights"]}
    assert answers == {"EU": "1 month", "UK": "1 month", "NZ": "20 working days", "AU": "30 days", "CA": "45 days"}
    assert told["version"] in [each["version"] for each in told["versions"]]


async def test_a_notice_changes_with_the_settings_and_its_old_version_stays(world: World) -> None:
    path = f"/api/public/notices/{world.outsider.id}"
    async with world.anonymous() as public:
        before = (await public.get(path)).json()
        settings = Settings(
            id=Settings.ID,
            organisation_id=world.outsider.id,
            shortened={"report_person": "P3M"},
            changed_by=world.stranger.id,
            changed_at=world.platform.clock.now(),
        )
        await world.platform.records(Settings).create(settings)
        try:
            terms.forget(world.outsider.id)
            home = await world.platform.records(Organisation).read(world.outsider.id, world.outsider.id)
            changed = home.model_copy(update={"data_protection_contact": "privacy@quill.example"})
            await world.platform.records(Organisation).replace(changed, home.etag)
            after = (await public.get(path)).json()
            old = (await public.get(path, params={"version": before["version"]})).json()
            never = await public.get(path, params={"version": "2020-01-01.00000000"})
        finally:
            await world.platform.container("retention").delete(Settings.ID, world.outsider.id)
    assert before["contact"] is None
    assert after["contact"] == "privacy@quill.example"
    assert after["version"] != before["version"]
    assert {before["version"], after["version"]} <= {each["version"] for each in after["versions"]}
    assert old["contact"] is None
    assert old["version"] == before["version"]
    assert never.status_code == 404


async def test_a_notice_names_no_other_organisation(world: World) -> None:
    async with world.anonymous(**BROWSER) as public:
        page = (await public.get(f"/api/public/notices/{world.home.id}")).text
    assert world.home.name.replace("&", "&amp;") in page
    assert world.partner.name not in page
    assert "Westmere Watch" not in page
    assert "Police: 1, Retailer: 1" in page


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("part", ["", "/plates"])
async def test_the_pages_of_one_organisation_keep_nobody_out(world: World, language: Language, part: str) -> None:
    async with world.anonymous(**BROWSER) as public:
        answer = await public.get(f"/api/public/notices/{world.home.id}{part}", params={"lang": language.value})
    assert answer.status_code == 200
    accessibility.check(answer.text, language.value)


async def test_the_policy_on_plates_has_every_field_that_california_asks_for(world: World) -> None:
    async with world.anonymous() as public:
        told = (await public.get(f"/api/public/notices/{world.home.id}/plates")).json()
    assert told["allowed"] is True
    assert set(told["purposes"]) >= {"INVESTIGATE", "PREVENT_OFFENCE"}
    assert "RESEARCH" not in told["purposes"]
    assert told["roles"] == ["investigator", "officer"]
    assert told["training"]
    assert told["monitoring"]
    assert told["sold"] is False
    assert told["sharing"] == [
        {"members": {"law_enforcement": 1, "retailer": 1}, "types": ["robbery", "theft", "violence"]}
    ]
    assert told["custodian"]
    assert told["accuracy"]
    assert {each["category"] for each in told["kept"]} == {
        "plate_read", "plate_candidate", "plate_confirmed", "watchlist_entry",
    }  # fmt: skip


async def test_the_figures_are_counted_and_say_what_they_leave_out(world: World) -> None:
    async with world.anonymous() as public:
        told = (await public.get("/api/public/transparency")).json()
    assert told == (await figures.current(world.platform)).model_dump(mode="json", by_alias=True)
    assert {each["what"] for each in told["disposed"]} == set(schedule.categories())
    assert "below 10" in told["rule"]


async def test_an_organisation_that_is_not_there_has_no_notice(world: World) -> None:
    path = f"/api/public/notices/{uuid.uuid4()}"
    async with world.anonymous() as public:
        assert problem(await public.get(path))["status"] == 404
        page = await public.get(path, headers=BROWSER | {"Accept-Language": "es"})
    assert page.status_code == 404
    accessibility.check(page.text, "es")


async def test_a_sign_for_one_of_the_own_sites(world: World) -> None:
    path = f"/api/organisation/sites/{world.site.id}/sign"
    answer = await world.reporter.api.get(path, params={"lang": "fr", "paper": "A3"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.7")
    assert problem(await world.stranger.api.get(path))["status"] == 400
