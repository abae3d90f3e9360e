"""Whether one member may see one report of another, and what of it: pure, so that it can be tried out in full.

The preferences of both sides count: the owner's rules say what is shared, the viewer's wishes what is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.sharing.models import FeedEntry, Membership, SharingRule


@dataclass(frozen=True)
class Shared:
    """``withheld``: JSON names of fields that the owner keeps back on top of the policy."""

    withheld: frozenset[str]


def shared(entry: FeedEntry, owner: Membership | None, viewer: Membership | None, now: datetime) -> Shared | None:
    """None if the viewer's organisation may not see the report through this community.

    A report that a person shared needs no rule; it withholds nothing beyond the policy. A report that a person took
    back is not shared, whatever the rules say.
    """
    if owner is None or viewer is None or not (owner.is_in and viewer.is_in):
        return None
    if owner.organisation_id != entry.organisation_id or owner.organisation_id == viewer.organisation_id:
        return None
    if entry.choice == "unshared" or not _wished(entry, viewer):
        return None
    if entry.choice == "shared":
        return Shared(frozenset())
    matching = [rule for rule in owner.shares if _matches(rule, entry, viewer.organisation_id, now)]
    return Shared(_withheld(matching)) if matching else None


def lawful(owner: Membership, viewer: Membership) -> bool:
    return owner.sharing_lawful.get(viewer.organisation_kind.value, False)


def _matches(rule: SharingRule, entry: FeedEntry, viewer: str, now: datetime) -> bool:
    return (
        entry.type in rule.types
        and (not rule.site_ids or entry.site_id in rule.site_ids)
        and (not rule.partners or viewer in rule.partners)
        and entry.submitted_at + rule.delay <= now
    )


def _wished(entry: FeedEntry, viewer: Membership) -> bool:
    wishes = viewer.wishes
    return (not wishes.types or entry.type in wishes.types) and (
        not wishes.regions or any(_within(entry.region, region) for region in wishes.regions)
    )


def _within(region: str, wider: str) -> bool:
    """GB-ENG lies within GB."""
    return region == wider or region.startswith(f"{wider}-")


def _withheld(matching: Sequence[SharingRule]) -> frozenset[str]:
    return frozenset.intersection(*(frozenset(each.value for each in rule.withhold) for rule in matching))
