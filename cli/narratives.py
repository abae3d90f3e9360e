"""What shop staff write: sentence templates for the demo world's reports. Everything in them is invented."""

import random
from datetime import datetime

OPENINGS = (
    "Came in shortly before {clock} and went straight to aisle {aisle}.",
    "About {clock} on {weekday}. Was already known to the team, so {staff} followed at a distance.",
    "Picked up a basket, asked {staff} for a price, then moved to aisle {aisle}.",
    "Came in with another person who kept {staff} talking at the till.",
    "Spent about {minutes} minutes around aisle {aisle} without buying anything.",
    "Was seen on camera {camera} filling a trolley without looking at prices.",
    "{weekday} {clock}: {staff} noticed somebody looking up at the cameras in aisle {aisle}.",
    "Walked past {staff} with the hood up and turned into aisle {aisle}.",
    "Busy {weekday}, two tills open. Nobody was near aisle {aisle} at {clock}.",
    "Second visit within a day; the first was to look around, says {staff}.",
    "Waited outside until {staff} went on break at {clock}, then came in.",
    "The gate alarm went off at {clock} and {staff} went to look.",
    "Customer told {staff} that somebody was acting oddly in aisle {aisle}.",
    "Was on the phone the whole time and seemed to get instructions, {minutes} minutes in all.",
)
TAKINGS = {
    "concealed": (
        "Put {what} ({price} each) under the coat.",
        "Slid {what} into a bag between the shelves, {price} apiece.",
        "{count} x {what} went into a rucksack, camera {camera} shows it.",
        "Emptied a box and hid {what} in the sleeves.",
    ),
    "push_out": (
        "Pushed a full trolley with {what} through the entrance gate.",
        "Walked {what} out past the tills as if paid, {price} each.",
        "Left by the fire door with {count} x {what} in a basket.",
    ),
    "distraction": (
        "While we dealt with a spilt bottle, {what} disappeared from the shelf.",
        "One asked for help with a delivery, the other cleared {what} off the end bay.",
        "{staff} was asked to check the stock room; by then {what} was gone.",
    ),
    "tag_removed": (
        "Found cut security tags behind the shelf; {what} missing, {price} each.",
        "Used a magnet on the tag of {what}; the empty case lay in aisle {aisle}.",
    ),
    "refund": (
        "Tried to bring back {what} that had never left the shop.",
        "Wanted {price} cash for {what} with a receipt that was already used.",
    ),
    "self_checkout": (
        "Scanned carrots for {what} at the self checkout.",
        "Held two of {what} together and scanned one, {price} not paid.",
        "Pressed “finish and pay” without scanning {what} at all.",
    ),
    "force": (
        "Pushed {staff} aside at the door and ran with {what}.",
        "Grabbed {what} from the hands of {staff} and made for the exit.",
        "Reached over the counter for {what} and shoved the screen over.",
    ),
    "group": (
        "Three of them spread out and took {what} within two minutes.",
        "One held the door, two filled bags with {what}, {price} each.",
    ),
}
INCIDENTS = {
    "threat": (
        "Said that {staff} had better watch the way home.",
        "Was refused a sale and threatened to come back with others.",
        "Shouted that nobody would stop them and leaned over the till.",
    ),
    "violence": (
        "Swung a basket at {staff} when asked for a receipt.",
        "Pulled {staff} by the lanyard and knocked over a display.",
        "Spat at {staff} and kicked the barrier.",
    ),
    "damage": (
        "Kicked in the glass of the chiller in aisle {aisle}.",
        "Pulled the screen of self checkout {camera} off its arm.",
        "Sprayed paint over the shutter; found at {clock}.",
    ),
}
FOILED = (
    "{staff} asked to see a receipt; everything was dropped at the door.",
    "Noticed the guard, put it all back and left.",
    "The gate locked in time, so nothing was lost.",
)
ENDINGS = (
    "Left towards {place}.",
    "Got into a car that was waiting outside with the engine on.",
    "{staff} asked them to stop; they ran towards {place}.",
    "We did not follow. Shelf checked afterwards, count confirmed.",
    "Shouted at {staff} on the way out.",
    "Footage saved from camera {camera}.",
    "The neighbouring shop says they were there {minutes} minutes earlier.",
    "Same way as last {weekday}, we think.",
    "A customer saw them change coats near {place}.",
    "{staff} is fine but went home early.",
    "Bag found empty near {place}.",
)
WEAPON = ("Showed the handle of a screwdriver in a pocket.", "Held a broken bottle while backing out.")
INJURY = ("{staff} has a bruised arm, first aid given.", "{staff} cut a hand on the glass; seen by a nurse.")
STAFF = ("the duty manager", "a colleague", "the security guard", "the cashier", "the night team", "our trainee")
PLACES = ("the car park", "the bus station", "the river path", "the high street", "the underpass", "the retail park")


def templates() -> list[str]:
    """Every sentence that a story may hold, before its blanks are filled in."""
    by_kind = [*TAKINGS.values(), *INCIDENTS.values()]
    return [*OPENINGS, *(each for group in by_kind for each in group), *FOILED, *ENDINGS, *WEAPON, *INJURY]


def story(rng: random.Random, form: dict[str, object], at: datetime, product: tuple[str, int]) -> str:
    """
    :param at: when it happened, by the shop's own clock.
    :param product: what it was about, and its price in pence.
    """
    name, pence = product
    blanks = {
        "aisle": rng.randint(1, 24),
        "camera": rng.randint(1, 16),
        "clock": f"{at:%H:%M}",
        "count": rng.randint(2, 6),
        "minutes": rng.randint(4, 25),
        "place": rng.choice(PLACES),
        "price": f"£{pence / 100:.2f}",
        "staff": rng.choice(STAFF),
        "weekday": f"{at:%A}",
        "what": name[0].lower() + name[1:],
    }
    sentences = (each.format(**blanks) for each in _parts(rng, form))
    return " ".join(each[0].upper() + each[1:] for each in sentences)


def _parts(rng: random.Random, form: dict[str, object]) -> list[str]:
    kind, methods = str(form["type"]), form["methods"]
    parts = [rng.choice(OPENINGS)]
    if isinstance(methods, list) and methods:
        parts.append(rng.choice(TAKINGS[methods[0]]))
    else:
        parts.append(rng.choice(INCIDENTS[kind]))
    if form["weaponSeen"]:
        parts.append(rng.choice(WEAPON))
    if form["anyoneHurt"]:
        parts.append(rng.choice(INJURY))
    parts.append(rng.choice(FOILED if kind == "attempted_theft" else ENDINGS))
    return parts
