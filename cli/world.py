"""The demo world: invented shops, invented plates, invented events. The same seed gives the same world."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

MONTHS = 18
RETAILERS = {"Harbour & Pine": 14, "Marlow Market": 10, "Quill Outdoor": 6}
POLICE = "Westmere Police"
COMMUNITY = "Westmere Retail Watch"
MEMBERS = {"Harbour & Pine": ["theft", "robbery", "violence"], "Marlow Market": ["theft", "robbery"], POLICE: []}
PLACES = (
    "Quayside", "Mill Lane", "Station Parade", "Northgate", "Tanner Row", "Elmfield", "Castle Street", "Riverside",
    "Oakmoor", "Priory Walk", "Saltmarsh", "Westcombe", "Fairholme", "Kingsferry", "Ashdown", "Brookvale",
    "Harrow Hill", "Larkfield", "Meadowgate", "Orchard Square", "Penbury", "Ridgeway", "Sandford", "Thornbury",
    "Union Wharf", "Verity Cross", "Wharfside", "Yarrow Green", "Abbey Mead", "Bellwood",
)  # fmt: skip
COLOURS = ("silver", "black", "white", "red")
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
)  # fmt: skip
MARKS = (
    "Swallow tattoo on the right hand", "Walks with a limp on the left", "Plaster over the left eyebrow",
    "Gold ring on each finger", "Spider web tattoo on the neck", None, None, None, None, None,
)  # fmt: skip
CARRIED = ("A large blue carrier bag", "A foil-lined rucksack", "A pushchair without a child", "A hold-all", None, None)
OPENINGS = (
    "Came in shortly before closing and went straight to aisle {aisle}.",
    "Was already known to the team, so {staff} followed at a distance.",
    "Picked up a basket, spoke to {staff} about a price, then moved to aisle {aisle}.",
    "Entered with another person who kept {staff} talking at the till.",
    "Spent about {minutes} minutes around aisle {aisle} without buying anything.",
    "Was seen on camera {camera} filling a trolley without looking at prices.",
)
MIDDLES = {
    "concealed": ("Put {what} under the coat.", "Slid {what} into a bag between the shelves."),
    "push_out": ("Pushed the trolley with {what} through the entrance gate.", "Walked {what} out past the tills."),
    "distraction": ("While we dealt with a spilt bottle, {what} disappeared from the shelf.",),
    "tag_removed": ("Found cut security tags behind the shelf; {what} missing.",),
    "refund": ("Tried to bring back {what} that had never left the shop.",),
    "self_checkout": ("Scanned carrots for {what} at the self checkout.",),
    "force": ("Pushed {staff} aside at the door and ran with {what}.",),
    "group": ("Three of them spread out and took {what} within two minutes.",),
}
ENDINGS = (
    "Left towards {place}.", "Got into a car that was waiting outside.", "{staff} asked them to stop; they ran.",
    "We did not follow. Shelf checked afterwards, count confirmed.", "Shouted at {staff} on the way out.",
    "CCTV saved from camera {camera}.",
)  # fmt: skip
STAFF = ("the duty manager", "a colleague", "the security guard", "the cashier", "the night team")


@dataclass(frozen=True)
class Vehicle:
    plate: str
    make: str
    model: str
    colour: str

    def described(self) -> dict[str, str]:
        return {"plate": self.plate, "country": "GB", "make": self.make, "model": self.model, "colour": self.colour}


@dataclass(frozen=True)
class Event:
    """One report to come: at which retailer and site (by number), and its form without the site's id."""

    retailer: str
    site: int
    submitted_at: datetime
    form: dict[str, Any]


def site_names(retailer: str) -> tuple[str, ...]:
    """Which of the places are this retailer's; each place has one shop."""
    start = sum(count for name, count in list(RETAILERS.items())[: list(RETAILERS).index(retailer)])
    return PLACES[start : start + RETAILERS[retailer]]


