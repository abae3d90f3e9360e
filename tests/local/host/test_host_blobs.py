"""Blob triggers. Sources: azure-webjobs-sdk and azure-sdk-for-net, Microsoft.Azure.WebJobs.Extensions.Storage.Blobs
(BlobListener, BlobReceiptManager, BlobQueueTriggerExecutor); Microsoft Learn, "Azure Blob storage trigger"."""

import contextlib
import json
import time

import httpx
import pytest
from azure.core.exceptions import ResourceNotFoundError

from tests.local.host.conftest import App
from tests.support.waiting import until

PICTURE = bytes(range(256))
pytestmark = pytest.mark.usefixtures("host")


def test_without_a_data_type_content_is_text_so_binary_content_is_damaged(triggers: App) -> None:
    """Source: azure-functions-host, WorkerFunctionInvoker.TransformInput."""
    triggers.put("text", "a.txt", "häßlich")
    triggers.put("text", "b.bin", PICTURE)
    assert triggers.until("text_blob", name="text/a.txt")[0]["hex"] == "häßlich".encode().hex()
    assert triggers.until("text_blob", name="text/b.bin")[0]["hex"] != PICTURE.hex()


def test_binary_content_arrives_byte_for_byte_with_its_metadata(triggers: App) -> None:
    triggers.put("binary", "c.bin", PICTURE, metadata={"colour": "red"})
    seen = triggers.until("binary_blob", name="binary/c.bin")[0]
    assert (seen["hex"], seen["length"], seen["metadata"]) == (PICTURE.hex(), 256, {"colour": "red"})


def test_two_functions_on_one_container_both_run(triggers: App) -> None:
    triggers.put("binary", "both.bin", b"x")
    triggers.until("binary_blob", name="binary/both.bin")
    triggers.until("binary_blob_too", name="binary/both.bin")


def test_a_blob_runs_once_for_each_etag(triggers: App) -> None:
    triggers.put("binary", "again.bin", b"1")
    triggers.until("binary_blob", name="binary/again.bin", hex="31")
    triggers.put("binary", "again.bin", b"2")
    triggers.until("binary_blob", name="binary/again.bin", hex="32")
    time.sleep(1)  # several scans
    assert len(triggers.seen("binary_blob", name="binary/again.bin")) == 2


def test_a_receipt_of_the_etag_is_written_where_azure_writes_it(triggers: App) -> None:
    triggers.put("binary", "receipt.bin", b"x")
    triggers.until("binary_blob", name="binary/receipt.bin")
    host_id = triggers.directory.name
    begins = f"blobreceipts/{host_id}/Host.Functions.binary_blob/"
    names = [each.name for each in triggers.blobs.get_container_client("azure-webjobs-hosts").list_blobs(begins)]
    etag = triggers.blobs.get_blob_client("binary", "receipt.bin").get_blob_properties().etag
    assert f'{begins}"{etag.strip(chr(34))}"/binary/receipt.bin' in names


def test_a_failing_function_is_tried_at_once_then_its_message_goes_to_the_poison_queue(triggers: App) -> None:
    triggers.put("failing", "always.txt", "x")
    triggers.until("failing_blob", 3, name="failing/always.txt")
    poison = triggers.queues.get_queue_client("webjobs-blobtrigger-poison")

    def poisoned() -> list[str]:
        with contextlib.suppress(ResourceNotFoundError):  # the queue is made with its first message
            return [str(each.content) for each in poison.peek_messages(32)]
        return []

    assert until(poisoned)
    time.sleep(1)
    assert len(triggers.seen("failing_blob", name="failing/always.txt")) == 3


def test_a_function_that_recovers_is_not_poisoned(triggers: App) -> None:
    triggers.put("failing", "once.txt", "x")
    triggers.until("failing_blob", 2, name="failing/once.txt")
    time.sleep(1)
    assert len(triggers.seen("failing_blob", name="failing/once.txt")) == 2


def test_names_outside_the_pattern_are_passed_by(triggers: App) -> None:
    triggers.put("paths", "monday/a.txt", "x")
    triggers.put("paths", "b.csv", "x")
    triggers.put("paths", "monday/c.csv", "x")
    triggers.until("pattern_blob", name="paths/monday/c.csv")
    time.sleep(0.6)
    assert [each["name"] for each in triggers.seen("pattern_blob")] == ["paths/monday/c.csv"]


def test_a_blob_of_before_the_first_start_is_processed_and_none_twice_after_a_restart(triggers: App) -> None:
    """A host of its own id: everything in the container is new to it, once."""
    triggers.put("paths", "early/d.csv", "x")
    with triggers.running("--triggers", "blob", AzureFunctionsWebHost__hostid="another"):
        triggers.until("pattern_blob", 2, name="paths/early/d.csv")  # this host, and the module's
    before = len(triggers.seen("pattern_blob", name="paths/early/d.csv"))
    with triggers.running("--triggers", "blob", AzureFunctionsWebHost__hostid="another"):
        triggers.put("paths", "late/e.csv", "x")
        triggers.until("pattern_blob", 2, name="paths/late/e.csv")
    assert len(triggers.seen("pattern_blob", name="paths/early/d.csv")) == before


def test_event_grid_reports_a_blob_through_its_webhook(triggers: App, host: httpx.Client) -> None:
    """Source: Microsoft Learn, "Trigger Azure Functions on blob containers using an event subscription"."""
    triggers.put("binary", "grid.bin", b"g")
    triggers.until("binary_blob", name="binary/grid.bin")
    etag = triggers.blobs.get_blob_client("binary", "grid.bin").get_blob_properties().etag
    event = {
        "eventType": "Microsoft.Storage.BlobCreated",
        "subject": "/blobServices/default/containers/binary/blobs/grid.bin",
        "data": {"eTag": etag, "url": "http://127.0.0.1/binary/grid.bin"},
    }
    hook = "/runtime/webhooks/blobs?functionName=Host.Functions.binary_blob&code=eventgrid"
    assert host.post(hook, content=json.dumps([event])).status_code == 202
    time.sleep(1)
    assert len(triggers.seen("binary_blob", name="binary/grid.bin")) == 1, "its receipt was there already"


def test_an_output_is_written_where_its_expressions_point(triggers: App, host: httpx.Client) -> None:
    """Route parameters, fields of a JSON body, {rand-guid}. Source: Microsoft Learn, "binding expression patterns"."""
    answer = host.put("/v1/things/letters/ada", json={"sender": "bob", "text": "Dear Ada"})
    assert answer.text == "written"
    blobs = list(triggers.blobs.get_container_client("letters").list_blobs("ada/"))
    assert len(blobs) == 1
    assert len(blobs[0].name) == len("ada/bob-") + 32 + len(".txt")


def test_an_output_that_cannot_be_written_fails_the_invocation(host: httpx.Client) -> None:
    assert host.put("/v1/things/unbound/x", json={}).status_code == 500
