"""Storage queue triggers. Source: Microsoft Learn, "Azure Queue storage trigger", poison messages and host.json."""

import base64
import contextlib

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from tests.local.host.conftest import App
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("host")


def test_a_message_that_fails_as_often_as_it_may_goes_to_the_poison_queue(triggers: App) -> None:
    queue = triggers.queues.get_queue_client("poisonous")
    with contextlib.suppress(ResourceExistsError):
        queue.create_queue()
    queue.send_message(base64.b64encode(b"hello").decode())
    seen = triggers.until("failing_queue", 3, text="hello")
    assert [each["tries"] for each in seen] == [1, 2, 3]
    poison = triggers.queues.get_queue_client("poisonous-poison")

    def poisoned() -> list[bytes]:
        with contextlib.suppress(ResourceNotFoundError):
            return [base64.b64decode(str(each.content)) for each in poison.peek_messages()]
        return []

    assert until(poisoned) == [b"hello"]
    assert list(queue.peek_messages()) == []