def vehicles(seed: int = 1) -> list[Vehicle]:
    """Twenty vehicles that keep coming back. The letters I and Q never follow the digits of a real plate."""
    rng = random.Random(seed)
    models = (("Vauxhall", "Astra"), ("Ford", "Transit"), ("Volkswagen", "Golf"), ("BMW", "3 Series"), ("Kia", "Ceed"))
    made = []
    for _ in range(20):
        make, model = rng.choice(models)
        letters = "".join(rng.choices("QI", k=1) + rng.choices("ABCDEFGHJKLMNOPRSTUVWXY", k=2))
        area = "".join(rng.choices("BCDFGHKLMNPRSWY", k=2))
        made.append(
            Vehicle(
                f"{area}{rng.randint(20, 75)} {letters}", make, model, rng.choice(("silver", "black", "white", "red"))
            )
        )
    return made


def events(count: int, until: datetime, seed: int = 7) -> Iterator[Event]:
    """``count`` events over the eighteen months before ``until``, oldest first; more in the evening and at weekends."""
    rng, cars = random.Random(seed), vehicles()
    suspects = [{"clothing": rng.choice(CLOTHING), "marks": rng.choice(MARKS)} for _ in range(25)]
    start = until - timedelta(days=30 * MONTHS)
    moments = sorted(_moment(rng, start, until) for _ in range(count))
    for at in moments:
        retailer = rng.choices(list(RETAILERS), weights=list(RETAILERS.values()))[0]
        site = int(rng.triangular(0, RETAILERS[retailer], 1)) % RETAILERS[retailer]
        yield Event(retailer, site, at + timedelta(minutes=rng.randint(5, 600)), _form(rng, at, cars, suspects))


def _moment(rng: random.Random, start: datetime, until: datetime) -> datetime:
    while True:
        day = start + (until - timedelta(hours=12) - start) * rng.random()
        hour = min(21, max(8, round(rng.gauss(16, 3.2))))
        if day.weekday() >= 4 or rng.random() < 0.7:
            return day.replace(hour=hour, minute=rng.randint(0, 59), second=0, microsecond=0, tzinfo=UTC)


def _form(rng: random.Random, at: datetime, cars: list[Vehicle], suspects: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = ("theft", "attempted_theft", "robbery", "violence", "threat", "fraud", "damage")
    kind = rng.choices(kinds, weights=(66, 12, 3, 4, 6, 5, 4))[0]
    method = "force" if kind in {"robbery", "violence"} else "refund" if kind == "fraud" else rng.choice(list(MIDDLES))
    taken = rng.sample(PRODUCTS, rng.choice((1, 1, 1, 2, 3)))
    items = [
        {"product": name, "quantity": rng.choice((1, 1, 2, 3, 6)), "value": {"amountMinor": pence, "currency": "GBP"}}
        for name, pence in taken
    ]
    return {
        "type": kind,
        "occurredAt": at.isoformat(),
        "howKnown": rng.choices(("cctv", "witnessed", "stock_check", "told", "alarm"), weights=(40, 34, 12, 8, 6))[0],
        "methods": [method],
        "whatHappened": _story(rng, method, taken[0][0]),
        "items": items if kind not in {"threat", "violence"} else [],
        "people": _people(rng, suspects),
        "vehicles": [rng.choice(cars).described()] if rng.random() < 0.22 else [],
        "weaponSeen": kind in {"robbery", "threat"} and rng.random() < 0.25,
        "anyoneHurt": kind == "violence" and rng.random() < 0.4,
        "policeReference": f"WM/{rng.randint(1000, 9999)}/{at:%y}" if rng.random() < 0.3 else None,
    }


def _story(rng: random.Random, method: str, product: str) -> str:
    words = {
        "aisle": rng.randint(1, 24),
        "camera": rng.randint(1, 16),
        "minutes": rng.randint(4, 25),
        "staff": rng.choice(STAFF),
        "place": rng.choice(("the car park", "the bus station", "the river path", "the high street")),
        "what": product[0].lower() + product[1:],
    }
    parts = (rng.choice(OPENINGS), rng.choice(MIDDLES[method]), rng.choice(ENDINGS))
    sentences = (part.format(**words) for part in parts)
    return " ".join(each[0].upper() + each[1:] for each in sentences)


def _people(rng: random.Random, suspects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    stranger = {"clothing": rng.choice(CLOTHING), "marks": rng.choice(MARKS)}
    known = rng.choice(suspects) if rng.random() < 0.35 else stranger
    return [{"role": "suspect", "ageBand": rng.choice(("adult", "unknown")), "carried": rng.choice(CARRIED), **known}]
