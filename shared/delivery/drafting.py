"""From a warning to deliveries: who is told of it outside the app, where, and when."""

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from shared.alerts.models import Cause
from shared.alerts.occasion import Filter, Occasion
from shared.alerts.preferences import OwnPreferences, plan
from shared.alerts.recipients import Recipient
from shared.delivery import choices, patience, webhooks
from shared.delivery.choices import Reach
from shared.delivery.models import Channel, Delivery, Notice, State
from shared.ids import derived_id
from shared.platform import Platform
from shared.policy.decision import Relation

NO_SYSTEM = {Cause.ALARM, Cause.SAVED_SEARCH}
"""What no webhook is told: what is about a colleague, and what one person asked for."""


async def drafted(platform: Platform, occasion: Occasion, told: Sequence[Recipient], ttl: int) -> list[Delivery]:
    """A delivery for each webhook that wants to know, and for each person and outlet by their rules.

    :param ttl: seconds for which what came of it is kept
    """
    drafts: list[Delivery] = []
    for organisation, relation in _organisations(occasion, told).items():
        people = [each for each in told if each.organisation == organisation]
        reach = await choices.reach(platform, organisation, [each.user for each in people])
        for person in people:
            drafts += _for_person(platform, occasion, person, reach, ttl)
        if occasion.cause not in NO_SYSTEM:
            drafts += [
                _draft(platform, occasion, organisation, relation, Channel.WEBHOOK, webhook, ttl)
                for webhook, tells in await webhooks.active(platform, organisation)
                if Filter.model_validate(tells).picks(occasion, relation)
            ]
    return drafts


def _organisations(occasion: Occasion, told: Iterable[Recipient]) -> dict[str, Relation]:
    """Those of whom somebody is told, and the owner, even if the only one to tell is the one who reported it."""
    found: dict[str, Relation] = {each.organisation: each.relation for each in told}
    if occasion.cause is Cause.POLICE_NOTICE:
        return found  # whoever sent it knows
    return found | {occasion.organisation_id: "own"}


def _for_person(
    platform: Platform, occasion: Occasion, person: Recipient, reach: Reach, ttl: int
) -> Iterator[Delivery]:
    own, zone = reach.own.get(person.user, OwnPreferences()), ZoneInfo(occasion.time_zone)
    now = platform.clock.now()
    for planned in plan(occasion, person.relation, person.roles, reach.team, own, zone, now):
        for target in reach.targets(person.user, planned.outlet):
            channel = Channel(planned.outlet)
            draft = _draft(platform, occasion, person.organisation, person.relation, channel, target, ttl)
            changes = {
                "recipient_id": person.user,
                "why": planned.why,
                "due_at": planned.due_at,
                "give_up_at": planned.due_at + patience.GIVE_UP_AFTER,
                "state": State.WAITING if planned.gathered else State.PENDING,
            }
            yield draft.model_copy(update=changes)


def _draft(
    platform: Platform,
    occasion: Occasion,
    organisation: str,
    relation: Relation,
    channel: Channel,
    target: str,
    ttl: int,
) -> Delivery:
    now = platform.clock.now()
    notice = Notice(
        cause=occasion.cause,
        cause_id=occasion.cause_id,
        cause_organisation_id=occasion.organisation_id,
        relation=relation,
        site_id=occasion.site_id,
        headline=occasion.headline,
        urgent=occasion.urgent,
        created_at=now,
    )
    return Delivery(
        id=derived_id("delivery", occasion.cause, occasion.cause_id, channel, target),
        organisation_id=organisation,
        channel=channel,
        target_id=target,
        notices=[notice],
        due_at=now,
        give_up_at=now + patience.GIVE_UP_AFTER,
        created_at=now,
        ttl=ttl,
    )
