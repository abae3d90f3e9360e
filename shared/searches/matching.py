"""Whether a search finds one report, decided in memory: as the query would, of what its owner may see of the report.

What is withheld from somebody cannot make a search of theirs fit, or an alert would tell it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from shared.clock import rfc3339
from shared.geography import Point, distance_km
from shared.intelligence import vocabulary
from shared.organisations.models import Site
from shared.reports.search import ReportSearch
from shared.sealing.tokens import look_tokens
from shared.searches.models import PAGE
from shared.storage.cosmos import Document

STANDS_FOR = {
    "items": ("items", "productNames", "productParts"),
    "loss": ("lossMinor", "currency"),
    "people": ("people", "wornTokens", "markTokens"),
    "vehicles": ("vehicles", "plateTokens"),
}
"""Stored properties by the field of a view that shows them, where they are not called alike."""


@dataclass(frozen=True)
class Seen:
    """A stored report without what is withheld, and where it happened. ``site`` is None where that is withheld."""

    report: Document
    site: Site | None
    keys: Sequence[bytes]
    """By which its tokens were made: the index keys of one organisation. None for a report of another's."""
    centre: Point | None = None
    """Of the circle that is sought."""


def seen(
    report: Document, withheld: Collection[str], site: Site, keys: Sequence[bytes], centre: Point | None = None
) -> Seen:
    hidden = {name for field in withheld for name in STANDS_FOR.get(field, (field,))}
    known = {name: value for name, value in report.items() if name not in hidden}
    return Seen(known, site if "siteId" in known else None, keys, centre)


def matches(form: ReportSearch, report: Seen) -> bool:
    """Everything that is given has to hold; a condition that is not known here does not."""
    fields = ReportSearch.model_fields
    given = [name for name in fields if name not in PAGE and getattr(form, name) != fields[name].default]
    return all(name in CONDITIONS and CONDITIONS[name](form, report) for name in given)


def _holds(report: Seen, path: str, values: Collection[object]) -> bool:
    return path in report.report and report.report[path] in values


def _product(form: ReportSearch, report: Seen) -> bool:
    part = (form.product or "").lower()
    return any(part in str(each["product"]).lower() for each in report.report.get("items") or ())


def _loss(form: ReportSearch, report: Seen) -> bool:
    loss = report.report.get("lossMinor")
    least, most = form.min_loss_minor, form.max_loss_minor
    return loss is not None and (least is None or loss >= least) and (most is None or loss <= most)


def _time(form: ReportSearch, report: Seen) -> bool:
    at = str(report.report["occurredAt"])
    after = form.since is None or at >= rfc3339(form.since)
    return after and (form.until is None or at < rfc3339(form.until))


def _region(form: ReportSearch, report: Seen) -> bool:
    found = report.site.region if report.site else ""
    return found == form.region or found.startswith(f"{form.region}-")


def _near(form: ReportSearch, report: Seen) -> bool:
    if report.site is None or report.centre is None or form.near is None:
        return False
    return distance_km(report.centre, (report.site.latitude, report.site.longitude)) <= form.near.km


def _looks(field: str, words: Collection[str], report: Seen) -> bool:
    """All of the words, each by its token under any of the keys."""
    there = set(report.report.get(f"{field}Tokens") or ())
    sought = [{token for key in report.keys for token in look_tokens(key, field, [word])} for word in words]
    return bool(sought) and all(each & there for each in sought)


CONDITIONS: dict[str, Callable[[ReportSearch, Seen], bool]] = {
    "types": lambda form, report: _holds(report, "type", form.types),
    "how_known": lambda form, report: _holds(report, "howKnown", form.how_known),
    "methods": lambda form, report: set(form.methods) <= set(report.report.get("methods") or ()),
    "product": _product,
    "min_loss_minor": _loss,
    "max_loss_minor": _loss,
    "weapon_seen": lambda form, report: _holds(report, "weaponSeen", [form.weapon_seen]),
    "anyone_hurt": lambda form, report: _holds(report, "anyoneHurt", [form.anyone_hurt]),
    "status": lambda form, report: _holds(report, "status", [form.status]),
    "since": _time,
    "until": _time,
    "site_ids": lambda form, report: _holds(report, "siteId", [str(each) for each in form.site_ids]),
    "region": _region,
    "near": _near,
    "worn": lambda form, report: _looks("worn", vocabulary.worn(form.worn or ""), report),
    "marks": lambda form, report: _looks("mark", vocabulary.marks(form.marks or ""), report),
}
