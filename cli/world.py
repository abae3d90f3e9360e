"""The demo world: invented shops, invented plates, invented events. The same seed gives the same world."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cli.narratives import TAKINGS, story

HISTORY = timedelta(days=548)
"""Eighteen months."""
ZONE = "Europe/London"
RETAILERS = {"Harbour & Pine": 14, "Marlow Market": 10, "Quill Outdoor": 6}
POLICE = "Westmere Police"
COMMUNITY = "Westmere Retail Watch"
MEMBERS = {
    "Harbour & Pine": ["theft", "robbery", "violence"],
    "Marlow Market": ["theft", "robbery", "violence"],
    POLICE: [],
}
PLACES = (
    "Quayside", "Mill Lane", "Station Parade", "Northgate", "Tanner Row", "Elmfield", "Castle Street", "Riverside",
    "Oakmoor", "Priory Walk", "Saltmarsh", "Westcombe", "Fairholme", "Kingsferry", "Ashdown", "Brookvale",
    "Harrow Hill", "Larkfield", "Meadowgate", "Orchard Square", "Penbury", "Ridgeway", "Sandford", "Thornbury",
    "Union Wharf", "Verity Cross", "Wharfside", "Yarrow Green", "Abbey Mead", "Bellwood",
)  # fmt: skip
REGIONS = ("GB-HAM", "GB-WSX", "GB-DOR", "GB-STH", "GB-POR")
PRODUCTS = (
    ("Razor blades, pack of 8", 1899), ("Sirloin steak", 1250), ("Baby formula 800 g", 1499), ("Gin 70 cl", 2200),
    ("Champagne 75 cl", 4200), ("Electric toothbrush", 7999), ("Cheese, mature, 400 g", 550), ("Perfume 50 ml", 5900),
    ("Cordless drill", 11900), ("Waterproof jacket", 14900), ("Trainers", 8999), ("Energy drink, 24 cans", 2650),
    ("Coffee beans 1 kg", 1650), ("Laundry capsules", 1350), ("Headphones", 12900), ("Vitamins", 1199),
)  # fmt: skip
CLOTHING = (
    "Black puffer jacket, grey joggers", "Green waxed coat and flat cap", "Hi-vis vest over a navy hoodie",
    "Red anorak, white trainers", "Long beige coat, scarf pulled up", "Denim jacket with a torn left sleeve",
    "Blue overalls with paint stains", "Cream knitted jumper, black leggings", "Cycling helmet and orange gilet",
    "Burgundy tracksuit, silver bum bag", "Camouflage parka, brown boots", "Checked shirt and yellow beanie",
)  # fmt: skip
MARKS = (
    "Swallow tattoo on the right hand", "Plaster over the left eyebrow", "Gold ring on each finger",
    "Spider web tattoo on the neck", "Scar across the left forearm",
)  # fmt: skip
CARRIED = ("A large blue carrier bag", "A foil-lined rucksack", "A pushchair without a child", "A hold-all", None, None)
BEHAVIOUR = (
    "Kept looking up at the cameras", "Spoke to staff in a friendly way", "Ran at the first question",
    "Moved quickly and knew the layout", "Nervous, dropped things twice", None,
)  # fmt: skip
CARS = (("Vauxhall", "Astra"), ("Ford", "Transit"), ("Volkswagen", "Golf"), ("BMW", "3 Series"), ("Kia", "Ceed"))
COLOURS = ("silver", "black", "white", "red", "blue")
VEHICLES, SUSPECTS = 20, 25
OFTEN = [(rank + 1) ** -1.3 for rank in range(SUSPECTS)]
"""A few of those who come back do most of it."""
KINDS = {"theft": 66, "attempted_theft": 12, "robbery": 3, "violence": 4, "threat": 6, "fraud": 5, "damage": 4}
HOW_KNOWN = {"cctv": 40, "witnessed": 34, "stock_check": 12, "told": 8, "alarm": 6}
METHODS = {
    "attempted_theft": ["concealed"],
    "robbery": ["force"],
    "fraud": ["refund"],
    "violence": [],
    "threat": [],
    "damage": [],
}
"""A theft is done in any of the ways that need no force."""
QUIET_METHODS = [method for method in TAKINGS if method not in {"force", "refund"}]
LOSSES = {"theft", "robbery", "fraud"}
PEAKS = {12.5: 3, 16.0: 4, 19.0: 5}
"""Around which hours things happen, and how often compared with the others."""
WEEKDAY_WEIGHT = (0.6, 0.6, 0.65, 0.75, 1.0, 1.0, 0.8)
OPEN, CLOSE = 8, 21


@dataclass(frozen=True)
class Vehicle:
    plate: str
    make: str
    model: str
    colour: str

    def described(self) -> dict[str, str]:
        return {"plate": self.plate, "country": "GB", "make": self.make, "model": self.model, "colour": self.colour}


@dataclass(frozen=True)
class Suspect:
    """Somebody who keeps coming back, in the same clothes; some always in the same car."""

    clothing: str
    marks: str | None
    vehicle: Vehicle | None


@dataclass(frozen=True)
class Event:
    """One report to come: at which retailer and site (by number), and its form without the site's id."""

    retailer: str
    site: int
    occurred_at: datetime
    submitted_at: datetime
    form: dict[str, Any]
    suspect: int | None = None
    """Which of those who keep coming back it was, if one."""


