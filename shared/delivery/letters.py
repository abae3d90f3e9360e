"""What a mail about alerts says: headlines and a link. Whoever reads over a shoulder learns what the site's staff room
does, and nothing about anybody."""

from shared.alerts.models import Cause
from shared.delivery import addresses, mail
from shared.delivery.mail import Letter
from shared.delivery.models import Delivery
from shared.delivery.outcome import Outcome
from shared.platform import Platform

MOST_LISTED = 50


async def deliver(platform: Platform, delivery: Delivery) -> Outcome:
    address = await addresses.known(platform, delivery.organisation_id, delivery.target_id)
    if address is None or address.state != "verified":
        return Outcome("cancelled", "there is no verified address any more")
    letter = Letter(delivery.id, address.address, subject(delivery), text(delivery, platform.settings.link_to_alerts))
    outcome = await mail.send(platform, letter)
    if outcome.result == "refused":
        await addresses.bounced(platform, address)
    return outcome


def subject(delivery: Delivery) -> str:
    count = len(delivery.notices)
    if delivery.notice.cause is Cause.WEEK:
        return delivery.notice.headline
    return delivery.notice.headline if count == 1 else f"{count} alerts, the latest: {delivery.notice.headline}"


def text(delivery: Delivery, link: str | None) -> str:
    headlines = [f"- {each.headline}{' (urgent)' if each.urgent else ''}" for each in delivery.notices[:MOST_LISTED]]
    if more := len(delivery.notices) - len(headlines):
        headlines.append(f"- and {more} more")
    see = f"See them here, signed in as always: {link}" if link else "Sign in to see them."
    why = f"You get this by {delivery.why}. What you are told, and when, you choose in the app."
    return "\n".join(["\n".join(headlines), "", see, "", why, ""])
