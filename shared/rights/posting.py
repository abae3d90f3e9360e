"""Hands a letter to the mail server, then forgets it: by the message that was stored beside it."""

from shared.delivery import mail
from shared.errors import NotFound, Unavailable
from shared.platform import Platform
from shared.rights.letters import Letter, LetterOrder
from shared.storage import outbox


async def post(platform: Platform, order: LetterOrder) -> str:
    """What became of it. Raises :class:`Unavailable` while the mail server is away, so that the message comes again.

    A mailbox that does not exist is nobody's error to repeat: the request then ends by itself, unconfirmed.
    """
    container, key = platform.container(Letter.container), [order.organisation_id, order.rights_id]
    try:
        letter = await platform.records(Letter).read(order.letter_id, key)
    except NotFound:
        await outbox.confirm(container, order.message_id, key)
        return "gone"
    outcome = await mail.send(platform, mail.Letter(letter.id, letter.to, letter.subject, letter.body))
    if outcome.result == "failed":
        raise Unavailable("The mail server does not take the letter at the moment.")
    await container.delete(letter.id, key)
    await outbox.confirm(container, order.message_id, key)
    return outcome.result