def site_names(retailer: str) -> tuple[str, ...]:
    """Which of the places are this retailer's; each place has one shop."""
    start = sum(count for name, count in list(RETAILERS.items())[: list(RETAILERS).index(retailer)])
    return PLACES[start : start + RETAILERS[retailer]]


def vehicles(seed: int = 1) -> list[Vehicle]:
    """Vehicles that keep coming back. The letters I and Q never follow the digits of a real plate."""
    rng = random.Random(seed)
    made: dict[str, Vehicle] = {}
    while len(made) < VEHICLES:
        area = "".join(rng.choices("BCDFGHKLMNPRSWY", k=2))
        letters = rng.choice("QI") + "".join(rng.choices("ABCDEFGHJKLMNOPRSTUVWXY", k=2))
        plate = f"{area}{rng.randint(20, 75)} {letters}"
        make, model = rng.choice(CARS)
        made[plate] = Vehicle(plate, make, model, rng.choice(COLOURS))
    return list(made.values())


def events(count: int, until: datetime, seed: int = 7) -> Iterator[Event]:
    """``count`` events over the eighteen months before ``until``, oldest first; more in the evening and at weekends."""
    rng = random.Random(seed)
    cars = vehicles()
    suspects = [_suspect(rng, cars, drives=number == 0) for number in range(SUSPECTS)]
    for at in sorted(_moment(rng, until) for _ in range(count)):
        [retailer] = rng.choices(list(RETAILERS), weights=list(RETAILERS.values()))
        site = int(rng.triangular(0, RETAILERS[retailer], 1)) % RETAILERS[retailer]
        submitted_at = min(at + timedelta(minutes=rng.randint(5, 600)), until)
        known = rng.choices(range(SUSPECTS), weights=OFTEN)[0] if rng.random() < 0.45 else None
        suspect = _stranger(rng) if known is None else suspects[known]
        yield Event(retailer, site, at, submitted_at, _form(rng, at, cars, suspect), known)


def _suspect(rng: random.Random, cars: list[Vehicle], *, drives: bool) -> Suspect:
    marks = rng.choice(MARKS) if rng.random() < 0.5 else None
    return Suspect(rng.choice(CLOTHING), marks, rng.choice(cars) if drives or rng.random() < 0.5 else None)


def _moment(rng: random.Random, until: datetime) -> datetime:
    """While the shop is open, by its own clock."""
    while True:
        day = (until - HISTORY * rng.random()).astimezone(ZoneInfo(ZONE))
        [peak] = rng.choices(list(PEAKS), weights=list(PEAKS.values()))
        hour = rng.gauss(peak, 1.5)
        at = day.replace(hour=int(hour) % 24, minute=rng.randint(0, 59), second=0, microsecond=0)
        in_time = until - HISTORY <= at <= until - timedelta(minutes=10)
        if OPEN <= hour < CLOSE and in_time and rng.random() < WEEKDAY_WEIGHT[at.weekday()]:
            return at.astimezone(UTC)


def _form(rng: random.Random, at: datetime, cars: list[Vehicle], suspect: Suspect) -> dict[str, Any]:
    [kind] = rng.choices(list(KINDS), weights=list(KINDS.values()))
    taken = rng.sample(PRODUCTS, rng.choice((1, 1, 1, 2, 3)))
    form = {
        "type": kind,
        "occurredAt": at.isoformat(),
        "howKnown": rng.choices(list(HOW_KNOWN), weights=list(HOW_KNOWN.values()))[0],
        "methods": METHODS.get(kind, [rng.choice(QUIET_METHODS)]),
        "items": [_item(rng, name, pence) for name, pence in taken] if kind in LOSSES else [],
        "people": [_description(rng, suspect)],
        "vehicles": [each.described() for each in _seen(rng, suspect, cars)],
        "weaponSeen": kind in {"robbery", "threat"} and rng.random() < 0.25,
        "anyoneHurt": kind == "violence" and rng.random() < 0.4,
        "policeReference": f"WM/{rng.randint(1000, 9999)}/{at:%y}" if rng.random() < 0.3 else None,
    }
    return {**form, "whatHappened": story(rng, form, at.astimezone(ZoneInfo(ZONE)), taken[0])}


def _stranger(rng: random.Random) -> Suspect:
    return Suspect(rng.choice(CLOTHING), rng.choice(MARKS) if rng.random() < 0.2 else None, None)


def _item(rng: random.Random, name: str, pence: int) -> dict[str, Any]:
    value = {"amountMinor": pence, "currency": "GBP"}
    return {"product": name, "quantity": rng.choice((1, 1, 2, 3, 6)), "value": value}


def _description(rng: random.Random, suspect: Suspect) -> dict[str, Any]:
    return {
        "role": "suspect",
        "ageBand": rng.choice(("adult", "unknown")),
        "clothing": suspect.clothing,
        "marks": suspect.marks,
        "carried": rng.choice(CARRIED),
        "behaviour": rng.choice(BEHAVIOUR),
    }


def _seen(rng: random.Random, suspect: Suspect, cars: list[Vehicle]) -> list[Vehicle]:
    """Their own car most of the time, if they have one; now and then any other that is known in the area."""
    if suspect.vehicle:
        return [suspect.vehicle] if rng.random() < 0.6 else []
    return [rng.choice(cars)] if rng.random() < 0.15 else []
