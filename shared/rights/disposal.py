"""How requests are forgotten: a controller's case by the retention engine, the person's own copy by a timer.

The person's copy belongs to no controller and has no certificate. It never outlives the time in which an answer can be
fetched; one that nobody confirmed goes after three days.
"""

from shared.clock import rfc3339
from shared.evidence import vault
from shared.platform import Platform
from shared.retention.disposable import Disposable, Row
from shared.rights.models import RIGHTS
from shared.storage.cosmos import Document, Key

MOST = 500
"""Of one run."""


def _key(case: Document) -> Key:
    return [case["organisationId"], case["rightsId"]]


async def _answers(platform: Platform, case: Document) -> list[Document]:
    found = platform.container(RIGHTS).query("SELECT * FROM c WHERE c.kind = 'rights_answer'", key=_key(case))
    return [each async for each in found]


async def _files(platform: Platform, answer: Document) -> int:
    """The copies of pictures and films that go with an answer."""
    await vault.discard_sealed(platform, answer["organisationId"], answer["id"])
    return 1


RIGHTS_CASE = Disposable(
    name="rights_case",
    container=RIGHTS,
    rows=(Row("rights_request", "keptFrom"),),
    key=_key,
    children=_answers,
    site=None,
)
RIGHTS_ANSWER = Disposable(
    name="rights_answer",
    container=RIGHTS,
    rows=(Row("rights_response", "answeredAt"),),
    key=_key,
    dispose=_files,
    site=None,
)


async def sweep(platform: Platform, most: int = MOST) -> int:
    """Requests whose time is over, with their letters. The key goes first, so an interrupted run is finished by the
    next; how many requests went."""
    container = platform.container(RIGHTS)
    text = (
        "SELECT c.id, c.organisationId, c.rightsId FROM c "  # noqa: S608 - a number of ours
        f"WHERE c.kind = 'request' AND c.disposeAt <= @now OFFSET 0 LIMIT {most:d}"
    )
    due = [each async for each in container.query(text, {"now": rfc3339(platform.clock.now())})]
    for request in due:
        key = _key(request)
        await platform.keyring.destroy(request["organisationId"], request["rightsId"])
        beside = container.query("SELECT c.id FROM c WHERE c.kind != 'request'", key=key)
        for each in [each async for each in beside]:
            await container.delete(each["id"], key)
        await container.delete(request["id"], key)
    tickets = "SELECT c.id, c.organisationId, c.rightsId FROM c WHERE c.kind = 'ticket' AND c.expiresAt <= @now"
    for each in [each async for each in container.query(tickets, {"now": rfc3339(platform.clock.now())})]:
        await container.delete(each["id"], _key(each))
    return len(due)
