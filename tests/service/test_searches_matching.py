"""A saved search fits exactly those reports that the same search finds in the database."""

import uuid
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from shared.errors import Invalid
from shared.http.models import PersonalQuery
from shared.organisations import service as organisations
from shared.organisations.models import OrganisationKind
from shared.policy.decision import Purpose
from shared.reports import service as reports
from shared.reports.models import HowKnown, Method, Report, ReportSubmission, ReportType
from shared.reports.search import ReportSearch, search
from shared.searches.matching import matches, seen
from tests.support.world import World, theft

SEED, REPORTS, SEARCHES = 20261128, 40, 120
LOOKS = ["Red cap, white trainers", "Blue hoodie", "Green jacket. Red cap", "Something grey", None]
MARKS = ["Tattoo on the neck", "Scar on the left hand", None]
PRODUCTS = ["Razor blades", "Gin", "gin and tonic", "Trainers"]


def drawn_report(world: World, chance: Random, sites: list[str]) -> ReportSubmission:
    product = {"product": chance.choice(PRODUCTS), "quantity": 1}
    value = {"value": {"amountMinor": chance.randint(0, 9) * 100, "currency": "GBP"}}
    person = {"role": chance.choice(["suspect", "witness"]), "ageBand": "adult"}
    person |= {"clothing": chance.choice(LOOKS), "marks": chance.choice(MARKS)}
    body = theft(
        world,
        type=chance.choice(list(ReportType)),
        howKnown=chance.choice(list(HowKnown)),
        methods=chance.sample(list(Method), chance.randint(0, 3)),
        items=[product | value],
        people=[person],
        weaponSeen=chance.random() < 0.3,
        anyoneHurt=chance.random() < 0.3,
        siteId=chance.choice(sites),
        occurredAt=(world.platform.clock.now() - timedelta(hours=chance.randint(1, 60))).isoformat(),
    )
    return ReportSubmission.model_validate(body)


def drawn_search(world: World, chance: Random, sites: list[str]) -> ReportSearch:
    now = world.platform.clock.now()
    possible: dict[str, Any] = {
        "types": chance.sample(list(ReportType), 4),
        "howKnown": chance.sample(list(HowKnown), 3),
        "methods": chance.sample(list(Method), 1),
        "product": chance.choice(["GIN", "razor", "a"]),
        "minLossMinor": chance.randint(0, 9) * 100,
        "maxLossMinor": chance.randint(0, 9) * 100,
        "weaponSeen": chance.random() < 0.5,
        "anyoneHurt": chance.random() < 0.5,
        "status": chance.choice(["open", "closed"]),
        "since": (now - timedelta(hours=chance.randint(1, 60))).isoformat(),
        "until": (now - timedelta(hours=chance.randint(1, 60))).isoformat(),
        "siteIds": [chance.choice(sites)],
        "region": chance.choice(["GB", "GB-SCT", "GB-ENG"]),
        "near": {"km": 30, "siteId": chance.choice(sites)},
        "worn": chance.choice(["red cap", "white trainers", "blue hoodie"]),
        "marks": chance.choice(["tattoo on the neck", "scar on the hand"]),
    }
    names = chance.sample(sorted(possible), chance.choice([1, 1, 2, 2, 3]))
    return ReportSearch.model_validate({name: possible[name] for name in names} | {"limit": 50})


async def test_the_same_search_has_the_same_hits(world: World) -> None:
    platform, chance = world.platform, Random(SEED)
    home = await organisations.onboard(platform, "Corner Books", OrganisationKind.RETAILER, "GB")
    sites = {}
    for region, latitude in (("GB-ENG", 51.0), ("GB-ENG", 51.2), ("GB-SCT", 56.0)):
        changes = {"id": str(uuid.uuid4()), "organisation_id": home.id, "etag": ""}
        site = world.site.model_copy(update=changes | {"region": region, "latitude": latitude})
        sites[site.id] = await organisations.add_site(platform, site)
    someone = replace(world.investigator.principal, organisation=home.id, id=str(uuid.uuid4()))
    stored: list[Report] = []
    for _ in range(REPORTS):
        form = drawn_report(world, chance, list(sites))
        stored.append(await reports.submit(platform, someone, form, uuid.uuid4().hex, notify=False))
    await platform.keyring.open_epoch(home.id)  # old tokens have to fit as well
    keys = (await platform.keyring.index(home.id)).keys
    assert len(keys) == 2

    rows = [await platform.container("reports").read(each.id, [home.id, each.id]) for each in stored]
    hits = 0
    for number in range(SEARCHES):
        form, another = drawn_search(world, chance, list(sites)), replace(someone, id=str(uuid.uuid4()))
        found = await search(platform, another, form, PersonalQuery(purpose=Purpose.INVESTIGATE))
        centre = None
        if form.near:
            middle = sites[str(form.near.site_id)]
            centre = (middle.latitude, middle.longitude)
        fitting = {row["id"] for row in rows if matches(form, seen(row, (), sites[row["siteId"]], keys, centre))}
        assert fitting == {each.id for each in found.reports}, (number, form.sought)
        hits += len(fitting)
    assert hits > SEARCHES  # else it would have compared next to nothing


async def test_words_that_nobody_knows_are_refused_by_both(world: World) -> None:
    form = ReportSearch.model_validate({"worn": "something nice"})
    assert not matches(form, seen({"wornTokens": []}, (), world.site, [b"k" * 32]))
    with pytest.raises(Invalid, match="Nothing in it"):
        await search(world.platform, world.investigator.principal, form, PersonalQuery(purpose=Purpose.INVESTIGATE))
