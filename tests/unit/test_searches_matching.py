"""Every condition of a search is known to the matcher, and nothing that is withheld makes a search fit."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.alerts.models import Cause
from shared.organisations.models import Site
from shared.reports.search import ReportSearch
from shared.sealing.tokens import look_tokens
from shared.searches.matching import CONDITIONS, matches, seen
from shared.searches.models import KNOWN, PAGE, PLATE, Kind, Search
from shared.searches.saved_models import SavedSearchForm

KEY = b"k" * 32
SITE = Site(
    id="00000000-0000-8000-8000-000000000001",
    organisation_id="o",
    name="Quayside",
    region="GB-ENG",
    time_zone="Europe/London",
    latitude=51.0,
    longitude=-1.0,
)
REPORT: dict[str, Any] = {
    "type": "theft",
    "howKnown": "cctv",
    "methods": ["group", "push_out"],
    "items": [{"product": "Razor blades"}],
    "lossMinor": 900,
    "weaponSeen": False,
    "anyoneHurt": False,
    "status": "open",
    "occurredAt": "2026-06-01T12:00:00.000Z",
    "siteId": SITE.id,
    "wornTokens": look_tokens(KEY, "worn", ["red cap"]),
    "markTokens": look_tokens(KEY, "mark", ["tattoo neck"]),
}
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "types": ({"types": ["theft"]}, ""),
    "how_known": ({"howKnown": ["cctv", "told"]}, "howKnown"),
    "methods": ({"methods": ["group"]}, "methods"),
    "product": ({"product": "RAZOR"}, "items"),
    "min_loss_minor": ({"minLossMinor": 900}, "loss"),
    "max_loss_minor": ({"maxLossMinor": 900}, "loss"),
    "weapon_seen": ({"weaponSeen": False}, "weaponSeen"),
    "anyone_hurt": ({"anyoneHurt": False}, "anyoneHurt"),
    "status": ({"status": "open"}, ""),
    "since": ({"since": "2026-06-01T12:00:00Z"}, ""),
    "until": ({"until": "2026-06-01T12:00:01Z"}, ""),
    "site_ids": ({"siteIds": [SITE.id]}, "siteId"),
    "region": ({"region": "GB"}, "siteId"),
    "near": ({"near": {"km": 1, "latitude": 51.0, "longitude": -1.0}}, "siteId"),
    "worn": ({"worn": "red cap"}, "people"),
    "marks": ({"marks": "tattoo on the neck"}, "people"),
}
"""By condition: a search that the report fits, and the field without which it must not; "" where it always shows."""


def test_every_condition_is_known_and_tried() -> None:
    asked = set(ReportSearch.model_fields) - PAGE - PLATE
    assert asked == set(CONDITIONS) == set(CASES)
    assert set().union(*KNOWN.values()) == set(Search.model_fields) - PAGE


@pytest.mark.parametrize("name", CASES)
def test_a_search_fits_what_its_owner_sees_and_nothing_else(name: str) -> None:
    asked, withheld = CASES[name]
    form, centre = ReportSearch.model_validate(asked), (51.0, -1.0)
    assert matches(form, seen(REPORT, (), SITE, [KEY], centre))
    if withheld:
        assert not matches(form, seen(REPORT, {withheld}, SITE, [KEY], centre))
    if name in {"worn", "marks"}:
        assert not matches(form, seen(REPORT, (), SITE, ()))
        assert not matches(form, seen(REPORT, (), SITE, [b"x" * 32]))


def test_a_plate_is_not_matched_here() -> None:
    form = ReportSearch.model_validate({"plate": "ZX71 QLM", "caseReference": "HP-1"})
    assert not matches(form, seen(REPORT, (), SITE, [KEY]))


@pytest.mark.parametrize(
    ("criteria", "alerts"),
    [
        ({"plate": "ZX71 QLM", "caseReference": "HP-1"}, False),
        ({"name": "Erika", "cursor": "abc", "kinds": ["person"]}, False),
        ({"types": ["theft"], "facets": True}, False),
        ({"name": "Erika"}, True),
        ({"since": "2026-06-01T12:00:00Z"}, True),
        ({}, True),
    ],
)
def test_what_cannot_be_kept_is_refused(criteria: dict[str, Any], alerts: bool) -> None:
    body = {"label": "Mine", "criteria": criteria, "alerts": alerts, "endsAt": "2026-09-01T00:00:00Z"}
    with pytest.raises(ValidationError):
        SavedSearchForm.model_validate(body)


def test_kinds_follow_from_what_is_given() -> None:
    for asked, kinds in (
        ({}, list(Kind)),
        ({"worn": "red cap"}, [Kind.REPORT, Kind.PERSON]),
        ({"siteIds": [SITE.id]}, [Kind.REPORT, Kind.EVIDENCE]),
        ({"cursor": "abc"}, [Kind.REPORT]),
        ({"kinds": ["case"], "title": "x"}, [Kind.CASE]),
    ):
        assert Search.model_validate(asked).searched_kinds == kinds
    assert Cause.SAVED_SEARCH.value == "saved_search"
